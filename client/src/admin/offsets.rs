//! Committed offsets of groups without members.

use std::collections::BTreeMap;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponse,
};
use fluxmq_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
    OffsetFetchResponse,
};
use serde::Serialize;

use super::coordinator::Coordinated;
use super::{Admin, Outcomes, retry};
use crate::error::ClientError;
use crate::topic_partition::TopicPartition;

/// The last version that names topics by their names.
pub(crate) const NAMES_VERSION_MAX: i16 = 9;
/// From this version on a request without topics asks for all.
const ALL_VERSION: i16 = 2;
/// From this version on one request asks for many groups (KIP-709).
const MANY_GROUPS_VERSION: i16 = 8;

/// What a group has committed of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommittedOffset {
    /// The offset of the next record to be read.
    pub offset: i64,
    /// The leader epoch of the last record that was read, where it is known.
    pub leader_epoch: Option<i32>,
    /// What the committer noted.
    pub metadata: String,
}

/// An offset to be committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetToCommit {
    /// The partition.
    pub partition: TopicPartition,
    /// The offset of the next record to be read.
    pub offset: i64,
    /// The leader epoch of the last record that was read, where it is known.
    pub leader_epoch: Option<i32>,
    /// A note; the broker takes up to 4,096 characters.
    pub metadata: String,
}

impl OffsetToCommit {
    /// Commits `offset` of a partition, without a note.
    pub fn new(partition: impl Into<TopicPartition>, offset: i64) -> Self {
        OffsetToCommit { partition: partition.into(), offset, leader_epoch: None, metadata: String::new() }
    }
}

impl Admin {
    /// What a group has committed; `None` for a partition of which it has committed nothing. Without partitions: all
    /// that the group has committed.
    pub async fn committed_offsets(
        &self,
        group: &str,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<Outcomes<TopicPartition, Option<CommittedOffset>>, ClientError> {
        let topics = partitions.map(by_topic);
        let response = retry!(self, self.committed_offsets_once(group, topics.as_ref()));
        Ok(fetched(group, response))
    }

    /// All that groups have committed, each group's in the order of partitions.
    pub async fn committed_offsets_of_groups(
        &self,
        groups: &[&str],
    ) -> Outcomes<String, BTreeMap<TopicPartition, CommittedOffset>> {
        self.of_coordinators(groups, |coordinated| self.committed_offsets_of(coordinated)).await
    }

    async fn committed_offsets_of(
        &self,
        asked: Coordinated,
    ) -> Result<Outcomes<String, BTreeMap<TopicPartition, CommittedOffset>>, ClientError> {
        let Coordinated { connection, groups, .. } = asked;
        let versions = connection.versions();
        let version = versions.negotiate_within::<OffsetFetchRequest>(ALL_VERSION, NAMES_VERSION_MAX)?;
        let together = if version >= MANY_GROUPS_VERSION { groups.len().max(1) } else { 1 };
        let mut outcomes = Vec::new();
        for groups in groups.chunks(together) {
            let Some((first, others)) = groups.split_first() else { continue };
            let mut request = fetch_request(first, None, version);
            let others = others.iter().flat_map(|group| fetch_request(group, None, version).groups);
            request.groups.extend(others);
            let response = connection.send_version(&request, version, self.timeout).await?;
            outcomes.extend(fetched_of_groups(first, response));
        }
        Ok(outcomes)
    }

    /// Commits offsets of a group that has no members, such as that of a simple consumer.
    pub async fn commit_offsets(
        &self,
        group: &str,
        offsets: &[OffsetToCommit],
    ) -> Result<Outcomes<TopicPartition, ()>, ClientError> {
        let request = OffsetCommitRequest {
            group_id: group.to_owned(),
            topics: commit_topics(offsets),
            ..OffsetCommitRequest::default()
        };
        let response = retry!(self, self.commit_offsets_once(group, &request));
        Ok(commit_outcomes(group, response))
    }

    async fn committed_offsets_once(
        &self,
        group: &str,
        topics: Option<&BTreeMap<String, Vec<i32>>>,
    ) -> Result<OffsetFetchResponse, ClientError> {
        let coordinator = self.coordinator(group).await?;
        let version = coordinator.versions().negotiate_within::<OffsetFetchRequest>(1, NAMES_VERSION_MAX)?;
        if version < ALL_VERSION && topics.is_none() {
            return Err(ClientError::InvalidArgument(format!(
                "the broker cannot list all offsets of group `{group}`; name partitions"
            )));
        }
        let request = fetch_request(group, topics, version);
        let response = coordinator.send_version(&request, version, self.timeout).await?;
        let error_code = response.groups.first().map_or(response.error_code, |group| group.error_code);
        ClientError::check(error_code, || format!("offsets of group `{group}`"))?;
        Ok(response)
    }

    async fn commit_offsets_once(
        &self,
        group: &str,
        request: &OffsetCommitRequest,
    ) -> Result<OffsetCommitResponse, ClientError> {
        let coordinator = self.coordinator(group).await?;
        let version = coordinator.versions().negotiate_within::<OffsetCommitRequest>(2, NAMES_VERSION_MAX)?;
        let response = coordinator.send_version(request, version, self.timeout).await?;
        let answers = response.topics.iter().flat_map(|topic| &topic.partitions);
        // A coordinator that moved or is loading says so for every partition alike.
        let trouble = answers.map(|answer| answer.error_code).find(|code| is_coordinator_trouble(*code));
        if let Some(error_code) = trouble {
            return Err(ClientError::server(error_code, format!("commit of group `{group}`"), None));
        }
        Ok(response)
    }
}

/// Offsets as a request to commit names them.
pub(crate) fn commit_topics(offsets: &[OffsetToCommit]) -> Vec<OffsetCommitRequestTopic> {
    let mut topics: BTreeMap<&str, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
    for offset in offsets {
        topics.entry(&offset.partition.topic).or_default().push(OffsetCommitRequestPartition {
            partition_index: offset.partition.partition,
            committed_offset: offset.offset,
            committed_leader_epoch: offset.leader_epoch.unwrap_or(-1),
            committed_metadata: Some(offset.metadata.clone()),
            ..OffsetCommitRequestPartition::default()
        });
    }
    let topic = |(name, partitions): (&str, _)| OffsetCommitRequestTopic {
        name: name.to_owned(),
        partitions,
        ..OffsetCommitRequestTopic::default()
    };
    topics.into_iter().map(topic).collect()
}

/// What became of each partition of a commit.
pub(crate) fn commit_outcomes(group: &str, response: OffsetCommitResponse) -> Outcomes<TopicPartition, ()> {
    let outcomes = response.topics.into_iter().flat_map(|topic| {
        let name = topic.name;
        topic.partitions.into_iter().map(move |answer| {
            let partition = TopicPartition::new(name.clone(), answer.partition_index);
            let context = || format!("commit of group `{group}` for `{partition}`");
            let outcome = ClientError::check(answer.error_code, context);
            (partition, outcome)
        })
    });
    outcomes.collect()
}

/// Whether another coordinator, or the same a moment later, may do better.
pub(super) fn is_coordinator_trouble(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NOT_COORDINATOR
            | ErrorCode::COORDINATOR_NOT_AVAILABLE
            | ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
    )
}

