//! `fluxctl log`: the files of a data directory, without a broker.

mod dump;
mod groups;
mod import;
mod items;
mod repair;
mod verify;

use clap::Subcommand;
use fluxmq::offline::OfflineError;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};

/// Commands about the files of a data directory.
#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Look for damage in a data directory
    Verify(verify::VerifyArgs),
    /// Show what is in the files of a data directory
    Dump(dump::DumpArgs),
    /// Mend a damaged data directory
    Repair(repair::RepairArgs),
    /// Take over the topics of an Apache Kafka
    Import(import::ImportArgs),
}

pub(super) fn run(command: LogCommand, context: &Context) -> Result<(), CommandError> {
    match command {
        LogCommand::Verify(args) => verify::run(&args, context),
        LogCommand::Dump(args) => dump::run(&args, context),
        LogCommand::Repair(args) => repair::run(&args, context),
        LogCommand::Import(args) => import::run(&args, context),
    }
}

impl From<OfflineError> for CommandError {
    fn from(error: OfflineError) -> Self {
        let (kind, hint) = match &error {
            OfflineError::NotFound(_) => (ErrorKind::NotFound, None),
            OfflineError::Unsuitable { .. } => (
                ErrorKind::Usage,
                Some("name a data directory, a directory such as `orders-0` in it, or a file".to_owned()),
            ),
            OfflineError::Held { dir, .. } => (
                ErrorKind::Exists,
                Some(format!(
                    "stop it first: `fluxctl broker stop --data-dir {}` if it is one of ours",
                    dir.display()
                )),
            ),
            OfflineError::Exists(_) => (ErrorKind::Exists, None),
            OfflineError::Io { .. } | OfflineError::Refused(_) => (ErrorKind::Failure, None),
        };
        CommandError { kind, source: anyhow::Error::new(error), hint, code: None }
    }
}
