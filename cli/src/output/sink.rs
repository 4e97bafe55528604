//! Standard output as a stream of bytes: gathered into large writes, and quiet when nobody reads any more.
//!
//! A thread of its own writes, so that a reader who stands still blocks no more than that thread: Ctrl-C is heard, and
//! `main` can end the process.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::{mpsc, oneshot};

/// How much is gathered before it is written when nobody waits for it.
const GATHERED_BYTES: usize = 128 * 1024;

/// How many such pieces may wait for the reader.
const PIECES_WAITING: usize = 4;

/// Where data goes. What is in `buffer` is written by [`Sink::settle`] or [`Sink::flush`].
#[derive(Debug)]
pub(crate) struct Sink {
    pub(crate) buffer: Vec<u8>,
    is_prompt: bool,
    pieces: mpsc::Sender<Piece>,
    end: Arc<Mutex<End>>,
}

#[derive(Debug)]
enum Piece {
    Bytes(Vec<u8>),
    /// Answered when everything before it is written.
    Mark(oneshot::Sender<()>),
}

/// Why nothing more is written.
#[derive(Debug)]
enum End {
    /// It goes on.
    Open,
    /// The reader has gone away (`| head`).
    Closed,
    /// Anything else, until it has been told.
    Failed(io::Error),
}

impl Sink {
    /// Standard output. `is_prompt` writes whatever [`Sink::settle`] finds, for output that is followed live.
    pub(crate) fn stdout(is_prompt: bool) -> io::Result<Self> {
        Sink::to(io::stdout(), is_prompt)
    }

    fn to(mut writer: impl Write + Send + 'static, is_prompt: bool) -> io::Result<Self> {
        let (sender, mut pieces) = mpsc::channel(PIECES_WAITING);
        let end = Arc::new(Mutex::new(End::Open));
        let told = Arc::clone(&end);
        thread::Builder::new().name("output".to_owned()).spawn(move || {
            while let Some(piece) = pieces.blocking_recv() {
                let written = match piece {
                    Piece::Bytes(bytes) => writer.write_all(&bytes).and_then(|()| writer.flush()),
                    Piece::Mark(answer) => {
                        let _ = answer.send(());
                        Ok(())
                    }
                };
                if let Err(error) = written {
                    let is_closed = error.kind() == io::ErrorKind::BrokenPipe;
                    let end = if is_closed { End::Closed } else { End::Failed(error) };
                    *told.lock().unwrap_or_else(PoisonError::into_inner) = end;
                    return;
                }
            }
        })?;
        Ok(Sink { buffer: Vec::new(), is_prompt, pieces: sender, end })
    }

    /// Whether the reader has gone away, so that nothing more need be done.
    pub(crate) fn is_closed(&self) -> bool {
        self.pieces.is_closed()
    }

    /// Called after each group of records: writes if somebody waits, or if there is much.
    pub(crate) async fn settle(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() || !(self.is_prompt || self.buffer.len() >= GATHERED_BYTES) {
            return Ok(());
        }
        let bytes = std::mem::replace(&mut self.buffer, Vec::with_capacity(GATHERED_BYTES));
        self.send(Piece::Bytes(bytes)).await
    }

    /// Writes everything, and waits until it is written.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.buffer);
        self.send(Piece::Bytes(bytes)).await?;
        let (answer, written) = oneshot::channel();
        self.send(Piece::Mark(answer)).await?;
        match written.await {
            Ok(()) => Ok(()),
            Err(_) => self.ended(),
        }
    }

    async fn send(&mut self, piece: Piece) -> io::Result<()> {
        match self.pieces.send(piece).await {
            Ok(()) => Ok(()),
            Err(_) => self.ended(),
        }
    }

    /// A reader that went away is no failure.
    fn ended(&self) -> io::Result<()> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *end, End::Closed) {
            End::Failed(error) => Err(error),
            End::Open | End::Closed => Ok(()),
        }
    }
}

/// Asks for a line of input on a terminal.
pub(crate) fn prompt() -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    stderr.write_all(b"> ")?;
    stderr.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes some writes and then fails.
    #[derive(Clone)]
    struct Reader {
        taken: Arc<Mutex<Vec<u8>>>,
        room: usize,
        then: io::ErrorKind,
    }

    impl Reader {
        fn new(room: usize, then: io::ErrorKind) -> Self {
            Reader { taken: Arc::default(), room, then }
        }

        fn taken(&self) -> String {
            String::from_utf8(self.taken.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut taken = self.taken.lock().unwrap();
            if taken.len() >= self.room {
                return Err(self.then.into());
            }
            taken.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn output_is_gathered_unless_it_is_followed() {
        for is_prompt in [false, true] {
            let reader = Reader::new(usize::MAX, io::ErrorKind::Other);
            let mut sink = Sink::to(reader.clone(), is_prompt).unwrap();
            sink.buffer.extend_from_slice(b"line\n");
            sink.settle().await.unwrap();
            assert_eq!(sink.buffer.is_empty(), is_prompt);
            sink.flush().await.unwrap();
            assert_eq!(reader.taken(), "line\n");
        }
    }

    #[tokio::test]
    async fn a_reader_that_went_away_is_no_error() {
        let reader = Reader::new(1, io::ErrorKind::BrokenPipe);
        let mut sink = Sink::to(reader.clone(), true).unwrap();
        for _ in 0..3 {
            sink.buffer.extend_from_slice(b"line\n");
            sink.flush().await.unwrap();
        }
        assert!(sink.is_closed());
        assert_eq!(reader.taken(), "line\n");
    }

    #[tokio::test]
    async fn a_full_disk_is_an_error() {
        let mut sink = Sink::to(Reader::new(1, io::ErrorKind::StorageFull), true).unwrap();
        sink.buffer.extend_from_slice(b"line\n");
        sink.flush().await.unwrap();
        sink.buffer.extend_from_slice(b"line\n");
        assert_eq!(sink.flush().await.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
