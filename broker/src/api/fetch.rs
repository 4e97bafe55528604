//! Fetch 0-18: reads stored batches, waiting for a minimum of bytes.
//!
//! - 0-3 are answered with message sets of magic 0 and 1, see `old_formats`. 1: throttle time. 3: a limit for the whole
//!   answer (KIP-74).
//! - 4: record batches, isolation level (KIP-98). 5: log start offset. 7: sessions (KIP-227); every answer here has session
//!   id 0, which tells the client to go on without one. 9: current leader epoch (KIP-320). 10: zstd (KIP-110).
//!   11: racks (KIP-392). 12: flexible, last fetched epoch (KIP-595). 13: topic ids (KIP-516). 15: replica state (KIP-903).
//!   18: high watermark of followers (KIP-1166).
//! - Batches go out whole and as stored, from the one that contains the offset; the first non-empty partition answers with at
//!   least one batch, whatever the limits say (KIP-74).
//! - Below `min_bytes` the request waits on its partitions; nothing polls. An error in any partition answers at once.

use std::sync::Arc;
use std::time::Duration;

use fluxmq_protocol::header::ResponseHeader;
use fluxmq_protocol::view::fetch::{
    FetchOutcome, FetchPartition, FetchResponseWriter, FetchTopic, FetchView,
};
use fluxmq_protocol::wire::Writer;
use fluxmq_protocol::{ApiKey, ErrorCode};

use super::context::Broker;
use super::conversation::Hangup;
use super::old_formats;
use super::output::{Output, Sink};
use crate::partition::{HostedTopic, Partition, Waiter, Watermarks};
use crate::storage::log::LogSlice;

/// The isolation level that reads only up to the last stable offset.
const READ_COMMITTED: i8 = 1;

/// A view that a large request left this much larger than usual is not kept.
const KEPT_PARTITIONS_MAX: usize = 1024;

/// One connection's fetches, with memory that they share.
#[derive(Debug, Default)]
pub(super) struct FetchWalk {
    view: FetchView,
    answers: Vec<PartitionAnswer>,
}

/// What one partition of the request answers.
#[derive(Debug)]
struct PartitionAnswer {
    outcome: FetchOutcome,
    slice: Option<LogSlice>,
    /// What old clients get instead of a slice.
    message_set: Vec<u8>,
}

/// What a look at all partitions found.
#[derive(Debug, Default)]
struct Found {
    bytes: usize,
    /// Something that the client must hear of at once.
    urgent: bool,
}

impl FetchWalk {
    /// Answers a fetch, after waiting for as many bytes as it asks for.
    pub(super) async fn answer<S: Sink>(
        &mut self,
        broker: &Broker,
        body: &[u8],
        version: i16,
        correlation_id: i32,
        output: &mut Output,
        sink: &mut S,
    ) -> Result<(), Hangup> {
        self.view.read(body, version)?;
        let refusal = self.refusal();
        self.answers.clear();
        if refusal.is_ok() {
            self.look_until_enough(broker, body, version, output, sink).await?;
        }
        self.write(body, version, correlation_id, refusal, output)?;
        broker.metrics.throughput.record_fetch_request(self.answers.iter().map(PartitionAnswer::len).sum());
        if self.view.partitions.capacity() > KEPT_PARTITIONS_MAX {
            *self = FetchWalk::default();
        }
        Ok(())
    }

    /// What refuses the request as a whole.
    fn refusal(&self) -> ErrorCode {
        if self.view.replica_id >= 0 {
            // There are no followers, so nobody may read as one.
            return ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
        }
        match (self.view.session_id, self.view.session_epoch) {
            (0, _) | (_, 0 | -1) => ErrorCode::NONE,
            _ => ErrorCode::FETCH_SESSION_ID_NOT_FOUND,
        }
    }

