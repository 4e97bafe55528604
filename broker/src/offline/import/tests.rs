//! Directories as a Kafka would leave them, made by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxmq_protocol::Uuid;
use fluxmq_protocol::message::Encode;
use fluxmq_protocol::record::{BatchBuilder, Compression, ControlType, EndTransactionMarker, stamp};
use fluxmq_protocol::stored::groups::{GroupKey, GroupMetadataValue, GroupRecord};
use fluxmq_protocol::stored::metadata::{
    ConfigRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord, ProducerIdsRecord,
    RemoveTopicRecord, TopicRecord,
};
use fluxmq_protocol::stored::offsets::{OffsetCommitKey, OffsetCommitValue};
use fluxmq_protocol::wire::Writer;
use tempfile::TempDir;

use super::*;
use crate::config::Settings;
use crate::consumer::log::OffsetsTopic;
use crate::engine::Engine;
use crate::env::files::DiskFiles;
use crate::metadata::Metadata;
use crate::storage::data_dir::{DataDir, IMPORT, base64url};
use crate::storage::log::{Log, LogConfig};

const ORDERS: Uuid = Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
const OFFSETS: Uuid = Uuid::from_u128(0xff);

/// The log directory of a Kafka, and the data directory that takes it over.
struct World {
    root: TempDir,
}

impl World {
    /// A Kafka with these records in its metadata log.
    fn new(records: &[MetadataRecord]) -> World {
        let world = World { root: tempfile::tempdir().unwrap() };
        fs::create_dir_all(world.kafka()).unwrap();
        let meta = "#\nnode.id=1\ndirectory.id=x\nversion=1\ncluster.id=kpsojLBQQYqrFNmMEXmVHA\n";
        fs::write(world.kafka().join("meta.properties"), meta).unwrap();
        world.metadata("00000000000000000000.log", 0, records, &[]);
        world
    }

    /// A topic `orders` with two partitions of two and three records.
    fn with_orders() -> World {
        let world = World::new(&orders(2));
        world.partition("orders", 0, ORDERS, &[batch(0, 2, 0)]);
        world.partition("orders", 1, ORDERS, &[batch(0, 1, 0), batch(1, 2, 3)]);
        world
    }

    fn kafka(&self) -> PathBuf {
        self.root.path().join("kafka")
    }

    fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// A file of the metadata log: records in one batch, then whatever else.
    fn metadata(&self, name: &str, base_offset: i64, records: &[MetadataRecord], rest: &[u8]) {
        let dir = self.kafka().join("__cluster_metadata-0");
        fs::create_dir_all(&dir).unwrap();
        let mut builder = BatchBuilder::new(Compression::None, None);
        for record in records {
            builder.append(0, None, Some(&record.write(0).unwrap()), &[]);
        }
        let mut bytes = if records.is_empty() { Vec::new() } else { builder.build().unwrap().to_vec() };
        if !bytes.is_empty() {
            stamp(&mut bytes, base_offset, 1).unwrap();
        }
        bytes.extend_from_slice(rest);
        fs::write(dir.join(name), bytes).unwrap();
    }

