//! AlterPartitionReassignments (API 45). Starts or cancels moves of replicas (KIP-455).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(AlterPartitionReassignments 0-1: AlterPartitionReassignmentsRequest => AlterPartitionReassignmentsResponse);

message! {
    AlterPartitionReassignmentsRequest {
        timeout_ms: i32 => 0+, default 60000;
        allow_replication_factor_change: bool => 1+, default true;
        topics: Vec<ReassignableTopic> => 0+;
    }
    ReassignableTopic {
        name: String => 0+;
        partitions: Vec<ReassignablePartition> => 0+;
    }
    ReassignablePartition {
        partition_index: i32 => 0+;
        replicas: Option<Vec<i32>> => 0+, nullable 0+;
    }
    AlterPartitionReassignmentsResponse {
        throttle_time_ms: i32 => 0+;
        allow_replication_factor_change: bool => 1+, default true;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        responses: Vec<ReassignableTopicResponse> => 0+;
    }
    ReassignableTopicResponse {
        name: String => 0+;
        partitions: Vec<ReassignablePartitionResponse> => 0+;
    }
    ReassignablePartitionResponse {
        partition_index: i32 => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
}
