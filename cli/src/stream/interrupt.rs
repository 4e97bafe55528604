//! Ctrl-C for commands that move records: the first lets the command finish what it has begun, the second ends it where
//! it is.

use std::future::Future;

use tokio::sync::watch;

use crate::error::CommandError;
use crate::signal::Interrupts;

/// Tells how many times Ctrl-C or SIGTERM has come.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt {
    count: watch::Receiver<u32>,
}

impl Interrupt {
    /// Takes over both signals for the rest of the process. Needs a runtime.
    pub(crate) fn listen() -> Result<Self, CommandError> {
        let mut signals = Interrupts::listen()?;
        let (sender, count) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                signals.next().await;
                sender.send_modify(|count| *count += 1);
            }
        });
        Ok(Interrupt { count })
    }

    /// Whether a signal has come.
    pub(crate) fn has_come(&self) -> bool {
        *self.count.borrow() > 0
    }

    /// Waits for the first signal.
    pub(crate) async fn first(&mut self) {
        self.reach(1).await;
    }

    /// Runs a command, but not past the second signal.
    pub(crate) async fn limit<T>(
        mut self,
        command: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, CommandError> {
        tokio::select! {
            biased;
            () = self.reach(2) => Err(CommandError::interrupted()),
            done = command => done,
        }
    }

    async fn reach(&mut self, wanted: u32) {
        if self.count.wait_for(|count| *count >= wanted).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
