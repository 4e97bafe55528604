//! PushTelemetry (API 72). A client's metrics for the broker (KIP-714).

use bytes::Bytes;
use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(PushTelemetry 0-0: PushTelemetryRequest => PushTelemetryResponse);

message! {
    PushTelemetryRequest {
        client_instance_id: Uuid => 0+;
        subscription_id: i32 => 0+;
        terminating: bool => 0+;
        compression_type: i8 => 0+;
        metrics: Bytes => 0+;
    }
    PushTelemetryResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
    }
}
