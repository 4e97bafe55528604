//! Opening a log: by the sizes of its files after a clean stop, else by walking over everything past the recovery point.

use std::path::Path;
use std::sync::Arc;

use super::super::StorageError;
use super::super::index_mark::IndexMark;
use super::super::leader_epochs::LeaderEpochs;
use super::super::producer_state::ProducerStates;
use super::super::recovery::{
    RecoveryReport, SEGMENT_OFFSETS_MAX, WalkEnd, intact_batch_after, is_lost_write, walk,
};
use super::super::scan::{Located, Scan};
use super::super::segment::{
    DELETED, Indexes, LOG, SNAPSHOT, Segment, base_offset_of, file_path, is_empty_room,
};
use super::clean::finish_swaps;
use super::tail::Tail;
use super::unsynced::Unsynced;
use super::{Damage, LEADER_EPOCHS, Log, LogConfig};
use crate::env::files::{Files, read_all};

/// Where what cannot be kept is put, so that a person can look at it.
pub(crate) const QUARANTINE: &str = "quarantine";

/// What is known of a log before its files are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LogStart {
    /// Whether the broker stopped in order, so that the files are as long as they should be.
    pub(crate) clean: bool,
    /// Everything below is known to be durable and intact.
    pub(crate) recovery_point: i64,
    pub(crate) log_start_offset: i64,
    /// Which part of the indexes is good after a crash.
    pub(crate) index_mark: Option<IndexMark>,
    /// Whether the directory was made just now and holds no log.
    pub(crate) is_new: bool,
}

impl LogStart {
    /// In a directory that was made just now.
    pub(crate) const NEW: LogStart =
        LogStart { clean: false, recovery_point: 0, log_start_offset: 0, index_mark: None, is_new: true };
}

impl Log {
    /// Opens the log in `dir`, which exists; an empty directory is a new log.
    pub(crate) fn open(
        files: Arc<dyn Files>,
        dir: &Path,
        config: LogConfig,
        start: LogStart,
        now_ms: i64,
    ) -> Result<(Log, RecoveryReport), StorageError> {
        let names = if start.is_new { Vec::new() } else { files.list(dir).map_err(StorageError::at(dir))? };
        let names = finish_swaps(&files, dir, names)?;
        let mut segments = find_segments(&files, dir, &names)?;
        let is_new = segments.is_empty();
        let active = segments.pop().unwrap_or_else(|| {
            // Offsets are never given twice, even if the files of the log are gone.
            let base_offset = start.log_start_offset.max(start.recovery_point);
            Segment::new(Arc::clone(&files), dir, base_offset, 0)
        });
        let first_offset = segments.first().unwrap_or(&active).base_offset();
        let leader_epochs = if is_new { LeaderEpochs::default() } else { read_leader_epochs(&*files, dir) };
        let mut log = Log {
            kept_leader_epochs: leader_epochs.clone(),
            leader_epochs,
            dir: dir.to_owned(),
            config,
            active_since_ms: None,
            retired: Vec::new(),
            gathered: Vec::new(),
            log_start_offset: start.log_start_offset.max(first_offset),
            written_end_offset: active.base_offset(),
            log_end_offset: active.base_offset(),
            producers: ProducerStates::default(),
            recovery_point: start.recovery_point,
            first_dirty_offset: 0,
            uncleanable: false,
            last_append_ms: now_ms,
            unsynced: Unsynced { dir: is_new, ..Unsynced::default() },
            damaged: None,
            written_max_timestamp: None,
            offline: false,
            tail: Tail::new(),
            lost: None,
            unreported_bytes: 0,
            is_dirty: false,
            index_mark: start.index_mark,
            checkpointed_end: 0,
            bytes_since_snapshot: 0,
            passing_snapshot: None,
            sealed: segments,
            active,
            files,
        };
        let mut report = RecoveryReport::default();
        if is_new {
            report.missing = start.recovery_point > start.log_start_offset;
        } else if !(start.clean && log.trust_active()? && log.log_end_offset == start.recovery_point) {
            // A log that was damaged keeps its recovery point below the damage, so that no clean stop makes it good.
            log.recover(&start, &mut report)?;
        }
        log.finish_opening(&names, is_new)?;
        Ok((log, report))
    }

