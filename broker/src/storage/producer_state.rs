//! What the log knows of idempotent producers: epoch and the last five batches of each, so that a batch which is sent again
//! is answered and not appended, and a missing one is noticed (KIP-98).

use std::collections::{HashMap, VecDeque};

use fluxmq_protocol::record::BatchHeader;
use fluxmq_protocol::wire::{Reader, WireError, WireResult, Writer};

/// As many batches as a producer may have in flight.
const REMEMBERED_BATCHES: usize = 5;

const SNAPSHOT_VERSION: i16 = 1;

/// Version and checksum before the checked part of a snapshot.
const SNAPSHOT_HEAD: usize = 6;

/// What a producer's batch is, seen from what is known of the producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// The next one, or the first that is known.
    Next,
    /// Appended before.
    Duplicate { base_offset: i64, last_offset: i64, timestamp_ms: i64 },
    /// A batch is missing in between.
    OutOfOrder,
    /// From an epoch that has been replaced.
    StaleEpoch,
}

/// Where a producer stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastRecord {
    pub(crate) epoch: i16,
    /// The last offset of its last batch; `None` when it has written none in this epoch.
    pub(crate) data_offset: Option<i64>,
}

/// All producers of one log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProducerStates {
    producers: HashMap<i64, Producer>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Producer {
    epoch: i16,
    /// By the broker's clock: records may be as old as their producer likes.
    last_seen_ms: i64,
    batches: VecDeque<Batch>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Batch {
    first_sequence: i32,
    last_sequence: i32,
    last_offset: i64,
    offset_delta: i32,
    timestamp_ms: i64,
}

impl Batch {
    /// How a snapshot says that there is no batch.
    const NONE: Batch =
        Batch { first_sequence: -1, last_sequence: -1, last_offset: -1, offset_delta: 0, timestamp_ms: -1 };
}

impl ProducerStates {
    /// Holds a batch against what is known of its producer.
    pub(crate) fn check(&self, header: &BatchHeader) -> Sequence {
        let Some(producer) = self.producers.get(&header.producer_id) else { return Sequence::Next };
        if header.producer_epoch < producer.epoch {
            return Sequence::StaleEpoch;
        }
        if header.producer_epoch > producer.epoch {
            return if header.base_sequence == 0 { Sequence::Next } else { Sequence::OutOfOrder };
        }
        let same = |batch: &&Batch| {
            batch.first_sequence == header.base_sequence && batch.last_sequence == header.last_sequence()
        };
        if let Some(batch) = producer.batches.iter().find(same) {
            return Sequence::Duplicate {
                base_offset: batch.last_offset - i64::from(batch.offset_delta),
                last_offset: batch.last_offset,
                timestamp_ms: batch.timestamp_ms,
            };
        }
        match producer.batches.back() {
            Some(last) if header.base_sequence != next_sequence(last.last_sequence) => Sequence::OutOfOrder,
            _ => Sequence::Next,
        }
    }

    /// The last record of each producer.
    pub(crate) fn last_records(&self) -> HashMap<i64, LastRecord> {
        let last = |producer: &Producer| LastRecord {
            epoch: producer.epoch,
            data_offset: producer.batches.back().map(|batch| batch.last_offset),
        };
        self.producers.iter().map(|(producer_id, producer)| (*producer_id, last(producer))).collect()
    }

    /// Remembers a batch that is in the log, its header as stamped. A marker may raise the epoch (KIP-890).
    pub(crate) fn appended(&mut self, header: &BatchHeader, now_ms: i64) {
        if header.attributes.is_control() {
            self.seen(header.producer_id, header.producer_epoch, now_ms);
            return;
        }
        let batch = Batch {
            first_sequence: header.base_sequence,
            last_sequence: header.last_sequence(),
            last_offset: header.last_offset(),
            offset_delta: header.last_offset_delta,
            timestamp_ms: header.max_timestamp,
        };
        self.remember(header.producer_id, header.producer_epoch, batch, now_ms);
    }

    /// The producer, which has written in `epoch`.
    fn seen(&mut self, producer_id: i64, epoch: i16, now_ms: i64) -> &mut Producer {
        let producer = self.producers.entry(producer_id).or_insert_with(|| Producer {
            epoch,
            last_seen_ms: now_ms,
            batches: VecDeque::new(),
        });
        if producer.epoch != epoch {
            producer.epoch = epoch;
            producer.batches.clear();
        }
        producer.last_seen_ms = now_ms;
        producer
    }

    fn remember(&mut self, producer_id: i64, epoch: i16, batch: Batch, now_ms: i64) {
        let producer = self.seen(producer_id, epoch, now_ms);
        if producer.batches.len() == REMEMBERED_BATCHES {
            producer.batches.pop_front();
        }
        producer.batches.push_back(batch);
    }

    /// Forgets producers that have been silent since before `oldest_ms`.
    pub(crate) fn expire(&mut self, oldest_ms: i64) {
        self.producers.retain(|_, producer| producer.last_seen_ms >= oldest_ms);
    }

    /// Kafka's `.snapshot` file: version, CRC-32C of the rest, count, and the batches of each producer. Kafka keeps the last
    /// batch alone; here a producer has an entry for each batch that is remembered, oldest first. Else a producer whose
    /// answers were lost in a crash right after a roll would be refused when it sends them again. Who knows one entry for
    /// each producer takes the last. A producer of which only the epoch is known has an entry without a sequence.
    pub(crate) fn to_snapshot(&self) -> Vec<u8> {
        let mut checked = Vec::new();
        let mut writer = Writer::new(&mut checked);
        let count: usize = self.producers.values().map(|producer| producer.batches.len().max(1)).sum();
        writer.i32(i32::try_from(count).unwrap_or(i32::MAX));
        for (producer_id, producer) in &self.producers {
            let none = producer.batches.is_empty().then_some(&Batch::NONE);
            for batch in producer.batches.iter().chain(none) {
                writer.i64(*producer_id);
                writer.i16(producer.epoch);
                writer.i32(batch.last_sequence);
                writer.i64(batch.last_offset);
                writer.i32(batch.offset_delta);
                writer.i64(batch.timestamp_ms);
                // No transaction coordinator has written yet, and no transaction is open.
                writer.i32(-1);
                writer.i64(-1);
            }
        }
        let mut bytes = Vec::with_capacity(SNAPSHOT_HEAD + checked.len());
        let mut writer = Writer::new(&mut bytes);
        writer.i16(SNAPSHOT_VERSION);
        writer.u32(crc32c::crc32c(&checked));
        writer.raw(&checked);
        bytes
    }

    /// Reads a snapshot, whose producers count as seen now; `None` when it is damaged or of another version, and the log must be read instead.
    pub(crate) fn from_snapshot(bytes: &[u8], now_ms: i64) -> Option<ProducerStates> {
        let mut states = ProducerStates::default();
        for entry in snapshot_entries(bytes)? {
            let batch = Batch {
                first_sequence: earlier_sequence(entry.last_sequence, entry.offset_delta),
                last_sequence: entry.last_sequence,
                last_offset: entry.last_offset,
                offset_delta: entry.offset_delta,
                timestamp_ms: entry.timestamp_ms,
            };
            if entry.last_sequence == Batch::NONE.last_sequence {
                states.seen(entry.producer_id, entry.producer_epoch, now_ms);
            } else {
                states.remember(entry.producer_id, entry.producer_epoch, batch, now_ms);
            }
        }
        Some(states)
    }
}

/// What a snapshot says of one producer, or of one of its batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SnapshotEntry {
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    pub(crate) last_sequence: i32,
    pub(crate) last_offset: i64,
    /// From the batch's first to its last offset.
    pub(crate) offset_delta: i32,
    pub(crate) timestamp_ms: i64,
    /// -1 where no transaction coordinator has written yet.
    pub(crate) coordinator_epoch: i32,
    /// -1 where no transaction is open.
    pub(crate) transaction_first_offset: i64,
}

