//! Bytes written by hand from Kafka's message definitions, for the versions that no oracle has (see `oracle.rs`).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Debug;

use bytes::Bytes;
use fluxmq_protocol::messages::api_versions::{
    ApiVersion, ApiVersionsRequest, ApiVersionsResponse, FinalizedFeatureKey, SupportedFeatureKey,
};
use fluxmq_protocol::messages::delete_groups::{
    DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse,
};
use fluxmq_protocol::messages::describe_log_dirs::{
    DescribableLogDirTopic, DescribeLogDirsPartition, DescribeLogDirsRequest, DescribeLogDirsResponse,
    DescribeLogDirsResult, DescribeLogDirsTopic,
};
use fluxmq_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse,
    ListOffsetsTopic, ListOffsetsTopicResponse,
};
use fluxmq_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use fluxmq_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopics,
};
use fluxmq_protocol::messages::txn_offset_commit::{
    TxnOffsetCommitRequest, TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
    TxnOffsetCommitResponse, TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use fluxmq_protocol::wire::{Reader, Writer};
use fluxmq_protocol::{Decode, Encode, ErrorCode, Uuid};

/// Blanks in `hex` part fields.
fn bytes(hex: &str) -> Bytes {
    let digits: Vec<_> = hex.chars().filter(|character| !character.is_whitespace()).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

#[track_caller]
fn same<T: Encode + Decode + PartialEq + Debug>(message: &T, version: i16, hex: &str) {
    let golden = bytes(hex);
    let mut out = Vec::new();
    message.encode(&mut Writer::new(&mut out), version).unwrap();
    assert_eq!(Bytes::from(out), golden);
    let mut reader = Reader::new(&golden);
    assert_eq!(T::decode(&mut reader, version).as_ref(), Ok(message));
    assert_eq!(reader.remaining(), 0);
}

const TOPIC_ID: Uuid = Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);

#[test]
fn api_versions_5() {
    let request = ApiVersionsRequest {
        client_software_name: "me".into(),
        client_software_version: "1".into(),
        cluster_id: Some("c".into()),
        node_id: 7,
    };
    same(&request, 5, "03 6d65  02 31  02 63  00000007  00");
    let nowhere = ApiVersionsRequest { cluster_id: None, node_id: -1, ..request };
    same(&nowhere, 5, "03 6d65  02 31  00  ffffffff  00");
    let response = ApiVersionsResponse {
        error_code: ErrorCode(35),
        api_keys: vec![ApiVersion { api_key: 18, min_version: 0, max_version: 5 }],
        throttle_time_ms: 9,
        supported_features: vec![SupportedFeatureKey { name: "f".into(), min_version: 1, max_version: 2 }],
        finalized_features_epoch: 3,
        finalized_features: vec![FinalizedFeatureKey {
            name: "g".into(),
            max_version_level: 2,
            min_version_level: 1,
        }],
        zk_migration_ready: true,
    };
    same(
        &response,
        5,
        "0023  02 0012 0000 0005 00  00000009  04
         00 08 02 02 66 0001 0002 00
         01 08 0000000000000003
         02 08 02 02 67 0002 0001 00
         03 01 01",
    );
}

#[test]
fn delete_groups_3() {
    same(&DeleteGroupsRequest { groups_names: vec!["g".into()] }, 3, "02 02 67  00");
    let result = |group: &str, error_code, message: Option<&str>| DeletableGroupResult {
        group_id: group.into(),
        error_code,
        error_message: message.map(str::to_owned),
    };
    let response = DeleteGroupsResponse {
        throttle_time_ms: 1,
        results: vec![result("g", ErrorCode(0), None), result("h", ErrorCode(68), Some("no"))],
    };
    same(&response, 3, "00000001  03  02 67 0000 00 00  02 68 0044 03 6e6f 00  00");
}

#[test]
fn describe_log_dirs_5() {
    let topic = DescribableLogDirTopic { topic: "t".into(), partitions: vec![1] };
    same(&DescribeLogDirsRequest { topics: Some(vec![topic]) }, 5, "02 02 74 02 00000001 00  00");
    same(&DescribeLogDirsRequest { topics: None }, 5, "00  00");
    let partition = DescribeLogDirsPartition {
        partition_index: 1,
        partition_size: 2,
        offset_lag: 3,
        is_future_key: true,
    };
    let response = DescribeLogDirsResponse {
        throttle_time_ms: 0,
        error_code: ErrorCode(31),
        results: vec![DescribeLogDirsResult {
            error_code: ErrorCode(56),
            log_dir: "/d".into(),
            topics: vec![DescribeLogDirsTopic { name: "t".into(), partitions: vec![partition] }],
            total_bytes: 4,
            usable_bytes: -1,
            is_cordoned: true,
        }],
    };
    same(
        &response,
        5,
        "00000000  001f  02
         0038 03 2f64  02 02 74  02 00000001 0000000000000002 0000000000000003 01 00  00
         0000000000000004 ffffffffffffffff 01 00
         00",
    );
}

#[test]
fn list_offsets_11() {
    let partition = ListOffsetsPartition {
        partition_index: 1,
        current_leader_epoch: 2,
        timestamp: -6,
        ..ListOffsetsPartition::default()
    };
    let request = ListOffsetsRequest {
        replica_id: -1,
        isolation_level: 1,
        topics: vec![ListOffsetsTopic { name: "t".into(), partitions: vec![partition] }],
        timeout_ms: 1000,
    };
    same(&request, 11, "ffffffff 01  02 02 74  02 00000001 00000002 fffffffffffffffa 00  00  000003e8  00");
    let partition = ListOffsetsPartitionResponse {
        partition_index: 1,
        timestamp: 2,
        offset: 3,
        leader_epoch: 4,
        ..ListOffsetsPartitionResponse::default()
    };
    let response = ListOffsetsResponse {
        throttle_time_ms: 5,
        topics: vec![ListOffsetsTopicResponse { name: "t".into(), partitions: vec![partition] }],
    };
    same(
        &response,
        11,
        "00000005  02 02 74  02 00000001 0000 0000000000000002 0000000000000003 00000004 00  00  00",
    );
}

#[test]
fn offset_commit_10() {
    let partition = OffsetCommitRequestPartition {
        partition_index: 1,
        committed_offset: 2,
        committed_leader_epoch: 3,
        committed_metadata: None,
        ..OffsetCommitRequestPartition::default()
    };
    let request = OffsetCommitRequest {
        group_id: "g".into(),
        generation_id_or_member_epoch: 4,
        member_id: "m".into(),
        group_instance_id: Some("i".into()),
        topics: vec![OffsetCommitRequestTopic {
            topic_id: TOPIC_ID,
            partitions: vec![partition],
            ..OffsetCommitRequestTopic::default()
        }],
        ..OffsetCommitRequest::default()
    };
    same(
        &request,
        10,
        "02 67  00000004  02 6d  02 69  02 00112233445566778899aabbccddeeff
         02 00000001 0000000000000002 00000003 00 00  00  00",
    );
}

#[test]
fn offset_fetch_10() {
    let topic = OffsetFetchRequestTopics {
        topic_id: TOPIC_ID,
        partition_indexes: vec![1],
        ..OffsetFetchRequestTopics::default()
    };
    let group = |topics| OffsetFetchRequestGroup {
        group_id: "g".into(),
        member_id: Some("m".into()),
        member_epoch: 2,
        topics,
    };
    let request = OffsetFetchRequest {
        groups: vec![group(Some(vec![topic])), group(None)],
        require_stable: true,
        ..OffsetFetchRequest::default()
    };
    same(
        &request,
        10,
        "03  02 67 02 6d 00000002 02 00112233445566778899aabbccddeeff 02 00000001 00 00
         02 67 02 6d 00000002 00 00
         01  00",
    );
}

#[test]
fn txn_offset_commit_6() {
    let partition = TxnOffsetCommitRequestPartition {
        partition_index: 1,
        committed_offset: 2,
        committed_leader_epoch: 3,
        committed_metadata: Some("x".into()),
    };
    let request = TxnOffsetCommitRequest {
        transactional_id: "t".into(),
        group_id: "g".into(),
        producer_id: 4,
        producer_epoch: 5,
        generation_id_or_member_epoch: 6,
        member_id: "m".into(),
        group_instance_id: None,
        topics: vec![TxnOffsetCommitRequestTopic {
            topic_id: TOPIC_ID,
            partitions: vec![partition],
            ..TxnOffsetCommitRequestTopic::default()
        }],
    };
    same(
        &request,
        6,
        "02 74  02 67  0000000000000004 0005 00000006  02 6d  00  02 00112233445566778899aabbccddeeff
         02 00000001 0000000000000002 00000003 02 78 00  00  00",
    );
    let partition = TxnOffsetCommitResponsePartition { partition_index: 1, error_code: ErrorCode(100) };
    let response = TxnOffsetCommitResponse {
        throttle_time_ms: 2,
        topics: vec![TxnOffsetCommitResponseTopic {
            topic_id: TOPIC_ID,
            partitions: vec![partition],
            ..TxnOffsetCommitResponseTopic::default()
        }],
    };
    same(&response, 6, "00000002  02 00112233445566778899aabbccddeeff 02 00000001 0064 00  00  00");
}
