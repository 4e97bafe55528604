//! ListTransactions (API 66). The transactions that a broker coordinates (KIP-664, KIP-994).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(ListTransactions 0-2: ListTransactionsRequest => ListTransactionsResponse);

message! {
    ListTransactionsRequest {
        state_filters: Vec<String> => 0+;
        producer_id_filters: Vec<i64> => 0+;
        duration_filter: i64 => 1+, default -1;
        transactional_id_pattern: Option<String> => 2+, nullable 2+;
    }
    ListTransactionsResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
        unknown_state_filters: Vec<String> => 0+;
        transaction_states: Vec<TransactionState> => 0+;
    }
    TransactionState {
        transactional_id: String => 0+;
        producer_id: i64 => 0+;
        transaction_state: String => 0+;
    }
}
