//! `fluxctl version`.

use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::{self, Column, Section, View};

/// Print the version
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  fluxctl version\n  fluxctl version -O json")]
pub(crate) struct VersionArgs {}

#[derive(Debug, Serialize)]
struct VersionView {
    name: &'static str,
    version: &'static str,
    system: &'static str,
    machine: &'static str,
}

impl View for VersionView {
    const COLUMNS: &'static [Column] =
        &[Column::new("NAME"), Column::new("VERSION"), Column::new("SYSTEM"), Column::new("MACHINE")];

    fn name(&self) -> String {
        self.version.to_owned()
    }

    fn cells(&self) -> Vec<String> {
        [self.name, self.version, self.system, self.machine].map(str::to_owned).to_vec()
    }
}

pub(crate) fn run(_args: &VersionArgs, context: &Context) -> Result<(), CommandError> {
    let view = VersionView {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        system: std::env::consts::OS,
        machine: std::env::consts::ARCH,
    };
    if context.output.format.is_none() {
        return output::line(&format!("{} {}", view.name, view.version));
    }
    let sections = [Section::Pairs(vec![
        ("name", view.name.to_owned()),
        ("version", view.version.to_owned()),
        ("system", view.system.to_owned()),
        ("machine", view.machine.to_owned()),
    ])];
    context.output.one(&view, &sections)
}
