//! DeleteTopics 0-6: deletes topics with all their records and committed offsets.
//!
//! - 1: throttle time. 4: flexible. 5: error messages (KIP-599). 6: topics by id (KIP-516).
//! - A topic that is named twice, also once by name and once by id, gets one result, INVALID_REQUEST; so does one that is named by
//!   neither name nor id, or by both.
//! - Fetches that wait on the topic answer at once, with UNKNOWN_TOPIC_OR_PARTITION.

use std::collections::HashMap;
use std::sync::Arc;

use fluxmq_protocol::messages::delete_topics::{
    DeletableTopicResult, DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse,
};
use fluxmq_protocol::{ErrorCode, Uuid};

use super::context::Call;
use crate::partition::HostedTopic;

/// Why a topic is not deleted.
type Refusal = (ErrorCode, String);

pub(super) async fn handle(call: &Call<'_>, request: &DeleteTopicsRequest) -> DeleteTopicsResponse {
    let by_name = request
        .topic_names
        .iter()
        .map(|name| DeleteTopicState { name: Some(name.clone()), topic_id: Uuid::nil() });
    let wanted = request.topics.iter().cloned().chain(by_name);
    let found: Vec<_> = wanted.map(|topic| (find(call, &topic), topic)).collect();
    let mut named: HashMap<(Option<String>, Uuid), usize> = HashMap::new();
    for (hosted, topic) in &found {
        *named.entry(identity(hosted, topic)).or_default() += 1;
    }
    let mut responses = Vec::with_capacity(found.len());
    for (hosted, topic) in found {
        // Taken out at the first sight, so that a topic which is named twice is answered once.
        let identity = identity(&hosted, &topic);
        let deleted = match named.remove(&identity) {
            None => continue,
            Some(1) => delete(call, hosted).await,
            Some(_) => {
                Err((ErrorCode::INVALID_REQUEST, "the topic stands in the request more than once".to_owned()))
            }
        };
        let (error_code, error_message) = match deleted {
            Ok(()) => (ErrorCode::NONE, None),
            Err((error_code, message)) => (error_code, Some(message)),
        };
        let (name, topic_id) = identity;
        responses.push(DeletableTopicResult { name, topic_id, error_code, error_message });
    }
    DeleteTopicsResponse { responses, ..Default::default() }
}

/// Name and id of a topic that is there; else what the request says.
fn identity(hosted: &Result<Arc<HostedTopic>, Refusal>, topic: &DeleteTopicState) -> (Option<String>, Uuid) {
    match hosted {
        Ok(hosted) => (Some(hosted.name.to_string()), hosted.id),
        Err(_) => (topic.name.clone(), topic.topic_id),
    }
}

fn find(call: &Call<'_>, topic: &DeleteTopicState) -> Result<Arc<HostedTopic>, Refusal> {
    match (topic.name.as_deref(), topic.topic_id) {
        (Some(name), id) if id.is_nil() => call.broker.partitions.topic(name).ok_or_else(|| {
            (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("topic `{}` does not exist", name.escape_debug()))
        }),
        (None, id) if !id.is_nil() => call
            .broker
            .partitions
            .topic_by_id(id)
            .ok_or_else(|| (ErrorCode::UNKNOWN_TOPIC_ID, "there is no topic with this id".to_owned())),
        _ => {
            let message = "a topic is named by its name or by its id, not by neither or both";
            Err((ErrorCode::INVALID_REQUEST, message.to_owned()))
        }
    }
}

async fn delete(call: &Call<'_>, hosted: Result<Arc<HostedTopic>, Refusal>) -> Result<(), Refusal> {
    if !call.broker.settings.delete_topics {
        return Err((ErrorCode::TOPIC_DELETION_DISABLED, "`delete.topic.enable` is false".to_owned()));
    }
    let name = &hosted?.name;
    call.broker.topics.delete(name).await.map_err(|error| (error.code, error.message))?;
    let Some(groups) = &call.broker.groups else { return Ok(()) };
    groups.forget_missing_topics().await.map_err(|error_code| {
        (
            ErrorCode::KAFKA_STORAGE_ERROR,
            format!("the topic is gone, its committed offsets are not: {error_code}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    fn by_name(name: &str) -> DeleteTopicState {
        DeleteTopicState { name: Some(name.to_owned()), topic_id: Uuid::nil() }
    }

    fn by_id(topic_id: Uuid) -> DeleteTopicState {
        DeleteTopicState { name: None, topic_id }
    }

    async fn delete(bench: &Bench, topics: Vec<DeleteTopicState>) -> Vec<ErrorCode> {
        let request = DeleteTopicsRequest { topics, ..Default::default() };
        let response = handle(&bench.call(6), &request).await;
        response.responses.iter().map(|result| result.error_code).collect()
    }

    #[tokio::test]
    async fn by_name_and_by_id_with_all_committed_offsets() {
        let bench = Bench::new().await;
        let id = bench.topic("a", 1, &[]).await;
        bench.topic("b", 1, &[]).await;
        bench.commit("g", "a", 0, 5).await;
        assert_eq!(delete(&bench, vec![by_id(id), by_name("b")]).await, [ErrorCode::NONE, ErrorCode::NONE]);
        assert!(bench.broker.partitions.topic("a").is_none() && bench.broker.partitions.topic("b").is_none());
        assert_eq!(bench.committed("g", "a", 0).await, None);
    }

    #[tokio::test]
    async fn a_topic_that_is_named_twice_stays() {
        let bench = Bench::new().await;
        let id = bench.topic("a", 1, &[]).await;
        for twice in
            [vec![by_name("a"), by_name("a")], vec![by_id(id), by_id(id)], vec![by_name("a"), by_id(id)]]
        {
            assert_eq!(delete(&bench, twice).await, [ErrorCode::INVALID_REQUEST]);
        }
        assert!(bench.broker.partitions.topic("a").is_some());
    }

    #[tokio::test]
    async fn what_is_not_there_or_not_said_is_refused() {
        let bench = Bench::new().await;
        let id = bench.topic("a", 1, &[]).await;
        let both = DeleteTopicState { name: Some("a".to_owned()), topic_id: id };
        let wanted = vec![by_name("missing"), by_id(Uuid::from_u128(5)), by_id(Uuid::nil()), both];
        assert_eq!(
            delete(&bench, wanted).await,
            [
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                ErrorCode::UNKNOWN_TOPIC_ID,
                ErrorCode::INVALID_REQUEST,
                ErrorCode::INVALID_REQUEST
            ]
        );
        let bench = Bench::with(&[("delete.topic.enable", "false")]).await;
        bench.topic("a", 1, &[]).await;
        assert_eq!(delete(&bench, vec![by_name("a")]).await, [ErrorCode::TOPIC_DELETION_DISABLED]);
    }
}
