//! Telling the application of partitions that come and go.

use std::collections::BTreeMap;

use crate::admin::OffsetToCommit;
use crate::topic_partition::TopicPartition;

/// Is told of a member's partitions, between two records, never while one is worked on.
pub trait RebalanceListener: Send {
    /// Partitions were given to this member. None of their records has been yielded yet; [`Rebalance::seek`] chooses
    /// another start.
    fn assigned(&mut self, partitions: &[TopicPartition], rebalance: &mut Rebalance) {
        let _ = (partitions, rebalance);
    }

    /// Partitions are about to be given up. What is handed to [`Rebalance::commit`] is committed before they are.
    fn revoked(&mut self, partitions: &[TopicPartition], rebalance: &mut Rebalance) {
        let _ = (partitions, rebalance);
    }

    /// Partitions were taken away: the group took this member for dead. Others may be reading them already, so it is too
    /// late to commit.
    fn lost(&mut self, partitions: &[TopicPartition]) {
        let _ = partitions;
    }
}

/// A listener that nobody hears.
#[derive(Debug)]
pub(super) struct Unheard;

impl RebalanceListener for Unheard {}

/// What a listener knows of its partitions, and what it can do about them.
#[derive(Debug, Default)]
pub struct Rebalance {
    pub(super) positions: BTreeMap<TopicPartition, i64>,
    pub(super) committed: BTreeMap<TopicPartition, i64>,
    pub(super) commits: Vec<OffsetToCommit>,
    pub(super) seeks: Vec<(TopicPartition, i64)>,
}

impl Rebalance {
    /// The offset of the next record of one of the partitions.
    pub fn position(&self, partition: &TopicPartition) -> Option<i64> {
        self.positions.get(partition).copied()
    }

    /// What the group had committed of a partition when it was given to this member; `None` where that is nothing.
    pub fn committed(&self, partition: &TopicPartition) -> Option<i64> {
        self.committed.get(partition).copied()
    }

    /// Commits offsets before the partitions are given up.
    pub fn commit(&mut self, offsets: impl IntoIterator<Item = OffsetToCommit>) {
        self.commits.extend(offsets);
    }

    /// Starts a partition that was given at another offset.
    pub fn seek(&mut self, partition: impl Into<TopicPartition>, offset: i64) {
        self.seeks.push((partition.into(), offset));
    }
}
