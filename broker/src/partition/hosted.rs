//! The topics and partitions that this broker hosts, found by name or by id without a lock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use uuid::Uuid;

use super::{Durable, Partition};
use crate::config::TopicSettings;
use crate::env::clock::Clock;
use crate::storage::StorageError;
use crate::storage::data_dir::DataDir;
use crate::storage::log::{Log, LogCheckpoint, LogStart, Room};

/// Fewer logs are opened one after the other: a thread is not worth it.
const PARALLEL_MIN: usize = 16;

/// Logs are closed by so many threads: a disk that has many syncs to do at a time does them together.
const SYNCING_THREADS: usize = 16;

/// A hosted topic.
#[derive(Debug)]
pub(crate) struct HostedTopic {
    pub(crate) name: Arc<str>,
    pub(crate) id: Uuid,
    pub(crate) settings: ArcSwap<TopicSettings>,
    partitions: Vec<Arc<Partition>>,
}

impl HostedTopic {
    /// The partition with this number.
    pub(crate) fn partition(&self, index: i32) -> Option<&Arc<Partition>> {
        usize::try_from(index).ok().and_then(|index| self.partitions.get(index))
    }

    pub(crate) fn partitions(&self) -> &[Arc<Partition>] {
        &self.partitions
    }
}

/// A topic that is to be hosted.
#[derive(Debug)]
pub(crate) struct WantedTopic {
    pub(crate) name: Arc<str>,
    pub(crate) id: Uuid,
    pub(crate) partitions: i32,
    pub(crate) settings: TopicSettings,
}

/// Every topic that this broker hosts.
#[derive(Debug)]
pub(crate) struct Partitions {
    /// Replaced as a whole at each change; readers never wait.
    directory: ArcSwap<Directory>,
    /// Held while topics are created and deleted.
    changing: Mutex<()>,
    store: Store,
}

#[derive(Debug, Clone, Default)]
struct Directory {
    by_name: HashMap<Arc<str>, Arc<HostedTopic>>,
    by_id: HashMap<Uuid, Arc<HostedTopic>>,
}

/// Where logs live and how they become durable.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) data_dir: Arc<DataDir>,
    pub(crate) clock: Arc<dyn Clock>,
    /// `None` in memory.
    pub(crate) durable: Option<Durable>,
}

impl Partitions {
    pub(crate) fn new(store: Store) -> Self {
        Partitions { directory: ArcSwap::default(), changing: Mutex::default(), store }
    }

    /// Calls `ask` when so much has become durable that a checkpoint is worth its while.
    pub(super) fn on_much_since_checkpoint(&self, ask: impl Fn() + Send + Sync + 'static) {
        if let Some(durable) = &self.store.durable {
            durable.since_checkpoint.on_much(ask);
        }
    }

    /// Gives up the room that was kept for what must be written down on a full disk. Whether there was any.
    pub(crate) fn release_reserve(&self) -> bool {
        self.store.data_dir.files().release_reserve()
    }

    /// By the broker's clock.
    pub(crate) fn now_ms(&self) -> i64 {
        self.store.clock.now_ms()
    }

    /// The hosted topic with this name.
    pub(crate) fn topic(&self, name: &str) -> Option<Arc<HostedTopic>> {
        self.directory.load().by_name.get(name).cloned()
    }

    /// The hosted topic with this id.
    pub(crate) fn topic_by_id(&self, id: Uuid) -> Option<Arc<HostedTopic>> {
        self.directory.load().by_id.get(&id).cloned()
    }

    /// Every hosted topic, in no particular order.
    pub(crate) fn topics(&self) -> Vec<Arc<HostedTopic>> {
        self.directory.load().by_name.values().cloned().collect()
    }

