//! Heartbeat (API 12). Keeps a member of a classic group alive and tells it of rebalances.

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(Heartbeat 0-4: HeartbeatRequest => HeartbeatResponse);

message! {
    HeartbeatRequest {
        group_id: String => 0+;
        generation_id: i32 => 0+;
        member_id: String => 0+;
        group_instance_id: Option<String> => 3+, nullable 3+;
    }
    HeartbeatResponse {
        throttle_time_ms: i32 => 1+;
        error_code: ErrorCode => 0+;
    }
}
