//! What the batches of a log, taken in their order, say of producers, transactions and leader epochs.

use std::collections::HashMap;

use fluxmq_protocol::record::{BatchHeader, ControlType};

use super::super::transactions::AbortedTransaction;

/// What has been seen so far.
#[derive(Debug, Default)]
pub(in crate::offline) struct Replay {
    producers: HashMap<i64, LastBatch>,
    /// The first offset of the open transaction of each producer.
    open: HashMap<i64, i64>,
    epochs: Vec<(i32, i64)>,
    next_offset: Option<i64>,
    has_holes: bool,
}

/// A producer's last batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::offline) struct LastBatch {
    pub(in crate::offline) epoch: i16,
    pub(in crate::offline) last_sequence: i32,
    pub(in crate::offline) last_offset: i64,
}

impl Replay {
    /// Takes note of an intact batch; `control` is what its record says if it is a control batch. Returns the transaction that
    /// it aborts.
    pub(in crate::offline) fn note(
        &mut self,
        header: &BatchHeader,
        control: Option<ControlType>,
    ) -> Option<AbortedTransaction> {
        self.has_holes |= self.next_offset.is_some_and(|next| next < header.base_offset);
        self.next_offset = Some(header.next_offset());
        let epoch = header.partition_leader_epoch;
        if self.epochs.last().is_none_or(|(last, _)| *last < epoch) {
            self.epochs.push((epoch, header.base_offset));
        }
        if !header.has_producer() {
            return None;
        }
        if header.attributes.is_control() {
            let first_offset = self.open.remove(&header.producer_id)?;
            return (control == Some(ControlType::Abort)).then(|| AbortedTransaction {
                producer_id: header.producer_id,
                first_offset,
                last_offset: header.last_offset(),
                last_stable_offset: self.open.values().copied().min().unwrap_or(header.next_offset()),
            });
        }
        let last = LastBatch {
            epoch: header.producer_epoch,
            last_sequence: header.last_sequence(),
            last_offset: header.last_offset(),
        };
        self.producers.insert(header.producer_id, last);
        if header.attributes.is_transactional() {
            self.open.entry(header.producer_id).or_insert(header.base_offset);
        }
        None
    }

    /// Whether offsets are missing between the batches: who took note of them in time may know more than the log.
    pub(in crate::offline) fn has_holes(&self) -> bool {
        self.has_holes
    }

    pub(in crate::offline) fn producer(&self, producer_id: i64) -> Option<&LastBatch> {
        self.producers.get(&producer_id)
    }

    /// Each leader epoch and the first offset that it was seen at.
    pub(in crate::offline) fn epochs(&self) -> &[(i32, i64)] {
        &self.epochs
    }
}
