//! Standard output as bytes: gathered into large writes, and quiet when nobody reads any more.

use std::io::{self, Write};

/// How much is gathered before it is written when nobody waits for it.
const GATHERED_BYTES: usize = 128 * 1024;

/// Where data goes. What is in `buffer` is written by [`Sink::settle`] or [`Sink::flush`].
#[derive(Debug)]
pub(crate) struct Sink<W> {
    writer: W,
    pub(crate) buffer: Vec<u8>,
    is_prompt: bool,
    is_closed: bool,
}

impl<W: Write> Sink<W> {
    /// `is_prompt` writes whatever [`Sink::settle`] finds, for output that is followed live.
    pub(crate) fn new(writer: W, is_prompt: bool) -> Self {
        Self { writer, buffer: Vec::with_capacity(GATHERED_BYTES), is_prompt, is_closed: false }
    }

    /// Whether the reader has gone away (`| head`), so that nothing more need be done.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Called after each group of records: writes if somebody waits, or if there is much.
    pub(crate) fn settle(&mut self) -> io::Result<()> {
        if self.is_prompt || self.buffer.len() >= GATHERED_BYTES { self.flush() } else { Ok(()) }
    }

    /// Called after each record: bounds the buffer without regard to who waits.
    pub(crate) fn bound(&mut self) -> io::Result<()> {
        if self.buffer.len() >= GATHERED_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes everything.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.is_closed {
            self.buffer.clear();
            return Ok(());
        }
        let written = self.writer.write_all(&self.buffer).and_then(|()| self.writer.flush());
        self.buffer.clear();
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(())
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes some bytes and then has no reader.
    struct Head {
        taken: Vec<u8>,
        room: usize,
    }

    impl Write for Head {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.taken.len() >= self.room {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.taken.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn output_is_gathered_unless_it_is_followed() {
        for is_prompt in [false, true] {
            let mut sink = Sink::new(Head { taken: Vec::new(), room: usize::MAX }, is_prompt);
            sink.buffer.extend_from_slice(b"a\n");
            sink.settle().unwrap();
            assert_eq!(sink.writer.taken.is_empty(), !is_prompt);
            sink.buffer.resize(GATHERED_BYTES, b'x');
            sink.bound().unwrap();
            assert!(sink.buffer.is_empty());
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let mut sink = Sink::new(Head { taken: Vec::new(), room: 1 }, true);
        for _ in 0..3 {
            sink.buffer.extend_from_slice(b"line\n");
            sink.settle().unwrap();
        }
        assert!(sink.is_closed());
        assert_eq!(sink.writer.taken, b"line\n");
    }
}
