//! The sparse index from offsets to positions in a segment file. Kafka's format: entries of 8 bytes, the last offset of a batch
//! relative to the segment's base offset and the position where it begins, both big-endian and rising. It can be rebuilt, so it is checked and never
//! trusted. The offset of an entry is the last one of the batch at its position, as in Kafka.

/// The bytes of one entry.
const ENTRY_SIZE: usize = 8;

/// An index in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OffsetIndex {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    relative_offset: u32,
    position: u32,
}

impl OffsetIndex {
    /// Adds a batch by its last offset. It must lie after all before it.
    pub(crate) fn push(&mut self, relative_offset: u32, position: u32) {
        self.entries.push(Entry { relative_offset, position });
    }

    /// Where to begin to look for an offset: the position of the last indexed batch that ends at or before it; 0 when
    /// there is none.
    pub(crate) fn position_before(&self, relative_offset: u32) -> u64 {
        let after = self.entries.partition_point(|entry| entry.relative_offset <= relative_offset);
        after.checked_sub(1).and_then(|last| self.entries.get(last)).map_or(0, |entry| entry.position.into())
    }

    /// The position of the last indexed batch; 0 when there is none.
    pub(crate) fn last_position(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.position.into())
    }

    /// How many bytes the file takes.
    pub(crate) fn size(&self) -> usize {
        self.entries.len() * ENTRY_SIZE
    }

    /// Forgets what points at or beyond `position`.
    pub(crate) fn truncate(&mut self, position: u64) {
        self.entries.retain(|entry| u64::from(entry.position) < position);
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let fields = self.entries.iter().flat_map(|entry| [entry.relative_offset, entry.position]);
        fields.flat_map(u32::to_be_bytes).collect()
    }

    /// Reads a file whose segment has `log_size` bytes. `None` when it cannot be an index of it.
    pub(crate) fn from_bytes(bytes: &[u8], log_size: u64) -> Option<OffsetIndex> {
        let (chunks, rest) = bytes.as_chunks::<ENTRY_SIZE>();
        let mut index = OffsetIndex::default();
        for chunk in chunks {
            let (offset, position) = chunk.split_first_chunk::<4>()?;
            let entry = Entry {
                relative_offset: u32::from_be_bytes(*offset),
                position: u32::from_be_bytes(position.try_into().ok()?),
            };
            // Kafka preallocates its active index with zeros.
            if entry == (Entry { relative_offset: 0, position: 0 }) && !index.entries.is_empty() {
                break;
            }
            let rises = index.entries.last().is_none_or(|last| {
                last.relative_offset < entry.relative_offset && last.position < entry.position
            });
            if !rises || u64::from(entry.position) >= log_size {
                return None;
            }
            index.entries.push(entry);
        }
        rest.is_empty().then_some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> OffsetIndex {
        let mut index = OffsetIndex::default();
        index.push(10, 4_000);
        index.push(20, 9_000);
        index
    }

    #[test]
    fn the_nearest_indexed_batch_is_found() {
        assert_eq!(
            [0, 9, 10, 19, 20, 99].map(|offset| index().position_before(offset)),
            [0, 0, 4_000, 4_000, 9_000, 9_000]
        );
    }

    #[test]
    fn a_file_comes_back_and_a_wrong_one_does_not() {
        let bytes = index().to_bytes();
        assert_eq!(OffsetIndex::from_bytes(&bytes, 10_000), Some(index()));
        assert_eq!(OffsetIndex::from_bytes(&bytes, 9_000), None, "points behind the log's end");
        assert_eq!(OffsetIndex::from_bytes(&bytes[..12], 10_000), None, "ends within an entry");
        let swapped = [&bytes[8..], &bytes[..8]].concat();
        assert_eq!(OffsetIndex::from_bytes(&swapped, 10_000), None, "does not rise");
        let padded = [&bytes[..], &[0; 16]].concat();
        assert_eq!(OffsetIndex::from_bytes(&padded, 10_000), Some(index()));
    }
}
