//! Reading segments while others append and delete, and writing what is left of them into one.
//!
//! A cleaned segment is written under names that end with `.cleaned` and synced before the log is asked to take it.

use std::path::PathBuf;
use std::sync::Arc;

use fluxmq_protocol::record::{BATCH_HEADER_LEN, BatchHeader, verify_crc};

use super::filter::{Cleaned, Filter};
use super::plan::{LogShape, SealedSegment};
use super::{CompactionPlan, SharedLog};
use crate::env::files::{File, Files};
use crate::storage::StorageError;
use crate::storage::log::OpenSegment;
use crate::storage::recovery::Window;
use crate::storage::scan::{Scan, read_batch};
use crate::storage::segment::{CLEANED, Indexes, LOG, file_path};

/// As much is gathered before it is written.
const BUFFER_BYTES: usize = 1 << 20;

/// The segments of a log that a round goes over.
pub(super) struct Segments<'a, L> {
    pub(super) log: &'a L,
    pub(super) shape: &'a LogShape,
}

/// How much a round has copied.
#[derive(Debug, Default)]
pub(super) struct Copied {
    pub(super) bytes_before: u64,
    pub(super) bytes_after: u64,
    pub(super) segments_before: usize,
    pub(super) segments_after: usize,
}

/// A segment that was written and waits for its turn.
#[derive(Debug)]
pub(crate) struct CleanedSegment {
    pub(crate) base_offset: i64,
    pub(crate) size: u64,
    /// The files, by the ends of their names.
    pub(crate) extensions: Vec<&'static str>,
}

