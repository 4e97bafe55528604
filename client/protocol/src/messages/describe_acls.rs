//! DescribeAcls (API 29). Lists access control entries that match a filter (KIP-140, KIP-290).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DescribeAcls 1-3: DescribeAclsRequest => DescribeAclsResponse);

message! {
    DescribeAclsRequest {
        resource_type_filter: i8 => 0+;
        resource_name_filter: Option<String> => 0+, nullable 0+, default Some(Default::default());
        pattern_type_filter: i8 => 1+, default 3;
        principal_filter: Option<String> => 0+, nullable 0+, default Some(Default::default());
        host_filter: Option<String> => 0+, nullable 0+, default Some(Default::default());
        operation: i8 => 0+;
        permission_type: i8 => 0+;
    }
    DescribeAclsResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        resources: Vec<DescribeAclsResource> => 0+;
    }
    DescribeAclsResource {
        resource_type: i8 => 0+;
        resource_name: String => 0+;
        pattern_type: i8 => 1+, default 3;
        acls: Vec<AclDescription> => 0+;
    }
    AclDescription {
        principal: String => 0+;
        host: String => 0+;
        operation: i8 => 0+;
        permission_type: i8 => 0+;
    }
}
