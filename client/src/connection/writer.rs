//! Writes queued frames, as many in one write as wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use super::shared::Shared;
use crate::error::io_reason;

/// Frames are gathered into one write up to this size; a larger frame is written from where it lies.
const GATHERED_BYTES_MAX: usize = 64 * 1024;
const GATHERED_FRAMES_MAX: usize = 128;

/// Runs until every handle is dropped and the queue is written, or the connection ends.
pub(super) async fn write_frames<W: AsyncWrite + Unpin>(
    shared: Arc<Shared>,
    mut stream: W,
    mut queue: mpsc::Receiver<Vec<u8>>,
    write_timeout: Duration,
) {
    let mut frames = Vec::new();
    let mut gathered = Vec::new();
    loop {
        let taken = tokio::select! {
            taken = queue.recv_many(&mut frames, GATHERED_FRAMES_MAX) => taken,
            () = shared.stop.cancelled() => 0,
        };
        if taken == 0 {
            break;
        }
        let written = tokio::select! {
            written = tokio::time::timeout(write_timeout, write_all(&mut stream, &mut frames, &mut gathered)) => written,
            () = shared.stop.cancelled() => break,
        };
        match written {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return shared.end(&shared.disconnected(io_reason(&error))),
            Err(_) => return shared.end(&shared.disconnected("the broker does not read what is sent to it")),
        }
    }
    // Whoever is gone already needs no goodbye.
    let _ = tokio::time::timeout(write_timeout, stream.shutdown()).await;
}

async fn write_all<W: AsyncWrite + Unpin>(
    stream: &mut W,
    frames: &mut Vec<Vec<u8>>,
    gathered: &mut Vec<u8>,
) -> std::io::Result<()> {
    if let [frame] = &frames[..] {
        stream.write_all(frame).await?;
        frames.clear();
        return Ok(());
    }
    for frame in frames.drain(..) {
        if gathered.len() + frame.len() > GATHERED_BYTES_MAX {
            stream.write_all(gathered).await?;
            gathered.clear();
        }
        if frame.len() > GATHERED_BYTES_MAX {
            stream.write_all(&frame).await?;
        } else {
            gathered.extend_from_slice(&frame);
        }
    }
    stream.write_all(gathered).await?;
    gathered.clear();
    Ok(())
}
