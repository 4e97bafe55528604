//! Topics: which may exist, and how they come and go.
//!
//! A topic comes into being when the metadata say so; then its partitions' logs are opened. It ends in the same order.

mod growth;
mod internal;
mod name;
mod new_topic;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use fluxmq_protocol::{ErrorCode, Uuid};

pub(crate) use self::internal::{CONSUMER_OFFSETS, is_internal};
pub(crate) use self::name::is_legal_name;
pub(crate) use self::new_topic::{CreatedTopic, NewTopic};
use crate::config::{BrokerConfig, Settings, TopicSettings, segment_bytes};
use crate::error::{FluxmqError, Result};
use crate::metadata::command::Command;
use crate::metadata::image::{Refusal, TopicImage};
use crate::metadata::{Metadata, MetadataError};
use crate::partition::{Partitions, WantedTopic};
use crate::storage::{StorageError, public_kind};

/// How a topic is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicConfig {
    /// How many partitions, 1 to 10,000.
    pub num_partitions: u32,
    /// How many brokers keep each partition; 1, as there is one.
    pub replication_factor: u16,
    /// The bytes at which a partition's log begins a new segment, at least 1 MiB; more than 2,147,483,647 means that.
    pub segment_size: u64,
    /// How long records are kept, in milliseconds; -1 for ever, `None` as the broker is configured.
    pub retention_ms: Option<i64>,
}

impl Default for TopicConfig {
    fn default() -> Self {
        TopicConfig { num_partitions: 1, replication_factor: 1, segment_size: 1 << 30, retention_ms: None }
    }
}

/// A topic that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicInfo {
    /// Its name.
    pub name: String,
    /// Its id: another one when a topic of the same name is created again.
    pub id: Uuid,
    /// How many partitions it has.
    pub num_partitions: u32,
    /// How many brokers keep each partition.
    pub replication_factor: u16,
}

/// Creates, lists and deletes topics. Clones manage the same topics.
///
/// ```
/// use fluxmq::topic_manager::{TopicConfig, TopicManager};
///
/// let topics = TopicManager::new();
/// topics.create_topic("user-events", TopicConfig { num_partitions: 6, ..Default::default() })?;
/// assert_eq!(topics.list_topics()[0].num_partitions, 6);
/// topics.delete_topic("user-events")?;
/// # Ok::<(), fluxmq::FluxmqError>(())
/// ```
#[derive(Debug, Clone)]
pub struct TopicManager {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: Arc<Settings>,
    metadata: Arc<Metadata>,
    /// `None`: topics without logs, as for one who only wants to see what a broker would accept.
    partitions: Option<Arc<Partitions>>,
    /// Held while a topic comes or goes, so that metadata and logs change together.
    changing: Mutex<()>,
}

/// Why a topic does not come or go, as a Kafka client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicError {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
    /// What the disk said, where that is the reason.
    failure: Option<io::ErrorKind>,
}

