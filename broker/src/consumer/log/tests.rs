use std::path::Path;
use std::sync::atomic::Ordering;

use fluxmq_protocol::Uuid;
use fluxmq_protocol::stored::groups::{GroupKey, GroupMetadataValue};

use super::super::offsets::{CommittedOffset, GroupOffsets, OffsetCommit};
use super::*;
use crate::config::BrokerConfig;
use crate::engine::Engine;
use crate::env::files::{FaultyFiles, Files};
use crate::storage::data_dir::DataDir;

pub(super) fn settings(dir: Option<&Path>, pairs: &[(&str, &str)]) -> Arc<Settings> {
    let mut config = BrokerConfig { data_dir: dir.map(Path::to_owned), ..Default::default() };
    for (key, value) in pairs {
        config.set(key, value).unwrap();
    }
    Arc::new(Settings::resolve(&config).unwrap())
}

pub(super) fn over(engine: &Engine, settings: &Arc<Settings>) -> OffsetsTopic {
    OffsetsTopic::new(
        engine.topics.clone(),
        Arc::clone(&engine.partitions),
        Arc::clone(settings),
        Arc::clone(&engine.clock),
    )
}

fn commit(group: &str, partition: i32, offset: i64) -> Vec<GroupRecord> {
    let offset = CommittedOffset {
        offset,
        leader_epoch: 0,
        metadata: String::new(),
        commit_timestamp_ms: 1,
        expire_timestamp_ms: None,
        topic_id: Uuid::from_u128(9),
    };
    GroupOffsets::records(group, vec![OffsetCommit { topic: "orders".to_owned(), partition, offset }])
}

pub(super) fn loaded(topic: &OffsetsTopic) -> Vec<GroupRecord> {
    let mut records = Vec::new();
    topic.load(&mut |record| records.push(record)).unwrap();
    records
}

#[test]
fn groups_have_the_places_that_kafka_gives_them() {
    // As `Utils.abs(group.hashCode()) % 50` has them.
    for (group, expected) in [("", 0), ("g", 3), ("console-consumer-1", 24), ("\u{e9}t\u{e9}", 42)] {
        assert_eq!(place_of(group, 50), expected, "{group}");
    }
    assert_eq!(place_of("polygenelubricants", 50), 0, "the hash of which has no absolute value");
}

#[tokio::test]
async fn the_topic_is_made_once_and_as_it_is_configured() {
    let settings =
        settings(None, &[("offsets.topic.num.partitions", "4"), ("offsets.topic.segment.bytes", "2000000")]);
    let engine = Engine::open(&settings).unwrap();
    let topic = over(&engine, &settings);
    assert_eq!(topic.append(0, &commit("g", 0, 1)).unwrap_err(), ErrorCode::COORDINATOR_NOT_AVAILABLE);
    assert_eq!(topic.partition_of("g"), place_of("g", 4));
    topic.ensure().await.unwrap();
    topic.ensure().await.unwrap();
    let image = engine.metadata.image();
    let made = image.topic(TOPIC).unwrap();
    let configs: Vec<_> = made.configs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!((made.partitions, made.replication_factor), (4, 1));
    assert_eq!(
        configs,
        [("cleanup.policy", "compact"), ("compression.type", "producer"), ("segment.bytes", "2000000")]
    );
}

#[tokio::test]
async fn what_was_written_is_loaded_in_order_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(Some(dir.path()), &[("offsets.topic.num.partitions", "3")]);
    let empty =
        GroupRecord::GroupMetadata(GroupKey { group: "g".to_owned() }, Some(GroupMetadataValue::default()));
    let written = {
        let engine = Engine::open(&settings).unwrap();
        let topic = over(&engine, &settings);
        assert_eq!(loaded(&topic), []);
        topic.ensure().await.unwrap();
        let mut written = Vec::new();
        for batch in [
            commit("g", 0, 5),
            vec![empty],
            commit("g", 0, 6),
            GroupOffsets::tombstones("g", [("orders".to_owned(), 1)]),
        ] {
            topic.append(1, &batch).unwrap().durable().await.unwrap();
            written.extend(batch);
        }
        written
    };
    let engine = Engine::open(&settings).unwrap();
    assert_eq!(loaded(&over(&engine, &settings)), written);
}

