//! The log's side of compaction: what can be cleaned, opening segments for the cleaner, and taking a cleaned one in.
//!
//! ```text
//!   N.log.cleaned                 being written; removed when the log is opened
//!   N.log.swap                    complete and durable: from here on the new segment counts, and opening the log goes on
//!   old segments retired          N.log and all that it takes the place of
//!   N.log                         done
//! ```
//! The directory is synced after each step.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxmq_protocol::record::BatchHeader;

use super::super::StorageError;
use super::super::cleaner::{
    CleanedSegment, CompactionPlan, CompactionSettings, GroupLimits, LogShape, SealedSegment, SegmentTimes,
    is_overdue,
};
use super::super::producer_state::LastRecord;
use super::super::recovery::{SEGMENT_OFFSETS_MAX, walk};
use super::super::segment::{CLEANED, LOG, SWAP, Segment, base_offset_of, file_path};
use super::{Log, QUARANTINE};
use crate::env::files::{File, Files};

/// A file that was opened, and how much of it is batches.
pub(crate) type OpenSegment = (Arc<dyn File>, u64);

impl Log {
    /// Everything below was cleaned; see [`super::super::cleaner`].
    #[cfg(test)]
    pub(crate) fn first_dirty_offset(&self) -> i64 {
        self.first_dirty_offset
    }

    pub(crate) fn set_first_dirty_offset(&mut self, offset: i64) {
        self.first_dirty_offset = offset;
    }

    /// The log holds what cannot be compacted.
    pub(crate) fn give_up_compaction(&mut self) {
        self.uncleanable = true;
    }

    /// What a round of cleaning would go by; `None` when nothing is due. `bound` is the last stable offset.
    pub(crate) fn plan_compaction(
        &mut self,
        settings: &CompactionSettings,
        bound: i64,
        now_ms: i64,
    ) -> Result<Option<CompactionPlan>, StorageError> {
        if self.uncleanable || self.check_writable().is_err() {
            return Ok(None);
        }
        if is_overdue(self.active_since_ms, settings, now_ms) {
            self.roll(now_ms)?;
        }
        let shape = self.shape();
        if shape.cleanable(bound, None).cleanable_bytes == 0 {
            return Ok(None);
        }
        let dirty = self.dirty_times(&shape, settings)?;
        let too_young = dirty.iter().find(|(_, times)| times.is_too_young(settings, now_ms));
        let is_overdue = dirty.iter().any(|(_, times)| times.is_overdue(settings, now_ms));
        let cleanable = shape.cleanable(bound, too_young.map(|(base_offset, _)| *base_offset));
        let limits = GroupLimits {
            segment_bytes: self.config.segment_bytes,
            segment_index_bytes: self.config.segment_index_bytes as u64,
            index_interval_bytes: self.config.index_interval_bytes,
        };
        let is_due = cleanable.is_due(is_overdue, settings);
        Ok(is_due.then_some(CompactionPlan { shape, cleanable, is_overdue, limits }))
    }

    fn shape(&self) -> LogShape {
        let ends = self.sealed.iter().skip(1).chain([&self.active]).map(Segment::base_offset);
        let sealed = self.sealed.iter().zip(ends).map(|(segment, end_offset)| SealedSegment {
            base_offset: segment.base_offset(),
            end_offset,
            size: segment.size(),
        });
        LogShape {
            segments: sealed.collect(),
            log_start_offset: self.log_start_offset,
            log_end_offset: self.log_end_offset,
            first_dirty_offset: self.first_dirty_offset,
        }
    }

