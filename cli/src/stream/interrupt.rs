//! Ctrl-C for commands that move records: the first lets the command finish what it has begun, the
//! second ends the process.

use std::thread;

use tokio::{runtime, sync::watch};

use crate::{
    error::{CommandError, ErrorKind, exit_code},
    signal::Interrupts,
};

/// Tells of the first Ctrl-C or SIGTERM.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt {
    receiver: watch::Receiver<bool>,
}

impl Interrupt {
    /// Takes over both signals for the rest of the process.
    ///
    /// A thread of its own listens, because the command's may be blocked: in a read from a pipe
    /// that stays silent, or in a write to one that nobody reads.
    pub(crate) fn listen() -> Result<Self, CommandError> {
        let (sender, receiver) = watch::channel(false);
        let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
        let mut signals = runtime.block_on(async { Interrupts::listen() })?;
        thread::Builder::new().name("interrupt".to_owned()).spawn(move || {
            runtime.block_on(async {
                signals.next().await;
                sender.send_replace(true);
                signals.next().await;
                abort();
            });
        })?;
        Ok(Self { receiver })
    }

    /// Waits for the first signal.
    pub(crate) async fn wait(&mut self) {
        if self.receiver.wait_for(|has_come| *has_come).await.is_err() {
            std::future::pending().await
        }
    }
}

#[expect(clippy::exit, reason = "the main thread may be blocked for good, so it cannot be asked to return")]
fn abort() {
    std::process::exit(i32::from(exit_code(ErrorKind::Interrupted)));
}
