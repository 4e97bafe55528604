//! How far consumer groups have read: the newest value of each key in `__consumer_offsets`. Offsets that a transaction
//! has sent count when it is committed.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use fluxmq_protocol::record::{ControlType, DECOMPRESSED_BYTES_MAX, Record, RecordBatch};
use fluxmq_protocol::stored::offsets::{OffsetCommitValue, read_key, read_value};

use super::super::OfflineError;
use super::batches::{each_batch, not_understood, segments, unreadable};
use super::kafka_dir::KafkaDirs;

/// The topic that holds them.
pub(super) const TOPIC: &str = "__consumer_offsets";

/// Committed offsets by group, topic and partition.
pub(super) type Groups = BTreeMap<String, BTreeMap<(String, i32), OffsetCommitValue>>;

/// A value for a key, or its removal.
type Change = (String, (String, i32), Option<OffsetCommitValue>);

pub(super) fn read(source: &KafkaDirs) -> Result<Groups, OfflineError> {
    let mut replay = Replay::default();
    for place in source.partitions_of(TOPIC)?.values() {
        replay.pending.clear();
        for (_, path) in segments(&place.path)? {
            each_batch(&path, |batch| replay.batch(batch, &path))?;
        }
    }
    replay.groups.retain(|_, offsets| !offsets.is_empty());
    Ok(replay.groups)
}

#[derive(Debug, Default)]
struct Replay {
    groups: Groups,
    /// By producer: what its open transaction has sent.
    pending: HashMap<i64, Vec<Change>>,
}

impl Replay {
    fn batch(&mut self, batch: &RecordBatch, path: &Path) -> Result<(), OfflineError> {
        let header = batch.header();
        let malformed = |error| unreadable(path, header.base_offset, &error);
        for record in batch.records(DECOMPRESSED_BYTES_MAX).map_err(malformed)? {
            let record = record.map_err(malformed)?;
            if header.attributes.is_control() {
                self.end_transaction(header.producer_id, &record);
                continue;
            }
            let read = change(&record).map_err(|error| not_understood(path, record.offset, &error))?;
            match read {
                Some(change) if header.attributes.is_transactional() => {
                    self.pending.entry(header.producer_id).or_default().push(change);
                }
                Some(change) => self.apply(change),
                None => {}
            }
        }
        Ok(())
    }

    fn end_transaction(&mut self, producer_id: i64, marker: &Record) {
        let sent = self.pending.remove(&producer_id).unwrap_or_default();
        if ControlType::parse(marker.key.as_deref().unwrap_or_default()) == Ok(ControlType::Commit) {
            sent.into_iter().for_each(|change| self.apply(change));
        }
    }

    fn apply(&mut self, (group, partition, value): Change) {
        let offsets = self.groups.entry(group).or_default();
        match value {
            Some(value) => offsets.insert(partition, value),
            None => offsets.remove(&partition),
        };
    }
}

fn change(record: &Record) -> Result<Option<Change>, fluxmq_protocol::wire::WireError> {
    let Some(key) = read_key(record.key.as_deref().unwrap_or_default())? else { return Ok(None) };
    let value = record.value.as_deref().map(read_value).transpose()?;
    Ok(Some((key.group, (key.topic, key.partition), value)))
}
