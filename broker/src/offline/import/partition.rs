//! One partition's files as Kafka left them: whether every batch is intact, and what would be taken.

use std::io;
use std::path::{Path, PathBuf};

use fluxmq_protocol::record::{BatchError, LOG_OVERHEAD};

use super::super::OfflineError;
use super::super::files::{names_in, open, read_text};
use super::batches::segments;
use super::kafka_dir::PartitionPlace;
use crate::env::files::File;
use crate::storage::leader_epochs::LeaderEpochs;
use crate::storage::recovery::{self, SEGMENT_OFFSETS_MAX, intact_batch_after, is_lost_write, walk};
use crate::storage::segment::{base_offset_of, is_empty_room};

/// How the names of files end that make up a log; what else lies in a partition's directory is not taken.
const LOG_FILES: [&str; 5] = ["log", "index", "timeindex", "txnindex", "snapshot"];

/// The least size that a message of format v0 states: checksum, magic, attributes, and the lengths of key and value.
const OLD_MESSAGE_MIN: u64 = 14;

/// The one other file that is taken: where leader epochs began.
pub(super) const LEADER_EPOCHS: &str = "leader-epoch-checkpoint";

/// A partition's log as it lies in its directory.
#[derive(Debug, Clone)]
pub(super) struct PartitionLog {
    pub(super) path: PathBuf,
    /// Records, without transaction markers.
    pub(super) records: u64,
    /// The bytes of its segments.
    pub(super) bytes: u64,
    pub(super) log_start_offset: i64,
    /// Up to here, exclusive, everything is intact.
    pub(super) end_offset: i64,
    /// Where leader epochs began, from the file or else from the batches.
    pub(super) epochs: LeaderEpochs,
    pub(super) fault: Option<Fault>,
    /// Whether a transaction in it has been aborted.
    pub(super) has_aborted: bool,
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The last write was not finished: so many bytes are not a whole batch.
    TornTail(u64),
    /// Intact batches follow the damage.
    Damage,
}

/// Reads a log from its first batch to its last. `Err` with the reason when it cannot be taken at all.
pub(super) fn inspect(place: &PartitionPlace) -> Result<Result<PartitionLog, String>, OfflineError> {
    let path = &place.path;
    let names = names_in(path)?;
    if let Some(name) = names.iter().find(|name| name.ends_with(".swap") || name.ends_with(".cleaned")) {
        return Ok(Err(format!(
            "a compaction was not finished (`{name}`); start this Kafka and stop it in order, then import again"
        )));
    }
    let segments = segments(path)?;
    let first_offset = segments.first().map_or(0, |(base_offset, _)| *base_offset);
    let mut log = PartitionLog {
        path: path.clone(),
        records: 0,
        bytes: 0,
        log_start_offset: place.log_start_offset.max(first_offset),
        end_offset: first_offset,
        epochs: LeaderEpochs::default(),
        fault: None,
        has_aborted: has_aborted(path, &names)?,
    };
    for (number, (base_offset, segment)) in segments.iter().enumerate() {
        if let Err(why) = log.walk(*base_offset, segment, segments.get(number + 1..).unwrap_or_default())? {
            return Ok(Err(why));
        }
    }
    log.log_start_offset = log.log_start_offset.min(log.end_offset);
    if let Some(known) = read_text(&path.join(LEADER_EPOCHS))?.and_then(|text| LeaderEpochs::from_text(&text))
        && known.latest() >= log.epochs.latest()
    {
        log.epochs = known;
    }
    log.epochs.truncate_end(log.end_offset.saturating_add(1));
    Ok(Ok(log))
}

impl PartitionLog {
    fn walk(
        &mut self,
        base_offset: i64,
        path: &Path,
        later: &[(i64, PathBuf)],
    ) -> Result<Result<(), String>, OfflineError> {
        let (file, size) = open(path)?;
        self.bytes += size;
        if self.fault.is_some() {
            return Ok(Ok(()));
        }
        self.end_offset = self.end_offset.max(base_offset);
        let (mut records, mut end_offset) = (0, self.end_offset);
        let epochs = &mut self.epochs;
        let bound = later.first().map_or(base_offset.saturating_add(SEGMENT_OFFSETS_MAX), |(next, _)| *next);
        let walked = walk(&*file, 0, size, end_offset..bound, |header, _| {
            epochs.assign(header.partition_leader_epoch, header.base_offset);
            if !header.attributes.is_control() {
                records += u64::from(header.record_count.unsigned_abs());
            }
            end_offset = header.next_offset();
        });
        let walked = walked.map_err(OfflineError::at(path))?;
        (self.records, self.end_offset) = (self.records + records, end_offset);
        let Some(fault) = &walked.fault else { return Ok(Ok(())) };
        // A file may be made longer ahead of its batches (`preallocate`): zeros at its end are no torn write.
        if later.is_empty() && is_empty_room(&*file, walked.position, size).map_err(OfflineError::at(path))? {
            return Ok(Ok(()));
        }
        if let recovery::Fault::Batch(BatchError::Magic(magic @ (0 | 1))) = fault
            && holds_message(&*file, walked.position, size).map_err(OfflineError::at(path))?
        {
            return Ok(Err(format!(
                "its records have the old message format v{magic}; copy them with a consumer and a producer of Kafka 3"
            )));
        }
        let after = intact_batch_after(&*file, walked.position + 1, size, end_offset..bound);
        let follows = match after.map_err(OfflineError::at(path))? {
            Some(intact) => !is_lost_write(&*file, &walked, intact).map_err(OfflineError::at(path))?,
            None => holds_batches(later, end_offset)?,
        };
        self.fault = Some(if follows { Fault::Damage } else { Fault::TornTail(size - walked.position) });
        Ok(Ok(()))
    }
}

/// Whether a message of an old format can stand here: zeros that a power loss has left have no size.
fn holds_message(file: &dyn File, position: u64, file_size: u64) -> io::Result<bool> {
    let mut head = [0; LOG_OVERHEAD];
    file.read_at(&mut head, position)?;
    let size = head.last_chunk().map_or(0, |size| i32::from_be_bytes(*size));
    Ok(u64::try_from(size)
        .is_ok_and(|size| size >= OLD_MESSAGE_MIN && position + LOG_OVERHEAD as u64 + size <= file_size))
}

/// Whether one of the segments holds an intact batch.
fn holds_batches(segments: &[(i64, PathBuf)], min_offset: i64) -> Result<bool, OfflineError> {
    for (_, path) in segments {
        let (file, size) = open(path)?;
        let found = intact_batch_after(&*file, 0, size, min_offset..i64::MAX);
        if found.map_err(OfflineError::at(path))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A transaction index has an entry for each aborted transaction.
fn has_aborted(dir: &Path, names: &[String]) -> Result<bool, OfflineError> {
    for name in names.iter().filter(|name| base_offset_of(name, "txnindex").is_some()) {
        if open(&dir.join(name))?.1 > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The names of the files in a partition's directory that are taken.
pub(super) fn files_of(dir: &Path) -> Result<Vec<String>, OfflineError> {
    let taken = |name: &String| {
        name == LEADER_EPOCHS || LOG_FILES.iter().any(|extension| base_offset_of(name, extension).is_some())
    };
    Ok(names_in(dir)?.into_iter().filter(taken).collect())
}

/// The bytes of all segments in a partition's directory.
pub(super) fn log_size(dir: &Path) -> Result<u64, OfflineError> {
    segments(dir)?.iter().map(|(_, path)| Ok(open(path)?.1)).sum()
}
