//! OffsetDelete (API 47). Deletes a group's stored positions (KIP-496).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(OffsetDelete 0-0: OffsetDeleteRequest => OffsetDeleteResponse);

message! {
    OffsetDeleteRequest {
        group_id: String => 0+;
        topics: Vec<OffsetDeleteRequestTopic> => 0+;
    }
    OffsetDeleteRequestTopic {
        name: String => 0+;
        partitions: Vec<OffsetDeleteRequestPartition> => 0+;
    }
    OffsetDeleteRequestPartition {
        partition_index: i32 => 0+;
    }
    OffsetDeleteResponse {
        error_code: ErrorCode => 0+;
        throttle_time_ms: i32 => 0+;
        topics: Vec<OffsetDeleteResponseTopic> => 0+;
    }
    OffsetDeleteResponseTopic {
        name: String => 0+;
        partitions: Vec<OffsetDeleteResponsePartition> => 0+;
    }
    OffsetDeleteResponsePartition {
        partition_index: i32 => 0+;
        error_code: ErrorCode => 0+;
    }
}
