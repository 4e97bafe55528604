//! Every API in every version that ApiVersions names is answered, on the wire, with a response of that very version and with
//! the meaning that it should have.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end at the first surprise"
)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use fluxmq::{BrokerConfig, BrokerServer};
use fluxmq_protocol::frame::write_frame;
use fluxmq_protocol::header::{RequestHeader, ResponseHeader};
use fluxmq_protocol::messages::{
    api_versions, consumer_group_describe, consumer_group_heartbeat, create_topics, delete_groups,
    delete_records, delete_topics, describe_cluster, describe_configs, describe_groups, fetch,
    find_coordinator, heartbeat, init_producer_id, join_group, leave_group, list_groups, list_offsets,
    metadata, offset_commit, offset_delete, offset_fetch, produce, sync_group,
};
use fluxmq_protocol::record::message_set::{self, Magic, Message, Tail};
use fluxmq_protocol::record::{Attributes, BatchBuilder, Compression, batches};
use fluxmq_protocol::wire::{Reader, Writer};
use fluxmq_protocol::{Decode, ErrorCode, ProtocolRequest, Uuid};

/// A broker in memory that ends with the test.
struct Running {
    address: SocketAddr,
    shutdown: fluxmq::ShutdownHandle,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    fn start(change: impl FnOnce(&mut BrokerConfig)) -> Running {
        let mut config = BrokerConfig {
            host: "127.0.0.1".to_owned(),
            port: 0,
            enable_consumer_groups: true,
            ..Default::default()
        };
        change(&mut config);
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async move {
                let server = BrokerServer::new(config).await.unwrap();
                sender.send((server.local_addr(), server.shutdown_handle())).unwrap();
                server.run().await.unwrap();
            });
        });
        let (address, shutdown) = receiver.recv().unwrap();
        Running { address, shutdown, thread: Some(thread) }
    }

    fn connect(&self) -> Wire {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Wire { stream, correlation_id: 0 }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.shutdown();
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "the broker panicked");
    }
}

/// One connection that speaks requests and responses.
struct Wire {
    stream: TcpStream,
    correlation_id: i32,
}

impl Wire {
    fn send<R: ProtocolRequest>(&mut self, request: &R, version: i16) {
        self.send_as("test", request, version);
    }

    fn send_as<R: ProtocolRequest>(&mut self, client_id: &str, request: &R, version: i16) {
        self.correlation_id += 1;
        let mut out = Vec::new();
        write_frame(&mut out, |out| {
            let mut writer = Writer::new(out);
            let header = RequestHeader {
                api_key: R::API_KEY.code(),
                api_version: version,
                correlation_id: self.correlation_id,
                client_id: Some(client_id),
            };
            header.write(&mut writer)?;
            request.encode(&mut writer, version)
        })
        .unwrap();
        self.stream.write_all(&out).unwrap();
    }

    fn frame(&mut self) -> Option<Bytes> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).ok()?;
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut frame).ok()?;
        Some(frame.into())
    }

    fn receive<R: ProtocolRequest>(&mut self, version: i16) -> R::Response {
        let frame = self.frame().expect("an answer");
        let mut reader = Reader::new(&frame);
        let header = ResponseHeader::read(&mut reader, R::API_KEY, version).unwrap();
        assert_eq!(header.correlation_id, self.correlation_id);
        let response = R::Response::decode(&mut reader, version).unwrap();
        reader.finish().unwrap();
        response
    }

    fn call<R: ProtocolRequest>(&mut self, request: &R, version: i16) -> R::Response {
        self.send(request, version);
        self.receive::<R>(version)
    }

    fn create_topic(&mut self, name: &str, configs: &[(&str, &str)]) -> Uuid {
        let configs = configs.iter().map(|(key, value)| create_topics::CreatableTopicConfig {
            name: (*key).to_owned(),
            value: Some((*value).to_owned()),
        });
        let topic = create_topics::CreatableTopic {
            name: name.to_owned(),
            num_partitions: 1,
            replication_factor: 1,
            configs: configs.collect(),
            ..Default::default()
        };
        let request = create_topics::CreateTopicsRequest { topics: vec![topic], ..Default::default() };
        let created = self.call(&request, 7).topics.remove(0);
        assert_eq!(created.error_code, ErrorCode::NONE, "{:?}", created.error_message);
        created.topic_id
    }
}

