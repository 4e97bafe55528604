//! DeleteTopics 0-6: deletes topics with all their records and committed offsets.
//!
//! - 1: throttle time. 4: flexible. 5: error messages (KIP-599). 6: topics by id (KIP-516).
//! - A topic that is named twice gets one result, INVALID_REQUEST; so does one that is named by neither name nor id, or by both.
//! - Fetches that wait on the topic answer at once, with UNKNOWN_TOPIC_OR_PARTITION.

use std::collections::HashMap;

use fluxmq_protocol::messages::delete_topics::{
    DeletableTopicResult, DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse,
};
use fluxmq_protocol::{ErrorCode, Uuid};

use super::context::Call;

pub(super) async fn handle(call: &Call<'_>, request: &DeleteTopicsRequest) -> DeleteTopicsResponse {
    let by_name = request
        .topic_names
        .iter()
        .map(|name| DeleteTopicState { name: Some(name.clone()), topic_id: Uuid::nil() });
    let wanted: Vec<DeleteTopicState> = request.topics.iter().cloned().chain(by_name).collect();
    let mut named: HashMap<(Option<&str>, Uuid), usize> = HashMap::new();
    for topic in &wanted {
        *named.entry((topic.name.as_deref(), topic.topic_id)).or_default() += 1;
    }
    let mut responses = Vec::with_capacity(wanted.len());
    for topic in &wanted {
        // Taken out at the first sight, so that a topic which is named twice is answered once.
        let deleted = match named.remove(&(topic.name.as_deref(), topic.topic_id)) {
            None => continue,
            Some(1) => delete(call, topic).await,
            Some(_) => {
                Err((ErrorCode::INVALID_REQUEST, "the topic stands in the request more than once".to_owned()))
            }
        };
        responses.push(match deleted {
            Ok((name, topic_id)) => DeletableTopicResult {
                name: Some(name),
                topic_id,
                error_code: ErrorCode::NONE,
                error_message: None,
            },
            Err((error_code, message)) => DeletableTopicResult {
                name: topic.name.clone(),
                topic_id: topic.topic_id,
                error_code,
                error_message: Some(message),
            },
        });
    }
    DeleteTopicsResponse { responses, ..Default::default() }
}

async fn delete(call: &Call<'_>, topic: &DeleteTopicState) -> Result<(String, Uuid), (ErrorCode, String)> {
    if !call.broker.settings.delete_topics {
        return Err((ErrorCode::TOPIC_DELETION_DISABLED, "`delete.topic.enable` is false".to_owned()));
    }
    let hosted = match (topic.name.as_deref(), topic.topic_id) {
        (Some(name), id) if id.is_nil() => call.broker.partitions.topic(name).ok_or_else(|| {
            (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("there is no topic `{name}`"))
        })?,
        (None, id) if !id.is_nil() => call
            .broker
            .partitions
            .topic_by_id(id)
            .ok_or_else(|| (ErrorCode::UNKNOWN_TOPIC_ID, "there is no topic with this id".to_owned()))?,
        _ => {
            let message = "a topic is named by its name or by its id, not by neither or both";
            return Err((ErrorCode::INVALID_REQUEST, message.to_owned()));
        }
    };
    let name = hosted.name.to_string();
    call.broker.topics.delete(&name).await.map_err(|error| (error.code, error.message))?;
    call.broker.committed_offsets.forget_topic(&name).await.map_err(|error| {
        (ErrorCode::KAFKA_STORAGE_ERROR, format!("the topic is gone, its committed offsets are not: {error}"))
    })?;
    Ok((name, hosted.id))
}
