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
use crate::consumer::offsets::{CommittedOffset, OffsetCommit};

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
