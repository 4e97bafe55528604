//! Committed offsets: storing, reading, deleting and expiring them.

use std::collections::BTreeSet;
use std::sync::Arc;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::stored::groups::{GroupKey, GroupRecord};

use super::super::classic::{ClassicGroup, ClassicState};
use super::super::next_gen::ConsumerState;
use super::super::offsets::{Expiry, GroupOffsets, OffsetCommit};
use super::super::turn::Turn;
use super::entry::{Entry, Group};
use super::{ConsumerGroupCoordinator, Settling};

/// Who commits: a member of a group, or somebody who belongs to none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Committer<'a> {
    pub(crate) member_id: &'a str,
    pub(crate) instance_id: Option<&'a str>,
    /// The generation of a classic group or the member's epoch (KIP-848); negative for who belongs to none.
    pub(crate) epoch: i32,
    /// The version of OffsetCommit, which decides what unknown groups and members are told.
    pub(crate) version: i16,
}

/// The version from which on unknown groups are told apart from wrong generations (KIP-848).
const GROUP_ID_NOT_FOUND_VERSION: i16 = 9;

/// How much of a batch tombstones of offsets take up at most: far less than any topic allows, however many offsets there are.
const TOMBSTONE_BYTES_MAX: usize = 16 << 10;

/// What a tombstone takes beside the group's name: the longest name of a topic, and the frame around both.
const TOMBSTONE_BYTES: usize = 320;

impl ConsumerGroupCoordinator {
    /// Stores offsets of a group, all of them or none; they are durable when this returns.
    pub(crate) async fn commit(
        &self,
        group_id: &str,
        committer: Committer<'_>,
        commits: Vec<OffsetCommit>,
    ) -> Result<(), ErrorCode> {
        self.inner.ready().await?;
        let event = |entry: &mut Entry, turn: &mut Turn<'_>| entry.commit(group_id, committer, commits, turn);
        self.inner.with_group_or_new(group_id, event)?.durable().await?
    }

    /// Looks at the offsets of a group; `None` where there are none. `member` is who asks, where it says so.
    pub(crate) async fn committed<T>(
        &self,
        group_id: &str,
        member: Option<&str>,
        member_epoch: i32,
        look: impl FnOnce(&GroupOffsets) -> T,
    ) -> Result<Option<T>, ErrorCode> {
        let looked = self.inner.with_group(group_id, |entry, _| {
            match &entry.group {
                Some(Group::Classic(group)) => group.check_fetch(member, member_epoch)?,
                Some(Group::Consumer(group)) => group.check_fetch(member, member_epoch)?,
                None => {}
            }
            Ok(look(&entry.offsets))
        });
        match looked? {
            Some(looked) => looked.durable().await?.map(Some),
            None => Ok(None),
        }
    }

    /// Deletes offsets of partitions that nobody reads any more; the outcome of each, in their order.
    pub(crate) async fn delete_offsets(
        &self,
        group_id: &str,
        partitions: &[(&str, i32)],
    ) -> Result<Vec<Result<(), ErrorCode>>, ErrorCode> {
        let deleted =
            self.inner.with_group(group_id, |entry, turn| entry.delete_offsets(group_id, partitions, turn));
        deleted?.ok_or(ErrorCode::GROUP_ID_NOT_FOUND)?.durable().await?
    }

    /// Drops every group's offsets of topics that do not exist any more: another one may come by their names.
    pub(crate) async fn forget_missing_topics(&self) -> Result<(), ErrorCode> {
        let forget = |(group_id, _): (Arc<str>, _)| {
            let forgotten = self.inner.with_group(&group_id, |entry, turn| {
                let gone = entry.offsets.of_missing(|topic| turn.image.topic(topic).map(|topic| topic.id));
                entry.drop_offsets(&group_id, gone, turn)
            });
            forgotten.transpose()
        };
        // All are written before the first is waited for: the disk syncs once for many of them.
        let forgotten: Vec<_> = self.inner.slots().into_iter().filter_map(forget).collect();
        for forgotten in forgotten {
            forgotten?.durable().await??;
        }
        Ok(())
    }
}

impl super::Inner {
    /// Drops all offsets that nobody has needed for so long, and groups of which nothing is left.
    pub(super) fn expire_offsets(&self) {
        for (group_id, _) in self.slots() {
            let expired = self.with_group(&group_id, |entry, turn| entry.expire(&group_id, turn));
            if let Ok(Some(Settling { value: Err(error_code), .. })) = expired {
                tracing::warn!(group = &*group_id, %error_code, "expired offsets could not be dropped; they are tried again");
            }
        }
    }
}

impl Entry {
    fn commit(
        &mut self,
        group_id: &str,
        committer: Committer<'_>,
        mut commits: Vec<OffsetCommit>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        let Committer { member_id, instance_id, epoch, version } = committer;
        match &mut self.group {
            Some(Group::Classic(group)) => group.check_commit(turn, member_id, instance_id, epoch)?,
            Some(Group::Consumer(group)) => {
                let rule = group.check_commit(member_id, epoch, version)?;
                for commit in &commits {
                    rule.check(turn.image.topic(&commit.topic).map(|topic| topic.id), commit.partition)?;
                }
            }
            // Offsets alone make a group: that of consumers who assign themselves.
            None if epoch < 0 => self.group = Some(Group::Classic(ClassicGroup::new(group_id))),
            None if version >= GROUP_ID_NOT_FOUND_VERSION => return Err(ErrorCode::GROUP_ID_NOT_FOUND),
            None => return Err(ErrorCode::ILLEGAL_GENERATION),
        }
        // A topic that was deleted since the request came has taken its offsets along: another one may come by its name.
        commits.retain(|OffsetCommit { topic, offset, .. }| {
            offset.topic_id.is_nil()
                || turn.image.topic(topic).is_some_and(|found| found.id == offset.topic_id)
        });
        self.write_offsets(GroupOffsets::records(group_id, commits), turn)
    }

