//! What Produce 0-2 and Fetch 0-3 mean, request by request. `FLUXMQ_TEST_BOOTSTRAP=HOST:PORT` puts the same to another
//! broker: Apache Kafka 3.9, the last that served them, where a test does not say otherwise.

#![expect(clippy::unwrap_used, reason = "a test may end at the first surprise")]

use std::io::Write;

use bytes::Bytes;
use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::create_topics::{CreatableTopic, CreatableTopicConfig, CreateTopicsRequest};
use fluxmq_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchTopic, PartitionData};
use fluxmq_protocol::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use fluxmq_protocol::messages::produce::PartitionProduceResponse;
use fluxmq_protocol::record::message_set::{Magic, Message, Tail, down, visit};
use fluxmq_protocol::record::{Attributes, BatchBuilder, Compression, RecordBatch, TimestampType, stamp};
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::connection::Connection;
use fluxmq_tests::interop::world::foreign_bootstrap;
use fluxmq_tests::stored;

const NOW: i64 = 1_700_000_000_000;
const MAX_BYTES: i32 = 1 << 20;

struct World {
    /// `None` where the broker is someone else's.
    broker: Option<Broker>,
    address: String,
    connection: Connection,
}

impl World {
    fn start() -> World {
        let foreign = foreign_bootstrap();
        let broker = foreign.is_none().then(|| Broker::start(Storage::Memory, &["--no-profile"]));
        let address = foreign.or(broker.as_ref().map(Broker::address)).unwrap();
        let connection = Connection::open(&address).unwrap();
        World { broker, address, connection }
    }

    fn is_ours(&self) -> bool {
        self.broker.is_some()
    }

    fn topic(&mut self, configs: &[(&str, &str)]) -> String {
        let name = stored::unique("old-formats");
        let config = |(name, value): &(&str, &str)| CreatableTopicConfig {
            name: (*name).to_owned(),
            value: Some((*value).to_owned()),
        };
        let topic = CreatableTopic {
            name: name.clone(),
            num_partitions: 1,
            replication_factor: 1,
            configs: configs.iter().chain(&[("retention.ms", "-1")]).map(config).collect(),
            ..Default::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 30_000, ..Default::default() };
        let created = self.connection.call(&request, 5).unwrap().topics.remove(0);
        assert_eq!(created.error_code, ErrorCode::NONE, "{:?}", created.error_message);
        while stored::leaders(&mut self.connection, &name) < 1 {
            std::thread::yield_now();
        }
        name
    }

    fn produce(&mut self, version: i16, topic: &str, records: impl Into<Bytes>) -> PartitionProduceResponse {
        let request = stored::produce_request(topic, 0, records.into());
        let mut response = self.connection.call(&request, version).unwrap();
        response.responses.remove(0).partition_responses.remove(0)
    }

    fn code(&mut self, version: i16, topic: &str, records: impl Into<Bytes>) -> ErrorCode {
        self.produce(version, topic, records).error_code
    }

    fn fetch(&mut self, version: i16, topic: &str, offset: i64, max_bytes: i32) -> PartitionData {
        let request = fetch_request(topic, offset, max_bytes, 0);
        self.connection.call(&request, version).unwrap().responses.remove(0).partitions.remove(0)
    }
}

fn fetch_request(topic: &str, offset: i64, max_bytes: i32, max_wait_ms: i32) -> FetchRequest {
    let partition =
        FetchPartition { fetch_offset: offset, partition_max_bytes: max_bytes, ..Default::default() };
    let topic = FetchTopic { topic: topic.to_owned(), partitions: vec![partition], ..Default::default() };
    FetchRequest { max_wait_ms, min_bytes: 1, topics: vec![topic], ..Default::default() }
}

fn batch(codec: Compression, values: &[&[u8]]) -> Bytes {
    let mut builder = BatchBuilder::new(codec, None);
    for value in values {
        builder.append(NOW, Some(b"key"), Some(value), &[]);
    }
    builder.build().unwrap()
}

fn set(magic: Magic, codec: Compression, values: &[&[u8]]) -> Vec<u8> {
    let batch = RecordBatch::parse(batch(codec, values)).unwrap();
    let mut out = Vec::new();
    down(&batch, magic, 0, 1 << 20, &mut out).unwrap();
    out
}

