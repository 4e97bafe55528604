//! AddOffsetsToTxn (API 25). Adds a consumer group's offsets to a transaction (KIP-98).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(AddOffsetsToTxn 0-4: AddOffsetsToTxnRequest => AddOffsetsToTxnResponse);

message! {
    AddOffsetsToTxnRequest {
        transactional_id: String => 0+;
        producer_id: i64 => 0+;
        producer_epoch: i16 => 0+;
        group_id: String => 0+;
    }
    AddOffsetsToTxnResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
    }
}
