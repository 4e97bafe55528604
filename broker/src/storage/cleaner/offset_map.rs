//! The last offset of each key in the dirty part of a log.
//!
//! Keys are kept as 128 bits each, so that a map of long keys takes no more memory than one of short ones. Two keys that fell
//! together would lose a record, so the bits come from two passes of a keyed hash whose secret is drawn anew for each map:
//! nobody can prepare keys that fall together, and for a map of `n` keys chance makes any two do so with `n * n / 2^129`, which
//! for a thousand million keys is below 10^-20.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// What one key takes in the table: two halves of its hash, the offset, and a byte of the table's own.
const KEY_BYTES: usize = 25;

/// A bounded map. It takes memory as keys come and gives it back when it is dropped.
#[derive(Debug)]
pub(crate) struct OffsetMap {
    secret: RandomState,
    offsets: HashMap<[u64; 2], i64, BuildHasherDefault<FirstHalf>>,
    keys_max: usize,
    latest_offset: i64,
}

impl OffsetMap {
    /// A map that takes at most `bytes` of memory for up to `expected` keys.
    pub(crate) fn new(bytes: usize, expected: usize) -> Self {
        // A table has a power of two places, of which seven in eight are used.
        let places = (bytes / KEY_BYTES).checked_ilog2().map_or(1, |log| 1_usize << log);
        let keys_max = (places / 8 * 7).max(1);
        // Room for all at once: a table that grows holds the old and the new places for a moment.
        let offsets =
            HashMap::with_capacity_and_hasher(keys_max.min(expected), BuildHasherDefault::default());
        OffsetMap { secret: RandomState::new(), offsets, keys_max, latest_offset: -1 }
    }

    /// Notes that `key` stands at `offset`, which is after all before. False when there is no room for another key.
    pub(crate) fn put(&mut self, key: &[u8], offset: i64) -> bool {
        let hash = self.hash(key);
        if let Some(place) = self.offsets.get_mut(&hash) {
            *place = offset;
        } else if self.offsets.len() < self.keys_max {
            self.offsets.insert(hash, offset);
        } else {
            return false;
        }
        self.latest_offset = offset;
        true
    }

    /// Everything up to `offset` has been looked at.
    pub(crate) fn reached(&mut self, offset: i64) {
        self.latest_offset = self.latest_offset.max(offset);
    }

    /// The offset up to which the map speaks; -1 before anything was looked at.
    pub(crate) fn latest_offset(&self) -> i64 {
        self.latest_offset
    }

    /// Whether the record of `key` at `offset` is followed by a newer one that the map knows of.
    pub(crate) fn is_superseded(&self, key: &[u8], offset: i64) -> bool {
        self.offsets.get(&self.hash(key)).is_some_and(|latest| offset < *latest)
    }

    fn hash(&self, key: &[u8]) -> [u64; 2] {
        [0, 1].map(|half| {
            let mut hasher = self.secret.build_hasher();
            hasher.write_u8(half);
            hasher.write(key);
            hasher.finish()
        })
    }
}

/// The keys of the table are hashes already: one half of them says where to look.
#[derive(Debug, Default)]
struct FirstHalf(u64);

impl Hasher for FirstHalf {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let half = bytes.first_chunk().map_or(0, |half| u64::from_ne_bytes(*half));
        self.0 = self.0.rotate_left(1) ^ half;
    }

    fn write_u64(&mut self, half: u64) {
        self.0 = self.0.rotate_left(1) ^ half;
    }

    fn write_usize(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_offset_of_each_key_is_known() {
        let mut map = OffsetMap::new(1 << 20, 10);
        assert_eq!(map.latest_offset(), -1);
        for (key, offset) in [("a", 1), ("b", 2), ("a", 3), ("", 4)] {
            assert!(map.put(key.as_bytes(), offset));
        }
        let superseded = |key: &str, offset| map.is_superseded(key.as_bytes(), offset);
        assert!(superseded("a", 1) && superseded("", 3));
        assert!(!superseded("a", 3) && !superseded("b", 2) && !superseded("c", 0));
        assert_eq!(map.latest_offset(), 4);
        map.reached(9);
        map.reached(5);
        assert_eq!(map.latest_offset(), 9);
    }

    #[test]
    fn a_full_map_takes_known_keys_alone() {
        let mut map = OffsetMap::new(16 * KEY_BYTES, 1_000);
        let taken = (0..100).take_while(|number: &i64| map.put(&number.to_be_bytes(), *number)).count();
        assert_eq!(taken, 14);
        assert_eq!(map.latest_offset(), 13);
        assert!(map.put(&3_i64.to_be_bytes(), 200));
        assert!(map.is_superseded(&3_i64.to_be_bytes(), 3));
        assert!(!map.put(b"another", 201));
        assert_eq!(map.latest_offset(), 200);
    }

    #[test]
    fn the_smallest_map_takes_one_key() {
        let mut map = OffsetMap::new(0, 0);
        assert!(map.put(b"a", 0) && !map.put(b"b", 1));
    }
}
