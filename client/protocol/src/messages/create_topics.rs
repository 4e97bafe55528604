//! CreateTopics (API 19). Creates topics.

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(CreateTopics 0-7: CreateTopicsRequest => CreateTopicsResponse);

message! {
    CreateTopicsRequest {
        topics: Vec<CreatableTopic> => 0+;
        timeout_ms: i32 => 0+, default 60000;
        validate_only: bool => 1+;
    }
    CreatableTopic {
        name: String => 0+;
        num_partitions: i32 => 0+;
        replication_factor: i16 => 0+;
        assignments: Vec<CreatableReplicaAssignment> => 0+;
        configs: Vec<CreatableTopicConfig> => 0+;
    }
    CreatableReplicaAssignment {
        partition_index: i32 => 0+;
        broker_ids: Vec<i32> => 0+;
    }
    CreatableTopicConfig {
        name: String => 0+;
        value: Option<String> => 0+, nullable 0+, default Some(Default::default());
    }
    CreateTopicsResponse {
        throttle_time_ms: i32 => 2+;
        topics: Vec<CreatableTopicResult> => 0+;
    }
    CreatableTopicResult {
        name: String => 0+;
        topic_id: Uuid => 7+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 1+, nullable 0+, default Some(Default::default());
        topic_config_error_code: i16 => 5+, tag 0;
        num_partitions: i32 => 5+, default -1;
        replication_factor: i16 => 5+, default -1;
        configs: Option<Vec<CreatableTopicConfigs>> => 5+, nullable 5+, default Some(Default::default());
    }
    CreatableTopicConfigs {
        name: String => 5+;
        value: Option<String> => 5+, nullable 5+, default Some(Default::default());
        read_only: bool => 5+;
        config_source: i8 => 5+, default -1;
        is_sensitive: bool => 5+;
    }
}
