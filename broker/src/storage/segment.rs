//! One segment of a log: a file of batches and its two indexes. The indexes of the active segment grow in memory; those of
//! sealed segments are read, or rebuilt, when they are first needed.

mod aging;
mod lookup;

mod room;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use fluxmq_protocol::record::BatchHeader;

use super::StorageError;
use super::index_mark::{IndexMark, Part};
use super::offset_index::OffsetIndex;
use super::scan::{Located, Scan};
use super::time_index::TimeIndex;
use crate::env::files::{File, Files, read_all};

pub(crate) use self::room::{Room, is_empty_room};

/// How the names of a segment's files end.
pub(crate) const LOG: &str = "log";
pub(crate) const SNAPSHOT: &str = "snapshot";
pub(crate) const OFFSET_INDEX: &str = "index";
pub(crate) const TIME_INDEX: &str = "timeindex";
pub(crate) const TRANSACTION_INDEX: &str = "txnindex";

/// What is put behind the names of files that are no longer in the log.
pub(crate) const DELETED: &str = ".deleted";
/// What is added to the names of a segment that is being written to take the place of others, and of one that is complete.
pub(crate) const CLEANED: &str = "cleaned";
pub(crate) const SWAP: &str = "swap";

/// How far apart the entries are of indexes that had to be rebuilt.
const REBUILT_INTERVAL_BYTES: u64 = 4096;

/// A file that was written and may have to be synced.
pub(crate) type WrittenFile = (PathBuf, Arc<dyn File>);

/// A segment.
#[derive(Debug)]
pub(crate) struct Segment {
    files: Arc<dyn Files>,
    dir: PathBuf,
    base_offset: i64,
    /// Of the batches that were written; the file may be longer while a write fails.
    size: u64,
    /// How long the file is made; 0 where it ends with the batches, or that is not known.
    allocated: u64,
    file: OnceLock<Arc<dyn File>>,
    indexes: OnceLock<Indexes>,
    /// Whether file or indexes were asked for since the last [`Segment::rest`].
    used: AtomicBool,
    /// What [`Self::largest_timestamp`] has found while the indexes are not in memory.
    largest_timestamp: OnceLock<Option<i64>>,
}

/// What is known of a segment's batches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Indexes {
    pub(crate) offsets: OffsetIndex,
    pub(crate) times: TimeIndex,
    /// The largest timestamp and the last offset of the first batch that has it; `None` when no record has one.
    pub(crate) max_timestamp: Option<(i64, i64)>,
}

impl Indexes {
    /// Takes note of the batch at `position`, with an entry when the last one is more than `interval` bytes behind.
    pub(crate) fn note(&mut self, base_offset: i64, header: &BatchHeader, position: u64, interval: u64) {
        let has_timestamp = header.max_timestamp >= 0 && header.record_count > 0;
        if has_timestamp && self.max_timestamp.is_none_or(|(max, _)| header.max_timestamp > max) {
            self.max_timestamp = Some((header.max_timestamp, header.last_offset()));
        }
        if position - self.offsets.last_position() > interval {
            self.offsets.push(relative(header.last_offset(), base_offset), position as u32);
            self.note_max_timestamp(base_offset);
        }
    }

    /// The ends of the names of the index files.
    pub(crate) const EXTENSIONS: [&str; 2] = [OFFSET_INDEX, TIME_INDEX];

    /// The index files of a segment to which nothing is added any more, with the ends of their names.
    pub(crate) fn finished(&mut self, base_offset: i64) -> [(&'static str, Vec<u8>); 2] {
        self.note_max_timestamp(base_offset);
        [(OFFSET_INDEX, self.offsets.to_bytes()), (TIME_INDEX, self.times.to_bytes())]
    }

    fn note_max_timestamp(&mut self, base_offset: i64) {
        if let Some((timestamp, offset)) = self.max_timestamp {
            self.times.push(timestamp, relative(offset, base_offset));
        }
    }
}

/// The offset as indexes say it. Segments are rolled before it could be too large.
fn relative(offset: i64, base_offset: i64) -> u32 {
    u32::try_from(offset.saturating_sub(base_offset)).unwrap_or(if offset < base_offset {
        0
    } else {
        u32::MAX
    })
}

impl Segment {
    /// The segment in `dir` with this base offset, of which `size` bytes are batches.
    pub(crate) fn new(files: Arc<dyn Files>, dir: &Path, base_offset: i64, size: u64) -> Self {
        Segment {
            files,
            dir: dir.to_owned(),
            base_offset,
            size,
            allocated: 0,
            file: OnceLock::new(),
            indexes: OnceLock::new(),
            used: AtomicBool::new(false),
            largest_timestamp: OnceLock::new(),
        }
    }

