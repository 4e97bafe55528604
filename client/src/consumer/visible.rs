//! Which batches of a fetch answer belong to aborted transactions (KIP-98).

use bytes::Bytes;
use fluxmq_protocol::messages::fetch::AbortedTransaction;
use fluxmq_protocol::record::{BatchError, Batches, ControlType, RecordBatch, batches};

/// The batches of one answer, each with whether it belongs to an aborted transaction.
#[derive(Debug)]
pub(crate) struct VisibleBatches {
    batches: Batches,
    /// Aborted transactions to come, the first at the end.
    coming: Vec<AbortedTransaction>,
    /// Producers whose aborted transaction has begun and not ended.
    current: Vec<i64>,
}

impl VisibleBatches {
    pub(crate) fn new(records: Bytes, mut aborted: Vec<AbortedTransaction>) -> Self {
        aborted.sort_by_key(|transaction| std::cmp::Reverse(transaction.first_offset));
        VisibleBatches { batches: batches(records), coming: aborted, current: Vec::new() }
    }

    fn is_aborted(&mut self, batch: &RecordBatch) -> bool {
        let header = batch.header();
        while let Some(begun) =
            self.coming.pop_if(|transaction| transaction.first_offset <= header.last_offset())
        {
            self.current.push(begun.producer_id);
        }
        if self.current.is_empty() || !header.attributes.is_transactional() {
            return false;
        }
        if header.attributes.is_control() {
            if is_abort_marker(batch) {
                self.current.retain(|producer_id| *producer_id != header.producer_id);
            }
            return false;
        }
        self.current.contains(&header.producer_id)
    }
}

impl Iterator for VisibleBatches {
    type Item = Result<(RecordBatch, bool), BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.batches.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(error)),
        };
        let is_aborted = self.is_aborted(&batch);
        Some(Ok((batch, is_aborted)))
    }
}

fn is_abort_marker(batch: &RecordBatch) -> bool {
    const MARKER_BYTES_MAX: usize = 64 * 1024;
    let first = batch.records(MARKER_BYTES_MAX).ok().and_then(|mut records| records.next()?.ok());
    let key = first.and_then(|record| record.key);
    key.is_some_and(|key| ControlType::parse(&key) == Ok(ControlType::Abort))
}