/// Everything in a snapshot; `None` when it is damaged or of another version.
pub(crate) fn snapshot_entries(bytes: &[u8]) -> Option<Vec<SnapshotEntry>> {
    let (head, checked) = bytes.split_at_checked(SNAPSHOT_HEAD)?;
    let mut reader = Reader::over(head);
    let intact = reader.i16() == Ok(SNAPSHOT_VERSION) && reader.u32() == Ok(crc32c::crc32c(checked));
    if intact { read_entries(&mut Reader::over(checked)).ok() } else { None }
}

fn read_entries(reader: &mut Reader<'_>) -> WireResult<Vec<SnapshotEntry>> {
    let mut entries = Vec::new();
    for _ in 0..reader.count(false, 46)?.ok_or(WireError::Null)? {
        entries.push(SnapshotEntry {
            producer_id: reader.i64()?,
            producer_epoch: reader.i16()?,
            last_sequence: reader.i32()?,
            last_offset: reader.i64()?,
            offset_delta: reader.i32()?,
            timestamp_ms: reader.i64()?,
            coordinator_epoch: reader.i32()?,
            transaction_first_offset: reader.i64()?,
        });
    }
    reader.finish()?;
    Ok(entries)
}

/// After `i32::MAX` comes 0.
fn next_sequence(last: i32) -> i32 {
    if last == i32::MAX { 0 } else { last + 1 }
}

