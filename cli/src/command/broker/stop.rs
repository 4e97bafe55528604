//! `fluxctl broker stop`.

use std::fs::File;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::Args;
use rustix::process::{Pid, Signal, kill_process};

use super::state::{BrokerState, StateFile};
use super::status::WhichBroker;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::grammar::duration;

/// Stop a broker
///
/// It finishes what it is at, flushes, and ends.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  fluxctl broker stop\n  fluxctl broker stop --data-dir ./data --timeout 1m"
)]
pub(crate) struct StopArgs {
    #[command(flatten)]
    which: WhichBroker,
    /// How long it may take
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    timeout: Duration,
    /// Say which broker would be stopped
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &StopArgs, context: &Context) -> Result<(), CommandError> {
    let brokers = args.which.running()?;
    let broker = match brokers.as_slice() {
        [] => return Err(args.which.none_runs()),
        [broker] => broker,
        several => return Err(which(several)),
    };
    if !args.dry_run {
        stop(broker, args.timeout)?;
    }
    let prefix = if args.dry_run { "dry run: " } else { "" };
    context.output.changed(std::slice::from_ref(broker), |broker| {
        format!("{prefix}stopped the broker on {}, process {}", broker.address, broker.pid)
    })
}

/// Asks the process to end and waits until it has.
fn stop(broker: &BrokerState, timeout: Duration) -> Result<(), CommandError> {
    let state = File::open(StateFile::path_of(broker))?;
    let pid = i32::try_from(broker.pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| CommandError::failure(format!("`{}` is no process", broker.pid)))?;
    kill_process(pid, Signal::TERM).map_err(|error| {
        CommandError::caused(
            ErrorKind::NotAllowed,
            format!("process {} cannot be told to stop", broker.pid),
            std::io::Error::from(error),
        )
    })?;
    // The broker's lock ends with its process, and with nothing else.
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || {
        let _ = sender.send(state.lock_shared());
    });
    match ended.recv_timeout(timeout) {
        Ok(locked) => Ok(locked?),
        Err(_) => Err(CommandError::new(
            ErrorKind::Unreachable,
            format!("the broker, process {}, has not ended within {} s", broker.pid, timeout.as_secs_f64()),
        )
        .with_hint(format!("wait longer with `--timeout`, or end it hard with `kill -9 {}`", broker.pid))),
    }
}

fn which(several: &[BrokerState]) -> CommandError {
    let list: Vec<String> =
        several.iter().map(|broker| format!("{} (process {})", broker.address, broker.pid)).collect();
    CommandError::usage(format!("several brokers run: {}", list.join(", ")))
        .with_hint("`--port N` or `--data-dir DIR` says which one")
}
