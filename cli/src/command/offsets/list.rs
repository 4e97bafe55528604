//! `fluxctl offsets list`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::TopicPartition;
use fluxmq_client::admin::CommittedOffset;
use serde::Serialize;

use crate::completion;
use crate::context::Context;
use crate::error::CommandError;
use crate::group::positions::{self, Log};
use crate::group::{find, text};
use crate::output::{Column, View};
use crate::stream::topic;

const EXAMPLES: &str = "\
Examples:
  fluxctl offsets list orders                          where the log starts and ends
  fluxctl offsets list --group orders-app              and what the group has committed
  fluxctl offsets list --group orders-app -O csv > saved.csv
  fluxctl group seek orders-app --to-file saved.csv    back to where it was";

/// Show where logs start and end, and what a group has committed
///
/// With a group and no topic, all partitions that the group has committed offsets of.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ListArgs {
    /// Names of the topics
    #[arg(required_unless_present = "group", value_name = "TOPIC")]
    #[arg(add = ArgValueCandidates::new(completion::topics))]
    topics: Vec<String>,
    /// Show what this group has committed too
    #[arg(long, short = 'g', value_name = "GROUP")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    group: Option<String>,
}

#[derive(Debug, Serialize)]
struct LogView {
    topic: String,
    partition: i32,
    /// The first offset that can be read.
    log_start_offset: Option<i64>,
    /// The offset that the next record gets.
    log_end_offset: Option<i64>,
    /// Records between the two; with compaction or transactions fewer are left.
    records_max: Option<i64>,
}

impl View for LogView {
    const COLUMNS: &'static [Column] = &[
        Column::new("TOPIC"),
        Column::number("PARTITION"),
        Column::number("LOG START"),
        Column::number("LOG END"),
        Column::number("RECORDS AT MOST"),
    ];

    fn name(&self) -> String {
        format!("{}-{}", self.topic, self.partition)
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.topic.clone(),
            self.partition.to_string(),
            text::number(self.log_start_offset),
            text::number(self.log_end_offset),
            text::number(self.records_max),
        ]
    }
}

#[derive(Debug, Serialize)]
struct CommittedView {
    group: String,
    #[serde(flatten)]
    log: LogView,
    committed_offset: Option<i64>,
    leader_epoch: Option<i32>,
    metadata: Option<String>,
    lag: Option<i64>,
}

impl View for CommittedView {
    const COLUMNS: &'static [Column] = &[
        Column::new("TOPIC"),
        Column::number("PARTITION"),
        Column::number("LOG START"),
        Column::number("LOG END"),
        Column::number("COMMITTED"),
        Column::number("LAG"),
        Column::new("METADATA").wide(),
    ];

    fn name(&self) -> String {
        self.log.name()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.log.topic.clone(),
            self.log.partition.to_string(),
            text::number(self.log.log_start_offset),
            text::number(self.log.log_end_offset),
            text::number(self.committed_offset),
            text::number(self.lag),
            text::or_dash(self.metadata.as_deref().unwrap_or_default()),
        ]
    }
}

pub(super) fn run(args: &ListArgs, context: &Context) -> Result<(), CommandError> {
    match &args.group {
        None => {
            let views = context.block_on(of_topics(args, context))?;
            context.output.list(&views)
        }
        Some(group) => {
            let views = context.block_on(of_group(args, group, context))?;
            if views.is_empty() {
                context.output.note(&format!("group `{group}` has committed nothing"));
            }
            context.output.list(&views)
        }
    }
}

async fn of_topics(args: &ListArgs, context: &Context) -> Result<Vec<LogView>, CommandError> {
    let admin = find::admin(context).await?;
    topic::describe(admin.client(), &args.topics).await?;
    let partitions = positions::partitions_of(&admin, args.topics.iter().map(String::as_str)).await?;
    let logs = positions::logs(&admin, &partitions).await?;
    Ok(partitions.into_iter().map(|partition| log_view(logs.get(&partition), partition)).collect())
}

async fn of_group(
    args: &ListArgs,
    group: &str,
    context: &Context,
) -> Result<Vec<CommittedView>, CommandError> {
    let admin = find::admin(context).await?;
    let committed = positions::committed(&admin, group).await?;
    if committed.is_empty() {
        find::one(&admin, group).await?;
    }
    let partitions: Vec<TopicPartition> = if args.topics.is_empty() {
        committed.keys().cloned().collect()
    } else {
        topic::describe(admin.client(), &args.topics).await?;
        positions::partitions_of(&admin, args.topics.iter().map(String::as_str)).await?
    };
    let logs = positions::logs(&admin, &partitions).await?;
    let view = |partition: TopicPartition| {
        let (log, committed) = (logs.get(&partition), committed.get(&partition));
        committed_view(group, log, committed, partition)
    };
    Ok(partitions.into_iter().map(view).collect())
}

fn log_view(log: Option<&Log>, partition: TopicPartition) -> LogView {
    let bounds = log.map(|log| log.bounds);
    LogView {
        topic: partition.topic,
        partition: partition.partition,
        log_start_offset: bounds.map(|bounds| bounds.log_start_offset),
        log_end_offset: bounds.map(|bounds| bounds.end_offset),
        records_max: bounds.map(|bounds| bounds.end_offset - bounds.log_start_offset),
    }
}

fn committed_view(
    group: &str,
    log: Option<&Log>,
    committed: Option<&CommittedOffset>,
    partition: TopicPartition,
) -> CommittedView {
    CommittedView {
        group: group.to_owned(),
        lag: committed.zip(log).map(|(committed, log)| positions::lag(committed.offset, log.bounds)),
        committed_offset: committed.map(|committed| committed.offset),
        leader_epoch: committed.and_then(|committed| committed.leader_epoch),
        metadata: committed.map(|committed| committed.metadata.clone()).filter(|noted| !noted.is_empty()),
        log: log_view(log, partition),
    }
}
