//! Where records wait: one open batch for each partition, and those that are full.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use fluxmq_protocol::record::BatchBuilder;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

use super::batch::{BatchState, Delivery, Stored};
use super::config::ProducerConfig;
use super::partitioner::PartitionChoice;
use super::record::ProducerRecord;
use crate::error::ClientError;
use crate::metadata_cache::TopicMetadata;
use crate::sync::lock;

/// What the handles of a producer and its sending task share.
#[derive(Debug)]
pub(crate) struct Accumulator {
    pub(crate) config: ProducerConfig,
    /// Bytes of records that may still be taken.
    pub(crate) memory: Semaphore,
    /// How many callers wait for memory; while there are any, nothing lingers.
    pub(crate) memory_waiters: AtomicUsize,
    /// How many callers wait for everything to be sent.
    pub(crate) flushing: AtomicUsize,
    pub(crate) closed: AtomicBool,
    /// Tells the sending task that there is something to look at.
    pub(crate) work: Notify,
    /// Never held over an await.
    topics: Mutex<HashMap<String, Arc<TopicQueues>>>,
    /// Partitions that the sending task has not seen yet. Never held over an await.
    new_queues: Mutex<Vec<Arc<PartitionQueue>>>,
    /// Every batch from its first record to its outcome, by id. Never held over an await.
    unsettled: Mutex<BTreeMap<u64, Arc<BatchState>>>,
    next_batch_id: AtomicU64,
    /// Why nothing is delivered at the moment, for those who wait for room. Never held over an await.
    trouble: Mutex<Option<ClientError>>,
}

/// The partitions of one topic.
#[derive(Debug)]
pub(crate) struct TopicQueues {
    pub(crate) name: Arc<str>,
    pub(crate) queues: Vec<Arc<PartitionQueue>>,
    /// The partitions that have a leader, or all where none has.
    pub(crate) available: Vec<i32>,
    pub(crate) choice: Arc<PartitionChoice>,
}

/// The records of one partition that are not under way yet.
#[derive(Debug)]
pub(crate) struct PartitionQueue {
    pub(crate) topic: Arc<str>,
    pub(crate) partition: i32,
    /// Never held over an await.
    state: Mutex<QueueState>,
}

#[derive(Debug, Default)]
struct QueueState {
    open: Option<GatheredBatch>,
    full: VecDeque<GatheredBatch>,
    /// Whether the sending task knows this queue.
    listed: bool,
}

/// Records that will go out together.
#[derive(Debug)]
pub(crate) struct GatheredBatch {
    pub(crate) builder: BatchBuilder,
    pub(crate) state: Arc<BatchState>,
    pub(crate) opened_at: Instant,
    /// Bytes to give back to the memory.
    pub(crate) charged: usize,
}

impl Accumulator {
    pub(crate) fn new(config: ProducerConfig) -> Self {
        Accumulator {
            memory: Semaphore::new(config.buffer_memory),
            config,
            memory_waiters: AtomicUsize::new(0),
            flushing: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            work: Notify::new(),
            topics: Mutex::default(),
            new_queues: Mutex::default(),
            unsettled: Mutex::default(),
            next_batch_id: AtomicU64::new(0),
            trouble: Mutex::default(),
        }
    }

    pub(crate) fn topic(&self, name: &str) -> Option<Arc<TopicQueues>> {
        lock(&self.topics).get(name).cloned()
    }

    pub(crate) fn topic_names(&self) -> Vec<String> {
        lock(&self.topics).keys().cloned().collect()
    }

    /// Takes over what the cluster says about a topic. Queues that exist stay.
    pub(crate) fn update_topic(&self, metadata: &TopicMetadata) -> Arc<TopicQueues> {
        let mut topics = lock(&self.topics);
        let old = topics.get(&*metadata.name);
        let name = old.map_or_else(|| Arc::clone(&metadata.name), |old| Arc::clone(&old.name));
        let mut queues = old.map(|old| old.queues.clone()).unwrap_or_default();
        for partition in queues.len()..metadata.partitions.len() {
            queues.push(Arc::new(PartitionQueue {
                topic: Arc::clone(&name),
                partition: partition as i32,
                state: Mutex::default(),
            }));
        }
        let led = metadata.partitions.iter().filter(|partition| partition.leader.is_some());
        let mut available: Vec<i32> = led.map(|partition| partition.partition).collect();
        if available.is_empty() {
            available = (0..queues.len() as i32).collect();
        }
        let choice = old.map_or_else(|| Arc::new(PartitionChoice::new()), |old| Arc::clone(&old.choice));
        let topic = Arc::new(TopicQueues { name, queues, available, choice });
        topics.insert(topic.name.to_string(), Arc::clone(&topic));
        topic
    }

