//! One attempt to join a classic group: JoinGroup, the assignment where this member leads, SyncGroup.

use std::collections::BTreeSet;
use std::sync::Arc;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::consumer_protocol::{self, Assignment, PROTOCOL_TYPE, Subscription};
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use fluxmq_protocol::messages::sync_group::{
    SyncGroupRequest, SyncGroupRequestAssignment, SyncGroupResponse,
};

use super::super::assignor::GroupMember;
use super::coordinator::ANY_VERSION;
use super::shared::Shared;
use super::topics::{self, Snapshot};
use crate::error::ClientError;
use crate::sync::lock;
use crate::topic_partition::TopicPartition;

/// The first versions that name a static member (KIP-345).
const JOIN_STATIC_VERSION: i16 = 5;
const SYNC_STATIC_VERSION: i16 = 3;

/// What a member knows when it is one.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) assigned: BTreeSet<TopicPartition>,
    pub(super) snapshot: Snapshot,
}

/// Joins with the member id that there is, or gets one. What the coordinator says of the member is taken over at once,
/// so that it is not lost when a later step fails.
pub(super) async fn join(shared: Arc<Shared>, owned: Vec<TopicPartition>) -> Result<Joined, ClientError> {
    let subscribed = topics::subscribed(&shared).await?;
    let protocols = protocols(&shared, &subscribed, &owned)?;
    let mut answer = join_group(&shared, &protocols).await?;
    if answer.error_code == ErrorCode::MEMBER_ID_REQUIRED {
        shared.set_member(&*answer.member_id, -1);
        answer = join_group(&shared, &protocols).await?;
        ClientError::check(answer.error_code, || format!("joining group `{}`", shared.config.group))?;
    }
    shared.set_member(&*answer.member_id, answer.generation_id);
    let strategy = answer.protocol_name.clone().unwrap_or_default();
    let mut snapshot = Snapshot { watched: subscribed.clone(), counts: None, subscribed };
    let assignments = if answer.leader == answer.member_id {
        lead(&shared, &answer, &strategy, &mut snapshot).await?
    } else {
        Vec::new()
    };
    let synced = sync_group(&shared, &strategy, assignments).await?;
    let assigned = read(&shared, &synced)?;
    let partitions: Vec<_> = assigned.iter().cloned().collect();
    for assignor in lock(&shared.assignors).iter_mut().filter(|assignor| assignor.name() == strategy) {
        assignor.on_assignment(&partitions, answer.generation_id);
    }
    Ok(Joined { assigned, snapshot })
}

fn protocols(
    shared: &Shared,
    subscribed: &BTreeSet<String>,
    owned: &[TopicPartition],
) -> Result<Vec<JoinGroupRequestProtocol>, ClientError> {
    let generation = shared.metadata().generation;
    let rack = shared.config.consumer.rack.as_deref();
    let assignors = lock(&shared.assignors);
    let mut protocols = Vec::with_capacity(assignors.len());
    for assignor in assignors.iter() {
        let subscription = assignor.subscription(subscribed, owned, generation, rack);
        let metadata = subscription.encode(consumer_protocol::VERSION_MAX);
        let metadata = metadata.map_err(|error| ClientError::codec("the subscription of a member", error))?;
        protocols.push(JoinGroupRequestProtocol { name: assignor.name().to_owned(), metadata });
    }
    Ok(protocols)
}

async fn join_group(
    shared: &Shared,
    protocols: &[JoinGroupRequestProtocol],
) -> Result<JoinGroupResponse, ClientError> {
    let metadata = shared.metadata();
    let config = &shared.config;
    let is_static = metadata.group_instance_id.is_some();
    let versions = if is_static { (JOIN_STATIC_VERSION, i16::MAX) } else { ANY_VERSION };
    let millis = |duration: std::time::Duration| i32::try_from(duration.as_millis()).unwrap_or(i32::MAX);
    let request = |_| JoinGroupRequest {
        group_id: metadata.group,
        session_timeout_ms: millis(config.session_timeout),
        rebalance_timeout_ms: millis(config.max_poll_interval),
        member_id: metadata.member_id,
        group_instance_id: metadata.group_instance_id,
        protocol_type: PROTOCOL_TYPE.to_owned(),
        protocols: protocols.to_vec(),
        reason: None,
    };
    // The answer that a member id is required comes with the id.
    let error_code = |response: &JoinGroupResponse| match response.error_code {
        ErrorCode::MEMBER_ID_REQUIRED => ErrorCode::NONE,
        error_code => error_code,
    };
    shared.coordinator.ask(versions, request, shared.rebalance_timeout(), error_code).await
}

