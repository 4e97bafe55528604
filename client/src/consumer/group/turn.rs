//! What the handle does between two records: giving partitions up and taking them up, one notice after the other.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::GroupConsumer;
use super::commit::Commit;
use super::listener::Rebalance;
use super::shared::{Command, Notice};
use super::start::{Started, starts};
use crate::admin::OffsetToCommit;
use crate::error::ClientError;
use crate::topic_partition::TopicPartition;

/// How far the handle is with a notice.
pub(super) enum Step {
    /// Nothing is to be done.
    Idle,
    /// Partitions are given up when their positions are committed; then these are to be taken up.
    Revoking(Commit, Option<Vec<TopicPartition>>),
    /// Where the added ones of these partitions are read from is being found out.
    Starting(BoxFuture<'static, Result<Vec<Started>, ClientError>>, Vec<TopicPartition>),
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Idle => "Idle",
            Step::Revoking(..) => "Revoking",
            Step::Starting(..) => "Starting",
        })
    }
}

impl GroupConsumer {
    /// Sees to everything that is due. The application is here, so it is alive.
    pub(super) fn turn(&mut self, context: &mut Context<'_>) {
        let now = Instant::now();
        self.shared.polled(now);
        loop {
            while let Poll::Ready(Some(notice)) = self.notices.poll_recv(context) {
                if matches!(notice, Notice::Lost(_)) {
                    // What was to be done with the partitions before is of no use any more.
                    self.queue.clear();
                    self.step = Step::Idle;
                }
                self.queue.push_back(notice);
            }
            if self.advance(context).is_pending() {
                break;
            }
        }
        self.poll_auto_commit(now, context);
        self.wake_in_time(now, context);
    }

    /// An application that waits for records is to look in here again before it is taken for dead, and when it is time
    /// to commit.
    fn wake_in_time(&mut self, now: Instant, context: &mut Context<'_>) {
        let alive = now + self.shared.config.max_poll_interval / 3;
        let at = self.auto_commit.wakes_at().map_or(alive, |at| at.min(alive));
        if self.timer.deadline() != at {
            self.timer.as_mut().reset(at);
        }
        if self.timer.as_mut().poll(context).is_ready() {
            context.waker().wake_by_ref();
        }
    }

    /// Whether every notice has been seen to.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.step, Step::Idle) && self.queue.is_empty()
    }

    fn advance(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.step {
            Step::Idle => {
                let Some(notice) = self.queue.pop_front() else { return Poll::Pending };
                self.begin(notice);
            }
            Step::Revoking(commit, next) => {
                let outcome = std::task::ready!(Pin::new(commit).poll(context));
                let next = next.take();
                if let Err(error) = outcome {
                    tracing::warn!(%error, "positions were not committed before partitions were given up");
                }
                self.take_up(next);
            }
            Step::Starting(starting, target) => {
                let outcome = std::task::ready!(starting.as_mut().poll(context));
                let target = std::mem::take(target);
                match outcome {
                    Ok(started) => self.started(started),
                    Err(error) if error.is_retriable() => {
                        self.errors.push_back(error);
                        self.take_up(Some(target));
                    }
                    Err(error) => self.fail(error),
                }
            }
        }
        Poll::Ready(())
    }

    fn begin(&mut self, notice: Notice) {
        match notice {
            Notice::GiveUp(number) => {
                self.notice = number;
                let owned = self.assignment();
                self.give_up(&owned, None);
            }
            Notice::Assigned(number, target) => {
                self.notice = number;
                let kept: BTreeSet<&TopicPartition> = target.iter().collect();
                let mut revoked = self.assignment();
                revoked.retain(|partition| !kept.contains(partition));
                self.give_up(&revoked, Some(target));
            }
            Notice::Lost(number) => {
                self.notice = number;
                let lost = self.assignment();
                if !lost.is_empty() {
                    self.listener.lost(&lost);
                }
                self.reader.remove(&lost);
                self.committed.clear();
                self.is_assigned = false;
                self.settle();
            }
            Notice::Trouble(error) => self.errors.push_back(error),
            Notice::Failed(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: ClientError) {
        self.errors.push_back(error);
        self.has_ended = true;
        self.step = Step::Idle;
    }

    /// Stops reading partitions, and commits what is to be committed of them.
    fn give_up(&mut self, partitions: &[TopicPartition], next: Option<Vec<TopicPartition>>) {
        let offsets = self.revoke(partitions);
        if offsets.is_empty() {
            self.take_up(next);
        } else {
            self.step = Step::Revoking(self.send_commit(offsets), next);
        }
    }

    /// Tells the listener, and stops reading. What is to be committed.
    pub(super) fn revoke(&mut self, partitions: &[TopicPartition]) -> Vec<OffsetToCommit> {
        if partitions.is_empty() {
            return Vec::new();
        }
        let names: BTreeSet<&TopicPartition> = partitions.iter().collect();
        let positions = self.reader.positions().into_iter();
        let positions = positions.map(|position| (position.partition, position.offset));
        let mut rebalance = Rebalance {
            positions: positions.filter(|(partition, _)| names.contains(partition)).collect(),
            ..Rebalance::default()
        };
        self.listener.revoked(partitions, &mut rebalance);
        let mut offsets = rebalance.commits;
        if self.shared.config.auto_commit {
            let mut positions = self.uncommitted();
            let is_chosen =
                |partition: &TopicPartition| offsets.iter().any(|offset| offset.partition == *partition);
            positions
                .retain(|position| names.contains(&position.partition) && !is_chosen(&position.partition));
            offsets.extend(positions);
        }
        self.reader.remove(partitions);
        offsets
    }

    /// Finds out where the partitions that are new are to be read from.
    fn take_up(&mut self, target: Option<Vec<TopicPartition>>) {
        let Some(target) = target else {
            self.is_assigned = false;
            return self.settle();
        };
        let owned: BTreeSet<TopicPartition> = self.assignment().into_iter().collect();
        let added: Vec<_> = target.iter().filter(|partition| !owned.contains(partition)).cloned().collect();
        if added.is_empty() {
            return self.started(Vec::new());
        }
        self.step = Step::Starting(Box::pin(starts(Arc::clone(&self.shared), added)), target);
    }

    fn started(&mut self, started: Vec<Started>) {
        let mut added = Vec::with_capacity(started.len());
        let mut rebalance = Rebalance::default();
        let mut states = Vec::with_capacity(started.len());
        for Started { name, committed, state, error } in started {
            self.errors.extend(error);
            self.committed.remove(&name);
            self.committed.extend(committed.map(|offset| (name.clone(), offset)));
            rebalance.committed.extend(committed.map(|offset| (name.clone(), offset)));
            if !state.failed {
                rebalance.positions.insert(name.clone(), state.offsets.position);
            }
            states.push(state);
            added.push(name);
        }
        self.reader.add(states);
        self.listener.assigned(&added, &mut rebalance);
        for (partition, offset) in rebalance.seeks {
            if let Err(error) = self.reader.seek(&partition.topic, partition.partition, offset) {
                self.errors.push_back(error);
            }
        }
        let commits = rebalance.commits;
        if !commits.is_empty() {
            drop(self.send_commit(commits));
        }
        self.is_assigned = true;
        self.settle();
    }

    /// Tells the task that the notice has been seen to.
    fn settle(&mut self) {
        self.step = Step::Idle;
        self.committed
            .retain(|partition, _| self.reader.state(&partition.topic, partition.partition).is_some());
        let _ = self.commands.send(Command::Settled(self.notice, self.reader.assignment()));
    }
}
