//! ListGroups (API 16). The groups that a broker coordinates, by state (KIP-518) and type (KIP-848).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(ListGroups 0-5: ListGroupsRequest => ListGroupsResponse);

message! {
    ListGroupsRequest {
        states_filter: Vec<String> => 4+;
        types_filter: Vec<String> => 5+;
    }
    ListGroupsResponse {
        throttle_time_ms: i32 => 1+;
        error_code: ErrorCode => 0+;
        groups: Vec<ListedGroup> => 0+;
    }
    ListedGroup {
        group_id: String => 0+;
        protocol_type: String => 0+;
        group_state: String => 4+;
        group_type: String => 5+;
    }
}
