//! What becomes of one batch when its segment is cleaned (KIP-98, KIP-534).
//!
//! ```text
//!   record    goes when its key has a newer record, when it has no key, when its transaction was aborted, or when it is a
//!             tombstone whose delete horizon has passed
//!   marker    goes when nothing of its transaction is left and its delete horizon has passed
//!   horizon   now + `delete.retention.ms`, written into a batch when it is cleaned with a tombstone in it, or as a marker of
//!             which nothing else is left: the base timestamp becomes the horizon, and an attribute says so
//!   batch     goes with its last record, but stays empty where it carries its producer's last sequence, or ends the round
//! ```

use std::borrow::Cow;
use std::collections::HashMap;

use fluxmq_protocol::record::{
    Attributes, BATCH_HEADER_LEN, BatchError, BatchHeader, Compression, DECOMPRESSED_BYTES_MAX, RecordMeta,
    RecordWalk, decompressed, write_batch,
};

use super::offset_map::OffsetMap;
use super::transactions::{Transactions, outcome};
use crate::storage::producer_state::LastRecord;

/// What becomes of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cleaned {
    /// It stays, byte for byte.
    Untouched,
    /// It stays in another form.
    Rewritten(Vec<u8>),
    Gone,
}

/// How many records there were, and how many are left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RecordCounts {
    pub(crate) read: u64,
    pub(crate) kept: u64,
    /// Without a key; they cannot be compacted and are dropped.
    pub(crate) keyless: u64,
}

/// Judges the batches of a log, one after the other.
#[derive(Debug)]
pub(crate) struct Filter<'a> {
    pub(crate) map: &'a OffsetMap,
    pub(crate) transactions: Transactions,
    /// The last record of each producer that may still write.
    pub(crate) last_records: HashMap<i64, LastRecord>,
    /// Where the round ends: the last batch before it stays, so that the log does not seem to end earlier.
    pub(crate) round_end_offset: i64,
    pub(crate) now_ms: i64,
    pub(crate) delete_retention_ms: i64,
    /// The level that the topic asks for in one codec; others have their default.
    pub(crate) level: Option<(Compression, i32)>,
    pub(crate) counts: RecordCounts,
}

/// What is known of a batch before its records are looked at.
struct Judged {
    /// Its records belong to no one any more.
    discarded: bool,
    /// It is a marker of a transaction of which nothing else is left.
    is_lone_marker: bool,
    /// It stays even when it is empty.
    stays_empty: bool,
}

