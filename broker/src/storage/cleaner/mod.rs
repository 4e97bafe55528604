//! Log compaction: of each key the last record stays, offsets never change.
//!
//! ```text
//!   clean                 | dirty                            | not cleanable
//!   one record a key      | read into a map: key -> offset   | active segment, open transactions, too young
//!   log start ........... first dirty ...................... first uncleanable ................ log end
//! ```
//!
//! A round reads the headers for the outcome of transactions, reads the dirty part into the map, and then copies all sealed
//! segments below the map's end, some of them into one, without what the map has a newer record for. Only the exchange of old
//! segments for the new one happens under the log's lock ([`SharedLog::turn`]).
//!
//! In reading order: [`plan`] decides, [`transactions`] and [`offset_map`] are what must be known, [`filter`] judges batches,
//! [`copy`] writes segments; `log/clean.rs` is the log's side of it.

mod copy;
mod filter;
mod offset_map;
mod plan;
mod transactions;

use fluxmq_protocol::record::{
    BATCH_HEADER_LEN, BatchHeader, Compression, DECOMPRESSED_BYTES_MAX, RecordWalk, decompressed,
};

use self::copy::{Copied, Segments};
use self::filter::{Filter, RecordCounts};
use self::offset_map::OffsetMap;
use self::plan::Cleanable;
use self::transactions::{Outcomes, outcome};
use super::StorageError;
use super::log::Log;

pub(crate) use self::copy::CleanedSegment;
pub(crate) use self::plan::{GroupLimits, LogShape, SealedSegment, SegmentTimes, is_overdue};

/// How a log is compacted; Kafka's topic keys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CompactionSettings {
    /// `min.compaction.lag.ms`
    pub(crate) min_lag_ms: i64,
    /// `max.compaction.lag.ms`
    pub(crate) max_lag_ms: i64,
    /// `min.cleanable.dirty.ratio`
    pub(crate) min_dirty_ratio: f64,
    /// `delete.retention.ms`
    pub(crate) delete_retention_ms: i64,
    /// `log.cleaner.dedupe.buffer.size`: the memory that keys may take.
    pub(crate) map_bytes: usize,
    /// The level of `compression.type`, where it has one.
    pub(crate) level: Option<(Compression, i32)>,
}

impl Default for CompactionSettings {
    fn default() -> Self {
        CompactionSettings {
            min_lag_ms: 0,
            max_lag_ms: i64::MAX,
            min_dirty_ratio: 0.5,
            delete_retention_ms: 86_400_000,
            map_bytes: 128 << 20,
            level: None,
        }
    }
}

/// A log that others use at the same time.
pub(crate) trait SharedLog {
    /// Runs `with` while nobody else uses the log; `None` when the log is gone.
    fn turn<T>(&self, with: impl FnOnce(&mut Log) -> T) -> Option<T>;

    /// All batches below are committed.
    fn last_stable_offset(&self) -> i64;
}

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CleanerStats {
    /// Below it, every key has one record now.
    pub(crate) end_offset: i64,
    pub(crate) records_read: u64,
    pub(crate) records_kept: u64,
    /// Records without a key, which a compacted log cannot keep.
    pub(crate) records_keyless: u64,
    pub(crate) bytes_before: u64,
    pub(crate) bytes_after: u64,
    pub(crate) segments_before: usize,
    pub(crate) segments_after: usize,
    /// The keys did not fit into the map: there is more to clean.
    pub(crate) map_was_full: bool,
}

/// Cleans a log when it is due. `None` when it is not, or when segments went away meanwhile, so that the next round has to
/// begin anew. One round for a log at a time. A log with a batch that cannot be read is not tried again until it is opened anew.
pub(crate) fn clean_if_due(
    log: &impl SharedLog,
    settings: &CompactionSettings,
    now_ms: i64,
) -> Result<Option<CleanerStats>, StorageError> {
    let cleaned = clean(log, settings, now_ms);
    if let Err(StorageError::Batch(_)) = &cleaned {
        log.turn(Log::give_up_compaction);
    }
    cleaned
}

