//! Consumer groups: what they have committed, who is in them, and what they were assigned. The newest record of each key in
//! `__consumer_offsets`; offsets that a transaction has sent count when it is committed.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use fluxmq_protocol::record::{ControlType, DECOMPRESSED_BYTES_MAX, Record, RecordBatch};
use fluxmq_protocol::stored::groups::GroupRecord;
use fluxmq_protocol::stored::offsets::{OffsetCommitKey, OffsetCommitValue};

use super::super::OfflineError;
use super::batches::{each_batch, not_understood, segments, unreadable};
use super::kafka_dir::KafkaDirs;
use crate::config::{BrokerConfig, Settings};
use crate::consumer::log::OffsetsTopic;
use crate::engine::Engine;
use crate::storage::data_dir::DataDir;

pub(super) use crate::consumer::log::TOPIC;

/// So many offsets are written at a time: with the longest names and notes they stay below the largest batch.
const OFFSETS_PER_BATCH: usize = 100;

/// Groups by their ids.
pub(super) type Groups = BTreeMap<String, Group>;

/// What is known of a group.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// By topic and partition.
    pub(super) offsets: BTreeMap<(String, i32), OffsetCommitValue>,
    /// Generations, members and assignments, by the bytes of their keys: the group as a whole comes before its members.
    rest: BTreeMap<Bytes, GroupRecord>,
}

/// All groups, and how many records there are of share and streams groups.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) groups: Groups,
    pub(super) others: usize,
}

pub(super) fn read(source: &KafkaDirs) -> Result<Found, OfflineError> {
    let mut replay = Replay::default();
    for place in source.partitions_of(TOPIC)?.values() {
        replay.pending.clear();
        for (_, path) in segments(&place.path)? {
            each_batch(&path, |batch| replay.batch(batch, &path))?;
        }
    }
    replay.found.groups.retain(|_, group| !group.offsets.is_empty() || !group.rest.is_empty());
    Ok(replay.found)
}

#[derive(Debug, Default)]
struct Replay {
    found: Found,
    /// By producer: what its open transaction has sent.
    pending: HashMap<i64, Vec<(Bytes, GroupRecord)>>,
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
            let key = record.key.unwrap_or_default();
            let read = GroupRecord::decode(&key, record.value.as_deref());
            match read.map_err(|error| not_understood(path, record.offset, &error))? {
                Some(read) if header.attributes.is_transactional() => {
                    self.pending.entry(header.producer_id).or_default().push((key, read));
                }
                Some(read) => self.apply(key, read),
                None => self.found.others += 1,
            }
        }
        Ok(())
    }

    fn end_transaction(&mut self, producer_id: i64, marker: &Record) {
        let sent = self.pending.remove(&producer_id).unwrap_or_default();
        if ControlType::parse(marker.key.as_deref().unwrap_or_default()) == Ok(ControlType::Commit) {
            sent.into_iter().for_each(|(key, record)| self.apply(key, record));
        }
    }

    fn apply(&mut self, key: Bytes, record: GroupRecord) {
        let group = self.found.groups.entry(record.group().to_owned()).or_default();
        match record {
            GroupRecord::OffsetCommit(OffsetCommitKey { topic, partition, .. }, Some(value)) => {
                group.offsets.insert((topic, partition), value);
            }
            GroupRecord::OffsetCommit(OffsetCommitKey { topic, partition, .. }, None) => {
                group.offsets.remove(&(topic, partition));
            }
            record if !record.is_tombstone() => {
                group.rest.insert(key, record);
            }
            _ => {
                group.rest.remove(&key);
            }
        }
    }
}

impl Group {
    /// What is to be written down so that the group is there.
    fn batches(&self, id: &str) -> Vec<Vec<GroupRecord>> {
        let offset = |((topic, partition), value): (&(String, i32), &OffsetCommitValue)| {
            let key = OffsetCommitKey { group: id.to_owned(), topic: topic.clone(), partition: *partition };
            GroupRecord::OffsetCommit(key, Some(value.clone()))
        };
        let offsets: Vec<_> = self.offsets.iter().map(offset).collect();
        let rest = self.rest.values().map(|record| vec![record.clone()]);
        rest.chain(offsets.chunks(OFFSETS_PER_BATCH).map(<[GroupRecord]>::to_vec)).collect()
    }
}

/// Writes groups into their topic in a data directory, which is made where it is missing, with as many partitions as Kafka had:
/// so that its files can be given back. What a broker wrote there of groups with the same ids is overwritten.
pub(super) fn write(data_dir: DataDir, groups: &Groups, partitions: Option<i32>) -> Result<(), OfflineError> {
    let refused = |error: &dyn std::fmt::Display| {
        OfflineError::Refused(format!("groups could not be written: {error}"))
    };
    let settings = Settings::resolve(&BrokerConfig::default()).map_err(|error| refused(&error))?;
    let settings = Arc::new(settings);
    let engine = Engine::over(&settings, data_dir).map_err(|error| refused(&error))?;
    engine.topics.auto_create_blocking(TOPIC, partitions).map_err(|error| refused(&error))?;
    let topic = OffsetsTopic::new(
        engine.topics.clone(),
        Arc::clone(&engine.partitions),
        settings,
        Arc::clone(&engine.clock),
    );
    for (id, group) in groups {
        for batch in group.batches(id) {
            topic.append(topic.partition_of(id), &batch).map_err(|error| refused(&error))?;
        }
    }
    engine.close().map_err(|error| refused(&error))
}