fn earlier_sequence(last: i32, by: i32) -> i32 {
    ((i64::from(last) - i64::from(by)) & i64::from(i32::MAX)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluxmq_protocol::record::Attributes;

    const NOW: i64 = 1_700_000_000_000;

    fn header(epoch: i16, sequence: i32, count: i32, offset: i64) -> BatchHeader {
        BatchHeader {
            base_offset: offset,
            batch_length: 49,
            partition_leader_epoch: 0,
            magic: 2,
            crc: 0,
            attributes: Attributes(0),
            last_offset_delta: count - 1,
            base_timestamp: 0,
            max_timestamp: 1_000 + offset,
            producer_id: 7,
            producer_epoch: epoch,
            base_sequence: sequence,
            record_count: count,
        }
    }

    fn after(headers: &[BatchHeader]) -> ProducerStates {
        let mut states = ProducerStates::default();
        headers.iter().for_each(|header| states.appended(header, NOW));
        states
    }

    #[test]
    fn sequences_are_judged() {
        let states = after(&[header(1, 0, 10, 100), header(1, 10, 5, 110)]);
        let judge = |epoch, sequence, count| states.check(&header(epoch, sequence, count, 0));
        assert_eq!(judge(1, 15, 1), Sequence::Next);
        assert_eq!(judge(1, 16, 1), Sequence::OutOfOrder);
        assert_eq!(judge(1, 14, 1), Sequence::OutOfOrder);
        assert_eq!(
            judge(1, 0, 10),
            Sequence::Duplicate { base_offset: 100, last_offset: 109, timestamp_ms: 1_100 }
        );
        assert_eq!(
            judge(1, 10, 5),
            Sequence::Duplicate { base_offset: 110, last_offset: 114, timestamp_ms: 1_110 }
        );
        assert_eq!(judge(1, 0, 9), Sequence::OutOfOrder);
        assert_eq!(judge(0, 15, 1), Sequence::StaleEpoch);
        assert_eq!(judge(2, 0, 1), Sequence::Next);
        assert_eq!(judge(2, 15, 1), Sequence::OutOfOrder);
        let stranger = BatchHeader { producer_id: 8, ..header(0, 99, 1, 0) };
        assert_eq!(states.check(&stranger), Sequence::Next);
    }

    #[test]
    fn only_the_last_five_batches_are_known_again() {
        let headers: Vec<_> = (0..6).map(|n| header(0, n, 1, i64::from(n))).collect();
        let states = after(&headers);
        assert_eq!(states.check(&headers[0]), Sequence::OutOfOrder);
        for known in &headers[1..] {
            assert!(matches!(states.check(known), Sequence::Duplicate { .. }));
        }
    }

    #[test]
    fn sequences_wrap_to_zero() {
        let states = after(&[header(0, i32::MAX - 1, 2, 0)]);
        assert_eq!(states.check(&header(0, 0, 1, 0)), Sequence::Next);
        let states = after(&[header(0, i32::MAX, 2, 0)]);
        assert_eq!(states.check(&header(0, 1, 1, 0)), Sequence::Next);
    }

    #[test]
    fn a_snapshot_keeps_what_a_producer_may_send_again() {
        let states = after(&[header(3, 0, 10, 100), header(3, 10, 5, 110)]);
        let back = ProducerStates::from_snapshot(&states.to_snapshot(), NOW).unwrap();
        assert_eq!(back, states);
        assert!(matches!(back.check(&header(3, 0, 10, 0)), Sequence::Duplicate { base_offset: 100, .. }));
        assert!(matches!(back.check(&header(3, 10, 5, 0)), Sequence::Duplicate { base_offset: 110, .. }));
        assert_eq!(back.check(&header(3, 15, 1, 0)), Sequence::Next);
    }

    #[test]
    fn a_marker_may_raise_the_epoch_and_leaves_no_batch_to_send_again() {
        let mut states = after(&[header(3, 0, 10, 100)]);
        let marker = BatchHeader {
            base_sequence: -1,
            attributes: Attributes::default().with_control(true),
            ..header(4, 0, 1, 110)
        };
        let last = |states: &ProducerStates| states.last_records()[&7];
        assert_eq!(last(&states), LastRecord { epoch: 3, data_offset: Some(109) });
        states.appended(&BatchHeader { producer_epoch: 3, ..marker }, NOW);
        assert_eq!(last(&states), LastRecord { epoch: 3, data_offset: Some(109) });
        states.appended(&marker, NOW);
        assert_eq!(last(&states), LastRecord { epoch: 4, data_offset: None });
        assert_eq!(states.check(&header(3, 10, 1, 0)), Sequence::StaleEpoch);
        assert_eq!(states.check(&header(4, 0, 1, 0)), Sequence::Next);
        assert_eq!(ProducerStates::from_snapshot(&states.to_snapshot(), NOW), Some(states));
    }

    #[test]
    fn a_damaged_snapshot_is_not_believed() {
        let bytes = after(&[header(3, 0, 10, 100)]).to_snapshot();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(ProducerStates::from_snapshot(&damaged, NOW), None, "byte {at}");
            assert_eq!(ProducerStates::from_snapshot(&bytes[..at], NOW), None, "cut at {at}");
        }
    }

    #[test]
    fn silent_producers_are_forgotten() {
        let mut states = after(&[header(0, 0, 1, 100)]);
        states.expire(NOW);
        assert!(!states.producers.is_empty());
        states.expire(NOW + 1);
        assert!(states.producers.is_empty());
    }
}
