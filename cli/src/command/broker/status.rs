//! `fluxctl broker status`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use fluxmq_client::Client;
use serde::Serialize;

use super::config::default_data_dir;
use super::state::{BrokerState, StateFile};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::output::{Column, View};

/// How long a broker may take to answer before it counts as not answering.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Show the brokers that run
///
/// Exits with 3 when there is none.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  fluxctl broker status\n  fluxctl broker status --data-dir ./data -O json"
)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    which: WhichBroker,
}

/// Which of the brokers of this machine is meant.
#[derive(Debug, Args)]
pub(super) struct WhichBroker {
    /// The broker with this data directory [default: that of ~/.local/share/fluxmq, and those in memory]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The broker on this port
    #[arg(long, value_name = "N")]
    port: Option<u16>,
}

#[derive(Debug, Serialize)]
struct StatusView {
    status: &'static str,
    #[serde(flatten)]
    broker: BrokerState,
}

impl View for StatusView {
    const COLUMNS: &'static [Column] = &[
        Column::new("STATUS"),
        Column::number("PID"),
        Column::new("ADDRESS"),
        Column::new("LISTENER").wide(),
        Column::new("DATA"),
        Column::new("STARTED"),
        Column::new("VERSION").wide(),
    ];

    fn name(&self) -> String {
        self.broker.name()
    }

    fn cells(&self) -> Vec<String> {
        std::iter::once(self.status.to_owned()).chain(self.broker.cells()).collect()
    }
}

impl WhichBroker {
    /// The brokers that run and fit.
    pub(super) fn running(&self) -> Result<Vec<BrokerState>, CommandError> {
        let brokers = match &self.data_dir {
            Some(dir) => {
                let dir = std::path::absolute(dir)?;
                StateFile::running(&StateFile::in_data_dir(&dir)).into_iter().collect()
            }
            None => StateFile::all_running(default_data_dir().ok().as_deref()),
        };
        let fits = |broker: &BrokerState| self.port.is_none_or(|port| broker.listener.port() == port);
        Ok(brokers.into_iter().filter(fits).collect())
    }

    /// What to say when none runs.
    pub(super) fn none_runs(&self) -> CommandError {
        let place = match (&self.data_dir, self.port) {
            (Some(dir), _) => format!(" with `{}`", dir.display()),
            (None, Some(port)) => format!(" on port {port}"),
            (None, None) => String::new(),
        };
        CommandError::new(ErrorKind::NotFound, format!("no broker{place} runs")).with_hint(
            "`fluxctl broker start` starts one; one with another data directory is found by `--data-dir DIR`",
        )
    }
}

pub(super) fn run(args: &StatusArgs, context: &Context) -> Result<(), CommandError> {
    let brokers = args.which.running()?;
    if brokers.is_empty() {
        if context.output.format.is_some() {
            context.output.list::<StatusView>(&[])?;
        }
        return Err(args.which.none_runs());
    }
    let views = context.block_on(async {
        let mut views = Vec::new();
        for broker in brokers {
            let builder = Client::builder().bootstrap(&broker.address).client_id("fluxctl");
            let answers = matches!(tokio::time::timeout(ANSWER_MAX, builder.build()).await, Ok(Ok(_)));
            views.push(StatusView { status: if answers { "ready" } else { "not answering" }, broker });
        }
        Ok(views)
    })?;
    context.output.list(&views)
}
