//! Walking over the batches of a segment file, header by header, through a small buffer.

use std::io;

use fluxmq_protocol::record::{BATCH_HEADER_LEN, BatchError, BatchHeader, verify_crc};

use crate::env::files::File;

/// How much is read at once while looking for a batch: the distance of two index entries and some more.
const CHUNK_SIZE: usize = 8 * 1024;

/// One batch as it lies in a segment file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Located {
    pub(crate) position: u64,
    pub(crate) header: BatchHeader,
}

impl Located {
    /// Where the next batch begins.
    pub(crate) fn end(&self) -> u64 {
        self.position + self.header.total_len() as u64
    }
}

/// Walks over batch headers from a position to an end. Records are stepped over.
#[derive(Debug)]
pub(crate) struct Scan<'a> {
    file: &'a dyn File,
    position: u64,
    end: u64,
    chunk: [u8; CHUNK_SIZE],
    /// Where the chunk begins in the file, and how much of it is filled.
    chunk_start: u64,
    chunk_len: usize,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(file: &'a dyn File, position: u64, end: u64) -> Self {
        Scan { file, position, end, chunk: [0; CHUNK_SIZE], chunk_start: 0, chunk_len: 0 }
    }

    /// Where the next batch should begin.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The next batch; `None` at the end, or where no whole batch follows.
    pub(crate) fn next(&mut self) -> io::Result<Option<Located>> {
        if self.position + BATCH_HEADER_LEN as u64 > self.end {
            return Ok(None);
        }
        let position = self.position;
        let Ok(header) = BatchHeader::parse(self.header_bytes()?) else { return Ok(None) };
        let located = Located { position, header };
        if located.end() > self.end {
            return Ok(None);
        }
        self.position = located.end();
        Ok(Some(located))
    }

    fn header_bytes(&mut self) -> io::Result<&[u8]> {
        let in_chunk = self
            .position
            .checked_sub(self.chunk_start)
            .and_then(|offset| usize::try_from(offset).ok())
            .filter(|offset| offset + BATCH_HEADER_LEN <= self.chunk_len);
        let offset = if let Some(offset) = in_chunk {
            offset
        } else {
            let wanted = usize::try_from(self.end - self.position).unwrap_or(CHUNK_SIZE).min(CHUNK_SIZE);
            let buffer = self.chunk.get_mut(..wanted).unwrap_or_default();
            self.chunk_len = self.file.read_at(buffer, self.position)?;
            self.chunk_start = self.position;
            0
        };
        Ok(self.chunk.get(offset..self.chunk_len).unwrap_or_default())
    }
}

/// The bytes of one whole batch, checked against its checksum.
pub(crate) fn read_batch(file: &dyn File, located: &Located) -> io::Result<Result<Vec<u8>, BatchError>> {
    let mut bytes = vec![0; located.header.total_len()];
    let read = file.read_at(&mut bytes, located.position)?;
    bytes.truncate(read);
    let checked = verify_crc(&bytes, &located.header);
    Ok(checked.map(|()| bytes))
}
