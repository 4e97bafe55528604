//! Joining, staying in and leaving groups, by the protocol that the group speaks.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::consumer_group_heartbeat::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse,
};
use fluxmq_protocol::messages::heartbeat::HeartbeatRequest;
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupResponse};
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, MemberIdentity, MemberResponse};
use fluxmq_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};
use tokio::sync::oneshot;

use super::super::classic::ClassicGroup;
use super::super::next_gen::{ConsumerGroup, GroupError, heartbeat, migration};
use super::super::turn::{Answer, Client, Turn};
use super::ConsumerGroupCoordinator;
use super::entry::{Entry, Group, Reply};

impl ConsumerGroupCoordinator {
    /// Joins a classic member. The answer comes when the rebalance completes.
    pub(crate) async fn join(
        &self,
        client: Client<'_>,
        request: &JoinGroupRequest,
        version: i16,
    ) -> JoinGroupResponse {
        let refuse = |error_code| JoinGroupResponse {
            error_code,
            member_id: request.member_id.clone(),
            ..Default::default()
        };
        if request.group_id.is_empty() {
            return refuse(ErrorCode::INVALID_GROUP_ID);
        }
        if !self.inner.config.allows_session(request.session_timeout_ms) {
            return refuse(ErrorCode::INVALID_SESSION_TIMEOUT);
        }
        if let Err(error_code) = self.inner.ready().await {
            return refuse(error_code);
        }
        let ticket = self.inner.ticket();
        let entered = self.inner.with_group_or_new(&request.group_id, |entry, turn| {
            // Who comes back to a group without members leaves it as it is.
            if !request.member_id.is_empty() && entry.is_empty_consumer() {
                return Err(ErrorCode::UNKNOWN_MEMBER_ID);
            }
            entry.make_classic(&request.group_id, turn)?;
            let receiver = entry.wait(ticket);
            match &mut entry.group {
                Some(Group::Classic(group)) => group.join(turn, ticket, client, request, version),
                Some(Group::Consumer(group)) => {
                    group.classic_join(turn, ticket, client, request, version);
                    entry.downgrade(turn);
                }
                None => {}
            }
            Ok(receiver)
        });
        let answer = match entered.and_then(|entered| entered.value) {
            Ok(receiver) => self.reply(receiver).await,
            Err(error_code) => Err(error_code),
        };
        match answer {
            Ok(Answer::Join(response)) => response,
            Ok(Answer::Sync(_)) => refuse(ErrorCode::UNKNOWN_SERVER_ERROR),
            Err(error_code) => refuse(error_code),
        }
    }

    /// Lets a member of a classic group join by an id that it gives itself, unless it is in already. Clients of a broker cannot: they are told
    /// their ids.
    pub(crate) fn expect(&self, request: &JoinGroupRequest) {
        if !request.group_id.is_empty() {
            let expected = self.inner.with_group_or_new(&request.group_id, |entry, turn| {
                if entry.make_classic(&request.group_id, turn).is_ok()
                    && let Some(Group::Classic(group)) = &mut entry.group
                {
                    group.expect(turn, &request.member_id, request.session_timeout_ms);
                }
            });
            // Where it cannot join, its join says so.
            drop(expected);
        }
    }

    /// Forgets somebody who was to join by an id that it gave itself and was refused.
    pub(crate) fn expect_no_more(&self, request: &JoinGroupRequest) {
        drop(self.inner.with_group(&request.group_id, |entry, turn| {
            if let Some(Group::Classic(group)) = &mut entry.group {
                group.expect_no_more(turn, &request.member_id);
            }
        }));
    }

    /// Hands out the assignments of a classic group. The answer comes when its leader has sent them.
    pub(crate) async fn sync(&self, request: &SyncGroupRequest) -> SyncGroupResponse {
        let refuse = |error_code| SyncGroupResponse { error_code, ..Default::default() };
        let ticket = self.inner.ticket();
        let entered = self.inner.with_group(&request.group_id, |entry, turn| {
            let receiver = entry.wait(ticket);
            match &mut entry.group {
                Some(Group::Classic(group)) => group.sync(turn, ticket, request),
                Some(Group::Consumer(group)) => group.classic_sync(turn, ticket, request),
                None => entry.stop_waiting(ticket),
            }
            receiver
        });
        let answer = match entered {
            Ok(Some(entered)) => self.reply(entered.value).await,
            Ok(None) => Err(ErrorCode::UNKNOWN_MEMBER_ID),
            Err(error_code) => Err(error_code),
        };
        match answer {
            Ok(Answer::Sync(response)) => response,
            Ok(Answer::Join(_)) => refuse(ErrorCode::UNKNOWN_SERVER_ERROR),
            Err(error_code) => refuse(error_code),
        }
    }

    /// A classic member says that it is there.
    pub(crate) async fn heartbeat(&self, request: &HeartbeatRequest) -> ErrorCode {
        let beaten = self.inner.with_group(&request.group_id, |entry, turn| match &mut entry.group {
            Some(Group::Classic(group)) => group.heartbeat(turn, request),
            Some(Group::Consumer(group)) => group.classic_heartbeat(turn, request),
            None => ErrorCode::UNKNOWN_MEMBER_ID,
        });
        match beaten {
            Ok(Some(beaten)) => beaten.durable().await.unwrap_or_else(|error_code| error_code),
            Ok(None) => ErrorCode::UNKNOWN_MEMBER_ID,
            Err(error_code) => error_code,
        }
    }

