//! Bytes from someone who means no good: the broker stays up, serves others, and does not grow.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "this is test code")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::api_versions::ApiVersionsRequest;
use fluxmq_protocol::messages::create_topics::{CreatableTopic, CreateTopicsRequest};
use fluxmq_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use fluxmq_protocol::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use fluxmq_protocol::messages::describe_groups::DescribeGroupsRequest;
use fluxmq_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};
use fluxmq_protocol::messages::find_coordinator::FindCoordinatorRequest;
use fluxmq_protocol::messages::init_producer_id::InitProducerIdRequest;
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol};
use fluxmq_protocol::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use fluxmq_protocol::messages::metadata::{MetadataRequest, MetadataRequestTopic};
use fluxmq_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment};
use fluxmq_protocol::record::builder::BatchBuilder;
use fluxmq_protocol::record::compression::Compression;
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::connection::{Connection, framed};
use fluxmq_tests::stored;

/// How many connections are made; `FLUXMQ_HOSTILE_CONNECTIONS` takes another number.
const CONNECTIONS: usize = 6_000;
/// What the allocator may keep and the log may hold of batches that were intact after all.
const GROWTH_MAX: u64 = 48 << 20;

#[test]
fn random_and_mutated_frames_leave_the_broker_up_and_its_memory_steady() {
    let mut random = fastrand::Rng::with_seed(seed());
    let mut broker = Broker::start(Storage::Disk, &[]);
    let topic = stored::create_topic(&broker.address(), "hostile", 2);
    let intact = intact_frames(&topic);
    let connections = std::env::var("FLUXMQ_HOSTILE_CONNECTIONS").ok().and_then(|number| number.parse().ok());
    let connections = connections.unwrap_or(CONNECTIONS);
    attack(&broker, &intact, connections / 4, &mut random);
    let before = broker.resident_bytes();
    attack(&broker, &intact, connections, &mut random);
    assert!(broker.is_running(), "the broker ended; it said: {}", broker.log());
    let after = broker.resident_bytes();
    println!("resident memory: {} KiB before, {} KiB after", before >> 10, after >> 10);
    assert!(after < before + GROWTH_MAX, "{before} bytes grew to {after}");
    still_serves(&broker);
}

#[test]
fn announced_sizes_take_no_memory() {
    const CONNECTIONS: usize = 800;
    const ANNOUNCED: i32 = 100 << 20;
    let mut broker = Broker::start(Storage::Memory, &[]);
    still_serves(&broker);
    let before = broker.resident_bytes();
    let connections: Vec<TcpStream> = (0..CONNECTIONS)
        .map(|_| {
            let mut stream = TcpStream::connect(broker.address()).unwrap();
            stream.write_all(&ANNOUNCED.to_be_bytes()).unwrap();
            stream.write_all(&[0; 1000]).unwrap();
            stream
        })
        .collect();
    still_serves(&broker);
    let after = broker.resident_bytes();
    assert!(after < before + (32 << 20), "{before} bytes grew to {after} for {CONNECTIONS} announcements");
    drop(connections);
    assert!(broker.is_running());
}

