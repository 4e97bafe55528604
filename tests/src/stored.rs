//! What a broker keeps, asked for in plain requests: the judge between foreign clients.

use std::time::{Duration, Instant};

use bytes::Bytes;
use fluxmq_protocol::messages::create_topics::{CreatableTopic, CreatableTopicConfig, CreateTopicsRequest};
use fluxmq_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};
use fluxmq_protocol::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use fluxmq_protocol::messages::metadata::{MetadataRequest, MetadataRequestTopic};
use fluxmq_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use fluxmq_protocol::record::batch::{RecordBatch, batches};
use fluxmq_protocol::record::record::Record;
use fluxmq_protocol::{ErrorCode, Uuid};

use crate::connection::Connection;

const CREATE_TOPICS_VERSION: i16 = 7;
const METADATA_VERSION: i16 = 9;
const PRODUCE_VERSION: i16 = 9;
const FETCH_VERSION: i16 = 12;
const LIST_OFFSETS_VERSION: i16 = 7;
const DECOMPRESSED_MAX: usize = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// A name that no earlier run has used, so that runs against a broker that stays do not meet.
pub fn unique(name: &str) -> String {
    format!("{name}-{:012x}", fastrand::u64(..1 << 48))
}

/// Creates a topic and waits until each of its partitions has a leader. Returns its name.
pub fn create_topic(address: &str, name: &str, partitions: i32) -> String {
    // The records of the tests are years old.
    create_topic_with(address, name, partitions, &[("retention.ms", "-1")])
}

/// [`create_topic`], with what it is configured as.
pub fn create_topic_with(address: &str, name: &str, partitions: i32, configs: &[(&str, &str)]) -> String {
    let mut connection = Connection::open(address).expect("the broker takes connections");
    let name = unique(name);
    create_topic_named(&mut connection, &name, partitions, configs);
    name
}

/// [`create_topic_with`] a name that the caller knows to be free. Returns the topic's id.
pub fn create_topic_named(
    connection: &mut Connection,
    name: &str,
    partitions: i32,
    configs: &[(&str, &str)],
) -> Uuid {
    let config = |(name, value): &(&str, &str)| CreatableTopicConfig {
        name: (*name).to_owned(),
        value: Some((*value).to_owned()),
    };
    let topic = CreatableTopic {
        name: name.to_owned(),
        num_partitions: partitions,
        replication_factor: 1,
        configs: configs.iter().map(config).collect(),
        ..Default::default()
    };
    let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 30_000, ..Default::default() };
    let response = connection.call(&request, CREATE_TOPICS_VERSION).expect("topics can be created");
    assert!(response.topics[0].error_code.is_ok(), "`{name}` was refused: {}", response.topics[0].error_code);
    let deadline = Instant::now() + PATIENCE;
    // Apache Kafka answers before the leaders are there.
    while leaders(connection, name) < partitions {
        assert!(Instant::now() < deadline, "`{name}` has partitions without a leader");
        std::thread::sleep(Duration::from_millis(10));
    }
    response.topics[0].topic_id
}

/// How many partitions of a topic have a leader.
pub fn leaders(connection: &mut Connection, name: &str) -> i32 {
    let topic = MetadataRequestTopic { name: Some(name.to_owned()), ..Default::default() };
    let request = MetadataRequest { topics: Some(vec![topic]), ..Default::default() };
    let response = connection.call(&request, METADATA_VERSION).expect("metadata is answered");
    let partitions = response.topics.iter().flat_map(|topic| &topic.partitions);
    let led = partitions.filter(|partition| partition.error_code.is_ok() && partition.leader_id >= 0).count();
    i32::try_from(led).expect("a topic has few partitions")
}

