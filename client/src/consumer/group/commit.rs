//! Commits, as the handle asks for them.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep};

use super::GroupConsumer;
use super::config::GroupConfig;
use super::shared::Command;
use crate::admin::OffsetToCommit;
use crate::error::ClientError;

/// A commit that is on its way. Resolves when the coordinator has answered; dropping it changes nothing.
#[derive(Debug)]
#[must_use = "await it for the outcome, or drop it: the commit is on its way already"]
pub struct Commit {
    outcome: oneshot::Receiver<Result<(), ClientError>>,
    expires: Pin<Box<Sleep>>,
    timeout: Duration,
}

impl Future for Commit {
    type Output = Result<(), ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(outcome) = Pin::new(&mut self.outcome).poll(context) {
            return Poll::Ready(outcome.unwrap_or(Err(ClientError::Closed("group consumer"))));
        }
        ready!(self.expires.as_mut().poll(context));
        Poll::Ready(Err(ClientError::timeout("a commit", self.timeout)))
    }
}

/// When positions are committed next without being told to, and the commit that is under way.
#[derive(Debug)]
pub(super) struct AutoCommit {
    at: Option<Instant>,
    under_way: Option<(Commit, Vec<OffsetToCommit>)>,
}

impl AutoCommit {
    pub(super) fn new(now: Instant, config: &GroupConfig) -> Self {
        AutoCommit { at: config.auto_commit.then(|| now + config.auto_commit_interval), under_way: None }
    }

    /// When to look in again. A commit that is under way wakes by itself, however long it takes.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        self.at.filter(|_| self.under_way.is_none())
    }
}

impl GroupConsumer {
    pub(super) fn send_commit(&mut self, offsets: Vec<OffsetToCommit>) -> Commit {
        for offset in &offsets {
            // Not known until the answer is there.
            self.committed.remove(&offset.partition);
        }
        let (reply, outcome) = oneshot::channel();
        if offsets.is_empty() {
            let _ = reply.send(Ok(()));
        } else {
            // When the task is gone, so is the other end of `reply`, which says so.
            let _ = self.commands.send(Command::Commit(offsets, reply));
        }
        let timeout = self.shared.config.timeout;
        Commit { outcome, expires: Box::pin(tokio::time::sleep(timeout)), timeout }
    }

    /// Positions that are not committed yet.
    pub(super) fn uncommitted(&self) -> Vec<OffsetToCommit> {
        let mut positions = self.reader.positions();
        positions.retain(|position| self.committed.get(&position.partition) != Some(&position.offset));
        positions
    }

    /// Commits positions when it is time to. Everything that was yielded before this is done.
    pub(super) fn poll_auto_commit(&mut self, now: Instant, context: &mut Context<'_>) {
        if let Some((commit, _)) = &mut self.auto_commit.under_way {
            let Poll::Ready(outcome) = Pin::new(commit).poll(context) else { return };
            let offsets = self.auto_commit.under_way.take().map(|(_, offsets)| offsets).unwrap_or_default();
            match outcome {
                Ok(()) => {
                    self.committed
                        .extend(offsets.into_iter().map(|offset| (offset.partition, offset.offset)));
                }
                // The next commit has these positions as well.
                Err(error) => tracing::warn!(%error, "positions were not committed"),
            }
        }
        if self.auto_commit.at.is_none_or(|at| at > now) {
            return;
        }
        self.auto_commit.at = Some(now + self.shared.config.auto_commit_interval);
        let offsets = self.uncommitted();
        if !offsets.is_empty() {
            let mut commit = self.send_commit(offsets.clone());
            if Pin::new(&mut commit).poll(context).is_pending() {
                self.auto_commit.under_way = Some((commit, offsets));
            }
        }
    }
}
