//! CreatePartitions (API 37). Adds partitions to topics (KIP-195).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(CreatePartitions 0-3: CreatePartitionsRequest => CreatePartitionsResponse);

message! {
    CreatePartitionsRequest {
        topics: Vec<CreatePartitionsTopic> => 0+;
        timeout_ms: i32 => 0+;
        validate_only: bool => 0+;
    }
    CreatePartitionsTopic {
        name: String => 0+;
        count: i32 => 0+;
        assignments: Option<Vec<CreatePartitionsAssignment>> => 0+, nullable 0+, default Some(Default::default());
    }
    CreatePartitionsAssignment {
        broker_ids: Vec<i32> => 0+;
    }
    CreatePartitionsResponse {
        throttle_time_ms: i32 => 0+;
        results: Vec<CreatePartitionsTopicResult> => 0+;
    }
    CreatePartitionsTopicResult {
        name: String => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+;
    }
}