    async fn look_until_enough<S: Sink>(
        &mut self,
        broker: &Broker,
        body: &[u8],
        version: i16,
        output: &mut Output,
        sink: &mut S,
    ) -> Result<(), Hangup> {
        let topics = find_topics(broker, body, &self.view.topics, version);
        let min_bytes = usize::try_from(self.view.min_bytes).unwrap_or(0);
        let found = self.look(broker, &topics, version);
        let max_wait = Duration::from_millis(u64::try_from(self.view.max_wait_ms).unwrap_or(0));
        if found.urgent || found.bytes >= min_bytes || max_wait.is_zero() || self.answers.is_empty() {
            return Ok(());
        }
        sink.send(output).await?;
        let deadline = tokio::time::Instant::now() + max_wait;
        let watch = Watch::new(self.view.min_bytes, &topics, &self.view);
        loop {
            watch.waiter.reset(i64::from(self.view.min_bytes));
            let found = self.look(broker, &topics, version);
            if found.urgent || found.bytes >= min_bytes {
                return Ok(());
            }
            watch.waiter.seen(i64::try_from(found.bytes).unwrap_or(i64::MAX));
            tokio::select! {
                () = watch.waiter.wait() => {}
                () = tokio::time::sleep_until(deadline) => return Ok(()),
                () = sink.closed() => return Err(Hangup::Gone),
                () = broker.stopping.cancelled() => return Ok(()),
            }
        }
    }

    /// Looks at every partition of the request, filling `answers`.
    fn look(
        &mut self,
        broker: &Broker,
        topics: &[Result<Arc<HostedTopic>, ErrorCode>],
        version: i16,
    ) -> Found {
        self.answers.clear();
        let mut found = Found::default();
        let max_bytes =
            usize::try_from(self.view.max_bytes).unwrap_or(0).min(broker.settings.fetch_max_bytes);
        for (topic, hosted) in self.view.topics.iter().zip(topics) {
            for part in self.view.partitions.get(topic.partitions.clone()).unwrap_or_default() {
                let left = max_bytes.saturating_sub(found.bytes);
                let answer = self.look_at(hosted, part, version, left, found.bytes == 0);
                let answer = answer.unwrap_or_else(|error_code| PartitionAnswer {
                    outcome: FetchOutcome::refused(part.index, old_formats::fetch_error(version, error_code)),
                    slice: None,
                    message_set: Vec::new(),
                });
                found.urgent |=
                    !answer.outcome.error_code.is_ok() || answer.outcome.diverging_epoch.is_some();
                found.bytes += answer.len();
                self.answers.push(answer);
            }
        }
        found
    }

    fn look_at(
        &self,
        hosted: &Result<Arc<HostedTopic>, ErrorCode>,
        part: &FetchPartition,
        version: i16,
        max_bytes: usize,
        at_least_one: bool,
    ) -> Result<PartitionAnswer, ErrorCode> {
        let partition = find_partition(hosted, part.index)?;
        check_leader_epoch(part.current_leader_epoch, partition)?;
        if let Some(magic) = old_formats::magic_of_fetch(version) {
            let read = old_formats::read(partition, part, version, magic, max_bytes, at_least_one)?;
            return Ok(PartitionAnswer {
                outcome: outcome(part.index, &read.watermarks, read.message_set.len()),
                slice: None,
                message_set: read.message_set,
            });
        }
        let committed_only = self.view.isolation_level == READ_COMMITTED;
        let max_bytes = max_bytes.min(usize::try_from(part.max_bytes).unwrap_or(0));
        let read = partition
            .read(part.fetch_offset, part.last_fetched_epoch, max_bytes, committed_only, at_least_one)
            .map_err(|error| error.code())?;
        let records_size = read.slice.as_ref().map_or(0, |slice| slice.len);
        Ok(PartitionAnswer {
            outcome: FetchOutcome {
                diverging_epoch: read.diverging_epoch,
                aborted_transactions: committed_only.then(Vec::new),
                ..outcome(part.index, &read.watermarks, records_size)
            },
            slice: read.slice,
            message_set: Vec::new(),
        })
    }