const NOW: i64 = 1_700_000_000_000;

fn batch(values: &[&str]) -> Bytes {
    let mut builder = BatchBuilder::new(Compression::None, None);
    for value in values {
        builder.append(NOW, None, Some(value.as_bytes()), &[]);
    }
    builder.build().unwrap()
}

/// What old producers send instead.
fn message_set(magic: Magic, values: &[&str]) -> Bytes {
    let mut out = Vec::new();
    for (offset, value) in (0..).zip(values) {
        let (attributes, value) = (Attributes::default(), Some(value.as_bytes()));
        let message = Message { offset, magic, attributes, timestamp: NOW, key: None, value };
        message.write(&mut out).unwrap();
    }
    out.into()
}

fn produce_request(topic: &str, id: Uuid, acks: i16, records: Bytes) -> produce::ProduceRequest {
    let partition = produce::PartitionProduceData { index: 0, records: Some(records) };
    let topic =
        produce::TopicProduceData { name: topic.to_owned(), topic_id: id, partition_data: vec![partition] };
    produce::ProduceRequest { transactional_id: None, acks, timeout_ms: 5_000, topic_data: vec![topic] }
}

fn produced(response: &produce::ProduceResponse) -> (ErrorCode, i64) {
    let answer = &response.responses[0].partition_responses[0];
    (answer.error_code, answer.base_offset)
}

fn fetch_request(topic: &str, id: Uuid, offset: i64, max_wait_ms: i32) -> fetch::FetchRequest {
    let partition =
        fetch::FetchPartition { fetch_offset: offset, partition_max_bytes: 1 << 20, ..Default::default() };
    let topic = fetch::FetchTopic { topic: topic.to_owned(), topic_id: id, partitions: vec![partition] };
    fetch::FetchRequest { max_wait_ms, min_bytes: 1, topics: vec![topic], ..Default::default() }
}

fn values(response: &fetch::FetchResponse) -> Vec<String> {
    let records = response.responses[0].partitions[0].records.clone().unwrap_or_default();
    batches(records)
        .flat_map(|batch| batch.unwrap().records(1 << 20).unwrap())
        .map(|record| String::from_utf8(record.unwrap().value.unwrap().to_vec()).unwrap())
        .collect()
}

/// Offset and timestamp of each record in an answer to an old consumer.
fn old_records(response: &fetch::FetchResponse) -> Vec<(i64, i64)> {
    let set = response.responses[0].partitions[0].records.clone().unwrap_or_default();
    let mut seen = Vec::new();
    message_set::visit(&set, 1 << 20, Tail::Ignored, |record| seen.push((record.offset, record.timestamp)))
        .unwrap();
    seen
}

/// What the broker says it serves.
fn served(wire: &mut Wire) -> BTreeMap<i16, (i16, i16)> {
    let request = api_versions::ApiVersionsRequest {
        client_software_name: "test".to_owned(),
        client_software_version: "1".to_owned(),
        ..Default::default()
    };
    let response = wire.call(&request, 4);
    assert_eq!(response.error_code, ErrorCode::NONE);
    response.api_keys.iter().map(|key| (key.api_key, (key.min_version, key.max_version))).collect()
}

/// Runs `with` for every version of an API that is served, and takes the API off the list.
fn for_each_version<R: ProtocolRequest>(served: &mut BTreeMap<i16, (i16, i16)>, mut with: impl FnMut(i16)) {
    let (min, max) = served.remove(&R::API_KEY.code()).unwrap_or_else(|| panic!("{} is served", R::API_KEY));
    (min..=max).for_each(&mut with);
}

/// What a sweep over all versions needs.
struct Swept<'a> {
    wire: &'a mut Wire,
    /// What is advertised and has not been tried yet.
    left: &'a mut BTreeMap<i16, (i16, i16)>,
    /// Of the topic `orders`.
    id: Uuid,
    port: i32,
}

