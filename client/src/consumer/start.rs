//! From what was asked for to partitions with a first offset and an end.

use std::sync::Arc;

use super::config::{ConsumerConfig, EndOffset, StartOffset};
use super::discovery::TopicPattern;
use super::partition::PartitionState;
use super::tail;
use crate::client::Client;
use crate::error::ClientError;
use crate::list_offsets::OffsetSpec;
use crate::metadata_cache::TopicMetadata;
use crate::topic_partition::TopicPartition;

/// The ends of a partition's log at the start, and what was found for the moments that were asked for.
#[derive(Debug, Clone, Copy)]
struct Found {
    earliest: i64,
    latest: i64,
    start_time: Option<i64>,
    end_time: Option<i64>,
}

/// The partitions that a consumer reads, each with its bounds.
pub(super) async fn partitions(
    client: &Client,
    config: &ConsumerConfig,
) -> Result<Vec<PartitionState>, ClientError> {
    let mut partitions = Vec::new();
    for topic in topics(client, config).await? {
        for partition in chosen_partitions(config, &topic)? {
            partitions.push((Arc::clone(&topic.name), TopicPartition::new(&*topic.name, partition)));
        }
    }
    bounded(client, config, partitions).await
}

/// Partitions with their bounds, as the configuration says for each.
pub(super) async fn bounded(
    client: &Client,
    config: &ConsumerConfig,
    partitions: Vec<(Arc<str>, TopicPartition)>,
) -> Result<Vec<PartitionState>, ClientError> {
    let names: Vec<TopicPartition> = partitions.iter().map(|(_, name)| name.clone()).collect();
    let mut states = Vec::new();
    for ((topic, name), found) in partitions.into_iter().zip(look_up(client, config, &names).await?) {
        let (start, end) = config.range_of(&name);
        let end = end_of(end, &found);
        let start = match start {
            StartOffset::FromEnd(count) => {
                let bounds = found.earliest..end.unwrap_or(found.latest).max(found.earliest);
                tail::start_of_last(client, config, &topic, name.partition, bounds, count).await?
            }
            start => start_of(start, &found),
        };
        let bytes = config.max_partition_bytes;
        states.push(PartitionState::new(topic, name.partition, start, end, bytes, client.backoff()));
    }
    Ok(states)
}

async fn topics(client: &Client, config: &ConsumerConfig) -> Result<Vec<Arc<TopicMetadata>>, ClientError> {
    let mut names = config.topics.clone();
    if let Some(pattern) = TopicPattern::of(config)? {
        let known = client.refresh_metadata_with(None, false).await?.topics;
        names.extend(known.iter().filter(|topic| pattern.matches(topic)).map(|topic| topic.name.to_string()));
    }
    names.sort();
    names.dedup();
    let mut topics = Vec::new();
    for name in names {
        topics.push(client.topic(&name, false, config.request_timeout).await?);
    }
    Ok(topics)
}

fn chosen_partitions(config: &ConsumerConfig, topic: &TopicMetadata) -> Result<Vec<i32>, ClientError> {
    if config.partitions.is_empty() {
        return Ok(topic.partitions.iter().map(|partition| partition.partition).collect());
    }
    for partition in &config.partitions {
        if topic.partition(*partition).is_none() {
            return Err(topic.no_partition(*partition));
        }
    }
    let mut chosen = config.partitions.clone();
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

async fn look_up(
    client: &Client,
    config: &ConsumerConfig,
    partitions: &[TopicPartition],
) -> Result<Vec<Found>, ClientError> {
    let mut queries = Vec::new();
    for partition in partitions {
        queries.push((partition.clone(), OffsetSpec::Earliest));
        queries.push((partition.clone(), OffsetSpec::Latest));
        let (start, end) = config.range_of(partition);
        if let StartOffset::Timestamp(timestamp_ms) = start {
            queries.push((partition.clone(), OffsetSpec::Timestamp(timestamp_ms)));
        }
        if let EndOffset::Timestamp(timestamp_ms) = end {
            queries.push((partition.clone(), OffsetSpec::Timestamp(timestamp_ms)));
        }
    }
    let mut answers =
        client.list_offsets(&queries, config.isolation, config.request_timeout).await.into_iter();
    let mut next = || answers.next().transpose().map(|listed| listed.and_then(|listed| listed.offset));
    let mut all = Vec::new();
    for partition in partitions {
        let (start, end) = config.range_of(partition);
        let earliest = next()?.unwrap_or(0);
        all.push(Found {
            earliest,
            latest: next()?.unwrap_or(earliest),
            start_time: if matches!(start, StartOffset::Timestamp(_)) { next()? } else { None },
            end_time: if matches!(end, EndOffset::Timestamp(_)) { next()? } else { None },
        });
    }
    Ok(all)
}

fn start_of(start: StartOffset, found: &Found) -> i64 {
    match start {
        StartOffset::Beginning => found.earliest,
        StartOffset::End => found.latest,
        StartOffset::FromBeginning(count) => found.earliest.saturating_add(count.max(0)).min(found.latest),
        StartOffset::FromEnd(count) => found.latest.saturating_sub(count.max(0)).max(found.earliest),
        StartOffset::Offset(offset) => offset,
        // No record is that young yet: what comes from now on is.
        StartOffset::Timestamp(_) => found.start_time.unwrap_or(found.latest),
    }
}

fn end_of(end: EndOffset, found: &Found) -> Option<i64> {
    let wanted = match end {
        EndOffset::Never => return None,
        EndOffset::Current => found.latest,
        EndOffset::Offset(offset) => offset,
        EndOffset::Timestamp(_) => found.end_time.unwrap_or(found.latest),
        EndOffset::FromBeginning(count) => found.earliest.saturating_add(count.max(0)),
        EndOffset::FromEnd(count) => found.latest.saturating_sub(count.max(0)),
    };
    Some(wanted.min(found.latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUND: Found = Found { earliest: 10, latest: 50, start_time: None, end_time: None };

    #[test]
    fn starts_stay_within_the_log() {
        assert_eq!(start_of(StartOffset::Beginning, &FOUND), 10);
        assert_eq!(start_of(StartOffset::FromBeginning(5), &FOUND), 15);
        assert_eq!(start_of(StartOffset::FromBeginning(500), &FOUND), 50);
        assert_eq!(start_of(StartOffset::Timestamp(1), &FOUND), 50, "a moment in the future is the end");
    }

    #[test]
    fn an_end_is_never_behind_the_log() {
        assert_eq!(end_of(EndOffset::Offset(1_000_000), &FOUND), Some(50));
        assert_eq!(end_of(EndOffset::Timestamp(1), &FOUND), Some(50));
        assert_eq!(end_of(EndOffset::FromBeginning(5), &FOUND), Some(15));
        assert_eq!(end_of(EndOffset::FromEnd(5), &FOUND), Some(45));
        assert_eq!(end_of(EndOffset::Never, &FOUND), None);
    }
}
