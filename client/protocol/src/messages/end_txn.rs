//! EndTxn (API 26). Commits or aborts a transaction (KIP-98, KIP-890).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(EndTxn 0-5: EndTxnRequest => EndTxnResponse);

message! {
    EndTxnRequest {
        transactional_id: String => 0+;
        producer_id: i64 => 0+;
        producer_epoch: i16 => 0+;
        committed: bool => 0+;
    }
    EndTxnResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
        producer_id: i64 => 5+, default -1;
        producer_epoch: i16 => 5+, default -1;
    }
}
