//! One partition's log: segments in a directory, appended at the end, read anywhere, recovered when a crash left it. It is
//! synchronous and knows no request, no socket and no task; the partition holds it under its lock.
//!
//! `log_start_offset <= written_end_offset <= log_end_offset`; between the last two are batches that were gathered and wait
//! for [`Log::write`].

mod checkpointing;
mod clean;
mod config;
mod open;
mod read;
mod retention;
mod roll;
mod tail;
mod unsynced;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::record::{BatchHeader, stamp};

use self::tail::Tail;
use self::unsynced::Unsynced;
use super::StorageError;
use super::index_mark::IndexMark;
use super::leader_epochs::LeaderEpochs;
use super::producer_state::{ProducerStates, Sequence};
use super::segment::{Indexes, Segment};
use super::validate::CheckedBatch;
use crate::env::files::Files;

pub(crate) use self::checkpointing::LogCheckpoint;
pub(crate) use self::clean::OpenSegment;
pub(crate) use self::config::LogConfig;
pub(crate) use self::open::{LogStart, QUARANTINE};
pub(crate) use self::read::{LogSlice, ReadError};
use self::retention::Retired;
pub(crate) use super::segment::Room;

/// A batch below this size is gathered with its neighbours; a larger one is written at once, without a copy.
const GATHERED_BATCH_MAX: usize = 16 * 1024;

/// As much is gathered at most.
const GATHERED_MAX: usize = 256 * 1024;

/// The file of leader epochs.
pub(crate) const LEADER_EPOCHS: &str = "leader-epoch-checkpoint";

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appended {
    /// It is in the log, or gathered for it.
    Batch { base_offset: i64 },
    /// It was there before.
    Duplicate { base_offset: i64, last_offset: i64, timestamp_ms: i64 },
}

/// Why a batch was not appended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppendError {
    #[error("a batch of this producer is missing before this one")]
    OutOfOrderSequence,
    #[error("the producer's epoch has been replaced by a newer one")]
    StaleProducerEpoch,
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl AppendError {
    /// What the producer is told.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            AppendError::OutOfOrderSequence => ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
            AppendError::StaleProducerEpoch => ErrorCode::INVALID_PRODUCER_EPOCH,
            AppendError::Storage(_) => ErrorCode::KAFKA_STORAGE_ERROR,
        }
    }
}

/// A log.
#[derive(Debug)]
pub(crate) struct Log {
    files: Arc<dyn Files>,
    dir: PathBuf,
    config: LogConfig,
    /// In the order of their base offsets; none may be empty.
    sealed: Vec<Segment>,
    active: Segment,
    /// The timestamp of the active segment's first batch, which its age counts from.
    active_since_ms: Option<i64>,
    /// Out of the log; their files are still there.
    retired: Vec<Retired>,
    tail: Tail,
    /// Batches that were appended and not written yet.
    gathered: Vec<u8>,
    log_start_offset: i64,
    written_end_offset: i64,
    log_end_offset: i64,
    leader_epochs: LeaderEpochs,
    /// What their file says.
    kept_leader_epochs: LeaderEpochs,
    producers: ProducerStates,
    recovery_point: i64,
    /// Where cleaning goes on.
    first_dirty_offset: i64,
    uncleanable: bool,
    /// By the broker's clock; when the log was opened, before that.
    last_append_ms: i64,
    unsynced: Unsynced,
    damaged: Option<Damage>,
    /// What the active segment's largest timestamp goes back to when a write fails.
    written_max_timestamp: Option<(i64, i64)>,
    offline: bool,
    /// Why batches that were appended are gone, while their owners have not heard of it: the next [`Log::write`] says so.
    lost: Option<io::ErrorKind>,
    /// What has been written since the last [`Log::write`].
    unreported_bytes: u64,
    /// Whether anything was written that [`Log::close`] has to write down.
    is_dirty: bool,
    /// Of the active segment, or an earlier one, as of the last checkpoint.
    index_mark: Option<IndexMark>,
    /// Where the log ended then.
    checkpointed_end: i64,
    bytes_since_snapshot: u64,
    /// The offset of the last snapshot that was written between two rolls.
    passing_snapshot: Option<i64>,
}

