//! Telling a person at a terminal what is waited for.

use std::io::{IsTerminal, stderr};
use std::pin::pin;
use std::time::Duration;

use indicatif::ProgressBar;

/// What takes less needs no words.
const MOMENT: Duration = Duration::from_millis(400);
const TICK: Duration = Duration::from_millis(100);

/// Awaits `future`; after a moment a spinner on standard error says `what` is going on. Nothing where nobody looks.
pub(super) async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    if !stderr().is_terminal() {
        return future.await;
    }
    if let Ok(done) = tokio::time::timeout(MOMENT, &mut future).await {
        return done;
    }
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(TICK);
    let done = future.await;
    spinner.finish_and_clear();
    done
}
