//! `fluxctl topic delete`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::ErrorCode;
use serde::Serialize;

use crate::command::outcome;
use crate::completion;
use crate::confirm;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Column, View};

const EXAMPLES: &str = "\
Examples:
  fluxctl topic delete orders
  fluxctl topic delete orders payments --yes
  fluxctl topic delete orders --if-exists --yes           for scripts";

/// Delete topics with all their records
///
/// Asks before; the answer is no unless it is yes. Where nobody can be asked, `--yes` is needed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeleteArgs {
    /// Names of the topics
    #[arg(required = true, value_name = "TOPIC")]
    #[arg(add = ArgValueCandidates::new(completion::topics))]
    topics: Vec<String>,
    /// A topic that does not exist is no error
    #[arg(long)]
    if_exists: bool,
    /// Say what would be deleted
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct DeletedView {
    topic: String,
    /// `deleted`, or `absent`.
    result: &'static str,
    dry_run: bool,
}

impl View for DeletedView {
    const COLUMNS: &'static [Column] = &[Column::new("TOPIC"), Column::new("RESULT")];

    fn name(&self) -> String {
        self.topic.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![self.topic.clone(), self.result.to_owned()]
    }
}

pub(super) fn run(args: &DeleteArgs, context: &Context) -> Result<(), CommandError> {
    confirm::writable(context)?;
    context.block_on(delete(args, context))
}

async fn delete(args: &DeleteArgs, context: &Context) -> Result<(), CommandError> {
    let admin = context.client().await?.admin();
    let known: Vec<String> = admin.list_topics(true).await?.into_iter().map(|topic| topic.name).collect();
    let (present, absent): (Vec<&String>, Vec<&String>) =
        args.topics.iter().partition(|topic| known.contains(topic));
    let view = |topic: &str, result| DeletedView { topic: topic.to_owned(), result, dry_run: args.dry_run };
    let mut views = Vec::new();
    let mut failures = Vec::new();
    for topic in absent {
        if args.if_exists {
            views.push(view(topic, "absent"));
        } else {
            failures.push(CommandError::no_topic(topic, known.iter().map(String::as_str)));
        }
    }
    if args.dry_run {
        views.extend(present.iter().map(|topic| view(topic, "deleted")));
    } else if !present.is_empty() {
        confirm::destroy_in_cluster(context, &question(&present))?;
        let names: Vec<&str> = present.iter().map(|topic| topic.as_str()).collect();
        for (topic, outcome) in admin.delete_topics(&names).await? {
            match outcome {
                Ok(()) => views.push(view(&topic, "deleted")),
                Err(error)
                    if args.if_exists
                        && error.error_code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) =>
                {
                    views.push(view(&topic, "absent"));
                }
                Err(error) => failures.push(error.into()),
            }
        }
    }
    if !views.is_empty() || failures.is_empty() {
        context.output.changed(&views, sentence)?;
    }
    outcome::finish(context, args.topics.len(), failures, "topics", "deleted")
}

fn question(topics: &[&String]) -> String {
    let names: Vec<String> = topics.iter().map(|topic| format!("`{topic}`")).collect();
    match names.as_slice() {
        [name] => format!("delete topic {name} with all its records"),
        names => format!("delete {} topics with all their records: {}", names.len(), names.join(", ")),
    }
}

fn sentence(view: &DeletedView) -> String {
    let prefix = if view.dry_run { "dry run: " } else { "" };
    match view.result {
        "absent" => format!("topic `{}` does not exist", view.topic),
        _ => format!("{prefix}deleted topic `{}`", view.topic),
    }
}
