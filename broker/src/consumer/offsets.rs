//! The offsets that one group has committed: what they are, the records that they come from, and when they expire. Nothing here
//! knows a clock, a file or a lock.

use std::collections::BTreeSet;

use fluxmq_protocol::Uuid;
use fluxmq_protocol::stored::groups::GroupRecord;
use fluxmq_protocol::stored::offsets::{OffsetCommitKey, OffsetCommitValue};

/// A committed offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommittedOffset {
    /// The next one to read.
    pub(crate) offset: i64,
    /// Of the last record that was read; -1 when the consumer did not say.
    pub(crate) leader_epoch: i32,
    /// The consumer's own words.
    pub(crate) metadata: String,
    /// Milliseconds since 1970, as is the next one.
    pub(crate) commit_timestamp_ms: i64,
    /// Set by clients of old, which say themselves how long an offset is kept; all others leave it to the broker.
    pub(crate) expire_timestamp_ms: Option<i64>,
    /// Of the topic that was meant; nil in records of brokers that did not write it down.
    pub(crate) topic_id: Uuid,
}

/// An offset for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OffsetCommit {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: CommittedOffset,
}

/// The offsets of one group, each changed by the record that says so and by nothing else.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct GroupOffsets {
    /// In the order of their names; none is without partitions. Vectors, because most groups read one topic or two, and a node of a
    /// tree has room for eleven.
    topics: Vec<TopicOffsets>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct TopicOffsets {
    name: Box<str>,
    /// In the order of their numbers.
    partitions: Vec<(i32, CommittedOffset)>,
}

/// What decides whether offsets of a group are still needed (KIP-211).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expiry<'a> {
    /// Milliseconds since 1970.
    pub(crate) now_ms: i64,
    pub(crate) retention_ms: i64,
    /// When a classic group lost its last member, as far as that was written down; `None` while it has members.
    pub(crate) idle_since: Option<i64>,
    /// Whether the group never had members: its offsets were committed by hand. Also a classic group without members of which
    /// it is not known since when.
    pub(crate) is_simple: bool,
    /// The topics that members subscribe to, where that is known: offsets of theirs stay, others count from their commit.
    pub(crate) subscribed: Option<&'a BTreeSet<String>>,
}

impl Expiry<'_> {
    fn is_over(&self, topic: &str, committed: &CommittedOffset) -> bool {
        if self.subscribed.is_some_and(|topics| topics.contains(topic)) {
            return false;
        }
        let from_commit = self.is_simple || self.subscribed.is_some();
        let Some(since) = self.idle_since.or(from_commit.then_some(committed.commit_timestamp_ms)) else {
            // Members of a kind that does not say what it reads, or a group that is being rebalanced.
            return false;
        };
        match committed.expire_timestamp_ms {
            Some(expires) => self.now_ms >= expires,
            None => self.now_ms.saturating_sub(since) >= self.retention_ms,
        }
    }
}

impl GroupOffsets {
    pub(crate) fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    pub(crate) fn get(&self, topic: &str, partition: i32) -> Option<&CommittedOffset> {
        let topic = self.topics.get(self.place(topic).ok()?)?;
        let place = topic.place(partition).ok()?;
        topic.partitions.get(place).map(|(_, committed)| committed)
    }

