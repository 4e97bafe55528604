//! `fluxctl group delete-offsets`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::{Admin, ClientError, ErrorCode, TopicPartition};
use serde::Serialize;

use crate::command::outcome;
use crate::completion;
use crate::confirm;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::grammar::Selector;
use crate::group::{find, positions, select};
use crate::output::{Column, View};
use crate::stream::counted;

const EXAMPLES: &str = "\
Examples:
  fluxctl group delete-offsets orders-app --topic orders
  fluxctl group delete-offsets orders-app --topic orders:0,2 --topic payments --dry-run
  fluxctl group delete-offsets orders-app --topic retired --yes

A topic that a member still reads is refused.";

/// Forget what a group has committed of topics
///
/// Shows what goes and asks; the answer is no unless it is yes. Members that come back start where `auto.offset.reset`
/// says.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeleteOffsetsArgs {
    /// Name of the group
    #[arg(value_name = "GROUP")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    group: String,
    /// This topic, or these of its partitions: orders, orders:0,2-4; may be given again
    #[arg(long = "topic", short = 't', value_name = "TOPIC[:PARTITIONS]", value_parser = Selector::parse)]
    #[arg(required = true, add = ArgValueCandidates::new(completion::topics))]
    topics: Vec<Selector>,
    /// Show what would go, and delete nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct DeletedView {
    group: String,
    topic: String,
    partition: i32,
    committed_offset: i64,
    result: &'static str,
    dry_run: bool,
}

impl View for DeletedView {
    const COLUMNS: &'static [Column] = &[
        Column::new("TOPIC"),
        Column::number("PARTITION"),
        Column::number("COMMITTED"),
        Column::new("RESULT").wide(),
    ];

    fn name(&self) -> String {
        format!("{}-{}", self.topic, self.partition)
    }

    fn cells(&self) -> Vec<String> {
        let numbers = [self.partition.to_string(), self.committed_offset.to_string()];
        let [partition, committed] = numbers;
        vec![self.topic.clone(), partition, committed, self.result.to_owned()]
    }
}

pub(super) fn run(args: &DeleteOffsetsArgs, context: &Context) -> Result<(), CommandError> {
    confirm::writable(context)?;
    context.block_on(delete(args, context))
}

async fn delete(args: &DeleteOffsetsArgs, context: &Context) -> Result<(), CommandError> {
    let group = &args.group;
    let admin = find::admin(context).await?;
    let existing = find::one(&admin, group).await?;
    let committed = positions::committed(&admin, group).await?;
    let partitions = select::among(committed.keys(), &args.topics)?;
    let mut views: Vec<DeletedView> = partitions
        .iter()
        .filter_map(|partition| {
            Some(DeletedView {
                group: group.clone(),
                topic: partition.topic.clone(),
                partition: partition.partition,
                committed_offset: committed.get(partition)?.offset,
                result: "deleted",
                dry_run: args.dry_run,
            })
        })
        .collect();
    let what = format!("delete {} of group `{group}`", counted(views.len() as u64, "committed offset"));
    let is_read = |partition: &TopicPartition| {
        existing.status.members.iter().any(|member| member.topics.contains(&partition.topic))
    };
    let unread = if partitions.iter().any(is_read) { find::require_idle(&existing) } else { Ok(()) };
    if args.dry_run {
        context.output.list(&views)?;
        context.output.note(&format!("dry run: nothing was deleted; it would {what}"));
        return unread;
    }
    unread?;
    let is_shown = confirm::is_terminal() && !context.global.yes;
    if is_shown {
        context.output.preview(&views);
    }
    confirm::destroy_in_cluster(context, &what)?;
    let failures = delete_from(&admin, group, &partitions, &mut views).await?;
    if !is_shown || context.output.format.is_some() {
        context.output.list(&views)?;
    }
    if failures.is_empty() {
        let deleted = counted(views.len() as u64, "committed offset");
        context.output.note(&format!("deleted {deleted} of group `{group}`"));
    }
    outcome::finish(context, partitions.len(), failures, "offsets", "deleted")
}

/// Deletes, and leaves in `views` what was.
async fn delete_from(
    admin: &Admin,
    group: &str,
    partitions: &[TopicPartition],
    views: &mut Vec<DeletedView>,
) -> Result<Vec<CommandError>, CommandError> {
    let mut failures = Vec::new();
    for (partition, outcome) in admin.delete_offsets(group, partitions).await? {
        if let Err(error) = outcome {
            views.retain(|view| view.topic != partition.topic || view.partition != partition.partition);
            failures.push(refused(group, error));
        }
    }
    Ok(failures)
}

fn refused(group: &str, error: ClientError) -> CommandError {
    let is_read = error.error_code() == Some(ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC);
    let mut error = CommandError::from(error);
    if is_read {
        error.kind = ErrorKind::Exists;
        error.hint = Some(format!(
            "stop the members that read it; `fluxctl group describe {group} --members` shows them"
        ));
    }
    error
}
