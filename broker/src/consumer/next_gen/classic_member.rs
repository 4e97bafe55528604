//! Members that speak the classic protocol inside of a group of the next generation: the generation is their epoch, a rebalance is
//! theirs alone, and what they sync comes from the group instead of from a leader.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::consumer_protocol::{self, PROTOCOL_TYPE, Subscription};
use fluxmq_protocol::messages::consumer_group_heartbeat::TopicPartitions;
use fluxmq_protocol::messages::heartbeat::HeartbeatRequest;
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupResponse};
use fluxmq_protocol::messages::leave_group::{MemberIdentity, MemberResponse};
use fluxmq_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};
use fluxmq_protocol::stored::groups::{ClassicMemberMetadata, ClassicProtocol};
use uuid::Uuid;

use super::member::{Member, Partitions, held, sorted};
use super::step::Step;
use super::{ConsumerGroup, Duty, GroupError, MemberState, rebalance_ms, session_ms};
use crate::consumer::config::MigrationPolicy;
use crate::consumer::turn::{Answer, Client, Ticket, Turn};
use crate::metadata::image::MetadataImage;

/// From this version on JoinGroup is refused until the member names itself by the id that it was given.
const MEMBER_ID_REQUIRED: i16 = 4;

impl ConsumerGroup {
    pub(crate) fn classic_join(
        &mut self,
        turn: &mut Turn<'_>,
        ticket: Ticket,
        client: Client<'_>,
        request: &JoinGroupRequest,
        version: i16,
    ) {
        let member_id = match request.member_id.as_str() {
            "" => format!("{}-{}", client.id, Uuid::new_v4()),
            id => id.to_owned(),
        };
        let refused = |code| JoinGroupResponse { error_code: code, ..Default::default() };
        let is_unnamed = request.member_id.is_empty() && request.group_instance_id.is_none();
        let response = match self.check_classic_join(turn, request, &member_id) {
            Err(error) => refused(error.code),
            Ok(()) if is_unnamed && version >= MEMBER_ID_REQUIRED => {
                JoinGroupResponse { member_id, ..refused(ErrorCode::MEMBER_ID_REQUIRED) }
            }
            Ok(()) => self
                .join_classic(turn, client, request, &member_id)
                .unwrap_or_else(|error| refused(error.code)),
        };
        turn.answer(ticket, Answer::Join(response));
    }

