//! How far a long input has been written, on a terminal.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is done sooner needs no bar.
const SHOWN_AFTER: Duration = Duration::from_millis(400);

/// A bar where the size is known, else a count; nothing where nobody looks or where a person types.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    is_sized: bool,
    started: Instant,
}

impl Progress {
    /// `size_bytes` is the size of the whole input.
    pub(crate) fn new(size_bytes: Option<u64>, is_quiet: bool) -> Self {
        let is_watched = io::stderr().is_terminal() && !io::stdin().is_terminal() && !is_quiet;
        Progress {
            bar: is_watched.then(|| bar(size_bytes)),
            is_sized: size_bytes.is_some(),
            started: Instant::now(),
        }
    }

    /// Shows how many records and bytes have been taken so far.
    pub(crate) fn update(&self, records: u64, bytes: u64) {
        let Some(bar) = self.bar.as_ref().filter(|_| self.started.elapsed() >= SHOWN_AFTER) else { return };
        if bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_position(if self.is_sized { bytes } else { records });
        bar.set_message(format!("{records} records"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(size_bytes: Option<u64>) -> ProgressBar {
    let template = match size_bytes {
        Some(_) => "{bar:30} {bytes}/{total_bytes} {msg}, {bytes_per_sec}, {eta} left",
        None => "{spinner} {msg}, {elapsed}",
    };
    let bar = ProgressBar::with_draw_target(size_bytes, ProgressDrawTarget::hidden());
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
