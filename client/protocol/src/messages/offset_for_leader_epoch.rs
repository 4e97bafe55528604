//! OffsetForLeaderEpoch (API 23). The end offset of a leader epoch, to find where logs diverge (KIP-101, KIP-320).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(OffsetForLeaderEpoch 2-4: OffsetForLeaderEpochRequest => OffsetForLeaderEpochResponse);

message! {
    OffsetForLeaderEpochRequest {
        replica_id: i32 => 3+, default -2;
        topics: Vec<OffsetForLeaderTopic> => 0+;
    }
    OffsetForLeaderTopic {
        topic: String => 0+;
        partitions: Vec<OffsetForLeaderPartition> => 0+;
    }
    OffsetForLeaderPartition {
        partition: i32 => 0+;
        current_leader_epoch: i32 => 2+, default -1;
        leader_epoch: i32 => 0+;
    }
    OffsetForLeaderEpochResponse {
        throttle_time_ms: i32 => 2+;
        topics: Vec<OffsetForLeaderTopicResult> => 0+;
    }
    OffsetForLeaderTopicResult {
        topic: String => 0+;
        partitions: Vec<EpochEndOffset> => 0+;
    }
    EpochEndOffset {
        error_code: ErrorCode => 0+;
        partition: i32 => 0+;
        leader_epoch: i32 => 1+, default -1;
        end_offset: i64 => 0+, default -1;
    }
}
