//! One partition, as its consumer sees it.

use std::sync::Arc;

use fluxmq_protocol::messages::fetch::PartitionData;
use fluxmq_protocol::record::{BatchError, RecordBatch};
use tokio::time::Instant;

use super::config::OffsetReset;
use super::record::ConsumerRecord;
use super::visible::VisibleBatches;
use crate::error::ClientError;
use crate::retry::Backoff;
use crate::topic_partition::TopicPartition;

/// How far a partition has been read, and how far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartitionOffsets {
    /// The offset of the next record to be yielded.
    pub position: i64,
    /// Where reading stops (exclusive), `None` for never.
    pub end: Option<i64>,
    /// The first offset there is, as the last fetch said; -1 before the first one.
    pub log_start_offset: i64,
    /// The end of what committed reads see (exclusive), as the last fetch said; -1 before the first one.
    pub last_stable_offset: i64,
    /// The end of what is committed (exclusive), as the last fetch said; -1 before the first one.
    pub high_watermark: i64,
}

#[derive(Debug)]
pub(super) struct PartitionState {
    pub(super) topic: Arc<str>,
    pub(super) partition: i32,
    pub(super) offsets: PartitionOffsets,
    /// The next offset to fetch; ahead of the position by what is fetched and not yet yielded.
    pub(super) fetch_offset: i64,
    pub(super) fetch_bytes: i32,
    /// Counts seeks: what was fetched before the last one is dropped.
    pub(super) generation: u32,
    pub(super) under_way: bool,
    /// What to do when the position is not in the log, where that differs from the consumer's rule.
    pub(super) offset_reset: Option<OffsetReset>,
    /// Whether anything was answered since the last seek.
    pub(super) is_answered: bool,
    pub(super) paused: bool,
    /// Whether an error that was yielded has ended the reading.
    pub(super) failed: bool,
    /// Whether the consumer does not read it any more. Its place is taken again when nothing is under way for it.
    pub(super) removed: bool,
    /// The leader epoch of the last batch that was decoded, -1 before the first one.
    pub(super) leader_epoch: i32,
    pub(super) not_before: Option<Instant>,
    pub(super) failing_since: Option<Instant>,
    pub(super) backoff: Backoff,
    /// A nearer replica that the leader named (KIP-392).
    pub(super) preferred_replica: Option<i32>,
}

/// A batch that was fetched and waits to be yielded.
#[derive(Debug)]
pub(super) struct FetchedBatch {
    pub(super) partition: usize,
    pub(super) generation: u32,
    pub(super) batch: RecordBatch,
    /// Whether the batch only moves the position: it belongs to an aborted transaction.
    pub(super) is_aborted: bool,
}

impl PartitionState {
    pub(super) fn new(
        topic: Arc<str>,
        partition: i32,
        start: i64,
        end: Option<i64>,
        fetch_bytes: i32,
        backoff: Backoff,
    ) -> Self {
        let offsets = PartitionOffsets {
            position: start,
            end,
            log_start_offset: -1,
            last_stable_offset: -1,
            high_watermark: -1,
        };
        PartitionState {
            topic,
            partition,
            offsets,
            fetch_offset: start,
            fetch_bytes,
            generation: 0,
            under_way: false,
            offset_reset: None,
            is_answered: false,
            paused: false,
            failed: false,
            removed: false,
            leader_epoch: -1,
            not_before: None,
            failing_since: None,
            backoff,
            preferred_replica: None,
        }
    }

    pub(super) fn name(&self) -> TopicPartition {
        TopicPartition::new(&*self.topic, self.partition)
    }

    pub(super) fn is(&self, topic: &str, partition: i32) -> bool {
        self.partition == partition && &*self.topic == topic
    }

    /// Whether nothing more comes of this partition.
    pub(super) fn is_done(&self) -> bool {
        self.removed || self.failed || self.offsets.end.is_some_and(|end| self.offsets.position >= end)
    }

    /// Whether there is something left to fetch.
    pub(super) fn wants_fetch(&self) -> bool {
        let is_fetched = self.offsets.end.is_some_and(|end| self.fetch_offset >= end);
        !self.removed && !self.paused && !self.failed && !self.under_way && !is_fetched
    }

