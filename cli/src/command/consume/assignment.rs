//! Which partitions are read, each from where to where.

use std::time::Duration;

use fluxmq_client::{Client, ConsumerConfig, EndOffset, OffsetSpec, StartOffset, TopicPartition};
use regex::Regex;

use crate::{
    error::{CommandError, ErrorKind},
    grammar::{PartitionBounds, PartitionPlan, offset::Position},
    stream::topic,
};

use super::{args::ConsumeArgs, start::Start};

/// How long finding topics and offsets may take.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(5);

/// The partitions that are read, and how.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    /// In the order they were named.
    pub(super) topics: Vec<String>,
    pub(super) partitions: Vec<AssignedPartition>,
    config: ConsumerConfig,
}

/// One partition with its plan.
#[derive(Debug, Clone)]
pub(super) struct AssignedPartition {
    pub(super) name: TopicPartition,
    pub(super) plan: PartitionPlan,
    pub(super) bounds: PartitionBounds,
    /// The last so many records before the plan's end: counted, because offsets have gaps.
    last: Option<i64>,
}

impl AssignedPartition {
    pub(super) fn new(name: TopicPartition, plan: PartitionPlan, bounds: PartitionBounds) -> Self {
        Self { name, plan, bounds, last: None }
    }

    pub(super) fn is_watched(&self) -> bool {
        let PartitionPlan { fetch_from, show_from, end } = self.plan;
        show_from > fetch_from || end.is_some_and(|end| end > self.bounds.end_offset)
    }
}

impl Assignment {
    /// Finds the partitions of `named` and what they hold now.
    pub(super) async fn find(
        client: &Client,
        named: &[String],
        args: &ConsumeArgs,
        start: &Start,
    ) -> Result<Self, CommandError> {
        let topics = if args.regex { matching(client, named).await? } else { named.to_vec() };
        let found = partitions(client, &topics, &args.partitions).await?;
        let config = ConsumerConfig {
            topics: topics.clone(),
            isolation: args.isolation.into(),
            control_records: args.control_records,
            rack: args.rack.clone(),
            ..ConsumerConfig::default()
        };
        let plans = plans(client, &found, start, &config).await?;
        // `-5` and `-5:end` count records; `-5:-2` counts offsets, as only its end is known.
        let last = match (start.range.start, start.range.end) {
            (Position::FromEnd(after), None | Some(Position::FromEnd(0))) if after < 0 => Some(-after),
            _ => None,
        };
        let partitions = found
            .into_iter()
            .zip(plans)
            .map(|(name, (plan, bounds))| AssignedPartition {
                last,
                ..AssignedPartition::new(name, plan, bounds)
            })
            .collect();
        Ok(Self { topics, partitions, config })
    }

    /// Whether every partition has an end, so that reading stops by itself.
    pub(super) fn is_bounded(&self) -> bool {
        self.partitions.iter().all(|partition| partition.plan.end.is_some())
    }

    /// The partitions that have something to read, now or later. Empty ones are left out: their
    /// end would never come.
    pub(super) fn to_read(&self) -> impl Iterator<Item = &AssignedPartition> {
        self.partitions.iter().filter(|partition| !partition.plan.is_empty())
    }

    /// The same partitions from the end they had when they were looked up, without an end.
    pub(super) fn after_end(&self) -> Self {
        let mut after = self.clone();
        for partition in &mut after.partitions {
            let end = partition.bounds.end_offset;
            partition.plan = PartitionPlan { fetch_from: end, show_from: end, end: None };
            partition.last = None;
        }
        after
    }

    /// Whether a partition starts or ends beyond the end that it has now. The client knows no such
    /// bounds, so what comes must be watched.
    fn is_watched(&self) -> bool {
        self.partitions.iter().any(AssignedPartition::is_watched)
    }

    /// The last `count` records of each partition, up to the end they had when looked up.
    pub(super) fn last_of_each(&self, count: i64) -> ConsumerConfig {
        let ranges = self.partitions.iter().map(|partition| {
            (
                partition.name.clone(),
                (StartOffset::FromEnd(count), EndOffset::Offset(partition.bounds.end_offset)),
            )
        });
        ConsumerConfig { ranges: ranges.collect(), control_records: false, ..self.config.clone() }
    }