impl<L: SharedLog> Segments<'_, L> {
    /// Of all segments, the active one included.
    pub(super) fn base_offsets(&self) -> impl Iterator<Item = i64> {
        let sealed = self.shape.segments.iter();
        sealed.clone().map(|segment| segment.base_offset).chain(sealed.last().map(|last| last.end_offset))
    }

    /// A segment's file and how much of it is batches; `None` when it went away.
    fn open(&self, base_offset: i64) -> Result<Option<OpenSegment>, StorageError> {
        self.log.turn(|log| log.open_segment(base_offset)).transpose().map(Option::flatten)
    }

    /// Shows the headers of a segment; what `each` calls reads the whole batch. False when the segment went away.
    pub(super) fn each_header(
        &self,
        base_offset: i64,
        mut each: impl FnMut(&BatchHeader, &dyn Fn() -> Result<Vec<u8>, StorageError>) -> Result<(), StorageError>,
    ) -> Result<bool, StorageError> {
        let Some((file, size)) = self.open(base_offset)? else { return Ok(false) };
        let at = |error| StorageError::at(segment_name(base_offset))(error);
        let mut scan = Scan::new(&*file, 0, size);
        while let Some(located) = scan.next().map_err(at)? {
            each(&located.header, &|| Ok(read_batch(&*file, &located).map_err(at)??))?;
        }
        Ok(true)
    }

    /// Shows the batches of a sealed segment, each checked against its checksum, until `each` says false. False when the
    /// segment went away.
    pub(super) fn each_batch(
        &self,
        segment: &SealedSegment,
        mut each: impl FnMut(&BatchHeader, &[u8]) -> Result<bool, StorageError>,
    ) -> Result<bool, StorageError> {
        let Some((file, size)) = self.open(segment.base_offset)? else { return Ok(false) };
        let at = |error| StorageError::at(segment_name(segment.base_offset))(error);
        let mut window = Window::new(&*file, size);
        let mut position = 0;
        while position < size {
            let header = BatchHeader::parse(window.bytes(position, BATCH_HEADER_LEN).map_err(at)?)?;
            let length = header.total_len();
            let bytes = window.bytes(position, length).map_err(at)?;
            verify_crc(bytes, &header)?;
            if !each(&header, bytes.get(..length).unwrap_or_default())? {
                break;
            }
            position += length as u64;
        }
        Ok(true)
    }

    /// Cleans some segments into one that takes their place. False when one of them went away.
    pub(super) fn clean_group(
        &self,
        group: &[SealedSegment],
        plan: &CompactionPlan,
        filter: &mut Filter<'_>,
        copied: &mut Copied,
    ) -> Result<bool, StorageError> {
        let Some(first) = group.first() else { return Ok(true) };
        let Some((files, dir)) = self.log.turn(|log| log.place()) else { return Ok(false) };
        let mut output = Output::create(files, dir, first.base_offset, plan.limits.index_interval_bytes)?;
        let written = self.write_group(group, filter, &mut output);
        if !matches!(written, Ok(true)) {
            output.discard();
            return written;
        }
        let size = output.size();
        copied.bytes_before += group.iter().map(|segment| segment.size).sum::<u64>();
        copied.bytes_after += size;
        copied.segments_before += group.len();
        copied.segments_after += 1;
        if group.len() == 1 && !output.changed {
            output.discard();
            return Ok(true);
        }
        let cleaned = output.finish()?;
        let bases: Vec<i64> = group.iter().map(|segment| segment.base_offset).collect();
        let replaced = self.log.turn(|log| log.replace_segments(&bases, &cleaned, filter.now_ms));
        replaced.unwrap_or(Ok(false))
    }

    fn write_group(
        &self,
        group: &[SealedSegment],
        filter: &mut Filter<'_>,
        output: &mut Output,
    ) -> Result<bool, StorageError> {
        for segment in group {
            let seen = self.each_batch(segment, |header, bytes| {
                match filter.clean(header, bytes)? {
                    Cleaned::Untouched => output.put(header, bytes)?,
                    Cleaned::Rewritten(bytes) => {
                        output.changed = true;
                        output.put(&BatchHeader::parse(&bytes)?, &bytes)?;
                    }
                    Cleaned::Gone => output.changed = true,
                }
                Ok(true)
            })?;
            if !seen {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// How errors name a segment that may have another path by now.
fn segment_name(base_offset: i64) -> PathBuf {
    file_path(std::path::Path::new(""), base_offset, LOG)
}

/// A segment that is being written.
#[derive(Debug)]
struct Output {
    files: Arc<dyn Files>,
    dir: PathBuf,
    base_offset: i64,
    file: Arc<dyn File>,
    /// Where the buffer belongs in the file.
    position: u64,
    buffer: Vec<u8>,
    indexes: Indexes,
    index_interval_bytes: u64,
    /// Whether anything differs from what was read.
    changed: bool,
}

impl Output {
    fn create(
        files: Arc<dyn Files>,
        dir: PathBuf,
        base_offset: i64,
        index_interval_bytes: u64,
    ) -> Result<Output, StorageError> {
        let path = cleaned_path(&dir, base_offset, LOG);
        let created = files.open(&path).and_then(|file| file.truncate(0).map(|()| file));
        Ok(Output {
            file: created.map_err(StorageError::at(path))?,
            files,
            dir,
            base_offset,
            position: 0,
            buffer: Vec::new(),
            indexes: Indexes::default(),
            index_interval_bytes,
            changed: false,
        })
    }

    fn size(&self) -> u64 {
        self.position + self.buffer.len() as u64
    }

    fn put(&mut self, header: &BatchHeader, bytes: &[u8]) -> Result<(), StorageError> {
        let size = self.size();
        self.indexes.note(self.base_offset, header, size, self.index_interval_bytes);
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), StorageError> {
        let written = self.file.write_at(&self.buffer, self.position);
        written.map_err(StorageError::at(cleaned_path(&self.dir, self.base_offset, LOG)))?;
        self.position += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Writes the rest and the indexes, and makes all durable.
    fn finish(mut self) -> Result<CleanedSegment, StorageError> {
        let finished = self.write_all();
        if finished.is_err() {
            self.discard();
        }
        finished
    }

    fn write_all(&mut self) -> Result<CleanedSegment, StorageError> {
        self.write()?;
        let path = cleaned_path(&self.dir, self.base_offset, LOG);
        self.file.sync_data().map_err(StorageError::at(path))?;
        let mut extensions = vec![LOG];
        for (extension, bytes) in self.indexes.finished(self.base_offset) {
            let path = cleaned_path(&self.dir, self.base_offset, extension);
            let written = self.files.open(&path).and_then(|file| {
                file.truncate(0)?;
                file.write_at(&bytes, 0)?;
                file.sync_data()
            });
            written.map_err(StorageError::at(path))?;
            extensions.push(extension);
        }
        Ok(CleanedSegment { base_offset: self.base_offset, size: self.position, extensions })
    }

    /// Removes what was written, as far as that is possible; what stays is removed when the log is opened.
    fn discard(&mut self) {
        for extension in Indexes::EXTENSIONS.into_iter().chain([LOG]) {
            let path = cleaned_path(&self.dir, self.base_offset, extension);
            if self.files.exists(&path)
                && let Err(error) = self.files.remove(&path)
            {
                tracing::warn!(file = %path.display(), %error, "a segment that is not needed could not be removed");
            }
        }
    }
}

fn cleaned_path(dir: &std::path::Path, base_offset: i64, extension: &str) -> PathBuf {
    file_path(dir, base_offset, &format!("{extension}.{CLEANED}"))
}
