//! `fluxctl broker start`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use fluxmq::{BrokerConfig, BrokerServer, FluxmqError};

use super::announce;
use super::config;
use super::detach;
use super::logging::{self, LogLevel};
use super::state::{BrokerState, StateFile};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::signal::Interrupts;

const EXAMPLES: &str = "\
Examples:
  fluxctl broker start                                  on 127.0.0.1:9092, data kept
  fluxctl broker start --memory --port 0 --detach       for tests: nothing stays, any free port
  fluxctl broker start --data-dir ./data -c num.partitions=6 -c log.retention.hours=24
  fluxctl broker start --config server.properties       Kafka's own file; YAML and TOML too

Of several places that set a value the last counts: --config, FLUXMQ_<KEY> in the environment,
-c, the other flags.";

/// Start a broker
///
/// Kafka-compatible: producers and consumers of every language work with it. It runs until Ctrl-C, with `--detach` until
/// `fluxctl broker stop`. The profile `local` points to it afterwards, and is selected if no profile was.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StartArgs {
    /// Port to listen on; 0 takes any free one [default: 9092]
    #[arg(long, value_name = "N")]
    pub(super) port: Option<u16>,
    /// Name or address to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "HOST")]
    pub(super) host: Option<String>,
    /// Where data is kept [default: ~/.local/share/fluxmq]
    #[arg(long, value_name = "DIR", conflicts_with = "memory")]
    pub(super) data_dir: Option<PathBuf>,
    /// Keep everything in memory; nothing stays when the broker stops
    #[arg(long)]
    pub(super) memory: bool,
    /// Run in the background, and return when the broker is ready
    #[arg(long)]
    pub(super) detach: bool,
    /// Broker configuration: server.properties, YAML or TOML
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Any configuration by its Kafka name
    #[arg(short = 'c', value_name = "KEY=VALUE")]
    pub(super) keys: Vec<String>,
    /// When a record counts as stored [default: strict]
    #[arg(long, value_enum)]
    pub(super) durability: Option<Durability>,
    /// Serve consumer groups [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) enable_consumer_groups: Option<bool>,
    /// How much to log [default: info; or the filter in FLUXMQ_LOG or RUST_LOG]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(super) log_level: Option<LogLevel>,
    /// Leave the profiles alone
    #[arg(long)]
    pub(super) no_profile: bool,
}

/// `--durability`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Durability {
    /// When it is on the disk
    Strict,
    /// When the operating system has it
    Relaxed,
}

pub(super) fn run(args: &StartArgs, context: &Context) -> Result<(), CommandError> {
    let config = config::broker_config(args, context)?;
    let path = config.data_dir.as_deref().map(StateFile::in_data_dir);
    if let Some(running) = path.as_deref().and_then(StateFile::running) {
        return Err(already_running(&running));
    }
    if args.detach {
        return detach::run(&config, context);
    }
    detach::leave_terminal(context)?;
    logging::start(args.log_level, context);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(serve(args, context, config));
    // After a second Ctrl-C nothing is waited for.
    runtime.shutdown_background();
    done
}

/// Connections and logs are open files; the soft limit of many shells, 1,024, is none for a broker that may have 10,000.
fn raise_open_files_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files could not be raised; fewer connections than configured may be possible");
    }
}

async fn serve(args: &StartArgs, context: &Context, config: BrokerConfig) -> Result<(), CommandError> {
    let mut interrupts = Interrupts::listen()?;
    raise_open_files_limit();
    let data_dir = config.data_dir.clone();
    let server = BrokerServer::new(config).await.map_err(not_started)?;
    let state = BrokerState::of_this_process(server.local_addr(), data_dir);
    let file = StateFile::hold(&state)?;
    announce::announce(args, context, &state)?;
    let shutdown = server.shutdown_handle();
    let mut running = tokio::spawn(server.run());
    let ended = |joined: Result<fluxmq::Result<()>, tokio::task::JoinError>| match joined {
        Ok(done) => done.map_err(CommandError::from),
        Err(error) => Err(CommandError::caused(ErrorKind::Failure, "the broker broke down", error)),
    };
    tokio::select! {
        joined = &mut running => return ended(joined),
        () = interrupts.next() => {}
    }
    context.output.note("stopping; Ctrl-C once more stops at once");
    shutdown.shutdown();
    let done = tokio::select! {
        joined = &mut running => ended(joined),
        () = interrupts.next() => Err(CommandError::interrupted()),
    };
    drop(file);
    done
}

fn already_running(running: &BrokerState) -> CommandError {
    let place =
        running.data_dir.as_ref().map_or_else(String::new, |dir| format!(" with `{}`", dir.display()));
    CommandError::new(
        ErrorKind::Exists,
        format!("a broker{place} runs already, process {} on {}", running.pid, running.address),
    )
    .with_hint(format!(
        "`{}` stops it; `--data-dir DIR` or `--memory` start another beside it",
        running.stop_command()
    ))
}

fn not_started(error: FluxmqError) -> CommandError {
    let hint = match &error {
        FluxmqError::Network(_) => {
            Some("`--port 0` takes any free port; `fluxctl broker status` shows the brokers that you run")
        }
        FluxmqError::Storage(_) => Some("`--data-dir DIR` names another directory, `--memory` needs none"),
        _ => None,
    };
    let error = CommandError::from(error);
    match hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}
