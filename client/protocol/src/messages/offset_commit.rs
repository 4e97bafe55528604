//! OffsetCommit (API 8). Stores a consumer group's positions.

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(OffsetCommit 0-10: OffsetCommitRequest => OffsetCommitResponse);

message! {
    OffsetCommitRequest {
        group_id: String => 0+;
        generation_id_or_member_epoch: i32 => 1+, default -1;
        member_id: String => 1+;
        group_instance_id: Option<String> => 7+, nullable 7+;
        retention_time_ms: i64 => 2-4, default -1;
        topics: Vec<OffsetCommitRequestTopic> => 0+;
    }
    OffsetCommitRequestTopic {
        name: String => 0-9;
        topic_id: Uuid => 10+;
        partitions: Vec<OffsetCommitRequestPartition> => 0+;
    }
    OffsetCommitRequestPartition {
        partition_index: i32 => 0+;
        committed_offset: i64 => 0+;
        committed_leader_epoch: i32 => 6+, default -1;
        commit_timestamp: i64 => 1-1, default -1;
        committed_metadata: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
    OffsetCommitResponse {
        throttle_time_ms: i32 => 3+;
        topics: Vec<OffsetCommitResponseTopic> => 0+;
    }
    OffsetCommitResponseTopic {
        name: String => 0-9;
        topic_id: Uuid => 10+;
        partitions: Vec<OffsetCommitResponsePartition> => 0+;
    }
    OffsetCommitResponsePartition {
        partition_index: i32 => 0+;
        error_code: ErrorCode => 0+;
    }
}
