//! Where logs begin and end, and what a group has committed of them.

use std::collections::{BTreeMap, BTreeSet};

use fluxmq_client::admin::CommittedOffset;
use fluxmq_client::{Admin, ErrorCode, IsolationLevel, OffsetSpec, TopicPartition};

use crate::error::CommandError;
use crate::grammar::PartitionBounds;

/// What a group has committed, by partition.
pub(crate) type Committed = BTreeMap<TopicPartition, CommittedOffset>;

/// A partition as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) bounds: PartitionBounds,
    pub(crate) leader: i32,
}

/// All that a group has committed.
pub(crate) async fn committed(admin: &Admin, group: &str) -> Result<Committed, CommandError> {
    let answer = admin.committed_offsets_of_groups(&[group]).await.into_iter().next();
    Ok(answer.map_or_else(|| Ok(Committed::new()), |(_, committed)| committed)?)
}

/// The partitions of topics. A topic that does not exist has none, and is no failure: groups outlive topics.
pub(crate) async fn partitions_of<'a>(
    admin: &Admin,
    topics: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<TopicPartition>, CommandError> {
    let topics: BTreeSet<&str> = topics.into_iter().collect();
    if topics.is_empty() {
        return Ok(Vec::new());
    }
    let topics: Vec<&str> = topics.into_iter().collect();
    let mut partitions = Vec::new();
    for topic in admin.client().metadata_topics(&topics).await? {
        if topic.error_code == ErrorCode::TOPIC_AUTHORIZATION_FAILED {
            fluxmq_client::ClientError::check(topic.error_code, || format!("topic `{}`", topic.name))?;
        }
        let numbers = topic.partitions.iter().map(|partition| partition.partition);
        partitions.extend(numbers.map(|number| TopicPartition::new(&*topic.name, number)));
    }
    partitions.sort();
    Ok(partitions)
}

/// Begin and end of those of the partitions that exist and have a leader.
pub(crate) async fn logs<'a>(
    admin: &Admin,
    partitions: impl IntoIterator<Item = &'a TopicPartition>,
) -> Result<BTreeMap<TopicPartition, Log>, CommandError> {
    let wanted: BTreeSet<&TopicPartition> = partitions.into_iter().collect();
    let topics: BTreeSet<&str> = wanted.iter().map(|partition| partition.topic.as_str()).collect();
    if topics.is_empty() {
        return Ok(BTreeMap::new());
    }
    // Asked beforehand, because the search for the leader of a partition that does not exist would be a long one.
    let mut leaders: Vec<(TopicPartition, i32)> = Vec::new();
    let topics: Vec<&str> = topics.into_iter().collect();
    for topic in admin.client().metadata_topics(&topics).await? {
        for partition in &topic.partitions {
            let name = TopicPartition::new(&*topic.name, partition.partition);
            if let (Some(leader), true) = (partition.leader, wanted.contains(&name)) {
                leaders.push((name, leader));
            }
        }
    }
    let queries: Vec<(TopicPartition, OffsetSpec)> = leaders
        .iter()
        .flat_map(|(name, _)| [(name.clone(), OffsetSpec::Earliest), (name.clone(), OffsetSpec::Latest)])
        .collect();
    let answers = admin.list_offsets(&queries, IsolationLevel::ReadUncommitted).await;
    let offset = |index: usize| answers.get(index)?.1.as_ref().ok()?.offset;
    let logs = leaders.into_iter().enumerate().filter_map(|(at, (name, leader))| {
        let (log_start_offset, end_offset) = (offset(2 * at)?, offset(2 * at + 1)?);
        Some((name, Log { bounds: PartitionBounds { log_start_offset, end_offset }, leader }))
    });
    Ok(logs.collect())
}

/// How far what is committed lies behind the end, as Kafka counts it: gaps and what retention took count as well.
pub(crate) fn lag(committed: i64, bounds: PartitionBounds) -> i64 {
    (bounds.end_offset - committed).max(0)
}