    /// Appends the response to `output`, around slices that stay in their files.
    fn write(
        &mut self,
        body: &[u8],
        version: i16,
        correlation_id: i32,
        refusal: ErrorCode,
        output: &mut Output,
    ) -> Result<(), Hangup> {
        let parts = FetchResponseWriter::new(version);
        let start = output.bytes().len();
        let mut outside = 0;
        let topics = if refusal.is_ok() { &self.view.topics[..] } else { &[] };
        let mut writer = Writer::new(output.bytes_mut());
        writer.i32(0);
        ResponseHeader { correlation_id }.write(&mut writer, ApiKey::Fetch, version);
        parts.start(&mut writer, refusal, 0, topics.len())?;
        let mut answers = self.answers.iter_mut();
        for topic in topics {
            let name = body.get(topic.name.clone()).unwrap_or_default();
            let mut writer = Writer::new(output.bytes_mut());
            parts.topic_start(&mut writer, name, &topic.topic_id, topic.partitions.len())?;
            for answer in answers.by_ref().take(topic.partitions.len()) {
                parts.partition_start(&mut Writer::new(output.bytes_mut()), &answer.outcome)?;
                if let Some(slice) = answer.slice.take() {
                    outside += output.push_slice(slice)?;
                }
                output.bytes_mut().append(&mut answer.message_set);
                parts.partition_end(&mut Writer::new(output.bytes_mut()), &answer.outcome)?;
            }
            parts.end_struct(&mut Writer::new(output.bytes_mut()));
        }
        parts.end_struct(&mut Writer::new(output.bytes_mut()));
        let size = output.bytes().len() - start - 4 + outside;
        let size = i32::try_from(size).map_err(|_| fluxmq_protocol::wire::WireError::TooLong(size))?;
        Writer::new(output.bytes_mut()).set_i32(start, size);
        Ok(())
    }
}

impl PartitionAnswer {
    fn len(&self) -> usize {
        self.outcome.records_size
    }
}

/// What a partition that could be read answers.
fn outcome(index: i32, watermarks: &Watermarks, records_size: usize) -> FetchOutcome {
    FetchOutcome {
        index,
        error_code: ErrorCode::NONE,
        high_watermark: watermarks.high_watermark,
        last_stable_offset: watermarks.last_stable_offset,
        log_start_offset: watermarks.log_start_offset,
        diverging_epoch: None,
        aborted_transactions: None,
        records_size,
    }
}

/// A wait on all partitions of a request; they forget it when it is dropped.
struct Watch {
    waiter: Arc<Waiter>,
    partitions: Vec<Arc<Partition>>,
}

impl Watch {
    fn new(min_bytes: i32, topics: &[Result<Arc<HostedTopic>, ErrorCode>], view: &FetchView) -> Self {
        let waiter = Waiter::new(i64::from(min_bytes));
        let mut partitions = Vec::new();
        for (topic, hosted) in view.topics.iter().zip(topics) {
            for part in view.partitions.get(topic.partitions.clone()).unwrap_or_default() {
                if let Ok(partition) = find_partition(hosted, part.index) {
                    partition.watch(&waiter);
                    partitions.push(Arc::clone(partition));
                }
            }
        }
        Watch { waiter, partitions }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for partition in &self.partitions {
            partition.unwatch(&self.waiter);
        }
    }
}

fn find_topics(
    broker: &Broker,
    body: &[u8],
    topics: &[FetchTopic],
    version: i16,
) -> Vec<Result<Arc<HostedTopic>, ErrorCode>> {
    topics
        .iter()
        .map(|topic| {
            let name = body.get(topic.name.clone()).unwrap_or_default();
            broker.find_topic(name, topic.topic_id, version >= 13)
        })
        .collect()
}

fn find_partition(
    hosted: &Result<Arc<HostedTopic>, ErrorCode>,
    index: i32,
) -> Result<&Arc<Partition>, ErrorCode> {
    let hosted = hosted.as_ref().map_err(|error_code| *error_code)?;
    let partition = hosted.partition(index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    if partition.is_deleted() { Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) } else { Ok(partition) }
}

/// Holds the leader epoch that a client knows against the current one; -1 knows none.
pub(super) fn check_leader_epoch(known: i32, partition: &Partition) -> Result<(), ErrorCode> {
    let current = partition.leader_epoch();
    match known {
        -1 => Ok(()),
        epoch if epoch < current => Err(ErrorCode::FENCED_LEADER_EPOCH),
        epoch if epoch > current => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
        _ => Ok(()),
    }
}
