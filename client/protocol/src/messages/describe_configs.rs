//! DescribeConfigs (API 32). Configuration of topics, brokers and other resources with defaults and sources (KIP-133, KIP-226, KIP-569).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DescribeConfigs 0-4: DescribeConfigsRequest => DescribeConfigsResponse);

message! {
    DescribeConfigsRequest {
        resources: Vec<DescribeConfigsResource> => 0+;
        include_synonyms: bool => 1+;
        include_documentation: bool => 3+;
    }
    DescribeConfigsResource {
        resource_type: i8 => 0+;
        resource_name: String => 0+;
        configuration_keys: Option<Vec<String>> => 0+, nullable 0+, default Some(Default::default());
    }
    DescribeConfigsResponse {
        throttle_time_ms: i32 => 0+;
        results: Vec<DescribeConfigsResult> => 0+;
    }
    DescribeConfigsResult {
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+, default Some(Default::default());
        resource_type: i8 => 0+;
        resource_name: String => 0+;
        configs: Vec<DescribeConfigsResourceResult> => 0+;
    }
    DescribeConfigsResourceResult {
        name: String => 0+;
        value: Option<String> => 0+, nullable 0+, default Some(Default::default());
        read_only: bool => 0+;
        is_default: bool => 0-0;
        config_source: i8 => 1+, default -1;
        is_sensitive: bool => 0+;
        synonyms: Vec<DescribeConfigsSynonym> => 1+;
        config_type: i8 => 3+;
        documentation: Option<String> => 3+, nullable 0+, default Some(Default::default());
    }
    DescribeConfigsSynonym {
        name: String => 1+;
        value: Option<String> => 1+, nullable 0+, default Some(Default::default());
        source: i8 => 1+;
    }
}
