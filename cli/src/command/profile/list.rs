//! `fluxctl profile list`.

use clap::Args;
use fluxmq_profiles::Profile;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Column, View};

/// List all profiles
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  fluxctl profile list\n  fluxctl profile list -O wide\n  fluxctl profile list -O name"
)]
pub(crate) struct ListArgs {}

#[derive(Debug, Serialize)]
struct ProfileView {
    name: String,
    current: bool,
    bootstrap_servers: Vec<String>,
    default_topic: Option<String>,
    protected: bool,
    read_only: bool,
    tls: bool,
    sasl_mechanism: Option<String>,
    description: Option<String>,
}

impl View for ProfileView {
    const COLUMNS: &'static [Column] = &[
        Column::new("CURRENT"),
        Column::new("NAME"),
        Column::new("BOOTSTRAP SERVERS"),
        Column::new("DEFAULT TOPIC"),
        Column::new("PROTECTED").wide(),
        Column::new("READ ONLY").wide(),
        Column::new("TLS").wide(),
        Column::new("SASL").wide(),
        Column::new("DESCRIPTION"),
    ];

    fn name(&self) -> String {
        self.name.clone()
    }

    fn cells(&self) -> Vec<String> {
        let flag = |flag: bool| if flag { "yes".to_owned() } else { String::new() };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            if self.current { "*".to_owned() } else { String::new() },
            self.name.clone(),
            self.bootstrap_servers.join(","),
            text(&self.default_topic),
            flag(self.protected),
            flag(self.read_only),
            flag(self.tls),
            text(&self.sasl_mechanism),
            text(&self.description),
        ]
    }
}

pub(super) fn run(_args: &ListArgs, context: &Context) -> Result<(), CommandError> {
    let file = context.store()?.load()?;
    file.warnings.iter().for_each(|warning| context.output.warn(&warning.to_string()));
    let current = file.current_profile;
    let views: Vec<ProfileView> =
        file.profiles.into_iter().map(|(name, profile)| view(name, profile, current.as_deref())).collect();
    if views.is_empty() {
        context.output.note("there is no profile yet; `fluxctl profile add NAME HOST:PORT` adds one");
    }
    context.output.list(&views)
}

fn view(name: String, profile: Profile, current: Option<&str>) -> ProfileView {
    ProfileView {
        current: current == Some(&name),
        name,
        bootstrap_servers: profile.bootstrap_servers,
        default_topic: profile.default_topic,
        protected: profile.protected,
        read_only: profile.read_only,
        tls: profile.tls.is_some_and(|tls| tls.enabled),
        sasl_mechanism: profile.sasl.map(|sasl| sasl.mechanism),
        description: profile.description,
    }
}
