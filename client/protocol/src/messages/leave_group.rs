//! LeaveGroup (API 13). Leaves a classic group, several members at once from version 3 (KIP-345).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(LeaveGroup 0-5: LeaveGroupRequest => LeaveGroupResponse);

message! {
    LeaveGroupRequest {
        group_id: String => 0+;
        member_id: String => 0-2;
        members: Vec<MemberIdentity> => 3+;
    }
    MemberIdentity {
        member_id: String => 3+;
        group_instance_id: Option<String> => 3+, nullable 3+;
        reason: Option<String> => 5+, nullable 5+;
    }
    LeaveGroupResponse {
        throttle_time_ms: i32 => 1+;
        error_code: ErrorCode => 0+;
        members: Vec<MemberResponse> => 3+;
    }
    MemberResponse {
        member_id: String => 3+;
        group_instance_id: Option<String> => 3+, nullable 3+, default Some(Default::default());
        error_code: ErrorCode => 3+;
    }
}
