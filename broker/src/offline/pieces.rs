//! A file of batches as a row of pieces: intact batches, and damaged bytes between them.

use std::io;
use std::ops::{ControlFlow, Range};

use fluxmq_protocol::record::{BATCH_HEADER_LEN, BatchHeader, RecordMeta, RecordWalk, decompressed};

use crate::env::files::File;
use crate::storage::recovery::{BatchWalk, Fault, IntactBatch};

/// A batch that decompresses to more is not looked into.
const DECOMPRESSED_MAX: usize = 256 << 20;

/// How much is looked at at once to tell zeros.
const CHUNK_SIZE: usize = 1 << 16;

/// A piece of a file.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Batch(IntactBatch<'a>),
    Damaged(DamagedBytes),
}

/// Bytes that are no intact batch in its place.
#[derive(Debug, Clone)]
pub(super) struct DamagedBytes {
    pub(super) bytes: Range<u64>,
    /// The offset that the first record here would have at the least.
    pub(super) offset: i64,
    /// What is wrong with the first of the bytes.
    pub(super) fault: Fault,
    /// Whether an intact batch follows in the same file.
    pub(super) is_followed: bool,
    /// Whether it is the end of a last write that was not finished, as far as is known yet.
    pub(super) is_torn_tail: bool,
}

impl DamagedBytes {
    pub(super) fn len(&self) -> u64 {
        self.bytes.end - self.bytes.start
    }
}

/// Shows each piece of a file of batches whose offsets must lie in `offsets`.
pub(super) fn each_piece(
    file: &dyn File,
    size: u64,
    offsets: Range<i64>,
    mut each: impl FnMut(Piece<'_>) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    let mut walk = BatchWalk::new(file, 0, size, offsets);
    loop {
        let fault = match walk.next()? {
            None => return Ok(()),
            Some(Ok(batch)) => {
                if each(Piece::Batch(batch))?.is_break() {
                    return Ok(());
                }
                continue;
            }
            Some(Err(fault)) => fault,
        };
        let (start, offset) = (walk.position(), walk.min_offset());
        let is_followed = walk.skip_fault()?;
        let bytes = start..walk.position();
        let damaged = DamagedBytes { bytes, offset, fault, is_followed, is_torn_tail: false };
        if each(Piece::Damaged(damaged))?.is_break() {
            return Ok(());
        }
    }
}

/// Whether a range of a file holds zeros alone.
pub(super) fn is_zero(file: &dyn File, bytes: &Range<u64>) -> io::Result<bool> {
    let mut chunk = vec![0; CHUNK_SIZE];
    let mut position = bytes.start;
    while position < bytes.end {
        let wanted = usize::try_from(bytes.end - position).unwrap_or(CHUNK_SIZE).min(CHUNK_SIZE);
        let buffer = chunk.get_mut(..wanted).unwrap_or_default();
        let read = file.read_at(buffer, position)?;
        if buffer.iter().take(read).any(|byte| *byte != 0) {
            return Ok(false);
        }
        if read == 0 {
            break;
        }
        position += read as u64;
    }
    Ok(true)
}

/// Shows each record of an intact batch. Fails with a sentence where the records are not what the header says.
pub(super) fn each_record(
    header: &BatchHeader,
    bytes: &[u8],
    mut each: impl FnMut(&RecordMeta<'_>),
) -> Result<(), String> {
    let payload = bytes.get(BATCH_HEADER_LEN..).unwrap_or_default();
    let codec = header.attributes.compression().map_err(|error| error.to_string())?;
    let payload = decompressed(codec, payload, DECOMPRESSED_MAX).map_err(|error| error.to_string())?;
    let mut last = -1;
    for record in RecordWalk::new(&payload, header.record_count) {
        let record = record.map_err(|error| with_causes(&error))?;
        if record.offset_delta <= last || record.offset_delta > header.last_offset_delta {
            return Err(format!(
                "a record lies {} offsets behind the batch's first, after one at {last} and with the batch's last at {}",
                record.offset_delta, header.last_offset_delta
            ));
        }
        last = record.offset_delta;
        each(&record);
    }
    Ok(())
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
