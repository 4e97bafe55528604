//! One segment: a file of batches, and what is known of it. The segment that takes batches keeps its indexes in memory and
//! writes them when it is closed; those of closed segments are read when somebody reads there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxmq_protocol::record::BatchHeader;

use super::StorageError;
use super::offset_index::OffsetIndex;
use super::scan::{Located, Scan};
use super::time_index::TimeIndex;
use crate::env::files::{File, Files, read_all};

/// The largest distance between a segment's base offset and an offset in it.
const RELATIVE_OFFSET_MAX: i64 = i32::MAX as i64;

/// What is known of a segment without looking into its indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) base_offset: i64,
    /// Exclusive.
    pub(crate) end_offset: i64,
    pub(crate) size: u64,
    /// The largest timestamp of its records; -1 when none has one.
    pub(crate) max_timestamp: i64,
    /// The last offset of the first batch with that timestamp.
    max_timestamp_offset: i64,
    /// The timestamp of the first batch, from which a segment's age counts.
    first_timestamp: Option<i64>,
    bytes_since_index: usize,
}

/// A segment's extent and indexes, as they grow batch by batch.
#[derive(Debug, Clone)]
pub(crate) struct Indexed {
    pub(crate) extent: Extent,
    pub(crate) offsets: OffsetIndex,
    pub(crate) times: TimeIndex,
}

impl Extent {
    pub(crate) fn first_timestamp(&self) -> Option<i64> {
        self.first_timestamp
    }

    /// The offset counted from the segment's base offset, as far as indexes can say it.
    pub(crate) fn relative(&self, offset: i64) -> u32 {
        offset.saturating_sub(self.base_offset).clamp(0, RELATIVE_OFFSET_MAX) as u32
    }

    /// Whether an offset can be said relative to the segment's base offset.
    pub(crate) fn holds(&self, offset: i64) -> bool {
        offset.saturating_sub(self.base_offset) <= RELATIVE_OFFSET_MAX
    }
}

impl Indexed {
    pub(crate) fn empty(base_offset: i64) -> Self {
        let extent = Extent {
            base_offset,
            end_offset: base_offset,
            size: 0,
            max_timestamp: -1,
            max_timestamp_offset: base_offset,
            first_timestamp: None,
            bytes_since_index: 0,
        };
        Indexed { extent, offsets: OffsetIndex::default(), times: TimeIndex::default() }
    }

    /// Adds the batch that begins where the segment ends.
    pub(crate) fn add(&mut self, header: &BatchHeader, index_interval_bytes: usize) {
        let extent = &mut self.extent;
        if extent.size == 0 {
            extent.first_timestamp = (header.max_timestamp >= 0).then_some(header.max_timestamp);
        }
        if header.max_timestamp > extent.max_timestamp {
            extent.max_timestamp = header.max_timestamp;
            extent.max_timestamp_offset = header.last_offset();
        }
        if extent.bytes_since_index > index_interval_bytes {
            self.offsets.push(extent.relative(header.last_offset()), extent.size as u32);
            extent.bytes_since_index = 0;
            self.note_max_timestamp();
        }
        let extent = &mut self.extent;
        extent.size += header.total_len() as u64;
        extent.end_offset = header.next_offset();
        extent.bytes_since_index += header.total_len();
    }

    /// Takes the largest timestamp so far into the time index.
    pub(crate) fn note_max_timestamp(&mut self) {
        if self.extent.max_timestamp >= 0 {
            let relative_offset = self.extent.relative(self.extent.max_timestamp_offset);
            self.times.push(self.extent.max_timestamp, relative_offset);
        }
    }

    /// Forgets what was added since the segment had this extent.
    pub(crate) fn restore(&mut self, extent: Extent) {
        self.offsets.truncate(extent.size);
        self.times.truncate(extent.relative(extent.end_offset));
        self.extent = extent;
    }

