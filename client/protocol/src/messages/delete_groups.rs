//! DeleteGroups (API 42). Deletes consumer groups (KIP-229).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DeleteGroups 0-3: DeleteGroupsRequest => DeleteGroupsResponse);

message! {
    DeleteGroupsRequest {
        groups_names: Vec<String> => 0+;
    }
    DeleteGroupsResponse {
        throttle_time_ms: i32 => 0+;
        results: Vec<DeletableGroupResult> => 0+;
    }
    DeletableGroupResult {
        group_id: String => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 3+, nullable 3+;
    }
}