    fn partition(&self, topic: &str, index: i32, id: Uuid, batches: &[Vec<u8>]) {
        let dir = self.kafka().join(format!("{topic}-{index}"));
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("00000000000000000000.log"), batches.concat()).unwrap();
        fs::write(dir.join("partition.metadata"), format!("version: 0\ntopic_id: {}", base64url(id)))
            .unwrap();
    }

    fn import(&self) -> Import {
        Import {
            from: vec![self.kafka()],
            to: self.data(),
            topics: Vec::new(),
            transfer: Transfer::Copy,
            allow_missing: false,
            dry_run: false,
        }
    }

    fn run(&self) -> Result<ImportReport, OfflineError> {
        import(&self.import())
    }

    fn read(&self) -> Cluster {
        cluster::read(&KafkaDirs::open(&[self.kafka()]).unwrap()).unwrap()
    }

    /// What a broker would find of groups, by their ids.
    fn groups(&self) -> BTreeMap<String, Vec<GroupRecord>> {
        let config = crate::BrokerConfig { data_dir: Some(self.data()), ..Default::default() };
        let settings = Arc::new(Settings::resolve(&config).unwrap());
        let engine = Engine::open(&settings).unwrap();
        let topic = OffsetsTopic::new(
            engine.topics.clone(),
            Arc::clone(&engine.partitions),
            settings,
            Arc::clone(&engine.clock),
        );
        let mut groups = BTreeMap::<String, Vec<GroupRecord>>::new();
        topic.load(&mut |record| groups.entry(record.group().to_owned()).or_default().push(record)).unwrap();
        groups
    }

    /// What a broker would find: the start, the end and the leader epoch of each partition of `orders`.
    fn logs(&self) -> Vec<(i64, i64, Option<i32>)> {
        let data_dir = DataDir::open(&self.data(), 1, None).unwrap();
        data_dir.refuse_unfinished_import().unwrap();
        let metadata =
            Metadata::open(Arc::clone(data_dir.files()), data_dir.path(), data_dir.cluster_id()).unwrap();
        let image = metadata.image();
        let Some(topic) = image.topic("orders") else { return Vec::new() };
        assert_eq!(topic.id, ORDERS);
        let log = |index| {
            let dir = data_dir.create_partition("orders", index, ORDERS).unwrap();
            assert!(!dir.is_new);
            let start = data_dir.log_start("orders", index);
            let files = Arc::clone(data_dir.files());
            let (log, report) = Log::open(files, &dir.path, LogConfig::default(), start, 0).unwrap();
            assert_eq!(report, Default::default());
            (log.log_start_offset(), log.log_end_offset(), log.leader_epoch())
        };
        (0..topic.partitions).map(log).collect()
    }
}

use super::cluster::Cluster;

fn topic(name: &str, id: Uuid) -> MetadataRecord {
    MetadataRecord::Topic(TopicRecord { name: name.to_owned(), topic_id: id })
}

fn partition(id: Uuid, index: i32, leader_epoch: i32) -> MetadataRecord {
    MetadataRecord::Partition(PartitionRecord {
        partition_id: index,
        topic_id: id,
        replicas: vec![1],
        isr: vec![1],
        leader: 1,
        leader_epoch,
        ..Default::default()
    })
}

fn config(resource: &str, name: &str, value: Option<&str>) -> MetadataRecord {
    MetadataRecord::Config(ConfigRecord {
        resource_type: if resource.is_empty() { 4 } else { 2 },
        resource_name: resource.to_owned(),
        name: name.to_owned(),
        value: value.map(str::to_owned),
    })
}

fn orders(partitions: i32) -> Vec<MetadataRecord> {
    let records = (0..partitions).map(|index| partition(ORDERS, index, 4));
    [topic("orders", ORDERS)].into_iter().chain(records).collect()
}

/// A batch of `count` records, as it lies in a log.
fn batch(base_offset: i64, count: usize, leader_epoch: i32) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Compression::None, None);
    for _ in 0..count {
        builder.append(1_000, Some(b"key"), Some(b"value"), &[]);
    }
    let mut bytes = builder.build().unwrap().to_vec();
    stamp(&mut bytes, base_offset, leader_epoch).unwrap();
    bytes
}

/// A batch of one committed offset; `producer` when a transaction sends it.
fn commit(at: i64, group: &str, offset: Option<i64>, producer: Option<i64>) -> Vec<u8> {
    let mut key = Vec::new();
    let mut writer = Writer::new(&mut key);
    writer.i16(1);
    let named = OffsetCommitKey { group: group.to_owned(), topic: "orders".to_owned(), partition: 1 };
    named.encode(&mut writer, 1).unwrap();
    let value = offset.map(|offset| {
        let mut value = Vec::new();
        let mut writer = Writer::new(&mut value);
        writer.i16(3);
        let committed =
            OffsetCommitValue { offset, leader_epoch: 3, commit_timestamp: 5, ..Default::default() };
        committed.encode(&mut writer, 3).unwrap();
        value
    });
    let mut builder = BatchBuilder::new(Compression::None, None);
    if let Some(producer) = producer {
        builder.set_producer(producer, 0, 0);
        builder.set_transactional(true);
    }
    builder.append(0, Some(&key), value.as_deref(), &[]);
    let mut bytes = builder.build().unwrap().to_vec();
    stamp(&mut bytes, at, 0).unwrap();
    bytes
}

