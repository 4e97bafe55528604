//! `fluxctl topic describe`.

use std::collections::BTreeMap;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::admin::{PartitionStatus, Topic, TopicState};
use fluxmq_client::{Admin, ErrorCode, IsolationLevel, OffsetSpec, TopicPartition};
use serde::Serialize;

use super::topic_id;
use crate::command::outcome;
use crate::completion;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Column, Section, View};

const EXAMPLES: &str = "\
Examples:
  fluxctl topic describe orders
  fluxctl topic describe orders payments -O json
  fluxctl topic describe orders -O tsv        one line per partition";

/// Show partitions, offsets and configurations of topics
///
/// Configurations are those that the topic has of its own; all others are the broker's.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DescribeArgs {
    /// Names of the topics
    #[arg(required = true, value_name = "TOPIC")]
    #[arg(add = ArgValueCandidates::new(completion::topics))]
    topics: Vec<String>,
}

#[derive(Debug, Serialize)]
struct TopicView {
    name: String,
    topic_id: Option<String>,
    internal: bool,
    /// `online`, or `leader_offline` where a partition has no leader.
    state: &'static str,
    replication_factor: usize,
    /// Records between the start and the end of all partitions; with compaction or transactions fewer are left.
    records_max: Option<i64>,
    configs: BTreeMap<String, String>,
    partitions: Vec<PartitionView>,
}

#[derive(Debug, Clone, Serialize)]
struct PartitionView {
    topic: String,
    partition: i32,
    leader: Option<i32>,
    leader_epoch: i32,
    replicas: Vec<i32>,
    in_sync_replicas: Vec<i32>,
    offline_replicas: Vec<i32>,
    /// The first offset that can be read.
    log_start_offset: Option<i64>,
    /// The offset that the next record gets.
    high_watermark: Option<i64>,
}

impl View for PartitionView {
    const COLUMNS: &'static [Column] = &[
        Column::new("TOPIC"),
        Column::number("PARTITION"),
        Column::number("LEADER"),
        Column::new("REPLICAS"),
        Column::new("IN SYNC"),
        Column::number("START"),
        Column::number("END"),
        Column::number("LEADER EPOCH").wide(),
    ];

    fn name(&self) -> String {
        format!("{}-{}", self.topic, self.partition)
    }

    fn cells(&self) -> Vec<String> {
        let number = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        vec![
            self.topic.clone(),
            self.partition.to_string(),
            number(self.leader.map(i64::from)),
            list(&self.replicas),
            list(&self.in_sync_replicas),
            number(self.log_start_offset),
            number(self.high_watermark),
            self.leader_epoch.to_string(),
        ]
    }
}

/// Of a topic by itself the first column goes without saying.
const PARTITION_COLUMNS: &[Column] = PartitionView::COLUMNS.split_at(1).1;
const CONFIG_COLUMNS: &[Column] = &[Column::new("CONFIG"), Column::new("VALUE")];

pub(super) fn run(args: &DescribeArgs, context: &Context) -> Result<(), CommandError> {
    let (views, failures) = context.block_on(describe(args, context))?;
    if !views.is_empty() || failures.is_empty() {
        let rows: Vec<PartitionView> = views.iter().flat_map(|view| view.partitions.clone()).collect();
        let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
        let sections: Vec<Vec<Section>> = views.iter().map(sections).collect();
        context.output.described(&views, &sections, &rows, &names)?;
    }
    outcome::finish(context, args.topics.len(), failures, "topics", "described")
}

async fn describe(
    args: &DescribeArgs,
    context: &Context,
) -> Result<(Vec<TopicView>, Vec<CommandError>), CommandError> {
    let admin = context.client().await?.admin();
    let names: Vec<&str> = args.topics.iter().map(String::as_str).collect();
    let mut views = Vec::new();
    let mut failures = Vec::new();
    for (name, outcome) in admin.describe_topics(&names).await? {
        match outcome {
            Ok(topic) => {
                let offsets = offsets(&admin, &topic).await;
                views.push(view(topic, &offsets));
            }
            Err(error) if error.error_code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => {
                let known = admin.list_topics(true).await.unwrap_or_default();
                failures.push(CommandError::no_topic(&name, known.iter().map(|topic| topic.name.as_str())));
            }
            Err(error) => failures.push(error.into()),
        }
    }
    Ok((views, failures))
}

/// Start and end of each partition that a leader answers for.
async fn offsets(admin: &Admin, topic: &Topic) -> BTreeMap<i32, (Option<i64>, Option<i64>)> {
    let partitions = || topic.status.partitions.iter().map(|partition| partition.partition);
    let query = |partition, spec| (TopicPartition::new(topic.spec.name.clone(), partition), spec);
    let queries: Vec<_> = partitions()
        .flat_map(|partition| [query(partition, OffsetSpec::Earliest), query(partition, OffsetSpec::Latest)])
        .collect();
    let answers = admin.list_offsets(&queries, IsolationLevel::ReadUncommitted).await;
    let offset = |index: usize| answers.get(index)?.1.as_ref().ok()?.offset;
    partitions()
        .enumerate()
        .map(|(at, partition)| (partition, (offset(2 * at), offset(2 * at + 1))))
        .collect()
}

fn view(topic: Topic, offsets: &BTreeMap<i32, (Option<i64>, Option<i64>)>) -> TopicView {
    let name = topic.spec.name;
    let partition = |status: PartitionStatus| {
        let (log_start_offset, high_watermark) = offsets.get(&status.partition).copied().unwrap_or_default();
        PartitionView {
            topic: name.clone(),
            partition: status.partition,
            leader: status.leader,
            leader_epoch: status.leader_epoch,
            replicas: status.replicas,
            in_sync_replicas: status.in_sync_replicas,
            offline_replicas: status.offline_replicas,
            log_start_offset,
            high_watermark,
        }
    };
    let partitions: Vec<PartitionView> = topic.status.partitions.into_iter().map(partition).collect();
    TopicView {
        topic_id: topic_id(topic.status.topic_id),
        internal: topic.status.is_internal,
        state: match topic.status.state {
            TopicState::Online => "online",
            TopicState::LeaderOffline => "leader_offline",
        },
        replication_factor: topic.spec.replication_factor,
        records_max: partitions
            .iter()
            .map(|partition| Some(partition.high_watermark? - partition.log_start_offset?))
            .sum(),
        configs: topic.spec.configs,
        partitions,
        name,
    }
}

fn sections(view: &TopicView) -> Vec<Section> {
    let mut pairs = vec![("topic", view.name.clone())];
    if let Some(id) = &view.topic_id {
        pairs.push(("id", id.clone()));
    }
    pairs.push(("partitions", view.partitions.len().to_string()));
    pairs.push(("replication factor", view.replication_factor.to_string()));
    if let Some(records) = view.records_max {
        pairs.push(("records at most", records.to_string()));
    }
    if view.internal {
        pairs.push(("internal", "yes".to_owned()));
    }
    if view.state != "online" {
        pairs.push(("state", "a partition has no leader".to_owned()));
    }
    let rows = view.partitions.iter().map(|partition| partition.cells().split_off(1)).collect();
    let mut sections = vec![Section::Pairs(pairs), Section::Table { columns: PARTITION_COLUMNS, rows }];
    if !view.configs.is_empty() {
        let rows = view.configs.iter().map(|(key, value)| vec![key.clone(), value.clone()]).collect();
        sections.push(Section::Table { columns: CONFIG_COLUMNS, rows });
    }
    sections
}

fn list(ids: &[i32]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