    /// The times of the dirty segments, by their base offsets; nothing where no setting asks for them.
    fn dirty_times(
        &self,
        shape: &LogShape,
        settings: &CompactionSettings,
    ) -> Result<Vec<(i64, SegmentTimes)>, StorageError> {
        if settings.min_lag_ms <= 0 && settings.max_lag_ms == i64::MAX {
            return Ok(Vec::new());
        }
        let is_dirty = |segment: &&Segment| {
            shape.segments_from(shape.first_dirty()).any(|dirty| dirty.base_offset == segment.base_offset())
        };
        let times = |segment: &Segment| {
            let first_ms = segment.find(0, |_| true)?.map(|first| first.header.max_timestamp);
            let times = SegmentTimes { largest_ms: segment.largest_timestamp()?, first_ms };
            Ok((segment.base_offset(), times))
        };
        self.sealed.iter().filter(is_dirty).map(times).collect()
    }

    /// Where the log lies.
    pub(crate) fn place(&self) -> (Arc<dyn Files>, PathBuf) {
        (Arc::clone(&self.files), self.dir.clone())
    }

    /// Opens the segment with a base offset anew; with how many bytes of it are batches. `None` when it is gone.
    pub(crate) fn open_segment(&self, base_offset: i64) -> Result<Option<OpenSegment>, StorageError> {
        let mut segments = self.sealed.iter().chain([&self.active]);
        let Some(segment) = segments.find(|segment| segment.base_offset() == base_offset) else {
            return Ok(None);
        };
        let path = segment.path();
        let file = self.files.open(&path).map_err(StorageError::at(path))?;
        Ok(Some((file, segment.size())))
    }

    /// The base offsets and sizes of all segments.
    #[cfg(test)]
    pub(crate) fn segments_by_size(&self) -> Vec<(i64, u64)> {
        let segments = self.sealed.iter().chain([&self.active]);
        segments.map(|segment| (segment.base_offset(), segment.size())).collect()
    }

    /// The last record of each producer.
    pub(crate) fn last_records_of_producers(&self) -> HashMap<i64, LastRecord> {
        self.producers.last_records()
    }

    /// Puts a cleaned segment in the place of sealed ones. False, and the cleaned one is removed, when they are not all there
    /// any more.
    pub(crate) fn replace_segments(
        &mut self,
        bases: &[i64],
        cleaned: &CleanedSegment,
        now_ms: i64,
    ) -> Result<bool, StorageError> {
        self.check_writable()?;
        let first = self.sealed.partition_point(|segment| segment.base_offset() < cleaned.base_offset);
        let replaced = self.sealed.get(first..first + bases.len()).unwrap_or_default();
        if !replaced.iter().map(Segment::base_offset).eq(bases.iter().copied()) {
            for extension in &cleaned.extensions {
                let path = file_path(&self.dir, cleaned.base_offset, &format!("{extension}.{CLEANED}"));
                self.files.remove(&path).map_err(StorageError::at(path))?;
            }
            return Ok(false);
        }
        let replaced: Vec<Segment> = self.sealed.drain(first..first + bases.len()).collect();
        if let Err(error) = self.swap(&replaced, cleaned, now_ms) {
            // The files may be half old, half new: only opening the log again can tell.
            self.offline = true;
            self.sealed.splice(first..first, replaced);
            return Err(error);
        }
        let new = Segment::new(Arc::clone(&self.files), &self.dir, cleaned.base_offset, cleaned.size);
        self.sealed.insert(first, new);
        Ok(true)
    }

    fn swap(
        &mut self,
        replaced: &[Segment],
        cleaned: &CleanedSegment,
        now_ms: i64,
    ) -> Result<(), StorageError> {
        let (files, dir) = self.place();
        let rename = |extension: &str, from: &str, to: &str| {
            let from = file_path(&dir, cleaned.base_offset, &format!("{extension}{from}"));
            let to = file_path(&dir, cleaned.base_offset, &format!("{extension}{to}"));
            files.rename(&from, &to).map_err(StorageError::at(from))
        };
        let sync = || files.sync_dir(&dir).map_err(StorageError::at(&dir));
        let (cleaned_suffix, swap_suffix) = (format!(".{CLEANED}"), format!(".{SWAP}"));
        // The file of batches comes last: where it stands, all is there.
        for extension in cleaned.extensions.iter().rev() {
            rename(extension, &cleaned_suffix, &swap_suffix)?;
        }
        sync()?;
        for segment in replaced {
            if segment.base_offset() == cleaned.base_offset {
                self.retire_replaced(segment, now_ms)?;
            } else {
                self.retire(segment, now_ms)?;
            }
        }
        for extension in cleaned.extensions.iter().filter(|extension| **extension != LOG) {
            rename(extension, &swap_suffix, "")?;
        }
        sync()?;
        rename(LOG, &swap_suffix, "")?;
        sync()
    }
}

