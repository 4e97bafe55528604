//! The classic protocol: one of the members assigns the partitions, and all learn of rebalances by their heartbeats.

use std::sync::Arc;
use std::time::Duration;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::heartbeat::HeartbeatRequest;
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, MemberIdentity};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::coordinator::ANY_VERSION;
use super::joining::{Joined, join};
use super::member::{End, Leaving, Member};
use super::shared::Shared;
use super::topics::Snapshot;
use crate::error::ClientError;

/// The first version in which several members leave at once (KIP-345).
const LEAVE_MANY_VERSION: i16 = 3;
/// The first version of Heartbeat that names a static member.
const HEARTBEAT_STATIC_VERSION: i16 = 3;
/// How long leaving may take: the group notices by itself when it fails.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// Something that a member waits for while it is one.
enum Event {
    Heartbeat(Result<(), ClientError>),
    Snapshot(Result<Snapshot, ClientError>),
}

impl Member {
    pub(super) async fn live_classic(&mut self) -> End {
        match self.take_part().await {
            Ok(never) => match never {},
            Err(End::Closed) => {
                // A JoinGroup that waits for others would keep the coordinator from reading what comes behind it.
                if !self.is_joined {
                    self.shared.coordinator.close();
                }
                leave(Arc::clone(&self.shared), "the consumer was closed").await;
                End::Closed
            }
            Err(end) => {
                // Nobody need wait for its session to end.
                leave(Arc::clone(&self.shared), "it cannot go on").await;
                end
            }
        }
    }

    async fn take_part(&mut self) -> Result<std::convert::Infallible, End> {
        loop {
            let joined = self.join_group().await?;
            let gives_up = self.owned.iter().any(|owned| !joined.assigned.contains(owned));
            self.joined();
            self.assigned(joined.assigned.iter().cloned());
            let is_cooperative = self.shared.config.is_cooperative();
            let leaving = self.stay(joined.snapshot, is_cooperative && gives_up).await?;
            tracing::debug!(group = %self.shared.config.group, ?leaving, "joining again");
            if leaving == Leaving::Idle {
                let reason = "the application did not ask for records within `max_poll_interval`";
                tracing::warn!(group = %self.shared.config.group, "leaving the group: {reason}");
                self.attend(Box::pin(leave(Arc::clone(&self.shared), reason))).await?;
            }
            if leaving != Leaving::Rebalance {
                self.forget_member();
                self.lost();
                self.settle().await?;
            }
            self.is_joined = false;
            self.is_rejoining = leaving == Leaving::Rebalance;
        }
    }

    /// Joins as a new member the next time. A static one is still known by its instance id.
    fn forget_member(&mut self) {
        self.shared.set_member("", -1);
    }

    async fn join_group(&mut self) -> Result<Joined, End> {
        loop {
            let owned: Vec<_> = self.owned.iter().cloned().collect();
            let error = match self.attend(Box::pin(join(Arc::clone(&self.shared), owned))).await? {
                Ok(joined) => {
                    self.recovered();
                    return Ok(joined);
                }
                Err(error) => error,
            };
            if matches!(
                error.error_code(),
                Some(ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::ILLEGAL_GENERATION)
            ) {
                self.forget_member();
                if !self.owned.is_empty() {
                    self.lost();
                    self.settle().await?;
                }
            }
            self.retry(error).await?;
        }
    }

