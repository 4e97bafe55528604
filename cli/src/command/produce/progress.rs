//! How far a long input has been written, on a terminal.

use std::{
    io::{self, IsTerminal},
    sync::{Arc, atomic::{AtomicU64, Ordering}},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::context::Context;

use super::input::Reading;

/// What is done sooner needs no bar.
const SHOWN_AFTER: Duration = Duration::from_millis(400);

/// A bar for files, a count for pipes, nothing where nobody looks or where a person types.
#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    read_bytes: Arc<AtomicU64>,
    is_sized: bool,
    started: Instant,
}

impl Progress {
    pub(super) fn new(reading: &Reading, context: &Context) -> Self {
        let is_watched = io::stderr().is_terminal() && !io::stdin().is_terminal() && !context.output.quiet;
        Self {
            bar: is_watched.then(|| bar(reading.size_bytes)),
            read_bytes: Arc::clone(&reading.read_bytes),
            is_sized: reading.size_bytes.is_some(),
            started: Instant::now(),
        }
    }

    /// Shows that `records` have been taken so far.
    pub(super) fn update(&self, records: u64) {
        let Some(bar) = self.bar.as_ref().filter(|_| self.started.elapsed() >= SHOWN_AFTER) else { return };
        if bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_position(if self.is_sized { self.read_bytes.load(Ordering::Relaxed) } else { records });
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
        None => "{spinner} {msg}, {per_sec}",
    };
    let bar = ProgressBar::with_draw_target(size_bytes, ProgressDrawTarget::hidden());
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
