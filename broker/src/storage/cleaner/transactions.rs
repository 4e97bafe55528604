//! Which batches belong to aborted transactions, and which markers have outlived their transaction's data.
//!
//! Both are read from the log itself: the headers say which producer a batch is from, and the markers how a transaction ended.
//! So nothing depends on transaction indexes, which may be missing.

use std::collections::{HashMap, HashSet};

use fluxmq_protocol::record::{BatchError, BatchHeader, ControlType, RecordWalk};

/// A transaction that was aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Aborted {
    first_offset: i64,
    marker_offset: i64,
    producer_id: i64,
}

/// How the transactions of a log ended, learnt from its headers in order.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    /// The first offsets of transactions that have not ended, by producer.
    open: HashMap<i64, i64>,
    aborted: Vec<Aborted>,
}

impl Outcomes {
    /// Takes note of a batch with records of users.
    pub(crate) fn data(&mut self, header: &BatchHeader) {
        if header.attributes.is_transactional() {
            self.open.entry(header.producer_id).or_insert(header.base_offset);
        }
    }

    /// Takes note of a marker.
    pub(crate) fn marker(&mut self, header: &BatchHeader, outcome: Option<ControlType>) {
        let Some(outcome @ (ControlType::Abort | ControlType::Commit)) = outcome else { return };
        if let Some(first_offset) = self.open.remove(&header.producer_id)
            && outcome == ControlType::Abort
        {
            let (marker_offset, producer_id) = (header.last_offset(), header.producer_id);
            self.aborted.push(Aborted { first_offset, marker_offset, producer_id });
        }
    }

    /// Whether a transaction that began before `offset` has not ended.
    pub(crate) fn is_open_before(&self, offset: i64) -> bool {
        self.open.values().any(|first| *first < offset)
    }

    /// Where the first transaction began that has not ended.
    pub(crate) fn first_open_offset(&self) -> Option<i64> {
        self.open.values().min().copied()
    }

    /// All is known: what a second walk, which begins at `offset`, has to know before.
    pub(crate) fn from(&self, offset: i64) -> Transactions {
        let later = self.aborted.iter().filter(|aborted| aborted.marker_offset >= offset);
        let mut aborted: Vec<Aborted> = later.copied().collect();
        aborted.sort_unstable_by_key(|aborted| aborted.first_offset);
        Transactions { aborted, ..Transactions::default() }
    }
}

/// The transactions around a place in the log that moves forward.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    /// By their first offsets.
    aborted: Vec<Aborted>,
    /// How many of them have begun.
    begun: usize,
    /// Producers inside of an aborted transaction, and whether a batch of it has been seen.
    aborting: HashMap<i64, bool>,
    /// Producers inside of a transaction that is committed later, of which a batch has been seen.
    committing: HashSet<i64>,
}

impl Transactions {
    /// Whether the records of a batch belong to an aborted transaction.
    pub(crate) fn is_aborted(&mut self, header: &BatchHeader) -> bool {
        self.begin_up_to(header.last_offset());
        if !header.attributes.is_transactional() {
            return false;
        }
        if let Some(seen) = self.aborting.get_mut(&header.producer_id) {
            *seen = true;
            return true;
        }
        self.committing.insert(header.producer_id);
        false
    }

    /// Whether a marker has no batch of its transaction left before it. `None` stands for a control batch that has been
    /// emptied.
    pub(crate) fn is_alone(&mut self, header: &BatchHeader, outcome: Option<ControlType>) -> bool {
        self.begin_up_to(header.last_offset());
        match outcome {
            None => true,
            Some(ControlType::Abort) => !self.aborting.remove(&header.producer_id).unwrap_or(false),
            Some(ControlType::Commit) => !self.committing.remove(&header.producer_id),
            Some(ControlType::Other(_)) => false,
        }
    }

    fn begin_up_to(&mut self, offset: i64) {
        while let Some(aborted) = self.aborted.get(self.begun).filter(|next| next.first_offset <= offset) {
            self.aborting.entry(aborted.producer_id).or_insert(false);
            self.begun += 1;
        }
    }
}

