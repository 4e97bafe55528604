//! Groups that commit, forget and expire at random, over a log that is compacted, closed, killed and cut at random: what is loaded
//! is what was written, as far as it was, and never a part of a batch.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fluxmq_protocol::Uuid;
use fluxmq_protocol::stored::offsets::{OffsetCommitKey, OffsetCommitValue};

use super::super::offsets::{CommittedOffset, Expiry, GroupOffsets, OffsetCommit};
use super::tests::{loaded, over, settings};
use super::*;
use crate::engine::Engine;
use crate::topic_manager::NewTopic;

const RETENTION_MS: i64 = 100;

/// What an offset is for, and what was committed: number, note and time.
type Model = BTreeMap<(String, String, i32), (i64, String, i64)>;

/// What one partition was given, batch by batch.
type History = Vec<Vec<GroupRecord>>;

fn random() -> fastrand::Rng {
    let seed = std::env::var("FLUXMQ_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("FLUXMQ_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

fn model_of<'a>(records: impl IntoIterator<Item = &'a GroupRecord>) -> Model {
    let mut model = Model::new();
    for record in records {
        let GroupRecord::OffsetCommit(key, value) = record else { panic!("{record:?}") };
        let place = (key.group.clone(), key.topic.clone(), key.partition);
        match value {
            Some(value) => {
                model.insert(place, (value.offset, value.metadata.clone(), value.commit_timestamp));
            }
            None => {
                model.remove(&place);
            }
        }
    }
    model
}

/// The same by way of the groups.
fn groups_of(records: Vec<GroupRecord>) -> BTreeMap<String, GroupOffsets> {
    let mut groups = BTreeMap::<String, GroupOffsets>::new();
    for record in records {
        let GroupRecord::OffsetCommit(key, value) = record else { panic!("{record:?}") };
        groups.entry(key.group.clone()).or_default().replay(key, value);
    }
    groups.retain(|_, offsets| !offsets.is_empty());
    groups
}

fn flat(groups: &BTreeMap<String, GroupOffsets>) -> Model {
    let all = groups.iter().flat_map(|(group, offsets)| offsets.iter().map(move |one| (group, one)));
    all.map(|(group, (topic, partition, committed))| {
        let place = (group.clone(), topic.to_owned(), partition);
        (place, (committed.offset, committed.metadata.clone(), committed.commit_timestamp_ms))
    })
    .collect()
}

struct World {
    dir: tempfile::TempDir,
    settings: Arc<Settings>,
    random: fastrand::Rng,
    engine: Option<Engine>,
    topic: Option<OffsetsTopic>,
    histories: [History; 2],
    /// How long the newest segment of each partition was when the log was last closed in order: no power loss cuts it shorter.
    closed: [Option<(PathBuf, u64)>; 2],
    now_ms: i64,
}

impl World {
    async fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let settings = settings(Some(dir.path()), &[("offsets.topic.num.partitions", "2")]);
        let (random, histories, closed) = (random(), Default::default(), Default::default());
        let mut world =
            World { dir, settings, random, engine: None, topic: None, histories, closed, now_ms: 0 };
        world.open();
        let configs = [
            ("cleanup.policy", "compact"),
            ("internal.segment.bytes", "3000"),
            ("min.cleanable.dirty.ratio", "0.01"),
            ("delete.retention.ms", "0"),
        ];
        let topic = NewTopic {
            name: TOPIC.to_owned(),
            partitions: 2,
            replication_factor: 1,
            assignments: Vec::new(),
            configs: configs.map(|(key, value)| (key.to_owned(), Some(value.to_owned()))).to_vec(),
        };
        world.engine().topics.create(topic, false).await.unwrap();
        world
    }

    fn open(&mut self) {
        let engine = Engine::open(&self.settings).unwrap();
        self.topic = Some(over(&engine, &self.settings));
        self.engine = Some(engine);
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    fn topic(&self) -> &OffsetsTopic {
        self.topic.as_ref().unwrap()
    }

    fn write(&mut self, group: &str, records: Vec<GroupRecord>) {
        if records.is_empty() {
            return;
        }
        let place = self.topic().partition_of(group);
        self.topic().append(place, &records).unwrap();
        self.histories[usize::try_from(place).unwrap()].push(records);
    }

    fn commit(&mut self) {
        let group = format!("group-{}", self.random.u8(..6));
        let count = self.random.usize(1..4);
        let commits = std::iter::repeat_with(|| OffsetCommit {
            topic: format!("topic-{}", self.random.u8(..3)),
            partition: self.random.i32(0..4),
            offset: CommittedOffset {
                offset: self.random.i64(0..1_000_000),
                leader_epoch: -1,
                metadata: "m".repeat(self.random.usize(..40)),
                commit_timestamp_ms: self.now_ms,
                expire_timestamp_ms: None,
                topic_id: Uuid::from_u128(1),
            },
        });
        let commits: Vec<_> = commits.take(count).collect();
        self.write(&group, GroupOffsets::records(&group, commits));
    }

    /// A group forgets what somebody deletes, or what has expired.
    fn forget(&mut self) {
        let groups = groups_of(self.histories.concat().concat());
        let Some((group, offsets)) = self.random.choice(groups) else { return };
        let which = if self.random.bool() {
            let rules = Expiry {
                now_ms: self.now_ms,
                retention_ms: RETENTION_MS,
                idle_since: None,
                is_simple: true,
                subscribed: None,
            };
            let expired = offsets.expired(&rules);
            let kept = offsets.iter().filter(|one| self.now_ms - one.2.commit_timestamp_ms < RETENTION_MS);
            assert_eq!(expired.len() + kept.count(), offsets.iter().count());
            expired
        } else {
            offsets
                .iter()
                .filter(|_| self.random.bool())
                .map(|(topic, partition, _)| (topic.to_owned(), partition))
                .collect()
        };
        self.write(&group, GroupOffsets::tombstones(&group, which));
    }

    fn restart_in_order(&mut self) {
        self.engine().close().unwrap();
        (self.topic, self.engine) = (None, None);
        for index in 0..2 {
            self.closed[index] = newest_segment(self.dir.path(), index);
        }
        self.open();
        self.check();
    }

    /// The broker is killed, and the power goes: of what was written last, something is missing.
    fn restart_after_a_crash(&mut self) {
        (self.topic, self.engine) = (None, None);
        for index in 0..2 {
            let Some((path, size)) = newest_segment(self.dir.path(), index) else { continue };
            let kept = match &self.closed[index] {
                Some((known, size)) if *known == path => *size,
                _ => 0,
            };
            if self.random.bool() {
                let file = fs::File::options().write(true).open(&path).unwrap();
                file.set_len(self.random.u64(kept..=size)).unwrap();
            }
        }
        self.open();
        self.check();
    }

    /// What is loaded is what was written; after a crash, what was written up to the end of some batch.
    fn check(&mut self) {
        let hosted = self.topic().hosted().unwrap();
        for (partition, history) in hosted.partitions().iter().zip(&mut self.histories) {
            let end = usize::try_from(partition.watermarks().high_watermark).unwrap();
            let mut count = 0;
            let whole = history.iter().take_while(|batch| {
                count += batch.len();
                count <= end
            });
            history.truncate(whole.count());
            assert_eq!(history.iter().map(Vec::len).sum::<usize>(), end, "a batch came back in part");
        }
        let records = loaded(self.topic());
        let expected = model_of(self.histories.iter().flatten().flatten());
        assert_eq!(model_of(&records), expected);
        assert_eq!(flat(&groups_of(records)), expected);
    }
}

fn newest_segment(dir: &Path, partition: usize) -> Option<(PathBuf, u64)> {
    let entries = fs::read_dir(dir.join(format!("{TOPIC}-{partition}"))).ok()?;
    let logs = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|is| is == "log"));
    let newest = logs.max()?;
    let size = fs::metadata(&newest).unwrap().len();
    Some((newest, size))
}