    pub(crate) fn base_offset(&self) -> i64 {
        self.base_offset
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.file_path(LOG)
    }

    fn file_path(&self, extension: &str) -> PathBuf {
        file_path(&self.dir, self.base_offset, extension)
    }

    /// The file of batches, opened when it is first asked for.
    pub(crate) fn file(&self) -> Result<&Arc<dyn File>, StorageError> {
        self.used.store(true, Ordering::Relaxed);
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let path = self.path();
        let file = self.files.open(&path).map_err(StorageError::at(path))?;
        Ok(self.file.get_or_init(|| file))
    }

    /// The indexes, read or rebuilt when they are first asked for.
    pub(crate) fn indexes(&self) -> Result<&Indexes, StorageError> {
        self.used.store(true, Ordering::Relaxed);
        if let Some(indexes) = self.indexes.get() {
            return Ok(indexes);
        }
        let indexes = match self.read_indexes()? {
            Some(indexes) => indexes,
            None => self.rebuild_indexes()?,
        };
        Ok(self.indexes.get_or_init(|| indexes))
    }

    pub(crate) fn indexes_mut(&mut self) -> Result<&mut Indexes, StorageError> {
        self.indexes()?;
        self.indexes.get_mut().ok_or(StorageError::Offline)
    }

    pub(crate) fn set_indexes(&mut self, indexes: Indexes) {
        self.indexes = OnceLock::from(indexes);
    }

    /// What the files say; `None` when they are missing or wrong. Entries may be missing at their end.
    fn read_indexes(&self) -> Result<Option<Indexes>, StorageError> {
        let (Some(offsets), Some(times)) = (self.read(OFFSET_INDEX)?, self.read(TIME_INDEX)?) else {
            return Ok(None);
        };
        let Some(offsets) = OffsetIndex::from_bytes(&offsets, self.size) else { return Ok(None) };
        let Some(times) = TimeIndex::from_bytes(&times, u32::MAX) else { return Ok(None) };
        let last = times.last();
        let max_timestamp = last.map(|(timestamp, offset)| (timestamp, self.base_offset + i64::from(offset)));
        let from = offsets.last_position();
        let mut indexes = Indexes { offsets, times, max_timestamp };
        self.note_from(&mut indexes, from)?;
        Ok(Some(indexes))
    }

    fn read(&self, extension: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let path = self.file_path(extension);
        if !self.files.exists(&path) {
            return Ok(None);
        }
        read_all(&*self.files, &path).map(Some).map_err(StorageError::at(path))
    }

    fn rebuild_indexes(&self) -> Result<Indexes, StorageError> {
        let mut indexes = Indexes::default();
        self.note_from(&mut indexes, 0)?;
        Ok(indexes)
    }

    /// Takes note of all batches from a position on.
    fn note_from(&self, indexes: &mut Indexes, position: u64) -> Result<(), StorageError> {
        let mut scan = Scan::new(&**self.file()?, position, self.size);
        while let Some(located) = scan.next().map_err(StorageError::at(self.path()))? {
            indexes.note(self.base_offset, &located.header, located.position, REBUILT_INTERVAL_BYTES);
        }
        Ok(())
    }

    /// Appends bytes. When that fails the size stays, whatever the file holds behind it.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        self.file()?.write_at(bytes, self.size).map_err(StorageError::at(self.path()))?;
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Makes the batches durable.
    pub(crate) fn sync(&self) -> Result<(), StorageError> {
        self.file()?.sync_data().map_err(StorageError::at(self.path()))
    }

    /// Cuts the file.
    pub(crate) fn truncate(&mut self, size: u64) -> Result<(), StorageError> {
        self.file()?.truncate(size).map_err(StorageError::at(self.path()))?;
        (self.size, self.allocated) = (size, 0);
        Ok(())
    }

    /// Writes the index files; returns them, for syncing.
    pub(crate) fn write_indexes(&mut self) -> Result<[WrittenFile; 2], StorageError> {
        let base_offset = self.base_offset;
        let indexes = self.indexes_mut()?;
        indexes.note_max_timestamp(base_offset);
        let (offsets, times) = (indexes.offsets.to_bytes(), indexes.times.to_bytes());
        Ok([self.replace(OFFSET_INDEX, &offsets)?, self.replace(TIME_INDEX, &times)?])
    }