    /// Appends records of offsets, and takes them in.
    fn write_offsets(&mut self, records: Vec<GroupRecord>, turn: &mut Turn<'_>) -> Result<(), ErrorCode> {
        turn.log.append(&records)?;
        for record in records {
            if let GroupRecord::OffsetCommit(key, value) = record {
                self.had_offsets |= value.is_some();
                self.offsets.replay(key, value);
            }
        }
        Ok(())
    }

    /// Takes offsets back, in as many batches as it needs: each of them may go without the others.
    fn drop_offsets(
        &mut self,
        group_id: &str,
        partitions: Vec<(String, i32)>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        partitions.chunks(tombstones_max(group_id)).try_for_each(|some| {
            self.write_offsets(GroupOffsets::tombstones(group_id, some.iter().cloned()), turn)
        })
    }

    /// Takes the group and its offsets back: with one batch, unless there are more offsets than go into it.
    pub(super) fn delete(&mut self, group_id: &str, turn: &mut Turn<'_>) -> Result<(), ErrorCode> {
        let all = self.offsets.iter().map(|(topic, partition, _)| (topic.to_owned(), partition));
        let mut all: Vec<_> = all.collect();
        let last = all.split_off(all.len().saturating_sub(tombstones_max(group_id)));
        self.drop_offsets(group_id, all, turn)?;
        let mut records = GroupOffsets::tombstones(group_id, last);
        records.extend(self.tombstones(group_id));
        turn.log.append(&records)?;
        self.group = None;
        self.offsets = GroupOffsets::default();
        Ok(())
    }

    fn delete_offsets(
        &mut self,
        group_id: &str,
        partitions: &[(&str, i32)],
        turn: &mut Turn<'_>,
    ) -> Result<Vec<Result<(), ErrorCode>>, ErrorCode> {
        match &self.group {
            Some(Group::Classic(group)) if group.state() == ClassicState::Dead => {
                return Err(ErrorCode::GROUP_ID_NOT_FOUND);
            }
            Some(Group::Classic(group))
                if group.state() != ClassicState::Empty && group.protocol_type() != Some("consumer") =>
            {
                return Err(ErrorCode::NON_EMPTY_GROUP);
            }
            None => return Err(ErrorCode::GROUP_ID_NOT_FOUND),
            _ => {}
        }
        let subscribed = self.subscribed_topics();
        let is_read = |topic: &str| subscribed.as_ref().is_none_or(|topics| topics.contains(topic));
        let outcomes = partitions.iter().map(|(topic, _)| {
            if is_read(topic) { Err(ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC) } else { Ok(()) }
        });
        let outcomes: Vec<_> = outcomes.collect();
        let gone = partitions.iter().zip(&outcomes).filter(|((topic, partition), outcome)| {
            outcome.is_ok() && self.offsets.get(topic, *partition).is_some()
        });
        // However often a request names a partition, it goes once.
        let gone: BTreeSet<_> = gone.map(|(partition, _)| *partition).collect();
        let gone = gone.into_iter().map(|(topic, partition)| (topic.to_owned(), partition)).collect();
        self.drop_offsets(group_id, gone, turn)?;
        Ok(outcomes)
    }

    fn expire(&mut self, group_id: &str, turn: &mut Turn<'_>) -> Result<(), ErrorCode> {
        let subscribed = match &self.group {
            // Members are about to say anew what they read.
            Some(Group::Classic(group)) if group.is_rebalancing() => None,
            _ => self.subscribed_topics(),
        };
        let (idle_since, is_simple) = match &self.group {
            Some(Group::Classic(group)) => (group.empty_since(), group.protocol_type().is_none()),
            Some(Group::Consumer(_)) => (None, false),
            None => (None, true),
        };
        let expired = self.offsets.expired(&Expiry {
            now_ms: turn.wall_ms,
            retention_ms: turn.config.offsets_retention_ms,
            idle_since,
            is_simple,
            subscribed: subscribed.as_ref(),
        });
        if !expired.is_empty() {
            tracing::info!(group = group_id, offsets = expired.len(), "offsets expired");
        }
        self.drop_offsets(group_id, expired, turn)?;
        if self.offsets.is_empty() && self.is_empty() {
            turn.log.append(&self.tombstones(group_id))?;
            self.group = None;
        }
        Ok(())
    }

    /// Whether the group is there and has no members.
    pub(super) fn is_empty(&self) -> bool {
        match &self.group {
            Some(Group::Classic(group)) => matches!(group.state(), ClassicState::Empty | ClassicState::Dead),
            Some(Group::Consumer(group)) => group.state() == ConsumerState::Empty,
            None => true,
        }
    }

    /// What takes back all that is written down of the group, its offsets apart.
    fn tombstones(&self, group_id: &str) -> Vec<GroupRecord> {
        match &self.group {
            Some(Group::Classic(_)) => {
                vec![GroupRecord::GroupMetadata(GroupKey { group: group_id.to_owned() }, None)]
            }
            Some(Group::Consumer(group)) => group.tombstones(),
            None => Vec::new(),
        }
    }
}

/// How many tombstones of a group's offsets go into one batch.
fn tombstones_max(group_id: &str) -> usize {
    (TOMBSTONE_BYTES_MAX / (TOMBSTONE_BYTES + group_id.len())).max(1)
}
