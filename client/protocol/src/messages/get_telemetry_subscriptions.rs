//! GetTelemetrySubscriptions (API 71). Which of a client's metrics the broker wants (KIP-714).

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(GetTelemetrySubscriptions 0-0: GetTelemetrySubscriptionsRequest => GetTelemetrySubscriptionsResponse);

message! {
    GetTelemetrySubscriptionsRequest {
        client_instance_id: Uuid => 0+;
    }
    GetTelemetrySubscriptionsResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
        client_instance_id: Uuid => 0+;
        subscription_id: i32 => 0+;
        accepted_compression_types: Vec<i8> => 0+;
        push_interval_ms: i32 => 0+;
        telemetry_max_bytes: i32 => 0+;
        delta_temporality: bool => 0+;
        requested_metrics: Vec<String> => 0+;
    }
}
