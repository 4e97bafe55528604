//! The consumer by assignment: reads partitions from where to where it is told, as a stream of records. A group's member
//! is the same consumer, with partitions that come and go ([`GroupConsumer`]).
//!
//! There is no task behind it. Polling sends fetches and takes in answers; while the records of one answer are used,
//! the next is on its way. What has been fetched and not been yielded is bounded in bytes.

pub mod assignor;
mod config;
mod discovery;
mod fetcher;
mod group;
mod partition;
mod record;
mod start;
mod tail;
mod turnover;
mod visible;

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, Stream, StreamExt};
use tokio::time::{Instant, Sleep};

pub use assignor::AssignmentStrategy;
pub use config::{ConsumerConfig, EndOffset, OffsetReset, StartOffset};
pub use group::{
    Commit, GroupConfig, GroupConsumer, GroupMetadata, GroupProtocol, Rebalance, RebalanceListener,
};
pub use partition::PartitionOffsets;
pub use record::{ConsumerRecord, Text};

use crate::client::Client;
use crate::error::ClientError;
use crate::topic_partition::TopicPartition;
use discovery::TopicPattern;
use fetcher::Event;
use partition::{FetchedBatch, PartitionState};
pub(crate) use visible::VisibleBatches;

/// Reads records. A stream that ends when every partition has reached its end, where all have one.
pub struct Consumer {
    client: Client,
    config: Arc<ConsumerConfig>,
    partitions: Vec<PartitionState>,
    ready: VecDeque<FetchedBatch>,
    /// Bytes of what is ready, as they were fetched.
    ready_bytes: usize,
    events: FuturesUnordered<BoxFuture<'static, Event>>,
    /// The brokers with a fetch under way.
    brokers_asked: HashSet<i32>,
    refreshing: bool,
    refreshed_at: Instant,
    pattern: Option<TopicPattern>,
    errors: VecDeque<ClientError>,
    /// Errors of partitions whose batches before the error are still to be yielded.
    late_errors: Vec<(usize, ClientError)>,
    timer: Option<Pin<Box<Sleep>>>,
    /// The rest of the batch that the stream yields record by record.
    current: std::vec::IntoIter<ConsumerRecord>,
    turn: usize,
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("partitions", &self.partitions).finish_non_exhaustive()
    }
}

impl Client {
    /// A consumer of partitions that are named, or of all partitions of topics. Finds out where each starts and ends;
    /// fails when a topic or partition does not exist.
    pub async fn consumer(&self, config: ConsumerConfig) -> Result<Consumer, ClientError> {
        config.validate()?;
        let partitions = start::partitions(self, &config).await?;
        let pattern = TopicPattern::of(&config)?;
        let mut consumer = Consumer::from_parts(self.clone(), config, partitions);
        consumer.pattern = pattern;
        Ok(consumer)
    }
}

impl Consumer {
    fn from_parts(client: Client, config: ConsumerConfig, partitions: Vec<PartitionState>) -> Self {
        Consumer {
            client,
            config: Arc::new(config),
            partitions,
            ready: VecDeque::new(),
            ready_bytes: 0,
            events: FuturesUnordered::new(),
            brokers_asked: HashSet::new(),
            refreshing: false,
            refreshed_at: Instant::now(),
            pattern: None,
            errors: VecDeque::new(),
            late_errors: Vec::new(),
            timer: None,
            current: Vec::new().into_iter(),
            turn: fastrand::usize(..),
        }
    }

    /// The records of the next batch, at least one; `None` when every partition has reached its end. After an error
    /// the other partitions go on.
    pub async fn next_batch(&mut self) -> Option<Result<Vec<ConsumerRecord>, ClientError>> {
        std::future::poll_fn(|context| self.poll_batch(context)).await
    }