/// Where a log is damaged, though intact batches follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Damage {
    /// The first offset that cannot be read.
    offset: i64,
    /// The segment, by its base offset, and where its intact batches end.
    base_offset: i64,
    position: u64,
}

impl Log {
    pub(crate) fn log_start_offset(&self) -> i64 {
        self.log_start_offset
    }

    /// Exclusive; what was gathered included.
    pub(crate) fn log_end_offset(&self) -> i64 {
        self.log_end_offset
    }

    /// Exclusive; what was gathered not included.
    pub(crate) fn written_end_offset(&self) -> i64 {
        self.written_end_offset
    }

    /// Everything below is durable.
    pub(crate) fn recovery_point(&self) -> i64 {
        self.recovery_point
    }

    pub(crate) fn config(&self) -> &LogConfig {
        &self.config
    }

    /// Whether segments were sealed since the last sync.
    pub(crate) fn has_unsynced_segments(&self) -> bool {
        !self.unsynced.sealed.is_empty()
    }

    pub(crate) fn set_recovery_point(&mut self, offset: i64) {
        self.recovery_point = self.recovery_point.max(offset);
    }

    /// The newest leader epoch; `None` in a new log.
    pub(crate) fn leader_epoch(&self) -> Option<i32> {
        self.leader_epochs.latest()
    }

    /// The largest epoch not above `epoch`, and its exclusive end; (-1, -1) when that is not known.
    pub(crate) fn end_offset_for_epoch(&self, epoch: i32) -> (i32, i64) {
        self.leader_epochs.end_offset(epoch, self.log_end_offset)
    }

    /// Puts a checked batch at the end: judges its sequence, stamps offset and epoch where it lies, and writes or gathers it.
    pub(crate) fn append(
        &mut self,
        batch: &mut CheckedBatch<'_>,
        leader_epoch: i32,
        now_ms: i64,
    ) -> Result<Appended, AppendError> {
        self.check_writable()?;
        self.last_append_ms = now_ms;
        let base_offset = self.log_end_offset;
        let header = BatchHeader { base_offset, partition_leader_epoch: leader_epoch, ..*batch.header() };
        if header.has_producer() {
            match self.producers.check(&header) {
                Sequence::Next => {}
                Sequence::Duplicate { base_offset, last_offset, timestamp_ms } => {
                    return Ok(Appended::Duplicate { base_offset, last_offset, timestamp_ms });
                }
                Sequence::OutOfOrder => return Err(AppendError::OutOfOrderSequence),
                Sequence::StaleEpoch => return Err(AppendError::StaleProducerEpoch),
            }
        }
        if self.must_roll(&header, now_ms) {
            self.roll(now_ms)?;
        }
        stamp(batch.bytes_mut(), base_offset, leader_epoch).map_err(StorageError::from)?;
        // What could fail comes before the batch is in the log: whoever is told of an error finds nothing of it there.
        self.active.indexes()?;
        let position = self.put(&header, batch.bytes_mut())?;
        self.note(&header, position)?;
        if self.gathered.is_empty() {
            self.wrote();
        }
        Ok(Appended::Batch { base_offset })
    }

    fn check_writable(&self) -> Result<(), StorageError> {
        match self.damaged {
            Some(damage) => Err(StorageError::Damaged { offset: damage.offset }),
            None if self.offline => Err(StorageError::Offline),
            None => Ok(()),
        }
    }

    /// Writes or gathers a stamped batch; returns where it begins in the active segment.
    fn put(&mut self, header: &BatchHeader, bytes: &[u8]) -> Result<u64, StorageError> {
        if bytes.len() >= GATHERED_BATCH_MAX || self.gathered.len() + bytes.len() > GATHERED_MAX {
            self.write_gathered()?;
        }
        let position = self.active.size() + self.gathered.len() as u64;
        if bytes.len() < GATHERED_BATCH_MAX {
            self.gathered.extend_from_slice(bytes);
            return Ok(position);
        }
        if let Err(error) = self.write_active(bytes) {
            self.take_back(error.kind());
            return Err(error);
        }
        self.tail.wrote(header.base_offset..header.next_offset(), bytes);
        self.count(bytes.len());
        Ok(position)
    }

