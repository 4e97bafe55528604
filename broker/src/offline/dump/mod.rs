//! Showing what is in the files: batches with what their headers say, their records, and the entries of the small files.
//! One thing after the other, so that a large segment takes no memory.
//!
//! In reading order: [`item`] is what can be shown, [`source`] finds the files that a path stands for, [`entries`] reads the small ones.

mod entries;
mod item;
mod source;

use std::ops::{ControlFlow, Range};
use std::path::Path;

use bytes::Bytes;
use fluxmq_protocol::record::{BatchHeader, DECOMPRESSED_BYTES_MAX, Record, RecordBatch};

use super::OfflineError;
use super::files::open;
use super::pieces::{Piece, each_piece};
use super::place::Place;

pub use self::item::{Batch, EndOfTransaction, Item};
use self::source::{Kind, Source};

/// A record with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct StoredRecord<'a> {
    /// Empty where the directory's name does not tell.
    pub topic: &'a str,
    /// -1 where the directory's name does not tell.
    pub partition: i32,
    /// Of its batch.
    pub batch: &'a BatchHeader,
    /// The record itself.
    pub record: &'a Record,
}

/// What the records of damaged bytes, or of a batch that cannot be read, would have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file, from the directory on that is looked at.
    pub file: String,
    /// Where in the file, in bytes.
    pub position: u64,
    /// The first offset.
    pub offset: i64,
    /// What is wrong.
    pub what: String,
}

/// Shows batches with offsets in `offsets`, of a data directory, of one partition, or of one file; of any other file, and with
/// `all_files` of all that are there, its entries. `each` is given the file's name, from the directory on that is looked at.
///
/// # Errors
/// When a file cannot be read, or is of a kind that has no entries.
pub fn dump(
    path: &Path,
    offsets: &Range<i64>,
    all_files: bool,
    mut each: impl FnMut(&str, Item) -> ControlFlow<()>,
) -> Result<(), OfflineError> {
    for source in source::sources(&Place::at(path)?, offsets, all_files)? {
        if dump_file(&source, offsets, &mut each)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Shows the records with offsets in `offsets`, control records included, and what cannot be read between them.
///
/// # Errors
/// When a file cannot be read, or is no file of batches.
pub fn dump_records(
    path: &Path,
    offsets: &Range<i64>,
    mut each: impl FnMut(Result<StoredRecord<'_>, Unreadable>) -> ControlFlow<()>,
) -> Result<(), OfflineError> {
    for source in source::sources(&Place::at(path)?, offsets, false)? {
        if source.kind != Kind::Batches {
            let what = "no file of batches: there are no records in it".to_owned();
            return Err(OfflineError::Unsuitable { path: source.path, what });
        }
        if dump_file_records(&source, offsets, &mut each)?.is_break() {
            break;
        }
    }
    Ok(())
}

fn dump_file(
    source: &Source,
    offsets: &Range<i64>,
    each: &mut impl FnMut(&str, Item) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, OfflineError> {
    let mut flow = ControlFlow::Continue(());
    if source.kind != Kind::Batches {
        for entry in entries::of(source, offsets)? {
            flow = each(&source.name, entry);
            if flow.is_break() {
                break;
            }
        }
        return Ok(flow);
    }
    each_piece_of(source, |piece| {
        let (item, range) = match piece {
            Piece::Batch(batch) => {
                let range = batch.header.base_offset..batch.header.next_offset();
                (Item::Batch(Batch::of(&batch)), range)
            }
            Piece::Damaged(damaged) => {
                let range = damaged.offset..damaged.offset.saturating_add(1);
                let (position, size) = (damaged.bytes.start, damaged.len());
                (
                    Item::Damaged { position, size, offset: damaged.offset, what: damaged.fault.to_string() },
                    range,
                )
            }
        };
        if range.start >= offsets.end {
            return ControlFlow::Break(());
        }
        if range.end > offsets.start {
            flow = each(&source.name, item);
        }
        flow
    })?;
    Ok(flow)
}

fn dump_file_records(
    source: &Source,
    offsets: &Range<i64>,
    each: &mut impl FnMut(Result<StoredRecord<'_>, Unreadable>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, OfflineError> {
    let mut flow = ControlFlow::Continue(());
    let unreadable =
        |position, offset, what| Unreadable { file: source.name.clone(), position, offset, what };
    each_piece_of(source, |piece| {
        let batch = match piece {
            Piece::Damaged(damaged) if offsets.contains(&damaged.offset) => {
                flow = each(Err(unreadable(damaged.bytes.start, damaged.offset, damaged.fault.to_string())));
                return flow;
            }
            Piece::Batch(batch) if batch.header.next_offset() > offsets.start => batch,
            _ => return flow,
        };
        if batch.header.base_offset >= offsets.end {
            return ControlFlow::Break(());
        }
        let (position, offset) = (batch.position, batch.header.base_offset);
        let parsed = RecordBatch::parse(Bytes::copy_from_slice(batch.bytes))
            .and_then(|batch| batch.records(DECOMPRESSED_BYTES_MAX));
        let records = match parsed {
            Ok(records) => records,
            Err(error) => {
                flow = each(Err(unreadable(position, offset, error.to_string())));
                return flow;
            }
        };
        for record in records {
            flow = match &record {
                Ok(record) if !offsets.contains(&record.offset) => flow,
                Ok(record) => each(Ok(StoredRecord {
                    topic: &source.topic,
                    partition: source.partition,
                    batch: &batch.header,
                    record,
                })),
                Err(error) => each(Err(unreadable(position, offset, error.to_string()))),
            };
            if flow.is_break() {
                break;
            }
        }
        flow
    })?;
    Ok(flow)
}

fn each_piece_of(
    source: &Source,
    mut each: impl FnMut(Piece<'_>) -> ControlFlow<()>,
) -> Result<(), OfflineError> {
    let (file, size) = open(&source.path)?;
    let walked = each_piece(&*file, size, source.first_offset..i64::MAX, |piece| Ok(each(piece)));
    walked.map_err(OfflineError::at(&source.path))
}

#[cfg(test)]
mod tests;
