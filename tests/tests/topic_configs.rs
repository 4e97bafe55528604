//! Topic configurations that act on what is produced and on the files of a log, seen through the wire and in the data
//! directory. Which test shows which key is listed in `tidy/topic_configs.rs`.

#![expect(clippy::expect_used, reason = "this is test code")]

use std::fs;

use bytes::Bytes;
use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::record::TimestampType;
use fluxmq_protocol::record::batch::RecordBatch;
use fluxmq_protocol::record::builder::BatchBuilder;
use fluxmq_protocol::record::compression::Compression;
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::connection::Connection;
use fluxmq_tests::stored;

const PRODUCE_VERSION: i16 = 9;
const HOUR: i64 = 3_600_000;

/// A broker with connections to it.
struct Bench {
    broker: Broker,
    connection: Connection,
}

impl Bench {
    fn start() -> Bench {
        let broker = Broker::start(Storage::Disk, &[]);
        let connection = Connection::open(&broker.address()).expect("the broker takes connections");
        Bench { broker, connection }
    }

    fn topic(&self, configs: &[(&str, &str)]) -> String {
        stored::create_topic_with(&self.broker.address(), "configured", 1, configs)
    }

    /// Writes a batch; returns what the broker says.
    fn produce(&mut self, topic: &str, acks: i16, batch: Bytes) -> ErrorCode {
        let request = fluxmq_protocol::messages::produce::ProduceRequest {
            acks,
            ..stored::produce_request(topic, 0, batch)
        };
        let response = self.connection.call(&request, PRODUCE_VERSION).expect("produce is answered");
        response.responses[0].partition_responses[0].error_code
    }

    fn append(&mut self, topic: &str, batches: &[Bytes]) {
        for batch in batches {
            stored::append(&mut self.connection, topic, 0, batch);
        }
    }

    fn batches(&self, topic: &str) -> Vec<RecordBatch> {
        stored::batches_of(&self.broker.address(), topic, 0)
    }

    /// Names and sizes of the files of a topic's only partition that end with `extension`.
    fn files(&self, topic: &str, extension: &str) -> Vec<(String, u64)> {
        let dir = self.broker.data_dir().join(format!("{topic}-0"));
        let entries = fs::read_dir(dir).expect("the partition has a directory");
        let files = entries.map(|entry| {
            let entry = entry.expect("the directory can be read");
            let size = entry.metadata().expect("a file has a size").len();
            (entry.file_name().to_string_lossy().into_owned(), size)
        });
        let mut files: Vec<_> = files.filter(|(name, _)| name.ends_with(extension)).collect();
        files.sort();
        files
    }

    /// The base offsets of the segments after these batches.
    fn segments(&mut self, configs: &[(&str, &str)], batches: &[Bytes]) -> Vec<i64> {
        let topic = self.topic(&[&[("retention.ms", "-1")], configs].concat());
        self.append(&topic, batches);
        let names = self.files(&topic, ".log").into_iter();
        names.map(|(name, _)| name[..20].parse().expect("it is an offset")).collect()
    }
}

fn batch(timestamp: i64, size: usize) -> Bytes {
    let mut batch = BatchBuilder::new(Compression::None, None);
    batch.append(timestamp, Some(b"key"), Some(&vec![b'v'; size]), &[]);
    batch.build().expect("a batch can be built")
}

/// A batch whose records repeat themselves here and there, as texts do.
fn text() -> Bytes {
    let mut random = fastrand::Rng::with_seed(1);
    let words: Vec<String> =
        (0..2_000).map(|_| (0..random.usize(3..9)).map(|_| random.lowercase()).collect()).collect();
    let mut batch = BatchBuilder::new(Compression::None, None);
    for _ in 0..200 {
        let value: Vec<&str> = (0..60).map(|_| words[random.usize(..words.len())].as_str()).collect();
        batch.append(stored_now(), Some(b"key"), Some(value.join(" ").as_bytes()), &[]);
    }
    batch.build().expect("a batch can be built")
}