impl Filter<'_> {
    /// Judges the next batch; `bytes` is all of it.
    pub(crate) fn clean(&mut self, header: &BatchHeader, bytes: &[u8]) -> Result<Cleaned, BatchError> {
        let codec = header.attributes.compression()?;
        let payload = bytes.get(BATCH_HEADER_LEN..).unwrap_or_default();
        let payload: Cow<'_, [u8]> = decompressed(codec, payload, DECOMPRESSED_BYTES_MAX)?;
        let judged = self.judge(header, &payload)?;
        let mut kept: Vec<RecordMeta<'_>> = Vec::new();
        let mut has_tombstone = false;
        for record in RecordWalk::new(&payload, header.record_count) {
            let record = record?;
            self.counts.read += 1;
            if !judged.discarded && (header.attributes.is_control() || self.keeps(header, &record)) {
                has_tombstone |= record.value.is_none();
                kept.push(record);
            }
        }
        self.counts.kept += kept.len() as u64;
        if kept.is_empty() {
            return match judged.stays_empty {
                true if header.record_count == 0 => Ok(Cleaned::Untouched),
                true => emptied(header).map(Cleaned::Rewritten),
                false => Ok(Cleaned::Gone),
            };
        }
        let needs_horizon =
            (has_tombstone || judged.is_lone_marker) && !header.attributes.has_delete_horizon();
        if !needs_horizon && usize::try_from(header.record_count) == Ok(kept.len()) {
            return Ok(Cleaned::Untouched);
        }
        let horizon = if needs_horizon {
            Some(self.now_ms.saturating_add(self.delete_retention_ms))
        } else {
            delete_horizon(header)
        };
        let level = self.level.filter(|(wanted, _)| *wanted == codec).map(|(_, level)| level);
        rewritten(header, &kept, horizon, level).map(Cleaned::Rewritten)
    }

    fn judge(&mut self, header: &BatchHeader, payload: &[u8]) -> Result<Judged, BatchError> {
        let stays_empty = self.is_last_of_producer(header) || header.next_offset() == self.round_end_offset;
        if !header.attributes.is_control() {
            let discarded = self.transactions.is_aborted(header);
            return Ok(Judged { discarded, is_lone_marker: false, stays_empty });
        }
        let is_lone_marker = self.transactions.is_alone(header, outcome(header, payload)?);
        let is_over = delete_horizon(header).is_some_and(|horizon| horizon <= self.now_ms);
        Ok(Judged { discarded: is_lone_marker && is_over, is_lone_marker, stays_empty })
    }

    /// Whether the log would forget the producer's last sequence, or its epoch, without this batch.
    fn is_last_of_producer(&self, header: &BatchHeader) -> bool {
        if !header.has_producer() {
            return false;
        }
        self.last_records.get(&header.producer_id).is_some_and(|last| match last.data_offset {
            Some(offset) => header.last_offset() == offset,
            None => header.attributes.is_control() && header.producer_epoch == last.epoch,
        })
    }

    fn keeps(&mut self, header: &BatchHeader, record: &RecordMeta<'_>) -> bool {
        let offset = header.base_offset + i64::from(record.offset_delta);
        if offset > self.map.latest_offset() {
            return true;
        }
        let Some(key) = record.key else {
            self.counts.keyless += 1;
            return false;
        };
        let is_expired =
            record.value.is_none() && delete_horizon(header).is_some_and(|horizon| horizon <= self.now_ms);
        !is_expired && !self.map.is_superseded(key, offset)
    }
}

/// From when on the batch's tombstones, or its marker, may go.
fn delete_horizon(header: &BatchHeader) -> Option<i64> {
    header.attributes.has_delete_horizon().then_some(header.base_timestamp)
}

/// The batch with some of its records: the place in the log, producer and sequence stay.
fn rewritten(
    header: &BatchHeader,
    kept: &[RecordMeta<'_>],
    horizon: Option<i64>,
    level: Option<i32>,
) -> Result<Vec<u8>, BatchError> {
    let first_timestamp = kept.first().map_or(-1, |first| header.timestamp(first.timestamp_delta));
    let base_timestamp = horizon.unwrap_or(first_timestamp);
    let mut records = Vec::new();
    let mut max_timestamp = -1;
    for record in kept {
        let timestamp = header.timestamp(record.timestamp_delta);
        max_timestamp = max_timestamp.max(timestamp);
        record.write_with_timestamp_delta(timestamp.wrapping_sub(base_timestamp), &mut records);
    }
    let rewritten = BatchHeader {
        attributes: header.attributes.with_delete_horizon(horizon.is_some()),
        base_timestamp,
        max_timestamp,
        record_count: i32::try_from(kept.len()).unwrap_or(i32::MAX),
        ..*header
    };
    let mut out = Vec::new();
    write_batch(&rewritten, &records, level, &mut out)?;
    Ok(out)
}

/// The batch without records. It says no more than where it stood and who wrote it.
fn emptied(header: &BatchHeader) -> Result<Vec<u8>, BatchError> {
    let attributes = Attributes::default()
        .with_timestamp_type(header.attributes.timestamp_type())
        .with_transactional(header.attributes.is_transactional())
        .with_control(header.attributes.is_control());
    let empty = BatchHeader { attributes, base_timestamp: -1, record_count: 0, ..*header };
    let mut out = Vec::new();
    write_batch(&empty, &[], None, &mut out)?;
    Ok(out)
}
