//! CreateAcls (API 30). Creates access control entries (KIP-140, KIP-290).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(CreateAcls 1-3: CreateAclsRequest => CreateAclsResponse);

message! {
    CreateAclsRequest {
        creations: Vec<AclCreation> => 0+;
    }
    AclCreation {
        resource_type: i8 => 0+;
        resource_name: String => 0+;
        resource_pattern_type: i8 => 1+, default 3;
        principal: String => 0+;
        host: String => 0+;
        operation: i8 => 0+;
        permission_type: i8 => 0+;
    }
    CreateAclsResponse {
        throttle_time_ms: i32 => 0+;
        results: Vec<AclCreationResult> => 0+;
    }
    AclCreationResult {
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
}
