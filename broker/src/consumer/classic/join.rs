//! Joining: who may, under which member id, and whether it changes anything for the others.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember};
use fluxmq_protocol::wire::TEXT_BYTES_MAX;
use uuid::Uuid;

use super::super::turn::{Answer, Client, Ticket, Turn};
use super::member::{Member, Timeouts, protocols_of};
use super::{ClassicGroup, Phase};

/// How long a newcomer may wait for the others. It has no session yet, and that its client went away is not seen here.
const NEWCOMER_TIMEOUT_MS: i64 = 300_000;

/// The first version whose members join again with the member id that they are given (KIP-394).
const MEMBER_ID_REQUIRED_VERSION: i16 = 4;

/// One request to join, with all that belongs to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Join<'a> {
    pub(super) ticket: Ticket,
    pub(super) client: Client<'a>,
    pub(super) request: &'a JoinGroupRequest,
    pub(super) version: i16,
}

impl ClassicGroup {
    /// Joins a member, or joins it again. The answer comes now, or when everybody has joined.
    pub(crate) fn join(
        &mut self,
        turn: &mut Turn<'_>,
        ticket: Ticket,
        client: Client<'_>,
        request: &JoinGroupRequest,
        version: i16,
    ) {
        let Err(error_code) = self.try_join(turn, Join { ticket, client, request, version }) else { return };
        let is_full = error_code == ErrorCode::GROUP_MAX_SIZE_REACHED;
        let member_id = if is_full { String::new() } else { request.member_id.clone() };
        turn.answer(ticket, refused(member_id, error_code));
    }

    /// Lets somebody join by an id that it gave itself, unless it is a member already.
    pub(crate) fn expect(&mut self, turn: &Turn<'_>, member_id: &str, session_timeout_ms: i32) {
        if self.members.get(member_id).is_none() {
            self.members.expect(member_id.to_owned(), turn.now_ms + i64::from(session_timeout_ms));
        }
    }

    /// Whoever was to join by an id that it gave itself, and was refused, is not waited for.
    pub(crate) fn expect_no_more(&mut self, turn: &mut Turn<'_>, member_id: &str) {
        self.members.forget_pending(member_id);
        self.complete_joining_if_all_have(turn);
    }

    fn try_join(&mut self, turn: &mut Turn<'_>, join: Join<'_>) -> Result<(), ErrorCode> {
        let Join { client, request, version, .. } = join;
        self.admit(turn, &request.member_id)?;
        if !self.supports(request) {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        }
        let instance_id = request.group_instance_id.as_deref();
        if !request.member_id.is_empty() {
            if instance_id.is_none() && self.members.forget_pending(&request.member_id) {
                self.add(turn, join, request.member_id.clone());
                return Ok(());
            }
            return self.rejoin(turn, join);
        }
        let member_id = format!("{}-{}", instance_id.unwrap_or(client.id), Uuid::new_v4());
        if member_id.len() > TEXT_BYTES_MAX {
            // Nobody could be told of such a member, and the group could not be written down with it.
            return Err(ErrorCode::UNKNOWN_SERVER_ERROR);
        }
        match instance_id.and_then(|instance_id| self.members.static_id(instance_id)) {
            Some(old_id) => {
                let old_id = old_id.to_owned();
                self.replace_static(turn, join, &old_id, &member_id);
            }
            None if instance_id.is_none() && version >= MEMBER_ID_REQUIRED_VERSION => {
                let until_ms = turn.now_ms + i64::from(request.session_timeout_ms);
                self.members.expect(member_id.clone(), until_ms);
                turn.answer(join.ticket, refused(member_id, ErrorCode::MEMBER_ID_REQUIRED));
            }
            None => self.add(turn, join, member_id),
        }
        Ok(())
    }

    /// Whether there is room. While members join, those who came first have it: a group may have become too large when the limit
    /// was lowered.
    fn admit(&mut self, turn: &mut Turn<'_>, member_id: &str) -> Result<(), ErrorCode> {
        let member = self.members.get(member_id);
        let has_room = match self.phase {
            Phase::Empty => true,
            Phase::PreparingRebalance { .. } => {
                member.is_some_and(|member| member.waits_for_join.is_some())
                    || self.members.joining() < turn.config.max_size
            }
            Phase::CompletingRebalance { .. } | Phase::Stable { .. } => {
                member.is_some() || self.members.len() < turn.config.max_size
            }
        };
        if has_room {
            return Ok(());
        }
        self.members.forget_pending(member_id);
        self.remove(turn, member_id);
        // It may have been the last to be waited for. Kafka lets the others wait until their time is up.
        self.complete_joining_if_all_have(turn);
        Err(ErrorCode::GROUP_MAX_SIZE_REACHED)
    }

