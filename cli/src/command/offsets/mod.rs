//! `fluxctl offsets`: of logs, of groups, at a time.

mod at;
mod diff;
mod list;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;

/// Commands about offsets.
#[derive(Debug, Subcommand)]
pub(crate) enum OffsetsCommand {
    /// Show where logs start and end, and what a group has committed
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Show the offsets at a time, and the time that was really found
    At(at::AtArgs),
    /// Compare what two groups have committed, or a group with a file or with the log
    Diff(diff::DiffArgs),
}

pub(super) fn run(command: OffsetsCommand, context: &Context) -> Result<(), CommandError> {
    match command {
        OffsetsCommand::List(args) => list::run(&args, context),
        OffsetsCommand::At(args) => at::run(&args, context),
        OffsetsCommand::Diff(args) => diff::run(&args, context),
    }
}