impl TopicManager {
    /// Topics in memory that belong to no broker and hold no records.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the default configuration is valid and memory can be opened; tests hold this"
    )]
    pub fn new() -> Self {
        let (settings, metadata) = (
            Settings::resolve(&BrokerConfig::default()).expect("the default configuration is valid"),
            Metadata::in_memory("standalone").expect("memory can be opened"),
        );
        Self::with(Arc::new(settings), Arc::new(metadata), None)
    }

    /// The topics of a broker.
    pub(crate) fn over(
        settings: Arc<Settings>,
        metadata: Arc<Metadata>,
        partitions: Arc<Partitions>,
    ) -> TopicManager {
        Self::with(settings, metadata, Some(partitions))
    }

    fn with(settings: Arc<Settings>, metadata: Arc<Metadata>, partitions: Option<Arc<Partitions>>) -> Self {
        TopicManager { inner: Arc::new(Inner { settings, metadata, partitions, changing: Mutex::default() }) }
    }

    /// Creates a topic. Blocks until it is durable, where the broker keeps its data on a disk.
    ///
    /// # Errors
    /// [`FluxmqError::Refused`] when the name is not legal, taken, or too near to a taken one, or when a value is not possible.
    pub fn create_topic(&self, name: &str, config: TopicConfig) -> Result<()> {
        let wanted = NewTopic::from_config(name, &config)?;
        self.inner.create(&wanted, false)?;
        Ok(())
    }

    /// Every topic, in order of name.
    pub fn list_topics(&self) -> Vec<TopicInfo> {
        let image = self.inner.metadata.image();
        image
            .topics()
            .map(|topic| TopicInfo {
                name: topic.name.to_string(),
                id: topic.id,
                num_partitions: topic.partitions.unsigned_abs(),
                replication_factor: topic.replication_factor.unsigned_abs(),
            })
            .collect()
    }

    /// Deletes a topic with all its records. Blocks as [`Self::create_topic`] does.
    ///
    /// # Errors
    /// [`FluxmqError::Refused`] when there is no such topic.
    pub fn delete_topic(&self, name: &str) -> Result<()> {
        Ok(self.inner.delete(name)?)
    }

    /// Opens the logs of every topic that exists: what a broker does first.
    pub(crate) fn open_all(&self) -> std::result::Result<(), StorageError> {
        let Inner { metadata, partitions, .. } = &*self.inner;
        let Some(partitions) = partitions else { return Ok(()) };
        partitions.host(metadata.image().topics().map(|topic| self.inner.wanted(topic)).collect())?;
        partitions.forget_strays()
    }

    /// Creates a topic, or with `validate_only` only says what it would be.
    pub(crate) async fn create(
        &self,
        topic: NewTopic,
        validate_only: bool,
    ) -> std::result::Result<CreatedTopic, TopicError> {
        let inner = Arc::clone(&self.inner);
        let created = tokio::task::spawn_blocking(move || inner.create(&topic, validate_only));
        created.await.map_err(|_| TopicError::stopping())?
    }

    /// Creates a topic that is not there and that somebody needs, with the broker's defaults for topics of this name.
    pub(crate) async fn auto_create(&self, name: &str) -> std::result::Result<CreatedTopic, TopicError> {
        self.create(self.by_default(name), false).await
    }

    /// The same for those who may block, where it is missing; with so many partitions if that is known.
    pub(crate) fn auto_create_blocking(
        &self,
        name: &str,
        partitions: Option<i32>,
    ) -> std::result::Result<(), TopicError> {
        let default = self.by_default(name);
        let partitions = partitions.unwrap_or(default.partitions);
        match self.inner.create(&NewTopic { partitions, ..default }, false) {
            Err(error) if error.code != ErrorCode::TOPIC_ALREADY_EXISTS => Err(error),
            _ => Ok(()),
        }
    }

    fn by_default(&self, name: &str) -> NewTopic {
        let own = NewTopic::internal(name, &self.inner.settings);
        own.unwrap_or_else(|| NewTopic::with_defaults(name))
    }

    /// Deletes a topic.
    pub(crate) async fn delete(&self, name: &str) -> std::result::Result<(), TopicError> {
        let inner = Arc::clone(&self.inner);
        let name = name.to_owned();
        let deleted = tokio::task::spawn_blocking(move || inner.delete(&name));
        deleted.await.map_err(|_| TopicError::stopping())?
    }
}

impl Default for TopicManager {
    fn default() -> Self {
        Self::new()
    }
}

impl Inner {
    fn create(&self, topic: &NewTopic, validate_only: bool) -> std::result::Result<CreatedTopic, TopicError> {
        let created = topic.check(&self.settings, &self.metadata.image())?;
        if validate_only {
            return Ok(created);
        }
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.metadata.submit_blocking(&Command::CreateTopic {
            name: topic.name.clone(),
            id: created.id,
            partitions: created.partitions,
            replication_factor: created.replication_factor,
            configs: created.configs.clone(),
        })?;
        if let Err(error) = self.host(&topic.name, &created) {
            // A topic that cannot be served must not exist.
            if let Err(error) = self.metadata.submit_blocking(&Command::DeleteTopic { id: created.id }) {
                tracing::error!(topic = topic.name, %error, "a topic without logs could not be taken back");
            }
            return Err(error.into());
        }
        tracing::info!(topic = topic.name, id = %created.id, partitions = created.partitions, "topic created");
        Ok(created)
    }

    /// A topic as the logs are to be opened for it.
    fn wanted(&self, topic: &TopicImage) -> WantedTopic {
        WantedTopic {
            name: Arc::clone(&topic.name),
            id: topic.id,
            partitions: topic.partitions,
            settings: TopicSettings::resolve(&topic.configs, &self.settings.values),
        }
    }

    fn host(&self, name: &str, created: &CreatedTopic) -> std::result::Result<(), StorageError> {
        let Some(partitions) = &self.partitions else { return Ok(()) };
        partitions.host(vec![WantedTopic {
            name: name.into(),
            id: created.id,
            partitions: created.partitions,
            settings: TopicSettings::resolve(&created.configs, &self.settings.values),
        }])
    }

    fn delete(&self, name: &str) -> std::result::Result<(), TopicError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let image = self.metadata.image();
        let topic = image.topic(name).ok_or_else(|| TopicError::unknown(name))?;
        self.metadata.submit_blocking(&Command::DeleteTopic { id: topic.id })?;
        if let Some(partitions) = &self.partitions
            && let Err(error) = partitions.delete_topic(topic.id)
        {
            // It is gone for everybody; what is left are files that nobody reads.
            tracing::error!(topic = name, %error, "not all files of a deleted topic could be removed");
        }
        tracing::info!(topic = name, id = %topic.id, "topic deleted");
        Ok(())
    }
}

impl TopicError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        TopicError { code, message: message.into(), failure: None }
    }

    fn unknown(name: &str) -> Self {
        TopicError::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("topic `{name}` does not exist"))
    }

    fn stopping() -> Self {
        TopicError::new(ErrorCode::COORDINATOR_NOT_AVAILABLE, "the broker is stopping")
    }

    fn of_disk(kind: io::ErrorKind, message: String) -> Self {
        TopicError { code: ErrorCode::KAFKA_STORAGE_ERROR, message, failure: Some(kind) }
    }
}