#[tokio::test]
async fn what_is_not_understood_is_stepped_over() {
    let settings = settings(None, &[("offsets.topic.num.partitions", "1")]);
    let engine = Engine::open(&settings).unwrap();
    let topic = over(&engine, &settings);
    topic.ensure().await.unwrap();
    let mut written = commit("g", 0, 5);
    topic.append(0, &written).unwrap();
    // A streams group, a key that ends too soon, a value of a later version.
    for (key, value) in [
        (&b"\x00\x11\x00\x01g"[..], &b"\x00\x00"[..]),
        (b"\x00", b"\x00\x00"),
        (b"\x00\x02\x00\x01g", b"\x00\x63"),
    ] {
        let mut builder = BatchBuilder::new(Compression::None, None);
        builder.append(1, Some(key), Some(value), &[]);
        let mut bytes = builder.build().unwrap().to_vec();
        let mut batch = validate::check(&mut bytes, &validate::ProduceRules::lenient(1)).unwrap();
        write(topic.hosted().unwrap().partition(0).unwrap(), &mut batch, 1).unwrap();
    }
    written.extend(commit("g", 1, 6));
    topic.append(0, &commit("g", 1, 6)).unwrap();
    assert_eq!(loaded(&topic), written);
}

#[tokio::test]
async fn records_may_be_compressed_and_may_not_be_larger_than_the_topic_allows() {
    let settings = settings(None, &[("offsets.topic.compression.codec", "4"), ("message.max.bytes", "2000")]);
    let engine = Engine::open(&settings).unwrap();
    let topic = over(&engine, &settings);
    topic.ensure().await.unwrap();
    let many: Vec<GroupRecord> = (0..100).flat_map(|partition| commit("g", partition, 7)).collect();
    topic.append(0, &many).unwrap().durable().await.unwrap();
    assert_eq!(loaded(&topic), many);
    let mut random = fastrand::Rng::with_seed(1);
    let metadata: String = std::iter::repeat_with(|| random.alphanumeric()).take(4_000).collect();
    let value = GroupMetadataValue { protocol_type: metadata, ..Default::default() };
    let large = GroupRecord::GroupMetadata(GroupKey { group: "g".to_owned() }, Some(value));
    assert_eq!(topic.append(0, &[large]).unwrap_err(), ErrorCode::UNKNOWN_SERVER_ERROR);
    assert_eq!(loaded(&topic), many);
}

#[tokio::test]
async fn groups_go_on_where_the_disk_has_no_room_for_others() {
    let files = FaultyFiles::default();
    files.create_dir_all(Path::new("/data")).unwrap();
    let settings = settings(None, &[("offsets.topic.num.partitions", "1")]);
    let data_dir = DataDir::on_disk(Arc::new(files.clone()), Path::new("/data"), 1, None).unwrap();
    let engine = Engine::over(&settings, data_dir).unwrap();
    let topic = over(&engine, &settings);
    topic.ensure().await.unwrap();
    files.faults.free.store(0, Ordering::SeqCst);
    topic.append(0, &commit("g", 0, 1)).unwrap().durable().await.unwrap();
    let reserve = Path::new("/data/reserve");
    assert!(files.exists(reserve));
    files.faults.writes_left.store(1, Ordering::SeqCst);
    topic.append(0, &commit("g", 0, 2)).unwrap().durable().await.unwrap();
    assert!(!files.exists(reserve), "it was given up for the second one");
    files.faults.writes_left.store(1, Ordering::SeqCst);
    assert_eq!(topic.append(0, &commit("g", 0, 3)).unwrap_err(), ErrorCode::COORDINATOR_NOT_AVAILABLE);
    topic.append(0, &commit("g", 0, 4)).unwrap().durable().await.unwrap();
    assert_eq!(loaded(&topic), [commit("g", 0, 1), commit("g", 0, 2), commit("g", 0, 4)].concat());
}