    fn check_classic_join(
        &self,
        turn: &Turn<'_>,
        request: &JoinGroupRequest,
        id: &str,
    ) -> Result<(), GroupError> {
        if turn.config.migration_policy == MigrationPolicy::Disabled {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL.into());
        }
        self.refuse_if_full(turn.config, id)?;
        let mut names = request.protocols.iter().map(|protocol| protocol.name.as_str());
        if request.protocol_type != PROTOCOL_TYPE
            || !names.any(|name| self.subscriptions.all_classic_speak(name))
        {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL.into());
        }
        Ok(())
    }

    fn join_classic(
        &mut self,
        turn: &mut Turn<'_>,
        client: Client<'_>,
        request: &JoinGroupRequest,
        id: &str,
    ) -> Result<JoinGroupResponse, GroupError> {
        let unreadable = |_| GroupError::from(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        let first = request.protocols.first().map(|protocol| &protocol.metadata[..]).unwrap_or_default();
        let subscription = Subscription::decode(first).map_err(unreadable)?;
        let mut step = self.begin_classic(request, id)?;
        let wants = &mut step.after.wants;
        wants.instance_id = request.group_instance_id.clone().or(wants.instance_id.take());
        let rack_id = subscription.rack_id.clone().filter(|rack| !rack.is_empty());
        wants.rack_id = rack_id.or(wants.rack_id.take());
        wants.rebalance_timeout_ms = match request.rebalance_timeout_ms {
            // The first version of JoinGroup does not have it.
            -1 => request.session_timeout_ms,
            rebalance_timeout_ms => rebalance_timeout_ms,
        };
        wants.subscribed_topic_names = sorted(subscription.topics.clone());
        wants.subscribed_topic_regex = Some(String::new());
        client.id.clone_into(&mut wants.client_id);
        client.host.clone_into(&mut wants.client_host);
        let protocols = request.protocols.iter();
        let supported_protocols = protocols.map(|protocol| ClassicProtocol {
            name: protocol.name.clone(),
            metadata: protocol.metadata.clone(),
        });
        wants.classic_member_metadata = Some(ClassicMemberMetadata {
            session_timeout_ms: request.session_timeout_ms,
            supported_protocols: supported_protocols.collect(),
        });
        let owned = owned(&subscription, turn.image);
        self.work_out(turn, &mut step, Some(&owned))?;
        self.take(turn, &step)?;
        self.deadlines.cancel(&step.id, Duty::Join);
        self.touch(turn, &step.id, &step.after);
        self.deadlines.set(&step.id, Duty::Sync, turn.now_ms.saturating_add(rebalance_ms(&step.after)));
        Ok(JoinGroupResponse {
            member_id: step.id.to_string(),
            generation_id: step.after.epoch,
            protocol_type: Some(PROTOCOL_TYPE.to_owned()),
            protocol_name: step.after.protocols().next().map(str::to_owned),
            ..Default::default()
        })
    }

    /// Finds out who joins. A static member that does not know its id takes its own place, whatever it did before.
    fn begin_classic(&self, request: &JoinGroupRequest, id: &str) -> Result<Step, GroupError> {
        let Some(instance) = &request.group_instance_id else { return Ok(self.step(id)) };
        if !request.member_id.is_empty() {
            self.known_static_member(instance, id)?;
            return Ok(self.step(id));
        }
        Ok(match self.static_member(instance) {
            Some((old_id, old)) => self.replace(old_id, old, id),
            None => self.step(id),
        })
    }

    pub(crate) fn classic_sync(&mut self, turn: &mut Turn<'_>, ticket: Ticket, request: &SyncGroupRequest) {
        let synced = self.sync_classic(turn, request);
        let response =
            synced.unwrap_or_else(|error_code| SyncGroupResponse { error_code, ..Default::default() });
        turn.answer(ticket, Answer::Sync(response));
    }

    fn sync_classic(
        &mut self,
        turn: &Turn<'_>,
        request: &SyncGroupRequest,
    ) -> Result<SyncGroupResponse, ErrorCode> {
        let instance = request.group_instance_id.as_deref();
        let (id, member) = self.classic_member(&request.member_id, instance, request.generation_id)?;
        let is_other = |said: Option<&str>, is: Option<&str>| said.is_some() && said != is;
        if is_other(request.protocol_type.as_deref(), Some(PROTOCOL_TYPE))
            || is_other(request.protocol_name.as_deref(), member.protocols().next())
        {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        }
        // Who has to give partitions back has joined already, and is told to join again once it did.
        if self.assignment_epoch > member.epoch && member.state != MemberState::Unrevoked {
            self.deadlines.set_if_absent(&id, Duty::Join, turn.now_ms.saturating_add(rebalance_ms(&member)));
            return Err(ErrorCode::REBALANCE_IN_PROGRESS);
        }
        self.deadlines.cancel(&id, Duty::Sync);
        self.touch(turn, &id, &member);
        Ok(SyncGroupResponse {
            protocol_type: request.protocol_type.clone(),
            protocol_name: request.protocol_name.clone(),
            assignment: assignment(&member, turn.image)?,
            ..Default::default()
        })
    }

    pub(crate) fn classic_heartbeat(&mut self, turn: &Turn<'_>, request: &HeartbeatRequest) -> ErrorCode {
        let instance = request.group_instance_id.as_deref();
        let (id, member) = match self.classic_member(&request.member_id, instance, request.generation_id) {
            Ok(known) => known,
            Err(code) => return code,
        };
        self.touch(turn, &id, &member);
        let is_late = match member.state {
            MemberState::Unrevoked => true,
            MemberState::Unreleased => !self.waits_for_others(&id, &member),
            MemberState::Stable | MemberState::Unknown => false,
        };
        // Where nobody heartbeats who would make the next assignment, joining again does.
        let must_assign = self.epoch > self.assignment_epoch && self.subscriptions.are_all_classic();
        if member.epoch < self.assignment_epoch || is_late || must_assign {
            self.deadlines.set_if_absent(&id, Duty::Join, turn.now_ms.saturating_add(rebalance_ms(&member)));
            return ErrorCode::REBALANCE_IN_PROGRESS;
        }
        ErrorCode::NONE
    }

    /// Lets members go, or has them put out by somebody else; the outcome of each, in their order.
    pub(crate) fn classic_leave(
        &mut self,
        turn: &mut Turn<'_>,
        members: &[MemberIdentity],
    ) -> Vec<MemberResponse> {
        let found: Vec<Result<Arc<str>, ErrorCode>> =
            members.iter().map(|member| self.find(member)).collect();
        let leaving: BTreeSet<Arc<str>> = found.iter().flatten().cloned().collect();
        let dismissed = self.dismiss(turn, &leaving);
        let responses = members.iter().zip(found).map(|(member, found)| MemberResponse {
            member_id: member.member_id.clone(),
            group_instance_id: member.group_instance_id.clone(),
            error_code: found.and(dismissed).err().unwrap_or(ErrorCode::NONE),
        });
        responses.collect()
    }

    /// The id of a member that is to leave. A static one may be named by its instance id alone.
    fn find(&self, member: &MemberIdentity) -> Result<Arc<str>, ErrorCode> {
        let named = match &member.group_instance_id {
            None => self.members.get_key_value(member.member_id.as_str()),
            Some(instance) => self.static_member(instance),
        };
        let (id, _) = named.ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
        if !member.member_id.is_empty() && member.member_id != **id {
            return Err(ErrorCode::FENCED_INSTANCE_ID);
        }
        Ok(Arc::clone(id))
    }

    /// A classic member in its generation.
    fn classic_member(
        &self,
        id: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(Arc<str>, Member), ErrorCode> {
        if let Some(instance) = instance {
            self.known_static_member(instance, id).map_err(|error| error.code)?;
        }
        let (id, member) = self.members.get_key_value(id).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
        if !member.is_classic() {
            return Err(ErrorCode::UNKNOWN_MEMBER_ID);
        }
        if member.epoch != generation {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        Ok((Arc::clone(id), member.clone()))
    }

    /// The member is there.
    pub(super) fn touch(&mut self, turn: &Turn<'_>, id: &Arc<str>, member: &Member) {
        let session_ms = session_ms(member, turn.config);
        self.deadlines.set(id, Duty::Heartbeat, turn.now_ms.saturating_add(session_ms));
    }

    /// Whether something that is meant for the member is still held by somebody else.
    fn waits_for_others(&self, id: &Arc<str>, member: &Member) -> bool {
        let target = self.targets.get(id).into_iter().flatten();
        let mut missing =
            target.flat_map(|(topic, partitions)| partitions.iter().map(|partition| (*topic, *partition)));
        missing.any(|(topic, partition)| {
            let is_assigned = member.assigned.get(&topic).is_some_and(|held| held.contains_key(&partition));
            !is_assigned && self.holders.contains_key(&(topic, partition))
        })
    }
}

/// What a classic member says that it holds; topics that are gone have no id.
fn owned(subscription: &Subscription, image: &MetadataImage) -> Vec<TopicPartitions> {
    let known = subscription.owned_partitions.iter().filter_map(|owned| {
        let topic_id = image.topic(&owned.topic)?.id;
        Some(TopicPartitions { topic_id, partitions: owned.partitions.clone() })
    });
    known.collect()
}

/// What a classic member may hold, in the version that it speaks.
fn assignment(member: &Member, image: &MetadataImage) -> Result<Bytes, ErrorCode> {
    let classic = member.wants.classic_member_metadata.as_ref();
    let first = classic.and_then(|classic| classic.supported_protocols.first());
    let metadata = first.map(|protocol| &protocol.metadata[..]).unwrap_or_default();
    assignment_bytes(metadata, &held(&member.assigned), image)
}

/// Partitions as they stand in an assignment, in the version of a subscription.
pub(super) fn assignment_bytes(
    metadata: &[u8],
    assigned: &Partitions,
    image: &MetadataImage,
) -> Result<Bytes, ErrorCode> {
    let version = consumer_protocol::version(metadata).map_err(|_| ErrorCode::INCONSISTENT_GROUP_PROTOCOL)?;
    let topics = assigned.iter().filter_map(|(topic, partitions)| {
        let topic = image.topic_by_id(*topic)?.name.to_string();
        Some(consumer_protocol::TopicPartitions { topic, partitions: partitions.iter().copied().collect() })
    });
    let assignment = consumer_protocol::Assignment { assigned_partitions: topics.collect(), user_data: None };
    let version = version.min(consumer_protocol::VERSION_MAX);
    assignment.encode(version).map_err(|_| ErrorCode::UNKNOWN_SERVER_ERROR)
}