fn classic(id: &str, generation: i32) -> GroupRecord {
    let value = GroupMetadataValue { generation, ..Default::default() };
    GroupRecord::GroupMetadata(GroupKey { group: id.to_owned() }, Some(value))
}

/// A batch of one record of a group.
fn record(at: i64, record: &GroupRecord) -> Vec<u8> {
    let (key, value) = record.encode().unwrap();
    let mut builder = BatchBuilder::new(Compression::None, None);
    builder.append(0, Some(&key), value.as_deref(), &[]);
    let mut bytes = builder.build().unwrap().to_vec();
    stamp(&mut bytes, at, 0).unwrap();
    bytes
}

fn marker(at: i64, producer: i64, outcome: ControlType) -> Vec<u8> {
    let marker = EndTransactionMarker { coordinator_epoch: 0 };
    let mut bytes = marker.batch(outcome, producer, 0, 0).unwrap().to_vec();
    stamp(&mut bytes, at, 0).unwrap();
    bytes
}

#[test]
fn the_metadata_log_is_replayed() {
    let gone = Uuid::from_u128(7);
    let mut records = orders(1);
    records.extend([
        topic("gone", gone),
        config("gone", "retention.ms", Some("1")),
        config("orders", "retention.ms", Some("1")),
        config("orders", "retention.ms", None),
        config("orders", "segment.bytes", Some("1048576")),
        MetadataRecord::PartitionChange(PartitionChangeRecord {
            topic_id: ORDERS,
            partition_id: 0,
            leader: -1,
            isr: Some(vec![]),
            ..Default::default()
        }),
        MetadataRecord::PartitionChange(PartitionChangeRecord {
            topic_id: ORDERS,
            partition_id: 0,
            isr: Some(vec![1]),
            ..Default::default()
        }),
        MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id: gone }),
        MetadataRecord::ProducerIds(ProducerIdsRecord { next_producer_id: 3000, ..Default::default() }),
        MetadataRecord::Other("AccessControlEntryRecord"),
        MetadataRecord::BeginTransaction,
        topic("aborted", gone),
        MetadataRecord::AbortTransaction,
        MetadataRecord::BeginTransaction,
        config("orders", "cleanup.policy", Some("compact")),
        MetadataRecord::EndTransaction,
        MetadataRecord::BeginTransaction,
        topic("never-ended", gone),
    ]);
    let cluster = World::new(&records).read();
    assert_eq!(cluster.topics.keys().collect::<Vec<_>>(), [&ORDERS]);
    let partition = &cluster.topics[&ORDERS].partitions[&0];
    assert_eq!((partition.leader, partition.leader_epoch, &partition.isr), (-1, 5, &vec![1]));
    let expected = BTreeMap::from([
        ("cleanup.policy".to_owned(), "compact".to_owned()),
        ("segment.bytes".to_owned(), "1048576".to_owned()),
    ]);
    assert_eq!(cluster.configs[&(2, "orders".to_owned())], expected);
    assert!(!cluster.configs.contains_key(&(2, "gone".to_owned())));
    assert_eq!((cluster.next_producer_id, cluster.others["AccessControlEntryRecord"]), (3000, 1));
}

/// A control batch of one record, as at the beginning and at the end of a snapshot.
fn control(at: i64, kind: i16) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Compression::None, None);
    builder.set_control(true);
    let [high, low] = kind.to_be_bytes();
    builder.append(0, Some(&[0, 0, high, low]), Some(b"\0\0\0"), &[]);
    let mut bytes = builder.build().unwrap().to_vec();
    stamp(&mut bytes, at, 1).unwrap();
    bytes
}

