//! AddPartitionsToTxn (API 24). Adds partitions to a transaction (KIP-98, KIP-890).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(AddPartitionsToTxn 0-5: AddPartitionsToTxnRequest => AddPartitionsToTxnResponse);

message! {
    AddPartitionsToTxnRequest {
        transactions: Vec<AddPartitionsToTxnTransaction> => 4+;
        v3_and_below_transactional_id: String => 0-3;
        v3_and_below_producer_id: i64 => 0-3;
        v3_and_below_producer_epoch: i16 => 0-3;
        v3_and_below_topics: Vec<AddPartitionsToTxnTopic> => 0-3;
    }
    AddPartitionsToTxnTransaction {
        transactional_id: String => 4+;
        producer_id: i64 => 4+;
        producer_epoch: i16 => 4+;
        verify_only: bool => 4+;
        topics: Vec<AddPartitionsToTxnTopic> => 4+;
    }
    AddPartitionsToTxnTopic {
        name: String => 0+;
        partitions: Vec<i32> => 0+;
    }
    AddPartitionsToTxnResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 4+;
        results_by_transaction: Vec<AddPartitionsToTxnResult> => 4+;
        results_by_topic_v3_and_below: Vec<AddPartitionsToTxnTopicResult> => 0-3;
    }
    AddPartitionsToTxnResult {
        transactional_id: String => 4+;
        topic_results: Vec<AddPartitionsToTxnTopicResult> => 4+;
    }
    AddPartitionsToTxnTopicResult {
        name: String => 0+;
        results_by_partition: Vec<AddPartitionsToTxnPartitionResult> => 0+;
    }
    AddPartitionsToTxnPartitionResult {
        partition_index: i32 => 0+;
        partition_error_code: i16 => 0+;
    }
}
