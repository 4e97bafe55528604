//! Ctrl-C and `kill`: the first asks to finish cleanly, the second does not ask.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{CommandError, ErrorKind};

/// Waits for Ctrl-C (SIGINT) and SIGTERM. From its making on neither ends the process by itself.
#[derive(Debug)]
pub(crate) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// Starts to listen. Needs a runtime.
    pub(crate) fn listen() -> Result<Self, CommandError> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                CommandError::caused(ErrorKind::Failure, "the system hands over no signals", error)
            })
        };
        Ok(Interrupts {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// The next signal. May be dropped and called again without losing one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