    /// Whether the newcomer can talk to all members.
    fn supports(&self, request: &JoinGroupRequest) -> bool {
        if self.phase == Phase::Empty {
            return !request.protocol_type.is_empty() && !request.protocols.is_empty();
        }
        self.protocol_type.as_ref() == Some(&request.protocol_type)
            && request.protocols.iter().any(|protocol| self.members.all_support(&protocol.name))
    }

    /// A new member waits for the others.
    fn add(&mut self, turn: &mut Turn<'_>, join: Join<'_>, member_id: String) {
        let Join { ticket, client, request, version } = join;
        if let Phase::PreparingRebalance { gathering: Some(gathering), .. } = &mut self.phase {
            gathering.has_newcomer = true;
        }
        if self.members.is_empty() {
            self.protocol_type = Some(request.protocol_type.clone());
        }
        let mut member = Member::joining(client, request, version);
        member.waits_for_join = Some(ticket);
        member.expires_at_ms = turn.now_ms + NEWCOMER_TIMEOUT_MS;
        self.leader.get_or_insert_with(|| member_id.clone());
        let because = format!("member {member_id} joins: {}", told(request.reason.as_deref()));
        self.members.insert(member_id, member);
        self.rebalance(turn, &because);
    }

    /// A member that is known joins again.
    fn rejoin(&mut self, turn: &mut Turn<'_>, join: Join<'_>) -> Result<(), ErrorCode> {
        let Join { ticket, request, version, .. } = join;
        let member_id = request.member_id.as_str();
        self.members.check(member_id, request.group_instance_id.as_deref())?;
        let says_the_same =
            self.members.get(member_id).is_some_and(|member| member.says_the_same(&request.protocols));
        let is_leader = self.is_leader(member_id);
        let changes_nothing = match self.phase {
            Phase::Empty => return Err(ErrorCode::UNKNOWN_MEMBER_ID),
            Phase::PreparingRebalance { .. } => false,
            // It has probably missed the answer.
            Phase::CompletingRebalance { .. } => says_the_same,
            // What a leader assigns may depend on more than what members say, on new partitions for instance.
            Phase::Stable { .. } => says_the_same && !is_leader,
        };
        if changes_nothing {
            self.members.arm(member_id, turn.now_ms);
            turn.answer(ticket, Answer::Join(self.joined(member_id, is_leader)));
            return Ok(());
        }
        self.members.update(member_id, protocols_of(request), Timeouts::of(request, version));
        self.wait_for_join(turn, member_id, ticket);
        let because = format!("member {member_id} joins again: {}", told(request.reason.as_deref()));
        self.rebalance(turn, &because);
        Ok(())
    }

    /// A member waits for the others to join. Only its last request does: the one before was given up by its client. Kafka never
    /// answers that one.
    pub(super) fn wait_for_join(&mut self, turn: &mut Turn<'_>, member_id: &str, ticket: Ticket) {
        if let Some(before) = self.members.wait_for_join(member_id, ticket) {
            turn.answer(before, refused(member_id.to_owned(), ErrorCode::REBALANCE_IN_PROGRESS));
        }
    }

    /// What a member is told that belongs to this generation. Who assigns must know everybody.
    pub(super) fn joined(&self, member_id: &str, assigns: bool) -> JoinGroupResponse {
        JoinGroupResponse {
            generation_id: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            member_id: member_id.to_owned(),
            members: if assigns { self.introduced() } else { Vec::new() },
            ..Default::default()
        }
    }

    fn introduced(&self) -> Vec<JoinGroupResponseMember> {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let members = self.members.iter().map(|(member_id, member)| JoinGroupResponseMember {
            member_id: member_id.to_owned(),
            group_instance_id: member.instance_id.clone(),
            metadata: member.metadata(protocol).cloned().unwrap_or_default(),
        });
        members.collect()
    }
}

pub(super) fn refused(member_id: String, error_code: ErrorCode) -> Answer {
    Answer::Join(JoinGroupResponse { error_code, member_id, protocol_name: None, ..Default::default() })
}

/// What a client gives as its reason (KIP-800), short enough for a log line.
pub(super) fn told(reason: Option<&str>) -> String {
    const LENGTH_MAX: usize = 255;
    reason.map_or_else(|| "it gives no reason".to_owned(), |reason| reason.chars().take(LENGTH_MAX).collect())
}
