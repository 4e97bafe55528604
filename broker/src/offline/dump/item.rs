//! What can be shown.

use fluxmq_protocol::record::{ControlType, EndTransactionMarker, TimestampType};
use serde::Serialize;

use super::super::pieces::each_record;
use crate::storage::recovery::IntactBatch;

/// Something in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Item {
    /// An intact batch.
    Batch(Batch),
    /// Bytes that are no intact batch.
    Damaged {
        /// In bytes.
        position: u64,
        /// In bytes.
        size: u64,
        /// The first offset that is missing.
        offset: i64,
        /// What is wrong with the first of them.
        what: String,
    },
    /// A small file, or what is left of it, that is not what its name says.
    Unreadable {
        /// What is wrong.
        what: String,
    },
    /// An entry of an offset index.
    OffsetIndexEntry {
        /// The last offset of a batch.
        offset: i64,
        /// Where the batch begins.
        position: u64,
    },
    /// An entry of a time index.
    TimeIndexEntry {
        /// The largest so far, in milliseconds since 1970.
        timestamp: i64,
        /// The last offset of the batch that has it.
        offset: i64,
    },
    /// An entry of an index of aborted transactions.
    AbortedTransaction {
        /// Whose transaction it was.
        producer_id: i64,
        /// Of its first record.
        first_offset: i64,
        /// Of its marker.
        last_offset: i64,
        /// Up to where, exclusive, everything was decided then.
        last_stable_offset: i64,
    },
    /// An entry of a producer snapshot: a batch of a producer, the last one unless more of its follow.
    Producer {
        /// The producer.
        producer_id: i64,
        /// Its epoch.
        producer_epoch: i16,
        /// The sequence number of the batch's last record.
        last_sequence: i32,
        /// The offset of the batch's last record.
        last_offset: i64,
        /// From its first to its last offset.
        offset_delta: i32,
        /// Its largest timestamp.
        timestamp: i64,
        /// Of the transaction coordinator; -1 where none has written.
        coordinator_epoch: i32,
        /// Of the open transaction; -1 where none is open.
        transaction_first_offset: i64,
    },
    /// A leader epoch.
    LeaderEpoch {
        /// Its number.
        epoch: i32,
        /// The first offset that was written in it.
        start_offset: i64,
    },
    /// A partition's line in a checkpoint.
    Checkpoint {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// What is said of it.
        offset: i64,
    },
    /// A line of a small file of names and values.
    Property {
        /// What stands before the separator.
        name: String,
        /// What stands behind it.
        value: String,
    },
}

/// What the header of a batch says, and what its control record does, if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// Where in the file it begins, in bytes.
    pub position: u64,
    /// In bytes.
    pub size: usize,
    /// Of its first record.
    pub base_offset: i64,
    /// Of its last record, inclusive.
    pub last_offset: i64,
    /// How many records it has.
    pub records: i32,
    /// Of the leader that appended it.
    pub leader_epoch: i32,
    /// What its timestamps are relative to; the time from which tombstones may go where it has a delete horizon.
    pub base_timestamp: i64,
    /// Milliseconds since 1970.
    pub max_timestamp: i64,
    /// `create` or `append`.
    pub timestamp_type: &'static str,
    /// The codec, or `unknown`.
    pub compression: &'static str,
    /// -1 without one.
    pub producer_id: i64,
    /// -1 without one.
    pub producer_epoch: i16,
    /// -1 without one.
    pub base_sequence: i32,
    /// -1 without one.
    pub last_sequence: i32,
    /// Whether it belongs to a transaction.
    pub transactional: bool,
    /// Whether a broker wrote it, to control something.
    pub control: bool,
    /// Whether its base timestamp is a delete horizon (KIP-534).
    pub delete_horizon: bool,
    /// CRC-32C of everything from the attributes on.
    pub crc: u32,
    /// The transaction that ends here.
    pub end_of_transaction: Option<EndOfTransaction>,
}

/// What a transaction marker says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EndOfTransaction {
    /// `commit` or `abort`.
    pub outcome: &'static str,
    /// Of the transaction coordinator; `None` where it cannot be read.
    pub coordinator_epoch: Option<i32>,
}

impl Batch {
    pub(super) fn of(batch: &IntactBatch<'_>) -> Batch {
        let header = &batch.header;
        let attributes = header.attributes;
        Batch {
            position: batch.position,
            size: header.total_len(),
            base_offset: header.base_offset,
            last_offset: header.last_offset(),
            records: header.record_count,
            leader_epoch: header.partition_leader_epoch,
            base_timestamp: header.base_timestamp,
            max_timestamp: header.max_timestamp,
            timestamp_type: match attributes.timestamp_type() {
                TimestampType::CreateTime => "create",
                TimestampType::LogAppendTime => "append",
            },
            compression: attributes.compression().map_or("unknown", |codec| codec.name()),
            producer_id: header.producer_id,
            producer_epoch: header.producer_epoch,
            base_sequence: header.base_sequence,
            last_sequence: header.last_sequence(),
            transactional: attributes.is_transactional(),
            control: attributes.is_control(),
            delete_horizon: attributes.has_delete_horizon(),
            crc: header.crc,
            end_of_transaction: end_of_transaction(batch),
        }
    }
}

fn end_of_transaction(batch: &IntactBatch<'_>) -> Option<EndOfTransaction> {
    let attributes = batch.header.attributes;
    if !attributes.is_control() || !attributes.is_transactional() {
        return None;
    }
    let mut end = None;
    // A record that cannot be read says nothing.
    let _ = each_record(&batch.header, batch.bytes, |record| {
        let outcome = match record.key.map(ControlType::parse) {
            Some(Ok(ControlType::Commit)) => "commit",
            Some(Ok(ControlType::Abort)) => "abort",
            _ => return,
        };
        let marker = record.value.and_then(|value| EndTransactionMarker::parse(value).ok());
        end = Some(EndOfTransaction {
            outcome,
            coordinator_epoch: marker.map(|marker| marker.coordinator_epoch),
        });
    });
    end
}
