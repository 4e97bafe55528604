//! What a crash left: walking over batches with their checksums, and telling a torn tail from damage in the middle.
//!
//! ```text
//!   good good good | torn                      cut the tail: nothing that follows was ever acknowledged as durable
//!   good good good | bad bytes | good good     never cut silently: what follows may well have been acknowledged
//! ```

use std::io;

use fluxmq_protocol::record::{BATCH_HEADER_LEN, BatchError, BatchHeader, verify_crc};

use crate::env::files::File;

/// How much is read at once.
const CHUNK_SIZE: usize = 1 << 20;

/// No stored batch is larger; a length beyond it is damage, not a reason to take memory.
const BATCH_SIZE_MAX: usize = 1 << 30;

/// Where the magic stands in a batch.
const MAGIC_AT: usize = 16;

/// How far a walk came.
#[derive(Debug)]
pub(crate) struct WalkEnd {
    /// The end of the last good batch.
    pub(crate) position: u64,
    /// Why the walk did not reach the end.
    pub(crate) fault: Option<BatchError>,
}

/// Walks over whole batches from `from` to `size`, checking length, magic, checksum and that offsets rise from `min_offset`.
pub(crate) fn walk(
    file: &dyn File,
    from: u64,
    size: u64,
    min_offset: i64,
    mut each: impl FnMut(&BatchHeader, u64),
) -> io::Result<WalkEnd> {
    let mut window = Window::new(file, size);
    let (mut position, mut min_offset) = (from, min_offset);
    while position < size {
        let bytes = window.bytes(position, BATCH_HEADER_LEN)?;
        let fault = match check(bytes, min_offset) {
            Ok(header) => {
                let whole = window.bytes(position, header.total_len())?;
                match verify_crc(whole, &header) {
                    Ok(()) => {
                        each(&header, position);
                        position += header.total_len() as u64;
                        min_offset = header.next_offset();
                        continue;
                    }
                    Err(fault) => fault,
                }
            }
            Err(fault) => fault,
        };
        return Ok(WalkEnd { position, fault: Some(fault) });
    }
    Ok(WalkEnd { position, fault: None })
}

fn check(bytes: &[u8], min_offset: i64) -> Result<BatchHeader, BatchError> {
    let header = BatchHeader::parse(bytes)?;
    if header.total_len() > BATCH_SIZE_MAX {
        return Err(BatchError::Length(header.batch_length));
    }
    if header.base_offset < min_offset {
        return Err(BatchError::Negative { field: "distance from the batch before", value: -1 });
    }
    Ok(header)
}

/// Whether an intact batch whose offsets lie at or after `min_offset` begins anywhere at or after `from`.
pub(crate) fn intact_batch_after(file: &dyn File, from: u64, size: u64, min_offset: i64) -> io::Result<bool> {
    let mut window = Window::new(file, size);
    let mut position = from;
    while position + BATCH_HEADER_LEN as u64 <= size {
        let bytes = window.bytes(position, CHUNK_SIZE)?;
        // Only where the magic is right can a batch begin.
        let Some(found) = bytes.get(MAGIC_AT..).and_then(|rest| rest.iter().position(|byte| *byte == 2))
        else {
            position += (bytes.len() - MAGIC_AT.min(bytes.len() - 1)) as u64;
            continue;
        };
        position += found as u64;
        let candidate = bytes.get(found..).unwrap_or_default();
        if let Ok(header) = check(candidate, min_offset)
            && position + header.total_len() as u64 <= size
            && verify_crc(window.bytes(position, header.total_len())?, &header).is_ok()
        {
            return Ok(true);
        }
        position += 1;
    }
    Ok(false)
}

/// A part of a file in memory.
#[derive(Debug)]
struct Window<'a> {
    file: &'a dyn File,
    size: u64,
    buffer: Vec<u8>,
    start: u64,
}

impl<'a> Window<'a> {
    fn new(file: &'a dyn File, size: u64) -> Self {
        Window { file, size, buffer: Vec::new(), start: 0 }
    }

    /// What the file holds from `position` on, at least `len` bytes unless it ends before.
    fn bytes(&mut self, position: u64, len: usize) -> io::Result<&[u8]> {
        let left = usize::try_from(self.size.saturating_sub(position)).unwrap_or(usize::MAX);
        let wanted = len.min(left);
        let offset = position.checked_sub(self.start).and_then(|offset| usize::try_from(offset).ok());
        if let Some(offset) = offset.filter(|offset| offset + wanted <= self.buffer.len()) {
            return Ok(self.buffer.get(offset..).unwrap_or_default());
        }
        self.buffer.resize(wanted.max(CHUNK_SIZE.min(left)), 0);
        let read = self.file.read_at(&mut self.buffer, position)?;
        self.buffer.truncate(read);
        self.start = position;
        Ok(&self.buffer)
    }
}

/// What opening a log after a crash found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RecoveryReport {
    /// Bytes behind the last good batch that were moved to quarantine: file, position, count.
    pub(crate) cut: Option<(std::path::PathBuf, u64, u64)>,
    /// The first offset that cannot be read, though intact batches follow.
    pub(crate) damaged: Option<i64>,
    /// The checkpoint speaks of records, and there is no file of them.
    pub(crate) missing: bool,
}

impl RecoveryReport {
    /// Says in the log what was found.
    pub(crate) fn log(&self, topic: &str, partition: i32) {
        if let Some((path, position, bytes)) = &self.cut {
            tracing::warn!(topic, partition, file = %path.display(), position, bytes,
                "an unfinished write at the end of the log was cut off and moved to `quarantine`");
        }
        if self.missing {
            tracing::error!(
                topic,
                partition,
                "the files of this log are gone; it goes on, empty, at the offset where it ended"
            );
        }
        if let Some(offset) = self.damaged {
            tracing::error!(
                topic,
                partition,
                offset,
                "the log is damaged here and intact batches follow; records before it are served, nothing more is appended"
            );
        }
    }
}
