//! DeleteRecords (API 21). Moves the log start offset of partitions forward (KIP-107).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DeleteRecords 0-2: DeleteRecordsRequest => DeleteRecordsResponse);

message! {
    DeleteRecordsRequest {
        topics: Vec<DeleteRecordsTopic> => 0+;
        timeout_ms: i32 => 0+;
    }
    DeleteRecordsTopic {
        name: String => 0+;
        partitions: Vec<DeleteRecordsPartition> => 0+;
    }
    DeleteRecordsPartition {
        partition_index: i32 => 0+;
        offset: i64 => 0+;
    }
    DeleteRecordsResponse {
        throttle_time_ms: i32 => 0+;
        topics: Vec<DeleteRecordsTopicResult> => 0+;
    }
    DeleteRecordsTopicResult {
        name: String => 0+;
        partitions: Vec<DeleteRecordsPartitionResult> => 0+;
    }
    DeleteRecordsPartitionResult {
        partition_index: i32 => 0+;
        low_watermark: i64 => 0+;
        error_code: ErrorCode => 0+;
    }
}
