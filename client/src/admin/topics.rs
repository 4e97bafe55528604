//! Topics: create, delete, list, describe.

use std::collections::BTreeMap;

use fluxmq_protocol::messages::create_topics::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use fluxmq_protocol::messages::delete_topics::{DeleteTopicState, DeleteTopicsRequest};
use fluxmq_protocol::{ErrorCode, Uuid};
use serde::Serialize;

use super::configs::{ConfigResource, ConfigSource};
use super::{Admin, Outcomes, retry};
use crate::error::ClientError;
use crate::metadata_cache::{PartitionMetadata, TopicMetadata};

/// A topic to be created.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// How many partitions; `None` for the broker's default. Must be `None` with assignments.
    pub partitions: Option<i32>,
    /// How many replicas of each partition; `None` for the broker's default. Must be `None` with assignments.
    pub replication_factor: Option<i16>,
    /// Configurations that differ from the broker's.
    pub configs: BTreeMap<String, String>,
    /// The brokers of each partition's replicas, the preferred leader first; empty leaves the choice to the cluster.
    pub assignments: Vec<Vec<i32>>,
}

impl NewTopic {
    /// A topic with this many partitions, else the broker's defaults.
    pub fn new(name: impl Into<String>, partitions: i32) -> Self {
        NewTopic { name: name.into(), partitions: Some(partitions), ..NewTopic::default() }
    }

    /// Sets the number of replicas.
    #[must_use]
    pub fn replication_factor(mut self, replicas: i16) -> Self {
        self.replication_factor = Some(replicas);
        self
    }

    /// Sets a configuration.
    #[must_use]
    pub fn config(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.configs.insert(key.into(), value.into());
        self
    }

    fn creatable(&self) -> CreatableTopic {
        let assignment = |(partition, brokers): (usize, &Vec<i32>)| CreatableReplicaAssignment {
            partition_index: partition as i32,
            broker_ids: brokers.clone(),
        };
        let config = |(name, value): (&String, &String)| CreatableTopicConfig {
            name: name.clone(),
            value: Some(value.clone()),
        };
        CreatableTopic {
            name: self.name.clone(),
            num_partitions: self.partitions.unwrap_or(-1),
            replication_factor: self.replication_factor.unwrap_or(-1),
            assignments: self.assignments.iter().enumerate().map(assignment).collect(),
            configs: self.configs.iter().map(config).collect(),
        }
    }
}

/// A topic that was created, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreatedTopic {
    /// Its id; nil where the broker does not say.
    pub topic_id: Uuid,
    /// How many partitions it has, where the broker says.
    pub partitions: Option<i32>,
    /// How many replicas each partition has, where the broker says.
    pub replication_factor: Option<i16>,
}

/// A topic in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TopicListing {
    /// Its name.
    pub name: String,
    /// Its id; nil where the broker has none.
    pub topic_id: Uuid,
    /// Whether it belongs to the cluster itself.
    pub is_internal: bool,
    /// How many partitions it has.
    pub partitions: usize,
    /// How many replicas its first partition has.
    pub replication_factor: usize,
}

/// A topic: what was asked for and what is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// What was asked for.
    pub spec: TopicSpec,
    /// What is.
    pub status: TopicStatus,
}

/// What was asked for when a topic was created or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TopicSpec {
    /// The topic's name.
    pub name: String,
    /// How many partitions.
    pub partitions: usize,
    /// How many replicas of each partition.
    pub replication_factor: usize,
    /// The topic's own configurations; empty also where they may not be read.
    pub configs: BTreeMap<String, String>,
}

/// What a topic is at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TopicStatus {
    /// The topic's id; nil where the broker has none.
    pub topic_id: Uuid,
    /// Whether it belongs to the cluster itself.
    pub is_internal: bool,
    /// Whether it can be written and read.
    pub state: TopicState,
    /// Its partitions, in order.
    pub partitions: Vec<PartitionStatus>,
}

/// Whether a topic can be written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum TopicState {
    /// Every partition has a leader.
    Online,
    /// A partition has no leader.
    LeaderOffline,
}

/// What a partition is at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartitionStatus {
    /// The partition's number.
    pub partition: i32,
    /// The broker that leads it.
    pub leader: Option<i32>,
    /// How often the leader has changed, -1 where the broker does not say.
    pub leader_epoch: i32,
    /// The brokers that hold it.
    pub replicas: Vec<i32>,
    /// Those that are in sync.
    pub in_sync_replicas: Vec<i32>,
    /// Those that are not there.
    pub offline_replicas: Vec<i32>,
}

impl From<&PartitionMetadata> for PartitionStatus {
    fn from(partition: &PartitionMetadata) -> Self {
        PartitionStatus {
            partition: partition.partition,
            leader: partition.leader,
            leader_epoch: partition.leader_epoch,
            replicas: partition.replicas.clone(),
            in_sync_replicas: partition.in_sync_replicas.clone(),
            offline_replicas: partition.offline_replicas.clone(),
        }
    }
}

