//! TxnOffsetCommit (API 28). Stores a consumer group's positions within a transaction (KIP-98, KIP-447).

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(TxnOffsetCommit 0-6: TxnOffsetCommitRequest => TxnOffsetCommitResponse);

message! {
    TxnOffsetCommitRequest {
        transactional_id: String => 0+;
        group_id: String => 0+;
        producer_id: i64 => 0+;
        producer_epoch: i16 => 0+;
        generation_id_or_member_epoch: i32 => 3+, default -1;
        member_id: String => 3+;
        group_instance_id: Option<String> => 3+, nullable 3+;
        topics: Vec<TxnOffsetCommitRequestTopic> => 0+;
    }
    TxnOffsetCommitRequestTopic {
        name: String => 0-5;
        topic_id: Uuid => 6+;
        partitions: Vec<TxnOffsetCommitRequestPartition> => 0+;
    }
    TxnOffsetCommitRequestPartition {
        partition_index: i32 => 0+;
        committed_offset: i64 => 0+;
        committed_leader_epoch: i32 => 2+, default -1;
        committed_metadata: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
    TxnOffsetCommitResponse {
        throttle_time_ms: i32 => 0+;
        topics: Vec<TxnOffsetCommitResponseTopic> => 0+;
    }
    TxnOffsetCommitResponseTopic {
        name: String => 0-5;
        topic_id: Uuid => 6+;
        partitions: Vec<TxnOffsetCommitResponsePartition> => 0+;
    }
    TxnOffsetCommitResponsePartition {
        partition_index: i32 => 0+;
        error_code: ErrorCode => 0+;
    }
}
