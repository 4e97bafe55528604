//! The task behind a member: it joins, keeps the membership alive while the application works on records, and commits.
//! It does nothing to partitions itself: it tells the handle, and waits until the handle has seen to it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fluxmq_protocol::ErrorCode;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::config::GroupProtocol;
use super::offsets;
use super::shared::{Command, Notice, Shared};
use crate::admin::OffsetToCommit;
use crate::error::ClientError;
use crate::retry::Backoff;
use crate::topic_partition::TopicPartition;

pub(super) struct Member {
    pub(super) shared: Arc<Shared>,
    commands: UnboundedReceiver<Command>,
    notices: UnboundedSender<Notice>,
    commits: FuturesUnordered<BoxFuture<'static, ()>>,
    /// What the handle reads, as it said last.
    pub(super) owned: BTreeSet<TopicPartition>,
    /// How many notices have been given, and how many of them the handle has seen to.
    given: u64,
    settled: u64,
    /// Whether the coordinator takes commits of this member.
    pub(super) is_joined: bool,
    /// Whether it joins again without having lost anything.
    pub(super) is_rejoining: bool,
    /// Commits that wait until it has.
    deferred: Vec<(Vec<OffsetToCommit>, CommitReply)>,
    trouble: Trouble,
}

type CommitReply = oneshot::Sender<Result<(), ClientError>>;

/// Why a member's life ends.
#[derive(Debug)]
pub(super) enum End {
    /// The handle wants no more.
    Closed,
    /// What trying again will not change.
    Failed(ClientError),
}

/// Why a member has to join again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    /// The group rebalances.
    Rebalance,
    /// The coordinator does not know the member any more.
    Lost,
    /// The application did not ask for records for too long.
    Idle,
}

/// For how long nothing has worked.
#[derive(Debug)]
struct Trouble {
    since: Option<Instant>,
    backoff: Backoff,
}

impl Member {
    pub(super) fn new(
        shared: Arc<Shared>,
        commands: UnboundedReceiver<Command>,
        notices: UnboundedSender<Notice>,
    ) -> Self {
        Member {
            commands,
            notices,
            commits: FuturesUnordered::new(),
            owned: BTreeSet::new(),
            given: 0,
            settled: 0,
            is_joined: false,
            is_rejoining: false,
            deferred: Vec::new(),
            trouble: Trouble { since: None, backoff: shared.client.backoff() },
            shared,
        }
    }

    /// Lives until the handle closes it or nothing can be done any more.
    pub(super) async fn run(mut self) {
        let end = match self.shared.config.protocol {
            GroupProtocol::Classic => self.live_classic().await,
            GroupProtocol::Consumer => self.live_next_gen().await,
        };
        if let End::Failed(error) = end {
            self.is_joined = false;
            let _ = self.notices.send(Notice::Failed(error));
        }
    }

    pub(super) fn give_up(&mut self) {
        self.given += 1;
        let _ = self.notices.send(Notice::GiveUp(self.given));
    }

    pub(super) fn assigned(&mut self, partitions: impl IntoIterator<Item = TopicPartition>) {
        self.given += 1;
        let _ = self.notices.send(Notice::Assigned(self.given, partitions.into_iter().collect()));
    }

    /// The membership is gone, and with it the partitions.
    pub(super) fn lost(&mut self) {
        self.is_joined = false;
        self.is_rejoining = false;
        for (_, reply) in self.deferred.drain(..) {
            let _ = reply.send(Err(refusal(&self.shared, ErrorCode::UNKNOWN_MEMBER_ID)));
        }
        self.shared.lost();
        self.given += 1;
        let _ = self.notices.send(Notice::Lost(self.given));
    }

    /// Whether the handle has seen to everything that it was told.
    pub(super) fn is_settled(&self) -> bool {
        self.settled == self.given
    }

    /// Waits until it has; no membership is kept alive meanwhile.
    pub(super) async fn settle(&mut self) -> Result<(), End> {
        let mut nothing: FuturesUnordered<BoxFuture<'static, ()>> = FuturesUnordered::new();
        while !self.is_settled() {
            self.next(&mut nothing, None).await?;
        }
        Ok(())
    }

