//! IncrementalAlterConfigs (API 44). Sets, deletes, appends to or subtracts from single configuration values (KIP-339).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(IncrementalAlterConfigs 0-1: IncrementalAlterConfigsRequest => IncrementalAlterConfigsResponse);

message! {
    IncrementalAlterConfigsRequest {
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
        config_operation: i8 => 0+;
        value: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
    IncrementalAlterConfigsResponse {
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
