//! FindCoordinator (API 10). Finds the broker that coordinates a group, a transactional id or a share group key.

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(FindCoordinator 0-6: FindCoordinatorRequest => FindCoordinatorResponse);

message! {
    FindCoordinatorRequest {
        key: String => 0-3;
        key_type: i8 => 1+;
        coordinator_keys: Vec<String> => 4+;
    }
    FindCoordinatorResponse {
        throttle_time_ms: i32 => 1+;
        error_code: ErrorCode => 0-3;
        error_message: Option<String> => 1-3, nullable 1+, default Some(Default::default());
        node_id: i32 => 0-3;
        host: String => 0-3;
        port: i32 => 0-3;
        coordinators: Vec<Coordinator> => 4+;
    }
    Coordinator {
        key: String => 4+;
        node_id: i32 => 4+;
        host: String => 4+;
        port: i32 => 4+;
        error_code: ErrorCode => 4+;
        error_message: Option<String> => 4+, nullable 4+, default Some(Default::default());
    }
}
