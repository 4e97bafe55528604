//! DeleteAcls (API 31). Deletes access control entries that match filters (KIP-140, KIP-290).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DeleteAcls 1-3: DeleteAclsRequest => DeleteAclsResponse);

message! {
    DeleteAclsRequest {
        filters: Vec<DeleteAclsFilter> => 0+;
    }
    DeleteAclsFilter {
        resource_type_filter: i8 => 0+;
        resource_name_filter: Option<String> => 0+, nullable 0+, default Some(Default::default());
        pattern_type_filter: i8 => 1+, default 3;
        principal_filter: Option<String> => 0+, nullable 0+, default Some(Default::default());
        host_filter: Option<String> => 0+, nullable 0+, default Some(Default::default());
        operation: i8 => 0+;
        permission_type: i8 => 0+;
    }
    DeleteAclsResponse {
        throttle_time_ms: i32 => 0+;
        filter_results: Vec<DeleteAclsFilterResult> => 0+;
    }
    DeleteAclsFilterResult {
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        matching_acls: Vec<DeleteAclsMatchingAcl> => 0+;
    }
    DeleteAclsMatchingAcl {
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        resource_type: i8 => 0+;
        resource_name: String => 0+;
        pattern_type: i8 => 1+, default 3;
        principal: String => 0+;
        host: String => 0+;
        operation: i8 => 0+;
        permission_type: i8 => 0+;
    }
}
