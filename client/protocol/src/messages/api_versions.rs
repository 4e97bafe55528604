//! ApiVersions (API 18). Which APIs in which versions the broker offers; the first exchange of a connection (KIP-35, KIP-511, KIP-584).

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(ApiVersions 0-5: ApiVersionsRequest => ApiVersionsResponse);

message! {
    ApiVersionsRequest {
        client_software_name: String => 3+;
        client_software_version: String => 3+;
        cluster_id: Option<String> => 5+, nullable 5+;
        node_id: i32 => 5+, default -1;
    }
    ApiVersionsResponse {
        error_code: ErrorCode => 0+;
        api_keys: Vec<ApiVersion> => 0+;
        throttle_time_ms: i32 => 1+;
        supported_features: Vec<SupportedFeatureKey> => 3+, tag 0;
        finalized_features_epoch: i64 => 3+, tag 1, default -1;
        finalized_features: Vec<FinalizedFeatureKey> => 3+, tag 2;
        zk_migration_ready: bool => 3+, tag 3;
    }
    ApiVersion {
        api_key: i16 => 0+;
        min_version: i16 => 0+;
        max_version: i16 => 0+;
    }
    SupportedFeatureKey {
        name: String => 3+;
        min_version: i16 => 3+;
        max_version: i16 => 3+;
    }
    FinalizedFeatureKey {
        name: String => 3+;
        max_version_level: i16 => 3+;
        min_version_level: i16 => 3+;
    }
}
