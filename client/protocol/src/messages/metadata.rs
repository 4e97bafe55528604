//! Metadata (API 3). Brokers, topics, partitions and their leaders; what every client asks first.

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(Metadata 0-13: MetadataRequest => MetadataResponse);

message! {
    MetadataRequest {
        topics: Option<Vec<MetadataRequestTopic>> => 0+, nullable 1+, default Some(Default::default());
        allow_auto_topic_creation: bool => 4+, default true;
        include_cluster_authorized_operations: bool => 8-10;
        include_topic_authorized_operations: bool => 8+;
    }
    MetadataRequestTopic {
        topic_id: Uuid => 10+;
        name: Option<String> => 0+, nullable 10+, default Some(Default::default());
    }
    MetadataResponse {
        throttle_time_ms: i32 => 3+;
        brokers: Vec<MetadataResponseBroker> => 0+;
        cluster_id: Option<String> => 2+, nullable 2+;
        controller_id: i32 => 1+, default -1;
        topics: Vec<MetadataResponseTopic> => 0+;
        cluster_authorized_operations: i32 => 8-10, default -2_147_483_648;
        error_code: ErrorCode => 13+;
    }
    MetadataResponseBroker {
        node_id: i32 => 0+;
        host: String => 0+;
        port: i32 => 0+;
        rack: Option<String> => 1+, nullable 1+;
    }
    MetadataResponseTopic {
        error_code: ErrorCode => 0+;
        name: Option<String> => 0+, nullable 12+, default Some(Default::default());
        topic_id: Uuid => 10+;
        is_internal: bool => 1+;
        partitions: Vec<MetadataResponsePartition> => 0+;
        topic_authorized_operations: i32 => 8+, default -2_147_483_648;
    }
    MetadataResponsePartition {
        error_code: ErrorCode => 0+;
        partition_index: i32 => 0+;
        leader_id: i32 => 0+;
        leader_epoch: i32 => 7+, default -1;
        replica_nodes: Vec<i32> => 0+;
        isr_nodes: Vec<i32> => 0+;
        offline_replicas: Vec<i32> => 5+;
    }
}
