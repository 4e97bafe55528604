//! The producer: gathers records into batches and delivers each batch once, in order.
//!
//! `send` appends to the open batch of a partition and returns; one task per producer (`sender`) takes batches that
//! are full, or have lingered, to the partitions' leaders. The records of a batch share one fate ([`Delivery`]).

mod accumulator;
mod batch;
mod config;
mod hash;
mod idempotence;
mod lane;
mod outcome;
mod partitioner;
mod payload;
mod record;
mod request;
mod sender;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::task::AbortHandle;

pub use batch::Delivery;
pub use config::{Acks, ProducerConfig};
pub use partitioner::{CustomPartitioner, Partitioner};
pub use payload::{Deliveries, IntoField, ManyPairs, ManyRecords, OnePair, OneRecord, Payload};
pub use record::{ProducerRecord, RecordMetadata};

use accumulator::{Accumulator, PartitionQueue, TopicQueues};
use partitioner::Unplaced;

use crate::client::Client;
use crate::error::ClientError;

/// Writes records to topics. Cheap to clone; all clones share their batches. Records that are not sent when the last
/// clone is dropped fail: call [`Producer::flush`] or [`Producer::close`] first.
#[derive(Debug, Clone)]
pub struct Producer {
    handle: Arc<ProducerHandle>,
    default_topic: Option<Arc<str>>,
}

/// Ends the sending task with the last clone.
#[derive(Debug)]
struct ProducerHandle {
    client: Client,
    accumulator: Arc<Accumulator>,
    sender: AbortHandle,
}

impl Drop for ProducerHandle {
    fn drop(&mut self) {
        self.sender.abort();
    }
}

impl Client {
    /// A producer for any topic. Must be called within a Tokio runtime, where its sending task runs.
    pub fn producer(&self, config: ProducerConfig) -> Result<Producer, ClientError> {
        Producer::start(self.clone(), config, None)
    }

    /// A producer for one topic, which takes plain pairs of key and value.
    pub fn topic_producer(
        &self,
        topic: impl Into<String>,
        config: ProducerConfig,
    ) -> Result<Producer, ClientError> {
        Producer::start(self.clone(), config, Some(topic.into().into()))
    }
}

impl Producer {
    fn start(
        client: Client,
        config: ProducerConfig,
        default_topic: Option<Arc<str>>,
    ) -> Result<Self, ClientError> {
        config.validate()?;
        let accumulator = Arc::new(Accumulator::new(config));
        let task = sender::task(client.clone(), Arc::clone(&accumulator));
        let sender = tokio::spawn(task).abort_handle();
        let handle = Arc::new(ProducerHandle { client, accumulator, sender });
        Ok(Producer { handle, default_topic })
    }

    /// The settings that the producer was made with.
    pub fn config(&self) -> &ProducerConfig {
        &self.handle.accumulator.config
    }

    /// Takes a record, a pair of key and value, or many of either. Returns once there is room for it, with a future
    /// that resolves when the broker has acknowledged it. Records of one partition are stored in the order of these
    /// calls. Fails at once when the topic or partition does not exist or a record is too large.
    pub async fn send<Kind, P: Payload<Kind>>(&self, payload: P) -> Result<P::Delivery, ClientError> {
        payload.send_through(self).await
    }

    /// As [`Self::send`], for one record.
    pub async fn send_record(&self, record: ProducerRecord) -> Result<Delivery, ClientError> {
        let accumulator = &*self.handle.accumulator;
        let mut topic = match accumulator.topic(self.topic_of(&record)?) {
            Some(topic) => topic,
            None => self.learn_topic(self.topic_of(&record)?).await?,
        };
        if record.partition.is_some_and(|partition| partition >= topic.queues.len() as i32) {
            // It may have been added since.
            topic = accumulator.update_topic(&*self.handle.client.topic_anew(&topic.name).await?);
        }
        let size = record.size_max();
        let config = &accumulator.config;
        if size > config.max_request_size.min(config.buffer_memory) {
            return Err(ClientError::InvalidArgument(format!(
                "a record of about {size} bytes for topic `{}` is larger than `max_request_size` ({}) or \
                 `buffer_memory` ({})",
                topic.name, config.max_request_size, config.buffer_memory
            )));
        }
        let queue = self.queue_of(&topic, &record, size)?;
        match accumulator.memory.try_acquire_many(size as u32) {
            Ok(permits) => permits.forget(),
            Err(_) => self.wait_for_memory(size).await?,
        }
        accumulator.append(queue, &record, record.timestamp.unwrap_or_else(now_ms), size)
    }

