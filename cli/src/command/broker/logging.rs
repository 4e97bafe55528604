//! The broker's log, on standard error.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::context::Context;
use crate::output::Colour;

/// `--log-level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Off,
}

/// Logs from here on: by the flag, else by the filter in `FLUXMQ_LOG` or `RUST_LOG`, else from `info` on.
pub(super) fn start(level: Option<LogLevel>, context: &Context) {
    let from_environment = || context.variable("FLUXMQ_LOG").or_else(|| context.variable("RUST_LOG"));
    let directives = match level {
        Some(level) => level.directive().to_owned(),
        None => from_environment().unwrap_or("info").to_owned(),
    };
    let filter = EnvFilter::try_new(&directives).unwrap_or_else(|error| {
        context
            .output
            .warn(&format!("the log filter `{directives}` is not understood, `info` counts: {error}"));
        EnvFilter::new("info")
    });
    let subscriber = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(Colour::decided().stderr)
        .finish();
    // A second call in one process would be refused; there is none.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

impl LogLevel {
    fn directive(self) -> &'static str {
        match self {
            LogLevel::Trace => "trace",
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
            LogLevel::Off => "off",
        }
    }
}
