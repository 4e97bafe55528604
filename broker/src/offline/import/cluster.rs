//! What Kafka's metadata log says: its newest whole snapshot, and the records after it.
//!
//! ```text
//! 00000000000000000120-0000000003.checkpoint     everything below offset 120, first a header, last a footer
//! 00000000000000000000.log                       the changes
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fluxmq_protocol::Uuid;
use fluxmq_protocol::record::{ControlType, DECOMPRESSED_BYTES_MAX, RecordBatch};
use fluxmq_protocol::stored::metadata::{
    ConfigRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord, TopicRecord,
};

use super::super::OfflineError;
use super::super::files::names_in;
use super::super::place::topic_partition;
use super::batches::{each_batch, not_understood, segments, unreadable};
use super::kafka_dir::KafkaDirs;

/// The type of the control record that ends a snapshot.
const SNAPSHOT_FOOTER: ControlType = ControlType::Other(4);

/// Types of resources that have configurations.
pub(super) const TOPIC: i8 = 2;

/// In a change of a partition: its leader stays. Any other value is a new leader epoch.
const SAME_LEADER: i32 = -2;

/// What exists in a Kafka cluster.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Cluster {
    pub(super) topics: BTreeMap<Uuid, KafkaTopic>,
    /// By type and name of the resource.
    pub(super) configs: BTreeMap<(i8, String), BTreeMap<String, String>>,
    pub(super) next_producer_id: i64,
    /// How many records there are of the other types.
    pub(super) others: BTreeMap<&'static str, u64>,
    /// Topics and ids are those of the directories: there is no metadata log.
    pub(super) is_guessed: bool,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct KafkaTopic {
    pub(super) name: String,
    pub(super) partitions: BTreeMap<i32, KafkaPartition>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct KafkaPartition {
    pub(super) replicas: Vec<i32>,
    pub(super) isr: Vec<i32>,
    /// -1: none.
    pub(super) leader: i32,
    pub(super) leader_epoch: i32,
}

/// Reads what exists: from the metadata log, else from the names of directories and the ids in them.
pub(super) fn read(source: &KafkaDirs) -> Result<Cluster, OfflineError> {
    match &source.metadata {
        Some(dir) => read_metadata_log(dir),
        None => guess(source),
    }
}

fn read_metadata_log(dir: &Path) -> Result<Cluster, OfflineError> {
    let mut replay = Replay::default();
    let mut from = 0;
    for (end_offset, path) in snapshots(dir)? {
        if is_whole(&path)? {
            replay.read(&path, 0)?;
            from = end_offset;
            break;
        }
    }
    let segments = segments(dir)?;
    if segments.first().is_none_or(|(base_offset, _)| *base_offset > from) {
        let dir = dir.display();
        return Err(OfflineError::Refused(format!(
            "`{dir}` has no records from offset {from} on: the metadata log is not complete"
        )));
    }
    for (_, path) in &segments {
        replay.read(path, from)?;
    }
    // What a transaction has not ended does not count.
    Ok(replay.cluster)
}

/// Snapshots with their exclusive end offsets, the newest first.
fn snapshots(dir: &Path) -> Result<Vec<(i64, PathBuf)>, OfflineError> {
    let parse = |name: &String| {
        let (end_offset, epoch) = name.strip_suffix(".checkpoint")?.split_once('-')?;
        Some((end_offset.parse::<i64>().ok()?, epoch.parse::<i32>().ok()?, dir.join(name)))
    };
    let mut found: Vec<_> = names_in(dir)?.iter().filter_map(parse).collect();
    found.sort_unstable();
    Ok(found.into_iter().rev().map(|(end_offset, _, path)| (end_offset, path)).collect())
}

/// Whether a snapshot ends as it should.
fn is_whole(path: &Path) -> Result<bool, OfflineError> {
    let mut last = None;
    each_batch(path, |batch| {
        last = control_type(batch, path)?;
        Ok(())
    })?;
    Ok(last == Some(SNAPSHOT_FOOTER))
}

/// The type of a control batch's first record; `None` for other batches.
fn control_type(batch: &RecordBatch, path: &Path) -> Result<Option<ControlType>, OfflineError> {
    if !batch.header().attributes.is_control() {
        return Ok(None);
    }
    let offset = batch.header().base_offset;
    let mut records =
        batch.records(DECOMPRESSED_BYTES_MAX).map_err(|error| unreadable(path, offset, &error))?;
    let first = records.next().transpose().map_err(|error| unreadable(path, offset, &error))?;
    let key = first.and_then(|record| record.key).unwrap_or_default();
    Ok(ControlType::parse(&key).ok())
}

/// Applies records in order.
#[derive(Debug, Default)]
struct Replay {
    cluster: Cluster,
    /// Records of a transaction that has begun (KIP-868).
    open: Option<Vec<MetadataRecord>>,
}

impl Replay {
    /// Applies the records of a file, from `from` on.
    fn read(&mut self, path: &Path, from: i64) -> Result<(), OfflineError> {
        each_batch(path, |batch| {
            let header = batch.header();
            if header.attributes.is_control() || header.last_offset() < from {
                return Ok(());
            }
            let malformed = |error| unreadable(path, header.base_offset, &error);
            for record in batch.records(DECOMPRESSED_BYTES_MAX).map_err(malformed)? {
                let record = record.map_err(malformed)?;
                if record.offset < from {
                    continue;
                }
                let read = MetadataRecord::read(record.value.as_deref().unwrap_or_default());
                self.apply(read.map_err(|error| not_understood(path, record.offset, &error))?);
            }
            Ok(())
        })
    }

    fn apply(&mut self, record: MetadataRecord) {
        match (record, &mut self.open) {
            (MetadataRecord::BeginTransaction, open) => *open = Some(Vec::new()),
            (MetadataRecord::AbortTransaction, open) => *open = None,
            (MetadataRecord::EndTransaction, open) => {
                for record in open.take().unwrap_or_default() {
                    self.cluster.apply(record);
                }
            }
            (record, Some(open)) => open.push(record),
            (record, None) => self.cluster.apply(record),
        }
    }
}

impl Cluster {
    fn apply(&mut self, record: MetadataRecord) {
        match record {
            MetadataRecord::Topic(TopicRecord { name, topic_id }) => {
                self.topics.insert(topic_id, KafkaTopic { name, partitions: BTreeMap::new() });
            }
            MetadataRecord::Partition(record) => self.put_partition(record),
            MetadataRecord::PartitionChange(change) => self.change_partition(change),
            MetadataRecord::Config(record) => self.put_config(record),
            MetadataRecord::RemoveTopic(record) => {
                if let Some(topic) = self.topics.remove(&record.topic_id) {
                    self.configs.remove(&(TOPIC, topic.name));
                }
            }
            MetadataRecord::ProducerIds(record) => {
                self.next_producer_id = self.next_producer_id.max(record.next_producer_id);
            }
            MetadataRecord::Other(name) => *self.others.entry(name).or_default() += 1,
            MetadataRecord::BeginTransaction
            | MetadataRecord::EndTransaction
            | MetadataRecord::AbortTransaction => {}
        }
    }

    fn put_partition(&mut self, record: PartitionRecord) {
        let Some(topic) = self.topics.get_mut(&record.topic_id) else { return };
        let partition = KafkaPartition {
            replicas: record.replicas,
            isr: record.isr,
            leader: record.leader,
            leader_epoch: record.leader_epoch,
        };
        topic.partitions.insert(record.partition_id, partition);
    }

    fn change_partition(&mut self, change: PartitionChangeRecord) {
        let topic = self.topics.get_mut(&change.topic_id);
        let Some(partition) = topic.and_then(|topic| topic.partitions.get_mut(&change.partition_id)) else {
            return;
        };
        if change.leader != SAME_LEADER {
            partition.leader = change.leader;
            partition.leader_epoch += 1;
        }
        if let Some(replicas) = change.replicas {
            partition.replicas = replicas;
        }
        if let Some(isr) = change.isr {
            partition.isr = isr;
        }
    }

    fn put_config(&mut self, record: ConfigRecord) {
        let key = (record.resource_type, record.resource_name);
        let values = self.configs.entry(key).or_default();
        match record.value {
            Some(value) => values.insert(record.name, value),
            None => values.remove(&record.name),
        };
    }
}

/// Topics from the names of directories, where a broker had its metadata elsewhere.
fn guess(source: &KafkaDirs) -> Result<Cluster, OfflineError> {
    let mut cluster = Cluster { is_guessed: true, ..Cluster::default() };
    for (name, _) in source.logs() {
        let Some((topic, index)) = topic_partition(name) else { continue };
        let Some(place) = source.partition(topic, index)? else { continue };
        let Some(id) = place.topic_id.as_deref().and_then(parse_id) else { continue };
        let known = cluster.topics.entry(id).or_default();
        topic.clone_into(&mut known.name);
        let replicas = vec![source.node_id];
        let partition =
            KafkaPartition { isr: replicas.clone(), replicas, leader: source.node_id, leader_epoch: 0 };
        known.partitions.insert(index, partition);
    }
    Ok(cluster)
}

/// Reads an id as Kafka prints it.
fn parse_id(text: &str) -> Option<Uuid> {
    let mut bits = 0_u128;
    for (index, byte) in text.bytes().enumerate() {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        // The last of 22 digits holds two bits.
        bits = if index == 21 { bits << 2 | u128::from(sextet >> 4) } else { bits << 6 | u128::from(sextet) };
    }
    (text.len() == 22).then(|| Uuid::from_u128(bits))
}
