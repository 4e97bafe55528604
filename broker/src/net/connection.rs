//! One connection: read, cut frames, answer them in order, write the answers of one read at once.
//!
//! ```text
//! socket -> buffer -> frame, frame, frame -> api -> out -> socket
//!            one read                                one write
//! ```

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use fluxmq_protocol::frame::{FrameError, LENGTH_SIZE, frame_size};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;

use super::limits::{ConnectionPermit, FREE_BUFFER_SIZE, MemoryShare, NetworkLimits};
use super::transport::Transport;
use crate::api::{Broker, Conversation, Hangup, Output, Peer, Sink};

/// A frame that has begun must end within this time, or come at [`FRAME_RATE_MIN`] at least.
const FRAME_TIME_MAX: Duration = Duration::from_secs(30);

/// A connection that has been quiet for this long gives its buffers back.
const QUIET_TIME: Duration = Duration::from_secs(10);

/// Bytes per second.
const FRAME_RATE_MIN: usize = 1024;

/// A frame up to this size gets its whole buffer at once; the memory of a larger one grows with what has arrived.
const RESERVED_AT_ONCE_MAX: usize = 1 << 20;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionEnd {
    #[error("the peer closed it")]
    Closed,
    #[error("the peer closed it in the middle of a request")]
    ClosedInFrame,
    #[error("it was idle for too long")]
    Idle,
    #[error("a request came too slowly")]
    SlowFrame,
    #[error("the broker is stopping")]
    Stopping,
    #[error("{0}")]
    Frame(#[from] FrameError),
    #[error("{0}")]
    Hangup(#[from] Hangup),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// One client's connection.
#[derive(Debug)]
pub(crate) struct Connection {
    transport: Transport,
    buffer: BytesMut,
    conversation: Conversation,
    output: Output,
    broker: Arc<Broker>,
    limits: Arc<NetworkLimits>,
    memory: MemoryShare,
    /// How large the buffer usually is: more on a connection whose reads bring all that there is room for, so that
    /// pipelined requests come together and share one write and one fsync.
    room: usize,
    last_read: Instant,
    /// When the frame began of which the buffer holds a part.
    frame_began: Option<Instant>,
    _permit: ConnectionPermit,
}

impl Connection {
    pub(crate) fn new(
        transport: Transport,
        peer: Peer,
        broker: Arc<Broker>,
        limits: Arc<NetworkLimits>,
        permit: ConnectionPermit,
    ) -> Self {
        Connection {
            transport,
            buffer: BytesMut::new(),
            conversation: Conversation::new(peer),
            output: Output::default(),
            room: limits.buffer_size,
            broker,
            limits,
            memory: MemoryShare::default(),
            last_read: Instant::now(),
            frame_began: None,
            _permit: permit,
        }
    }

    /// Serves the client until either side ends it.
    pub(crate) async fn serve(mut self, stopping: CancellationToken) {
        let end = self.answer_requests(&stopping).await;
        let remote = self.conversation.peer().remote;
        match end {
            ConnectionEnd::Closed | ConnectionEnd::Idle | ConnectionEnd::Stopping => {
                tracing::debug!(%remote, "connection ended: {end}");
            }
            ConnectionEnd::Io(error) => tracing::debug!(%remote, "connection ended: {error}"),
            _ => tracing::warn!(%remote, "connection ended: {end}"),
        }
    }

    async fn answer_requests(&mut self, stopping: &CancellationToken) -> ConnectionEnd {
        let mut stopped = std::pin::pin!(stopping.cancelled());
        let mut timer = std::pin::pin!(tokio::time::sleep(QUIET_TIME.min(self.limits.idle_max)));
        loop {
            match self.answer_buffered().await {
                Ok(()) => {}
                Err(end) => return end,
            }
            let more = tokio::select! {
                biased;
                more = self.read_more(&mut timer) => more,
                () = &mut stopped => Err(ConnectionEnd::Stopping),
            };
            if let Err(end) = more {
                return end;
            }
        }
    }

    /// Answers every whole frame in the buffer. Where one of them ends the connection, those before it are answered.
    async fn answer_buffered(&mut self) -> Result<(), ConnectionEnd> {
        let answered = self.answer_frames().await;
        if answered.is_err() {
            let (broker, output, sink) = (&self.broker, &mut self.output, &mut self.transport);
            if self.conversation.finish(broker, &self.buffer, output, sink).await.is_ok() {
                // The connection ends in any case; whether these bytes still arrive is the peer's affair.
                let _ = self.transport.send(&mut self.output).await;
            }
        }
        answered
    }

    async fn answer_frames(&mut self) -> Result<(), ConnectionEnd> {
        let mut at = 0;
        while let Some(size) = self.whole_frame(at)? {
            let frame = at + LENGTH_SIZE..at + size;
            at += size;
            self.conversation
                .answer(&self.broker, &mut self.buffer, frame, &mut self.output, &mut self.transport)
                .await?;
        }
        if at > 0 {
            self.conversation
                .finish(&self.broker, &self.buffer, &mut self.output, &mut self.transport)
                .await?;
            self.transport.send(&mut self.output).await?;
            self.buffer.advance(at);
            self.frame_began = None;
        }
        if self.buffer.is_empty() {
            self.release_memory();
        } else {
            self.frame_began.get_or_insert(self.last_read);
        }
        Ok(())
    }

    /// The size of the frame at `at`, if all of it is there.
    fn whole_frame(&self, at: usize) -> Result<Option<usize>, FrameError> {
        let bytes = self.buffer.get(at..).unwrap_or_default();
        let size = frame_size(bytes, self.limits.request_size_max)?;
        Ok(size.filter(|size| bytes.len() >= *size))
    }

    /// Gives back the memory of a large request once it is answered.
    fn release_memory(&mut self) {
        if self.buffer.capacity() > FREE_BUFFER_SIZE {
            self.buffer = BytesMut::new();
            self.memory = MemoryShare::default();
        }
    }

    /// Waits for at least one more byte.
    async fn read_more(&mut self, timer: &mut std::pin::Pin<&mut Sleep>) -> Result<(), ConnectionEnd> {
        if self.frame_began.is_some() && timer.deadline() > self.last_read + FRAME_TIME_MAX {
            timer.as_mut().reset(self.last_read + FRAME_TIME_MAX);
        }
        loop {
            if self.buffer.capacity() == 0 {
                // Without a buffer while there is nothing to read: thousands of quiet connections stay small.
                tokio::select! {
                    biased;
                    readable = self.transport.readable() => readable?,
                    () = timer.as_mut() => { self.check_deadline(timer)?; continue; }
                }
                timer.as_mut().reset(Instant::now() + QUIET_TIME.min(self.limits.idle_max));
            }
            self.make_room().await?;
            let spare = self.buffer.capacity() - self.buffer.len();
            tokio::select! {
                biased;
                read = self.transport.read(&mut self.buffer) => {
                    let read = read?;
                    if read == 0 {
                        let within = !self.buffer.is_empty();
                        return Err(if within { ConnectionEnd::ClosedInFrame } else { ConnectionEnd::Closed });
                    }
                    if read == spare {
                        self.room = self.room.max((self.room * 2).min(FREE_BUFFER_SIZE));
                    }
                    self.last_read = Instant::now();
                    return Ok(());
                }
                () = timer.as_mut() => self.check_deadline(timer)?,
            }
        }
    }

    /// Fails when a deadline has passed; else sets the timer for the next one. The timer is not touched at each read:
    /// it fires, finds that there was activity, and goes on.
    fn check_deadline(&mut self, timer: &mut std::pin::Pin<&mut Sleep>) -> Result<(), ConnectionEnd> {
        let idle = self.last_read + self.limits.idle_max;
        let slow = self.frame_began.map(|began| {
            began + FRAME_TIME_MAX + Duration::from_secs((self.buffer.len() / FRAME_RATE_MIN) as u64)
        });
        let now = Instant::now();
        if slow.is_some_and(|slow| slow <= now) {
            return Err(ConnectionEnd::SlowFrame);
        }
        if idle <= now {
            return Err(ConnectionEnd::Idle);
        }
        let quiet = self.last_read + QUIET_TIME;
        if quiet > now {
            timer.as_mut().reset(slow.map_or(quiet, |slow| slow.min(quiet)).min(idle));
            return Ok(());
        }
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
            self.output = Output::default();
            self.memory = MemoryShare::default();
            self.room = self.limits.buffer_size;
        }
        timer.as_mut().reset(slow.map_or(idle, |slow| slow.min(idle)));
        Ok(())
    }

    /// Makes room for the next read: a little for an idle connection, the whole frame where its size is known and
    /// modest, else as much again as has arrived, so that an announced size alone costs nothing.
    async fn make_room(&mut self) -> Result<(), ConnectionEnd> {
        let held = self.buffer.len();
        let missing = frame_size(&self.buffer, self.limits.request_size_max)?
            .map_or(0, |size| size.saturating_sub(held));
        let usual = self.room.saturating_sub(held).max(self.limits.buffer_size);
        let room = missing.min(RESERVED_AT_ONCE_MAX.max(held)).max(usual);
        // Where a part of a frame is held, more room than the frame needs is not worth moving it.
        let needed = if missing == 0 { room } else { room.min(missing) };
        if self.buffer.capacity() - held < needed {
            self.limits.memory.cover(&mut self.memory, held + room).await;
            self.buffer.reserve(room);
        }
        Ok(())
    }
}