impl fmt::Display for TopicError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for TopicError {}

impl From<TopicError> for FluxmqError {
    fn from(error: TopicError) -> Self {
        match error.failure {
            Some(kind) => FluxmqError::Storage(io::Error::new(public_kind(kind), error.message)),
            None => FluxmqError::Refused { code: error.code, message: error.message },
        }
    }
}

impl From<MetadataError> for TopicError {
    fn from(error: MetadataError) -> Self {
        match error {
            MetadataError::Refused(refusal) => refusal.into(),
            MetadataError::Journal(ref cause) => TopicError::of_disk(cause.kind(), error.to_string()),
            MetadataError::Stopping => TopicError::stopping(),
        }
    }
}

impl From<Refusal> for TopicError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::TopicExists(_) => ErrorCode::TOPIC_ALREADY_EXISTS,
            Refusal::TopicNameCollides { .. } => ErrorCode::INVALID_TOPIC_EXCEPTION,
            Refusal::UnknownTopic(_) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            Refusal::PartitionsExist { .. } => ErrorCode::INVALID_PARTITIONS,
            Refusal::ProducerIdsExhausted => ErrorCode::UNKNOWN_SERVER_ERROR,
        };
        TopicError::new(code, refusal.to_string())
    }
}

impl From<StorageError> for TopicError {
    fn from(error: StorageError) -> Self {
        TopicError::of_disk(error.kind(), error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(error: &FluxmqError) -> ErrorCode {
        match error {
            FluxmqError::Refused { code, .. } => *code,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn topics_come_and_go() {
        let topics = TopicManager::new();
        let config = TopicConfig {
            num_partitions: 6,
            replication_factor: 1,
            segment_size: 1024 * 1024 * 1024,
            retention_ms: Some(7 * 24 * 60 * 60 * 1000),
        };
        topics.create_topic("user-events", config).unwrap();
        topics.create_topic("orders", TopicConfig::default()).unwrap();
        let listed = topics.list_topics();
        assert_eq!(
            listed.iter().map(|topic| topic.name.as_str()).collect::<Vec<_>>(),
            ["orders", "user-events"]
        );
        assert_eq!(listed[1].num_partitions, 6);
        let error = topics.create_topic("orders", config).unwrap_err();
        assert_eq!(code(&error), ErrorCode::TOPIC_ALREADY_EXISTS);
        topics.delete_topic("orders").unwrap();
        let error = topics.delete_topic("orders").unwrap_err();
        assert_eq!(code(&error), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        assert_eq!(topics.clone().list_topics().len(), 1);
    }

    #[test]
    fn a_topic_that_comes_again_has_another_id() {
        let topics = TopicManager::new();
        let mut ids = Vec::new();
        for _ in 0..3 {
            topics.create_topic("orders", TopicConfig::default()).unwrap();
            ids.push(topics.list_topics()[0].id);
            topics.delete_topic("orders").unwrap();
        }
        ids.dedup();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn impossible_topics_are_refused() {
        let topics = TopicManager::new();
        let default = TopicConfig::default();
        for (config, expected) in [
            (TopicConfig { num_partitions: 0, ..default }, ErrorCode::INVALID_PARTITIONS),
            (TopicConfig { num_partitions: u32::MAX, ..default }, ErrorCode::POLICY_VIOLATION),
            (TopicConfig { replication_factor: 0, ..default }, ErrorCode::INVALID_REPLICATION_FACTOR),
            (TopicConfig { replication_factor: 3, ..default }, ErrorCode::INVALID_REPLICATION_FACTOR),
            (TopicConfig { segment_size: 5, ..default }, ErrorCode::INVALID_CONFIG),
            (TopicConfig { retention_ms: Some(-2), ..default }, ErrorCode::INVALID_CONFIG),
        ] {
            assert_eq!(code(&topics.create_topic("orders", config).unwrap_err()), expected, "{config:?}");
        }
        topics.create_topic("huge", TopicConfig { segment_size: 4 << 30, ..default }).unwrap();
    }

    #[tokio::test]
    async fn validation_alone_creates_nothing() {
        let topics = TopicManager::new();
        let created = topics.create(NewTopic::with_defaults("orders"), true).await.unwrap();
        assert!(!created.id.is_nil());
        assert!(topics.list_topics().is_empty());
        topics.auto_create("orders").await.unwrap();
        let error = topics.create(NewTopic::with_defaults("orders"), true).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::TOPIC_ALREADY_EXISTS);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_many_at_once_one_creates_the_topic() {
        let topics = TopicManager::new();
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let topics = topics.clone();
                tokio::spawn(async move { topics.auto_create("orders").await })
            })
            .collect();
        let mut created = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => created += 1,
                Err(error) => assert_eq!(error.code, ErrorCode::TOPIC_ALREADY_EXISTS),
            }
        }
        assert_eq!(created, 1);
    }
}
