//! `__consumer_offsets`: where groups, their members and the offsets that they commit are written down. An ordinary compacted topic,
//! in which the newest record of a key counts.
//!
//! A group has its place in one partition, chosen by its name; all that is written of it is written there, in order. A record that
//! this broker does not understand, because a newer one wrote it, is told and stepped over. Groups whose partition is damaged are not
//! served until it is repaired: where they went on from is not known, and a consumer that is given no offset, or an old one, would
//! leave records out or handle many again.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::record::{
    BatchBuilder, Compression, DECOMPRESSED_BYTES_MAX, Record, RecordBatch, batches,
};
use fluxmq_protocol::stored::groups::GroupRecord;

use crate::config::Settings;
use crate::env::clock::Clock;
use crate::partition::{HostedTopic, Partition, Partitions, Pending};
use crate::storage::StorageError;
use crate::storage::log::ReadError;
use crate::storage::validate::{self, CheckedBatch};
use crate::topic_manager::{CONSUMER_OFFSETS, TopicManager};

/// The topic's name.
pub(crate) const TOPIC: &str = CONSUMER_OFFSETS;

/// How much of a partition is read at once.
const READ_BYTES: usize = 1 << 20;

/// The topic, as groups use it.
#[derive(Debug)]
pub(crate) struct OffsetsTopic {
    topics: TopicManager,
    partitions: Arc<Partitions>,
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
    /// Partitions that could not be read to their end.
    damaged: OnceLock<BTreeSet<i32>>,
}

/// Records that were appended.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    partition: Arc<Partition>,
    pending: Pending,
}

impl Written {
    /// Waits until the records are as safe as a producer's with acks=all.
    pub(crate) async fn durable(&self) -> Result<(), ErrorCode> {
        self.partition.settle(self.pending).await.map_err(|error| code(&self.partition, &error))
    }
}

impl OffsetsTopic {
    pub(crate) fn new(
        topics: TopicManager,
        partitions: Arc<Partitions>,
        settings: Arc<Settings>,
        clock: Arc<dyn Clock>,
    ) -> OffsetsTopic {
        OffsetsTopic { topics, partitions, settings, clock, damaged: OnceLock::new() }
    }

    /// Makes the topic where it is missing.
    pub(crate) async fn ensure(&self) -> Result<(), ErrorCode> {
        if self.hosted().is_some() {
            return Ok(());
        }
        let topics = self.topics.clone();
        // A task of its own: a client that goes away must not leave half a topic.
        let created = tokio::spawn(async move { topics.auto_create(TOPIC).await.map(drop) });
        match created.await.map_err(|_| ErrorCode::COORDINATOR_NOT_AVAILABLE)? {
            // Somebody else was faster.
            Err(error) if error.code != ErrorCode::TOPIC_ALREADY_EXISTS => {
                tracing::error!(%error, "topic `{TOPIC}` could not be created, so there is no group coordinator");
                Err(ErrorCode::COORDINATOR_NOT_AVAILABLE)
            }
            _ => Ok(()),
        }
    }

    fn hosted(&self) -> Option<Arc<HostedTopic>> {
        self.partitions.topic(TOPIC)
    }

    /// The partition in which a group has its place.
    pub(crate) fn partition_of(&self, group: &str) -> i32 {
        let hosted = self.hosted().and_then(|topic| i32::try_from(topic.partitions().len()).ok());
        let wanted = || self.settings.values.number("offsets.topic.num.partitions").try_into().unwrap_or(1);
        place_of(group, hosted.unwrap_or_else(wanted))
    }

    /// Whether what a group wrote down could be read.
    pub(crate) fn check(&self, group: &str) -> Result<(), ErrorCode> {
        match self.damaged.get() {
            Some(damaged) if damaged.contains(&self.partition_of(group)) => {
                Err(ErrorCode::COORDINATOR_NOT_AVAILABLE)
            }
            _ => Ok(()),
        }
    }

    /// Appends records as one batch and writes it. It does not wait for the disk's sync, and can be called under a lock.
    /// After an error nothing was appended.
    pub(crate) fn append(&self, partition: i32, records: &[GroupRecord]) -> Result<Written, ErrorCode> {
        let topic = self.hosted().ok_or(ErrorCode::COORDINATOR_NOT_AVAILABLE)?;
        let partition = topic.partition(partition).ok_or(ErrorCode::COORDINATOR_NOT_AVAILABLE)?;
        let now_ms = self.clock.now_ms();
        let rules = topic.settings.load().produce_rules(now_ms, true, false);
        let mut batch = self.batch(records, now_ms).map_err(|error| {
            tracing::error!(partition = partition.index(), %error, "records of a group could not be encoded");
            ErrorCode::UNKNOWN_SERVER_ERROR
        })?;
        let mut batch = validate::check(&mut batch, &rules).map_err(|refusal| {
            let (partition, group) = (partition.index(), records.first().map(GroupRecord::group));
            tracing::error!(partition, group, "records of a group were refused: {}", refusal.message);
            ErrorCode::UNKNOWN_SERVER_ERROR
        })?;
        let mut written = write(partition, &mut batch, now_ms);
        if written.as_ref().is_err_and(StorageError::is_full) && self.partitions.release_reserve() {
            written = write(partition, &mut batch, now_ms);
        }
        let pending = written.map_err(|error| code(partition, &error))?;
        Ok(Written { partition: Arc::clone(partition), pending })
    }

