//! Groups as they were when the broker ended, before anybody is served.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use fluxmq_protocol::stored::groups::{GroupMetadataValue, GroupRecord};

use super::super::classic::ClassicGroup;
use super::super::next_gen::ConsumerGroup;
use super::super::offsets::GroupOffsets;
use super::entry::{Entry, Group};
use super::timer::Whom;
use super::{ConsumerGroupCoordinator, Store};
use crate::storage::StorageError;

/// What the log says of one group, so far.
#[derive(Default)]
struct Found {
    group: Option<FoundGroup>,
    offsets: GroupOffsets,
}

enum FoundGroup {
    Classic(GroupMetadataValue),
    Consumer(Box<ConsumerGroup>),
}

impl ConsumerGroupCoordinator {
    /// Takes in everything that was written down, but for groups of which not all could be read. Blocks; nobody is served before it
    /// returns.
    pub(crate) fn load(&self) -> Result<(), StorageError> {
        let Store::Topic { topic, .. } = &self.inner.store else { return Ok(()) };
        let mut found: HashMap<String, Found> = HashMap::new();
        topic.load(&mut |record| match found.get_mut(record.group()) {
            Some(group) => group.replay(record),
            None => found.entry(record.group().to_owned()).or_default().replay(record),
        })?;
        let now_ms = self.inner.now_ms();
        let mut groups = self.inner.groups.write().unwrap_or_else(PoisonError::into_inner);
        for (group_id, found) in found.into_iter().filter(|(group_id, _)| topic.check(group_id).is_ok()) {
            let group = match found.group {
                Some(FoundGroup::Classic(value)) => {
                    Group::Classic(ClassicGroup::load(&group_id, &value, now_ms, &self.inner.config))
                }
                Some(FoundGroup::Consumer(mut group)) => {
                    group.loaded(now_ms, &self.inner.config);
                    Group::Consumer(*group)
                }
                // Offsets alone make a group: that of consumers who assign themselves.
                None if !found.offsets.is_empty() => Group::Classic(ClassicGroup::new(&group_id)),
                None => continue,
            };
            let mut entry = Entry::of(group, found.offsets);
            if let Some(wake_at) = entry.wants_to_wake() {
                self.inner.timer.wake(Whom::Group(group_id.as_str().into()), wake_at);
            }
            groups.insert(group_id.into(), Arc::new(Mutex::new(entry)));
        }
        Ok(())
    }
}

impl Found {
    fn replay(&mut self, record: GroupRecord) {
        match record {
            GroupRecord::OffsetCommit(key, value) => self.offsets.replay(key, value),
            GroupRecord::GroupMetadata(_, Some(value)) => self.group = Some(FoundGroup::Classic(value)),
            GroupRecord::GroupMetadata(_, None) => {
                self.group.take_if(|group| matches!(group, FoundGroup::Classic(_)));
            }
            GroupRecord::ConsumerGroupMetadata(_, None) => {
                self.group.take_if(|group| matches!(group, FoundGroup::Consumer(_)));
            }
            record => self.replay_consumer(&record),
        }
    }

    fn replay_consumer(&mut self, record: &GroupRecord) {
        match &mut self.group {
            Some(FoundGroup::Consumer(group)) => group.replay(record),
            // What is left of a group that was deleted, or that became a classic one.
            _ if record.is_tombstone() => {}
            _ => {
                let mut group = Box::new(ConsumerGroup::new(record.group()));
                group.replay(record);
                self.group = Some(FoundGroup::Consumer(group));
            }
        }
    }
}
