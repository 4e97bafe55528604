//! ListPartitionReassignments (API 46). Lists the moves of replicas under way (KIP-455).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(ListPartitionReassignments 0-0: ListPartitionReassignmentsRequest => ListPartitionReassignmentsResponse);

message! {
    ListPartitionReassignmentsRequest {
        timeout_ms: i32 => 0+, default 60000;
        topics: Option<Vec<ListPartitionReassignmentsTopics>> => 0+, nullable 0+;
    }
    ListPartitionReassignmentsTopics {
        name: String => 0+;
        partition_indexes: Vec<i32> => 0+;
    }
    ListPartitionReassignmentsResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        topics: Vec<OngoingTopicReassignment> => 0+;
    }
    OngoingTopicReassignment {
        name: String => 0+;
        partitions: Vec<OngoingPartitionReassignment> => 0+;
    }
    OngoingPartitionReassignment {
        partition_index: i32 => 0+;
        replicas: Vec<i32> => 0+;
        adding_replicas: Vec<i32> => 0+;
        removing_replicas: Vec<i32> => 0+;
    }
}