fn message(attributes: Attributes, timestamp: i64, key: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    let message = Message { offset: 0, magic: Magic::V1, attributes, timestamp, key, value: Some(b"v") };
    message.write(&mut out).unwrap();
    out
}

/// Offsets of the whole messages in an answer.
fn offsets(answer: &PartitionData) -> Vec<i64> {
    assert_eq!(answer.error_code, ErrorCode::NONE);
    let mut offsets = Vec::new();
    let records = answer.records.clone().unwrap();
    visit(&records, 1 << 20, Tail::Ignored, |record| offsets.push(record.offset)).unwrap();
    offsets
}

#[test]
fn the_rules_of_a_topic_hold_for_what_a_message_set_becomes() {
    let mut world = World::start();
    let compacted = world.topic(&[("cleanup.policy", "compact")]);
    let keyless = message(Attributes::default(), NOW, None);
    for version in 0..3 {
        assert_eq!(
            world.code(version, &compacted, set(Magic::V0, Compression::Gzip, &[b"v"])),
            ErrorCode::NONE
        );
        let code = world.code(version, &compacted, keyless.clone());
        // Kafka 3.9 tells 87, which no client of these versions knows; it told 2 when they were new.
        if world.is_ours() {
            assert_eq!(code, ErrorCode::CORRUPT_MESSAGE);
        }
        assert!(!code.is_ok());
    }
    let small = world.topic(&[("max.message.bytes", "200")]);
    assert_eq!(world.code(1, &small, set(Magic::V0, Compression::None, &[&[b'v'; 50]])), ErrorCode::NONE);
    let large = set(Magic::V0, Compression::None, &[&[b'v'; 300]]);
    assert_eq!(world.code(1, &small, large), ErrorCode::MESSAGE_TOO_LARGE);
    let bounded = world.topic(&[("message.timestamp.after.max.ms", "1000")]);
    let late = |timestamp| message(Attributes::default(), timestamp, None);
    assert_eq!(world.code(2, &bounded, late(i64::MAX / 2)), ErrorCode::INVALID_TIMESTAMP);
    assert_eq!(world.code(2, &bounded, late(-1)), ErrorCode::NONE);
}

#[test]
fn the_brokers_time_is_told_from_version_2_on() {
    let mut world = World::start();
    let topic = world.topic(&[("message.timestamp.type", "LogAppendTime")]);
    let plain = set(Magic::V1, Compression::Snappy, &[b"v", b"w"]);
    for version in 0..3 {
        let answer = world.produce(version, &topic, plain.clone());
        assert_eq!((answer.error_code, answer.base_offset), (ErrorCode::NONE, i64::from(version) * 2));
        assert_eq!(answer.log_append_time_ms > NOW, version == 2);
    }
    let claimed = Attributes::default().with_timestamp_type(TimestampType::LogAppendTime);
    assert_eq!(world.code(2, &topic, message(claimed, NOW, None)), ErrorCode::INVALID_TIMESTAMP);
    let answer = world.fetch(2, &topic, 0, MAX_BYTES);
    let mut times = Vec::new();
    visit(&answer.records.unwrap(), 1 << 20, Tail::Refused, |record| times.push(record.timestamp)).unwrap();
    assert!(times.len() == 6 && times.iter().all(|time| *time > NOW));
}

#[test]
fn each_version_has_its_format() {
    let mut world = World::start();
    let topic = world.topic(&[]);
    let old = set(Magic::V1, Compression::None, &[b"v"]);
    for version in 3..9 {
        assert_eq!(world.code(version, &topic, old.clone()), ErrorCode::INVALID_RECORD, "version {version}");
    }
    // A batch in a version that is too old for it is taken, as Kafka does.
    assert_eq!(world.code(2, &topic, batch(Compression::Lz4, &[b"a", b"b"])), ErrorCode::NONE);
    assert_eq!(world.code(0, &topic, old), ErrorCode::NONE);
    for (version, magic) in [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2)] {
        let answer = world.fetch(version, &topic, 0, MAX_BYTES);
        assert_eq!(answer.records.as_ref().unwrap()[16], magic, "version {version}");
        if version < 4 {
            assert_eq!(offsets(&answer), [0, 1, 2]);
        }
    }
}