    pub(super) fn seek(&mut self, offset: i64) {
        self.generation = self.generation.wrapping_add(1);
        self.offsets.position = offset;
        self.fetch_offset = offset;
        self.failed = false;
        self.leader_epoch = -1;
        self.is_answered = false;
        self.not_before = None;
    }

    /// Waits a little before the next fetch.
    pub(super) fn back_off(&mut self, now: Instant) {
        self.failing_since.get_or_insert(now);
        self.not_before = Some(now + self.backoff.next());
        self.preferred_replica = None;
    }

    pub(super) fn recovered(&mut self) {
        self.failing_since = None;
        self.not_before = None;
        self.backoff.reset();
    }

    /// Takes over an answer without an error: moves on, and cuts the bytes into batches.
    pub(super) fn accept(
        &mut self,
        index: usize,
        data: PartitionData,
        ready: &mut impl Extend<FetchedBatch>,
    ) -> Result<usize, ClientError> {
        self.recovered();
        self.is_answered = true;
        self.offsets.log_start_offset = data.log_start_offset;
        self.offsets.last_stable_offset = data.last_stable_offset;
        self.offsets.high_watermark = data.high_watermark;
        let records = data.records.unwrap_or_default();
        let size = records.len();
        let before = self.fetch_offset;
        for batch in VisibleBatches::new(records, data.aborted_transactions.unwrap_or_default()) {
            let (batch, is_aborted) = batch.map_err(|error| self.unreadable(error))?;
            let next_offset = batch.header().next_offset();
            // The answer starts with the batch that contains the offset, which may be read up to there.
            if next_offset <= self.fetch_offset {
                continue;
            }
            self.fetch_offset = next_offset;
            ready.extend([FetchedBatch { partition: index, generation: self.generation, batch, is_aborted }]);
        }
        if size > 0 && self.fetch_offset == before {
            // Not even one whole batch: ask for more, as brokers before KIP-74 need.
            self.fetch_bytes = self.fetch_bytes.saturating_mul(2);
        }
        Ok(size)
    }

    fn unreadable(&self, error: BatchError) -> ClientError {
        let (topic, partition, offset) = (&self.topic, self.partition, self.fetch_offset);
        ClientError::codec(
            format!("a record batch of `{topic}-{partition}` at offset {offset} or after"),
            error,
        )
    }

    /// The records of a batch from the position up to the end; the position moves past the batch, or to the end.
    pub(super) fn decode(
        &mut self,
        fetched: FetchedBatch,
        control_records: bool,
        decompressed_bytes_max: usize,
    ) -> Result<Vec<ConsumerRecord>, ClientError> {
        let FetchedBatch { batch, is_aborted, .. } = fetched;
        let header = *batch.header();
        let (from, end) = (self.offsets.position, self.offsets.end.unwrap_or(i64::MAX));
        self.offsets.position = from.max(header.next_offset()).min(end.max(from));
        self.leader_epoch = header.partition_leader_epoch;
        let is_control = header.attributes.is_control();
        if (is_control && !control_records) || (!is_control && is_aborted) {
            return Ok(Vec::new());
        }
        let compression = batch.compression().map_err(|error| self.unreadable(error))?;
        let decoded = batch.records(decompressed_bytes_max).map_err(|error| self.unreadable(error))?;
        let mut records =
            Vec::with_capacity(usize::try_from(header.record_count).unwrap_or(0).min(64 * 1024));
        for record in decoded {
            let record = record.map_err(|error| self.unreadable(error))?;
            // The end is looked at before anything is yielded: the record at it may be missing.
            if record.offset < from || record.offset >= end {
                continue;
            }
            records.push(ConsumerRecord {
                topic: Arc::clone(&self.topic),
                partition: self.partition,
                offset: record.offset,
                timestamp: record.timestamp,
                timestamp_type: header.attributes.timestamp_type(),
                leader_epoch: header.partition_leader_epoch,
                key: record.key,
                value: record.value,
                headers: record.headers,
                compression,
                is_transactional: header.attributes.is_transactional(),
                is_control,
                producer_id: header.producer_id,
                producer_epoch: header.producer_epoch,
            });
        }
        Ok(records)
    }
}
