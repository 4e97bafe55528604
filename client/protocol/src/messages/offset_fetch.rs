//! OffsetFetch (API 9). Reads a consumer group's stored positions.

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(OffsetFetch 0-10: OffsetFetchRequest => OffsetFetchResponse);

message! {
    OffsetFetchRequest {
        group_id: String => 0-7;
        topics: Option<Vec<OffsetFetchRequestTopic>> => 0-7, nullable 2+, default Some(Default::default());
        groups: Vec<OffsetFetchRequestGroup> => 8+;
        require_stable: bool => 7+;
    }
    OffsetFetchRequestTopic {
        name: String => 0-7;
        partition_indexes: Vec<i32> => 0-7;
    }
    OffsetFetchRequestGroup {
        group_id: String => 8+;
        member_id: Option<String> => 9+, nullable 9+;
        member_epoch: i32 => 9+, default -1;
        topics: Option<Vec<OffsetFetchRequestTopics>> => 8+, nullable 8+, default Some(Default::default());
    }
    OffsetFetchRequestTopics {
        name: String => 8-9;
        topic_id: Uuid => 10+;
        partition_indexes: Vec<i32> => 8+;
    }
    OffsetFetchResponse {
        throttle_time_ms: i32 => 3+;
        topics: Vec<OffsetFetchResponseTopic> => 0-7;
        error_code: ErrorCode => 2-7;
        groups: Vec<OffsetFetchResponseGroup> => 8+;
    }
    OffsetFetchResponseTopic {
        name: String => 0-7;
        partitions: Vec<OffsetFetchResponsePartition> => 0-7;
    }
    OffsetFetchResponsePartition {
        partition_index: i32 => 0-7;
        committed_offset: i64 => 0-7;
        committed_leader_epoch: i32 => 5-7, default -1;
        metadata: Option<String> => 0-7, nullable 0+, default Some(Default::default());
        error_code: ErrorCode => 0-7;
    }
    OffsetFetchResponseGroup {
        group_id: String => 8+;
        topics: Vec<OffsetFetchResponseTopics> => 8+;
        error_code: ErrorCode => 8+;
    }
    OffsetFetchResponseTopics {
        name: String => 8-9;
        topic_id: Uuid => 10+;
        partitions: Vec<OffsetFetchResponsePartitions> => 8+;
    }
    OffsetFetchResponsePartitions {
        partition_index: i32 => 8+;
        committed_offset: i64 => 8+;
        committed_leader_epoch: i32 => 8+, default -1;
        metadata: Option<String> => 8+, nullable 8+, default Some(Default::default());
        error_code: ErrorCode => 8+;
    }
}