    fn batch(&self, records: &[GroupRecord], now_ms: i64) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let codec = i16::try_from(self.settings.values.number("offsets.topic.compression.codec"))?;
        let mut builder = BatchBuilder::new(Compression::from_code(codec)?, None);
        for record in records {
            let (key, value) = record.encode()?;
            builder.append(now_ms, Some(&key), value.as_deref(), &[]);
        }
        let mut bytes = Vec::with_capacity(builder.estimated_size());
        builder.build_into(&mut bytes)?;
        Ok(bytes)
    }

    /// Hands all records, in the order of their partition's log, to `on_record`: of a damaged partition those before the damage, and
    /// [`OffsetsTopic::check`] refuses its groups from then on. Blocks.
    ///
    /// # Errors
    /// What the disk says. What it gives and is not understood is told in the broker's own log and stepped over.
    pub(crate) fn load(&self, on_record: &mut dyn FnMut(GroupRecord)) -> Result<(), StorageError> {
        let Some(topic) = self.hosted() else { return Ok(()) };
        let mut damaged = BTreeSet::new();
        for partition in topic.partitions() {
            if !load_partition(partition, on_record)? {
                damaged.insert(partition.index());
            }
        }
        // Only the first load finds it unset, and nothing is loaded twice.
        let _ = self.damaged.set(damaged);
        Ok(())
    }
}

/// Appends a batch and writes it. After an error it is not there.
fn write(
    partition: &Arc<Partition>,
    batch: &mut CheckedBatch<'_>,
    now_ms: i64,
) -> Result<Pending, StorageError> {
    let appended = partition.append_own(batch, now_ms);
    // Also after a failure: what was appended before it must not stay unwritten.
    partition.write();
    let pending = appended?;
    match partition.fate(pending) {
        Some(Err(error)) => Err(error),
        _ => Ok(pending),
    }
}

/// Returns whether it could be read to its end.
fn load_partition(
    partition: &Partition,
    on_record: &mut dyn FnMut(GroupRecord),
) -> Result<bool, StorageError> {
    let mut offset = partition.watermarks().log_start_offset;
    let damaged = |offset: i64, error: &dyn std::fmt::Display| {
        tracing::error!(
            topic = TOPIC,
            partition = partition.index(),
            offset,
            %error,
            "what groups wrote down is damaged: those whose place is in this partition are not served; \
             stop the broker and see `fluxctl log repair`"
        );
        Ok(false)
    };
    loop {
        let slice = match partition.read(offset, -1, READ_BYTES, false, true) {
            Ok(read) => read.slice,
            Err(ReadError::Storage(error)) => return Err(error),
            Err(error) => return damaged(offset, &error),
        };
        let Some(slice) = slice else { return Ok(true) };
        let from = offset;
        for batch in batches(slice.bytes().map_err(StorageError::at(TOPIC))?) {
            match batch {
                Ok(batch) => {
                    load_batch(partition, &batch, on_record);
                    offset = batch.header().next_offset();
                }
                Err(error) => return damaged(offset, &error),
            }
        }
        if offset == from {
            return damaged(offset, &ReadError::Damaged(offset));
        }
    }
}

fn load_batch(partition: &Partition, batch: &RecordBatch, on_record: &mut dyn FnMut(GroupRecord)) {
    if batch.header().attributes.is_control() {
        return;
    }
    let partition = partition.index();
    let skipped = |offset, error: &dyn std::fmt::Display| {
        tracing::error!(topic = TOPIC, partition, offset, %error, "a damaged record was stepped over");
    };
    let records = match batch.records(DECOMPRESSED_BYTES_MAX) {
        Ok(records) => records,
        Err(error) => return skipped(batch.header().base_offset, &error),
    };
    for record in records {
        let Record { offset, key, value, .. } = match record {
            Ok(record) => record,
            Err(error) => return skipped(batch.header().base_offset, &error),
        };
        match GroupRecord::decode(key.as_deref().unwrap_or_default(), value.as_deref()) {
            Ok(Some(record)) => on_record(record),
            Ok(None) => {
                tracing::warn!(
                    topic = TOPIC,
                    partition,
                    offset,
                    "a record of an unknown kind was stepped over"
                );
            }
            Err(error) => skipped(offset, &error),
        }
    }
}

/// What a client is told when groups cannot write something down.
fn code(partition: &Partition, error: &StorageError) -> ErrorCode {
    tracing::error!(topic = TOPIC, partition = partition.index(), %error, "what a group wrote down was not stored");
    ErrorCode::COORDINATOR_NOT_AVAILABLE
}

/// Where a group has its place among so many partitions: by the hash that Java has of its name.
fn place_of(group: &str, count: i32) -> i32 {
    let hash = group.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
    hash.checked_abs().unwrap_or(0) % count
}

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;
