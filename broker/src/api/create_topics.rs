//! CreateTopics 0-7: creates topics; each one alone succeeds or fails.
//!
//! - 1: validate only, error messages. 2: throttle time. 4: -1 partitions or replicas mean the broker's defaults (KIP-464); they do
//!   here in every version. 5: flexible, the configuration comes back (KIP-525). 7: topic id (KIP-516).
//! - A name that stands twice in a request gets one result, INVALID_REQUEST.
//! - A topic is ready when the answer leaves: its directories exist and its logs are open.

use std::collections::HashMap;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::create_topics::{
    CreatableTopic, CreatableTopicConfigs, CreatableTopicResult, CreateTopicsRequest, CreateTopicsResponse,
};

use super::context::Call;
use crate::config::describe_topic;
use crate::topic_manager::{CreatedTopic, NewTopic, TopicError};

pub(super) async fn handle(call: &Call<'_>, request: &CreateTopicsRequest) -> CreateTopicsResponse {
    let mut named: HashMap<&str, usize> = HashMap::new();
    for topic in &request.topics {
        *named.entry(&topic.name).or_default() += 1;
    }
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        // Taken out at the first sight, so that a name which stands twice is answered once.
        let result = match named.remove(topic.name.as_str()) {
            None => continue,
            Some(1) => create(call, topic, request.validate_only).await,
            Some(_) => {
                let message = format!("topic `{}` stands in the request more than once", topic.name);
                Err(TopicError::new(ErrorCode::INVALID_REQUEST, message))
            }
        };
        topics.push(match result {
            Ok(created) => {
                if !request.validate_only {
                    tracing::info!(topic = topic.name, client_id = %call.client_id.escape_default(), "topic created");
                }
                succeeded(call, topic, &created)
            }
            Err(error) => failed(topic, error),
        });
    }
    CreateTopicsResponse { topics, ..Default::default() }
}

async fn create(
    call: &Call<'_>,
    topic: &CreatableTopic,
    validate_only: bool,
) -> Result<CreatedTopic, TopicError> {
    let new = NewTopic {
        name: topic.name.clone(),
        partitions: topic.num_partitions,
        replication_factor: topic.replication_factor,
        assignments: topic
            .assignments
            .iter()
            .map(|assignment| (assignment.partition_index, assignment.broker_ids.clone()))
            .collect(),
        configs: topic.configs.iter().map(|config| (config.name.clone(), config.value.clone())).collect(),
    };
    call.broker.topics.create(new, validate_only).await
}

fn succeeded(call: &Call<'_>, topic: &CreatableTopic, created: &CreatedTopic) -> CreatableTopicResult {
    let described = describe_topic(&created.configs, &call.broker.settings.values);
    let configs = described.into_iter().map(|config| CreatableTopicConfigs {
        name: config.name,
        value: config.value,
        read_only: config.read_only,
        config_source: config.source as i8,
        is_sensitive: config.sensitive,
    });
    CreatableTopicResult {
        name: topic.name.clone(),
        topic_id: created.id,
        error_code: ErrorCode::NONE,
        error_message: None,
        num_partitions: created.partitions,
        replication_factor: created.replication_factor,
        configs: Some(configs.collect()),
        ..Default::default()
    }
}

fn failed(topic: &CreatableTopic, error: TopicError) -> CreatableTopicResult {
    CreatableTopicResult {
        name: topic.name.clone(),
        error_code: error.code,
        error_message: Some(error.message),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;
    use fluxmq_protocol::messages::create_topics::CreatableTopicConfig;

    fn topic(name: &str) -> CreatableTopic {
        CreatableTopic {
            name: name.to_owned(),
            num_partitions: -1,
            replication_factor: -1,
            ..Default::default()
        }
    }

    async fn create(
        bench: &Bench,
        topics: Vec<CreatableTopic>,
        validate_only: bool,
    ) -> Vec<CreatableTopicResult> {
        let request = CreateTopicsRequest { topics, validate_only, ..Default::default() };
        handle(&bench.call(7), &request).await.topics
    }

    #[tokio::test]
    async fn a_created_topic_is_ready_and_described() {
        let bench = Bench::with(&[("num.partitions", "4")]).await;
        let mut orders = topic("orders");
        let config = CreatableTopicConfig { name: "retention.ms".to_owned(), value: Some("5".to_owned()) };
        orders.configs.push(config);
        let created = create(&bench, vec![orders], false).await.remove(0);
        assert_eq!((created.error_code, created.error_message), (ErrorCode::NONE, None));
        assert_eq!((created.num_partitions, created.replication_factor), (4, 1));
        let hosted = bench.broker.partitions.topic("orders").unwrap();
        assert_eq!((hosted.id, hosted.partitions().len()), (created.topic_id, 4));
        let configs = created.configs.unwrap();
        assert_eq!(configs.len(), 33);
        let retention = configs.iter().find(|config| config.name == "retention.ms").unwrap();
        assert_eq!((retention.value.as_deref(), retention.config_source), (Some("5"), 1));
    }

    #[tokio::test]
    async fn each_topic_stands_for_itself_and_a_name_that_comes_twice_is_answered_once() {
        let bench = Bench::new().await;
        let wanted = vec![topic("twice"), topic("a b"), topic("good"), topic("twice")];
        let results = create(&bench, wanted, false).await;
        let codes: Vec<_> = results.iter().map(|result| (result.name.as_str(), result.error_code)).collect();
        assert_eq!(
            codes,
            [
                ("twice", ErrorCode::INVALID_REQUEST),
                ("a b", ErrorCode::INVALID_TOPIC_EXCEPTION),
                ("good", ErrorCode::NONE)
            ]
        );
        assert!(results[0].error_message.is_some() && results[0].configs.as_deref() == Some(&[]));
        assert!(bench.broker.partitions.topic("twice").is_none());
    }

    #[tokio::test]
    async fn validation_alone_creates_nothing_and_still_tells_an_id() {
        let bench = Bench::new().await;
        let result = create(&bench, vec![topic("orders")], true).await.remove(0);
        assert_eq!(result.error_code, ErrorCode::NONE);
        assert!(!result.topic_id.is_nil());
        assert!(bench.broker.partitions.topics().is_empty());
    }
}
