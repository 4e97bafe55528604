//! Where one segment ends and the next begins.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use fluxmq_protocol::record::BatchHeader;

use super::super::StorageError;
use super::super::segment::{Indexes, Segment};
use super::Log;
use super::config::SEGMENT_BYTES_MAX;

impl Log {
    /// Whether the batch needs a new segment before it.
    pub(super) fn must_roll(&self, header: &BatchHeader, now_ms: i64) -> bool {
        let size = self.active.size() + self.gathered.len() as u64;
        if size == 0 {
            return false;
        }
        let batch_size = header.total_len() as u64;
        let index_size =
            self.active.indexes().map_or(0, |indexes| indexes.offsets.size().max(indexes.times.size()));
        size + batch_size > self.config.segment_bytes.min(SEGMENT_BYTES_MAX)
            || self.is_old(header.max_timestamp, now_ms)
            || index_size + 12 > self.config.segment_index_bytes
            || header.last_offset() - self.active.base_offset() > i64::from(i32::MAX)
    }

    /// Whether the active segment has grown older than `segment.ms`, by its first timestamp and that of the next batch; -1
    /// stands for a batch without one. A timestamp in the future counts as now.
    fn is_old(&self, timestamp_ms: i64, now_ms: i64) -> bool {
        let Some(since) = self.active_since_ms else { return false };
        let reached = if timestamp_ms < 0 { now_ms } else { timestamp_ms.min(now_ms) };
        let age_ms = reached.saturating_sub(since);
        let jitter_max = self.config.segment_jitter_ms.min(self.config.segment_ms);
        age_ms > self.config.segment_ms - jitter_max
            && age_ms > self.config.segment_ms - self.jitter_ms(jitter_max)
    }

    /// How much earlier the active segment is rolled, so that logs which began together do not roll together. Drawn from the
    /// log's name and the segment's offset: it differs from segment to segment and is the same after a restart.
    pub(super) fn jitter_ms(&self, max: i64) -> i64 {
        if max <= 0 {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        (self.dir.file_name(), self.active.base_offset()).hash(&mut hasher);
        fastrand::Rng::with_seed(hasher.finish()).i64(0..max)
    }

    /// Seals the active segment and begins the next one. The next one's file comes last: were it there while the old segment
    /// still grows, their offsets would overlap.
    pub(super) fn roll(&mut self, now_ms: i64) -> Result<(), StorageError> {
        self.write_gathered()?;
        self.active.give_back_room()?;
        // The next segment must not outlive the end of this one: after a power loss nobody could tell that something is missing,
        // and room that came back would be taken for damage.
        self.active.sync()?;
        self.expire_producers(now_ms);
        self.write_snapshot()?;
        self.keep_leader_epochs()?;
        let indexes = self.active.write_indexes()?;
        let mut next = Segment::new(Arc::clone(&self.files), &self.dir, self.log_end_offset, 0);
        next.create()?;
        self.unsynced.sealed.extend(indexes);
        self.unsynced.sealed.push((self.active.path(), Arc::clone(self.active.file()?)));
        self.unsynced.dir = true;
        next.set_indexes(Indexes::default());
        let mut sealed = std::mem::replace(&mut self.active, next);
        sealed.seal();
        self.sealed.push(sealed);
        // What is sealed may be compacted.
        self.tail.clear();
        self.active_since_ms = None;
        self.is_dirty = true;
        self.written_max_timestamp = None;
        Ok(())
    }
}