    /// Takes note of a batch that is in the log.
    fn note(&mut self, header: &BatchHeader, position: u64) -> Result<(), StorageError> {
        let base_offset = self.active.base_offset();
        let interval = self.config.index_interval_bytes;
        self.active.indexes_mut()?.note(base_offset, header, position, interval);
        let timestamp = if header.max_timestamp < 0 { self.last_append_ms } else { header.max_timestamp };
        self.active_since_ms.get_or_insert(timestamp);
        self.leader_epochs.assign(header.partition_leader_epoch, header.base_offset);
        if header.has_producer() {
            self.producers.appended(header, self.last_append_ms);
        }
        self.log_end_offset = header.next_offset();
        Ok(())
    }

    /// Writes what was gathered. When that fails, everything since the last write is taken back, as if it had never come.
    /// Fails as well when that happened between two calls, because a segment had to be rolled or a large batch came: those
    /// who appended must hear of it. Returns how many bytes were written since the last call.
    pub(crate) fn write(&mut self) -> Result<u64, StorageError> {
        if let Some(cause) = self.lost {
            self.take_back(cause);
        }
        let written = self.write_gathered();
        if let Some(cause) = self.lost.take() {
            self.unreported_bytes = 0;
            return Err(written.err().unwrap_or(StorageError::TakenBack(cause)));
        }
        written.map(|()| std::mem::take(&mut self.unreported_bytes))
    }

    fn write_gathered(&mut self) -> Result<(), StorageError> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let gathered = std::mem::take(&mut self.gathered);
        let written = self.write_active(&gathered);
        self.gathered = gathered;
        if let Err(error) = written {
            self.take_back(error.kind());
            return Err(error);
        }
        self.tail.wrote(self.written_end_offset..self.log_end_offset, &self.gathered);
        self.count(self.gathered.len());
        self.gathered.clear();
        self.wrote();
        Ok(())
    }

    fn write_active(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        let segment_bytes = self.config.segment_bytes.min(config::SEGMENT_BYTES_MAX);
        self.active.take_room(bytes.len(), self.config.room, segment_bytes)?;
        self.active.write(bytes)
    }

    fn count(&mut self, written: usize) {
        self.unreported_bytes += written as u64;
        self.bytes_since_snapshot += written as u64;
    }

    fn wrote(&mut self) {
        self.is_dirty = true;
        self.written_end_offset = self.log_end_offset;
        self.unsynced.active = true;
        self.written_max_timestamp = self.active.indexes().ok().and_then(|indexes| indexes.max_timestamp);
    }

    /// Goes back to what was written. If even that fails, the log is offline.
    fn take_back(&mut self, cause: io::ErrorKind) {
        if self.log_end_offset > self.written_end_offset {
            self.lost = Some(cause);
        }
        self.gathered.clear();
        self.log_end_offset = self.written_end_offset;
        let (size, base_offset) = (self.active.size(), self.active.base_offset());
        let max_timestamp = self.written_max_timestamp;
        let relative_end = u32::try_from(self.written_end_offset - base_offset).unwrap_or(u32::MAX);
        let restored = self.active.truncate(size).and_then(|()| {
            // Else a power loss could bring back what was cut, behind batches that came later.
            self.active.sync()?;
            let indexes: &mut Indexes = self.active.indexes_mut()?;
            indexes.offsets.truncate(size);
            indexes.times.truncate(relative_end);
            indexes.max_timestamp = max_timestamp;
            self.leader_epochs.truncate_end(self.written_end_offset);
            self.producers = self.read_producers()?;
            Ok(())
        });
        if let Err(error) = restored {
            tracing::error!(log = %self.dir.display(), %error, "a failed write could not be undone; the log is offline");
            self.offline = true;
        }
    }
}

#[cfg(test)]
mod tests;
