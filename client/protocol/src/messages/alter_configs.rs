//! AlterConfigs (API 33). Replaces the whole configuration of a resource; superseded by IncrementalAlterConfigs (KIP-133).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(AlterConfigs 0-2: AlterConfigsRequest => AlterConfigsResponse);

message! {
    AlterConfigsRequest {
        resources: Vec<AlterConfigsResource> => 0+;
        validate_only: bool => 0+;
    }
    AlterConfigsResource {
        resource_type: i8 => 0+;
        resource_name: String => 0+;
        configs: Vec<AlterableConfig> => 0+;
    }
    AlterableConfig {
        name: String => 0+;
        value: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
    AlterConfigsResponse {
        throttle_time_ms: i32 => 0+;
        responses: Vec<AlterConfigsResourceResponse> => 0+;
    }
    AlterConfigsResourceResponse {
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        resource_type: i8 => 0+;
        resource_name: String => 0+;
    }
}
