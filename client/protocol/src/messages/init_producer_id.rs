//! InitProducerId (API 22). Hands out a producer id and epoch for idempotent and transactional producers (KIP-98, KIP-360).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(InitProducerId 0-5: InitProducerIdRequest => InitProducerIdResponse);

message! {
    InitProducerIdRequest {
        transactional_id: Option<String> => 0+, nullable 0+, default Some(Default::default());
        transaction_timeout_ms: i32 => 0+;
        producer_id: i64 => 3+, default -1;
        producer_epoch: i16 => 3+, default -1;
    }
    InitProducerIdResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
        producer_id: i64 => 0+, default -1;
        producer_epoch: i16 => 0+;
    }
}
