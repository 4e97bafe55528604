//! A member of a consumer group: a consumer whose partitions the group hands out.
//!
//! ```text
//!  GroupConsumer (the handle)                        Member (its task)
//!    reads, commits, tells the listener   <-notices-   joins, heartbeats, assigns
//!    while the application asks for records  -commands->   commits in the member's name
//! ```
//! The task never touches partitions: it says which ones are the member's, and the handle gives up and takes up between
//! two records, when the application asks for the next. The task ends with the handle.

mod classic;
mod commit;
mod config;
mod coordinator;
mod joining;
mod listener;
mod member;
mod next_gen;
mod offsets;
mod shared;
mod start;
mod topics;
mod turn;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::Stream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, Sleep};
use tokio_util::task::AbortOnDropHandle;

pub use commit::Commit;
pub use config::{GroupConfig, GroupProtocol};
pub use listener::{Rebalance, RebalanceListener};
pub use shared::GroupMetadata;

use super::config::EndOffset;
use super::{Consumer, ConsumerRecord, PartitionOffsets};
use crate::admin::{CommittedOffset, OffsetToCommit};
use crate::client::Client;
use crate::error::ClientError;
use crate::topic_partition::TopicPartition;
use commit::AutoCommit;
use member::Member;
use shared::{Command, Notice, Shared};
use turn::Step;

/// Reads records as a member of a group. A stream that waits for more, unless the configuration names an end.
///
/// A record counts as done when the next one is asked for. What is done is committed at intervals, before partitions
/// are given up and by [`Self::close`], unless `auto_commit` is off.
///
/// While the application works on records, a task keeps the membership alive. Partitions change hands only when the
/// application asks for records; one that does not for `max_poll_interval` leaves the group until it does. Dropping the
/// consumer ends the task and says nothing to the group, which notices after its session time-out; [`Self::close`]
/// leaves at once.
pub struct GroupConsumer {
    shared: Arc<Shared>,
    reader: Consumer,
    listener: Box<dyn RebalanceListener>,
    commands: UnboundedSender<Command>,
    notices: UnboundedReceiver<Notice>,
    /// Notices that wait for the step at hand.
    queue: VecDeque<Notice>,
    /// The notice that is being seen to.
    notice: u64,
    step: Step,
    /// Whether the group has handed out partitions since this member joined it last.
    is_assigned: bool,
    auto_commit: AutoCommit,
    /// The offset that the group is known to have committed of each partition.
    committed: HashMap<TopicPartition, i64>,
    errors: VecDeque<ClientError>,
    /// Whether the membership has ended for good.
    has_ended: bool,
    timer: Pin<Box<Sleep>>,
    task: AbortOnDropHandle<()>,
}

impl fmt::Debug for GroupConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("GroupConsumer");
        debug.field("member", &self.shared.metadata()).field("reader", &self.reader).finish_non_exhaustive()
    }
}

impl Client {
    /// A member of a consumer group. Joins while records are asked for. Needs a runtime.
    pub fn group_consumer(&self, config: GroupConfig) -> Result<GroupConsumer, ClientError> {
        self.group_consumer_with(config, listener::Unheard)
    }

    /// As [`Self::group_consumer`], with a listener that is told of partitions that come and go.
    pub fn group_consumer_with(
        &self,
        config: GroupConfig,
        listener: impl RebalanceListener + 'static,
    ) -> Result<GroupConsumer, ClientError> {
        config.validate()?;
        super::discovery::TopicPattern::of(&config.consumer)?;
        Ok(GroupConsumer::new(Shared::new(self.clone(), config), Box::new(listener)))
    }
}

impl GroupConsumer {
    fn new(shared: Shared, listener: Box<dyn RebalanceListener>) -> Self {
        let shared = Arc::new(shared);
        let (commands, obeyed) = unbounded_channel();
        let (told, notices) = unbounded_channel();
        let member = Member::new(Arc::clone(&shared), obeyed, told);
        let now = Instant::now();
        GroupConsumer {
            reader: Consumer::from_parts(shared.client.clone(), shared.config.reading(), Vec::new()),
            listener,
            commands,
            notices,
            queue: VecDeque::new(),
            notice: 0,
            step: Step::Idle,
            is_assigned: false,
            auto_commit: AutoCommit::new(now, &shared.config),
            committed: HashMap::new(),
            errors: VecDeque::new(),
            has_ended: false,
            timer: Box::pin(tokio::time::sleep_until(now)),
            task: AbortOnDropHandle::new(tokio::spawn(member.run())),
            shared,
        }
    }

