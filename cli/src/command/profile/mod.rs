//! `fluxctl profile`: clusters by name.

mod add;
mod current;
mod delete;
mod list;
mod rename;
mod show;
mod switch;

use clap::Subcommand;
use fluxmq_profiles::Changed;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Column, View};

/// Commands about profiles.
#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// Give a cluster a name
    Add(add::AddArgs),
    /// Use another profile from now on
    #[command(visible_alias = "use")]
    Switch(switch::SwitchArgs),
    /// List all profiles
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Print the name of the profile in use
    Current(current::CurrentArgs),
    /// Show what counts with a profile
    Show(show::ShowArgs),
    /// Give a profile another name
    Rename(rename::RenameArgs),
    /// Remove a profile
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
}

pub(super) fn run(command: ProfileCommand, context: &Context) -> Result<(), CommandError> {
    match command {
        ProfileCommand::Add(args) => add::run(args, context),
        ProfileCommand::Switch(args) => switch::run(&args, context),
        ProfileCommand::List(args) => list::run(&args, context),
        ProfileCommand::Current(args) => current::run(&args, context),
        ProfileCommand::Show(args) => show::run(&args, context),
        ProfileCommand::Rename(args) => rename::run(&args, context),
        ProfileCommand::Delete(args) => delete::run(&args, context),
    }
}

/// What a command did to a profile.
#[derive(Debug, Serialize)]
struct ProfileChange {
    profile: String,
    action: &'static str,
    current_profile: Option<String>,
    dry_run: bool,
}

impl View for ProfileChange {
    const COLUMNS: &'static [Column] = &[
        Column::new("PROFILE"),
        Column::new("ACTION"),
        Column::new("CURRENT PROFILE"),
        Column::new("DRY RUN"),
    ];

    fn name(&self) -> String {
        self.profile.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.profile.clone(),
            self.action.to_owned(),
            self.current_profile.clone().unwrap_or_default(),
            self.dry_run.to_string(),
        ]
    }
}

impl ProfileChange {
    /// Says what was done, or would be.
    fn report(
        context: &Context,
        profile: &str,
        action: &'static str,
        changed: Changed,
        dry_run: bool,
        more: &str,
    ) -> Result<(), CommandError> {
        changed.warnings.iter().for_each(|warning| context.output.warn(&warning.to_string()));
        let change = ProfileChange {
            profile: profile.to_owned(),
            action,
            current_profile: changed.current_profile,
            dry_run,
        };
        context.output.changed(&[change], |change| {
            let prefix = if dry_run { "dry run: " } else { "" };
            format!("{prefix}{} profile `{}`{more}", change.action, change.profile)
        })
    }
}