fn clean(
    log: &impl SharedLog,
    settings: &CompactionSettings,
    now_ms: i64,
) -> Result<Option<CleanerStats>, StorageError> {
    let stable = log.last_stable_offset();
    let Some(planned) = log.turn(|log| log.plan_compaction(settings, stable, now_ms)) else {
        return Ok(None);
    };
    let Some(plan) = planned? else { return Ok(None) };
    let segments = Segments { log, shape: &plan.shape };
    let Some(outcomes) = read_outcomes(&segments, &plan, stable)? else { return Ok(None) };
    let bound = outcomes.first_open_offset().unwrap_or(i64::MAX).min(plan.cleanable.first_uncleanable_offset);
    let cleanable = plan.shape.cleanable(bound, None);
    if !cleanable.is_due(plan.is_overdue, settings) {
        return Ok(None);
    }
    let Some(map) = read_keys(&segments, &cleanable, &outcomes, &plan, settings)? else { return Ok(None) };
    let Some(last_records) = log.turn(|log| log.last_records_of_producers()) else { return Ok(None) };
    let mut filter = Filter {
        map: &map,
        transactions: outcomes.from(0),
        last_records,
        round_end_offset: cleanable.first_uncleanable_offset,
        now_ms,
        delete_retention_ms: settings.delete_retention_ms,
        level: settings.level,
        counts: RecordCounts::default(),
    };
    let end_offset = map.latest_offset() + 1;
    let mut copied = Copied::default();
    for group in plan.shape.groups(end_offset, &plan.limits) {
        if !segments.clean_group(&group, &plan, &mut filter, &mut copied)? {
            return Ok(None);
        }
    }
    let RecordCounts { read, kept, keyless } = filter.counts;
    log.turn(|log| log.set_first_dirty_offset(end_offset));
    Ok(Some(CleanerStats {
        end_offset,
        records_read: read,
        records_kept: kept,
        records_keyless: keyless,
        bytes_before: copied.bytes_before,
        bytes_after: copied.bytes_after,
        segments_before: copied.segments_before,
        segments_after: copied.segments_after,
        map_was_full: end_offset < cleanable.first_uncleanable_offset,
    }))
}

/// What a round goes by.
#[derive(Debug)]
pub(crate) struct CompactionPlan {
    pub(crate) shape: LogShape,
    pub(crate) cleanable: Cleanable,
    /// Something dirty is too old to wait.
    pub(crate) is_overdue: bool,
    pub(crate) limits: GroupLimits,
}

/// How the transactions ended that reach into the part to be cleaned; `None` when segments went away. Markers may stand behind
/// that part.
fn read_outcomes<L: SharedLog>(
    segments: &Segments<'_, L>,
    plan: &CompactionPlan,
    stable: i64,
) -> Result<Option<Outcomes>, StorageError> {
    let end_offset = plan.cleanable.first_uncleanable_offset;
    let mut outcomes = Outcomes::default();
    for base_offset in segments.base_offsets() {
        if base_offset >= end_offset && !outcomes.is_open_before(end_offset) {
            break;
        }
        let seen = segments.each_header(base_offset, |header, read| {
            if header.base_offset >= stable {
                return Ok(());
            }
            if header.attributes.is_control() {
                let bytes = read()?;
                outcomes.marker(header, outcome(header, bytes.get(BATCH_HEADER_LEN..).unwrap_or_default())?);
            } else {
                outcomes.data(header);
            }
            Ok(())
        })?;
        if !seen {
            return Ok(None);
        }
    }
    Ok(Some(outcomes))
}

/// The last offset of every key in the dirty part, or in as much of it as fits; `None` when segments went away.
fn read_keys<L: SharedLog>(
    segments: &Segments<'_, L>,
    cleanable: &Cleanable,
    outcomes: &Outcomes,
    plan: &CompactionPlan,
    settings: &CompactionSettings,
) -> Result<Option<OffsetMap>, StorageError> {
    let first_dirty = cleanable.first_dirty_offset;
    let span = cleanable.first_uncleanable_offset - first_dirty;
    let mut map = OffsetMap::new(settings.map_bytes, usize::try_from(span).unwrap_or(usize::MAX));
    let mut transactions = None;
    for segment in plan.shape.segments_from(first_dirty) {
        if segment.base_offset >= cleanable.first_uncleanable_offset {
            break;
        }
        let transactions = transactions.get_or_insert_with(|| outcomes.from(segment.base_offset));
        let mut is_full = false;
        let seen = segments.each_batch(segment, |header, bytes| {
            if header.attributes.is_control() {
                let outcome = outcome(header, bytes.get(BATCH_HEADER_LEN..).unwrap_or_default())?;
                transactions.is_alone(header, outcome);
            } else if !transactions.is_aborted(header) {
                is_full = !note_keys(&mut map, header, bytes, first_dirty)?;
            }
            if !is_full {
                map.reached(header.last_offset());
            }
            Ok(!is_full)
        })?;
        if !seen {
            return Ok(None);
        }
        if is_full {
            break;
        }
        // The last offsets may be gone already.
        map.reached(segment.end_offset - 1);
    }
    Ok(Some(map))
}

/// Puts the keys of a batch into the map. False when it is full.
fn note_keys(
    map: &mut OffsetMap,
    header: &BatchHeader,
    bytes: &[u8],
    first_dirty: i64,
) -> Result<bool, StorageError> {
    let codec = header.attributes.compression().map_err(fluxmq_protocol::record::BatchError::from)?;
    let payload = bytes.get(BATCH_HEADER_LEN..).unwrap_or_default();
    let payload = decompressed(codec, payload, DECOMPRESSED_BYTES_MAX)
        .map_err(fluxmq_protocol::record::BatchError::from)?;
    for record in RecordWalk::new(&payload, header.record_count) {
        let record = record?;
        let offset = header.base_offset + i64::from(record.offset_delta);
        if offset < first_dirty {
            continue;
        }
        if let Some(key) = record.key
            && !map.put(key, offset)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