fn stored_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.expect("it is after 1970").as_millis()).expect("it is not that late")
}

/// How many bytes a text takes in a topic of this codec and level.
fn stored_size(bench: &mut Bench, codec: &str, level: Option<(&str, &str)>) -> usize {
    let configs: Vec<(&str, &str)> = [("compression.type", codec)].into_iter().chain(level).collect();
    let topic = bench.topic(&configs);
    bench.append(&topic, &[text()]);
    let batches = bench.batches(&topic);
    assert_eq!(stored::records_in(&batches).len(), 200);
    batches[0].bytes().len()
}

#[test]
fn records_are_compressed_as_the_topic_says() {
    let mut bench = Bench::start();
    for codec in Compression::ALL {
        let name = if codec == Compression::None { "uncompressed".to_owned() } else { codec.to_string() };
        let topic = bench.topic(&[("compression.type", &name)]);
        bench.append(&topic, &[text()]);
        assert_eq!(bench.batches(&topic)[0].compression(), Ok(codec));
    }
}

#[test]
fn a_higher_gzip_level_stores_fewer_bytes() {
    let mut bench = Bench::start();
    let mut at = |level| stored_size(&mut bench, "gzip", Some(("compression.gzip.level", level)));
    assert!(at("9") < at("1"));
}

#[test]
fn a_higher_lz4_level_stores_fewer_bytes() {
    let mut bench = Bench::start();
    let mut at = |level| stored_size(&mut bench, "lz4", Some(("compression.lz4.level", level)));
    assert!(at("17") < at("1"));
}

#[test]
fn a_higher_zstd_level_stores_fewer_bytes() {
    let mut bench = Bench::start();
    let mut at = |level| stored_size(&mut bench, "zstd", Some(("compression.zstd.level", level)));
    assert!(at("19") < at("1"));
}

#[test]
fn a_batch_is_as_large_as_the_topic_allows() {
    let mut bench = Bench::start();
    let topic = bench.topic(&[("max.message.bytes", "1000")]);
    let empty = batch(stored_now(), 100).len() - 100;
    // The length of a value of more than 63 bytes takes two bytes, as does that of the record.
    assert_eq!(bench.produce(&topic, -1, batch(stored_now(), 1000 - empty)), ErrorCode::NONE);
    assert_eq!(bench.produce(&topic, -1, batch(stored_now(), 1001 - empty)), ErrorCode::MESSAGE_TOO_LARGE);
}

#[test]
fn timestamps_are_within_what_the_topic_allows() {
    let mut bench = Bench::start();
    let late = bench.topic(&[("message.timestamp.after.max.ms", "7200000")]);
    assert_eq!(bench.produce(&late, -1, batch(stored_now() + HOUR, 10)), ErrorCode::NONE);
    assert_eq!(bench.produce(&late, -1, batch(stored_now() + 3 * HOUR, 10)), ErrorCode::INVALID_TIMESTAMP);
    let early = bench.topic(&[("message.timestamp.before.max.ms", "7200000")]);
    assert_eq!(bench.produce(&early, -1, batch(stored_now() - HOUR, 10)), ErrorCode::NONE);
    assert_eq!(bench.produce(&early, -1, batch(stored_now() - 3 * HOUR, 10)), ErrorCode::INVALID_TIMESTAMP);
}

#[test]
fn records_have_the_brokers_time_where_the_topic_says_so() {
    let mut bench = Bench::start();
    let topic = bench.topic(&[("message.timestamp.type", "LogAppendTime")]);
    let before = stored_now();
    bench.append(&topic, &[batch(5, 10)]);
    let header = *bench.batches(&topic)[0].header();
    assert_eq!(header.attributes.timestamp_type(), TimestampType::LogAppendTime);
    assert!((before..=stored_now()).contains(&header.max_timestamp));
}