/// Writes one batch with acks=all and returns its base offset.
pub fn append(connection: &mut Connection, topic: &str, partition: i32, batch: &Bytes) -> i64 {
    let request = produce_request(topic, partition, batch.clone());
    let deadline = Instant::now() + PATIENCE;
    loop {
        let response = connection.call(&request, PRODUCE_VERSION).expect("produce is answered");
        let answer = &response.responses[0].partition_responses[0];
        if answer.error_code.is_ok() {
            return answer.base_offset;
        }
        // Apache Kafka tells of leaders before these know.
        let hopeful = answer.error_code.is_retriable() && Instant::now() < deadline;
        assert!(hopeful, "the batch was refused: {}", answer.error_code);
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A request to write one batch with acks=all.
pub fn produce_request(topic: &str, partition: i32, batch: Bytes) -> ProduceRequest {
    let data = PartitionProduceData { index: partition, records: Some(batch) };
    let topic = TopicProduceData { name: topic.to_owned(), partition_data: vec![data], ..Default::default() };
    ProduceRequest { transactional_id: None, acks: -1, timeout_ms: 30_000, topic_data: vec![topic] }
}

/// Every batch of a partition, from offset 0 to its high watermark.
pub fn batches_of(address: &str, topic: &str, partition: i32) -> Vec<RecordBatch> {
    batches_from(address, topic, partition, 0)
}

fn batches_from(address: &str, topic: &str, partition: i32, mut offset: i64) -> Vec<RecordBatch> {
    let mut connection = Connection::open(address).expect("the broker takes connections");
    let mut found = Vec::new();
    loop {
        let fetched = fetch(&mut connection, topic, partition, offset).expect("fetch is answered");
        assert!(fetched.error_code.is_ok(), "fetch at {offset} was refused: {}", fetched.error_code);
        offset = fetched.next_offset;
        found.extend(fetched.batches);
        if offset >= fetched.high_watermark {
            return found;
        }
    }
}

/// What one fetch brought.
#[derive(Debug)]
pub struct Fetched {
    pub error_code: ErrorCode,
    pub batches: Vec<RecordBatch>,
    /// Where the next fetch begins.
    pub next_offset: i64,
    pub high_watermark: i64,
}

/// Reads a partition once from `offset` on, as a consumer does.
pub fn fetch(
    connection: &mut Connection,
    topic: &str,
    partition: i32,
    offset: i64,
) -> std::io::Result<Fetched> {
    let mut response = connection.call(&fetch_request(topic, partition, offset), FETCH_VERSION)?;
    let mut answer = response.responses.remove(0).partitions.remove(0);
    let stored = batches(answer.records.take().unwrap_or_default());
    let batches: Vec<_> = stored.map(|batch| batch.expect("a stored batch is whole")).collect();
    let next_offset = batches
        .last()
        .map_or(offset, |batch| batch.header().base_offset + i64::from(batch.header().last_offset_delta) + 1);
    Ok(Fetched { error_code: answer.error_code, batches, next_offset, high_watermark: answer.high_watermark })
}

/// Where a partition begins; retention and deletions move that.
pub fn log_start_offset(address: &str, topic: &str, partition: i32) -> i64 {
    const EARLIEST: i64 = -2;
    list_offset(address, topic, partition, EARLIEST)
}

/// Where a partition ends: the high watermark.
pub fn log_end_offset(address: &str, topic: &str, partition: i32) -> i64 {
    const LATEST: i64 = -1;
    list_offset(address, topic, partition, LATEST)
}

fn list_offset(address: &str, topic: &str, partition: i32, timestamp: i64) -> i64 {
    let partition = ListOffsetsPartition { partition_index: partition, timestamp, ..Default::default() };
    let topic = ListOffsetsTopic { name: topic.to_owned(), partitions: vec![partition] };
    let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
    let mut connection = Connection::open(address).expect("the broker takes connections");
    let response = connection.call(&request, LIST_OFFSETS_VERSION).expect("offsets are listed");
    let answer = &response.topics[0].partitions[0];
    assert!(answer.error_code.is_ok(), "its offset was refused: {}", answer.error_code);
    answer.offset
}

/// Every record of a partition, from offset 0 on.
pub fn records_of(address: &str, topic: &str, partition: i32) -> Vec<Record> {
    records_in(&batches_of(address, topic, partition))
}

/// Every record of a partition, from `offset` on.
pub fn records_from(address: &str, topic: &str, partition: i32, offset: i64) -> Vec<Record> {
    records_in(&batches_from(address, topic, partition, offset))
}

/// Every record of some batches.
pub fn records_in(batches: &[RecordBatch]) -> Vec<Record> {
    let records =
        batches.iter().flat_map(|batch| batch.records(DECOMPRESSED_MAX).expect("the codec is known"));
    records.map(|record| record.expect("a stored record can be read")).collect()
}

fn fetch_request(topic: &str, partition: i32, offset: i64) -> FetchRequest {
    let partition = FetchPartition {
        partition,
        fetch_offset: offset,
        partition_max_bytes: 4 << 20,
        ..Default::default()
    };
    let topic = FetchTopic { topic: topic.to_owned(), partitions: vec![partition], ..Default::default() };
    FetchRequest {
        max_wait_ms: 100,
        min_bytes: 1,
        max_bytes: 50 << 20,
        topics: vec![topic],
        ..Default::default()
    }
}