/// The numbers of partitions by topic.
pub(crate) fn by_topic(partitions: &[TopicPartition]) -> BTreeMap<String, Vec<i32>> {
    let mut topics: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(partition.topic.clone()).or_default().push(partition.partition);
    }
    topics
}

pub(crate) fn fetch_request(
    group: &str,
    topics: Option<&BTreeMap<String, Vec<i32>>>,
    version: i16,
) -> OffsetFetchRequest {
    if version >= MANY_GROUPS_VERSION {
        let topic = |(name, partitions): (&String, &Vec<i32>)| OffsetFetchRequestTopics {
            name: name.clone(),
            partition_indexes: partitions.clone(),
            ..OffsetFetchRequestTopics::default()
        };
        let group = OffsetFetchRequestGroup {
            group_id: group.to_owned(),
            topics: topics.map(|topics| topics.iter().map(topic).collect()),
            ..OffsetFetchRequestGroup::default()
        };
        return OffsetFetchRequest { groups: vec![group], ..OffsetFetchRequest::default() };
    }
    let topic = |(name, partitions): (&String, &Vec<i32>)| OffsetFetchRequestTopic {
        name: name.clone(),
        partition_indexes: partitions.clone(),
    };
    OffsetFetchRequest {
        group_id: group.to_owned(),
        topics: topics.map(|topics| topics.iter().map(topic).collect()),
        ..OffsetFetchRequest::default()
    }
}

/// Each group's answer by itself: one that is refused does not hide the others. `first` is the only group that was asked
/// for before [`MANY_GROUPS_VERSION`].
fn fetched_of_groups(
    first: &str,
    response: OffsetFetchResponse,
) -> Outcomes<String, BTreeMap<TopicPartition, CommittedOffset>> {
    let outcome = |group: &str, error_code: ErrorCode, answer: OffsetFetchResponse| {
        ClientError::check(error_code, || format!("offsets of group `{group}`"))?;
        let mut committed = BTreeMap::new();
        for (partition, offset) in fetched(group, answer) {
            committed.extend(offset?.map(|offset| (partition, offset)));
        }
        Ok(committed)
    };
    if response.groups.is_empty() {
        return vec![(first.to_owned(), outcome(first, response.error_code, response))];
    }
    let answers = response.groups.into_iter().map(|answer| {
        let (group, error_code) = (answer.group_id.clone(), answer.error_code);
        let alone = OffsetFetchResponse { groups: vec![answer], ..OffsetFetchResponse::default() };
        let outcome = outcome(&group, error_code, alone);
        (group, outcome)
    });
    answers.collect()
}

/// What a group has committed, out of an answer of any version.
pub(crate) fn fetched(
    group: &str,
    response: OffsetFetchResponse,
) -> Outcomes<TopicPartition, Option<CommittedOffset>> {
    let mut outcomes = Vec::new();
    let mut take =
        |topic: &str, partition, error_code, offset: i64, leader_epoch: i32, metadata: Option<String>| {
            let partition = TopicPartition::new(topic, partition);
            let checked =
                ClientError::check(error_code, || format!("offset of group `{group}` for `{partition}`"));
            let committed = (offset >= 0).then(|| CommittedOffset {
                offset,
                leader_epoch: (leader_epoch >= 0).then_some(leader_epoch),
                metadata: metadata.unwrap_or_default(),
            });
            outcomes.push((partition, checked.map(|()| committed)));
        };
    for topic in response.topics {
        for answer in topic.partitions {
            let (index, code, offset) = (answer.partition_index, answer.error_code, answer.committed_offset);
            take(&topic.name, index, code, offset, answer.committed_leader_epoch, answer.metadata);
        }
    }
    for topic in response.groups.into_iter().flat_map(|group| group.topics) {
        for answer in topic.partitions {
            let (index, code, offset) = (answer.partition_index, answer.error_code, answer.committed_offset);
            take(&topic.name, index, code, offset, answer.committed_leader_epoch, answer.metadata);
        }
    }
    outcomes
}
