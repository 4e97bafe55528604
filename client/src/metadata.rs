//! Asking the cluster what there is: brokers, topics, leaders.

use std::sync::Arc;
use std::time::Duration;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::metadata::{MetadataRequest, MetadataRequestTopic};

use crate::client::Client;
use crate::config::MetadataRecovery;
use crate::error::{ClientError, is_stale_metadata};
use crate::metadata_cache::{ClusterMetadata, TopicMetadata};
use crate::retry::{Backoff, Deadline};

/// How many brokers one refresh asks before it gives up.
const REFRESH_ATTEMPTS_MAX: u32 = 3;

impl Client {
    /// Learns the cluster's brokers and its controller anew.
    pub async fn refresh_metadata(&self) -> Result<ClusterMetadata, ClientError> {
        self.refresh_metadata_with(Some(Vec::new()), false).await
    }

    /// Learns brokers and the given topics anew; `None` asks for all topics. `create` lets the broker create topics
    /// that do not exist, where it is configured to.
    pub async fn refresh_metadata_with(
        &self,
        topics: Option<Vec<String>>,
        create: bool,
    ) -> Result<ClusterMetadata, ClientError> {
        let mut backoff = self.backoff();
        let mut attempt = 1;
        loop {
            match self.ask_for_metadata(topics.as_deref(), create).await {
                Ok(metadata) => return Ok(metadata),
                // Nobody answers at any address: whoever called knows better whether to wait.
                Err(error @ ClientError::Connect { .. }) => return Err(error),
                Err(error) if attempt >= REFRESH_ATTEMPTS_MAX || !error.is_retriable() => return Err(error),
                Err(error) => tracing::debug!(%error, attempt, "metadata could not be refreshed"),
            }
            tokio::time::sleep(backoff.next()).await;
            attempt += 1;
        }
    }

    async fn ask_for_metadata(
        &self,
        topics: Option<&[String]>,
        create: bool,
    ) -> Result<ClusterMetadata, ClientError> {
        let connection = self.any_connection().await?;
        let version = connection.versions().negotiate::<MetadataRequest>()?;
        let named = topics.map(|topics| {
            let topic =
                |name: &String| MetadataRequestTopic { name: Some(name.clone()), ..Default::default() };
            topics.iter().map(topic).collect::<Vec<_>>()
        });
        let request = MetadataRequest {
            // In version 0 an empty list asks for all topics and null is not known.
            topics: if version == 0 { Some(named.unwrap_or_default()) } else { named },
            allow_auto_topic_creation: create || version < 4,
            ..MetadataRequest::default()
        };
        let timeout = self.connection_options().request_timeout;
        let response = connection.send_version(&request, version, timeout).await?;
        if response.error_code == ErrorCode::REBOOTSTRAP_REQUIRED
            && self.inner.settings.metadata_recovery == MetadataRecovery::Rebootstrap
        {
            self.inner.pool.refresh_brokers(Vec::new());
            self.inner.pool.reconnect_bootstrap().await?;
            return Err(ClientError::Disconnected {
                address: connection.address().to_owned(),
                reason: "the broker asked to start again from the bootstrap servers".to_owned(),
            });
        }
        ClientError::check(response.error_code, || "the cluster's metadata".to_owned())?;
        let metadata = ClusterMetadata::from_response(response);
        if !metadata.brokers.is_empty() {
            self.inner.pool.refresh_brokers(metadata.brokers.clone());
        }
        self.inner.cache.update(&metadata);
        Ok(metadata)
    }

    /// Describes topics as the cluster knows them at this moment, creating none. A topic that cannot be described
    /// comes with its error code.
    pub async fn metadata_topics(&self, topics: &[&str]) -> Result<Vec<TopicMetadata>, ClientError> {
        let named = topics.iter().map(|topic| (*topic).to_owned()).collect();
        Ok(self.refresh_metadata_with(Some(named), false).await?.topics)
    }

    /// What is known about a topic; asks the cluster when nothing is. While a topic is being created its leaders
    /// appear with a delay, so an answer without them is not the last word until `wait` has passed.
    pub(crate) async fn topic(
        &self,
        name: &str,
        create: bool,
        wait: Duration,
    ) -> Result<Arc<TopicMetadata>, ClientError> {
        if let Some(topic) = self.inner.cache.topic(name) {
            return Ok(topic);
        }
        let deadline = Deadline::after(wait);
        let mut backoff = self.backoff();
        loop {
            let error = match self.ask_for_topic(name, create).await {
                Ok(topic) if topic.is_led() || deadline.is_past() => return Ok(topic),
                Ok(_) => {
                    ClientError::server(ErrorCode::LEADER_NOT_AVAILABLE, format!("topic `{name}`"), None)
                }
                Err(error) => error,
            };
            let worth_a_wait = error.error_code().is_some_and(is_stale_metadata);
            // A topic that is being created is there within moments; one that is not there will not come by waiting.
            let grace = match error.error_code() {
                Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => self.inner.settings.topic_wait.min(wait),
                _ => wait,
            };
            let waited = wait.saturating_sub(deadline.left());
            if !worth_a_wait || waited >= grace || !deadline.sleep(backoff.next()).await {
                return Err(error);
            }
        }
    }

    /// What the cluster says of a topic now, such as partitions that were added.
    pub(crate) async fn topic_anew(&self, name: &str) -> Result<Arc<TopicMetadata>, ClientError> {
        self.ask_for_topic(name, false).await
    }

    async fn ask_for_topic(&self, name: &str, create: bool) -> Result<Arc<TopicMetadata>, ClientError> {
        let metadata = self.refresh_metadata_with(Some(vec![name.to_owned()]), create).await?;
        let topic = metadata.topics.iter().find(|topic| *topic.name == *name);
        let error_code = topic.map_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, |topic| topic.error_code);
        ClientError::check(error_code, || format!("topic `{name}`"))?;
        self.inner.cache.topic(name).ok_or_else(|| {
            ClientError::server(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("topic `{name}`"), None)
        })
    }

    pub(crate) fn backoff(&self) -> Backoff {
        Backoff::new(self.inner.settings.retry_backoff, self.inner.settings.retry_backoff_max)
    }
}
