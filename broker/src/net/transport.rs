//! One socket: reads into a growing buffer, writes that give up on a peer who does not read, file ranges by `sendfile`.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, Interest};
use tokio::net::TcpStream;

use crate::api::{Output, Sink};
use crate::env::sendfile::sendfile;
use crate::storage::log::LogSlice;

/// How long a peer may take no bytes at all before its connection is dropped.
const WRITE_STALL_MAX: Duration = Duration::from_secs(30);

/// A plaintext connection.
#[derive(Debug)]
pub(crate) struct Transport {
    stream: TcpStream,
}

impl Transport {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Transport { stream }
    }

    /// Reads what is there into `buffer`'s spare room, waiting for at least one byte; 0 when the peer has closed.
    pub(crate) async fn read(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        self.stream.read_buf(buffer).await
    }

    /// Waits until there is something to read, or the peer has closed.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.stream.readable().await
    }

    pub(crate) async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable().await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Sends stored batches as they lie in their file.
    async fn send_slice(&self, slice: &LogSlice) -> io::Result<()> {
        let Some((file, mut position)) = slice.on_disk() else {
            return self.write_all(&slice.bytes()?).await;
        };
        let mut left = slice.len;
        while left > 0 {
            let sent = self
                .stream
                .try_io(Interest::WRITABLE, || sendfile(self.stream.as_fd(), file, position, left));
            match sent {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(sent) => {
                    position += sent as u64;
                    left -= sent;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable().await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn writable(&self) -> io::Result<()> {
        tokio::time::timeout(WRITE_STALL_MAX, self.stream.writable())
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the peer takes no bytes"))?
    }
}

impl Sink for Transport {
    async fn send(&mut self, output: &mut Output) -> io::Result<()> {
        let mut from = 0;
        for (at, slice) in output.slices() {
            self.write_all(output.bytes().get(from..*at).unwrap_or_default()).await?;
            self.send_slice(slice).await?;
            from = *at;
        }
        self.write_all(output.bytes().get(from..).unwrap_or_default()).await?;
        output.clear();
        Ok(())
    }

    async fn closed(&self) {
        let mut byte = [0];
        if matches!(self.stream.peek(&mut byte).await, Ok(1..)) {
            // The peer has sent its next request; whether it closes after that shows when it is answered.
            std::future::pending::<()>().await;
        }
    }
}