#[test]
fn the_newest_whole_snapshot_counts_and_what_follows_it() {
    let world = World::new(&[topic("old", Uuid::from_u128(7))]);
    let footer = control(9, 4);
    world.metadata("00000000000000000005-0000000001.checkpoint", 0, &orders(1), &footer);
    // The last one was never finished.
    world.metadata("00000000000000000009-0000000001.checkpoint", 0, &orders(2), &[]);
    // Offsets 3 to 6, of which the snapshot has the first two.
    let log = [
        topic("in-snapshot", Uuid::from_u128(8)),
        topic("in-snapshot-too", Uuid::from_u128(9)),
        partition(ORDERS, 1, 0),
        config("orders", "segment.bytes", Some("1048576")),
    ];
    world.metadata("00000000000000000003.log", 3, &log, &[]);
    let cluster = world.read();
    assert_eq!(cluster.topics.keys().collect::<Vec<_>>(), [&ORDERS]);
    assert_eq!(cluster.topics[&ORDERS].partitions.len(), 2);
}

#[test]
fn a_record_that_is_not_known_is_named_with_its_place() {
    let world = World::new(&[]);
    let mut builder = BatchBuilder::new(Compression::None, None);
    builder.append(0, None, Some(&[1, 77, 0, 0]), &[]);
    world.metadata("00000000000000000000.log", 0, &[], &builder.build().unwrap());
    let error = world.run().unwrap_err().to_string();
    assert!(
        error.ends_with(
            "is not understood at offset 0: it is of type 77 in version 0, which is not known; a later version of FluxMQ may know it"
        ),
        "{error}"
    );
    assert!(!world.data().exists());
}

#[test]
fn everything_is_taken_over() {
    let world = World::with_orders();
    let mut records = orders(2);
    records.extend([
        topic("__consumer_offsets", OFFSETS),
        partition(OFFSETS, 0, 0),
        config("orders", "retention.ms", Some("-1")),
        config("orders", "no.such.key", Some("1")),
        config("", "log.retention.ms", Some("5")),
        config("", "min.insync.replicas", Some("1")),
        MetadataRecord::ProducerIds(ProducerIdsRecord { next_producer_id: 3000, ..Default::default() }),
        MetadataRecord::Other("ClientQuotaRecord"),
    ]);
    world.metadata("00000000000000000000.log", 0, &records, &[]);
    world.partition(
        "__consumer_offsets",
        0,
        OFFSETS,
        &[
            commit(0, "group", Some(1), None),
            commit(1, "group", Some(2), None),
            commit(2, "gone", Some(9), None),
            commit(3, "gone", None, None),
            commit(4, "committed", Some(3), Some(5)),
            commit(5, "aborted", Some(3), Some(6)),
            commit(6, "open", Some(3), Some(7)),
            marker(7, 5, ControlType::Commit),
            marker(8, 6, ControlType::Abort),
            record(9, &classic("classic", 6)),
            record(10, &classic("classic", 7)),
            record(11, &classic("left", 1)),
            record(12, &GroupRecord::GroupMetadata(GroupKey { group: "left".to_owned() }, None)),
        ],
    );
    fs::write(world.kafka().join("log-start-offset-checkpoint"), "0\n1\norders 1 1\n").unwrap();
    fs::create_dir(world.kafka().join("old-0.abc-delete")).unwrap();
    let dry = import(&Import { dry_run: true, ..world.import() }).unwrap();
    assert!(!world.data().exists(), "a dry run changes nothing");
    let report = world.run().unwrap();
    assert_eq!(ImportReport { dry_run: true, ..report.clone() }, dry);
    let outcomes: Vec<_> =
        report.topics.iter().map(|topic| (&*topic.name, topic.outcome, topic.records)).collect();
    let expected = [("__consumer_offsets", TopicOutcome::Internal, 0), ("orders", TopicOutcome::Taken, 5)];
    assert_eq!(outcomes, expected);
    let mut about: Vec<_> = report.remarks.iter().map(|remark| &*remark.about).collect();
    about.sort_unstable();
    assert_eq!(about, ["all brokers", "client quotas", "old-0.abc-delete", "orders"]);
    assert_eq!((report.groups, report.committed_offsets), (2, 2));
    assert_eq!(world.logs(), [(0, 2, Some(5)), (1, 3, Some(5))]);
    let files: Arc<dyn crate::env::files::Files> = Arc::new(DiskFiles);
    let groups = world.groups();
    assert_eq!(groups.len(), 3, "{groups:?}");
    for (id, offset) in [("group", 2), ("committed", 3)] {
        let [GroupRecord::OffsetCommit(key, Some(value))] = &*groups[id] else { panic!("{groups:?}") };
        assert_eq!((&*key.topic, key.partition, value.offset, value.leader_epoch), ("orders", 1, offset, 3));
        assert_eq!(value.topic_id, ORDERS, "also where Kafka had not written it down");
    }
    assert!(
        matches!(&*groups["classic"], [GroupRecord::GroupMetadata(_, Some(value))] if value.generation == 7)
    );
    let image = Metadata::open(files, &world.data(), "").unwrap().image();
    assert_eq!(
        image.topic("orders").unwrap().configs,
        BTreeMap::from([("retention.ms".to_owned(), "-1".to_owned())])
    );
    assert_eq!(image.producer_ids_up_to(3000), []);
    assert_eq!(image.topic("__consumer_offsets").map(|topic| topic.partitions), Some(1), "as Kafka had it");
    let data_dir = DataDir::open(&world.data(), 1, None).unwrap();
    assert_eq!(data_dir.cluster_id(), "kpsojLBQQYqrFNmMEXmVHA");
    assert!(world.kafka().join("orders-1").is_dir(), "a copy leaves the source");
}

