//! Offsets in the name of a member: what the group has committed, and commits.

use std::sync::Arc;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::offset_commit::{OffsetCommitRequest, OffsetCommitResponse};
use fluxmq_protocol::messages::offset_fetch::{OffsetFetchRequest, OffsetFetchResponse};

use super::config::GroupProtocol;
use super::shared::{GroupMetadata, Shared};
use crate::admin::offsets::{
    NAMES_VERSION_MAX, by_topic, commit_outcomes, commit_topics, fetch_request, fetched,
};
use crate::admin::{CommittedOffset, OffsetToCommit, Outcomes};
use crate::error::ClientError;
use crate::retry::Deadline;
use crate::topic_partition::TopicPartition;

/// The first version that names a static member (KIP-345).
const STATIC_VERSION: i16 = 7;
/// The first version for members of the newer protocol (KIP-848).
const NEXT_GEN_VERSION: i16 = 9;
/// The first version that knows of unfinished transactions (KIP-447).
const STABLE_VERSION: i16 = 7;

/// What the group has committed of each partition.
pub(super) async fn committed(
    shared: &Arc<Shared>,
    partitions: &[TopicPartition],
) -> Result<Outcomes<TopicPartition, Option<CommittedOffset>>, ClientError> {
    let topics = by_topic(partitions);
    let group = &shared.config.group;
    let require_stable = shared.config.requires_stable();
    let deadline = Deadline::after(shared.config.timeout);
    let mut backoff = shared.client.backoff();
    loop {
        let versions = (if require_stable { STABLE_VERSION } else { 1 }, NAMES_VERSION_MAX);
        let request =
            |version| OffsetFetchRequest { require_stable, ..fetch_request(group, Some(&topics), version) };
        let timeout = shared.request_timeout().min(deadline.left());
        let answer = shared.coordinator.ask(versions, request, timeout, fetch_code).await;
        let error = match answer {
            Ok(response) => return Ok(fetched(group, response)),
            Err(error) => error,
        };
        if !error.is_retriable() || !deadline.sleep(backoff.next()).await {
            return Err(error);
        }
    }
}

/// The code of the whole, or one that says for some partition that waiting helps.
fn fetch_code(response: &OffsetFetchResponse) -> ErrorCode {
    let groups = response.groups.iter();
    let whole = groups.clone().map(|group| group.error_code).chain([response.error_code]);
    let single = groups.flat_map(|group| &group.topics).flat_map(|topic| &topic.partitions);
    let single = single.map(|partition| partition.error_code);
    let old =
        response.topics.iter().flat_map(|topic| &topic.partitions).map(|partition| partition.error_code);
    let unstable = |code: &ErrorCode| *code == ErrorCode::UNSTABLE_OFFSET_COMMIT;
    let mut all = whole.filter(|code| !code.is_ok()).chain(single.chain(old).filter(unstable));
    all.next().unwrap_or_default()
}

/// Commits offsets in the name of the member that `metadata` describes. What a later commit than this one, by `number`,
/// has an offset of is not tried again: it would go back.
pub(super) async fn commit(
    shared: &Arc<Shared>,
    mut metadata: GroupMetadata,
    number: u64,
    mut offsets: Vec<OffsetToCommit>,
) -> Result<(), ClientError> {
    let is_next_gen = shared.config.protocol == GroupProtocol::Consumer;
    let version_min = match (is_next_gen, metadata.group_instance_id.is_some()) {
        (true, _) => NEXT_GEN_VERSION,
        (false, true) => STATIC_VERSION,
        (false, false) => 2,
    };
    let losses = shared.losses();
    let deadline = Deadline::after(shared.config.timeout);
    let mut backoff = shared.client.backoff();
    loop {
        let versions = (version_min, NAMES_VERSION_MAX);
        let request = |_| OffsetCommitRequest {
            group_id: metadata.group.clone(),
            generation_id_or_member_epoch: metadata.generation,
            member_id: metadata.member_id.clone(),
            group_instance_id: metadata.group_instance_id.clone(),
            topics: commit_topics(&offsets),
            ..OffsetCommitRequest::default()
        };
        let timeout = shared.request_timeout().min(deadline.left());
        let answer = shared.coordinator.ask(versions, request, timeout, commit_code).await;
        let error = match answer {
            Ok(response) => return first_failure(commit_outcomes(&metadata.group, response)),
            Err(error) => error,
        };
        // The epoch has moved on while the same membership lasts.
        let is_stale = error.error_code() == Some(ErrorCode::STALE_MEMBER_EPOCH) && shared.losses() == losses;
        if is_stale {
            metadata.generation = shared.metadata().generation;
        }
        if !(error.is_retriable() || is_stale) || !deadline.sleep(backoff.next()).await {
            return Err(error);
        }
        offsets.retain(|offset| shared.is_newest_commit(number, &offset.partition));
        if offsets.is_empty() {
            return Err(error);
        }
    }
}

/// The code that is about the group rather than a partition; the coordinator gives it to every partition alike.
fn commit_code(response: &OffsetCommitResponse) -> ErrorCode {
    let answers = response.topics.iter().flat_map(|topic| &topic.partitions);
    let mut codes = answers.map(|answer| answer.error_code);
    codes.find(|code| is_of_group(*code)).unwrap_or_default()
}

fn is_of_group(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NOT_COORDINATOR
            | ErrorCode::COORDINATOR_NOT_AVAILABLE
            | ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
            | ErrorCode::REBALANCE_IN_PROGRESS
            | ErrorCode::ILLEGAL_GENERATION
            | ErrorCode::UNKNOWN_MEMBER_ID
            | ErrorCode::FENCED_INSTANCE_ID
            | ErrorCode::STALE_MEMBER_EPOCH
            | ErrorCode::GROUP_AUTHORIZATION_FAILED
            | ErrorCode::INVALID_GROUP_ID
    )
}

fn first_failure(outcomes: Outcomes<TopicPartition, ()>) -> Result<(), ClientError> {
    outcomes.into_iter().map(|(_, outcome)| outcome).find(Result::is_err).unwrap_or(Ok(()))
}
