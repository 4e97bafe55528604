//! ConsumerGroupDescribe (API 69). State and members of consumer groups of the next generation (KIP-848).

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(ConsumerGroupDescribe 0-1: ConsumerGroupDescribeRequest => ConsumerGroupDescribeResponse);

message! {
    ConsumerGroupDescribeRequest {
        group_ids: Vec<String> => 0+;
        include_authorized_operations: bool => 0+;
    }
    ConsumerGroupDescribeResponse {
        throttle_time_ms: i32 => 0+;
        groups: Vec<DescribedGroup> => 0+;
    }
    DescribedGroup {
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 0+, nullable 0+;
        group_id: String => 0+;
        group_state: String => 0+;
        group_epoch: i32 => 0+;
        assignment_epoch: i32 => 0+;
        assignor_name: String => 0+;
        members: Vec<Member> => 0+;
        authorized_operations: i32 => 0+, default -2_147_483_648;
    }
    Member {
        member_id: String => 0+;
        instance_id: Option<String> => 0+, nullable 0+;
        rack_id: Option<String> => 0+, nullable 0+;
        member_epoch: i32 => 0+;
        client_id: String => 0+;
        client_host: String => 0+;
        subscribed_topic_names: Vec<String> => 0+;
        subscribed_topic_regex: Option<String> => 0+, nullable 0+;
        assignment: Assignment => 0+;
        target_assignment: Assignment => 0+;
        member_type: i8 => 1+, default -1;
    }
    Assignment {
        topic_partitions: Vec<TopicPartitions> => 0+;
    }
    TopicPartitions {
        topic_id: Uuid => 0+;
        topic_name: String => 0+;
        partitions: Vec<i32> => 0+;
    }
}