    fn topic_of<'a>(&'a self, record: &'a ProducerRecord) -> Result<&'a str, ClientError> {
        match &self.default_topic {
            _ if !record.topic.is_empty() => Ok(&record.topic),
            Some(topic) => Ok(topic),
            None => Err(ClientError::InvalidArgument(
                "a record without a topic; give it one, or make the producer with `topic_producer`"
                    .to_owned(),
            )),
        }
    }

    async fn learn_topic(&self, name: &str) -> Result<Arc<TopicQueues>, ClientError> {
        let ProducerHandle { client, accumulator, .. } = &*self.handle;
        let config = &accumulator.config;
        let metadata = client.topic(name, config.allow_auto_create_topics, config.max_block).await?;
        Ok(accumulator.update_topic(&metadata))
    }

    fn queue_of<'a>(
        &self,
        topic: &'a TopicQueues,
        record: &ProducerRecord,
        size: usize,
    ) -> Result<&'a Arc<PartitionQueue>, ClientError> {
        let count = topic.queues.len() as i32;
        let config = self.config();
        let partition = record.partition.unwrap_or_else(|| {
            let unplaced = Unplaced {
                topic: &topic.name,
                key: record.key.as_deref(),
                value: record.value.as_deref(),
                size,
            };
            config.partitioner.choose(unplaced, count, &topic.available, &topic.choice, config.batch_size)
        });
        let queue = usize::try_from(partition).ok().and_then(|partition| topic.queues.get(partition));
        queue.ok_or_else(|| {
            ClientError::InvalidArgument(format!(
                "topic `{}` has no partition {partition}, its {count} are numbered from 0",
                topic.name
            ))
        })
    }

    #[cold]
    async fn wait_for_memory(&self, size: usize) -> Result<(), ClientError> {
        let accumulator = &*self.handle.accumulator;
        let _waiting = Counted::new(&accumulator.memory_waiters);
        accumulator.work.notify_one();
        let max_block = accumulator.config.max_block;
        match tokio::time::timeout(max_block, accumulator.memory.acquire_many(size as u32)).await {
            Ok(Ok(permits)) => {
                permits.forget();
                Ok(())
            }
            Ok(Err(_)) => Err(ClientError::Closed("producer")),
            Err(_) => Err(ClientError::timeout_after(
                "waiting for room in the producer's `buffer_memory`, which is full of records not yet delivered",
                max_block,
                accumulator.trouble(),
            )),
        }
    }

    /// Sends what is gathered without lingering, and waits until every record taken before this call is delivered or
    /// given up. How each ended, its own future tells.
    pub async fn flush(&self) -> Result<(), ClientError> {
        let accumulator = &*self.handle.accumulator;
        let _flushing = Counted::new(&accumulator.flushing);
        accumulator.work.notify_one();
        for batch in accumulator.unsettled() {
            batch.settled().await;
        }
        Ok(())
    }

    /// Delivers what is gathered and takes no more records.
    pub async fn close(self) -> Result<(), ClientError> {
        self.handle.accumulator.closed.store(true, Ordering::Release);
        self.flush().await?;
        self.handle.accumulator.memory.close();
        Ok(())
    }
}

/// Counts somebody in for as long as it lives, however the future that holds it ends.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(counter: &'a AtomicUsize) -> Self {
        counter.fetch_add(1, Ordering::AcqRel);
        Counted(counter)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
