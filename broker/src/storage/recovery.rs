//! What a crash left: walking over batches with their checksums, and telling a torn tail from damage in the middle.
//!
//! ```text
//!   good good good | torn                      cut the tail: nothing that follows was ever acknowledged as durable
//!   good good good | bad bytes | good good     never cut silently: what follows may well have been acknowledged
//!   good good good | bad, with a sector of zeros | good good
//!                                              cut: a write that was lost with the power, and a later one that was not
//! ```

use std::io;
use std::ops::Range;

use fluxmq_protocol::record::{BATCH_HEADER_LEN, BatchError, BatchHeader, verify_crc};

use crate::env::files::File;

/// How much is read at once.
const CHUNK_SIZE: usize = 1 << 20;

/// No stored batch is larger; a length beyond it is damage, not a reason to take memory.
const BATCH_SIZE_MAX: usize = 1 << 30;

/// The offsets of a segment lie so close to its base offset, exclusive: indexes say them in 31 bits.
pub(crate) const SEGMENT_OFFSETS_MAX: i64 = 1 << 31;

/// Where the magic stands in a batch.
const MAGIC_AT: usize = 16;

/// Bits of a batch's attributes that no writer has set yet.
const UNUSED_ATTRIBUTES: i16 = !0x7f;

/// The least that a disk writes.
const SECTOR_SIZE: u64 = 512;

/// Where the length of a batch ends, which is never zero.
const LENGTH_END: usize = 12;

/// How far a walk came.
#[derive(Debug)]
pub(crate) struct WalkEnd {
    /// The end of the last good batch.
    pub(crate) position: u64,
    /// Why the walk did not reach the end.
    pub(crate) fault: Option<Fault>,
}

/// What is wrong where a batch should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Batch(#[from] BatchError),
    #[error("a batch has the offsets {first} to {last}, which have no place here between {low} and {end}")]
    OutOfPlace { first: i64, last: i64, low: i64, end: i64 },
}

/// An intact batch, where it begins, and its bytes.
#[derive(Debug)]
pub(crate) struct IntactBatch<'a> {
    pub(crate) header: BatchHeader,
    pub(crate) position: u64,
    pub(crate) bytes: &'a [u8],
}

/// A walk over whole batches that checks length, magic, checksum, and that offsets rise within their bounds.
#[derive(Debug)]
pub(crate) struct BatchWalk<'a> {
    window: Window<'a>,
    position: u64,
    /// What the next batch's offsets must lie in.
    offsets: Range<i64>,
}

impl<'a> BatchWalk<'a> {
    pub(crate) fn new(file: &'a dyn File, from: u64, size: u64, offsets: Range<i64>) -> Self {
        BatchWalk { window: Window::new(file, size), position: from, offsets }
    }

    /// Where the next batch should begin.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The offset that the next batch has at the least.
    pub(crate) fn min_offset(&self) -> i64 {
        self.offsets.start
    }

    /// The next batch; `None` at the end of the file. The walk does not get past a fault by itself.
    pub(crate) fn next(&mut self) -> io::Result<Option<Result<IntactBatch<'_>, Fault>>> {
        if self.position >= self.window.size {
            return Ok(None);
        }
        let (position, offsets) = (self.position, self.offsets.clone());
        let header = match check(self.window.bytes(position, BATCH_HEADER_LEN)?, &offsets) {
            Ok(header) => header,
            Err(fault) => return Ok(Some(Err(fault))),
        };
        let total_len = header.total_len();
        let bytes = self.window.bytes(position, total_len + BATCH_HEADER_LEN)?;
        let (bytes, rest) = bytes.split_at_checked(total_len).unwrap_or((bytes, &[]));
        if let Err(fault) = verify_crc(bytes, &header) {
            return Ok(Some(Err(fault.into())));
        }
        // The base offset is outside of the checksum. Where the next batch would be right had this one not come, this one is
        // wrong; unless it is the same batch once more.
        if let Ok(next) = check(rest, &(offsets.start..i64::MAX))
            && next.base_offset < header.next_offset()
            && (next.base_offset, next.crc) != (header.base_offset, header.crc)
            && self.is_intact(position + total_len as u64, &next)?
        {
            let (first, last) = (header.base_offset, header.last_offset());
            let fault = Fault::OutOfPlace { first, last, low: offsets.start, end: next.base_offset };
            return Ok(Some(Err(fault)));
        }
        self.position += total_len as u64;
        self.offsets.start = header.next_offset();
        let bytes = self.window.bytes(position, total_len)?.get(..total_len).unwrap_or_default();
        Ok(Some(Ok(IntactBatch { header, position, bytes })))
    }

    fn is_intact(&mut self, position: u64, header: &BatchHeader) -> io::Result<bool> {
        let total_len = header.total_len();
        if position + total_len as u64 > self.window.size {
            return Ok(false);
        }
        Ok(verify_crc(self.window.bytes(position, total_len)?, header).is_ok())
    }

    /// Goes on at the first intact batch that begins behind the fault, or at the end of the file. Whether there is one.
    pub(crate) fn skip_fault(&mut self) -> io::Result<bool> {
        self.position += 1;
        self.find()
    }

    fn find(&mut self) -> io::Result<bool> {
        while self.position + BATCH_HEADER_LEN as u64 <= self.window.size {
            let bytes = self.window.bytes(self.position, BATCH_HEADER_LEN)?;
            // Only where the magic is right can a batch begin.
            let magics = bytes.get(MAGIC_AT..).unwrap_or_default();
            let Some(found) = magics.iter().position(|byte| *byte == 2) else {
                self.position += magics.len() as u64;
                continue;
            };
            self.position += found as u64;
            let candidate = self.window.bytes(self.position, BATCH_HEADER_LEN)?;
            if let Ok(header) = check(candidate, &self.offsets)
                && header.attributes.0 & UNUSED_ATTRIBUTES == 0
                && self.is_intact(self.position, &header)?
            {
                return Ok(true);
            }
            self.position += 1;
        }
        self.position = self.window.size;
        Ok(false)
    }
}

