//! When what was appended counts as committed. On one node that is this arithmetic over the local log and the flusher's
//! fsync; in a cluster a consensus group will decide the same question.
//!
//! ```text
//!             durable       high watermark            written end
//!   ... ---------|----------------|------------------------|
//!                                 ^ first batch that must be durable and is not yet
//! ```
//! Batches with acks=0 or 1 are committed once written. A batch that must be durable - with acks=all, or where `flush.messages` says
//! so - and whatever follows it, is committed once it is. Without fsync (in memory, or acks=all under
//! `fluxmq.durability=relaxed`) writing commits.

use std::collections::VecDeque;
use std::ops::Range;

/// Where a partition's commits stand. All offsets are exclusive ends.
#[derive(Debug)]
pub(crate) struct Commits {
    high_watermark: i64,
    durable_end: i64,
    /// Ranges of batches that must become durable, in order, neighbours merged.
    awaiting_sync: VecDeque<Range<i64>>,
}

impl Commits {
    /// Of a log that was opened: all it holds is committed.
    pub(crate) fn opened(log_end_offset: i64) -> Self {
        Commits {
            high_watermark: log_end_offset,
            durable_end: log_end_offset,
            awaiting_sync: VecDeque::new(),
        }
    }

    /// Where readers stop.
    pub(crate) fn high_watermark(&self) -> i64 {
        self.high_watermark
    }

    /// As far as the log is known to be durable.
    pub(crate) fn durable_end(&self) -> i64 {
        self.durable_end
    }

    /// Whether somebody waits for the flusher.
    pub(crate) fn needs_sync(&self) -> bool {
        !self.awaiting_sync.is_empty()
    }

    /// A batch that must be durable has been appended at `offsets`.
    pub(crate) fn must_sync(&mut self, offsets: Range<i64>) {
        match self.awaiting_sync.back_mut() {
            Some(last) if last.end == offsets.start => last.end = offsets.end,
            _ => self.awaiting_sync.push_back(offsets),
        }
    }

    /// The log is written up to `written_end`.
    pub(crate) fn written(&mut self, written_end: i64) {
        let limit = self.awaiting_sync.front().map_or(i64::MAX, |first| first.start);
        self.high_watermark = self.high_watermark.max(written_end.min(limit));
    }

    /// The log is durable up to `durable_end` and written up to `written_end`.
    pub(crate) fn synced(&mut self, durable_end: i64, written_end: i64) {
        self.durable_end = self.durable_end.max(durable_end);
        while let Some(first) = self.awaiting_sync.front_mut() {
            if first.end > self.durable_end {
                first.start = first.start.max(self.durable_end);
                break;
            }
            self.awaiting_sync.pop_front();
        }
        self.written(written_end);
    }

    /// What was appended from `log_end_offset` on has been taken back.
    pub(crate) fn taken_back(&mut self, log_end_offset: i64) {
        while let Some(last) = self.awaiting_sync.back_mut() {
            last.end = last.end.min(log_end_offset);
            if !last.is_empty() {
                break;
            }
            self.awaiting_sync.pop_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acks_one_is_visible_once_written() {
        let mut commits = Commits::opened(0);
        commits.written(10);
        assert_eq!(commits.high_watermark(), 10);
        assert!(!commits.needs_sync());
    }

    #[test]
    fn acks_all_and_what_follows_it_is_visible_once_durable() {
        let mut commits = Commits::opened(0);
        commits.written(5);
        commits.must_sync(5..10);
        commits.written(20);
        assert_eq!(commits.high_watermark(), 5);
        commits.synced(10, 20);
        assert_eq!(commits.high_watermark(), 20);
        assert!(!commits.needs_sync());
    }

    #[test]
    fn a_sync_that_began_earlier_commits_a_part() {
        let mut commits = Commits::opened(0);
        commits.must_sync(0..10);
        commits.must_sync(10..20);
        commits.written(20);
        commits.synced(10, 20);
        assert_eq!(commits.high_watermark(), 10);
        assert!(commits.needs_sync());
    }

    #[test]
    fn what_was_taken_back_is_waited_for_no_longer() {
        let mut commits = Commits::opened(0);
        commits.must_sync(0..10);
        commits.written(10);
        commits.must_sync(10..30);
        commits.taken_back(10);
        commits.synced(10, 10);
        commits.written(12);
        assert_eq!(commits.high_watermark(), 12);
    }

    #[test]
    fn the_high_watermark_never_goes_back() {
        let mut commits = Commits::opened(7);
        commits.must_sync(7..9);
        commits.written(9);
        commits.synced(3, 9);
        assert_eq!(commits.high_watermark(), 7);
    }
}
