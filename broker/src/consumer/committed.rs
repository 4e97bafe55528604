//! Committed offsets of consumers that belong to no group generation, durable before a commit is answered.
//!
//! They live in memory, and in a journal of their own beside the metadata's. Commits that arrive while another one is being synced are
//! written together with the next sync.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::env::files::Files;
use crate::metadata::journal::Journal;
use crate::metadata::journal::codec::{MalformedEntry, Reader, Writer};

/// The journal's file in the data directory.
pub(crate) const FILE_NAME: &str = "committed-offsets.journal";

const VERSION: u8 = 1;

const COMMIT: u8 = 1;
const FORGET_TOPIC: u8 = 2;

/// A committed offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommittedOffset {
    /// The next one to read.
    pub(crate) offset: i64,
    /// Of the last record that was read; -1 when the consumer did not say.
    pub(crate) leader_epoch: i32,
    /// The consumer's own words.
    pub(crate) metadata: String,
    pub(crate) commit_timestamp_ms: i64,
}

/// An offset for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OffsetCommit {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: CommittedOffset,
}

/// Why offsets were not committed.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum CommitError {
    #[error("committed offsets could not be written: {0}")]
    Journal(Arc<io::Error>),
    #[error("the broker is stopping")]
    Stopping,
}

/// Every committed offset of every group.
#[derive(Debug)]
pub(crate) struct CommittedOffsets {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// What is durable. Never held over I/O.
    offsets: Mutex<Offsets>,
    /// Never held over I/O.
    waiting: Mutex<Waiting>,
    /// Held by the one round of writing that is under way; never over an await.
    journal: Mutex<Journal>,
}

/// By group, topic and partition.
#[derive(Debug, Default, PartialEq, Eq)]
struct Offsets(BTreeMap<String, BTreeMap<String, BTreeMap<i32, CommittedOffset>>>);

/// Changes that wait for the next sync, in order.
#[derive(Debug, Default)]
struct Waiting {
    changes: Vec<(Change, oneshot::Sender<Result<(), CommitError>>)>,
    /// Whether a round is under way: it takes along what comes meanwhile.
    is_writing: bool,
}

/// A change, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Commit { group: String, commits: Vec<OffsetCommit> },
    ForgetTopic { topic: String },
}

impl CommittedOffsets {
    /// Reads the journal in `dir`, which must exist, and begins one where there is none.
    pub(crate) fn open(files: Arc<dyn Files>, dir: &Path) -> io::Result<CommittedOffsets> {
        let path = dir.join(FILE_NAME);
        let (journal, payloads) = Journal::open(files, &path)?;
        let mut offsets = Offsets::default();
        for payload in payloads {
            let change = Change::decode(&payload).map_err(|error| {
                io::Error::new(io::ErrorKind::InvalidData, format!("`{}`: {error}", path.display()))
            })?;
            offsets.apply(change);
        }
        let (offsets, waiting, journal) = (Mutex::new(offsets), Mutex::default(), Mutex::new(journal));
        Ok(CommittedOffsets { inner: Arc::new(Inner { offsets, waiting, journal }) })
    }

    /// Stores offsets of a group; all of them are durable, and others see them, when this returns.
    pub(crate) async fn commit(&self, group: &str, commits: Vec<OffsetCommit>) -> Result<(), CommitError> {
        self.change(Change::Commit { group: group.to_owned(), commits }).await
    }

    /// Stores offsets of many groups at once, durably. Blocks.
    pub(crate) fn take_over(&self, groups: Vec<(String, Vec<OffsetCommit>)>) -> io::Result<()> {
        let changes = groups.into_iter().map(|(group, commits)| Change::Commit { group, commits });
        self.change_blocking(changes.collect())
    }

    /// Drops every group's offsets of a topic: it was deleted, and another one may come by its name.
    pub(crate) async fn forget_topic(&self, topic: &str) -> Result<(), CommitError> {
        self.change(Change::ForgetTopic { topic: topic.to_owned() }).await
    }

    /// Drops the offsets of all topics that do not exist: of those whose deletion a crash cut short.
    pub(crate) fn forget_topics_unless(&self, exists: impl Fn(&str) -> bool) -> io::Result<()> {
        let gone: Vec<Change> = lock(&self.inner.offsets)
            .topics()
            .filter(|topic| !exists(topic))
            .map(|topic| Change::ForgetTopic { topic: topic.to_owned() })
            .collect();
        self.change_blocking(gone)
    }

    fn change_blocking(&self, changes: Vec<Change>) -> io::Result<()> {
        let payloads: Vec<Vec<u8>> = changes.iter().map(Change::encode).collect();
        lock(&self.inner.journal).append(&payloads)?;
        let mut offsets = lock(&self.inner.offsets);
        for change in changes {
            offsets.apply(change);
        }
        Ok(())
    }

    /// Whether a group has committed anything.
    pub(crate) fn knows(&self, group: &str) -> bool {
        lock(&self.inner.offsets).0.contains_key(group)
    }

