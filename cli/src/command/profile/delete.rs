//! `fluxctl profile delete`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use super::ProfileChange;
use crate::completion;
use crate::confirm;
use crate::context::Context;
use crate::error::CommandError;

/// Remove a profile
///
/// The cluster it names is not touched.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  fluxctl profile delete old\n  fluxctl profile delete old --yes")]
pub(crate) struct DeleteArgs {
    /// The profile
    #[arg(add = ArgValueCandidates::new(completion::profiles))]
    name: String,
    /// Check, and say what would be done
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &DeleteArgs, context: &Context) -> Result<(), CommandError> {
    let store = context.store()?;
    // A name that does not exist needs no question.
    store.show(&args.name)?;
    if !args.dry_run {
        confirm::ask(context, &format!("remove profile `{}`", args.name))?;
    }
    let was_current = store.current()?.as_deref() == Some(args.name.as_str());
    let changed = store.dry_run(args.dry_run).delete(&args.name)?;
    let more =
        if was_current { "; no profile is selected now, `fluxctl profile switch` selects one" } else { "" };
    ProfileChange::report(context, &args.name, "deleted", changed, args.dry_run, more)
}
