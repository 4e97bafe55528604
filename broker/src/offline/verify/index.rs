//! Holding a segment's two sparse indexes against its batches, while these are walked over.

use fluxmq_protocol::record::BatchHeader;

use super::super::indexes::{WrongEntry, offset_entries, time_entries};

/// The offset index: entries point at batches, and no batch before that place holds the entry's offset.
#[derive(Debug)]
pub(super) struct OffsetIndexCheck {
    entries: Vec<(i64, u64)>,
    next: usize,
    wrong: Option<WrongEntry>,
}

impl OffsetIndexCheck {
    pub(super) fn new(bytes: &[u8], base_offset: i64) -> Self {
        let (entries, wrong) = offset_entries(bytes, base_offset);
        OffsetIndexCheck { entries, next: 0, wrong }
    }

    pub(super) fn batch(&mut self, header: &BatchHeader, position: u64) {
        while let Some((offset, at)) = self.entries.get(self.next) {
            if *at > position {
                return;
            }
            if *at < position {
                self.say(format!("points at position {at}, where no batch begins"));
            } else if *offset < header.base_offset {
                let begins = header.base_offset;
                self.say(format!("promises offset {offset} at position {at}, where offset {begins} begins"));
            }
            self.next += 1;
        }
    }

    fn say(&mut self, what: String) {
        if self.wrong.as_ref().is_none_or(|(number, _)| *number > self.next) {
            self.wrong = Some((self.next, what));
        }
    }

    pub(super) fn finish(mut self) -> Option<WrongEntry> {
        if let Some((_, at)) = self.entries.get(self.next) {
            self.say(format!("points at position {at}, behind the last batch"));
        }
        self.wrong
    }
}

/// The time index: no record up to an entry's offset is younger than the entry's timestamp.
#[derive(Debug)]
pub(super) struct TimeIndexCheck {
    entries: Vec<(i64, i64)>,
    next: usize,
    max_timestamp: i64,
    wrong: Option<WrongEntry>,
}

impl TimeIndexCheck {
    pub(super) fn new(bytes: &[u8], base_offset: i64) -> Self {
        let (entries, wrong) = time_entries(bytes, base_offset);
        TimeIndexCheck { entries, next: 0, max_timestamp: -1, wrong }
    }

    pub(super) fn batch(&mut self, header: &BatchHeader) {
        self.pass(header.last_offset());
        self.max_timestamp = self.max_timestamp.max(header.max_timestamp);
    }

    /// Judges the entries for offsets before `offset`.
    fn pass(&mut self, offset: i64) {
        while let Some((timestamp, at)) = self.entries.get(self.next).filter(|(_, at)| *at < offset) {
            if self.max_timestamp > *timestamp {
                let what = format!(
                    "says that nothing up to offset {at} is younger than {timestamp}, but there is a record at {}",
                    self.max_timestamp
                );
                self.wrong.get_or_insert((self.next, what));
            }
            self.next += 1;
        }
    }

    /// `next_offset` is the one after the last batch.
    pub(super) fn finish(mut self, next_offset: i64) -> Option<WrongEntry> {
        self.pass(next_offset);
        if let Some((_, at)) = self.entries.get(self.next) {
            self.wrong.get_or_insert((self.next, format!("tells of offset {at}, behind the last batch")));
        }
        self.wrong
    }
}