    /// What index files say, for walking on from the last indexed batch below `trusted_end`, an offset. `None` when
    /// there are no files or they are wrong.
    pub(crate) fn load(
        files: &dyn Files,
        path: &SegmentPath,
        base_offset: i64,
        log_size: u64,
        trusted_end: i64,
        index_interval_bytes: usize,
    ) -> Result<Option<Self>, StorageError> {
        let mut indexed = Indexed::empty(base_offset);
        let end = indexed.extent.relative(trusted_end);
        let Some(offsets) = path.read(files, "index")? else { return Ok(None) };
        let Some(times) = path.read(files, "timeindex")? else { return Ok(None) };
        let Some(mut offsets) = OffsetIndex::from_bytes(&offsets, log_size) else { return Ok(None) };
        let Some(mut times) = TimeIndex::from_bytes(&times, u32::MAX) else { return Ok(None) };
        offsets.truncate_offsets(end);
        times.truncate(end);
        // The last entry goes, so that the walk which begins at its batch adds it again.
        let Some((_, position)) = offsets.pop() else { return Ok(None) };
        indexed.extent.size = position;
        indexed.extent.bytes_since_index = index_interval_bytes.saturating_add(1);
        if let Some((timestamp, relative_offset)) = times.last() {
            indexed.extent.max_timestamp = timestamp;
            indexed.extent.max_timestamp_offset = base_offset + i64::from(relative_offset);
        }
        (indexed.offsets, indexed.times) = (offsets, times);
        Ok(Some(indexed))
    }

    /// Looks up the timestamp of the first batch, when the walk has not begun there.
    pub(crate) fn find_first_timestamp(&mut self, file: &dyn File) -> std::io::Result<()> {
        let first = Scan::new(file, 0, self.extent.size).next()?;
        let timestamp = first.map(|batch| batch.header.max_timestamp);
        self.extent.first_timestamp = timestamp.filter(|timestamp| *timestamp >= 0);
        Ok(())
    }

    /// Writes the index files, and returns them for syncing.
    pub(crate) fn save(
        &mut self,
        files: &dyn Files,
        path: &SegmentPath,
    ) -> Result<[Arc<dyn File>; 2], StorageError> {
        self.note_max_timestamp();
        let offsets = path.write(files, "index", &self.offsets.to_bytes())?;
        let times = path.write(files, "timeindex", &self.times.to_bytes())?;
        Ok([offsets, times])
    }
}

/// A segment that can be read: its file and its indexes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Readable<'a> {
    pub(crate) file: &'a Arc<dyn File>,
    pub(crate) extent: &'a Extent,
    pub(crate) offsets: &'a OffsetIndex,
    pub(crate) times: &'a TimeIndex,
}

impl Readable<'_> {
    /// The first batch whose last offset is at or after `offset`.
    pub(crate) fn find(&self, offset: i64) -> std::io::Result<Option<Located>> {
        let position = self.offsets.position_for(self.extent.relative(offset));
        let mut scan = self.scan(position);
        while let Some(batch) = scan.next()? {
            if batch.header.last_offset() >= offset {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    /// Where the batches that begin at or after `offset`, the start of a batch or the end of the segment, begin.
    pub(crate) fn position_of(&self, offset: i64) -> std::io::Result<u64> {
        if offset >= self.extent.end_offset {
            return Ok(self.extent.size);
        }
        Ok(self.find(offset)?.map_or(self.extent.size, |batch| batch.position))
    }

    /// A walk over the batches from a position to the segment's end.
    pub(crate) fn scan(&self, position: u64) -> Scan<'_> {
        Scan::new(&**self.file, position, self.extent.size)
    }
}

/// Where the files of one segment lie.
#[derive(Debug, Clone)]
pub(crate) struct SegmentPath {
    dir: PathBuf,
    base_offset: i64,
}

impl SegmentPath {
    pub(crate) fn new(dir: &Path, base_offset: i64) -> Self {
        SegmentPath { dir: dir.to_owned(), base_offset }
    }

    pub(crate) fn file(&self, extension: &str) -> PathBuf {
        self.dir.join(format!("{:020}.{extension}", self.base_offset))
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.file("log")
    }

    fn read(&self, files: &dyn Files, extension: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let path = self.file(extension);
        if !files.exists(&path) {
            return Ok(None);
        }
        read_all(files, &path).map(Some).map_err(StorageError::at(path))
    }

    /// Replaces a file that can be rebuilt: not atomically.
    pub(crate) fn write(
        &self,
        files: &dyn Files,
        extension: &str,
        bytes: &[u8],
    ) -> Result<Arc<dyn File>, StorageError> {
        let path = self.file(extension);
        let write = || {
            let file = files.open(&path)?;
            file.truncate(0)?;
            file.write_at(bytes, 0)?;
            Ok(file)
        };
        write().map_err(StorageError::at(path.clone()))
    }

    /// Removes the segment's files, the log first: what is left without a log is removed when the log is opened.
    pub(crate) fn remove(&self, files: &dyn Files) -> Result<(), StorageError> {
        for extension in ["log", "index", "timeindex", "txnindex", "snapshot"] {
            let path = self.file(extension);
            if files.exists(&path) {
                files.remove(&path).map_err(StorageError::at(path.clone()))?;
            }
        }
        Ok(())
    }
}