    /// Members leave; the outcome of each, in their order.
    pub(crate) async fn leave(
        &self,
        request: &LeaveGroupRequest,
        version: i16,
    ) -> Result<Vec<MemberResponse>, ErrorCode> {
        let single = [MemberIdentity { member_id: request.member_id.clone(), ..Default::default() }];
        let members = if version < 3 { &single[..] } else { &request.members };
        let unknown = |member: &MemberIdentity| MemberResponse {
            member_id: member.member_id.clone(),
            group_instance_id: member.group_instance_id.clone(),
            error_code: ErrorCode::UNKNOWN_MEMBER_ID,
        };
        let left = self.inner.with_group(&request.group_id, |entry, turn| match &mut entry.group {
            Some(Group::Classic(group)) => group.leave(turn, members),
            Some(Group::Consumer(group)) => {
                let left = group.classic_leave(turn, members);
                entry.downgrade(turn);
                left
            }
            None => members.iter().map(unknown).collect(),
        });
        match left? {
            Some(left) => left.durable().await,
            None => Ok(members.iter().map(unknown).collect()),
        }
    }

    /// A member of a group of KIP-848 joins, stays or leaves.
    pub(crate) async fn consumer_heartbeat(
        &self,
        client: Client<'_>,
        request: &ConsumerGroupHeartbeatRequest,
        version: i16,
    ) -> ConsumerGroupHeartbeatResponse {
        let refuse = |error: GroupError| ConsumerGroupHeartbeatResponse {
            error_code: error.code,
            error_message: Some(error.message),
            ..Default::default()
        };
        if let Err(code) = self.inner.ready().await {
            return refuse(code.into());
        }
        let event = |entry: &mut Entry, turn: &mut Turn<'_>| entry.beat(turn, client, request, version);
        let beaten = match self.inner.with_group_or_new(&request.group_id, event) {
            Ok(beaten) => beaten.durable().await,
            Err(code) => Err(code),
        };
        beaten.map_err(GroupError::from).flatten().unwrap_or_else(refuse)
    }
}

impl ConsumerGroupCoordinator {
    /// Waits for an answer, and until it may be given.
    async fn reply(&self, receiver: oneshot::Receiver<Reply>) -> Result<Answer, ErrorCode> {
        // Where the broker stops, the member asks for its coordinator again.
        let stopped = ErrorCode::NOT_COORDINATOR;
        let reply = tokio::select! {
            reply = receiver => reply.map_err(|_| stopped)?,
            () = self.inner.stopping.cancelled() => return Err(stopped),
        };
        if let Some(written) = reply.after {
            written.durable().await?;
        }
        Ok(reply.answer)
    }
}

impl Entry {
    fn is_empty_consumer(&self) -> bool {
        matches!(&self.group, Some(Group::Consumer(group)) if group.is_empty())
    }

    /// Makes this a classic group where there is none, or an empty one of KIP-848.
    fn make_classic(&mut self, group_id: &str, turn: &mut Turn<'_>) -> Result<(), ErrorCode> {
        match &self.group {
            Some(Group::Consumer(group)) if group.is_empty() => turn.log.append(&group.tombstones())?,
            Some(_) => return Ok(()),
            None => {}
        }
        self.group = Some(Group::Classic(ClassicGroup::new(group_id)));
        Ok(())
    }

    /// A heartbeat. One that joins makes a group of KIP-848 where there is none, or a classic one - if it is accepted.
    fn beat(
        &mut self,
        turn: &mut Turn<'_>,
        client: Client<'_>,
        request: &ConsumerGroupHeartbeatRequest,
        version: i16,
    ) -> Result<ConsumerGroupHeartbeatResponse, GroupError> {
        heartbeat::check(turn.config, request, version)?;
        let joins = request.member_epoch == 0;
        let mut made = match &mut self.group {
            Some(Group::Consumer(group)) => {
                let response = group.heartbeat(turn, client, request)?;
                self.downgrade(turn);
                return Ok(response);
            }
            Some(Group::Classic(classic)) if joins => migration::upgrade(classic, turn)?,
            // It refuses who does not join.
            _ => ConsumerGroup::new(&request.group_id),
        };
        let response = made.heartbeat(turn, client, request)?;
        if let Some(Group::Classic(mut classic)) = self.group.replace(Group::Consumer(made)) {
            classic.interrupt(turn);
        }
        Ok(response)
    }

    /// Makes a group whose last member of KIP-848 is gone a classic one, where classic members are left in it.
    pub(super) fn downgrade(&mut self, turn: &mut Turn<'_>) {
        if let Some(Group::Consumer(group)) = &self.group
            && let Some(classic) = migration::downgrade(group, turn)
        {
            self.group = Some(Group::Classic(classic));
        }
    }
}