    /// A group's offset for a partition.
    pub(crate) fn offset(&self, group: &str, topic: &str, partition: i32) -> Option<CommittedOffset> {
        lock(&self.inner.offsets).0.get(group)?.get(topic)?.get(&partition).cloned()
    }

    /// All offsets of a group, in order of topic and partition.
    pub(crate) fn of_group(&self, group: &str) -> Vec<(String, i32, CommittedOffset)> {
        let offsets = lock(&self.inner.offsets);
        let topics = offsets.0.get(group).into_iter().flatten();
        topics
            .flat_map(|(topic, partitions)| {
                partitions.iter().map(|(partition, offset)| (topic.clone(), *partition, offset.clone()))
            })
            .collect()
    }

    async fn change(&self, change: Change) -> Result<(), CommitError> {
        let (done, written) = oneshot::channel();
        let begins = {
            let mut waiting = lock(&self.inner.waiting);
            waiting.changes.push((change, done));
            !std::mem::replace(&mut waiting.is_writing, true)
        };
        if begins {
            let inner = Arc::clone(&self.inner);
            // Not awaited: the round goes on for others when this caller goes away.
            drop(tokio::task::spawn_blocking(move || inner.write_rounds()));
        }
        written.await.map_err(|_| CommitError::Stopping)?
    }
}

impl Inner {
    /// Writes what waits, round by round, until nothing does.
    fn write_rounds(&self) {
        let mut journal = lock(&self.journal);
        loop {
            let (changes, callers): (Vec<_>, Vec<_>) = {
                let mut waiting = lock(&self.waiting);
                if waiting.changes.is_empty() {
                    waiting.is_writing = false;
                    return;
                }
                std::mem::take(&mut waiting.changes).into_iter().unzip()
            };
            let result = self.write(&mut journal, changes);
            for caller in callers {
                // A caller that went away does not want to know.
                let _ = caller.send(result.clone());
            }
        }
    }

    fn write(&self, journal: &mut Journal, changes: Vec<Change>) -> Result<(), CommitError> {
        let payloads: Vec<Vec<u8>> = changes.iter().map(Change::encode).collect();
        journal.append(&payloads).map_err(|error| CommitError::Journal(Arc::new(error)))?;
        let mut offsets = lock(&self.offsets);
        for change in changes {
            offsets.apply(change);
        }
        if journal.wants_rewrite() {
            let payloads: Vec<Vec<u8>> = offsets.changes().map(|change| change.encode()).collect();
            drop(offsets);
            if let Err(error) = journal.rewrite(&payloads) {
                tracing::warn!(%error, "the journal of committed offsets could not be shortened");
            }
        }
        Ok(())
    }
}

impl Offsets {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Commit { group, commits } => {
                let topics = self.0.entry(group).or_default();
                for OffsetCommit { topic, partition, offset } in commits {
                    topics.entry(topic).or_default().insert(partition, offset);
                }
            }
            Change::ForgetTopic { topic } => self.0.retain(|_, topics| {
                topics.remove(&topic);
                !topics.is_empty()
            }),
        }
    }

    /// Changes that lead from nothing to these offsets.
    fn changes(&self) -> impl Iterator<Item = Change> {
        self.0.iter().map(|(group, topics)| {
            let of_topic = |(topic, partitions): (&String, &BTreeMap<i32, CommittedOffset>)| {
                let topic = topic.clone();
                let commit = |(partition, offset): (&i32, &CommittedOffset)| OffsetCommit {
                    topic: topic.clone(),
                    partition: *partition,
                    offset: offset.clone(),
                };
                partitions.iter().map(commit).collect::<Vec<_>>()
            };
            Change::Commit { group: group.clone(), commits: topics.iter().flat_map(of_topic).collect() }
        })
    }

    fn topics(&self) -> impl Iterator<Item = &str> {
        let all: std::collections::BTreeSet<&str> =
            self.0.values().flat_map(BTreeMap::keys).map(String::as_str).collect();
        all.into_iter()
    }
}