    fn poll_batch(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Vec<ConsumerRecord>, ClientError>>> {
        if self.current.len() > 0 {
            let rest = std::mem::take(&mut self.current).collect();
            return Poll::Ready(Some(Ok(rest)));
        }
        loop {
            if let Some(error) = self.errors.pop_front() {
                return Poll::Ready(Some(Err(error)));
            }
            if let Some(outcome) = self.decode_next() {
                // The next answer comes while this one is used.
                let _ = self.look_after(context);
                return Poll::Ready(Some(outcome));
            }
            if self.is_finished() {
                return Poll::Ready(None);
            }
            match self.look_after(context) {
                Poll::Ready(()) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Whether nothing more can come: every partition is done, and no other is waited for.
    fn is_finished(&self) -> bool {
        let awaits_topics = self.pattern.is_some() && self.config.end == EndOffset::Never;
        self.errors.is_empty()
            && self.partitions.iter().all(PartitionState::is_done)
            && !(self.partitions.is_empty() && awaits_topics)
    }

    /// Sends what is to be sent and takes in what has come. Ready when something has come.
    fn look_after(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut progress = Poll::Pending;
        loop {
            let look_again = self.start_fetches(Instant::now());
            if let Poll::Ready(Some(event)) = self.events.poll_next_unpin(context) {
                self.handle(event);
                progress = Poll::Ready(());
                continue;
            }
            let Some(at) = look_again else { return progress };
            let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
            if timer.deadline() != at {
                timer.as_mut().reset(at);
            }
            if timer.as_mut().poll(context).is_pending() {
                return progress;
            }
            self.timer = None;
        }
    }

    /// Decodes batches until one has a record to yield.
    fn decode_next(&mut self) -> Option<Result<Vec<ConsumerRecord>, ClientError>> {
        while let Some(fetched) = self.ready.pop_front() {
            self.ready_bytes = self.ready_bytes.saturating_sub(fetched.batch.bytes().len());
            let index = fetched.partition;
            let state = &mut self.partitions[index];
            if state.generation != fetched.generation {
                continue;
            }
            let was_failed = state.failed;
            match state.decode(fetched, self.config.control_records, self.config.decompressed_bytes_max) {
                Ok(records) if records.is_empty() => {}
                Ok(records) => return Some(Ok(records)),
                Err(error) => {
                    state.failed = true;
                    state.generation = state.generation.wrapping_add(1);
                    if !was_failed {
                        return Some(Err(error));
                    }
                }
            }
        }
        self.ready_bytes = 0;
        self.late_errors.pop().map(|(_, error)| Err(error))
    }

    /// The partitions that are read.
    pub fn assignment(&self) -> Vec<TopicPartition> {
        self.present().map(PartitionState::name).collect()
    }

    /// How far each partition has been read, and how far it goes.
    pub fn offsets(&self) -> Vec<(TopicPartition, PartitionOffsets)> {
        self.present().map(|state| (state.name(), self.offsets_of(state))).collect()
    }

    /// How far one partition has been read; `None` for one that is not read at all.
    pub fn partition_offsets(&self, topic: &str, partition: i32) -> Option<PartitionOffsets> {
        self.state(topic, partition).map(|state| self.offsets_of(state))
    }

    /// The position stands behind the whole batch that was decoded last; of that, some may still be to be yielded.
    fn offsets_of(&self, state: &PartitionState) -> PartitionOffsets {
        let next = self.current.as_slice().first();
        let next = next.filter(|record| record.partition == state.partition && record.topic == state.topic);
        let position = next.map_or(state.offsets.position, |record| record.offset);
        PartitionOffsets { position, ..state.offsets }
    }

    /// The offset of the next record of a partition.
    pub fn position(&self, topic: &str, partition: i32) -> Option<i64> {
        self.partition_offsets(topic, partition).map(|offsets| offsets.position)
    }

    /// How many offsets lie between the position and the end of the log, as the last fetch knew it; `None` before the
    /// first fetch.
    pub fn lag(&self, topic: &str, partition: i32) -> Option<i64> {
        let offsets = self.partition_offsets(topic, partition)?;
        (offsets.high_watermark >= 0).then(|| (offsets.high_watermark - offsets.position).max(0))
    }

    /// Stops fetching from partitions until [`Self::resume`]. What is fetched already is yielded.
    pub fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), ClientError> {
        self.set_paused(partitions, true)
    }

    /// Fetches from partitions again.
    pub fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), ClientError> {
        self.set_paused(partitions, false)
    }

    fn set_paused(&mut self, partitions: &[TopicPartition], paused: bool) -> Result<(), ClientError> {
        for partition in partitions {
            self.state_mut(&partition.topic, partition.partition)?.paused = paused;
        }
        Ok(())
    }

    /// Goes on at another offset. What was fetched from before is dropped.
    pub fn seek(&mut self, topic: &str, partition: i32, offset: i64) -> Result<(), ClientError> {
        if offset < 0 {
            return Err(ClientError::InvalidArgument(format!("an offset is at least 0, not {offset}")));
        }
        self.state_mut(topic, partition)?.seek(offset);
        self.drop_current(topic, partition);
        Ok(())
    }

    /// Yields nothing more of the batch at hand, where it is of this partition.
    fn drop_current(&mut self, topic: &str, partition: i32) {
        let next = self.current.as_slice().first();
        if next.is_some_and(|record| record.partition == partition && &*record.topic == topic) {
            self.current = Vec::new().into_iter();
        }
    }

    /// The records of the next batch from `offset` on, of the only partition that is read; none when nothing is
    /// written there within `max_wait`.
    pub async fn fetch(&mut self, offset: i64) -> Result<Vec<ConsumerRecord>, ClientError> {
        let [state] = &self.partitions[..] else {
            return Err(ClientError::InvalidArgument(format!(
                "`fetch` needs a consumer of one partition, this one reads {}; name it in `partitions`",
                self.partitions.len()
            )));
        };
        let (topic, partition) = (Arc::clone(&state.topic), state.partition);
        self.seek(&topic, partition, offset)?;
        let records = std::future::poll_fn(|context| match self.poll_batch(context) {
            Poll::Pending if self.partitions.iter().all(|state| state.is_answered) => Poll::Ready(None),
            records => records,
        });
        records.await.unwrap_or_else(|| Ok(Vec::new()))
    }

    /// The partitions that are read, in their places.
    fn present(&self) -> impl Iterator<Item = &PartitionState> {
        self.partitions.iter().filter(|state| !state.removed)
    }

    fn state(&self, topic: &str, partition: i32) -> Option<&PartitionState> {
        self.present().find(|state| state.is(topic, partition))
    }

    fn state_mut(&mut self, topic: &str, partition: i32) -> Result<&mut PartitionState, ClientError> {
        let found = self.partitions.iter_mut().find(|state| !state.removed && state.is(topic, partition));
        found.ok_or_else(|| {
            ClientError::InvalidArgument(format!("this consumer does not read `{topic}-{partition}`"))
        })
    }
}

impl Stream for Consumer {
    type Item = Result<ConsumerRecord, ClientError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(record) = this.current.next() {
                return Poll::Ready(Some(Ok(record)));
            }
            match std::task::ready!(this.poll_batch(context)) {
                Some(Ok(records)) => this.current = records.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}
