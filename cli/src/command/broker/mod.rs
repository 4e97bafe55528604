//! `fluxctl broker`: a Kafka-compatible broker on this machine.

mod announce;
mod config;
mod detach;
mod logging;
mod start;
mod state;
mod status;
mod stop;

use clap::Subcommand;

pub(super) use self::config::default_data_dir;

use crate::context::Context;
use crate::error::CommandError;

/// Commands about brokers on this machine.
#[derive(Debug, Subcommand)]
pub(crate) enum BrokerCommand {
    /// Start a broker
    Start(start::StartArgs),
    /// Stop a broker
    Stop(stop::StopArgs),
    /// Show the brokers that run
    Status(status::StatusArgs),
}

pub(super) fn run(command: BrokerCommand, context: &Context) -> Result<(), CommandError> {
    match command {
        BrokerCommand::Start(args) => start::run(&args, context),
        BrokerCommand::Stop(args) => stop::run(&args, context),
        BrokerCommand::Status(args) => status::run(&args, context),
    }
}