#[tokio::test]
async fn what_is_loaded_is_what_was_written() {
    for _ in 0..2 {
        let mut world = World::new().await;
        for _ in 0..250 {
            world.now_ms += 1;
            match world.random.u8(..40) {
                0 => world.restart_in_order(),
                1 => world.restart_after_a_crash(),
                2 | 3 => world.engine().partitions.compact(&|| false),
                4..10 => world.forget(),
                _ => world.commit(),
            }
        }
        world.restart_in_order();
    }
}

#[tokio::test]
async fn what_was_forgotten_leaves_the_log() {
    let mut world = World::new().await;
    for _ in 0..200 {
        world.now_ms += 1;
        world.commit();
    }
    let groups = groups_of(world.histories.concat().concat());
    for (group, offsets) in groups {
        let all = offsets.iter().map(|(topic, partition, _)| (topic.to_owned(), partition));
        world.write(&group, GroupOffsets::tombstones(&group, all.collect::<Vec<_>>()));
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let is_forgotten = |record: &GroupRecord| !record.group().starts_with("last-");
    // They go in the round after the one that saw them first, when the clock has gone on and the log has grown by a segment.
    while loaded(world.topic()).iter().any(is_forgotten) {
        assert!(std::time::Instant::now() < deadline, "still there: {:?}", loaded(world.topic()));
        for group in ["last-0", "last-1", "last-2", "last-3"] {
            let key = OffsetCommitKey { group: group.to_owned(), ..Default::default() };
            world.write(group, vec![GroupRecord::OffsetCommit(key, Some(OffsetCommitValue::default()))]);
        }
        world.engine().partitions.compact(&|| false);
    }
}