#[test]
fn sizes_that_cannot_be_close_the_connection() {
    let broker = Broker::start(Storage::Memory, &[]);
    for size in [-1, i32::MIN, i32::MAX, (100 << 20) + 1] {
        let mut stream = TcpStream::connect(broker.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(&size.to_be_bytes()).unwrap();
        // A reset says the same as an end.
        let left = stream.read(&mut [0; 16]).unwrap_or(0);
        assert_eq!(left, 0, "a frame of {size} bytes was answered");
    }
    still_serves(&broker);
}

#[test]
fn counts_that_lie_are_refused_at_no_cost() {
    let mut broker = Broker::start(Storage::Memory, &[]);
    still_serves(&broker);
    let before = broker.resident_bytes();
    // Metadata v1: a header, then an array that says how many topics it has and ends there.
    for count in [i32::MAX, i32::MAX / 2, 1 << 24, -2] {
        let mut body = vec![0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff];
        body.extend(count.to_be_bytes());
        let mut stream = TcpStream::connect(broker.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(&u32::try_from(body.len()).unwrap().to_be_bytes()).unwrap();
        stream.write_all(&body).unwrap();
        let left = stream.read(&mut [0; 16]).unwrap_or(0);
        assert_eq!(left, 0, "an array of {count} topics was answered");
    }
    still_serves(&broker);
    assert!(broker.is_running());
    assert!(broker.resident_bytes() < before + (16 << 20));
}

#[test]
fn a_member_of_very_many_protocols_is_answered() {
    let broker = Broker::start(Storage::Memory, &[]);
    let mut connection = Connection::open(&broker.address()).unwrap();
    let names = (0..200_000).map(|number| number.to_string());
    let protocols = names.map(|name| JoinGroupRequestProtocol { name, ..Default::default() });
    let request = JoinGroupRequest { protocols: protocols.collect(), ..join_group() };
    let joined = connection.call(&request, 3).unwrap();
    assert_eq!((joined.error_code, joined.protocol_name.as_deref()), (ErrorCode::NONE, Some("0")));
}

/// No member is let in that could not be shown: it would take its whole group with it.
#[test]
fn names_that_some_versions_cannot_say_never_come_in() {
    let broker = Broker::start(Storage::Memory, &[]);
    let long = "x".repeat(40_000);
    for request in [
        JoinGroupRequest { group_instance_id: Some(long.clone()), ..join_group() },
        JoinGroupRequest { group_id: long, ..join_group() },
    ] {
        let mut connection = Connection::open(&broker.address()).unwrap();
        assert!(connection.call(&request, 9).is_err(), "a name of 40,000 bytes was taken");
    }
    let mut connection = Connection::open(&broker.address()).unwrap();
    let describe = DescribeGroupsRequest { groups: vec![join_group().group_id], ..Default::default() };
    assert_eq!(connection.call(&describe, 0).unwrap().groups[0].group_state, "Dead");
}

/// Sends frames over many connections, without looking at what comes back. The broker hangs up at the first frame that it
/// cannot understand, so that each connection has few of them, behind some that it can.
fn attack(broker: &Broker, intact: &[Vec<u8>], connections: usize, random: &mut fastrand::Rng) {
    for _ in 0..connections {
        let mut stream = connect(broker);
        stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let mut bytes = Vec::new();
        for _ in 0..random.usize(..3) {
            bytes.extend_from_slice(&intact[random.usize(..intact.len())]);
        }
        for _ in 0..random.usize(1..4) {
            bytes.extend(hostile_frame(intact, random));
        }
        // It may be gone before the end.
        stream.write_all(&bytes).ok();
        stream.shutdown(Shutdown::Write).ok();
        let mut answers = Vec::new();
        stream.take(1 << 20).read_to_end(&mut answers).ok();
    }
}

/// Connects, and waits for a port of this side where earlier connections still hold all of them.
fn connect(broker: &Broker) -> TcpStream {
    loop {
        match TcpStream::connect(broker.address()) {
            Err(error) if error.kind() == ErrorKind::AddrNotAvailable => {
                std::thread::sleep(Duration::from_millis(100));
            }
            connected => return connected.expect("the broker takes connections"),
        }
    }
}

fn hostile_frame(intact: &[Vec<u8>], random: &mut fastrand::Rng) -> Vec<u8> {
    match random.u8(..10) {
        0 => noise(random, 1..2000),
        1 => {
            // A length that holds, and then nothing that means anything.
            let body = noise(random, 1..2000);
            [&u32::try_from(body.len()).unwrap().to_be_bytes(), body.as_slice()].concat()
        }
        2 => random_body(random),
        _ => {
            let mut frame = intact[random.usize(..intact.len())].clone();
            mutate(&mut frame, random);
            frame
        }
    }
}

/// A header that holds for some API and version, before a body of noise.
fn random_body(random: &mut fastrand::Rng) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(random.i16(0..76).to_be_bytes());
    body.extend(random.i16(0..19).to_be_bytes());
    body.extend(random.i32(..).to_be_bytes());
    body.extend([0xff, 0xff, 0]);
    body.extend(noise(random, 0..300));
    [&u32::try_from(body.len()).unwrap().to_be_bytes(), body.as_slice()].concat()
}

fn mutate(frame: &mut Vec<u8>, random: &mut fastrand::Rng) {
    for _ in 0..random.usize(1..4) {
        let at = random.usize(..frame.len());
        match random.u8(..6) {
            0 => frame[at] ^= 1 << random.u8(..8),
            1 => frame[at] = random.u8(..),
            2 => frame.truncate(at + 1),
            3 => frame.insert(at, random.u8(..)),
            // Lengths and counts that are as large, or as small, as can be.
            4 => frame[at..].iter_mut().take(4).for_each(|byte| *byte = 0xff),
            _ => frame[at..]
                .iter_mut()
                .take(4)
                .zip([0x7f, 0xff, 0xff, 0xff])
                .for_each(|(byte, new)| *byte = new),
        }
    }
    // Most mutants keep an honest length, or the broker would hang up before it looks inside.
    if frame.len() > 4 && random.u8(..8) > 0 {
        let length = u32::try_from(frame.len() - 4).unwrap();
        frame[..4].copy_from_slice(&length.to_be_bytes());
    }
}

fn noise(random: &mut fastrand::Rng, length: std::ops::Range<usize>) -> Vec<u8> {
    let length = random.usize(length);
    std::iter::repeat_with(|| random.u8(..)).take(length).collect()
}

/// One frame of each kind that clients send, in an old and in a flexible version.
fn intact_frames(topic: &str) -> Vec<Vec<u8>> {
    let mut frames = vec![
        framed(&ApiVersionsRequest::default(), 0, 1),
        framed(&api_versions(), 3, 1),
        framed(&metadata(topic), 1, 2),
        framed(&metadata(topic), 12, 2),
        framed(&list_offsets(topic), 1, 3),
        framed(&list_offsets(topic), 7, 3),
        framed(&create_topics(), 2, 4),
        framed(&create_topics(), 7, 4),
        framed(&InitProducerIdRequest { transactional_id: None, ..Default::default() }, 4, 5),
        framed(&FindCoordinatorRequest { key: "group".to_owned(), ..Default::default() }, 2, 6),
        framed(&describe_configs(topic), 4, 7),
        framed(&join_group(), 4, 13),
        framed(&join_group(), 9, 13),
        framed(&sync_group(), 3, 14),
        framed(&sync_group(), 5, 14),
        framed(&delete_records(topic), 2, 8),
    ];
    for codec in Compression::ALL {
        frames.push(framed(&stored::produce_request(topic, 0, batch(codec)), 7, 9));
        frames.push(framed(&stored::produce_request(topic, 1, batch(codec)), 9, 9));
    }
    for version in [4, 11, 12] {
        frames.push(framed(&fetch(topic), version, 10));
    }
    frames
}

fn api_versions() -> ApiVersionsRequest {
    ApiVersionsRequest {
        client_software_name: "hostile".to_owned(),
        client_software_version: "1".to_owned(),
        ..Default::default()
    }
}

fn metadata(topic: &str) -> MetadataRequest {
    let topic = MetadataRequestTopic { name: Some(topic.to_owned()), ..Default::default() };
    MetadataRequest { topics: Some(vec![topic]), allow_auto_topic_creation: false, ..Default::default() }
}

fn list_offsets(topic: &str) -> ListOffsetsRequest {
    let partition = ListOffsetsPartition { timestamp: -1, ..Default::default() };
    let topic = ListOffsetsTopic { name: topic.to_owned(), partitions: vec![partition] };
    ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() }
}

