//! Which partition a record goes to.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::hash;

/// How records without a partition are spread over a topic's partitions.
///
/// A key must land where the other producers of a topic put it, so the default is that of Kafka's own clients.
/// [`Partitioner::SiphashRoundRobin`] is the one that Fluvio's clients use.
#[derive(Debug, Clone, Default)]
pub enum Partitioner {
    /// By the key's murmur2 hash; records without a key fill one partition's batch after the other (KIP-794). What
    /// Java clients do.
    #[default]
    Murmur2,
    /// By the key's SipHash; records without a key in turn. What Fluvio's clients do.
    SiphashRoundRobin,
    /// By the key's CRC-32; records without a key, or with an empty one, at random. librdkafka's default.
    Crc32,
    /// At random, whatever the key.
    Random,
    /// In turn, whatever the key.
    RoundRobin,
    /// By your own rule.
    Custom(Arc<dyn CustomPartitioner>),
}

/// A rule of your own for [`Partitioner::Custom`].
pub trait CustomPartitioner: fmt::Debug + Send + Sync {
    /// The partition of a record, from 0 to `partitions` (exclusive). Anything else makes `send` fail.
    fn partition(&self, topic: &str, key: Option<&[u8]>, value: Option<&[u8]>, partitions: i32) -> i32;
}

/// What choosing needs to remember between the records of one topic.
#[derive(Debug)]
pub(crate) struct PartitionChoice {
    turn: AtomicUsize,
    sticky: AtomicUsize,
    sticky_bytes: AtomicUsize,
}

impl PartitionChoice {
    pub(crate) fn new() -> Self {
        PartitionChoice {
            turn: AtomicUsize::new(0),
            sticky: AtomicUsize::new(fastrand::usize(..)),
            sticky_bytes: AtomicUsize::new(0),
        }
    }

    /// The next in turn of `available`.
    fn in_turn(&self, available: &[i32]) -> i32 {
        available[self.turn.fetch_add(1, Ordering::Relaxed) % available.len()]
    }

    /// The same of `available` until `batch_size` bytes have gone there, then another at random.
    fn sticky(&self, available: &[i32], size: usize, batch_size: usize) -> i32 {
        let chosen = self.sticky.load(Ordering::Relaxed);
        if self.sticky_bytes.fetch_add(size, Ordering::Relaxed) + size >= batch_size {
            self.sticky_bytes.store(0, Ordering::Relaxed);
            self.sticky.store(fastrand::usize(..), Ordering::Relaxed);
        }
        available[chosen % available.len()]
    }
}

/// One record, as far as choosing its partition goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unplaced<'a> {
    pub(crate) topic: &'a str,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) size: usize,
}

impl Partitioner {
    /// Where a key goes in a topic of `partitions`; `None` where that is decided record by record.
    pub fn partition_of_key(&self, key: &[u8], partitions: i32) -> Option<i32> {
        let is_fixed = match self {
            Partitioner::Murmur2 | Partitioner::SiphashRoundRobin => true,
            Partitioner::Crc32 => !key.is_empty(),
            Partitioner::Random | Partitioner::RoundRobin | Partitioner::Custom(_) => false,
        };
        let record = Unplaced { topic: "", key: Some(key), value: None, size: 0 };
        let is_placed = is_fixed && partitions > 0;
        is_placed.then(|| self.choose(record, partitions, &[0], &PartitionChoice::new(), 1))
    }

    /// The partition of `record`. `available` are the partitions that have a leader, or all where none has; it is not
    /// empty. Keys are spread over all `partitions`, led or not, so that they stay where they are.
    pub(crate) fn choose(
        &self,
        record: Unplaced<'_>,
        partitions: i32,
        available: &[i32],
        choice: &PartitionChoice,
        batch_size: usize,
    ) -> i32 {
        let random = || available[fastrand::usize(..available.len())];
        match (self, record.key) {
            (Partitioner::Murmur2, Some(key)) => (hash::murmur2(key) & i32::MAX) % partitions,
            (Partitioner::Murmur2, None) => choice.sticky(available, record.size, batch_size),
            (Partitioner::SiphashRoundRobin, Some(key)) => {
                (hash::siphash_of_slice(key) % u64::from(partitions.cast_unsigned())) as i32
            }
            (Partitioner::Crc32, Some(key)) if !key.is_empty() => {
                (hash::crc32(key) % partitions.cast_unsigned()).cast_signed()
            }
            (Partitioner::SiphashRoundRobin, None) | (Partitioner::RoundRobin, _) => {
                choice.in_turn(available)
            }
            (Partitioner::Crc32 | Partitioner::Random, _) => random(),
            (Partitioner::Custom(custom), key) => {
                custom.partition(record.topic, key, record.value, partitions)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(partitioner: &Partitioner, key: Option<&str>, choice: &PartitionChoice) -> i32 {
        let record = Unplaced { topic: "t", key: key.map(str::as_bytes), value: None, size: 100 };
        partitioner.choose(record, 6, &[0, 1, 2, 3, 4, 5], choice, 250)
    }

    #[test]
    fn a_key_stays_on_its_partition() {
        let choice = PartitionChoice::new();
        for partitioner in [Partitioner::Murmur2, Partitioner::SiphashRoundRobin, Partitioner::Crc32] {
            let first = choose(&partitioner, Some("Norway"), &choice);
            assert!((0..20).all(|_| choose(&partitioner, Some("Norway"), &choice) == first));
        }
        // toPositive(murmur2("foobar")) % 6 in Java; crc32("123456789") % 6 in librdkafka.
        assert_eq!(
            choose(&Partitioner::Murmur2, Some("foobar"), &choice),
            (hash::murmur2(b"foobar") & i32::MAX) % 6
        );
        assert_eq!(choose(&Partitioner::Crc32, Some("123456789"), &choice), (0xcbf4_3926_u32 % 6) as i32);
    }

    #[test]
    fn where_a_key_goes_is_known_beforehand_unless_it_varies() {
        assert_eq!(
            Partitioner::Murmur2.partition_of_key(b"foobar", 6),
            Some((hash::murmur2(b"foobar") & i32::MAX) % 6)
        );
        assert_eq!(Partitioner::Crc32.partition_of_key(b"", 6), None);
        assert_eq!(Partitioner::Random.partition_of_key(b"k", 6), None);
        assert_eq!(Partitioner::Murmur2.partition_of_key(b"k", 0), None);
    }

    #[test]
    fn keyless_records_go_in_turn_or_fill_a_batch_first() {
        let choice = PartitionChoice::new();
        let turns: Vec<_> = (0..7).map(|_| choose(&Partitioner::RoundRobin, Some("k"), &choice)).collect();
        assert_eq!(turns, [0, 1, 2, 3, 4, 5, 0]);
        let sticky: Vec<_> = (0..300).map(|_| choose(&Partitioner::Murmur2, None, &choice)).collect();
        assert!(sticky.chunks(3).all(|batch| batch.iter().all(|partition| *partition == batch[0])));
        assert!((0..6).all(|partition| sticky.contains(&partition)), "all partitions get their share");
    }

    #[test]
    fn a_partition_without_a_leader_gets_no_keyless_record() {
        let choice = PartitionChoice::new();
        let record = Unplaced { topic: "t", key: None, value: None, size: 100 };
        for partitioner in [Partitioner::Murmur2, Partitioner::RoundRobin, Partitioner::Random] {
            let chosen = (0..50).map(|_| partitioner.choose(record, 3, &[0, 2], &choice, 100));
            assert!(chosen.into_iter().all(|partition| partition != 1));
        }
    }
}
