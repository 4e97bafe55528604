//! SyncGroup (API 14). Hands out the leader's assignment to the members of a classic group.

use bytes::Bytes;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(SyncGroup 0-5: SyncGroupRequest => SyncGroupResponse);

message! {
    SyncGroupRequest {
        group_id: String => 0+;
        generation_id: i32 => 0+;
        member_id: String => 0+;
        group_instance_id: Option<String> => 3+, nullable 3+;
        protocol_type: Option<String> => 5+, nullable 5+;
        protocol_name: Option<String> => 5+, nullable 5+;
        assignments: Vec<SyncGroupRequestAssignment> => 0+;
    }
    SyncGroupRequestAssignment {
        member_id: String => 0+;
        assignment: Bytes => 0+;
    }
    SyncGroupResponse {
        throttle_time_ms: i32 => 1+;
        error_code: ErrorCode => 0+;
        protocol_type: Option<String> => 5+, nullable 5+;
        protocol_name: Option<String> => 5+, nullable 5+;
        assignment: Bytes => 0+;
    }
}