#[test]
fn everything_that_is_advertised_works_and_nothing_else_is_advertised() {
    let running = Running::start(|_| {});
    let mut wire = running.connect();
    let mut left = served(&mut wire);
    let id = wire.create_topic("orders", &[]);
    let port = i32::from(running.address.port());
    let mut swept = Swept { wire: &mut wire, left: &mut left, id, port };
    connection_apis(&mut swept);
    record_apis(&mut swept);
    topic_apis(&mut swept);
    group_apis(&mut swept);
    offset_deletion(&mut swept);
    membership_apis(&mut swept);
    consumer_group_apis(&mut swept);
    assert!(left.is_empty(), "advertised and not tested here: {left:?}");
}

/// What a client asks of a cluster.
fn connection_apis(swept: &mut Swept<'_>) {
    for_each_version::<api_versions::ApiVersionsRequest>(swept.left, |version| {
        let request = api_versions::ApiVersionsRequest {
            client_software_name: "a".to_owned(),
            client_software_version: "1".to_owned(),
            ..Default::default()
        };
        assert_eq!(swept.wire.call(&request, version).error_code, ErrorCode::NONE);
    });
    for_each_version::<metadata::MetadataRequest>(swept.left, |version| {
        let topics =
            vec![metadata::MetadataRequestTopic { name: Some("orders".to_owned()), ..Default::default() }];
        let request = metadata::MetadataRequest { topics: Some(topics), ..Default::default() };
        let response = swept.wire.call(&request, version);
        assert_eq!(
            (response.topics[0].error_code, response.topics[0].partitions.len()),
            (ErrorCode::NONE, 1)
        );
        assert_eq!(response.brokers[0].port, swept.port);
        assert_eq!(response.topics[0].topic_id, if version >= 10 { swept.id } else { Uuid::nil() });
    });
    for_each_version::<describe_cluster::DescribeClusterRequest>(swept.left, |version| {
        let response = swept.wire.call(&describe_cluster::DescribeClusterRequest::default(), version);
        assert_eq!(
            (response.error_code, response.brokers.len(), response.cluster_id.len()),
            (ErrorCode::NONE, 1, 22)
        );
    });
    for_each_version::<describe_configs::DescribeConfigsRequest>(swept.left, |version| {
        let resource = |resource_type, name: &str| describe_configs::DescribeConfigsResource {
            resource_type,
            resource_name: name.to_owned(),
            configuration_keys: None,
        };
        let request = describe_configs::DescribeConfigsRequest {
            resources: vec![resource(2, "orders"), resource(4, "1"), resource(2, "missing")],
            ..Default::default()
        };
        let results = swept.wire.call(&request, version).results;
        let value = |result: &describe_configs::DescribeConfigsResult, key: &str| {
            result.configs.iter().find(|config| config.name == key).and_then(|config| config.value.clone())
        };
        assert_eq!(value(&results[0], "cleanup.policy").as_deref(), Some("delete"));
        assert_eq!(value(&results[1], "num.partitions").as_deref(), Some("1"));
        assert_eq!(results[2].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    });
}

/// What writes and reads records.
fn record_apis(swept: &mut Swept<'_>) {
    let mut expected = 0;
    for_each_version::<produce::ProduceRequest>(swept.left, |version| {
        let records = match version {
            0 | 1 => message_set(Magic::V0, &["a", "b"]),
            2 => message_set(Magic::V1, &["a", "b"]),
            _ => batch(&["a", "b"]),
        };
        let response = swept.wire.call(&produce_request("orders", swept.id, -1, records), version);
        assert_eq!(produced(&response), (ErrorCode::NONE, expected), "version {version}");
        expected += 2;
    });
    for_each_version::<fetch::FetchRequest>(swept.left, |version| {
        let response = swept.wire.call(&fetch_request("orders", swept.id, 1, 0), version);
        let partition = &response.responses[0].partitions[0];
        assert_eq!((partition.error_code, partition.high_watermark), (ErrorCode::NONE, expected));
        if version < 4 {
            // The first two versions of Produce bring no timestamps, the first two of Fetch tell none.
            let time = |offset| if version < 2 || offset < 4 { -1 } else { NOW };
            let wanted: Vec<_> = (1..expected).map(|offset| (offset, time(offset))).collect();
            assert_eq!(old_records(&response), wanted, "version {version}");
            return;
        }
        assert_eq!(
            values(&response).len() as i64,
            expected,
            "whole batches, from the one that has the offset"
        );
    });
    for_each_version::<list_offsets::ListOffsetsRequest>(swept.left, |version| {
        let partition = list_offsets::ListOffsetsPartition { timestamp: -1, ..Default::default() };
        let topic = list_offsets::ListOffsetsTopic { name: "orders".to_owned(), partitions: vec![partition] };
        let request =
            list_offsets::ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
        let found = swept.wire.call(&request, version).topics.remove(0).partitions.remove(0);
        assert_eq!(found.error_code, ErrorCode::NONE);
        assert_eq!(if version == 0 { found.old_style_offsets[0] } else { found.offset }, expected);
    });
    for_each_version::<delete_records::DeleteRecordsRequest>(swept.left, |version| {
        let offset = i64::from(version) + 1;
        let partition = delete_records::DeleteRecordsPartition { partition_index: 0, offset };
        let topic =
            delete_records::DeleteRecordsTopic { name: "orders".to_owned(), partitions: vec![partition] };
        let request = delete_records::DeleteRecordsRequest { topics: vec![topic], timeout_ms: 1_000 };
        let deleted = swept.wire.call(&request, version).topics.remove(0).partitions.remove(0);
        assert_eq!((deleted.error_code, deleted.low_watermark), (ErrorCode::NONE, offset));
    });
    let mut ids = Vec::new();
    for_each_version::<init_producer_id::InitProducerIdRequest>(swept.left, |version| {
        let request =
            init_producer_id::InitProducerIdRequest { transactional_id: None, ..Default::default() };
        let response = swept.wire.call(&request, version);
        assert_eq!((response.error_code, response.producer_epoch), (ErrorCode::NONE, 0));
        assert!(!ids.contains(&response.producer_id), "no producer swept.id is given twice");
        ids.push(response.producer_id);
    });
}

/// What creates and deletes topics.
fn topic_apis(swept: &mut Swept<'_>) {
    for_each_version::<create_topics::CreateTopicsRequest>(swept.left, |version| {
        let topic = create_topics::CreatableTopic {
            name: format!("created-{version}"),
            num_partitions: 2,
            replication_factor: 1,
            ..Default::default()
        };
        let request = create_topics::CreateTopicsRequest { topics: vec![topic], ..Default::default() };
        let first = swept.wire.call(&request, version).topics.remove(0);
        assert_eq!(first.error_code, ErrorCode::NONE, "{:?}", first.error_message);
        assert_eq!(swept.wire.call(&request, version).topics[0].error_code, ErrorCode::TOPIC_ALREADY_EXISTS);
    });
    for_each_version::<delete_topics::DeleteTopicsRequest>(swept.left, |version| {
        let name = format!("created-{version}");
        let request = delete_topics::DeleteTopicsRequest {
            topics: vec![delete_topics::DeleteTopicState { name: Some(name.clone()), topic_id: Uuid::nil() }],
            topic_names: vec![name],
            ..Default::default()
        };
        assert_eq!(swept.wire.call(&request, version).responses[0].error_code, ErrorCode::NONE);
        assert_eq!(
            swept.wire.call(&request, version).responses[0].error_code,
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        );
    });
}

/// What keeps positions.
fn group_apis(swept: &mut Swept<'_>) {
    for_each_version::<find_coordinator::FindCoordinatorRequest>(swept.left, |version| {
        let request = find_coordinator::FindCoordinatorRequest {
            key: "group".to_owned(),
            coordinator_keys: vec!["group".to_owned()],
            ..Default::default()
        };
        let response = swept.wire.call(&request, version);
        let (code, port) = match response.coordinators.first() {
            Some(found) => (found.error_code, found.port),
            None => (response.error_code, response.port),
        };
        assert_eq!((code, port), (ErrorCode::NONE, swept.port));
    });
    for_each_version::<offset_commit::OffsetCommitRequest>(swept.left, |version| {
        let partition = offset_commit::OffsetCommitRequestPartition {
            committed_offset: i64::from(version),
            ..Default::default()
        };
        let topic = offset_commit::OffsetCommitRequestTopic {
            name: "orders".to_owned(),
            topic_id: swept.id,
            partitions: vec![partition],
        };
        let request = offset_commit::OffsetCommitRequest {
            group_id: "group".to_owned(),
            topics: vec![topic],
            ..Default::default()
        };
        let response = swept.wire.call(&request, version);
        assert_eq!(response.topics[0].partitions[0].error_code, ErrorCode::NONE);
    });
    for_each_version::<offset_fetch::OffsetFetchRequest>(swept.left, |version| {
        let old = offset_fetch::OffsetFetchRequestTopic {
            name: "orders".to_owned(),
            partition_indexes: vec![0, 7],
        };
        let new = offset_fetch::OffsetFetchRequestTopics {
            name: "orders".to_owned(),
            topic_id: swept.id,
            partition_indexes: vec![0, 7],
        };
        let group = offset_fetch::OffsetFetchRequestGroup {
            group_id: "group".to_owned(),
            topics: Some(vec![new]),
            ..Default::default()
        };
        let request = offset_fetch::OffsetFetchRequest {
            group_id: "group".to_owned(),
            topics: Some(vec![old]),
            groups: vec![group],
            ..Default::default()
        };
        let response = swept.wire.call(&request, version);
        let offsets: Vec<i64> = match response.groups.first() {
            Some(group) => group.topics[0].partitions.iter().map(|part| part.committed_offset).collect(),
            None => response.topics[0].partitions.iter().map(|part| part.committed_offset).collect(),
        };
        assert_eq!(offsets, [10, -1], "the last version that committed was 10");
    });
}

/// A member that joins, gets what it assigns itself, stays and leaves, each step in every version of its API.
fn membership_apis(swept: &mut Swept<'_>) {
    let group_id = || "members".to_owned();
    let (mut member_id, mut generation_id) = (String::new(), 0);
    for_each_version::<join_group::JoinGroupRequest>(swept.left, |version| {
        let protocol = join_group::JoinGroupRequestProtocol {
            name: "range".to_owned(),
            metadata: Bytes::copy_from_slice(&version.to_be_bytes()),
        };
        let request = join_group::JoinGroupRequest {
            group_id: group_id(),
            session_timeout_ms: 30_000,
            rebalance_timeout_ms: 30_000,
            member_id: member_id.clone(),
            protocol_type: "consumer".to_owned(),
            protocols: vec![protocol],
            ..Default::default()
        };
        let response = swept.wire.call(&request, version);
        assert_eq!((response.error_code, response.generation_id), (ErrorCode::NONE, generation_id + 1));
        (member_id, generation_id) = (response.member_id, response.generation_id);
        assert_eq!((response.leader, response.members.len()), (member_id.clone(), 1));
    });
    for_each_version::<sync_group::SyncGroupRequest>(swept.left, |version| {
        let assignment = sync_group::SyncGroupRequestAssignment {
            member_id: member_id.clone(),
            assignment: Bytes::from_static(b"mine"),
        };
        let request = sync_group::SyncGroupRequest {
            group_id: group_id(),
            generation_id,
            member_id: member_id.clone(),
            assignments: vec![assignment],
            protocol_type: Some("consumer".to_owned()),
            protocol_name: Some("range".to_owned()),
            ..Default::default()
        };
        let response = swept.wire.call(&request, version);
        assert_eq!((response.error_code, &*response.assignment), (ErrorCode::NONE, &b"mine"[..]));
    });
    for_each_version::<heartbeat::HeartbeatRequest>(swept.left, |version| {
        let request = heartbeat::HeartbeatRequest {
            group_id: group_id(),
            generation_id,
            member_id: member_id.clone(),
            ..Default::default()
        };
        assert_eq!(swept.wire.call(&request, version).error_code, ErrorCode::NONE);
    });
    show_group(swept);
    for_each_version::<leave_group::LeaveGroupRequest>(swept.left, |version| {
        // Only the first of them finds the member.
        let expected = if version == 0 { ErrorCode::NONE } else { ErrorCode::UNKNOWN_MEMBER_ID };
        let member = leave_group::MemberIdentity { member_id: member_id.clone(), ..Default::default() };
        let request = leave_group::LeaveGroupRequest {
            group_id: group_id(),
            member_id: member_id.clone(),
            members: vec![member],
        };
        let response = swept.wire.call(&request, version);
        let code = response.members.first().map_or(response.error_code, |member| member.error_code);
        assert_eq!(code, expected);
    });
    for_each_version::<delete_groups::DeleteGroupsRequest>(swept.left, |version| {
        let expected = if version == 0 { ErrorCode::NONE } else { ErrorCode::GROUP_ID_NOT_FOUND };
        let request = delete_groups::DeleteGroupsRequest { groups_names: vec![group_id()] };
        assert_eq!(swept.wire.call(&request, version).results[0].error_code, expected);
    });
}

/// A group that has one member, as those see it who look after groups.
fn show_group(swept: &mut Swept<'_>) {
    for_each_version::<describe_groups::DescribeGroupsRequest>(swept.left, |version| {
        let request = describe_groups::DescribeGroupsRequest {
            groups: vec!["members".to_owned()],
            ..Default::default()
        };
        let response = swept.wire.call(&request, version);
        let group = &response.groups[0];
        assert_eq!((group.error_code, group.group_state.as_str()), (ErrorCode::NONE, "Stable"));
        assert_eq!(&*group.members[0].member_assignment, b"mine");
    });
    for_each_version::<list_groups::ListGroupsRequest>(swept.left, |version| {
        let response = swept.wire.call(&list_groups::ListGroupsRequest::default(), version);
        assert!(response.groups.iter().any(|group| group.group_id == "members"), "{response:?}");
    });
}

/// Groups whose partitions the broker assigns.
fn consumer_group_apis(swept: &mut Swept<'_>) {
    for_each_version::<consumer_group_heartbeat::ConsumerGroupHeartbeatRequest>(swept.left, |version| {
        let mut request = consumer_group_heartbeat::ConsumerGroupHeartbeatRequest {
            group_id: format!("next generation {version}"),
            member_id: "m".to_owned(),
            rebalance_timeout_ms: 30_000,
            subscribed_topic_names: Some(vec!["orders".to_owned()]),
            topic_partitions: Some(Vec::new()),
            ..Default::default()
        };
        let response = swept.wire.call(&request, version);
        assert_eq!(response.error_code, ErrorCode::NONE, "{:?}", response.error_message);
        let assigned = response.assignment.map(|assignment| assignment.topic_partitions.len());
        assert_eq!((response.member_epoch > 0, assigned), (true, Some(1)));
        request.member_id = response.member_id.unwrap();
        request.member_epoch = -1;
        assert_eq!(swept.wire.call(&request, version).member_epoch, -1);
    });
    for_each_version::<consumer_group_describe::ConsumerGroupDescribeRequest>(swept.left, |version| {
        let request = consumer_group_describe::ConsumerGroupDescribeRequest {
            group_ids: vec!["next generation 1".to_owned()],
            ..Default::default()
        };
        let response = swept.wire.call(&request, version);
        let group = &response.groups[0];
        assert_eq!((group.error_code, group.group_state.as_str()), (ErrorCode::NONE, "Empty"));
    });
}

/// What takes positions back.
fn offset_deletion(swept: &mut Swept<'_>) {
    for_each_version::<offset_delete::OffsetDeleteRequest>(swept.left, |version| {
        let partition = offset_delete::OffsetDeleteRequestPartition { partition_index: 0 };
        let topic = offset_delete::OffsetDeleteRequestTopic {
            name: "orders".to_owned(),
            partitions: vec![partition],
        };
        let request =
            offset_delete::OffsetDeleteRequest { group_id: "group".to_owned(), topics: vec![topic] };
        let response = swept.wire.call(&request, version);
        let code = response.topics[0].partitions[0].error_code;
        assert_eq!((response.error_code, code), (ErrorCode::NONE, ErrorCode::NONE));
    });
}

#[test]
fn an_unknown_version_of_api_versions_is_told_the_right_ones() {
    let running = Running::start(|_| {});
    let mut wire = running.connect();
    wire.stream.write_all(&[0, 0, 0, 11, 0, 18, 0x7f, 0xff, 0, 0, 0, 9, 0xff, 0xff, 0]).unwrap();
    let frame = wire.frame().unwrap();
    let mut reader = Reader::new(&frame);
    assert_eq!(reader.i32(), Ok(9));
    let response = api_versions::ApiVersionsResponse::decode(&mut reader, 0).unwrap();
    assert_eq!(response.error_code, ErrorCode::UNSUPPORTED_VERSION);
    assert!(response.api_keys.iter().any(|key| (key.api_key, key.max_version) == (18, 5)));
}

#[test]
fn what_is_not_served_or_not_readable_ends_the_connection() {
    let running = Running::start(|_| {});
    for request in [
        &[0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff][..],
        &[0, 0, 0, 10, 0, 99, 0, 0, 0, 0, 0, 1, 0xff, 0xff],
        &[0, 0, 0, 11, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 9],
        &[0xff, 0xff, 0xff, 0xff],
        &[0x7f, 0xff, 0xff, 0xff, 0, 3],
    ] {
        let mut wire = running.connect();
        wire.stream.write_all(request).unwrap();
        assert!(wire.frame().is_none(), "{request:?} was answered");
    }
}

#[test]
fn produce_without_acks_gets_no_answer_and_a_failure_ends_the_connection() {
    let running = Running::start(|_| {});
    let mut wire = running.connect();
    let id = wire.create_topic("orders", &[]);
    wire.send(&produce_request("orders", id, 0, batch(&["a"])), 9);
    let response = wire.call(&fetch_request("orders", id, 0, 5_000), 12);
    assert_eq!(values(&response), ["a"], "the only answer is that of the fetch");
    wire.send(&produce_request("nowhere", Uuid::nil(), 0, batch(&["a"])), 9);
    assert!(wire.frame().is_none());
}

#[test]
fn a_fetch_waits_until_there_is_something_and_no_longer() {
    let running = Running::start(|_| {});
    let (mut consumer, mut producer) = (running.connect(), running.connect());
    let id = consumer.create_topic("orders", &[]);
    consumer.send(&fetch_request("orders", id, 0, 60_000), 12);
    producer.call(&produce_request("orders", id, -1, batch(&["late"])), 9);
    assert_eq!(values(&consumer.receive::<fetch::FetchRequest>(12)), ["late"]);
    let response = consumer.call(&fetch_request("orders", id, 1, 1), 12);
    assert_eq!(response.responses[0].partitions[0].records.as_deref(), Some(&b""[..]));
    consumer.send(&fetch_request("orders", id, 1, 60_000), 12);
    let request =
        delete_topics::DeleteTopicsRequest { topic_names: vec!["orders".to_owned()], ..Default::default() };
    producer.call(&request, 4);
    let woken = consumer.receive::<fetch::FetchRequest>(12);
    assert_eq!(woken.responses[0].partitions[0].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

#[test]
fn requests_that_come_together_are_answered_in_their_order() {
    let running = Running::start(|_| {});
    let mut wire = running.connect();
    let id = wire.create_topic("orders", &[]);
    for round in 0..50 {
        wire.send(&produce_request("orders", id, if round % 2 == 0 { 1 } else { -1 }, batch(&["x"])), 9);
    }
    let first = wire.correlation_id - 49;
    for round in 0..50 {
        let frame = wire.frame().unwrap();
        let mut reader = Reader::new(&frame);
        let header = ResponseHeader::read(&mut reader, fluxmq_protocol::ApiKey::Produce, 9).unwrap();
        assert_eq!(header.correlation_id, first + round);
        let response = produce::ProduceResponse::decode(&mut reader, 9).unwrap();
        assert_eq!(produced(&response), (ErrorCode::NONE, i64::from(round)));
    }
}

#[test]
fn a_missing_topic_is_created_only_where_request_and_broker_agree() {
    let off = |config: &mut BrokerConfig| {
        config.properties.insert("auto.create.topics.enable".to_owned(), "false".to_owned());
    };
    for (running, allowed) in [(Running::start(|_| {}), true), (Running::start(off), false)] {
        let mut wire = running.connect();
        let mut ask = |name: &str, allow: bool| {
            let topics =
                vec![metadata::MetadataRequestTopic { name: Some(name.to_owned()), ..Default::default() }];
            let request = metadata::MetadataRequest {
                topics: Some(topics),
                allow_auto_topic_creation: allow,
                ..Default::default()
            };
            wire.call(&request, 9).topics[0].error_code
        };
        assert_eq!(ask("asked-without", false), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        let expected = if allowed { ErrorCode::NONE } else { ErrorCode::UNKNOWN_TOPIC_OR_PARTITION };
        assert_eq!(ask("asked-with", true), expected);
        assert_eq!(ask("not a name", true), ErrorCode::INVALID_TOPIC_EXCEPTION);
        if allowed {
            assert_eq!(ask("asked.with", true), ErrorCode::NONE);
            assert_eq!(
                ask("asked_with", true),
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                "collides with `asked.with`"
            );
        }
    }
}

#[test]
fn a_connection_too_many_is_closed() {
    let running = Running::start(|config| config.max_connections = 2);
    let (mut first, mut second) = (running.connect(), running.connect());
    served(&mut first);
    served(&mut second);
    let mut third = running.connect();
    assert!(third.frame().is_none());
    drop(second);
    served(&mut first);
}

#[test]
fn produce_is_judged_batch_by_batch() {
    let running = Running::start(|_| {});
    let mut wire = running.connect();
    wire.create_topic("small", &[("max.message.bytes", "200")]);
    wire.create_topic("compacted", &[("cleanup.policy", "compact")]);
    let mut judge = |topic: &str, acks, records| {
        produced(&wire.call(&produce_request(topic, Uuid::nil(), acks, records), 9)).0
    };
    assert_eq!(judge("small", 1, batch(&["x"])), ErrorCode::NONE);
    assert_eq!(judge("small", 1, batch(&["x"; 50])), ErrorCode::MESSAGE_TOO_LARGE);
    assert_eq!(judge("small", 2, batch(&["x"])), ErrorCode::INVALID_REQUIRED_ACKS);
    assert_eq!(judge("nowhere", 1, batch(&["x"])), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(judge("compacted", 1, batch(&["x"])), ErrorCode::INVALID_RECORD);
    let mut flipped = batch(&["x"]).to_vec();
    flipped[65] ^= 1;
    assert_eq!(judge("small", 1, flipped.into()), ErrorCode::CORRUPT_MESSAGE);
}

#[test]
fn the_brokers_own_topics_take_no_records_from_clients() {
    let running = Running::start(|_| {});
    let mut wire = running.connect();
    let name = "__consumer_offsets";
    let id = wire.create_topic(name, &[]);
    let request = produce_request(name, id, 1, batch(&["x"]));
    assert_eq!(produced(&wire.call(&request, 9)).0, ErrorCode::INVALID_TOPIC_EXCEPTION);
    assert_eq!(produced(&wire.call(&request, 13)).0, ErrorCode::INVALID_TOPIC_EXCEPTION);
    wire.send_as("__admin_client", &request, 9);
    assert_eq!(produced(&wire.receive::<produce::ProduceRequest>(9)), (ErrorCode::NONE, 0));
}
