//! One module per command.

mod broker;
mod completions;
mod consume;
mod group;
mod log;
mod offsets;
mod outcome;
mod produce;
mod profile;
mod topic;
mod version;

use clap::Subcommand;

use crate::client_properties::{self, PROPERTIES};
use crate::context::Context;
use crate::error::CommandError;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write records to a topic
    Produce(Box<produce::ProduceArgs>),
    /// Read records from topics and print them
    Consume(Box<consume::ConsumeArgs>),
    /// Create, list, describe and delete topics
    #[command(subcommand)]
    Topic(topic::TopicCommand),
    /// Look after consumer groups: who reads what, how far behind, and from where on
    #[command(subcommand, visible_alias = "g")]
    Group(group::GroupCommand),
    /// Look at offsets: of logs, of groups, at a time
    #[command(subcommand)]
    Offsets(offsets::OffsetsCommand),
    /// Start, find and stop a broker on this machine
    #[command(subcommand)]
    Broker(broker::BrokerCommand),
    /// Look at the files of a data directory, without a broker
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Name clusters, and choose one
    #[command(subcommand)]
    Profile(profile::ProfileCommand),
    /// Print a shell's completion script
    Completions(completions::CompletionsArgs),
    /// Print the version
    Version(version::VersionArgs),
}

/// Runs a command to its end.
pub(crate) fn run(command: Option<Command>, context: &Context) -> Result<(), CommandError> {
    if client_properties::wants_list(&context.global.properties) {
        return context.output.list(PROPERTIES);
    }
    let Some(command) = command else {
        return Err(
            CommandError::usage("no command is given").with_hint("`fluxctl --help` shows all commands")
        );
    };
    match command {
        Command::Produce(args) => produce::run(&args, context),
        Command::Consume(args) => consume::run(&args, context),
        Command::Topic(command) => topic::run(command, context),
        Command::Group(command) => group::run(command, context),
        Command::Offsets(command) => offsets::run(command, context),
        Command::Broker(command) => broker::run(command, context),
        Command::Log(command) => log::run(command, context),
        Command::Profile(command) => profile::run(command, context),
        Command::Completions(args) => completions::run(&args),
        Command::Version(args) => version::run(&args, context),
    }
}