#[test]
fn more_replicas_than_there_are_refuse_acks_all_alone() {
    let mut bench = Bench::start();
    let topic = bench.topic(&[("min.insync.replicas", "2")]);
    assert_eq!(bench.produce(&topic, -1, batch(stored_now(), 10)), ErrorCode::NOT_ENOUGH_REPLICAS);
    assert_eq!(bench.produce(&topic, 1, batch(stored_now(), 10)), ErrorCode::NONE);
}

#[test]
fn segments_are_as_large_as_the_topic_says() {
    let mut bench = Bench::start();
    let large = vec![batch(stored_now(), 400_000); 6];
    assert_eq!(bench.segments(&[("segment.bytes", "1048576")], &large), [0, 2, 4]);
    assert_eq!(bench.segments(&[("segment.bytes", "2097152")], &large), [0, 5]);
    // For tests, below what `segment.bytes` may be.
    let small = vec![batch(stored_now(), 400); 4];
    assert_eq!(bench.segments(&[("internal.segment.bytes", "1000")], &small), [0, 2]);
}

#[test]
fn segments_are_as_old_as_the_topic_says() {
    let mut bench = Bench::start();
    let begin = stored_now() - 240 * HOUR;
    let hourly: Vec<Bytes> = (0..6).map(|hour| batch(begin + hour * HOUR, 10)).collect();
    assert_eq!(bench.segments(&[("segment.ms", "7200000")], &hourly), [0, 3]);
    assert_eq!(bench.segments(&[("segment.ms", "3599999")], &hourly), [0, 1, 2, 3, 4, 5]);
    // Earlier by up to as much as segment.ms itself: each batch is drawn for anew.
    let jittered = bench.segments(&[("segment.ms", "7200000"), ("segment.jitter.ms", "7200000")], &hourly);
    assert!(jittered.len() > 2, "{jittered:?}");
}

#[test]
fn a_full_index_ends_a_segment() {
    let mut bench = Bench::start();
    let batches = vec![batch(stored_now(), 400); 9];
    // Each batch but the first of a segment has an entry. Three take 24 bytes in the one and 12 in the other index.
    let configs = [("index.interval.bytes", "0"), ("segment.index.bytes", "36")];
    assert_eq!(bench.segments(&configs, &batches), [0, 5]);
}

#[test]
fn index_entries_are_as_far_apart_as_the_topic_says() {
    let mut bench = Bench::start();
    let mut entries = |interval| {
        let topic = bench.topic(&[("index.interval.bytes", interval), ("segment.bytes", "1048576")]);
        bench.append(&topic, &vec![batch(stored_now(), 10_000); 100]);
        bench.append(&topic, &[batch(stored_now(), 900_000)]);
        let indexes = bench.files(&topic, ".index");
        indexes[0].1 / 8
    };
    assert_eq!((entries("0"), entries("4096"), entries("100000")), (99, 99, 9));
}

#[test]
fn a_preallocated_segment_has_its_size_at_once_and_loses_what_is_too_much() {
    let mut bench = Bench::start();
    let configs = [("preallocate", "true"), ("segment.bytes", "1048576"), ("retention.ms", "-1")];
    let topic = bench.topic(&configs);
    let sizes = |bench: &Bench| -> Vec<u64> {
        bench.files(&topic, ".log").into_iter().map(|(_, size)| size).collect()
    };
    let large = batch(stored_now(), 400_000);
    let size = large.len() as u64;
    bench.append(&topic, std::slice::from_ref(&large));
    assert_eq!(sizes(&bench), [1 << 20]);
    bench.append(&topic, &vec![large; 2]);
    assert_eq!(sizes(&bench), [2 * size, 1 << 20]);
    bench.broker.kill();
    bench.broker.restart();
    assert_eq!(stored::records_of(&bench.broker.address(), &topic, 0).len(), 3);
    assert_eq!(sizes(&bench), [2 * size, size]);
    assert!(!bench.broker.data_dir().join(format!("{topic}-0")).join("quarantine").exists());
}