impl Change {
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u8(VERSION);
        match self {
            Change::Commit { group, commits } => {
                writer.u8(COMMIT);
                writer.text(group);
                for OffsetCommit { topic, partition, offset } in commits {
                    writer.text(topic);
                    writer.i32(*partition);
                    writer.i64(offset.offset);
                    writer.i32(offset.leader_epoch);
                    writer.text(&offset.metadata);
                    writer.i64(offset.commit_timestamp_ms);
                }
            }
            Change::ForgetTopic { topic } => {
                writer.u8(FORGET_TOPIC);
                writer.text(topic);
            }
        }
        writer.into_bytes()
    }

    fn decode(bytes: &[u8]) -> Result<Change, MalformedEntry> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        match reader.u8()? {
            COMMIT => {
                let group = reader.text()?;
                let mut commits = Vec::new();
                while reader.end().is_err() {
                    commits.push(OffsetCommit {
                        topic: reader.text()?,
                        partition: reader.i32()?,
                        offset: CommittedOffset {
                            offset: reader.i64()?,
                            leader_epoch: reader.i32()?,
                            metadata: reader.text()?,
                            commit_timestamp_ms: reader.i64()?,
                        },
                    });
                }
                Ok(Change::Commit { group, commits })
            }
            FORGET_TOPIC => {
                let topic = reader.text()?;
                reader.end()?;
                Ok(Change::ForgetTopic { topic })
            }
            kind => Err(MalformedEntry::Kind(kind)),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::files::MemoryFiles;

    fn files() -> Arc<dyn Files> {
        let files = MemoryFiles::default();
        files.create_dir_all(Path::new("/data")).unwrap();
        Arc::new(files)
    }

    fn open(files: &Arc<dyn Files>) -> CommittedOffsets {
        CommittedOffsets::open(Arc::clone(files), Path::new("/data")).unwrap()
    }

    fn commit(topic: &str, partition: i32, offset: i64) -> OffsetCommit {
        let offset = CommittedOffset {
            offset,
            leader_epoch: -1,
            metadata: format!("at {offset}"),
            commit_timestamp_ms: 7,
        };
        OffsetCommit { topic: topic.to_owned(), partition, offset }
    }

    fn at(offsets: &CommittedOffsets, group: &str, topic: &str, partition: i32) -> Option<i64> {
        offsets.offset(group, topic, partition).map(|found| found.offset)
    }

    #[tokio::test]
    async fn commits_are_there_after_a_restart_and_the_last_one_counts() {
        let files = files();
        let offsets = open(&files);
        offsets.commit("g", vec![commit("b", 0, 5), commit("a", 1, 6), commit("a", 0, 7)]).await.unwrap();
        offsets.commit("g", vec![commit("b", 0, 8)]).await.unwrap();
        offsets.commit("h", vec![commit("b", 0, 9)]).await.unwrap();
        for offsets in [&offsets, &open(&files)] {
            assert_eq!(at(offsets, "g", "b", 0), Some(8));
            assert_eq!(at(offsets, "h", "b", 0), Some(9));
            assert_eq!(at(offsets, "g", "b", 1), None);
            let all = offsets.of_group("g");
            let places: Vec<_> =
                all.iter().map(|(topic, partition, _)| (topic.as_str(), *partition)).collect();
            assert_eq!(places, [("a", 0), ("a", 1), ("b", 0)]);
            assert_eq!(all[2].2.metadata, "at 8");
            assert!(offsets.of_group("nobody").is_empty());
            assert!(offsets.knows("g") && !offsets.knows("nobody"));
        }
    }

    #[tokio::test]
    async fn a_deleted_topic_takes_its_offsets_along() {
        let files = files();
        let offsets = open(&files);
        offsets.commit("g", vec![commit("a", 0, 1), commit("b", 0, 2)]).await.unwrap();
        offsets.commit("h", vec![commit("a", 0, 3)]).await.unwrap();
        offsets.forget_topic("a").await.unwrap();
        for offsets in [&offsets, &open(&files)] {
            assert_eq!((at(offsets, "g", "a", 0), at(offsets, "h", "a", 0)), (None, None));
            assert_eq!(at(offsets, "g", "b", 0), Some(2));
        }
        let again = open(&files);
        again.forget_topics_unless(|topic| topic != "b").unwrap();
        assert!(again.of_group("g").is_empty() && open(&files).of_group("g").is_empty());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn many_commits_at_once_are_all_durable() {
        let files = files();
        let offsets = Arc::new(open(&files));
        let tasks: Vec<_> = (0..64)
            .map(|partition| {
                let offsets = Arc::clone(&offsets);
                tokio::spawn(async move {
                    for offset in 0..50 {
                        offsets.commit("g", vec![commit("a", partition, offset)]).await.unwrap();
                        assert_eq!(at(&offsets, "g", "a", partition), Some(offset));
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let again = open(&files);
        assert!((0..64).all(|partition| at(&again, "g", "a", partition) == Some(49)));
    }

    #[tokio::test]
    async fn the_journal_does_not_grow_for_ever() {
        let files = files();
        let offsets = open(&files);
        let long = "x".repeat(4000);
        for offset in 0..600 {
            let mut commit = commit("a", 0, offset);
            commit.offset.metadata.clone_from(&long);
            offsets.commit("g", vec![commit]).await.unwrap();
        }
        let size = files.open(&Path::new("/data").join(FILE_NAME)).unwrap().size().unwrap();
        assert!(size < 1_500_000, "{size}");
        assert_eq!(at(&open(&files), "g", "a", 0), Some(599));
    }

    #[test]
    fn changes_come_back_and_no_part_of_them_passes() {
        let changes = [
            Change::Commit { group: "g".to_owned(), commits: vec![commit("a", 0, 5), commit("b", 1, 6)] },
            Change::ForgetTopic { topic: "a".to_owned() },
        ];
        for change in changes {
            let bytes = change.encode();
            assert_eq!(Change::decode(&bytes).unwrap(), change);
            let whole_parts = (0..bytes.len()).filter(|end| Change::decode(&bytes[..*end]).is_ok()).count();
            // A commit of fewer offsets is a commit too: none, or the first of two.
            let allowed = if matches!(change, Change::Commit { .. }) { 2 } else { 0 };
            assert_eq!(whole_parts, allowed, "{change:?}");
        }
    }
}
