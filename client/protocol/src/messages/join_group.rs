//! JoinGroup (API 11). Joins a classic consumer group; answered when the rebalance completes.

use bytes::Bytes;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(JoinGroup 0-9: JoinGroupRequest => JoinGroupResponse);

message! {
    JoinGroupRequest {
        group_id: String => 0+;
        session_timeout_ms: i32 => 0+;
        rebalance_timeout_ms: i32 => 1+, default -1;
        member_id: String => 0+;
        group_instance_id: Option<String> => 5+, nullable 5+;
        protocol_type: String => 0+;
        protocols: Vec<JoinGroupRequestProtocol> => 0+;
        reason: Option<String> => 8+, nullable 8+;
    }
    JoinGroupRequestProtocol {
        name: String => 0+;
        metadata: Bytes => 0+;
    }
    JoinGroupResponse {
        throttle_time_ms: i32 => 2+;
        error_code: ErrorCode => 0+;
        generation_id: i32 => 0+, default -1;
        protocol_type: Option<String> => 7+, nullable 7+;
        protocol_name: Option<String> => 0+, nullable 7+, default Some(Default::default());
        leader: String => 0+;
        skip_assignment: bool => 9+;
        member_id: String => 0+;
        members: Vec<JoinGroupResponseMember> => 0+;
    }
    JoinGroupResponseMember {
        member_id: String => 0+;
        group_instance_id: Option<String> => 5+, nullable 5+;
        metadata: Bytes => 0+;
    }
}