#[test]
fn a_second_import_changes_nothing_and_a_taken_name_is_refused() {
    let world = World::with_orders();
    world.run().unwrap();
    let again = world.run().unwrap();
    assert_eq!(again.topics[0].outcome, TopicOutcome::AlreadyThere);
    assert_eq!(world.logs().len(), 2);
    let other = World::new(&[topic("orders", Uuid::from_u128(9)), partition(Uuid::from_u128(9), 0, 0)]);
    let import_into = Import { to: world.data(), ..other.import() };
    assert!(matches!(import(&import_into), Err(OfflineError::Exists(_))));
}

#[test]
fn a_topic_that_is_not_whole_is_left_out_unless_that_is_allowed() {
    let world = World::with_orders();
    fs::remove_dir_all(world.kafka().join("orders-0")).unwrap();
    let report = world.run().unwrap();
    assert_eq!(report.topics[0].outcome, TopicOutcome::NotTaken);
    assert_eq!(report.topics[0].reason.as_deref(), Some("partition 0: its directory is not here"));
    assert!(world.logs().is_empty());
    import(&Import { allow_missing: true, ..world.import() }).unwrap();
    assert_eq!(world.logs(), [(0, 0, Some(5)), (0, 3, Some(5))]);
}

#[tokio::test]
async fn a_broker_serves_what_was_taken_above_all_leader_epochs_of_kafka() {
    let world = World::with_orders();
    world.run().unwrap();
    let config = crate::BrokerConfig {
        host: "127.0.0.1".to_owned(),
        port: 0,
        data_dir: Some(world.data()),
        ..Default::default()
    };
    let broker = crate::opening::open(config).await.unwrap().broker;
    let topic = broker.partitions.topic("orders").unwrap();
    assert_eq!(topic.id, ORDERS);
    let partition = topic.partition(1).unwrap();
    assert_eq!((partition.leader_epoch(), partition.watermarks().high_watermark), (5, 3));
}

#[test]
fn what_cannot_be_taken_says_why() {
    let reason = |spoil: &dyn Fn(&Path)| {
        let world = World::with_orders();
        spoil(&world.kafka().join("orders-1"));
        world.run().unwrap().topics[0].reason.clone().unwrap_or_default()
    };
    assert_eq!(reason(&|_| {}), "");
    let swap = reason(&|dir| fs::write(dir.join("00000000000000000000.log.swap"), "").unwrap());
    assert!(swap.contains("a compaction was not finished"), "{swap}");
    let old = reason(&|dir| {
        let mut bytes = batch(0, 1, 0);
        bytes[16] = 1;
        fs::write(dir.join("00000000000000000000.log"), bytes).unwrap();
    });
    assert!(old.contains("message format v1"), "{old}");
    let other = reason(&|dir| {
        let text = format!("version: 0\ntopic_id: {}\n", base64url(Uuid::from_u128(1)));
        fs::write(dir.join("partition.metadata"), text).unwrap();
    });
    assert!(other.contains("an earlier topic"), "{other}");
}