    /// Appends a record whose bytes have been taken from the memory.
    pub(crate) fn append(
        &self,
        queue: &Arc<PartitionQueue>,
        record: &ProducerRecord,
        timestamp_ms: i64,
        charged: usize,
    ) -> Result<Delivery, ClientError> {
        let mut state = lock(&queue.state);
        if self.closed.load(Ordering::Acquire) {
            self.memory.add_permits(charged);
            return Err(ClientError::Closed("producer"));
        }
        let config = &self.config;
        // A batch must fit into a request.
        let batch_size = config.batch_size.min(config.max_request_size);
        let mut is_work = false;
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        if let Some(open) = &state.open {
            let added = open.builder.record_size(timestamp_ms, key, value, &record.headers);
            if open.builder.estimated_size() + added > batch_size {
                is_work = true;
                let full = state.open.take();
                state.full.extend(full);
            }
        }
        if !state.listed {
            state.listed = true;
            lock(&self.new_queues).push(Arc::clone(queue));
        }
        is_work |= state.open.is_none();
        let open = state.open.get_or_insert_with(|| GatheredBatch {
            builder: BatchBuilder::new(config.compression, config.compression_level),
            state: self.open_batch(queue),
            opened_at: Instant::now(),
            charged: 0,
        });
        let delivery = Delivery::new(Arc::clone(&open.state), open.builder.record_count(), timestamp_ms);
        open.charged += charged;
        if open.builder.append(timestamp_ms, key, value, &record.headers) >= batch_size {
            is_work = true;
            let full = state.open.take();
            state.full.extend(full);
        }
        drop(state);
        if is_work {
            self.work.notify_one();
        }
        Ok(delivery)
    }

    /// The queues that have come up since the last call.
    pub(crate) fn take_new_queues(&self) -> Vec<Arc<PartitionQueue>> {
        std::mem::take(&mut lock(&self.new_queues))
    }

    /// Whether batches go out as they are, without waiting for more records.
    pub(crate) fn is_hurried(&self) -> bool {
        self.flushing.load(Ordering::Acquire) > 0
            || self.memory_waiters.load(Ordering::Acquire) > 0
            || self.closed.load(Ordering::Acquire)
    }

    fn open_batch(&self, queue: &PartitionQueue) -> Arc<BatchState> {
        let id = self.next_batch_id.fetch_add(1, Ordering::Relaxed);
        let batch = BatchState::new(id, Arc::clone(&queue.topic), queue.partition);
        lock(&self.unsettled).insert(id, Arc::clone(&batch));
        batch
    }

    /// Ends a batch, whichever way, and gives back its memory.
    pub(crate) fn settle(&self, batch: &BatchState, charged: usize, outcome: Result<Stored, ClientError>) {
        lock(&self.unsettled).remove(&batch.id);
        batch.settle(outcome);
        self.memory.add_permits(charged);
    }

    /// Remembers why nothing is delivered; `None` once something is again.
    pub(crate) fn set_trouble(&self, error: Option<&ClientError>) {
        *lock(&self.trouble) = error.cloned();
    }

    pub(crate) fn trouble(&self) -> Option<ClientError> {
        lock(&self.trouble).clone()
    }

    /// The batches that are not settled yet.
    pub(crate) fn unsettled(&self) -> Vec<Arc<BatchState>> {
        lock(&self.unsettled).values().cloned().collect()
    }
}

/// When the next batch of a queue may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    Empty,
    Now,
    At(Instant),
}

impl PartitionQueue {
    pub(crate) fn readiness(&self, config: &ProducerConfig, hurried: bool, now: Instant) -> Readiness {
        let state = lock(&self.state);
        match &state.open {
            _ if !state.full.is_empty() => Readiness::Now,
            None => Readiness::Empty,
            Some(open) if hurried || now >= open.opened_at + config.linger => Readiness::Now,
            Some(open) => Readiness::At(open.opened_at + config.linger),
        }
    }

    /// Takes the oldest batch, full or not.
    pub(crate) fn take(&self) -> Option<GatheredBatch> {
        let mut state = lock(&self.state);
        state.full.pop_front().or_else(|| state.open.take())
    }

    /// When the oldest batch was opened.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        let state = lock(&self.state);
        state.full.front().or(state.open.as_ref()).map(|batch| batch.opened_at)
    }
}
