//! The store of a broker as one thing: data directory, flusher, metadata, logs and topics. A broker serves one to clients;
//! [`HybridStorage`] and [`InMemoryStorage`] hand the same one to programs that need no network.

mod hybrid;
mod in_memory;
mod message;

use std::sync::Arc;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::record::{DECOMPRESSED_BYTES_MAX, batches};

pub use self::hybrid::HybridStorage;
pub use self::in_memory::InMemoryStorage;
pub use self::message::{Message, MessageHeader};
use crate::config::{BrokerConfig, Durability, Settings};
use crate::env::clock::{Clock, SystemClock};
use crate::error::{FluxmqError, Result};
use crate::metadata::Metadata;
use crate::partition::{Durable, HostedTopic, Housekeeping, Intervals, Partition, Partitions, Store};
use crate::storage::StorageError;
use crate::storage::data_dir::DataDir;
use crate::storage::flusher::Flusher;
use crate::storage::log::{AppendError, ReadError};
use crate::storage::validate::{self, BatchRefusal};
use crate::topic_manager::TopicManager;

/// How much of a log is read at once.
const READ_BYTES: usize = 1 << 20;

/// An open store.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) data_dir: Arc<DataDir>,
    pub(crate) metadata: Arc<Metadata>,
    pub(crate) partitions: Arc<Partitions>,
    pub(crate) topics: TopicManager,
}

impl Engine {
    /// Opens the store of a configuration, with somebody who keeps house as a server does.
    fn with(config: &BrokerConfig) -> Result<(Engine, Housekeeping)> {
        let settings = Arc::new(Settings::resolve(config)?);
        let engine = Engine::open(&settings)?;
        let housekeeping =
            Housekeeping::start(Arc::clone(&engine.partitions), Intervals::of(&settings.values))?;
        Ok((engine, housekeeping))
    }

    /// Opens the store that the settings name: in a directory, or in memory where they name none.
    pub(crate) fn open(settings: &Arc<Settings>) -> Result<Engine> {
        let data_dir = match &settings.data_dir {
            Some(path) => DataDir::open(path, settings.node_id, settings.disk_free_min)?,
            None => DataDir::in_memory(settings.node_id)?,
        };
        data_dir.refuse_unfinished_import()?;
        Engine::over(settings, data_dir)
    }

    /// Opens the store in a directory.
    pub(crate) fn over(settings: &Arc<Settings>, data_dir: DataDir) -> Result<Engine> {
        let data_dir = Arc::new(data_dir);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let durable = match data_dir.disk() {
            Some(disk) => Some(Durable {
                flusher: Arc::new(Flusher::start()?),
                disk: Arc::clone(disk),
                strict: settings.durability == Durability::Strict,
                since_checkpoint: Arc::default(),
            }),
            None => None,
        };
        let store = Store { data_dir: Arc::clone(&data_dir), clock: Arc::clone(&clock), durable };
        let partitions = Arc::new(Partitions::new(store));
        let files = Arc::clone(data_dir.files());
        let metadata = Arc::new(Metadata::open(files, data_dir.path(), data_dir.cluster_id())?);
        let topics = TopicManager::over(Arc::clone(settings), Arc::clone(&metadata), Arc::clone(&partitions));
        topics.open_all()?;
        Ok(Engine { clock, data_dir, metadata, partitions, topics })
    }

    /// Writes everything down for a clean stop. The directory is unlocked when the engine is dropped.
    pub(crate) fn close(&self) -> Result<()> {
        Ok(self.partitions.close()?)
    }

    /// Appends messages to a log, which is opened when it is missing, and waits until they are committed. Returns the offset of the
    /// first.
    async fn append(&self, topic: &str, partition: i32, messages: Vec<Message>) -> Result<i64> {
        let hosted = self.open_log(topic, partition).await?;
        let partition = find(&hosted, topic, partition)?;
        if messages.is_empty() {
            return Ok(partition.with_log(|log| log.log_end_offset()));
        }
        let now_ms = self.clock.now_ms();
        let rules = hosted.settings.load().produce_rules(now_ms, true, false);
        let mut batches = message::to_batches(messages, rules.max_message_bytes)?;
        let checked = batches.iter_mut().map(|batch| validate::check(batch, &rules));
        let mut checked = checked.collect::<std::result::Result<Vec<_>, _>>()?;
        let appended = partition.append_all(&mut checked, true, now_ms);
        // Also after a failure: the first of several batches may have been appended.
        partition.write();
        let (base_offset, pending) = appended?;
        partition.settle(pending).await?;
        Ok(base_offset)
    }

    /// The hosted topic, made or enlarged when the partition is missing.
    async fn open_log(&self, topic: &str, partition: i32) -> Result<Arc<HostedTopic>> {
        let hosted = self.partitions.topic(topic);
        if let Some(hosted) = hosted.filter(|hosted| hosted.partition(partition).is_some()) {
            return Ok(hosted);
        }
        self.topics.ensure_partition(topic, partition).await?;
        self.partitions.topic(topic).ok_or_else(|| unknown(topic, partition))
    }

    /// Committed messages from `offset` on, with their offsets.
    async fn fetch(
        &self,
        topic: &str,
        partition: i32,
        mut offset: i64,
        max_records: usize,
    ) -> Result<Vec<(i64, Message)>> {
        let hosted = self.partitions.topic(topic).ok_or_else(|| unknown(topic, partition))?;
        let partition = find(&hosted, topic, partition)?;
        let mut found = Vec::new();
        while found.len() < max_records {
            let Some(slice) = partition.read(offset, -1, READ_BYTES, false, true)?.slice else { break };
            let from = offset;
            for batch in batches(slice.bytes()?) {
                let batch = batch.map_err(StorageError::from)?;
                if !batch.header().attributes.is_control() {
                    for record in batch.records(DECOMPRESSED_BYTES_MAX).map_err(StorageError::from)? {
                        let record = record.map_err(StorageError::from)?;
                        if record.offset >= offset && found.len() < max_records {
                            found.push((record.offset, Message::from(record)));
                        }
                    }
                }
                offset = batch.header().next_offset();
            }
            if offset == from {
                return Err(ReadError::Damaged(offset).into());
            }
            // Other tasks have their turn before the next piece of a large fetch.
            if found.len() < max_records {
                tokio::task::yield_now().await;
            }
        }
        Ok(found)
    }
}

fn find<'a>(hosted: &'a HostedTopic, topic: &str, partition: i32) -> Result<&'a Arc<Partition>> {
    hosted.partition(partition).ok_or_else(|| unknown(topic, partition))
}

fn unknown(topic: &str, partition: i32) -> FluxmqError {
    FluxmqError::Refused {
        code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        message: format!("there is no partition {partition} of a topic `{topic}`; an append makes it"),
    }
}

impl From<BatchRefusal> for FluxmqError {
    fn from(refusal: BatchRefusal) -> Self {
        let first = refusal.record_errors.into_iter().find_map(|(index, what)| Some((index, what?)));
        let message = match first {
            Some((index, what)) => format!("{}; the first is record {index}: {what}", refusal.message),
            None => refusal.message,
        };
        FluxmqError::Refused { code: refusal.error_code, message }
    }
}

impl From<AppendError> for FluxmqError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Storage(error) => error.into(),
            refused => FluxmqError::Refused { code: refused.code(), message: refused.to_string() },
        }
    }
}

impl From<ReadError> for FluxmqError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Storage(error) => error.into(),
            refused => FluxmqError::Refused { code: refused.code(), message: refused.to_string() },
        }
    }
}

#[cfg(test)]
mod tests;
