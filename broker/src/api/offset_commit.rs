//! OffsetCommit 0-10: stores a group's positions. Consumers without group membership are served: generation -1, no member id.
//!
//! - 1: generation and member. 2-4: retention time. 3: throttle time. 6: leader epoch (KIP-320). 7: group instance id (KIP-345).
//!   8: flexible. 9: member epochs, GROUP_ID_NOT_FOUND for unknown groups (KIP-848). 10: topic ids.
//! - A commit is durable before its answer.
//! - A commit without a generation is taken where the group has no members. One with a generation to a group that does not exist
//!   is ILLEGAL_GENERATION, from version 9 on GROUP_ID_NOT_FOUND.
//! - Metadata beyond `offset.metadata.max.bytes` is OFFSET_METADATA_TOO_LARGE; Kafka counts UTF-16 units, and so does this.

use std::collections::BTreeMap;
use std::sync::Arc;

use fluxmq_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponse,
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use fluxmq_protocol::{ErrorCode, Uuid};

use super::context::Call;
use super::groups;
use crate::consumer::offsets::{CommittedOffset, OffsetCommit};
use crate::consumer::{Committer, ConsumerGroupCoordinator};
use crate::partition::HostedTopic;

pub(super) async fn handle(call: &Call<'_>, request: &OffsetCommitRequest) -> OffsetCommitResponse {
    let coordinator = groups::coordinator(call);
    let hosted = find_topics(call, request);
    let mut topics: Vec<OffsetCommitResponseTopic> = request
        .topics
        .iter()
        .zip(&hosted)
        .map(|(topic, hosted)| OffsetCommitResponseTopic {
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            partitions: existing(topic, hosted),
        })
        .collect();
    let exists =
        |topic: &OffsetCommitResponseTopic| topic.partitions.iter().any(|part| part.error_code.is_ok());
    if topics.iter().any(exists) {
        let stored = match coordinator {
            Ok(coordinator) => store(call, coordinator, request, &hosted, &mut topics).await,
            Err(error_code) => Err(error_code),
        };
        if let Err(error_code) = stored {
            for partition in topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
                // Also one whose metadata is too large: the group is judged first.
                if !is_unknown(partition.error_code) {
                    partition.error_code = error_code;
                }
            }
        }
    }
    // Where nothing was asked, nothing is answered.
    topics.retain(|topic| !topic.partitions.is_empty());
    OffsetCommitResponse { topics, ..Default::default() }
}

/// The topics of a request, in its order.
fn find_topics(call: &Call<'_>, request: &OffsetCommitRequest) -> Vec<Result<Arc<HostedTopic>, ErrorCode>> {
    let by_id = call.version >= 10;
    let find = |topic: &OffsetCommitRequestTopic| {
        call.broker.find_topic(topic.name.as_bytes(), topic.topic_id, by_id)
    };
    request.topics.iter().map(find).collect()
}

/// An answer for each partition of a topic: no error for those that exist.
fn existing(
    topic: &OffsetCommitRequestTopic,
    hosted: &Result<Arc<HostedTopic>, ErrorCode>,
) -> Vec<OffsetCommitResponsePartition> {
    let partitions = topic.partitions.iter().map(|part| {
        let error_code = match hosted {
            Err(error_code) => *error_code,
            Ok(hosted) if hosted.partition(part.partition_index).is_some() => ErrorCode::NONE,
            Ok(_) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        };
        OffsetCommitResponsePartition { partition_index: part.partition_index, error_code }
    });
    partitions.collect()
}