/// What a control batch says; `None` when it has been emptied. `payload` is what follows its header, decompressed.
pub(crate) fn outcome(header: &BatchHeader, payload: &[u8]) -> Result<Option<ControlType>, BatchError> {
    let Some(record) = RecordWalk::new(payload, header.record_count).next() else { return Ok(None) };
    let key = record?.key.unwrap_or_default();
    ControlType::parse(key).map(Some).map_err(|source| BatchError::Record { index: 0, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluxmq_protocol::record::{Attributes, BATCH_HEADER_LEN, EndTransactionMarker, RecordBatch, stamp};

    fn marker(producer_id: i64, offset: i64, outcome: ControlType) -> BatchHeader {
        let marker = EndTransactionMarker { coordinator_epoch: 0 };
        let mut bytes = marker.batch(outcome, producer_id, 0, 1_000).unwrap().to_vec();
        stamp(&mut bytes, offset, 0).unwrap();
        let header = *RecordBatch::parse(bytes.clone().into()).unwrap().header();
        assert_eq!(super::outcome(&header, &bytes[BATCH_HEADER_LEN..]), Ok(Some(outcome)));
        header
    }

    fn data(producer_id: i64, offset: i64) -> BatchHeader {
        let attributes = Attributes::default().with_transactional(true);
        BatchHeader { attributes, ..marker(producer_id, offset, ControlType::Commit) }
    }

    /// 1 aborts 0 to 5 and commits 6 to 8, 2 aborts 3 to 9, 3 is open from 10 on.
    fn outcomes() -> Outcomes {
        let mut outcomes = Outcomes::default();
        outcomes.data(&data(1, 0));
        outcomes.data(&data(2, 3));
        outcomes.marker(&marker(1, 5, ControlType::Abort), Some(ControlType::Abort));
        outcomes.data(&data(1, 6));
        outcomes.marker(&marker(1, 8, ControlType::Commit), Some(ControlType::Commit));
        outcomes.marker(&marker(2, 9, ControlType::Abort), Some(ControlType::Abort));
        outcomes.data(&data(3, 10));
        outcomes
    }

    #[test]
    fn aborted_batches_are_known_and_their_markers_not_alone() {
        let mut seen = outcomes().from(0);
        assert!(seen.is_aborted(&data(1, 0)) && seen.is_aborted(&data(2, 3)));
        assert!(!seen.is_alone(&marker(1, 5, ControlType::Abort), Some(ControlType::Abort)));
        assert!(!seen.is_aborted(&data(1, 6)));
        assert!(!seen.is_alone(&marker(1, 8, ControlType::Commit), Some(ControlType::Commit)));
        assert!(!seen.is_alone(&marker(2, 9, ControlType::Abort), Some(ControlType::Abort)));
        assert!(!seen.is_aborted(&BatchHeader { attributes: Attributes::default(), ..data(2, 9) }));
    }

    #[test]
    fn a_marker_without_batches_is_alone() {
        let mut seen = outcomes().from(0);
        assert!(seen.is_alone(&marker(1, 5, ControlType::Abort), Some(ControlType::Abort)));
        assert!(seen.is_alone(&marker(1, 8, ControlType::Commit), Some(ControlType::Commit)));
        assert!(seen.is_alone(&marker(9, 8, ControlType::Commit), None));
        let other = Some(ControlType::Other(2));
        assert!(!seen.is_alone(&marker(9, 9, ControlType::Commit), other));
    }

    #[test]
    fn a_walk_from_the_middle_forgets_what_ended_before() {
        let mut seen = outcomes().from(6);
        assert!(!seen.is_aborted(&data(1, 6)) && seen.is_aborted(&data(2, 7)));
    }

    #[test]
    fn open_transactions_are_known() {
        let outcomes = outcomes();
        assert_eq!(outcomes.first_open_offset(), Some(10));
        assert!(outcomes.is_open_before(11) && !outcomes.is_open_before(10));
    }
}
