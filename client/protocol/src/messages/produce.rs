//! Produce (API 0). Appends record batches to partitions. The broker answers with the base offset of each.

use bytes::Bytes;
use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(Produce 0-13: ProduceRequest => ProduceResponse);

message! {
    ProduceRequest {
        transactional_id: Option<String> => 3+, nullable 3+;
        acks: i16 => 0+;
        timeout_ms: i32 => 0+;
        topic_data: Vec<TopicProduceData> => 0+;
    }
    TopicProduceData {
        name: String => 0-12;
        topic_id: Uuid => 13+;
        partition_data: Vec<PartitionProduceData> => 0+;
    }
    PartitionProduceData {
        index: i32 => 0+;
        records: Option<Bytes> => 0+, nullable 0+, default Some(Default::default());
    }
    ProduceResponse {
        responses: Vec<TopicProduceResponse> => 0+;
        throttle_time_ms: i32 => 1+;
        node_endpoints: Vec<NodeEndpoint> => 10+, tag 0;
    }
    TopicProduceResponse {
        name: String => 0-12;
        topic_id: Uuid => 13+;
        partition_responses: Vec<PartitionProduceResponse> => 0+;
    }
    PartitionProduceResponse {
        index: i32 => 0+;
        error_code: ErrorCode => 0+;
        base_offset: i64 => 0+;
        log_append_time_ms: i64 => 2+, default -1;
        log_start_offset: i64 => 5+, default -1;
        record_errors: Vec<BatchIndexAndErrorMessage> => 8+;
        error_message: Option<String> => 8+, nullable 8+;
        current_leader: LeaderIdAndEpoch => 10+, tag 0;
    }
    BatchIndexAndErrorMessage {
        batch_index: i32 => 8+;
        batch_index_error_message: Option<String> => 8+, nullable 8+;
    }
    LeaderIdAndEpoch {
        leader_id: i32 => 10+, default -1;
        leader_epoch: i32 => 10+, default -1;
    }
    NodeEndpoint {
        node_id: i32 => 10+;
        host: String => 10+;
        port: i32 => 10+;
        rack: Option<String> => 10+, nullable 10+;
    }
}