    /// After a clean stop: finds the end from the last index entry on. False when the file is not what its size says.
    fn trust_active(&mut self) -> Result<bool, StorageError> {
        let Ok(indexes) = self.active.indexes() else { return Ok(false) };
        let (mut end, mut end_offset) = (0, self.active.base_offset());
        let path = self.active.path();
        let file = Arc::clone(self.active.file()?);
        let mut scan = Scan::new(&*file, indexes.offsets.last_position(), self.active.size());
        while let Some(located) = scan.next().map_err(StorageError::at(&path))? {
            (end, end_offset) = (located.end(), located.header.next_offset());
        }
        (self.written_end_offset, self.log_end_offset) = (end_offset, end_offset);
        Ok(end == self.active.size())
    }

    /// Walks over everything past the recovery point.
    fn recover(&mut self, start: &LogStart, report: &mut RecoveryReport) -> Result<(), StorageError> {
        let recovery_point = start.recovery_point;
        let first = self.first_segment_from(recovery_point);
        // An epoch may have begun at the recovery point without having written anything yet.
        self.leader_epochs.truncate_end(recovery_point.saturating_add(1));
        self.learn_first_epoch()?;
        (self.is_dirty, self.index_mark) = (true, None);
        let mut min_offset = 0;
        for number in first..=self.sealed.len() {
            let mark = start.index_mark.filter(|_| number == first);
            let end = self.walk_over(number, mark, recovery_point, min_offset)?;
            min_offset = end.next_offset;
            if end.walk.fault.is_none() || self.gave_back_room(number, &end)? {
                continue;
            }
            if self.continues_after(number, &end)? {
                let (offset, position) = (end.next_offset, end.walk.position);
                report.damaged = Some(offset);
                let base_offset = self.segment_mut(number).base_offset();
                self.damaged = Some(Damage { offset, base_offset, position });
                // What follows is kept and not looked at; offsets go on after the last segment's start at the least.
                min_offset = end.next_offset.max(self.active.base_offset());
            } else {
                self.cut(number, end.walk.position, report)?;
            }
            break;
        }
        self.leader_epochs.truncate_end(min_offset.saturating_add(1));
        (self.written_end_offset, self.log_end_offset) = (min_offset, min_offset);
        // The file that it was read from has no checksum, and what is appended from here on is not durable yet.
        self.recovery_point = self.recovery_point.min(min_offset);
        self.unsynced.active = true;
        Ok(())
    }

    /// Walks over one segment and learns its indexes and epochs.
    fn walk_over(
        &mut self,
        number: usize,
        mark: Option<IndexMark>,
        recovery_point: i64,
        min_offset: i64,
    ) -> Result<SegmentEnd, StorageError> {
        let interval = self.config.index_interval_bytes;
        let is_sealed = number < self.sealed.len();
        let segment = self.segment_mut(number);
        let known = match mark.filter(|mark| mark.base_offset == segment.base_offset()) {
            Some(mark) => segment.good_indexes(&mark, recovery_point)?,
            None => None,
        };
        let (indexes, epochs, end) = walk_segment(segment, known, interval, min_offset)?;
        segment.set_indexes(indexes);
        if is_sealed {
            let written = segment.write_indexes()?;
            self.unsynced.sealed.extend(written);
        }
        for (epoch, offset) in epochs {
            self.leader_epochs.assign(epoch, offset);
        }
        Ok(end)
    }

    /// Whether what follows the last batch is room that was taken ahead, and no torn write; if so it is given back. In a sealed
    /// segment it is that only if nothing is missing before the next one.
    fn gave_back_room(&mut self, number: usize, end: &SegmentEnd) -> Result<bool, StorageError> {
        let later = self.sealed.iter().chain([&self.active]).nth(number + 1);
        let is_last = later.is_none_or(|later| later.base_offset() == end.next_offset);
        let position = end.walk.position;
        let segment = self.segment_mut(number);
        let is_room = is_last
            && is_empty_room(&**segment.file()?, position, segment.size())
                .map_err(StorageError::at(segment.path()))?;
        if is_room {
            segment.truncate(position)?;
        }
        Ok(is_room)
    }

    /// The sealed segment with this number, or the active one behind them.
    fn segment_mut(&mut self, number: usize) -> &mut Segment {
        self.sealed.get_mut(number).unwrap_or(&mut self.active)
    }

