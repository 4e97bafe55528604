//! DescribeTopicPartitions (API 75). Topics and partitions page by page (KIP-966).

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DescribeTopicPartitions 0-0: DescribeTopicPartitionsRequest => DescribeTopicPartitionsResponse);

message! {
    DescribeTopicPartitionsRequest {
        topics: Vec<TopicRequest> => 0+;
        response_partition_limit: i32 => 0+, default 2000;
        cursor: Option<Cursor> => 0+, nullable 0+;
    }
    TopicRequest {
        name: String => 0+;
    }
    Cursor {
        topic_name: String => 0+;
        partition_index: i32 => 0+;
    }
    DescribeTopicPartitionsResponse {
        throttle_time_ms: i32 => 0+;
        topics: Vec<DescribeTopicPartitionsResponseTopic> => 0+;
        next_cursor: Option<CursorResponse> => 0+, nullable 0+;
    }
    DescribeTopicPartitionsResponseTopic {
        error_code: ErrorCode => 0+;
        name: Option<String> => 0+, nullable 0+, default Some(Default::default());
        topic_id: Uuid => 0+;
        is_internal: bool => 0+;
        partitions: Vec<DescribeTopicPartitionsResponsePartition> => 0+;
        topic_authorized_operations: i32 => 0+, default -2_147_483_648;
    }
    DescribeTopicPartitionsResponsePartition {
        error_code: ErrorCode => 0+;
        partition_index: i32 => 0+;
        leader_id: i32 => 0+;
        leader_epoch: i32 => 0+, default -1;
        replica_nodes: Vec<i32> => 0+;
        isr_nodes: Vec<i32> => 0+;
        eligible_leader_replicas: Option<Vec<i32>> => 0+, nullable 0+;
        last_known_elr: Option<Vec<i32>> => 0+, nullable 0+;
        offline_replicas: Vec<i32> => 0+;
    }
    CursorResponse {
        topic_name: String => 0+;
        partition_index: i32 => 0+;
    }
}
