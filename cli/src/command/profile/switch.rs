//! `fluxctl profile switch`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use super::ProfileChange;
use crate::completion;
use crate::context::Context;
use crate::error::CommandError;

/// Use another profile from now on
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  fluxctl profile switch prod\n  fluxctl profile switch -     the one before"
)]
pub(crate) struct SwitchArgs {
    /// The profile, or `-` for the one before
    #[arg(add = ArgValueCandidates::new(completion::profiles))]
    name: String,
    /// Check, and say what would be done
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &SwitchArgs, context: &Context) -> Result<(), CommandError> {
    let changed = context.store()?.dry_run(args.dry_run).switch(&args.name)?;
    let name = changed.current_profile.clone().unwrap_or_default();
    if let Some(other) = context.variable("FLUXCTL_PROFILE").filter(|other| *other != name) {
        context.output.warn(&format!("FLUXCTL_PROFILE is set to `{other}`, which wins in this shell"));
    }
    ProfileChange::report(context, &name, "selected", changed, args.dry_run, "")
}
