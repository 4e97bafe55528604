//! `--detach`: the same program once more, away from the terminal, its words in a file.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fluxmq::BrokerConfig;

use super::announce::open_warning;
use super::config::state_dir;
use super::state::BrokerState;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, exit_code};
use crate::output;

/// Tells the second program that it is the one in the background.
const VARIABLE: &str = "FLUXCTL_DETACHED";

/// Whether this is the program in the background.
pub(super) fn is_detached(context: &Context) -> bool {
    context.variable(VARIABLE).is_some()
}

/// In the background: a session of its own, so that closing the terminal ends nothing.
pub(super) fn leave_terminal(context: &Context) -> Result<(), CommandError> {
    if is_detached(context) {
        rustix::process::setsid().map_err(std::io::Error::from)?;
    }
    Ok(())
}

/// In the background: tells the program in the foreground that it can go.
pub(super) fn ready(state: &BrokerState) -> Result<(), CommandError> {
    let line = serde_json::to_string(state).map_err(|error| {
        CommandError::caused(ErrorKind::Failure, "the broker's state cannot be told", error)
    })?;
    output::print(&format!("{line}\n"))
}

/// In the foreground: starts the program in the background and waits until it is ready, or has failed.
pub(super) fn run(config: &BrokerConfig, context: &Context) -> Result<(), CommandError> {
    let log_path = log_path(config);
    let folder = log_path.parent().unwrap_or(Path::new("."));
    let not_made = |error| {
        CommandError::caused(
            ErrorKind::Failure,
            format!("the log `{}` cannot be written", log_path.display()),
            error,
        )
    };
    fs::create_dir_all(folder).map_err(not_made)?;
    let log = File::options().create(true).append(true).mode(0o600).open(&log_path).map_err(not_made)?;
    let log_start = log.metadata().map_err(not_made)?.len();
    let program = env::current_exe()?;
    let words = env::args_os().skip(1).filter(|word| word != "--detach");
    let mut child = Command::new(program)
        .args(words)
        .env(VARIABLE, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()?;
    match first_line(&mut child)? {
        Some(state) => {
            if let Some(warning) = open_warning(&state) {
                context.output.warn(&warning);
            }
            context.output.note(&format!("log in {}", log_path.display()));
            context.output.changed(&[state], |state| {
                format!(
                    "FluxMQ {} listens on {}, process {}, data in {}; `{}` stops it",
                    state.version,
                    state.listener,
                    state.pid,
                    state.data(),
                    state.stop_command()
                )
            })
        }
        None => Err(failed(&mut child, &log_path, log_start)),
    }
}

/// What the program in the background says when it is ready; nothing if it ends before.
fn first_line(child: &mut Child) -> Result<Option<BrokerState>, CommandError> {
    let Some(stdout) = child.stdout.take() else { return Ok(None) };
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    Ok(serde_json::from_str(&line).ok())
}

/// The words of the program that failed, without our own in front.
fn failed(child: &mut Child, log_path: &Path, log_start: u64) -> CommandError {
    let code = child.wait().ok().and_then(|status| status.code());
    let kinds = [ErrorKind::Usage, ErrorKind::NotFound, ErrorKind::Exists];
    let kind =
        kinds.into_iter().find(|kind| code == Some(exit_code(*kind).into())).unwrap_or(ErrorKind::Failure);
    let log = fs::read(log_path).unwrap_or_default();
    let said = log.get(log_start as usize..).map(String::from_utf8_lossy).unwrap_or_default();
    let lines: Vec<&str> = said.lines().collect();
    let after = |prefix: &str| lines.iter().find_map(|line| line.strip_prefix(prefix)).map(str::to_owned);
    let message = after("error: ").unwrap_or_else(|| "the broker ended before it was ready".to_owned());
    let hint = after("hint: ").unwrap_or_else(|| format!("`{}` has its last words", log_path.display()));
    CommandError::new(kind, message).with_hint(hint)
}

fn log_path(config: &BrokerConfig) -> PathBuf {
    match &config.data_dir {
        Some(dir) => dir.join("fluxctl-broker.log"),
        None => state_dir().join(format!("memory-{}.log", config.port)),
    }
}
