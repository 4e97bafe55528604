//! A broker without its network, on simulated files; its flusher runs when it is told to.

use std::path::Path;
use std::sync::{Arc, Mutex};

use fluxmq_protocol::stored::groups::GroupRecord;
use fluxmq_protocol::{ErrorCode, Uuid};

use super::{Halt, Outcome};
use crate::config::{BrokerConfig, Settings};
use crate::consumer::log::{OffsetsTopic, TOPIC as GROUPS};
use crate::consumer::offsets::{CommittedOffset, GroupOffsets, OffsetCommit};
use crate::env::clock::Clock;
use crate::env::files::simulated::SimulatedFiles;
use crate::env::files::{Disk, Files};
use crate::error::FluxmqError;
use crate::metadata::Metadata;
use crate::partition::{Durable, Partition, Partitions, Store};
use crate::storage::data_dir::DataDir;
use crate::storage::flusher::{Flush, Flusher};
use crate::topic_manager::{NewTopic, TopicManager};

pub(super) const NOW_MS: i64 = 1_700_000_000_000;

/// Where the broker keeps its data.
pub(super) const DATA: &str = "/data";

/// A clock that stands still: a run by seed must not depend on the time.
#[derive(Debug)]
struct StoppedClock;

impl Clock for StoppedClock {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }
}

/// An empty disk with the place for a data directory.
pub(super) fn new_disk() -> SimulatedFiles {
    let files = SimulatedFiles::new();
    files.create_dir_all(Path::new(DATA)).unwrap();
    files.sync_dir(Path::new("/")).unwrap();
    files
}

/// What a broker opens, as `opening` does it.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) files: SimulatedFiles,
    pub(super) partitions: Arc<Partitions>,
    pub(super) flusher: Arc<Flusher>,
    disk: Option<Arc<Disk>>,
    topics: TopicManager,
    groups: OffsetsTopic,
    /// Of the one group that there is.
    committed: Mutex<GroupOffsets>,
    runtime: Arc<tokio::runtime::Runtime>,
}

impl Engine {
    pub(super) fn open(files: &SimulatedFiles, runtime: &Arc<tokio::runtime::Runtime>) -> Outcome<Engine> {
        let opened = Self::try_open(files, runtime);
        if files.is_dark() {
            return Err(Halt::Dark);
        }
        opened.map_err(|error| Self::halt(files, format!("the start was refused: {error}")))
    }

    fn try_open(
        files: &SimulatedFiles,
        runtime: &Arc<tokio::runtime::Runtime>,
    ) -> crate::error::Result<Engine> {
        let mut config = BrokerConfig::default();
        config.set("offsets.topic.num.partitions", "1")?;
        let settings = Arc::new(Settings::resolve(&config)?);
        let data_dir = Arc::new(DataDir::on_disk(Arc::new(files.clone()), Path::new(DATA), 0, None)?);
        let flusher = Arc::new(Flusher::by_hand());
        let durable = data_dir.disk().map(|disk| Durable {
            flusher: Arc::clone(&flusher),
            disk: Arc::clone(disk),
            strict: true,
            since_checkpoint: Default::default(),
        });
        let partitions = Arc::new(Partitions::new(Store {
            data_dir: Arc::clone(&data_dir),
            clock: Arc::new(StoppedClock),
            durable,
        }));
        let files_in_use = data_dir.files();
        let metadata = Metadata::open(Arc::clone(files_in_use), data_dir.path(), data_dir.cluster_id())?;
        let (metadata, clock) = (Arc::new(metadata), Arc::new(StoppedClock));
        let topics =
            TopicManager::over(Arc::clone(&settings), Arc::clone(&metadata), Arc::clone(&partitions));
        topics.open_all()?;
        let groups = OffsetsTopic::new(topics.clone(), Arc::clone(&partitions), settings, clock);
        let mut committed = GroupOffsets::default();
        groups.load(&mut |record| replay(&mut committed, record))?;
        let gone = committed.of_missing(|name| metadata.image().topic(name).map(|topic| topic.id));
        let (files, runtime, disk) = (files.clone(), Arc::clone(runtime), data_dir.disk().cloned());
        let committed = Mutex::new(committed);
        let engine = Engine { files, partitions, flusher, disk, topics, groups, committed, runtime };
        engine.write_down(GroupOffsets::tombstones("group", gone)).map_err(|code| FluxmqError::Refused {
            code,
            message: "offsets of deleted topics could not be dropped".to_owned(),
        })?;
        Ok(engine)
    }

