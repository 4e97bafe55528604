//! `fluxctl profile show`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_profiles::{Origin, Password, Resolved, Sasl, Settings, Tls};
use serde::Serialize;

use crate::completion;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Column, View};

const EXAMPLES: &str = "\
Examples:
  fluxctl profile show
  fluxctl profile show prod --origin          which flag, variable or file set each value";

/// Show what counts with a profile
///
/// Flags and environment variables are weighed in, as they are for every command. Passwords are not shown.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ShowArgs {
    /// The profile [default: the one in use]
    #[arg(add = ArgValueCandidates::new(completion::profiles))]
    name: Option<String>,
    /// Say of each value where it comes from
    #[arg(long)]
    origin: bool,
}

/// A value without its origin.
#[derive(Debug, Serialize)]
struct ValueView {
    key: String,
    value: String,
}

/// A value with its origin.
#[derive(Debug, Serialize)]
struct OriginView {
    key: String,
    value: String,
    origin: String,
}

impl View for ValueView {
    const COLUMNS: &'static [Column] = &[Column::new("KEY"), Column::new("VALUE")];

    fn name(&self) -> String {
        self.key.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![self.key.clone(), self.value.clone()]
    }
}

impl View for OriginView {
    const COLUMNS: &'static [Column] = &[Column::new("KEY"), Column::new("VALUE"), Column::new("ORIGIN")];

    fn name(&self) -> String {
        self.key.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![self.key.clone(), self.value.clone(), self.origin.clone()]
    }
}

pub(super) fn run(args: &ShowArgs, context: &Context) -> Result<(), CommandError> {
    let name = args.name.clone().or_else(|| context.global.profile.clone());
    let rows = rows(&context.settings_of(name)?);
    if args.origin {
        return context.output.list(&rows);
    }
    let values: Vec<ValueView> =
        rows.into_iter().map(|row| ValueView { key: row.key, value: row.value }).collect();
    context.output.list(&values)
}

fn rows(settings: &Settings) -> Vec<OriginView> {
    let mut rows = Vec::new();
    let mut push = |key: &str, value: String, origin: &Origin| {
        rows.push(OriginView { key: key.to_owned(), value, origin: origin.to_string() });
    };
    push("profile", settings.profile.value.clone(), &settings.profile.origin);
    let servers = &settings.bootstrap_servers;
    push("bootstrap_servers", servers.value.join(","), &servers.origin);
    for (key, text) in [("default_topic", &settings.default_topic), ("partitioner", &settings.partitioner)] {
        if let Some(text) = text {
            push(key, text.value.clone(), &text.origin);
        }
    }
    for (key, flag) in [("protected", &settings.protected), ("read_only", &settings.read_only)] {
        push(key, flag.value.to_string(), &flag.origin);
    }
    if let Some(Resolved { value, origin }) = &settings.tls {
        tls_pairs(value).into_iter().for_each(|(key, value)| push(key, value, origin));
    }
    if let Some(Resolved { value, origin }) = &settings.sasl {
        sasl_pairs(value).into_iter().for_each(|(key, value)| push(key, value, origin));
    }
    for (key, property) in &settings.properties {
        push(key, property.value.clone(), &property.origin);
    }
    rows
}

fn tls_pairs(tls: &Tls) -> Vec<(&'static str, String)> {
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let pairs = [
        ("tls.enabled", Some(tls.enabled.to_string())),
        ("tls.ca_file", path(&tls.ca_file)),
        ("tls.cert_file", path(&tls.cert_file)),
        ("tls.key_file", path(&tls.key_file)),
        ("tls.server_name", tls.server_name.clone()),
    ];
    pairs.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

fn sasl_pairs(sasl: &Sasl) -> Vec<(&'static str, String)> {
    let password = sasl.password.as_ref().map(|password| match password {
        Password::Text(secret) => ("sasl.password", secret.to_string()),
        Password::File(path) => ("sasl.password_file", path.display().to_string()),
        Password::Environment(name) => ("sasl.password_env", name.clone()),
        Password::Command(command) => ("sasl.password_command", command.clone()),
    });
    let user = sasl.user.clone().map(|user| ("sasl.user", user));
    [Some(("sasl.mechanism", sasl.mechanism.clone())), user, password].into_iter().flatten().collect()
}