    /// All of them, in the order of topics and partitions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, i32, &CommittedOffset)> {
        self.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|(partition, committed)| (&*topic.name, *partition, committed))
        })
    }

    /// What is to be written down so that a group has these offsets.
    pub(crate) fn records(group: &str, commits: Vec<OffsetCommit>) -> Vec<GroupRecord> {
        let record = |OffsetCommit { topic, partition, offset }: OffsetCommit| {
            GroupRecord::OffsetCommit(key(group, topic, partition), Some(offset.into()))
        };
        commits.into_iter().map(record).collect()
    }

    /// What is to be written down so that a group does not have an offset for these partitions any more.
    pub(crate) fn tombstones(
        group: &str,
        which: impl IntoIterator<Item = (String, i32)>,
    ) -> Vec<GroupRecord> {
        let record = |(topic, partition)| GroupRecord::OffsetCommit(key(group, topic, partition), None);
        which.into_iter().map(record).collect()
    }

    /// Takes over what a record says.
    pub(crate) fn replay(&mut self, key: OffsetCommitKey, value: Option<OffsetCommitValue>) {
        let place = self.place(&key.topic);
        match (place, value) {
            (Ok(place), Some(value)) => {
                if let Some(topic) = self.topics.get_mut(place) {
                    topic.put(key.partition, value.into());
                }
            }
            (Err(place), Some(value)) => {
                let partitions = vec![(key.partition, value.into())];
                grow(&mut self.topics);
                self.topics.insert(place, TopicOffsets { name: key.topic.into(), partitions });
            }
            (Ok(place), None) => {
                if let Some(topic) = self.topics.get_mut(place) {
                    topic.partitions.retain(|(partition, _)| *partition != key.partition);
                    if topic.partitions.is_empty() {
                        self.topics.remove(place);
                    }
                }
            }
            (Err(_), None) => {}
        }
    }

    /// The partitions whose offsets nobody needs any more.
    pub(crate) fn expired(&self, rules: &Expiry<'_>) -> Vec<(String, i32)> {
        self.which(|topic, committed| rules.is_over(topic, committed))
    }

    /// The partitions whose offsets belong to no topic that exists. `id_of` tells the id of the topic that has a name now; where an
    /// offset does not say which topic of the name it is for, it is for this one.
    pub(crate) fn of_missing(&self, id_of: impl Fn(&str) -> Option<Uuid>) -> Vec<(String, i32)> {
        self.which(|topic, committed| match id_of(topic) {
            Some(id) => !committed.topic_id.is_nil() && committed.topic_id != id,
            None => true,
        })
    }

    fn which(&self, wanted: impl Fn(&str, &CommittedOffset) -> bool) -> Vec<(String, i32)> {
        self.iter()
            .filter(|(topic, _, committed)| wanted(topic, committed))
            .map(|(topic, partition, _)| (topic.to_owned(), partition))
            .collect()
    }

    /// Where a topic is, or where it would be.
    fn place(&self, topic: &str) -> Result<usize, usize> {
        self.topics.binary_search_by(|other| (*other.name).cmp(topic))
    }
}

impl TopicOffsets {
    fn place(&self, partition: i32) -> Result<usize, usize> {
        self.partitions.binary_search_by_key(&partition, |(number, _)| *number)
    }

    fn put(&mut self, partition: i32, committed: CommittedOffset) {
        match self.place(partition) {
            Ok(place) => {
                if let Some(known) = self.partitions.get_mut(place) {
                    known.1 = committed;
                }
            }
            Err(place) => {
                grow(&mut self.partitions);
                self.partitions.insert(place, (partition, committed));
            }
        }
    }
}

/// Makes room for one more. Vectors would double theirs: a broker may have a million offsets, and few of them are new.
fn grow<T>(items: &mut Vec<T>) {
    if items.len() == items.capacity() {
        items.reserve_exact(items.len() / 8 + 1);
    }
}

fn key(group: &str, topic: String, partition: i32) -> OffsetCommitKey {
    OffsetCommitKey { group: group.to_owned(), topic, partition }
}

impl From<OffsetCommitValue> for CommittedOffset {
    fn from(value: OffsetCommitValue) -> Self {
        CommittedOffset {
            offset: value.offset,
            leader_epoch: value.leader_epoch,
            metadata: value.metadata,
            commit_timestamp_ms: value.commit_timestamp,
            expire_timestamp_ms: (value.expire_timestamp >= 0).then_some(value.expire_timestamp),
            topic_id: value.topic_id,
        }
    }
}

impl From<CommittedOffset> for OffsetCommitValue {
    fn from(committed: CommittedOffset) -> Self {
        OffsetCommitValue {
            offset: committed.offset,
            leader_epoch: committed.leader_epoch,
            metadata: committed.metadata,
            commit_timestamp: committed.commit_timestamp_ms,
            expire_timestamp: committed.expire_timestamp_ms.unwrap_or(-1),
            topic_id: committed.topic_id,
        }
    }
}

#[cfg(test)]
mod tests;