/// Works out who reads what.
async fn lead(
    shared: &Arc<Shared>,
    answer: &JoinGroupResponse,
    strategy: &str,
    snapshot: &mut Snapshot,
) -> Result<Vec<SyncGroupRequestAssignment>, ClientError> {
    let mut members = Vec::with_capacity(answer.members.len());
    for member in &answer.members {
        let subscription = Subscription::decode(&member.metadata).map_err(|error| {
            ClientError::codec(format!("the subscription of `{}`", member.member_id), error)
        })?;
        snapshot.watched.extend(subscription.topics.iter().cloned());
        let (id, instance_id) = (member.member_id.clone(), member.group_instance_id.clone());
        members.push(GroupMember { id, instance_id, subscription });
    }
    let layouts = topics::layouts(shared, &snapshot.watched).await?;
    snapshot.counts = Some(topics::counts(&layouts));
    // A static leader that came back finds everything assigned (KIP-814).
    if answer.skip_assignment {
        return Ok(Vec::new());
    }
    let assignors = lock(&shared.assignors);
    let assignor = assignors.iter().find(|assignor| assignor.name() == strategy).ok_or_else(|| {
        let group = &shared.config.group;
        ClientError::InvalidConfig(format!(
            "group `{group}` assigns by `{strategy}`, which this member did not offer"
        ))
    })?;
    let assigned = assignor.assign(&members, &layouts);
    let assignment = |(member_id, partitions): (String, Vec<TopicPartition>)| {
        let named = partitions.iter().map(|partition| (partition.topic.as_str(), partition.partition));
        let assignment =
            Assignment { assigned_partitions: consumer_protocol::by_topic(named), user_data: None };
        let assignment = assignment.encode(consumer_protocol::VERSION_MAX);
        let assignment =
            assignment.map_err(|error| ClientError::codec("the assignment of a member", error))?;
        Ok(SyncGroupRequestAssignment { member_id, assignment })
    };
    assigned.into_iter().map(assignment).collect()
}

async fn sync_group(
    shared: &Shared,
    strategy: &str,
    assignments: Vec<SyncGroupRequestAssignment>,
) -> Result<SyncGroupResponse, ClientError> {
    let metadata = shared.metadata();
    let is_static = metadata.group_instance_id.is_some();
    let versions = if is_static { (SYNC_STATIC_VERSION, i16::MAX) } else { ANY_VERSION };
    let request = |_| SyncGroupRequest {
        group_id: metadata.group,
        generation_id: metadata.generation,
        member_id: metadata.member_id,
        group_instance_id: metadata.group_instance_id,
        protocol_type: Some(PROTOCOL_TYPE.to_owned()),
        protocol_name: Some(strategy.to_owned()),
        assignments,
    };
    shared
        .coordinator
        .ask(versions, request, shared.rebalance_timeout(), |response| response.error_code)
        .await
}

fn read(shared: &Shared, synced: &SyncGroupResponse) -> Result<BTreeSet<TopicPartition>, ClientError> {
    let what = || format!("the assignment in group `{}`", shared.config.group);
    let assignment =
        Assignment::decode(&synced.assignment).map_err(|error| ClientError::codec(what(), error))?;
    let of_topic = |topic: consumer_protocol::TopicPartitions| {
        let name = topic.topic;
        topic.partitions.into_iter().map(move |partition| TopicPartition::new(name.clone(), partition))
    };
    Ok(assignment.assigned_partitions.into_iter().flat_map(of_topic).collect())
}
