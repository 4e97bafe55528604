//! ElectLeaders (API 43). Elects leaders of partitions (KIP-183, KIP-460).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(ElectLeaders 0-2: ElectLeadersRequest => ElectLeadersResponse);

message! {
    ElectLeadersRequest {
        election_type: i8 => 1+;
        topic_partitions: Option<Vec<TopicPartitions>> => 0+, nullable 0+, default Some(Default::default());
        timeout_ms: i32 => 0+, default 60000;
    }
    TopicPartitions {
        topic: String => 0+;
        partitions: Vec<i32> => 0+;
    }
    ElectLeadersResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 1+;
        replica_election_results: Vec<ReplicaElectionResult> => 0+;
    }
    ReplicaElectionResult {
        topic: String => 0+;
        partition_result: Vec<PartitionResult> => 0+;
    }
    PartitionResult {
        partition_id: i32 => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
}
