//! The entries of small files.

use std::ops::Range;

use super::super::OfflineError;
use super::super::files::read;
use super::super::indexes::{WrongEntry, offset_entries, time_entries};
use super::super::transactions;
use super::Item;
use super::source::{Kind, Source};
use crate::storage::checkpoint;
use crate::storage::leader_epochs::LeaderEpochs;
use crate::storage::producer_state::snapshot_entries;

/// The entries of a file; of indexes those for offsets in `offsets`. What follows a wrong entry is left out.
pub(super) fn of(source: &Source, offsets: &Range<i64>) -> Result<Vec<Item>, OfflineError> {
    let bytes = read(&source.path)?.unwrap_or_default();
    let text = || String::from_utf8_lossy(&bytes).into_owned();
    let base_offset = source.first_offset;
    let wrong = |wrong: Option<WrongEntry>| wrong.map(|(number, what)| format!("entry {number} {what}"));
    Ok(match source.kind {
        Kind::Batches => Vec::new(),
        Kind::OffsetIndex => {
            let (entries, end) = offset_entries(&bytes, base_offset);
            let wanted = entries.into_iter().filter(|(offset, _)| offsets.contains(offset));
            ended(wanted.map(|(offset, position)| Item::OffsetIndexEntry { offset, position }), wrong(end))
        }
        Kind::TimeIndex => {
            let (entries, end) = time_entries(&bytes, base_offset);
            let wanted = entries.into_iter().filter(|(_, offset)| offsets.contains(offset));
            ended(wanted.map(|(timestamp, offset)| Item::TimeIndexEntry { timestamp, offset }), wrong(end))
        }
        Kind::TransactionIndex => {
            let (entries, end) = transactions::entries(&bytes);
            let wanted = entries.into_iter().filter(|entry| offsets.contains(&entry.last_offset));
            ended(wanted.map(Item::from), end)
        }
        Kind::Producers => whole(snapshot_entries(&bytes), Item::from),
        Kind::LeaderEpochs => {
            let epochs = LeaderEpochs::from_text(&text());
            let epoch = |(epoch, start_offset)| Item::LeaderEpoch { epoch, start_offset };
            whole(epochs.map(|epochs| epochs.entries().to_vec()), epoch)
        }
        Kind::Checkpoint => {
            let offsets = checkpoint::parse(&text()).map(|offsets| {
                let mut offsets: Vec<_> = offsets.into_iter().collect();
                offsets.sort();
                offsets
            });
            whole(offsets, |((topic, partition), offset)| Item::Checkpoint { topic, partition, offset })
        }
        Kind::Properties => text().lines().filter_map(property).collect(),
    })
}

/// Entries, and why there are no more.
fn ended(entries: impl Iterator<Item = Item>, wrong: Option<String>) -> Vec<Item> {
    entries.chain(wrong.map(|what| Item::Unreadable { what })).collect()
}

/// All entries, if the file could be read.
fn whole<T>(entries: Option<Vec<T>>, item: impl Fn(T) -> Item) -> Vec<Item> {
    let unreadable = || vec![Item::Unreadable { what: "it is damaged or of another version".to_owned() }];
    entries.map_or_else(unreadable, |entries| entries.into_iter().map(item).collect())
}

/// `name=value` or `name: value`; comments are left out.
fn property(line: &str) -> Option<Item> {
    if line.starts_with('#') {
        return None;
    }
    let (name, value) = line.split_once('=').or_else(|| line.split_once(": "))?;
    Some(Item::Property { name: name.trim().to_owned(), value: value.trim().to_owned() })
}

impl From<transactions::AbortedTransaction> for Item {
    fn from(entry: transactions::AbortedTransaction) -> Self {
        let transactions::AbortedTransaction { producer_id, first_offset, last_offset, last_stable_offset } =
            entry;
        Item::AbortedTransaction { producer_id, first_offset, last_offset, last_stable_offset }
    }
}

impl From<crate::storage::producer_state::SnapshotEntry> for Item {
    fn from(entry: crate::storage::producer_state::SnapshotEntry) -> Self {
        Item::Producer {
            producer_id: entry.producer_id,
            producer_epoch: entry.producer_epoch,
            last_sequence: entry.last_sequence,
            last_offset: entry.last_offset,
            offset_delta: entry.offset_delta,
            timestamp: entry.timestamp_ms,
            coordinator_epoch: entry.coordinator_epoch,
            transaction_first_offset: entry.transaction_first_offset,
        }
    }
}
