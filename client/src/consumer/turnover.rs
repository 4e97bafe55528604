//! Partitions that come and go while a consumer runs.

use super::Consumer;
use super::partition::PartitionState;
use crate::admin::OffsetToCommit;
use crate::topic_partition::TopicPartition;

impl Consumer {
    /// Reads these partitions as well.
    pub(super) fn add(&mut self, states: Vec<PartitionState>) {
        for mut state in states {
            // What is under way is told apart by the number of its place, so only a place with nothing under way is
            // taken again, and what is fetched already is told apart by the generation.
            match self.partitions.iter_mut().find(|place| place.removed && !place.under_way) {
                Some(place) => {
                    state.generation = place.generation.wrapping_add(1);
                    *place = state;
                }
                None => self.partitions.push(state),
            }
        }
    }

    /// Reads these partitions no more. What was fetched of them and not yet yielded is dropped.
    pub(super) fn remove(&mut self, partitions: &[TopicPartition]) {
        for name in partitions {
            self.drop_current(&name.topic, name.partition);
            let is_meant = |state: &PartitionState| !state.removed && state.is(&name.topic, name.partition);
            let Some(index) = self.partitions.iter().position(is_meant) else { continue };
            self.late_errors.retain(|(failed, _)| *failed != index);
            let state = &mut self.partitions[index];
            state.removed = true;
            state.generation = state.generation.wrapping_add(1);
        }
    }

    /// The position of each partition, to be committed.
    pub(super) fn positions(&self) -> Vec<OffsetToCommit> {
        let known = self.present().filter(|state| state.offsets.position >= 0);
        let position = |state: &PartitionState| OffsetToCommit {
            leader_epoch: (state.leader_epoch >= 0).then_some(state.leader_epoch),
            ..OffsetToCommit::new(state.name(), self.offsets_of(state).position)
        };
        known.map(position).collect()
    }

    /// Whether there is an error to be yielded.
    pub(super) fn has_error(&self) -> bool {
        !self.errors.is_empty()
    }
}