    /// What the client is asked for. Partitions that are not to be read get an end at their start.
    pub(super) fn config(&self) -> ConsumerConfig {
        let range = |partition: &AssignedPartition| {
            let PartitionPlan { fetch_from, end, .. } = partition.plan;
            let end_offset = partition.bounds.end_offset;
            if partition.plan.is_empty() {
                return (StartOffset::Offset(end_offset), EndOffset::Offset(end_offset));
            }
            let start = match partition.last {
                Some(count) => StartOffset::FromEnd(count),
                None => StartOffset::Offset(fetch_from),
            };
            // An end beyond what is there is watched for while reading; the client knows no such.
            let end = end.filter(|end| *end <= end_offset).map_or(EndOffset::Never, EndOffset::Offset);
            (start, end)
        };
        let ranges = self.partitions.iter().map(|partition| (partition.name.clone(), range(partition)));
        // Partitions that were not asked for end before they begin. Where ends are watched,
        // markers must be seen: one may be all that comes between the last record and the end.
        ConsumerConfig {
            control_records: self.config.control_records || self.is_watched(),
            start: StartOffset::Beginning,
            end: EndOffset::FromBeginning(0),
            ranges: ranges.collect(),
            ..self.config.clone()
        }
    }
}

/// Topics as a text for people.
pub(super) fn topic_names(topics: &[String]) -> String {
    match topics {
        [first, second, third, _, ..] => {
            format!("`{first}`, `{second}`, `{third}` and {} more topics", topics.len() - 3)
        }
        few => few.iter().map(|topic| format!("`{topic}`")).collect::<Vec<_>>().join(", "),
    }
}

/// The topics whose whole name one of the patterns matches.
pub(super) async fn matching(client: &Client, patterns: &[String]) -> Result<Vec<String>, CommandError> {
    let patterns = patterns
        .iter()
        .map(|pattern| {
            Regex::new(&format!("^(?:{pattern})$")).map_err(|error| {
                CommandError::caused(ErrorKind::Usage, format!("`{pattern}` is no regular expression"), error)
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut names = topic::names(client).await?;
    names.retain(|name| patterns.iter().any(|pattern| pattern.is_match(name)));
    if names.is_empty() {
        return Err(CommandError::new(ErrorKind::NotFound, "no topic has a name that matches")
            .with_hint("`fluxctl topic list` shows all"));
    }
    Ok(names)
}

/// The partitions of the topics; of each only those in `wanted`, unless that is empty.
async fn partitions(
    client: &Client,
    topics: &[String],
    wanted: &[i32],
) -> Result<Vec<TopicPartition>, CommandError> {
    let mut partitions = Vec::new();
    for topic in topic::describe(client, topics).await? {
        for partition in wanted {
            topic::check_partition(&topic, *partition)?;
        }
        let chosen = topic.partitions.iter().map(|partition| partition.partition);
        let chosen = chosen.filter(|partition| wanted.is_empty() || wanted.contains(partition));
        partitions.extend(chosen.map(|partition| TopicPartition::new(&*topic.name, partition)));
    }
    Ok(partitions)
}

async fn plans(
    client: &Client,
    names: &[TopicPartition],
    start: &Start,
    config: &ConsumerConfig,
) -> Result<Vec<(PartitionPlan, PartitionBounds)>, CommandError> {
    let times: Vec<i64> = start.range.timestamps().collect();
    let mut queries = Vec::new();
    for name in names {
        queries.push((name.clone(), OffsetSpec::Earliest));
        queries.push((name.clone(), OffsetSpec::Latest));
        queries.extend(times.iter().map(|ms| (name.clone(), OffsetSpec::Timestamp(*ms))));
    }
    let answers = client.list_offsets(&queries, config.isolation, LOOK_UP_TIMEOUT).await;
    let offsets = answers
        .into_iter()
        .map(|answer| answer.map(|listed| listed.offset))
        .collect::<Result<Vec<_>, _>>()?;
    let plans = offsets.chunks(2 + times.len()).map(|offsets| {
        let log_start_offset = offsets.first().copied().flatten().unwrap_or(0);
        let end_offset = offsets.get(1).copied().flatten().unwrap_or(log_start_offset);
        let bounds = PartitionBounds { log_start_offset, end_offset };
        let offset_at = |wanted: i64| {
            let index = times.iter().position(|ms| *ms == wanted)?;
            offsets.get(2 + index).copied().flatten()
        };
        (start.range.plan(bounds, offset_at), bounds)
    });
    Ok(plans.collect())
}
