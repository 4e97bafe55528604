//! `fluxctl group`: who reads what, how far behind, and from where on.

mod clone;
mod delete;
mod delete_offsets;
mod describe;
mod list;
mod peek;
mod seek;
mod skip;
mod watch;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;

/// Commands about consumer groups.
#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// List groups
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Show groups: who reads what, and how far behind
    Describe(describe::DescribeArgs),
    /// Set a group to other offsets
    Seek(Box<seek::SeekArgs>),
    /// Step past a record that a group cannot digest
    Skip(skip::SkipArgs),
    /// Show the records around what a group has committed
    Peek(peek::PeekArgs),
    /// Watch how far behind groups are, and how fast they catch up
    Watch(watch::WatchArgs),
    /// Delete groups with all that they have committed
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
    /// Forget what a group has committed of topics
    DeleteOffsets(delete_offsets::DeleteOffsetsArgs),
    /// Commit for a group what another has committed
    Clone(clone::CloneArgs),
}

pub(super) fn run(command: GroupCommand, context: &Context) -> Result<(), CommandError> {
    match command {
        GroupCommand::List(args) => list::run(&args, context),
        GroupCommand::Describe(args) => describe::run(&args, context),
        GroupCommand::Seek(args) => seek::run(&args, context),
        GroupCommand::Skip(args) => skip::run(&args, context),
        GroupCommand::Peek(args) => peek::run(&args, context),
        GroupCommand::Watch(args) => watch::run(&args, context),
        GroupCommand::Delete(args) => delete::run(&args, context),
        GroupCommand::DeleteOffsets(args) => delete_offsets::run(&args, context),
        GroupCommand::Clone(args) => clone::run(&args, context),
    }
}