/// Walks over whole batches from `from` to `size`, checking length, magic, checksum and that offsets rise within `offsets`.
pub(crate) fn walk(
    file: &dyn File,
    from: u64,
    size: u64,
    offsets: Range<i64>,
    mut each: impl FnMut(&BatchHeader, u64),
) -> io::Result<WalkEnd> {
    let mut walk = BatchWalk::new(file, from, size, offsets);
    while let Some(batch) = walk.next()? {
        match batch {
            Ok(batch) => each(&batch.header, batch.position),
            Err(fault) => return Ok(WalkEnd { position: walk.position(), fault: Some(fault) }),
        }
    }
    Ok(WalkEnd { position: walk.position(), fault: None })
}

fn check(bytes: &[u8], offsets: &Range<i64>) -> Result<BatchHeader, Fault> {
    let header = BatchHeader::parse(bytes)?;
    if header.total_len() > BATCH_SIZE_MAX {
        return Err(BatchError::Length(header.batch_length).into());
    }
    let (first, last) = (header.base_offset, header.last_offset());
    if first < offsets.start || last >= offsets.end {
        return Err(Fault::OutOfPlace { first, last, low: offsets.start, end: offsets.end });
    }
    Ok(header)
}

/// Where the first intact batch whose offsets lie in `offsets` begins at or after `from`.
pub(crate) fn intact_batch_after(
    file: &dyn File,
    from: u64,
    size: u64,
    offsets: Range<i64>,
) -> io::Result<Option<u64>> {
    let mut walk = BatchWalk::new(file, from, size, offsets);
    Ok(walk.find()?.then(|| walk.position()))
}

/// Whether a sector between a bad batch and the next intact one never reached the disk. A log only grows, so such a sector
/// holds zeros from the bad batch to its end; and what was never synced was never acknowledged as durable, nor what follows.
pub(crate) fn is_lost_write(file: &dyn File, bad: &WalkEnd, intact: u64) -> io::Result<bool> {
    // The first bytes of the intact batch may lie in that sector: those of a small offset are zeros.
    let mut window = Window::new(file, intact.next_multiple_of(SECTOR_SIZE));
    let mut position = bad.position;
    while position < intact {
        let sector_end = (position / SECTOR_SIZE + 1) * SECTOR_SIZE;
        let len = usize::try_from(sector_end - position).unwrap_or(0);
        let bytes = window.bytes(position, len)?.get(..len);
        // Of so few bytes some are zero in good batches too: then it must be they that are at fault.
        let says_enough =
            len >= LENGTH_END || !matches!(bad.fault, Some(Fault::Batch(BatchError::Crc { .. })));
        if says_enough && bytes.is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0)) {
            return Ok(true);
        }
        position = sector_end;
    }
    Ok(false)
}

/// A part of a file in memory.
#[derive(Debug)]
pub(crate) struct Window<'a> {
    file: &'a dyn File,
    size: u64,
    buffer: Vec<u8>,
    start: u64,
}

impl<'a> Window<'a> {
    pub(crate) fn new(file: &'a dyn File, size: u64) -> Self {
        Window { file, size, buffer: Vec::new(), start: 0 }
    }

    /// What the file holds from `position` on, at least `len` bytes unless it ends before.
    pub(crate) fn bytes(&mut self, position: u64, len: usize) -> io::Result<&[u8]> {
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