/// Goes on with, or takes back, what a crash in the middle of cleaning left in a log's directory. Returns the names that are
/// there now.
pub(super) fn finish_swaps(
    files: &Arc<dyn Files>,
    dir: &Path,
    names: Vec<String>,
) -> Result<Vec<String>, StorageError> {
    let is_left =
        |name: &&String| name.ends_with(&format!(".{CLEANED}")) || name.ends_with(&format!(".{SWAP}"));
    let left: Vec<&String> = names.iter().filter(is_left).collect();
    if left.is_empty() {
        return Ok(names);
    }
    let swapped = format!("{LOG}.{SWAP}");
    for name in &left {
        if base_offset_of(name, &swapped).is_none() {
            let path = dir.join(name);
            files.remove(&path).map_err(StorageError::at(path))?;
        }
    }
    for base_offset in left.iter().filter_map(|name| base_offset_of(name, &swapped)) {
        let swap = file_path(dir, base_offset, &swapped);
        let (end_offset, is_intact) = look_at(&**files, &swap, base_offset)?;
        if !is_intact && files.exists(&file_path(dir, base_offset, LOG)) {
            put_aside(&**files, dir, &swap)?;
            continue;
        }
        for replaced in names.iter().filter_map(|name| base_offset_of(name, LOG)) {
            if (base_offset..end_offset).contains(&replaced) {
                let segment = Segment::new(Arc::clone(files), dir, replaced, 0);
                if replaced == base_offset { segment.remove_replaced() } else { segment.remove() }?;
            }
        }
        Segment::new(Arc::clone(files), dir, base_offset, 0).remove_replaced()?;
        files.sync_dir(dir).map_err(StorageError::at(dir))?;
        let path = file_path(dir, base_offset, LOG);
        files.rename(&swap, &path).map_err(StorageError::at(swap))?;
    }
    files.sync_dir(dir).map_err(StorageError::at(dir))?;
    files.list(dir).map_err(StorageError::at(dir))
}

/// Where a segment that is to take the place of others ends, past its base offset at the least; and whether it is intact.
fn look_at(files: &dyn Files, path: &Path, base_offset: i64) -> Result<(i64, bool), StorageError> {
    let file = files.open(path).map_err(StorageError::at(path))?;
    let size = file.size().map_err(StorageError::at(path))?;
    let mut end_offset = base_offset + 1;
    let each = |header: &BatchHeader, _| end_offset = end_offset.max(header.next_offset());
    let end = walk(&*file, 0, size, base_offset..base_offset.saturating_add(SEGMENT_OFFSETS_MAX), each)
        .map_err(StorageError::at(path))?;
    Ok((end_offset, end.fault.is_none()))
}

/// Keeps a file for a person to look at. It was synced before it got its name, so nothing of ours is ever like this: while
/// what it would take the place of is there, that is what counts.
fn put_aside(files: &dyn Files, dir: &Path, path: &Path) -> Result<(), StorageError> {
    let quarantine = dir.join(QUARANTINE);
    files.create_dir_all(&quarantine).map_err(StorageError::at(&quarantine))?;
    let to = quarantine.join(path.file_name().unwrap_or_default());
    tracing::warn!(file = %path.display(), "a compacted segment is damaged; it is put into `quarantine`, the segments that it was made of stay");
    files.rename(path, &to).map_err(StorageError::at(path))?;
    files.sync_dir(&quarantine).map_err(StorageError::at(quarantine))
}