    /// Waits for one of `events`, obeying the handle and committing meanwhile. `None` when a command has come or the
    /// time is up.
    pub(super) async fn next<T>(
        &mut self,
        events: &mut FuturesUnordered<BoxFuture<'static, T>>,
        until: Option<Instant>,
    ) -> Result<Option<T>, End> {
        let time = async {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(time);
        loop {
            tokio::select! {
                biased;
                command = self.commands.recv() => {
                    self.obey(command)?;
                    return Ok(None);
                }
                Some(()) = self.commits.next() => {}
                Some(event) = events.next() => return Ok(Some(event)),
                () = &mut time => return Ok(None),
            }
        }
    }

    /// Waits for one thing, obeying the handle and committing meanwhile.
    pub(super) async fn attend<T>(&mut self, work: BoxFuture<'static, T>) -> Result<T, End> {
        let mut events = FuturesUnordered::from_iter([work]);
        loop {
            if let Some(done) = self.next(&mut events, None).await? {
                return Ok(done);
            }
        }
    }

    fn obey(&mut self, command: Option<Command>) -> Result<(), End> {
        match command {
            Some(Command::Settled(number, owned)) => {
                self.settled = number;
                self.owned = owned.into_iter().collect();
            }
            Some(Command::Commit(offsets, reply)) if self.is_joined => self.commit(offsets, reply),
            // What is kept over a rebalance is this member's until it joins once more without it.
            Some(Command::Commit(offsets, reply)) if self.is_rejoining && !self.owned.is_empty() => {
                self.deferred.push((offsets, reply));
            }
            Some(Command::Commit(_, reply)) => {
                let _ = reply.send(Err(refusal(&self.shared, ErrorCode::REBALANCE_IN_PROGRESS)));
            }
            Some(Command::Close) | None => return Err(End::Closed),
        }
        Ok(())
    }

    /// The coordinator takes commits from now on, those that waited first.
    pub(super) fn joined(&mut self) {
        self.is_joined = true;
        self.is_rejoining = false;
        for (offsets, reply) in std::mem::take(&mut self.deferred) {
            self.commit(offsets, reply);
        }
    }

    fn commit(&mut self, offsets: Vec<OffsetToCommit>, reply: CommitReply) {
        let (shared, metadata) = (Arc::clone(&self.shared), self.shared.metadata());
        let number = shared.begin_commit(&offsets);
        self.commits.push(Box::pin(async move {
            let _ = reply.send(offsets::commit(&shared, metadata, number, offsets).await);
        }));
    }

    /// All is well again.
    pub(super) fn recovered(&mut self) {
        self.trouble.since = None;
        self.trouble.backoff.reset();
    }

    /// When to try again after an error that passes by itself. Says so when it has not for a long time.
    pub(super) fn retry_at(&mut self, error: ClientError) -> Result<Instant, End> {
        let passes =
            [ErrorCode::REBALANCE_IN_PROGRESS, ErrorCode::UNKNOWN_MEMBER_ID, ErrorCode::ILLEGAL_GENERATION];
        if !error.is_retriable() && !error.error_code().is_some_and(|code| passes.contains(&code)) {
            return Err(End::Failed(error));
        }
        let now = Instant::now();
        let since = *self.trouble.since.get_or_insert(now);
        let unavailable_timeout = self.shared.config.consumer.unavailable_timeout;
        tracing::debug!(%error, group = %self.shared.config.group, "trying again");
        if now.duration_since(since) >= unavailable_timeout {
            self.trouble.since = None;
            let what = format!("taking part in group `{}`", self.shared.config.group);
            let error = ClientError::timeout_after(what, unavailable_timeout, Some(error));
            let _ = self.notices.send(Notice::Trouble(error));
        }
        Ok(now + self.trouble.backoff.next())
    }

    /// Waits before the next attempt.
    pub(super) async fn retry(&mut self, error: ClientError) -> Result<(), End> {
        let until = self.retry_at(error)?;
        let mut nothing: FuturesUnordered<BoxFuture<'static, ()>> = FuturesUnordered::new();
        while Instant::now() < until {
            self.next(&mut nothing, Some(until)).await?;
        }
        Ok(())
    }

    /// How often to look whether there are other topics or partitions than before.
    pub(super) fn watch_interval(&self, is_incomplete: bool) -> Duration {
        const MISSING_TOPIC_INTERVAL: Duration = Duration::from_secs(5);
        let interval = self.shared.client.inner.settings.metadata_max_age;
        if is_incomplete { interval.min(MISSING_TOPIC_INTERVAL) } else { interval }
    }
}

fn refusal(shared: &Shared, error_code: ErrorCode) -> ClientError {
    ClientError::server(error_code, format!("commit of group `{}`", shared.config.group), None)
}