    /// Opens, or creates where they are missing, the logs of topics and begins to serve them. A topic that is served already gets the
    /// partitions that it lacks.
    pub(crate) fn host(&self, topics: Vec<WantedTopic>) -> Result<(), StorageError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut directory = Directory::clone(&self.directory.load());
        let served = |topic: &WantedTopic| {
            directory.by_id.get(&topic.id).map_or_else(Vec::new, |served| served.partitions.clone())
        };
        let served: Vec<_> = topics.iter().map(served).collect();
        let missing = topics.iter().zip(&served).flat_map(|(topic, served)| {
            (0..topic.partitions).skip(served.len()).map(move |index| (topic, index))
        });
        let missing: Vec<(&WantedTopic, i32)> = missing.collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut opened = in_parallel(&missing, cores, |(topic, index)| self.open(topic, *index))?.into_iter();
        self.store.data_dir.sync()?;
        for (WantedTopic { name, id, partitions, settings }, mut all) in topics.into_iter().zip(served) {
            let lacking = usize::try_from(partitions).unwrap_or(0).saturating_sub(all.len());
            all.extend(opened.by_ref().take(lacking));
            let topic = Arc::new(HostedTopic {
                name: Arc::clone(&name),
                id,
                settings: ArcSwap::from_pointee(settings),
                partitions: all,
            });
            directory.by_name.insert(name, Arc::clone(&topic));
            directory.by_id.insert(id, topic);
        }
        self.directory.store(Arc::new(directory));
        Ok(())
    }

    /// Stops serving a topic and removes its logs.
    pub(crate) fn delete_topic(&self, id: Uuid) -> Result<(), StorageError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut directory = Directory::clone(&self.directory.load());
        let Some(topic) = directory.by_id.remove(&id) else { return Ok(()) };
        directory.by_name.remove(&topic.name);
        self.directory.store(Arc::new(directory));
        for partition in &topic.partitions {
            partition.deleted();
        }
        // Before a topic of the same name can come: it must not find this one's offsets after a crash.
        self.checkpoint()?;
        self.store
            .data_dir
            .delete_partitions(&topic.name, topic.partitions.iter().map(|partition| partition.index()))
    }

    fn open(&self, topic: &WantedTopic, index: i32) -> Result<Arc<Partition>, StorageError> {
        let WantedTopic { name, id, settings, .. } = topic;
        let store = &self.store;
        let dir = store.data_dir.create_partition(name, index, *id)?;
        // Checkpoints go by name: for a new directory they speak of an earlier topic.
        let start = if dir.is_new { LogStart::NEW } else { store.data_dir.log_start(name, index) };
        let mut config = settings.log.clone();
        if store.data_dir.disk().is_none() {
            // Memory is taken as it is written.
            config.room = Room::AsWritten;
        }
        let (mut log, report) =
            Log::open(Arc::clone(store.data_dir.files()), &dir.path, config, start, store.clock.now_ms())?;
        if !dir.is_new {
            log.set_first_dirty_offset(store.data_dir.first_dirty_offset(name, index));
        }
        report.log(name, index);
        if dir.is_new {
            log.also_sync(dir.meta());
        }
        Ok(Arc::new(Partition::new(Arc::clone(name), index, log, store.durable.clone())))
    }

    /// Once all topics are open: drops from the checkpoints what belongs to none of them, left by a deletion that a crash cut
    /// short.
    pub(crate) fn forget_strays(&self) -> Result<(), StorageError> {
        self.store.data_dir.topics_are_open();
        let is_hosted = |(topic, index): (&str, i32)| {
            self.topic(topic).is_some_and(|topic| topic.partition(index).is_some())
        };
        if self.store.data_dir.checkpointed().all(is_hosted) { Ok(()) } else { self.checkpoint() }
    }

    /// Writes down how far each log is durable, indexed, and where it starts, so that less is recovered after a crash.
    pub(crate) fn checkpoint(&self) -> Result<(), StorageError> {
        if let Some(durable) = &self.store.durable {
            durable.since_checkpoint.begins();
        }
        for partition in self.all() {
            if let Some(snapshot) = partition.with_log(Log::due_snapshot) {
                snapshot.write()?;
            }
        }
        self.write_checkpoints(1, Log::checkpoint)
    }

    /// Writes everything down for a clean stop. After a failure of the disk there is none.
    pub(crate) fn close(&self) -> Result<(), StorageError> {
        if self.store.data_dir.disk().is_some_and(|disk| disk.has_failed()) {
            return Err(StorageError::Offline);
        }
        self.write_checkpoints(SYNCING_THREADS, Log::close)?;
        self.store.data_dir.mark_clean()
    }

    fn write_checkpoints(
        &self,
        threads: usize,
        of: impl Fn(&mut Log) -> Result<LogCheckpoint, StorageError> + Sync,
    ) -> Result<(), StorageError> {
        let checkpoint = |partition: &Arc<Partition>| {
            let checkpoint = partition.with_log(&of)?;
            Ok((partition.topic().to_owned(), partition.index(), checkpoint))
        };
        let all: Vec<_> = self.all().collect();
        let logs = in_parallel(&all, threads, checkpoint)?;
        self.store.data_dir.write_checkpoints(&logs)
    }

    fn all(&self) -> impl Iterator<Item = Arc<Partition>> {
        let mut topics = self.topics();
        topics.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        topics.into_iter().flat_map(|topic| topic.partitions.clone())
    }
}

/// Does the same to each item, by several threads, and returns the results in the order of the items.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    each: impl Fn(&T) -> Result<R, StorageError> + Sync,
) -> Result<Vec<R>, StorageError> {
    let share = items.len().div_ceil(threads).max(PARALLEL_MIN);
    std::thread::scope(|scope| {
        let spawned: Vec<_> = items
            .chunks(share)
            .skip(1)
            .map(|chunk| scope.spawn(|| chunk.iter().map(&each).collect::<Result<Vec<R>, _>>()))
            .collect();
        let mut results: Vec<R> = items.iter().take(share).map(&each).collect::<Result<_, StorageError>>()?;
        for thread in spawned {
            match thread.join() {
                Ok(more) => results.extend(more?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(results)
    })
}
