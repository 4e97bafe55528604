use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fluxmq_protocol::record::{ControlType, EndTransactionMarker, stamp};

use super::*;
use crate::env::files::{FaultyFiles, Files};
use crate::topic_manager::{NewTopic, TopicConfig};

/// A seed of its own for each run; `FLUXMQ_SEED` repeats one.
fn random() -> fastrand::Rng {
    let seed = std::env::var("FLUXMQ_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("FLUXMQ_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

fn bytes(random: &mut fastrand::Rng, sizes: Range<usize>) -> Vec<u8> {
    let size = random.usize(sizes);
    std::iter::repeat_with(|| random.u8(..)).take(size).collect()
}

/// Anything that a message can be. Times are in the past, by up to about eighty years.
fn message(random: &mut fastrand::Rng) -> Message {
    let tombstone = random.u8(..8) == 0;
    let large = random.u8(..40) == 0;
    let header = |random: &mut fastrand::Rng| MessageHeader {
        key: ["", "trace", "\u{e9}t\u{e9}"][random.usize(..3)].to_owned(),
        value: random.bool().then(|| bytes(random, 0..20)),
    };
    let headers = random.usize(..4);
    Message {
        key: random.bool().then(|| bytes(random, 0..30)),
        value: if tombstone { Vec::new() } else { bytes(random, 0..if large { 400_000 } else { 300 }) },
        timestamp: UNIX_EPOCH + Duration::from_millis(random.u64(0..1_700_000_000_000)),
        headers: std::iter::repeat_with(|| header(random)).take(headers).collect(),
        tombstone,
    }
}

fn values(values: &[&str]) -> Vec<Message> {
    values.iter().map(|value| Message { value: value.as_bytes().to_vec(), ..Default::default() }).collect()
}

fn code(error: &FluxmqError) -> ErrorCode {
    match error {
        FluxmqError::Refused { code, .. } => *code,
        other => panic!("{other}"),
    }
}

fn kind(error: &FluxmqError) -> ErrorKind {
    match error {
        FluxmqError::Storage(error) => error.kind(),
        other => panic!("{other}"),
    }
}

/// Everything that is in a log, by pieces of random sizes.
async fn all(
    engine: &Engine,
    topic: &str,
    partition: i32,
    random: &mut fastrand::Rng,
) -> Vec<(i64, Message)> {
    let mut all: Vec<(i64, Message)> = Vec::new();
    loop {
        let next = all.last().map_or(0, |(offset, _)| offset + 1);
        let piece = engine.fetch(topic, partition, next, random.usize(1..50)).await.unwrap();
        if piece.is_empty() {
            return all;
        }
        all.extend(piece);
    }
}

#[tokio::test]
async fn what_goes_in_comes_out_of_both_storages_and_after_a_restart() {
    let mut random = random();
    let dir = tempfile::tempdir().unwrap();
    let memory = InMemoryStorage::new();
    let mut expected: [Vec<(i64, Message)>; 3] = Default::default();
    for _ in 0..3 {
        let hybrid = HybridStorage::new(dir.path().to_owned()).await.unwrap();
        for _ in 0..60 {
            let partition = random.i32(0..3);
            let log = &mut expected[partition as usize];
            let messages: Vec<Message> = (0..random.usize(1..20)).map(|_| message(&mut random)).collect();
            let offset = hybrid.append("events", partition, messages.clone()).await.unwrap();
            assert_eq!(offset, log.len() as i64);
            assert_eq!(memory.append("events", partition, messages.clone()).await.unwrap(), offset);
            log.extend((offset..).zip(messages));
        }
        for (partition, log) in (0..).zip(&expected) {
            assert!(all(&hybrid.engine, "events", partition, &mut random).await == *log);
            assert!(all(&memory.engine, "events", partition, &mut random).await == *log);
        }
        if random.bool() {
            hybrid.close().await.unwrap();
        }
    }
}

#[tokio::test]
async fn both_storages_refuse_alike() {
    let dir = tempfile::tempdir().unwrap();
    let hybrid = HybridStorage::new(dir.path().to_owned()).await.unwrap();
    let memory = InMemoryStorage::new();
    for engine in [&*hybrid.engine, &memory.engine] {
        assert_eq!(engine.append("events", 2, values(&["a", "b"])).await.unwrap(), 0);
        assert_eq!(engine.append("events", 2, Vec::new()).await.unwrap(), 2);
        assert_eq!(engine.fetch("events", 2, 2, 10).await.unwrap(), []);
        assert_eq!(engine.fetch("events", 2, 0, 0).await.unwrap(), []);
        assert_eq!(engine.fetch("events", 1, 0, 9).await.unwrap(), [], "the partitions below are there too");
        let fetched = async |topic, partition, offset| {
            code(&engine.fetch(topic, partition, offset, 1).await.unwrap_err())
        };
        assert_eq!(fetched("events", 2, 3).await, ErrorCode::OFFSET_OUT_OF_RANGE);
        assert_eq!(fetched("events", 2, -1).await, ErrorCode::OFFSET_OUT_OF_RANGE);
        assert_eq!(fetched("events", 3, 0).await, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        assert_eq!(fetched("others", 0, 0).await, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        let refused = async |topic, partition, message| {
            code(&engine.append(topic, partition, vec![message]).await.unwrap_err())
        };
        let default = Message::default();
        let unknown = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
        assert_eq!(refused("events", -1, default.clone()).await, unknown);
        assert_eq!(refused("events", 10_000, default.clone()).await, ErrorCode::POLICY_VIOLATION);
        assert_eq!(refused("not legal", 0, default.clone()).await, ErrorCode::INVALID_TOPIC_EXCEPTION);
        let tombstone = Message { tombstone: true, value: vec![1], ..default.clone() };
        assert_eq!(refused("events", 0, tombstone).await, ErrorCode::INVALID_RECORD);
        let early = Message { timestamp: UNIX_EPOCH - Duration::from_secs(1), ..default.clone() };
        assert_eq!(refused("events", 0, early).await, ErrorCode::INVALID_TIMESTAMP);
        let late = Message { timestamp: SystemTime::now() + Duration::from_hours(24), ..default.clone() };
        assert_eq!(refused("events", 0, late).await, ErrorCode::INVALID_TIMESTAMP);
        let large = Message { value: vec![0; 2 << 20], ..default };
        assert_eq!(refused("events", 0, large).await, ErrorCode::MESSAGE_TOO_LARGE);
        assert_eq!(engine.fetch("events", 0, 0, 9).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_topic_grows_by_what_is_appended_to_and_stays_so() {
    let dir = tempfile::tempdir().unwrap();
    let storage = HybridStorage::new(dir.path().to_owned()).await.unwrap();
    storage.topics().create_topic("events", TopicConfig { num_partitions: 2, ..Default::default() }).unwrap();
    storage.append("events", 1, values(&["a"])).await.unwrap();
    storage.append("events", 5, values(&["b"])).await.unwrap();
    storage.append("events", 1, values(&["c"])).await.unwrap();
    drop(storage);
    let storage = HybridStorage::new(dir.path().to_owned()).await.unwrap();
    assert_eq!(storage.topics().list_topics()[0].num_partitions, 6);
    let found = async |partition| {
        let found = storage.fetch("events", partition, 0, 9).await.unwrap();
        found.into_iter().map(|(_, message)| String::from_utf8(message.value).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(
        (found(1).await, found(4).await, found(5).await),
        (vec!["a".into(), "c".into()], vec![], vec!["b".into()])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_who_append_at_once_get_a_place_each_without_gaps() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Arc::new(HybridStorage::new(dir.path().to_owned()).await.unwrap());
    let tasks: Vec<_> = (0..16)
        .map(|writer| {
            let storage = Arc::clone(&storage);
            tokio::spawn(async move {
                let mut places = Vec::new();
                for round in 0..20 {
                    // Some are large enough for several batches.
                    let (count, size) = if round % 7 == 3 { (20, 60_000) } else { (1 + round, 20) };
                    let value = |index| format!("{writer} {round} {index} {}", ".".repeat(size));
                    let values: Vec<String> = (0..count).map(value).collect();
                    let messages = values
                        .iter()
                        .map(|value| Message { value: value.clone().into_bytes(), ..Default::default() });
                    let offset = storage.append("events", 0, messages.collect()).await.unwrap();
                    places.push((offset, values));
                }
                places
            })
        })
        .collect();
    let mut expected = Vec::new();
    for task in tasks {
        expected.extend(task.await.unwrap());
    }
    expected.sort();
    let expected: Vec<(i64, String)> =
        expected.into_iter().flat_map(|(offset, values)| (offset..).zip(values)).collect();
    let stored = storage.fetch("events", 0, 0, usize::MAX).await.unwrap();
    let stored: Vec<_> = stored
        .into_iter()
        .map(|(offset, message)| (offset, String::from_utf8(message.value).unwrap()))
        .collect();
    assert!(stored == expected);
    assert!((0..).zip(&stored).all(|(place, (offset, _))| place == *offset));
}

#[tokio::test]
async fn one_at_a_time_holds_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let marker = dir.path().join(".kafka_cleanshutdown");
    let open = || HybridStorage::new(dir.path().to_owned());
    let storage = open().await.unwrap();
    assert_eq!(kind(&open().await.unwrap_err()), ErrorKind::ResourceBusy);
    storage.close().await.unwrap();
    assert!(marker.exists());
    let storage = open().await.unwrap();
    assert!(!marker.exists());
    drop(storage);
    assert!(marker.exists());
}

#[tokio::test]
async fn compressed_batches_are_read_and_markers_are_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let storage = HybridStorage::new(dir.path().to_owned()).await.unwrap();
    for codec in ["gzip", "snappy", "lz4", "zstd"] {
        let topic = NewTopic {
            name: codec.to_owned(),
            partitions: 1,
            replication_factor: -1,
            assignments: Vec::new(),
            configs: vec![("compression.type".to_owned(), Some(codec.to_owned()))],
        };
        storage.engine.topics.create(topic, false).await.unwrap();
        storage.append(codec, 0, values(&["a", "b", "c"])).await.unwrap();
    }
    drop(storage);
    let log = dir.path().join("zstd-0").join("00000000000000000000.log");
    let marker = EndTransactionMarker { coordinator_epoch: 0 };
    let mut stored = std::fs::read(&log).unwrap();
    let mut marker = marker.batch(ControlType::Commit, 7, 0, 1_000).unwrap().to_vec();
    stamp(&mut marker, 3, 0).unwrap();
    stored.extend(marker);
    std::fs::write(&log, stored).unwrap();
    std::fs::remove_file(dir.path().join(".kafka_cleanshutdown")).unwrap();
    let storage = HybridStorage::new(dir.path().to_owned()).await.unwrap();
    assert_eq!(storage.append("zstd", 0, values(&["d"])).await.unwrap(), 4);
    for (codec, expected) in [("gzip", "1b 2c"), ("snappy", "1b 2c"), ("lz4", "1b 2c"), ("zstd", "1b 2c 4d")]
    {
        let found = storage.fetch(codec, 0, 1, 10).await.unwrap();
        let show = |(offset, message): &(i64, Message)| {
            format!("{offset}{}", String::from_utf8_lossy(&message.value))
        };
        assert_eq!(found.iter().map(show).collect::<Vec<_>>().join(" "), expected, "{codec}");
    }
}

#[tokio::test]
async fn a_full_disk_is_told_as_the_guide_shows_and_takes_more_when_it_has_room() {
    let files = FaultyFiles::default();
    files.create_dir_all(Path::new("/data")).unwrap();
    let settings = Arc::new(Settings::resolve(&BrokerConfig::default()).unwrap());
    let data_dir = DataDir::load(Arc::new(files.clone()), Path::new("/data"), 1).unwrap();
    let engine = Engine::over(&settings, data_dir).unwrap();
    assert_eq!(engine.append("events", 0, values(&["a"])).await.unwrap(), 0);
    // Gathered with others, too large to be gathered, and to a topic that must be made first.
    for (topic, size) in [("events", 10), ("events", 100_000), ("others", 10)] {
        files.faults.writes_left.store(1, Ordering::SeqCst);
        let message = Message { value: vec![b'x'; size], ..Default::default() };
        match engine.append(topic, 0, vec![message]).await {
            Err(FluxmqError::Storage(ref e)) if e.kind() == ErrorKind::WriteZero => {}
            other => panic!("{topic} {size}: {other:?}"),
        }
    }
    assert_eq!(engine.append("events", 0, values(&["b"])).await.unwrap(), 1);
    assert_eq!(engine.append("others", 0, values(&["c"])).await.unwrap(), 0);
    let found = engine.fetch("events", 0, 0, 9).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|(_, message)| message.value).collect();
    assert_eq!(found, [b"a", b"b"]);
}

#[tokio::test]
async fn a_disk_with_too_little_room_left_is_told_alike() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = BrokerConfig { data_dir: Some(dir.path().to_owned()), ..Default::default() };
    config.set("fluxmq.disk.free.min.bytes", &i64::MAX.to_string()).unwrap();
    let (engine, _housekeeping) = Engine::with(&config).unwrap();
    assert_eq!(kind(&engine.append("events", 0, values(&["a"])).await.unwrap_err()), ErrorKind::WriteZero);
    assert_eq!(engine.fetch("events", 0, 0, 9).await.unwrap(), []);
}