#[test]
fn a_torn_tail_and_damage_are_told() {
    let (torn, damaged) = (World::with_orders(), World::with_orders());
    let path = |world: &World| world.kafka().join("orders-1/00000000000000000000.log");
    let mut bytes = fs::read(path(&torn)).unwrap();
    let (whole, first) = (bytes.len(), batch(0, 1, 0).len());
    fs::write(path(&torn), &bytes[..whole - 1]).unwrap();
    let report = torn.run().unwrap();
    let cut = whole - 1 - first;
    let expected = format!("its last write was not finished: {cut} bytes are cut off when the broker starts");
    assert_eq!(report.remarks, [Remark::warning("orders-1", expected)]);
    assert_eq!(report.topics[0].records, 3);
    let preallocated = World::with_orders();
    fs::write(path(&preallocated), [&bytes[..], &[0; 5000]].concat()).unwrap();
    let report = preallocated.run().unwrap();
    assert_eq!((&report.remarks[..], report.topics[0].records), (&[][..], 5));
    assert_eq!(preallocated.logs()[1].1, 3);
    bytes[70] ^= 1;
    fs::write(path(&damaged), bytes).unwrap();
    let report = damaged.run().unwrap();
    assert!(report.remarks[0].what.starts_with("it is damaged at offset 0"), "{report:?}");
}

#[test]
fn files_are_moved_and_an_import_that_was_cut_short_goes_on() {
    let world = World::with_orders();
    let staging = world.data().join(IMPORT);
    fs::create_dir_all(&staging).unwrap();
    // One partition has been moved, another is in its place already: the metadata do not know the topic yet.
    fs::rename(world.kafka().join("orders-0"), staging.join("orders-0")).unwrap();
    fs::rename(world.kafka().join("orders-1"), world.data().join("orders-1")).unwrap();
    fs::create_dir(staging.join("orders-1.part")).unwrap();
    {
        let data_dir = DataDir::open(&world.data(), 1, None).unwrap();
        assert!(data_dir.refuse_unfinished_import().is_err(), "no broker starts on it");
    }
    let import = Import { transfer: Transfer::Move, ..world.import() };
    super::import(&import).unwrap();
    assert_eq!(world.logs(), [(0, 2, Some(5)), (0, 3, Some(5))]);
    assert!(!staging.exists() && !world.kafka().join("orders-0").exists());
}

#[test]
fn a_copy_that_is_older_than_the_source_is_made_again() {
    let world = World::with_orders();
    let staged = world.data().join(IMPORT).join("orders-0");
    fs::create_dir_all(&staged).unwrap();
    for name in ["00000000000000000000.log", "partition.metadata"] {
        fs::copy(world.kafka().join("orders-0").join(name), staged.join(name)).unwrap();
    }
    world.partition("orders", 0, ORDERS, &[batch(0, 2, 0), batch(2, 7, 0)]);
    world.run().unwrap();
    assert_eq!(world.logs()[0], (0, 9, Some(5)));
}

#[test]
fn what_another_import_has_left_is_not_lost() {
    let world = World::with_orders();
    fs::create_dir_all(world.data().join(IMPORT).join("payments-0")).unwrap();
    assert!(matches!(world.run(), Err(OfflineError::Refused(_))));
    assert!(world.data().join(IMPORT).join("payments-0").is_dir());
}

#[test]
fn without_a_metadata_log_directories_tell_what_there_is() {
    let world = World::with_orders();
    fs::remove_dir_all(world.kafka().join("__cluster_metadata-0")).unwrap();
    let report = world.run().unwrap();
    assert_eq!(report.topics[0].topic_id, base64url(ORDERS));
    assert_eq!(report.remarks[0].about, "metadata log");
    assert_eq!(world.logs(), [(0, 2, Some(1)), (0, 3, Some(4))]);
}