    /// Sends heartbeats until the member must join again and the handle is ready for it.
    async fn stay(&mut self, mut snapshot: Snapshot, mut rejoins: bool) -> Result<Leaving, End> {
        let interval = self.shared.config.heartbeat_interval;
        let mut events: FuturesUnordered<BoxFuture<'static, Event>> = FuturesUnordered::new();
        let mut heartbeat_at = Some(Instant::now() + interval);
        let mut watch_at = Some(Instant::now() + self.watch_interval(snapshot.is_incomplete()));
        let mut has_given_up = false;
        loop {
            if rejoins && self.is_settled() {
                if self.shared.config.is_cooperative() || has_given_up {
                    return Ok(Leaving::Rebalance);
                }
                has_given_up = true;
                self.give_up();
            }
            let now = Instant::now();
            let poll_deadline = self.shared.poll_deadline();
            if poll_deadline <= now {
                return Ok(Leaving::Idle);
            }
            if heartbeat_at.take_if(|at| *at <= now).is_some() {
                let shared = Arc::clone(&self.shared);
                events.push(Box::pin(async move { Event::Heartbeat(heartbeat(&shared).await) }));
            }
            if watch_at.take_if(|at| *at <= now).is_some() {
                let look = snapshot.clone().anew(Arc::clone(&self.shared));
                events.push(Box::pin(async move { Event::Snapshot(look.await) }));
            }
            let until = [heartbeat_at, watch_at].into_iter().flatten().chain([poll_deadline]).min();
            match self.next(&mut events, until).await? {
                None => {}
                Some(Event::Heartbeat(outcome)) => {
                    let wait = match outcome {
                        Ok(()) => None,
                        Err(error) => match error.error_code() {
                            Some(ErrorCode::REBALANCE_IN_PROGRESS) => {
                                rejoins = true;
                                None
                            }
                            Some(ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::ILLEGAL_GENERATION) => {
                                return Ok(Leaving::Lost);
                            }
                            _ => Some(self.retry_at(error)?),
                        },
                    };
                    if wait.is_none() {
                        self.recovered();
                    }
                    heartbeat_at = Some(wait.unwrap_or_else(|| Instant::now() + interval));
                }
                Some(Event::Snapshot(outcome)) => {
                    match outcome {
                        Ok(anew) => {
                            rejoins |= anew != snapshot;
                            snapshot = anew;
                        }
                        Err(error) if error.is_retriable() => {}
                        Err(error) => return Err(End::Failed(error)),
                    }
                    watch_at = Some(Instant::now() + self.watch_interval(snapshot.is_incomplete()));
                }
            }
        }
    }
}

async fn heartbeat(shared: &Shared) -> Result<(), ClientError> {
    let metadata = shared.metadata();
    let is_static = metadata.group_instance_id.is_some();
    let versions = if is_static { (HEARTBEAT_STATIC_VERSION, i16::MAX) } else { ANY_VERSION };
    let request = |_| HeartbeatRequest {
        group_id: metadata.group,
        generation_id: metadata.generation,
        member_id: metadata.member_id,
        group_instance_id: metadata.group_instance_id,
    };
    // An answer that comes after the session has ended is of no use.
    let timeout = shared.request_timeout().min(shared.config.session_timeout);
    shared.coordinator.ask(versions, request, timeout, |response| response.error_code).await.map(|_| ())
}

/// Tells the coordinator not to wait for this member. A static member does not: it comes back.
async fn leave(shared: Arc<Shared>, reason: &'static str) {
    let metadata = shared.metadata();
    if metadata.member_id.is_empty() || metadata.group_instance_id.is_some() {
        return;
    }
    let request = |version| {
        let identity = MemberIdentity {
            member_id: metadata.member_id.clone(),
            reason: Some(reason.to_owned()),
            ..MemberIdentity::default()
        };
        LeaveGroupRequest {
            group_id: metadata.group,
            members: if version >= LEAVE_MANY_VERSION { vec![identity] } else { Vec::new() },
            member_id: metadata.member_id,
        }
    };
    let answer = shared.coordinator.ask(ANY_VERSION, request, LEAVE_TIMEOUT, |response| response.error_code);
    // The coordinator must be found for it, which takes as long as it takes to find out that nobody is there.
    match tokio::time::timeout(LEAVE_TIMEOUT, answer).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the group was not told that a member leaves"),
        Err(_) => tracing::debug!("the group was not told that a member leaves"),
    }
}