    /// The epoch of what is not walked over may be known from the first batch alone.
    fn learn_first_epoch(&mut self) -> Result<(), StorageError> {
        if self.leader_epochs.latest().is_none()
            && let Some(first) = self.sealed.first().unwrap_or(&self.active).find(0, |_| true)?
        {
            self.leader_epochs.assign(first.header.partition_leader_epoch, first.header.base_offset);
        }
        Ok(())
    }

    /// Whether an intact batch follows the fault, in the same segment or in a later one, and no write that was lost with the
    /// power explains why it does.
    fn continues_after(&self, number: usize, end: &SegmentEnd) -> Result<bool, StorageError> {
        let segments = self.sealed.iter().chain([&self.active]).skip(number);
        for (index, segment) in segments.enumerate() {
            let (file, from) = (&**segment.file()?, if index == 0 { end.walk.position + 1 } else { 0 });
            let offsets = end.next_offset..segment.base_offset().saturating_add(SEGMENT_OFFSETS_MAX);
            let continues = intact_batch_after(file, from, segment.size(), offsets).and_then(|found| {
                // Segments are synced before the next one begins.
                found.map_or(Ok(false), |intact| Ok(index > 0 || !is_lost_write(file, &end.walk, intact)?))
            });
            if continues.map_err(StorageError::at(segment.path()))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Moves the bytes behind `position` of a segment, and all later segments, to quarantine. That segment becomes the
    /// active one.
    fn cut(&mut self, number: usize, position: u64, report: &mut RecoveryReport) -> Result<(), StorageError> {
        let quarantine = self.dir.join(QUARANTINE);
        self.files.create_dir_all(&quarantine).map_err(StorageError::at(&quarantine))?;
        while self.sealed.len() > number {
            let Some(earlier) = self.sealed.pop() else { break };
            let later = std::mem::replace(&mut self.active, earlier);
            let to = quarantine.join(later.path().file_name().unwrap_or_default());
            self.files.rename(&later.path(), &to).map_err(StorageError::at(to))?;
            later.remove()?;
            // One by one, so that a power loss leaves no gap between segments.
            self.files.sync_dir(&self.dir).map_err(StorageError::at(&self.dir))?;
        }
        let size = self.active.size();
        let mut bytes = vec![0; usize::try_from(size - position).unwrap_or(0)];
        let path = self.active.path();
        self.active.file()?.read_at(&mut bytes, position).map_err(StorageError::at(&path))?;
        let name = format!("{:020}-at-{position}.{LOG}", self.active.base_offset());
        let kept = quarantine.join(name);
        let stored = self.files.open(&kept).and_then(|file| {
            file.truncate(0)?;
            file.write_at(&bytes, 0)?;
            file.sync_data()?;
            self.files.sync_dir(&quarantine)?;
            self.files.sync_dir(&self.dir)
        });
        stored.map_err(StorageError::at(kept))?;
        self.active.truncate(position)?;
        // Else a power loss could bring back what was cut, behind batches that came later.
        self.active.sync()?;
        report.cut = Some((path, position, size - position));
        Ok(())
    }

    /// Removes what a stop in the middle left, and makes the active segment ready.
    fn finish_opening(&mut self, names: &[String], is_new: bool) -> Result<(), StorageError> {
        let mut snapshots: Vec<i64> =
            names.iter().filter_map(|name| base_offset_of(name, SNAPSHOT)).collect();
        snapshots.sort_unstable();
        let late = snapshots.split_off(snapshots.partition_point(|offset| *offset <= self.log_end_offset));
        let latest = snapshots.pop();
        let between = snapshots.into_iter().filter(|offset| !self.has_segment(*offset));
        let superfluous = between.chain(late).map(|offset| file_path(&self.dir, offset, SNAPSHOT));
        let rests = names.iter().filter(|name| name.ends_with(".tmp") || name.ends_with(DELETED));
        let gone: Vec<_> = superfluous.chain(rests.map(|name| self.dir.join(name))).collect();
        // Some went to quarantine with their segment.
        let gone = gone.into_iter().filter(|path| self.files.exists(path)).collect::<Vec<_>>();
        for path in &gone {
            self.files.remove(path).map_err(StorageError::at(path))?;
        }
        if !gone.is_empty() {
            // A snapshot that came back after the next crash would be believed.
            self.files.sync_dir(&self.dir).map_err(StorageError::at(&self.dir))?;
        }
        self.passing_snapshot = latest.filter(|offset| !self.has_segment(*offset));
        self.log_start_offset = self.log_start_offset.min(self.log_end_offset);
        if is_new {
            return Ok(());
        }
        self.active_since_ms = self
            .active
            .find(0, |_| true)?
            .map(|first| first.header.max_timestamp)
            .filter(|first| *first >= 0);
        self.written_max_timestamp = self.active.indexes()?.max_timestamp;
        self.producers = self.read_producers()?;
        if !self.is_dirty {
            // Nobody may ever ask for them: thousands of idle logs hold neither files nor indexes.
            self.active.seal();
            self.checkpointed_end = self.written_end_offset;
        }
        Ok(())
    }

    fn has_segment(&self, base_offset: i64) -> bool {
        self.sealed.iter().chain([&self.active]).any(|segment| segment.base_offset() == base_offset)
    }

    /// The producers' state at the written end: the last good snapshot, and the headers of what came after it.
    pub(super) fn read_producers(&self) -> Result<ProducerStates, StorageError> {
        let names = self.files.list(&self.dir).map_err(StorageError::at(&self.dir))?;
        let mut snapshots: Vec<i64> =
            names.iter().filter_map(|name| base_offset_of(name, SNAPSHOT)).collect();
        snapshots.retain(|offset| *offset <= self.written_end_offset);
        snapshots.sort_unstable();
        let stored = snapshots.iter().rev().find_map(|offset| {
            let bytes = read_all(&*self.files, &file_path(&self.dir, *offset, SNAPSHOT)).ok()?;
            Some((*offset, ProducerStates::from_snapshot(&bytes, self.last_append_ms)?))
        });
        let (from, mut states) = stored.unwrap_or_default();
        for segment in self.segments_from(from) {
            let mut position = segment.position_before(from.max(segment.base_offset()))?;
            while let Some(located) =
                segment.find(position, |header| header.has_producer() && header.base_offset >= from)?
            {
                states.appended(&located.header, self.last_append_ms);
                position = located.end();
            }
        }
        Ok(states)
    }
}

/// What a walk over one segment found.
struct SegmentEnd {
    walk: WalkEnd,
    next_offset: i64,
}

type Walked = (Indexes, Vec<(i32, i64)>, SegmentEnd);

/// Walks over a segment, from its start or from where `known` ends.
fn walk_segment(
    segment: &Segment,
    known: Option<(Indexes, Located)>,
    interval: u64,
    min_offset: i64,
) -> Result<Walked, StorageError> {
    let base_offset = segment.base_offset();
    let mut epochs = Vec::new();
    let (mut indexes, from, mut next_offset) = match known {
        Some((indexes, from)) => (indexes, from.position, from.header.base_offset),
        None => (Indexes::default(), 0, base_offset.max(min_offset)),
    };
    let offsets = next_offset..base_offset.saturating_add(SEGMENT_OFFSETS_MAX);
    let end = walk(&**segment.file()?, from, segment.size(), offsets, |header, position| {
        indexes.note(base_offset, header, position, interval);
        if epochs.last().is_none_or(|(epoch, _)| *epoch < header.partition_leader_epoch) {
            epochs.push((header.partition_leader_epoch, header.base_offset));
        }
        next_offset = header.next_offset();
    });
    let walk = end.map_err(StorageError::at(segment.path()))?;
    Ok((indexes, epochs, SegmentEnd { walk, next_offset }))
}

fn find_segments(files: &Arc<dyn Files>, dir: &Path, names: &[String]) -> Result<Vec<Segment>, StorageError> {
    let mut offsets: Vec<i64> = names.iter().filter_map(|name| base_offset_of(name, LOG)).collect();
    offsets.sort_unstable();
    offsets
        .into_iter()
        .map(|base_offset| {
            let path = file_path(dir, base_offset, LOG);
            let size = files.open(&path).and_then(|file| file.size()).map_err(StorageError::at(path))?;
            Ok(Segment::new(Arc::clone(files), dir, base_offset, size))
        })
        .collect()
}

fn read_leader_epochs(files: &dyn Files, dir: &Path) -> LeaderEpochs {
    let path = dir.join(LEADER_EPOCHS);
    let text = files.exists(&path).then(|| read_all(files, &path).ok()).flatten();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| LeaderEpochs::from_text(&text)).unwrap_or_default()
}