impl Admin {
    /// Creates topics, or with `validate_only` says whether that would succeed.
    pub async fn create_topics(
        &self,
        topics: &[NewTopic],
        validate_only: bool,
    ) -> Result<Outcomes<String, CreatedTopic>, ClientError> {
        let request = CreateTopicsRequest {
            topics: topics.iter().map(NewTopic::creatable).collect(),
            timeout_ms: self.timeout_ms(),
            validate_only,
        };
        let response = retry!(self, async {
            let response = self.client.controller_connection().await?.send(request.clone()).await?;
            let moved = response.topics.iter().any(|topic| topic.error_code == ErrorCode::NOT_CONTROLLER);
            if moved { Err(not_controller()) } else { Ok(response) }
        });
        let outcome = |topic: fluxmq_protocol::messages::create_topics::CreatableTopicResult| {
            let created = CreatedTopic {
                topic_id: topic.topic_id,
                partitions: (topic.num_partitions >= 0).then_some(topic.num_partitions),
                replication_factor: (topic.replication_factor >= 0).then_some(topic.replication_factor),
            };
            let result = outcome_of(topic.error_code, topic.error_message, created, || {
                format!("create topic `{}`", topic.name)
            });
            (topic.name, result)
        };
        Ok(response.topics.into_iter().map(outcome).collect())
    }

    /// Deletes topics with all their records.
    pub async fn delete_topics(&self, topics: &[&str]) -> Result<Outcomes<String, ()>, ClientError> {
        let names = || topics.iter().map(|topic| (*topic).to_owned());
        let state = |name| DeleteTopicState { name: Some(name), ..DeleteTopicState::default() };
        let request = DeleteTopicsRequest {
            topics: names().map(state).collect(),
            topic_names: names().collect(),
            timeout_ms: self.timeout_ms(),
        };
        let response = retry!(self, async {
            let response = self.client.controller_connection().await?.send(request.clone()).await?;
            let moved = response.responses.iter().any(|topic| topic.error_code == ErrorCode::NOT_CONTROLLER);
            if moved { Err(not_controller()) } else { Ok(response) }
        });
        let outcome = |topic: fluxmq_protocol::messages::delete_topics::DeletableTopicResult| {
            let name = topic.name.unwrap_or_default();
            let context = || format!("delete topic `{name}`");
            let result = outcome_of(topic.error_code, topic.error_message, (), context);
            (name, result)
        };
        Ok(response.responses.into_iter().map(outcome).collect())
    }

    /// All topics, by name; the cluster's own where `include_internal` says so.
    pub async fn list_topics(&self, include_internal: bool) -> Result<Vec<TopicListing>, ClientError> {
        let metadata = retry!(self, self.client.refresh_metadata_with(None, false));
        let mut topics: Vec<TopicListing> = metadata
            .topics
            .iter()
            .filter(|topic| topic.error_code.is_ok() && (include_internal || !topic.is_internal))
            .map(|topic| TopicListing {
                name: topic.name.to_string(),
                topic_id: topic.topic_id,
                is_internal: topic.is_internal,
                partitions: topic.partitions.len(),
                replication_factor: replication_factor(topic),
            })
            .collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(topics)
    }

    /// Describes topics: partitions, leaders, and their own configurations where those may be read.
    pub async fn describe_topics(&self, topics: &[&str]) -> Result<Outcomes<String, Topic>, ClientError> {
        let metadata = retry!(self, self.client.metadata_topics(topics));
        let known: Vec<ConfigResource> = metadata
            .iter()
            .filter(|topic| topic.error_code.is_ok())
            .map(|topic| ConfigResource::topic(&*topic.name))
            .collect();
        let mut configs: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        if !known.is_empty()
            && let Ok(described) = self.describe_configs(&known).await
        {
            for (resource, entries) in described {
                let own = entries.unwrap_or_default().into_iter();
                let own = own.filter(|entry| entry.source == ConfigSource::DynamicTopic);
                let own = own.filter_map(|entry| Some((entry.name, entry.value?)));
                configs.insert(resource.name, own.collect());
            }
        }
        let describe = |topic: &TopicMetadata| {
            let name = topic.name.to_string();
            ClientError::check(topic.error_code, || format!("topic `{name}`"))?;
            let configs = configs.get(&name).cloned().unwrap_or_default();
            let (partitions, replication_factor) = (topic.partitions.len(), replication_factor(topic));
            Ok(Topic {
                spec: TopicSpec { name, partitions, replication_factor, configs },
                status: TopicStatus {
                    topic_id: topic.topic_id,
                    is_internal: topic.is_internal,
                    state: if topic.is_led() { TopicState::Online } else { TopicState::LeaderOffline },
                    partitions: topic.partitions.iter().map(PartitionStatus::from).collect(),
                },
            })
        };
        Ok(metadata.iter().map(|topic| (topic.name.to_string(), describe(topic))).collect())
    }
}

fn replication_factor(topic: &TopicMetadata) -> usize {
    topic.partitions.first().map_or(0, |partition| partition.replicas.len())
}

pub(super) fn not_controller() -> ClientError {
    ClientError::server(ErrorCode::NOT_CONTROLLER, "a change of topics", None)
}

/// `Ok(value)`, or the refusal with the broker's words.
pub(super) fn outcome_of<T>(
    error_code: ErrorCode,
    message: Option<String>,
    value: T,
    context: impl FnOnce() -> String,
) -> Result<T, ClientError> {
    if error_code.is_ok() { Ok(value) } else { Err(ClientError::server(error_code, context(), message)) }
}