/// Only checked, not carried out: mutants that create topics are no attack.
fn create_topics() -> CreateTopicsRequest {
    let topic = CreatableTopic {
        name: "hostile-too".to_owned(),
        num_partitions: 1,
        replication_factor: 1,
        ..Default::default()
    };
    CreateTopicsRequest { topics: vec![topic], timeout_ms: 1000, validate_only: true }
}

fn join_group() -> JoinGroupRequest {
    JoinGroupRequest {
        group_id: "hostile".to_owned(),
        session_timeout_ms: 6_000,
        rebalance_timeout_ms: 6_000,
        protocol_type: "consumer".to_owned(),
        protocols: vec![JoinGroupRequestProtocol { name: "range".to_owned(), ..Default::default() }],
        ..Default::default()
    }
}

fn sync_group() -> SyncGroupRequest {
    SyncGroupRequest {
        group_id: "hostile".to_owned(),
        generation_id: 1,
        member_id: "hostile".to_owned(),
        protocol_type: Some("consumer".to_owned()),
        protocol_name: Some("range".to_owned()),
        assignments: vec![SyncGroupRequestAssignment::default()],
        ..Default::default()
    }
}

fn describe_configs(topic: &str) -> DescribeConfigsRequest {
    let resource = DescribeConfigsResource {
        resource_type: 2,
        resource_name: topic.to_owned(),
        configuration_keys: None,
    };
    DescribeConfigsRequest { resources: vec![resource], ..Default::default() }
}

fn delete_records(topic: &str) -> DeleteRecordsRequest {
    let partition = DeleteRecordsPartition { partition_index: 0, offset: 0 };
    let topic = DeleteRecordsTopic { name: topic.to_owned(), partitions: vec![partition] };
    DeleteRecordsRequest { topics: vec![topic], timeout_ms: 1000 }
}

fn fetch(topic: &str) -> FetchRequest {
    let partition = FetchPartition { partition_max_bytes: 1 << 20, ..Default::default() };
    let topic = FetchTopic { topic: topic.to_owned(), partitions: vec![partition], ..Default::default() };
    FetchRequest { max_bytes: 1 << 20, topics: vec![topic], ..Default::default() }
}

fn batch(codec: Compression) -> bytes::Bytes {
    let mut batch = BatchBuilder::new(codec, None);
    for index in 0..10 {
        batch.append(1_700_000_000_000 + index, Some(b"key"), Some(&[b'v'; 50]), &[]);
    }
    batch.build().unwrap()
}

/// Someone else's topic is created, written and read.
fn still_serves(broker: &Broker) {
    let topic = stored::create_topic(&broker.address(), "served", 1);
    let mut connection = Connection::open(&broker.address()).unwrap();
    assert_eq!(stored::append(&mut connection, &topic, 0, &batch(Compression::None)), 0);
    assert_eq!(stored::records_of(&broker.address(), &topic, 0).len(), 10);
}

/// `FLUXMQ_SEED` repeats a run.
fn seed() -> u64 {
    let seed = std::env::var("FLUXMQ_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("FLUXMQ_SEED={seed}");
    seed
}