    /// Adds to the index files what has come since `mark`, for batches that are written; without a sync.
    pub(crate) fn write_new_index_entries(&self, mark: Option<IndexMark>) -> Result<IndexMark, StorageError> {
        let indexes = self.indexes()?;
        let (offsets, times) = (indexes.offsets.to_bytes(), indexes.times.to_bytes());
        let IndexMark { offsets: known_offsets, times: known_times, .. } = mark.unwrap_or(IndexMark {
            base_offset: self.base_offset,
            offsets: Part::default(),
            times: Part::default(),
        });
        let offsets = self.write_from(OFFSET_INDEX, known_offsets, &offsets)?;
        let times = self.write_from(TIME_INDEX, known_times, &times)?;
        Ok(IndexMark { base_offset: self.base_offset, offsets, times })
    }

    fn write_from(&self, extension: &str, known: Part, bytes: &[u8]) -> Result<Part, StorageError> {
        let known = if known.len > bytes.len() { Part::default() } else { known };
        let new = bytes.get(known.len..).unwrap_or_default();
        if !new.is_empty() {
            let path = self.file_path(extension);
            let written = self.files.open(&path).and_then(|file| {
                // What an earlier run left behind must not be taken for a part of it.
                file.truncate(known.len as u64)?;
                file.write_at(new, known.len as u64)
            });
            written.map_err(StorageError::at(path))?;
        }
        Ok(known.followed_by(new))
    }

    /// What the index files say that is known to be good, up to the last indexed batch that lies below `offset` altogether;
    /// and that batch, from which on they have to be built anew.
    pub(crate) fn good_indexes(
        &self,
        mark: &IndexMark,
        offset: i64,
    ) -> Result<Option<(Indexes, Located)>, StorageError> {
        let (Some(offsets), Some(times)) = (self.read(OFFSET_INDEX)?, self.read(TIME_INDEX)?) else {
            return Ok(None);
        };
        let parts = mark.offsets.of(&offsets).zip(mark.times.of(&times));
        let parsed = parts.and_then(|(offsets, times)| {
            Some((OffsetIndex::from_bytes(offsets, u64::MAX)?, TimeIndex::from_bytes(times, u32::MAX)?))
        });
        let Some((mut offsets, mut times)) = parsed else { return Ok(None) };
        let Some(relative_end) =
            u32::try_from(offset - self.base_offset).ok().and_then(|end| end.checked_sub(1))
        else {
            return Ok(None);
        };
        let position = offsets.position_before(relative_end);
        if position == 0 {
            return Ok(None);
        }
        let Some(from) = self.find(position, |_| true)?.filter(|from| from.header.last_offset() < offset)
        else {
            return Ok(None);
        };
        offsets.truncate(position);
        times.truncate(relative(from.header.base_offset, self.base_offset));
        let max_timestamp =
            times.last().map(|(timestamp, offset)| (timestamp, self.base_offset + i64::from(offset)));
        Ok(Some((Indexes { offsets, times, max_timestamp }, from)))
    }

    /// Writes a file that can be rebuilt, so without care for a crash in between.
    fn replace(&self, extension: &str, bytes: &[u8]) -> Result<WrittenFile, StorageError> {
        let path = self.file_path(extension);
        let written = self.files.open(&path).and_then(|file| {
            file.truncate(0)?;
            file.write_at(bytes, 0)?;
            Ok(file)
        });
        let file = written.map_err(StorageError::at(&path))?;
        Ok((path, file))
    }

    /// Makes an empty file, whatever was there. When that fails nothing is left behind, if that can be helped.
    pub(crate) fn create(&mut self) -> Result<(), StorageError> {
        let created = self.truncate(0);
        if created.is_err() {
            // The first error is the one to tell; an empty file that stays is found when the log is opened.
            let _ = self.files.remove(&self.path());
        }
        created
    }

    /// Closes the file and forgets the indexes when nobody has asked for them since the last call. They must have been written.
    pub(crate) fn rest(&mut self) {
        if !std::mem::take(self.used.get_mut()) {
            self.seal();
        }
    }

    /// Nothing is appended any more: closes the file and forgets the indexes, until somebody reads here.
    pub(crate) fn seal(&mut self) {
        if let Some(indexes) = self.indexes.get() {
            let largest = indexes.max_timestamp.map(|(timestamp, _)| Some(timestamp));
            self.largest_timestamp = largest.map_or_else(OnceLock::new, OnceLock::from);
        }
        self.file = OnceLock::new();
        self.indexes = OnceLock::new();
    }
}

/// A file of the segment with this base offset.
pub(crate) fn file_path(dir: &Path, base_offset: i64, extension: &str) -> PathBuf {
    dir.join(format!("{base_offset:020}.{extension}"))
}

/// The base offset in the name of a segment's file, if it is one that ends with `extension`.
pub(crate) fn base_offset_of(name: &str, extension: &str) -> Option<i64> {
    let digits = name.strip_suffix(extension)?.strip_suffix('.')?;
    (digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}
