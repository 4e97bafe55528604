//! `fluxctl profile rename`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use super::ProfileChange;
use crate::completion;
use crate::context::Context;
use crate::error::CommandError;

/// Give a profile another name
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  fluxctl profile rename prod production")]
pub(crate) struct RenameArgs {
    /// The profile
    #[arg(add = ArgValueCandidates::new(completion::profiles))]
    from: String,
    /// Its new name
    to: String,
    /// Check, and say what would be done
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &RenameArgs, context: &Context) -> Result<(), CommandError> {
    let changed = context.store()?.dry_run(args.dry_run).rename(&args.from, &args.to)?;
    let more = format!(", it is `{}` now", args.to);
    ProfileChange::report(context, &args.from, "renamed", changed, args.dry_run, &more)
}
