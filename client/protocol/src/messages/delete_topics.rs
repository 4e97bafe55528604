//! DeleteTopics (API 20). Deletes topics by name, or by id from version 6.

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::message::{api, message};

api!(DeleteTopics 0-6: DeleteTopicsRequest => DeleteTopicsResponse);

message! {
    DeleteTopicsRequest {
        topics: Vec<DeleteTopicState> => 6+;
        topic_names: Vec<String> => 0-5;
        timeout_ms: i32 => 0+;
    }
    DeleteTopicState {
        name: Option<String> => 6+, nullable 6+;
        topic_id: Uuid => 6+;
    }
    DeleteTopicsResponse {
        throttle_time_ms: i32 => 1+;
        responses: Vec<DeletableTopicResult> => 0+;
    }
    DeletableTopicResult {
        name: Option<String> => 0+, nullable 6+, default Some(Default::default());
        topic_id: Uuid => 6+;
        error_code: ErrorCode => 0+;
        error_message: Option<String> => 5+, nullable 5+;
    }
}
