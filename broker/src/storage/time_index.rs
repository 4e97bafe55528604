//! The sparse index from timestamps to offsets. Kafka's format: entries of 12 bytes, the largest timestamp so far and the
//! relative offset of the batch that has it, both big-endian; timestamps rise.

/// The bytes of one entry.
const ENTRY_SIZE: usize = 12;

/// An index in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TimeIndex {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    timestamp: i64,
    relative_offset: u32,
}

impl TimeIndex {
    /// Adds the largest timestamp so far and the relative offset of the last record of its batch, unless it does not rise.
    pub(crate) fn push(&mut self, timestamp: i64, relative_offset: u32) {
        let rises = self
            .entries
            .last()
            .is_none_or(|last| last.timestamp < timestamp && last.relative_offset < relative_offset);
        if rises {
            self.entries.push(Entry { timestamp, relative_offset });
        }
    }

    /// The relative offset up to which every record is older than `timestamp`; 0 when that is not known of any.
    pub(crate) fn offset_before(&self, timestamp: i64) -> u32 {
        let from = self.entries.partition_point(|entry| entry.timestamp < timestamp);
        from.checked_sub(1).and_then(|last| self.entries.get(last)).map_or(0, |entry| entry.relative_offset)
    }

    /// The largest timestamp that is known, and the relative offset of its batch's last record.
    pub(crate) fn last(&self) -> Option<(i64, u32)> {
        self.entries.last().map(|entry| (entry.timestamp, entry.relative_offset))
    }

    /// How many bytes the file takes.
    pub(crate) fn size(&self) -> usize {
        self.entries.len() * ENTRY_SIZE
    }

    /// Forgets what points at or beyond a relative offset.
    pub(crate) fn truncate(&mut self, relative_offset: u32) {
        self.entries.retain(|entry| entry.relative_offset < relative_offset);
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.size());
        for entry in &self.entries {
            bytes.extend_from_slice(&entry.timestamp.to_be_bytes());
            bytes.extend_from_slice(&entry.relative_offset.to_be_bytes());
        }
        bytes
    }

    /// Reads a file whose segment ends at the relative offset `end`. `None` when it cannot be an index of it.
    pub(crate) fn from_bytes(bytes: &[u8], end: u32) -> Option<TimeIndex> {
        let (chunks, rest) = bytes.as_chunks::<ENTRY_SIZE>();
        let mut index = TimeIndex::default();
        for chunk in chunks {
            let (timestamp, offset) = chunk.split_first_chunk::<8>()?;
            let entry = Entry {
                timestamp: i64::from_be_bytes(*timestamp),
                relative_offset: u32::from_be_bytes(offset.try_into().ok()?),
            };
            // Kafka preallocates its active index with zeros.
            if entry == (Entry { timestamp: 0, relative_offset: 0 }) {
                break;
            }
            let rises = index.entries.last().is_none_or(|last| {
                last.timestamp <= entry.timestamp && last.relative_offset <= entry.relative_offset
            });
            if !rises || entry.relative_offset >= end {
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

    #[test]
    fn older_records_are_skipped_and_no_others() {
        let mut index = TimeIndex::default();
        index.push(100, 5);
        index.push(90, 7);
        index.push(200, 9);
        assert_eq!([50, 100, 101, 200, 201].map(|at| index.offset_before(at)), [0, 0, 5, 5, 9]);
        assert_eq!(index.last(), Some((200, 9)));
    }

    #[test]
    fn a_file_comes_back_and_a_wrong_one_does_not() {
        let mut index = TimeIndex::default();
        index.push(100, 5);
        index.push(200, 9);
        let bytes = index.to_bytes();
        assert_eq!(TimeIndex::from_bytes(&bytes, 10), Some(index));
        assert_eq!(TimeIndex::from_bytes(&bytes, 9), None);
        assert_eq!(TimeIndex::from_bytes(&bytes[..20], 10), None);
    }
}
