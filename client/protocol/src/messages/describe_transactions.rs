//! DescribeTransactions (API 65). State of transactions by their ids (KIP-664).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DescribeTransactions 0-0: DescribeTransactionsRequest => DescribeTransactionsResponse);

message! {
    DescribeTransactionsRequest {
        transactional_ids: Vec<String> => 0+;
    }
    DescribeTransactionsResponse {
        throttle_time_ms: i32 => 0+;
        transaction_states: Vec<TransactionState> => 0+;
    }
    TransactionState {
        error_code: ErrorCode => 0+;
        transactional_id: String => 0+;
        transaction_state: String => 0+;
        transaction_timeout_ms: i32 => 0+;
        transaction_start_time_ms: i64 => 0+;
        producer_id: i64 => 0+;
        producer_epoch: i16 => 0+;
        topics: Vec<TopicData> => 0+;
    }
    TopicData {
        topic: String => 0+;
        partitions: Vec<i32> => 0+;
    }
}
