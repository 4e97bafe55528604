//! `fluxctl profile current`.

use clap::Args;
use fluxmq_profiles::Origin;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::{self, Column, View};

/// Print the name of the profile in use
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  fluxctl profile current\n  fluxctl profile current -O json")]
pub(crate) struct CurrentArgs {}

#[derive(Debug, Serialize)]
struct CurrentView {
    profile: String,
    origin: String,
    bootstrap_servers: Vec<String>,
}

impl View for CurrentView {
    const COLUMNS: &'static [Column] =
        &[Column::new("PROFILE"), Column::new("ORIGIN"), Column::new("BOOTSTRAP SERVERS")];

    fn name(&self) -> String {
        self.profile.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![self.profile.clone(), self.origin.clone(), self.bootstrap_servers.join(",")]
    }
}

pub(super) fn run(_args: &CurrentArgs, context: &Context) -> Result<(), CommandError> {
    let settings = context.settings()?;
    let servers = &settings.bootstrap_servers.value;
    if settings.profile.origin == Origin::Default {
        context.output.note(&format!("no profile is selected; `local` stands for {}", servers.join(",")));
    }
    if context.output.format.is_none() {
        return output::line(&settings.profile.value);
    }
    let view = CurrentView {
        profile: settings.profile.value.clone(),
        origin: match &settings.profile.origin {
            Origin::Profile(_) => "file".to_owned(),
            origin => origin.to_string(),
        },
        bootstrap_servers: servers.clone(),
    };
    context.output.list(&[view])
}
