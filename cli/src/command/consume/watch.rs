//! Partitions that start or end beyond the end that they have now.

use std::collections::HashMap;

use fluxmq_client::{ConsumerRecord, TopicPartition};

use crate::grammar::PartitionPlan;

use super::assignment::AssignedPartition;

/// Partitions whose plan the client cannot carry out alone: they start or end beyond the end that
/// they had when they were looked up.
#[derive(Debug)]
pub(super) struct Watch {
    plans: HashMap<TopicPartition, WatchedPlan>,
    /// Partitions with nothing left to read.
    done: usize,
    total: usize,
}

#[derive(Debug, Clone, Copy)]
struct WatchedPlan {
    show_from: i64,
    end: i64,
    is_done: bool,
}

/// A watched plan on loan; counts the partition as done when its end is reached.
#[derive(Debug)]
pub(super) struct Watched<'a> {
    pub(super) show_from: i64,
    plan: &'a mut WatchedPlan,
    done: &'a mut usize,
}

impl Watched<'_> {
    pub(super) fn has_passed(&mut self, offset: i64) -> bool {
        if offset >= self.plan.end {
            self.finish();
        }
        offset >= self.plan.end
    }

    pub(super) fn note(&mut self, offset: i64) {
        if offset + 1 >= self.plan.end {
            self.finish();
        }
    }

    fn finish(&mut self) {
        if !std::mem::replace(&mut self.plan.is_done, true) {
            *self.done += 1;
        }
    }
}

impl Watch {
    pub(super) fn new<'a>(partitions: impl Iterator<Item = &'a AssignedPartition>) -> Self {
        let mut watch = Self { plans: HashMap::new(), done: 0, total: 0 };
        for partition in partitions {
            watch.total += 1;
            let PartitionPlan { show_from, end, .. } = partition.plan;
            if partition.is_watched() {
                let plan = WatchedPlan { show_from, end: end.unwrap_or(i64::MAX), is_done: false };
                watch.plans.insert(partition.name.clone(), plan);
            }
        }
        watch
    }

    /// Whether nothing is left to read. Partitions that are not watched end by themselves.
    pub(super) fn is_done(&self) -> bool {
        self.done == self.total
    }

    pub(super) fn plan(&mut self, record: &ConsumerRecord) -> Option<Watched<'_>> {
        if self.plans.is_empty() {
            return None;
        }
        let name = TopicPartition::new(&*record.topic, record.partition);
        let plan = self.plans.get_mut(&name)?;
        Some(Watched { show_from: plan.show_from, plan, done: &mut self.done })
    }
}