fn is_unknown(error_code: ErrorCode) -> bool {
    matches!(error_code, ErrorCode::UNKNOWN_TOPIC_ID | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
}

/// Stores the offsets of all partitions that have no error, but for those whose metadata is too large.
async fn store(
    call: &Call<'_>,
    coordinator: &ConsumerGroupCoordinator,
    request: &OffsetCommitRequest,
    hosted: &[Result<Arc<HostedTopic>, ErrorCode>],
    answers: &mut [OffsetCommitResponseTopic],
) -> Result<(), ErrorCode> {
    let mut commits = BTreeMap::new();
    for ((topic, hosted), answers) in request.topics.iter().zip(hosted).zip(answers) {
        let Ok(hosted) = hosted else { continue };
        for (part, answer) in topic.partitions.iter().zip(&mut answers.partitions) {
            if !answer.error_code.is_ok() {
                continue;
            }
            let offset = offset(call, coordinator, request.retention_time_ms, hosted.id, part);
            if coordinator.is_too_long(&offset.metadata) {
                answer.error_code = ErrorCode::OFFSET_METADATA_TOO_LARGE;
                continue;
            }
            // The last of several counts: however often a request names a partition, one record is written for it.
            commits.insert((&*hosted.name, part.partition_index), offset);
        }
    }
    let commits = commits.into_iter().map(|((topic, partition), offset)| OffsetCommit {
        topic: topic.to_owned(),
        partition,
        offset,
    });
    let committer = Committer {
        member_id: &request.member_id,
        instance_id: request.group_instance_id.as_deref(),
        epoch: request.generation_id_or_member_epoch,
        version: call.version,
    };
    let stored = coordinator.commit(&request.group_id, committer, commits.collect()).await;
    stored.inspect_err(|error_code| {
        tracing::debug!(group = request.group_id, %error_code, "offsets are not stored");
    })
}

fn offset(
    call: &Call<'_>,
    coordinator: &ConsumerGroupCoordinator,
    retention_time_ms: i64,
    topic_id: Uuid,
    part: &OffsetCommitRequestPartition,
) -> CommittedOffset {
    let now_ms = coordinator.wall_ms();
    CommittedOffset {
        offset: part.committed_offset,
        leader_epoch: part.committed_leader_epoch,
        metadata: part.committed_metadata.clone().unwrap_or_default(),
        commit_timestamp_ms: if call.version == 1 && part.commit_timestamp >= 0 {
            part.commit_timestamp
        } else {
            now_ms
        },
        expire_timestamp_ms: (retention_time_ms >= 0).then(|| now_ms.saturating_add(retention_time_ms)),
        topic_id,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    fn request(generation: i32, member_id: &str, topic: &str, partition_index: i32) -> OffsetCommitRequest {
        let part =
            OffsetCommitRequestPartition { partition_index, committed_offset: 5, ..Default::default() };
        OffsetCommitRequest {
            group_id: "g".to_owned(),
            generation_id_or_member_epoch: generation,
            member_id: member_id.to_owned(),
            topics: vec![OffsetCommitRequestTopic {
                name: topic.to_owned(),
                partitions: vec![part],
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    async fn commit(bench: &Bench, version: i16, request: &OffsetCommitRequest) -> ErrorCode {
        handle(&bench.call(version), request).await.topics[0].partitions[0].error_code
    }

    #[tokio::test]
    async fn a_generation_belongs_to_a_member_that_is_not_here() {
        let bench = Bench::new().await;
        bench.topic("orders", 1, &[]).await;
        let with_generation = request(3, "m", "orders", 0);
        assert_eq!(commit(&bench, 8, &with_generation).await, ErrorCode::ILLEGAL_GENERATION);
        assert_eq!(commit(&bench, 9, &with_generation).await, ErrorCode::GROUP_ID_NOT_FOUND);
        assert_eq!(bench.committed("g", "orders", 0).await, None);
        assert_eq!(commit(&bench, 8, &request(-1, "m", "orders", 0)).await, ErrorCode::NONE);
        assert_eq!(commit(&bench, 9, &with_generation).await, ErrorCode::UNKNOWN_MEMBER_ID);
        assert_eq!(bench.committed("g", "orders", 0).await, Some(5));
    }

    #[tokio::test]
    async fn only_partitions_that_exist() {
        let bench = Bench::new().await;
        let id = bench.topic("orders", 2, &[]).await;
        assert_eq!(commit(&bench, 8, &request(-1, "", "orders", 1)).await, ErrorCode::NONE);
        assert_eq!(
            commit(&bench, 8, &request(-1, "", "orders", 2)).await,
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        );
        assert_eq!(
            commit(&bench, 8, &request(-1, "", "missing", 0)).await,
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        );
        let mut by_id = request(-1, "", "", 0);
        assert_eq!(commit(&bench, 10, &by_id).await, ErrorCode::UNKNOWN_TOPIC_ID);
        by_id.topics[0].topic_id = id;
        assert_eq!(commit(&bench, 10, &by_id).await, ErrorCode::NONE);
    }

    #[tokio::test]
    async fn metadata_is_counted_as_java_counts() {
        let bench = Bench::new().await;
        bench.topic("orders", 1, &[]).await;
        for (metadata, expected) in [
            ("x".repeat(4096), ErrorCode::NONE),
            ("x".repeat(4097), ErrorCode::OFFSET_METADATA_TOO_LARGE),
            ("\u{e9}".repeat(4096), ErrorCode::NONE),
            ("\u{1f600}".repeat(2049), ErrorCode::OFFSET_METADATA_TOO_LARGE),
        ] {
            let mut request = request(-1, "", "orders", 0);
            request.topics[0].partitions[0].committed_metadata = Some(metadata);
            assert_eq!(commit(&bench, 8, &request).await, expected);
        }
    }

    #[tokio::test]
    async fn without_groups_there_is_no_coordinator() {
        let bench = Bench::with(&[("enable_consumer_groups", "false")]).await;
        bench.topic("orders", 1, &[]).await;
        let code = commit(&bench, 8, &request(-1, "", "orders", 0)).await;
        assert_eq!(code, ErrorCode::COORDINATOR_NOT_AVAILABLE);
    }
}
