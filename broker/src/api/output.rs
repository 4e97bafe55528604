//! What goes out to a client: bytes in a buffer, and between them ranges of log files that never enter it.

use std::io;

use crate::storage::log::LogSlice;

/// A slice shorter than this goes through the buffer: a copy is cheaper than one more system call.
const INLINE_MAX: usize = 16 * 1024;

/// A buffer that grew beyond this is not kept once it is sent.
const KEPT_CAPACITY_MAX: usize = 64 * 1024;

/// The answers that have not been sent yet.
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    /// Slices, each with the position in `bytes` that it goes out before.
    slices: Vec<(usize, LogSlice)>,
}

impl Output {
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(crate) fn slices(&self) -> &[(usize, LogSlice)] {
        &self.slices
    }

    /// Adds stored batches: a small slice by copy, a large one by reference. Returns how many bytes are not in the
    /// buffer, and so must be added to the length of the frame around them.
    pub(crate) fn push_slice(&mut self, slice: LogSlice) -> io::Result<usize> {
        let (at, len) = (self.bytes.len(), slice.len);
        if len >= INLINE_MAX {
            self.slices.push((at, slice));
            return Ok(len);
        }
        slice.append_to(&mut self.bytes)?;
        Ok(0)
    }

    /// Forgets everything: it has been sent.
    pub(crate) fn clear(&mut self) {
        self.slices.clear();
        self.bytes.clear();
        if self.bytes.capacity() > KEPT_CAPACITY_MAX {
            self.bytes = Vec::new();
        }
    }
}

/// The way out to one client, as a handler needs it: it may have to send earlier answers before it waits.
pub(crate) trait Sink: Send {
    /// Sends all of `output` and empties it.
    fn send(&mut self, output: &mut Output) -> impl Future<Output = io::Result<()>> + Send;

    /// Ends when the client is gone, so that nobody waits on its behalf.
    fn closed(&self) -> impl Future<Output = ()> + Send;
}
