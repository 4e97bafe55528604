//! ConsumerGroupHeartbeat (API 68). Joins, keeps and leaves a consumer group of the next generation (KIP-848).

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(ConsumerGroupHeartbeat 0-1: ConsumerGroupHeartbeatRequest => ConsumerGroupHeartbeatResponse);

message! {
    ConsumerGroupHeartbeatRequest {
        group_id: String => 0+;
        member_id: String => 0+;
        member_epoch: i32 => 0+;
        instance_id: Option<String> => 0+, nullable 0+;
        rack_id: Option<String> => 0+, nullable 0+;
        rebalance_timeout_ms: i32 => 0+, default -1;
        subscribed_topic_names: Option<Vec<String>> => 0+, nullable 0+;
        subscribed_topic_regex: Option<String> => 1+, nullable 1+;
        server_assignor: Option<String> => 0+, nullable 0+;
        topic_partitions: Option<Vec<TopicPartitions>> => 0+, nullable 0+;
    }
    TopicPartitions {
        topic_id: Uuid => 0+;
        partitions: Vec<i32> => 0+;
    }
    ConsumerGroupHeartbeatResponse {
        throttle_time_ms: i32 => 0+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+;
        member_id: Option<String> => 0+, nullable 0+;
        member_epoch: i32 => 0+;
        heartbeat_interval_ms: i32 => 0+;
        assignment: Option<Assignment> => 0+, nullable 0+;
    }
    Assignment {
        topic_partitions: Vec<TopicPartitionsResponse> => 0+;
    }
    TopicPartitionsResponse {
        topic_id: Uuid => 0+;
        partitions: Vec<i32> => 0+;
    }
}
