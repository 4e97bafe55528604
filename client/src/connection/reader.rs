//! Reads answers and hands each to whoever waits for it.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use fluxmq_protocol::frame::{LENGTH_SIZE, frame_size};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::shared::Shared;
use crate::config::ConnectionOptions;
use crate::error::{ClientError, io_reason};

/// What is read at once when nothing larger is announced.
const READ_BYTES: usize = 64 * 1024;
/// The buffer of a larger frame grows by at most this much at a time, with what has arrived.
const GROWTH_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Runs until the connection ends.
pub(super) async fn read_frames<R: AsyncRead + Unpin>(
    shared: Arc<Shared>,
    mut stream: R,
    options: Arc<ConnectionOptions>,
) {
    let end = tokio::select! {
        end = read_until_end(&shared, &mut stream, &options) => end,
        () = shared.stop.cancelled() => return,
    };
    shared.end(&end);
}

async fn read_until_end<R: AsyncRead + Unpin>(
    shared: &Shared,
    stream: &mut R,
    options: &ConnectionOptions,
) -> ClientError {
    let mut buffer = BytesMut::new();
    loop {
        let announced = match frame_size(&buffer, options.frame_max) {
            Ok(Some(size)) if size <= buffer.len() => {
                if let Err(end) = deliver(shared, buffer.split_to(size).freeze()) {
                    return end;
                }
                continue;
            }
            Ok(Some(size)) => size,
            Ok(None) => READ_BYTES,
            Err(error) => return shared.disconnected(error.to_string()),
        };
        let missing = announced.saturating_sub(buffer.len());
        buffer.reserve(missing.clamp(READ_BYTES, GROWTH_BYTES_MAX));
        let read = tokio::time::timeout(options.connections_max_idle, stream.read_buf(&mut buffer)).await;
        match read {
            Ok(Ok(0)) => return shared.disconnected("closed by the broker"),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return shared.disconnected(io_reason(&error)),
            Err(_) if shared.in_flight() > 0 => {}
            Err(_) => return shared.disconnected("nothing has used it for a while"),
        }
    }
}

fn deliver(shared: &Shared, frame: Bytes) -> Result<(), ClientError> {
    let body = frame.slice(LENGTH_SIZE..);
    let Some(correlation_id) = body.first_chunk::<4>() else {
        return Err(shared.disconnected("an answer is too short to be one"));
    };
    let correlation_id = i32::from_be_bytes(*correlation_id);
    if !shared.deliver(correlation_id, body) {
        tracing::warn!(address = shared.address(), correlation_id, "an answer that nobody asked for");
        return Err(shared.disconnected("it answered what was not asked"));
    }
    Ok(())
}