#[test]
fn what_is_broken_is_refused_and_nothing_of_it_stays() {
    let mut world = World::start();
    let topic = world.topic(&[]);
    for magic in [Magic::V0, Magic::V1] {
        let whole = set(magic, Compression::None, &[b"a", b"b"]);
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert_eq!(world.code(1, &topic, flipped), ErrorCode::CORRUPT_MESSAGE);
        // Kafka takes the messages before one that is cut off, and a set without any as done.
        if world.is_ours() {
            assert_eq!(world.code(1, &topic, whole[..whole.len() - 1].to_vec()), ErrorCode::CORRUPT_MESSAGE);
            assert_eq!(world.code(1, &topic, Vec::new()), ErrorCode::CORRUPT_MESSAGE);
            let bomb = set(magic, Compression::Gzip, &[&vec![0; 900_000]]);
            let many: Vec<u8> = bomb.repeat(30);
            assert_eq!(world.code(1, &topic, many), ErrorCode::CORRUPT_MESSAGE);
        }
        let unknown = message(Attributes(5), NOW, None);
        assert!(!world.code(2, &topic, unknown).is_ok());
    }
    let answer = world.fetch(1, &topic, 0, MAX_BYTES);
    assert_eq!((answer.error_code, answer.high_watermark), (ErrorCode::NONE, 0));
    assert_eq!(world.fetch(1, &topic, 1, MAX_BYTES).error_code, ErrorCode::OFFSET_OUT_OF_RANGE);
    assert_eq!(world.fetch(0, "nowhere", 0, MAX_BYTES).error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

#[test]
fn what_a_message_set_cannot_say_ends_it_or_is_an_error() {
    let mut world = World::start();
    let topic = world.topic(&[]);
    assert_eq!(world.code(7, &topic, batch(Compression::Gzip, &[b"a", b"b"])), ErrorCode::NONE);
    assert_eq!(world.code(7, &topic, batch(Compression::Zstd, &[b"c", b"d"])), ErrorCode::NONE);
    assert_eq!(world.code(7, &topic, batch(Compression::None, &[b"e"])), ErrorCode::NONE);
    for version in 0..4 {
        assert_eq!(offsets(&world.fetch(version, &topic, 0, MAX_BYTES)), [0, 1]);
        let refused = world.fetch(version, &topic, 2, MAX_BYTES);
        assert_eq!(refused.error_code, ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
        assert_eq!(offsets(&world.fetch(version, &topic, 4, MAX_BYTES)), [4]);
    }
}

#[test]
fn a_first_message_that_is_too_large_is_cut_before_version_3_and_whole_from_then_on() {
    let mut world = World::start();
    let topic = world.topic(&[]);
    let value = [b'v'; 5_000];
    assert_eq!(world.code(7, &topic, batch(Compression::None, &[&value])), ErrorCode::NONE);
    assert_eq!(world.code(7, &topic, batch(Compression::None, &[b"small"])), ErrorCode::NONE);
    for version in 0..3 {
        let answer = world.fetch(version, &topic, 0, 1_000);
        assert_eq!(offsets(&answer), Vec::<i64>::new());
        // Kafka 3.9 answers with nothing at all, and the client never learns why; those of its time cut the message.
        let size = if world.is_ours() { 1_000 } else { 0 };
        assert_eq!(answer.records.unwrap().len(), size, "version {version}");
    }
    assert_eq!(offsets(&world.fetch(3, &topic, 0, 1_000)), [0]);
    for version in 0..4 {
        assert_eq!(offsets(&world.fetch(version, &topic, 0, 6_000)), [0, 1]);
    }
}

#[test]
fn an_old_fetch_waits_until_there_is_something() {
    let mut world = World::start();
    let topic = world.topic(&[]);
    for (offset, version) in (0..).zip(0..4) {
        let request = fetch_request(&topic, offset, MAX_BYTES, 60_000);
        let mut consumer = Connection::open(&world.address).unwrap();
        consumer.send(&request, version).unwrap();
        assert_eq!(world.code(1, &topic, set(Magic::V0, Compression::Lz4, &[b"late"])), ErrorCode::NONE);
        let mut answer = consumer.receive::<FetchRequest>(version).unwrap();
        assert_eq!(offsets(&answer.responses.remove(0).partitions.remove(0)), [offset]);
    }
}

/// A log that knows transactions, as a Kafka's does.
#[test]
fn what_is_not_shown_does_not_hold_a_reader_up() {
    if foreign_bootstrap().is_some() {
        return;
    }
    let mut broker = Broker::start(Storage::Disk, &["--no-profile"]);
    let topic = stored::create_topic(&broker.address(), "markers", 1);
    let mut connection = Connection::open(&broker.address()).unwrap();
    stored::append(&mut connection, &topic, 0, &batch(Compression::None, &[b"a"]));
    broker.kill();
    let mut log = std::fs::OpenOptions::new()
        .append(true)
        .open(broker.data_dir().join(format!("{topic}-0/00000000000000000000.log")))
        .unwrap();
    let mut marker = BatchBuilder::new(Compression::None, None);
    marker.set_control(true);
    marker.append(NOW, Some(b"\0\0\0\x01"), Some(b"\0\0\0\0\0\0"), &[]);
    let plain = batch(Compression::None, &[b"b", b"c"]);
    let batches = [marker.build().unwrap(), marker.build().unwrap(), plain];
    let mut next_offset = 1;
    for bytes in batches {
        let mut bytes = bytes.to_vec();
        stamp(&mut bytes, next_offset, 0).unwrap();
        log.write_all(&bytes).unwrap();
        next_offset = RecordBatch::parse(bytes.into()).unwrap().header().next_offset();
    }
    broker.restart();
    let address = broker.address();
    let connection = Connection::open(&address).unwrap();
    let mut world = World { broker: Some(broker), address, connection };
    for version in 0..4 {
        // As much as a marker takes, and as a plain batch becomes.
        assert_eq!(offsets(&world.fetch(version, &topic, 1, 90)), [3, 4], "version {version}");
        assert_eq!(offsets(&world.fetch(version, &topic, 0, MAX_BYTES)), [0, 3, 4]);
        assert_eq!(offsets(&world.fetch(version, &topic, 4, MAX_BYTES)), [4]);
        assert_eq!(offsets(&world.fetch(version, &topic, 5, MAX_BYTES)), Vec::<i64>::new());
    }
}

/// A limit of the whole answer never cuts a message: the client would take it for one that it can never read.
#[test]
fn what_does_not_fit_into_the_answer_stays_for_another() {
    let mut world = World::start();
    let (first, second) = (world.topic(&[]), world.topic(&[]));
    for topic in [&first, &second] {
        assert_eq!(world.code(7, topic, batch(Compression::None, &[&[b'v'; 5_000]])), ErrorCode::NONE);
    }
    let mut request = fetch_request(&first, 0, MAX_BYTES, 0);
    request.topics.extend(fetch_request(&second, 0, MAX_BYTES, 0).topics);
    request.max_bytes = 8_000;
    let mut found = |version, max_bytes| {
        request.max_bytes = max_bytes;
        let answers = world.connection.call(&request, version).unwrap().responses;
        answers.iter().map(|topic| topic.partitions[0].records.as_ref().unwrap().len()).collect::<Vec<_>>()
    };
    for version in 0..3 {
        assert!(found(version, 0).iter().all(|size| *size > 5_000), "there was no limit for the whole then");
    }
    for max_bytes in [1, 8_000] {
        let sizes = found(3, max_bytes);
        assert!(sizes[0] > 5_000 && sizes[1] == 0, "{sizes:?}");
    }
    assert!(found(3, 12_000).iter().all(|size| *size > 5_000));
}

#[test]
fn records_without_a_timestamp_are_found_by_none() {
    let mut world = World::start();
    let topic = world.topic(&[]);
    assert_eq!(world.code(0, &topic, set(Magic::V0, Compression::Gzip, &[b"a", b"b"])), ErrorCode::NONE);
    let mut asked = |timestamp| {
        let partition = ListOffsetsPartition { timestamp, ..Default::default() };
        let topic = ListOffsetsTopic { name: topic.clone(), partitions: vec![partition] };
        let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
        let found = world.connection.call(&request, 1).unwrap().topics.remove(0).partitions.remove(0);
        (found.error_code, found.offset)
    };
    assert_eq!(asked(-2), (ErrorCode::NONE, 0));
    assert_eq!(asked(-1), (ErrorCode::NONE, 2));
    assert_eq!(asked(0), (ErrorCode::NONE, -1));
}
