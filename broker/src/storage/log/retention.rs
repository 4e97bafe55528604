//! What a log no longer keeps: by age, by size, on request.
//!
//! ```text
//!   1  the log start moves           nothing before it can be read any more
//!   2  the checkpoint is written     by the owner, for all logs at once
//!   3  segments are retired          files renamed to `.deleted`, the oldest first
//!   4  their files are removed       `file.delete.delay.ms` later, or at the next start
//! ```
//! A crash after any step loses nothing that is after the log start, and brings nothing back from before it.

use std::path::PathBuf;
use std::sync::Arc;

use super::super::StorageError;
use super::super::segment::Segment;
use super::Log;
use crate::env::files::Files;

/// The files of a segment that is no longer in the log.
#[derive(Debug)]
pub(super) struct Retired {
    since_ms: i64,
    paths: Vec<PathBuf>,
}

/// Files whose time has come. Taken under the log's lock, removed outside of it.
#[derive(Debug)]
pub(crate) struct DueFiles {
    files: Arc<dyn Files>,
    paths: Vec<PathBuf>,
}

impl DueFiles {
    pub(crate) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Removes them; what is gone already is fine.
    pub(crate) fn remove(&self) -> Result<(), StorageError> {
        for path in self.paths.iter().filter(|path| self.files.exists(path)) {
            self.files.remove(path).map_err(StorageError::at(path))?;
        }
        Ok(())
    }
}

impl Log {
    /// Moves the log start to `before`, which is within the log, and returns where it is then. It never goes back.
    pub(crate) fn delete_records(&mut self, before: i64) -> i64 {
        self.log_start_offset = self.log_start_offset.max(before);
        self.log_start_offset
    }

    /// Moves the log start over the segments that `retention.ms` and `retention.bytes` do not keep, as far as they lie
    /// below the high watermark. An active segment that is not kept either is sealed first. Returns whether there is
    /// anything to [retire](Self::retire_oldest).
    ///
    /// A log that is damaged is left as it is, for a person to decide.
    pub(crate) fn enforce_retention(
        &mut self,
        high_watermark: i64,
        now_ms: i64,
    ) -> Result<bool, StorageError> {
        if self.damaged.is_some() || self.offline {
            return Ok(false);
        }
        let count = self.expired_segments(high_watermark, now_ms)?;
        let end = |log: &Log| log.sealed.get(count).unwrap_or(&log.active).base_offset();
        if count > 0 {
            self.log_start_offset = self.log_start_offset.max(end(self));
        }
        if count > self.sealed.len() {
            self.roll(now_ms)?;
            self.log_start_offset = self.log_start_offset.max(end(self));
        }
        Ok(self.has_segments_to_retire())
    }

    /// How many segments, from the oldest on, are not kept. The active one counts too, unless it is empty.
    fn expired_segments(&self, high_watermark: i64, now_ms: i64) -> Result<usize, StorageError> {
        let config = &self.config;
        let total: u64 = self.sealed.iter().chain([&self.active]).map(Segment::size).sum();
        // Below zero once what is left is no larger than allowed.
        let mut excess = match u64::try_from(config.retention_bytes) {
            Ok(allowed) if config.delete => i128::from(total) - i128::from(allowed),
            _ => -1,
        };
        let ends = self.sealed.iter().skip(1).chain([&self.active]).map(Segment::base_offset);
        let ends = ends.chain([self.log_end_offset]);
        for (count, (segment, end)) in self.sealed.iter().chain([&self.active]).zip(ends).enumerate() {
            let is_active = count == self.sealed.len();
            let size = i128::from(segment.size());
            if end > high_watermark || (is_active && segment.size() == 0) {
                return Ok(count);
            }
            let is_before_start = end <= self.log_start_offset && !is_active;
            let is_beyond_size = excess >= size;
            if !is_before_start && !is_beyond_size && !self.is_too_old(segment, now_ms)? {
                return Ok(count);
            }
            excess -= size;
        }
        Ok(self.sealed.len() + 1)
    }

    /// By the largest timestamp of its records. One in the future keeps the segment until its time has come and gone.
    fn is_too_old(&self, segment: &Segment, now_ms: i64) -> Result<bool, StorageError> {
        if !self.config.delete || self.config.retention_ms < 0 {
            return Ok(false);
        }
        let largest = segment.largest_timestamp()?;
        Ok(largest.is_some_and(|largest| now_ms.saturating_sub(largest) > self.config.retention_ms))
    }

    /// Whether segments lie before the log start altogether.
    pub(crate) fn has_segments_to_retire(&self) -> bool {
        let end = self.sealed.get(1).unwrap_or(&self.active).base_offset();
        !self.sealed.is_empty() && end <= self.log_start_offset
    }

    /// Takes the oldest segment out if it lies before the log start altogether. The owner syncs [the directory](Self::dir_to_sync)
    /// before and after each, so that a crash cannot leave a gap. False when there is no such segment.
    pub(crate) fn retire_oldest(&mut self, now_ms: i64) -> Result<bool, StorageError> {
        if !self.has_segments_to_retire() {
            return Ok(false);
        }
        let segment = self.sealed.remove(0);
        self.retire(&segment, now_ms)?;
        Ok(true)
    }

    /// Renames the files of a segment that is in the log no more, and removes them `file.delete.delay.ms` later.
    pub(super) fn retire(&mut self, segment: &Segment, now_ms: i64) -> Result<(), StorageError> {
        let paths = segment.retire()?;
        self.retired.push(Retired { since_ms: now_ms, paths });
        Ok(())
    }

    /// The same for a segment that one with the same base offset takes the place of.
    pub(super) fn retire_replaced(&mut self, segment: &Segment, now_ms: i64) -> Result<(), StorageError> {
        let paths = segment.retire_replaced()?;
        self.retired.push(Retired { since_ms: now_ms, paths });
        Ok(())
    }

    /// The files of segments whose delay is over, and for how many milliseconds the next ones stay; `None` when there are
    /// none.
    pub(crate) fn take_due(&mut self, now_ms: i64) -> (DueFiles, Option<i64>) {
        let delay_ms = self.config.file_delete_delay_ms;
        let mut paths = Vec::new();
        self.retired.retain_mut(|retired| {
            // A clock that went back does not make them stay for longer than the delay.
            retired.since_ms = retired.since_ms.min(now_ms);
            let is_due = now_ms - retired.since_ms >= delay_ms;
            if is_due {
                paths.append(&mut retired.paths);
            }
            !is_due
        });
        let oldest = self.retired.iter().map(|retired| retired.since_ms).min();
        let next = oldest.map(|since_ms| since_ms.saturating_add(delay_ms) - now_ms);
        (DueFiles { files: Arc::clone(&self.files), paths }, next)
    }

    /// Forgets producers that have been silent for `producer.id.expiration.ms`.
    pub(crate) fn expire_producers(&mut self, now_ms: i64) {
        self.producers.expire(now_ms.saturating_sub(self.config.producer_id_expiration_ms));
    }
}
