//! OffsetCommit 0-10: stores a group's positions. Consumers without group membership are served: generation -1, no member id.
//!
//! - 1: generation and member. 2-4: retention time. 3: throttle time. 6: leader epoch (KIP-320). 7: group instance id (KIP-345).
//!   8: flexible. 9: member epochs, GROUP_ID_NOT_FOUND for unknown groups (KIP-848). 10: topic ids.
//! - A commit is durable before its answer.
//! - A commit with a generation comes from a member that does not exist here: UNKNOWN_MEMBER_ID where the group has committed
//!   before, else ILLEGAL_GENERATION, from version 9 on GROUP_ID_NOT_FOUND. Without a generation the member id does not matter.
//! - Metadata beyond `offset.metadata.max.bytes` is OFFSET_METADATA_TOO_LARGE; Kafka counts UTF-16 units, and so does this.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponse,
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};

use super::context::Call;
use crate::consumer::committed::{CommittedOffset, OffsetCommit};

pub(super) async fn handle(call: &Call<'_>, request: &OffsetCommitRequest) -> OffsetCommitResponse {
    let refusal = refusal(call, request);
    let mut commits = Vec::new();
    let mut topics: Vec<OffsetCommitResponseTopic> = request
        .topics
        .iter()
        .map(|topic| OffsetCommitResponseTopic {
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            partitions: judge(call, topic, refusal, &mut commits),
        })
        .collect();
    if !commits.is_empty()
        && let Err(error) = call.broker.committed_offsets.commit(&request.group_id, commits).await
    {
        tracing::error!(group = request.group_id, %error, "offsets could not be stored");
        for partition in topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            if partition.error_code.is_ok() {
                partition.error_code = ErrorCode::COORDINATOR_NOT_AVAILABLE;
            }
        }
    }
    OffsetCommitResponse { topics, ..Default::default() }
}

/// What refuses the whole request.
fn refusal(call: &Call<'_>, request: &OffsetCommitRequest) -> Option<ErrorCode> {
    if !call.broker.settings.enable_consumer_groups {
        return Some(ErrorCode::COORDINATOR_NOT_AVAILABLE);
    }
    if request.generation_id_or_member_epoch < 0 {
        return None;
    }
    if call.broker.committed_offsets.knows(&request.group_id) {
        return Some(ErrorCode::UNKNOWN_MEMBER_ID);
    }
    Some(if call.version >= 9 { ErrorCode::GROUP_ID_NOT_FOUND } else { ErrorCode::ILLEGAL_GENERATION })
}

/// Judges each partition of a topic, adding what may be committed to `commits`.
fn judge(
    call: &Call<'_>,
    topic: &OffsetCommitRequestTopic,
    refusal: Option<ErrorCode>,
    commits: &mut Vec<OffsetCommit>,
) -> Vec<OffsetCommitResponsePartition> {
    let hosted = if call.version >= 10 {
        call.broker.partitions.topic_by_id(topic.topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)
    } else {
        call.broker.partitions.topic(&topic.name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
    };
    let answer = |part: &OffsetCommitRequestPartition| {
        refusal.map_or(Ok(()), Err)?;
        let hosted = hosted.as_ref().map_err(|error_code| *error_code)?;
        hosted.partition(part.partition_index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        let metadata = part.committed_metadata.clone().unwrap_or_default();
        if metadata.encode_utf16().count() > call.broker.settings.offset_metadata_max {
            return Err(ErrorCode::OFFSET_METADATA_TOO_LARGE);
        }
        let offset = CommittedOffset {
            offset: part.committed_offset,
            leader_epoch: part.committed_leader_epoch,
            metadata,
            commit_timestamp_ms: call.broker.clock.now_ms(),
        };
        Ok(OffsetCommit { topic: hosted.name.to_string(), partition: part.partition_index, offset })
    };
    topic
        .partitions
        .iter()
        .map(|part| {
            let error_code = match answer(part) {
                Ok(commit) => {
                    commits.push(commit);
                    ErrorCode::NONE
                }
                Err(error_code) => error_code,
            };
            OffsetCommitResponsePartition { partition_index: part.partition_index, error_code }
        })
        .collect()
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
        assert_eq!(bench.broker.committed_offsets.offset("g", "orders", 0), None);
        assert_eq!(commit(&bench, 8, &request(-1, "m", "orders", 0)).await, ErrorCode::NONE);
        assert_eq!(commit(&bench, 9, &with_generation).await, ErrorCode::UNKNOWN_MEMBER_ID);
        assert_eq!(
            bench.broker.committed_offsets.offset("g", "orders", 0).map(|found| found.offset),
            Some(5)
        );
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
