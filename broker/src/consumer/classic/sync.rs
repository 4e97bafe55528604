//! Handing out what the leader assigns, and heartbeats.

use std::collections::HashMap;

use bytes::Bytes;
use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::heartbeat::HeartbeatRequest;
use fluxmq_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};

use super::super::turn::{Answer, Ticket, Turn};
use super::member::own;
use super::{ClassicGroup, Phase};

impl ClassicGroup {
    /// A member asks for what it is assigned; the leader says what everybody is. The answer comes now, or when it is known.
    pub(crate) fn sync(&mut self, turn: &mut Turn<'_>, ticket: Ticket, request: &SyncGroupRequest) {
        if let Err(error_code) = self.check_sync(request) {
            turn.answer(ticket, refused(error_code));
            return;
        }
        let member_id = request.member_id.as_str();
        self.members.has_synced(member_id);
        if let Some(before) = self.members.wait_for_sync(member_id, ticket) {
            turn.answer(before, refused(ErrorCode::REBALANCE_IN_PROGRESS));
        }
        match self.phase {
            Phase::CompletingRebalance { sync_until_ms } if self.is_leader(member_id) => {
                self.assign(turn, request, sync_until_ms);
            }
            Phase::Stable { .. } => self.answer_sync(turn, member_id, ErrorCode::NONE),
            _ => {}
        }
    }

    fn check_sync(&self, request: &SyncGroupRequest) -> Result<(), ErrorCode> {
        self.members.check(&request.member_id, request.group_instance_id.as_deref())?;
        self.check_generation(&request.member_id, request.generation_id)?;
        // The first members of a group have not agreed on a protocol before all have joined.
        let differs = |asked: &Option<String>, ours: &Option<String>| {
            asked.is_some() && ours.is_some() && asked != ours
        };
        if differs(&request.protocol_type, &self.protocol_type)
            || differs(&request.protocol_name, &self.protocol)
        {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        }
        match self.phase {
            Phase::Empty => Err(ErrorCode::UNKNOWN_MEMBER_ID),
            Phase::PreparingRebalance { .. } => Err(ErrorCode::REBALANCE_IN_PROGRESS),
            Phase::CompletingRebalance { .. } | Phase::Stable { .. } => Ok(()),
        }
    }

    pub(super) fn check_generation(&self, member_id: &str, generation: i32) -> Result<(), ErrorCode> {
        let former = self.members.get(member_id).and_then(|member| member.former_generation);
        if generation == former.unwrap_or(self.generation) {
            Ok(())
        } else {
            Err(ErrorCode::ILLEGAL_GENERATION)
        }
    }

    /// The leader has assigned. Nobody hears of it before it is written down.
    fn assign(&mut self, turn: &mut Turn<'_>, request: &SyncGroupRequest, sync_until_ms: i64) {
        let assigned: HashMap<&str, &Bytes> =
            request.assignments.iter().map(|one| (one.member_id.as_str(), &one.assignment)).collect();
        for (member_id, member) in self.members.iter_mut() {
            member.assignment = assigned.get(member_id).map(|bytes| own(bytes)).unwrap_or_default();
        }
        if let Err(error) = turn.log.append(&[self.record()]) {
            tracing::warn!(group = self.id, %error, "what the leader assigned could not be written down");
            self.take_assignments_back(turn, super::stored::as_members_see(error));
            self.rebalance(turn, "what the leader assigned could not be written down");
            return;
        }
        self.enter(turn, Phase::Stable { sync_until_ms: Some(sync_until_ms) });
        self.answer_syncs(turn, ErrorCode::NONE);
    }

    /// Nobody is assigned anything; whoever waits for it is told why.
    pub(super) fn take_assignments_back(&mut self, turn: &mut Turn<'_>, error_code: ErrorCode) {
        for (_, member) in self.members.iter_mut() {
            member.assignment = Bytes::new();
        }
        self.answer_syncs(turn, error_code);
    }

    fn answer_syncs(&mut self, turn: &mut Turn<'_>, error_code: ErrorCode) {
        for member_id in self.members.ids_where(|member| member.waits_for_sync.is_some()) {
            self.answer_sync(turn, &member_id, error_code);
        }
    }

    fn answer_sync(&mut self, turn: &mut Turn<'_>, member_id: &str, error_code: ErrorCode) {
        let Some(ticket) = self.members.end_sync(member_id) else { return };
        self.members.arm(member_id, turn.now_ms);
        let answer = match self.members.get(member_id) {
            Some(member) if error_code == ErrorCode::NONE => Answer::Sync(SyncGroupResponse {
                protocol_type: self.protocol_type.clone(),
                protocol_name: self.protocol.clone(),
                assignment: member.assignment.clone(),
                ..Default::default()
            }),
            _ => refused(error_code),
        };
        turn.answer(ticket, answer);
    }

    /// A member says that it is there, and learns whether the group rebalances.
    pub(crate) fn heartbeat(&mut self, turn: &mut Turn<'_>, request: &HeartbeatRequest) -> ErrorCode {
        let checked = self
            .members
            .check(&request.member_id, request.group_instance_id.as_deref())
            .and_then(|()| self.check_generation(&request.member_id, request.generation_id));
        if let Err(error_code) = checked {
            return error_code;
        }
        self.members.arm(&request.member_id, turn.now_ms);
        match self.phase {
            Phase::PreparingRebalance { .. } => ErrorCode::REBALANCE_IN_PROGRESS,
            Phase::Empty | Phase::CompletingRebalance { .. } | Phase::Stable { .. } => ErrorCode::NONE,
        }
    }
}

pub(super) fn refused(error_code: ErrorCode) -> Answer {
    Answer::Sync(SyncGroupResponse { error_code, ..Default::default() })
}