    /// Writes records of the group down and waits until they are durable.
    fn write_down(&self, records: Vec<GroupRecord>) -> Result<(), ErrorCode> {
        if records.is_empty() {
            return Ok(());
        }
        self.runtime.block_on(self.groups.ensure())?;
        let written = self.groups.append(0, &records)?;
        if let Some(partition) = self.partition(GROUPS, 0) {
            partition.flush();
        }
        self.runtime.block_on(written.durable())?;
        records.into_iter().for_each(|record| replay(&mut self.committed.lock().unwrap(), record));
        Ok(())
    }

    /// Takes a result for what it is: an error while the power is out tells nothing, one after the disk has failed is honest,
    /// any other breaks a promise.
    pub(super) fn judge<T, E: std::fmt::Display>(&self, what: &str, result: Result<T, E>) -> Outcome<T> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => Err(Self::halt(&self.files, format!("{what}: {error}"))),
        }
    }

    fn halt(files: &SimulatedFiles, what: String) -> Halt {
        match files.is_dark() {
            true => Halt::Dark,
            false if files.has_failed() => Halt::Refused(what),
            false => Halt::Broken(what),
        }
    }

    /// Whether the disk has failed in a way that nothing more can be promised.
    pub(super) fn is_offline(&self) -> bool {
        self.disk.as_ref().is_some_and(|disk| disk.has_failed())
    }

    pub(super) fn create_topic(&self, name: &str, partitions: i32, segment_bytes: u64) -> Outcome<Uuid> {
        let configs = [
            ("internal.segment.bytes", segment_bytes),
            ("index.interval.bytes", 300),
            ("retention.bytes", 4 * segment_bytes),
            ("file.delete.delay.ms", 0),
        ];
        let topic = NewTopic {
            name: name.to_owned(),
            partitions,
            replication_factor: 1,
            assignments: Vec::new(),
            configs: configs
                .map(|(key, value)| (key.to_owned(), Some(value.to_string())))
                .into_iter()
                .chain([("preallocate".to_owned(), Some((segment_bytes % 2 == 1).to_string()))])
                .collect(),
        };
        let created = self.runtime.block_on(self.topics.create(topic, false));
        Ok(self.judge("a topic could not be created", created)?.id)
    }

    pub(super) fn delete_topic(&self, name: &str) -> Outcome {
        self.judge("a topic could not be deleted", self.runtime.block_on(self.topics.delete(name)))?;
        let id_of = |name: &str| self.partitions.topic(name).map(|topic| topic.id);
        let gone = self.committed.lock().unwrap().of_missing(id_of);
        self.judge("offsets could not be forgotten", self.write_down(GroupOffsets::tombstones("group", gone)))
    }

    /// Commits with so many bytes of metadata.
    pub(super) fn commit_offset(&self, topic: &str, offset: i64, metadata: usize) -> Outcome {
        let commit = OffsetCommit {
            topic: topic.to_owned(),
            partition: 0,
            offset: CommittedOffset {
                offset,
                leader_epoch: -1,
                metadata: "m".repeat(metadata),
                commit_timestamp_ms: NOW_MS,
                expire_timestamp_ms: None,
                topic_id: self.partitions.topic(topic).map_or(Uuid::nil(), |topic| topic.id),
            },
        };
        let written = self.write_down(GroupOffsets::records("group", vec![commit]));
        self.judge("an offset could not be committed", written)
    }

    pub(super) fn committed_offset(&self, topic: &str) -> Option<i64> {
        self.committed.lock().unwrap().get(topic, 0).map(|committed| committed.offset)
    }

    /// Of the topics that are not the broker's own.
    pub(super) fn topic_names(&self) -> Vec<String> {
        let all = self.topics.list_topics().into_iter().map(|topic| topic.name);
        all.filter(|name| name != GROUPS).collect()
    }

    pub(super) fn partition(&self, topic: &str, index: i32) -> Option<Arc<Partition>> {
        self.partitions.topic(topic)?.partition(index).cloned()
    }

    /// Lets go of everything, as a process does that is killed.
    pub(super) fn kill(self) -> SimulatedFiles {
        let files = self.files.clone();
        self.flusher.forget();
        files
    }
}

fn replay(committed: &mut GroupOffsets, record: GroupRecord) {
    if let GroupRecord::OffsetCommit(key, value) = record {
        committed.replay(key, value);
    }
}
