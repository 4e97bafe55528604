//! What a member says about itself, and what it is told.

use std::sync::Arc;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::consumer_group_heartbeat::{
    Assignment, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, TopicPartitions,
    TopicPartitionsResponse,
};
use uuid::Uuid;

use super::member::{Holdings, JOIN, LEAVE, LEAVE_FOR_A_WHILE, Member, all_held, sorted};
use super::step::Step;
use super::{ConsumerGroup, Duty, GroupError};
use crate::consumer::config::ConsumerGroupConfig;
use crate::consumer::turn::{Client, Turn};

/// From this version on members name themselves (KIP-1082).
const NAMED_BY_MEMBER: i16 = 1;

impl ConsumerGroup {
    /// Joins a member, lets it tell that it is there, or lets it leave. The request has been through [`check`].
    pub(crate) fn heartbeat(
        &mut self,
        turn: &mut Turn<'_>,
        client: Client<'_>,
        request: &ConsumerGroupHeartbeatRequest,
    ) -> Result<ConsumerGroupHeartbeatResponse, GroupError> {
        if request.member_epoch != JOIN && self.is_unused() {
            let message =
                format!("there is no consumer group `{}`; join it with the member epoch 0", self.id);
            return Err(GroupError::new(ErrorCode::GROUP_ID_NOT_FOUND, message));
        }
        if matches!(request.member_epoch, LEAVE | LEAVE_FOR_A_WHILE) {
            return self.leave(turn, request);
        }
        self.refuse_if_full(turn.config, &request.member_id)?;
        let mut step = self.begin(request)?;
        let before = step.after.clone();
        let wants = &mut step.after.wants;
        wants.instance_id = request.instance_id.clone().or(wants.instance_id.take());
        wants.rack_id = request.rack_id.clone().or(wants.rack_id.take());
        if request.rebalance_timeout_ms != -1 {
            wants.rebalance_timeout_ms = request.rebalance_timeout_ms;
        }
        wants.server_assignor = request.server_assignor.clone().or(wants.server_assignor.take());
        if let Some(names) = &request.subscribed_topic_names {
            wants.subscribed_topic_names = sorted(names.clone());
        }
        wants.subscribed_topic_regex =
            request.subscribed_topic_regex.clone().or(wants.subscribed_topic_regex.take());
        client.id.clone_into(&mut wants.client_id);
        client.host.clone_into(&mut wants.client_host);
        wants.classic_member_metadata = None;
        self.work_out(turn, &mut step, request.topic_partitions.as_deref())?;
        self.take(turn, &step)?;
        for duty in [Duty::Join, Duty::Sync] {
            self.deadlines.cancel(&step.id, duty);
        }
        self.touch(turn, &step.id, &step.after);
        let asks_for_all = request.member_epoch == JOIN || is_full(request);
        let tell = asks_for_all || before.assigned != step.after.assigned;
        Ok(ConsumerGroupHeartbeatResponse {
            member_id: Some(step.id.to_string()),
            member_epoch: step.after.epoch,
            heartbeat_interval_ms: turn.config.consumer_heartbeat_interval_ms,
            assignment: tell.then(|| assignment(&step.after.assigned)),
            ..Default::default()
        })
    }

    /// A group has its limit; who is in it stays.
    pub(super) fn refuse_if_full(
        &self,
        config: &ConsumerGroupConfig,
        member_id: &str,
    ) -> Result<(), GroupError> {
        if self.members.len() < config.consumer_max_size || self.members.contains_key(member_id) {
            return Ok(());
        }
        let message = format!(
            "group `{}` has its {} members already; `group.consumer.max.size` allows no more",
            self.id, config.consumer_max_size
        );
        Err(GroupError::new(ErrorCode::GROUP_MAX_SIZE_REACHED, message))
    }

    /// Finds out who heartbeats, and whether that is in order.
    fn begin(&self, request: &ConsumerGroupHeartbeatRequest) -> Result<Step, GroupError> {
        let id = match request.member_id.as_str() {
            "" => Uuid::new_v4().to_string(),
            id => id.to_owned(),
        };
        let owned = request.topic_partitions.as_deref();
        let Some(instance) = &request.instance_id else {
            if request.member_epoch != JOIN {
                check_epoch(self.member(&id)?, request.member_epoch, owned)?;
            }
            return Ok(self.step(&id));
        };
        if request.member_epoch != JOIN {
            check_epoch(self.known_static_member(instance, &id)?, request.member_epoch, owned)?;
            return Ok(self.step(&id));
        }
        let Some((old_id, old)) = self.static_member(instance) else { return Ok(self.step(&id)) };
        // Who joins again under its own id has missed the answer, or was fenced. Kafka keeps it out until its session ends.
        if **old_id == *id {
            return Ok(self.step(&id));
        }
        if !old.is_classic() && old.epoch != LEAVE_FOR_A_WHILE {
            let message =
                format!("instance `{instance}` of group `{}` is in use by member `{old_id}`", self.id);
            return Err(GroupError::new(ErrorCode::UNRELEASED_INSTANCE_ID, message));
        }
        Ok(self.replace(old_id, old, &id))
    }