    /// The records of the next batch, at least one, all of one partition; `None` when every partition of this member
    /// has reached the end that the configuration names, or after an error that ended the membership. After any other
    /// error reading goes on.
    pub async fn next_batch(&mut self) -> Option<Result<Vec<ConsumerRecord>, ClientError>> {
        std::future::poll_fn(|context| self.poll_with(context, Consumer::poll_batch)).await
    }

    fn poll_with<T>(
        &mut self,
        context: &mut Context<'_>,
        read: impl Fn(&mut Consumer, &mut Context<'_>) -> Poll<Option<Result<T, ClientError>>>,
    ) -> Poll<Option<Result<T, ClientError>>> {
        self.turn(context);
        if let Some(error) = self.errors.pop_front() {
            return Poll::Ready(Some(Err(error)));
        }
        if self.has_ended {
            return Poll::Ready(None);
        }
        let has_end = self.shared.config.consumer.end != EndOffset::Never;
        if self.reader.present().next().is_some() || self.reader.has_error() {
            match read(&mut self.reader, context) {
                Poll::Ready(Some(item)) => return Poll::Ready(Some(item)),
                // Not done yet: what comes next is up to the group.
                Poll::Ready(None) if !has_end => return Poll::Pending,
                Poll::Ready(None) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
        let is_done = has_end && self.is_assigned && self.is_settled();
        if is_done { Poll::Ready(None) } else { Poll::Pending }
    }

    /// The partitions that this member reads at this moment.
    pub fn assignment(&self) -> Vec<TopicPartition> {
        self.reader.assignment()
    }

    /// Whether the group has handed out partitions, none at all included.
    pub fn is_assigned(&self) -> bool {
        self.is_assigned
    }

    /// How far each partition has been read, and how far it goes.
    pub fn offsets(&self) -> Vec<(TopicPartition, PartitionOffsets)> {
        self.reader.offsets()
    }

    /// How far one partition has been read; `None` for one that is not this member's.
    pub fn partition_offsets(&self, topic: &str, partition: i32) -> Option<PartitionOffsets> {
        self.reader.partition_offsets(topic, partition)
    }

    /// The offset of the next record of a partition.
    pub fn position(&self, topic: &str, partition: i32) -> Option<i64> {
        self.reader.position(topic, partition)
    }

    /// How many offsets lie between the position and the end of the log, as the last fetch knew it; `None` before the
    /// first fetch.
    pub fn lag(&self, topic: &str, partition: i32) -> Option<i64> {
        self.reader.lag(topic, partition)
    }

    /// Stops fetching from partitions until [`Self::resume`], or until they are given up. What is fetched already is
    /// yielded.
    pub fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), ClientError> {
        self.reader.pause(partitions)
    }

    /// Fetches from partitions again.
    pub fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), ClientError> {
        self.reader.resume(partitions)
    }

    /// Goes on at another offset. What was fetched from before is dropped.
    pub fn seek(&mut self, topic: &str, partition: i32, offset: i64) -> Result<(), ClientError> {
        self.reader.seek(topic, partition, offset)
    }

    /// Who this member is to the coordinator.
    pub fn group_metadata(&self) -> GroupMetadata {
        self.shared.metadata()
    }

    /// Commits the positions of all partitions: everything that was yielded counts as done. What is returned can be
    /// awaited, or dropped: the commit is on its way already.
    pub fn commit(&mut self) -> Commit {
        let offsets = self.reader.positions();
        self.send_commit(offsets)
    }

    /// Commits given offsets; each is that of the next record to be read.
    pub fn commit_offsets(&mut self, offsets: impl IntoIterator<Item = OffsetToCommit>) -> Commit {
        self.send_commit(offsets.into_iter().collect())
    }

    /// What the group has committed of partitions.
    pub async fn committed(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<Vec<(TopicPartition, Option<CommittedOffset>)>, ClientError> {
        let outcomes = offsets::committed(&self.shared, partitions).await?;
        outcomes.into_iter().map(|(partition, outcome)| outcome.map(|offset| (partition, offset))).collect()
    }

    /// Gives the partitions up: tells the listener, commits if that is this consumer's business, leaves the group and
    /// ends the task. A static member stays in the group until its session ends, for it may come back. The error is that
    /// of the commit.
    pub async fn close(mut self) -> Result<(), ClientError> {
        let owned = self.assignment();
        let offsets = self.revoke(&owned);
        let outcome = if offsets.is_empty() { Ok(()) } else { self.send_commit(offsets).await };
        if self.commands.send(Command::Close).is_ok() {
            let timeout = self.shared.config.timeout;
            // The task is aborted when it takes longer.
            let _ = tokio::time::timeout(timeout, &mut self.task).await;
        }
        outcome
    }
}

impl Stream for GroupConsumer {
    type Item = Result<ConsumerRecord, ClientError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_with(context, |reader, context| Pin::new(reader).poll_next(context))
    }
}