    /// The member that goes by an instance id, which has to be the one that says so.
    pub(super) fn known_static_member(&self, instance: &str, id: &str) -> Result<&Member, GroupError> {
        let Some((known_id, member)) = self.static_member(instance) else {
            let message = format!("instance `{instance}` is not in group `{}`; join it again", self.id);
            return Err(GroupError::new(ErrorCode::UNKNOWN_MEMBER_ID, message));
        };
        if &**known_id != id {
            let message = format!(
                "member `{id}` is not instance `{instance}` of group `{}` any more: member `{known_id}` is",
                self.id
            );
            return Err(GroupError::new(ErrorCode::FENCED_INSTANCE_ID, message));
        }
        Ok(member)
    }

    /// A step of a member that may be new.
    pub(super) fn step(&self, id: &str) -> Step {
        let known = self.members.get_key_value(id);
        let before = known.map(|(_, member)| member.clone()).unwrap_or_default();
        Step {
            id: known.map_or_else(|| id.into(), |(id, _)| Arc::clone(id)),
            after: before.clone(),
            before,
            is_new: known.is_none(),
            replaces: None,
            records: Vec::new(),
        }
    }

    /// A step of a static member that comes back, under an id of its own: it takes over all that it had.
    pub(super) fn replace(&self, old_id: &Arc<str>, old: &Member, id: &str) -> Step {
        let member = Member { epoch: 0, previous_epoch: 0, ..old.clone() };
        let target = self.targets.get(old_id).cloned().unwrap_or_default();
        let mut records = Vec::from(self.member_tombstones(old_id));
        records.push(self.wants_record(id, &member));
        records.push(self.target_record(id, &target));
        records.push(self.holding_record(id, &member));
        Step {
            id: id.into(),
            before: member.clone(),
            after: member,
            is_new: false,
            replaces: Some(Arc::clone(old_id)),
            records,
        }
    }
}

/// Refuses what no member would say, in whichever group.
pub(crate) fn check(
    config: &ConsumerGroupConfig,
    request: &ConsumerGroupHeartbeatRequest,
    version: i16,
) -> Result<(), GroupError> {
    let invalid = |message: &str| Err(GroupError::new(ErrorCode::INVALID_REQUEST, message));
    let is_blank = |text: &str| text.trim().is_empty();
    let epoch = request.member_epoch;
    if (version >= NAMED_BY_MEMBER || epoch > JOIN || epoch == LEAVE) && is_blank(&request.member_id) {
        return invalid("the member id must not be empty");
    }
    if is_blank(&request.group_id) {
        return invalid("the group id must not be empty");
    }
    if request.instance_id.as_deref().is_some_and(is_blank) {
        return invalid("the instance id must not be empty");
    }
    if request.rack_id.as_deref().is_some_and(is_blank) {
        return invalid("the rack id must not be empty");
    }
    if epoch == JOIN {
        if request.rebalance_timeout_ms == -1 {
            return invalid("who joins must name a rebalance time-out");
        }
        if request.topic_partitions.as_ref().is_none_or(|owned| !owned.is_empty()) {
            return invalid("who joins must say that it holds no partitions");
        }
        if request.subscribed_topic_names.is_none() && request.subscribed_topic_regex.is_none() {
            return invalid("who joins must name topics or a regular expression, if only empty ones");
        }
    } else if epoch == LEAVE_FOR_A_WHILE && request.instance_id.is_none() {
        return invalid("the member epoch -2 is for static members, which name their instance id");
    } else if epoch < LEAVE_FOR_A_WHILE {
        return invalid("the member epoch must be -2 or more");
    }
    match &request.server_assignor {
        Some(name) if !config.consumer_assignors.contains(name) => {
            let known = config.consumer_assignors.join(", ");
            let message = format!("there is no assignor `{name}`; use one of {known}");
            Err(GroupError::new(ErrorCode::UNSUPPORTED_ASSIGNOR, message))
        }
        _ => Ok(()),
    }
}

/// Fences a member whose epoch is not the one that it was told. One that still names the epoch before may not have got the
/// answer; it is heard as long as it holds nothing else than it may.
fn check_epoch(member: &Member, epoch: i32, owned: Option<&[TopicPartitions]>) -> Result<(), GroupError> {
    let is_late = epoch < member.epoch
        && epoch == member.previous_epoch
        && owned.is_some_and(|owned| all_held(owned, &member.assigned));
    if epoch == member.epoch || is_late {
        return Ok(());
    }
    let message = format!(
        "the member epoch {epoch} is not the current one, which is {}; give up all partitions and join again",
        member.epoch
    );
    Err(GroupError::new(ErrorCode::FENCED_MEMBER_EPOCH, message))
}

/// Whether a member says all about itself, as it does after it missed an answer: then it is told all.
fn is_full(request: &ConsumerGroupHeartbeatRequest) -> bool {
    request.rebalance_timeout_ms != -1
        && (request.subscribed_topic_names.is_some() || request.subscribed_topic_regex.is_some())
        && request.topic_partitions.is_some()
}

fn assignment(assigned: &Holdings) -> Assignment {
    let topics = assigned.iter().map(|(topic, partitions)| TopicPartitionsResponse {
        topic_id: *topic,
        partitions: partitions.keys().copied().collect(),
    });
    Assignment { topic_partitions: topics.collect() }
}
