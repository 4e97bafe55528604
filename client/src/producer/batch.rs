//! What the records of one batch share, and how each learns its offset.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};

use super::record::RecordMetadata;
use crate::error::ClientError;
use crate::sync::lock;

/// The fate of one batch; every record of it holds a share. One allocation for all of them.
#[derive(Debug)]
pub(crate) struct BatchState {
    /// Among the batches of one producer, in the order of their first records.
    pub(crate) id: u64,
    pub(crate) topic: Arc<str>,
    pub(crate) partition: i32,
    outcome: OnceLock<Result<Stored, ClientError>>,
    /// Never held over an await.
    wakers: Mutex<Vec<Waker>>,
}

/// Where a batch was stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    /// Of the first record; -1 when it is not known.
    pub(crate) base_offset: i64,
    /// The broker's timestamp for all records, where the topic is configured so.
    pub(crate) log_append_time_ms: Option<i64>,
}

impl BatchState {
    pub(crate) fn new(id: u64, topic: Arc<str>, partition: i32) -> Arc<Self> {
        Arc::new(BatchState { id, topic, partition, outcome: OnceLock::new(), wakers: Mutex::default() })
    }

    /// Settles the batch; only the first outcome counts.
    pub(crate) fn settle(&self, outcome: Result<Stored, ClientError>) {
        if self.outcome.set(outcome).is_ok() {
            let wakers = std::mem::take(&mut *lock(&self.wakers));
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    /// Registers a waker in `slot` unless the outcome is there.
    fn poll(
        &self,
        slot: &mut Option<usize>,
        context: &mut Context<'_>,
    ) -> Poll<&Result<Stored, ClientError>> {
        if let Some(outcome) = self.outcome.get() {
            return Poll::Ready(outcome);
        }
        let mut wakers = lock(&self.wakers);
        // The outcome may have come while the lock was waited for; then nobody would wake this one.
        if let Some(outcome) = self.outcome.get() {
            return Poll::Ready(outcome);
        }
        if let Some(waker) = slot.and_then(|slot| wakers.get_mut(slot)) {
            waker.clone_from(context.waker());
        } else {
            *slot = Some(wakers.len());
            wakers.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// Waits until the batch is settled, whichever way.
    pub(crate) async fn settled(&self) {
        let mut slot = None;
        std::future::poll_fn(|context| self.poll(&mut slot, context).map(|_| ())).await;
    }
}

/// Resolves when a record is acknowledged, or given up. Dropping it changes nothing about the record.
#[derive(Debug)]
#[must_use = "whether the record arrived is known once this is awaited"]
pub struct Delivery {
    batch: Arc<BatchState>,
    index: i32,
    timestamp: i64,
    slot: Option<usize>,
}

impl Delivery {
    pub(crate) fn new(batch: Arc<BatchState>, index: i32, timestamp: i64) -> Self {
        Delivery { batch, index, timestamp, slot: None }
    }

    /// The topic that the record goes to.
    pub fn topic(&self) -> &str {
        &self.batch.topic
    }

    /// The partition that was chosen.
    pub fn partition(&self) -> i32 {
        self.batch.partition
    }
}

impl Future for Delivery {
    type Output = Result<RecordMetadata, ClientError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let stored = match std::task::ready!(this.batch.poll(&mut this.slot, context)) {
            Ok(stored) => *stored,
            Err(error) => return Poll::Ready(Err(error.clone())),
        };
        let offset = match stored.base_offset {
            unknown if unknown < 0 => -1,
            base_offset => base_offset + i64::from(this.index),
        };
        Poll::Ready(Ok(RecordMetadata {
            topic: Arc::clone(&this.batch.topic),
            partition: this.batch.partition,
            offset,
            timestamp: stored.log_append_time_ms.unwrap_or(this.timestamp),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_record_of_a_batch_learns_its_offset() {
        let batch = BatchState::new(0, "t".into(), 3);
        let waiting: Vec<_> =
            (0..3).map(|index| tokio::spawn(Delivery::new(Arc::clone(&batch), index, 7))).collect();
        tokio::task::yield_now().await;
        batch.settle(Ok(Stored { base_offset: 40, log_append_time_ms: None }));
        for (index, delivery) in waiting.into_iter().enumerate() {
            let metadata = delivery.await.unwrap().unwrap();
            assert_eq!((metadata.partition, metadata.offset, metadata.timestamp), (3, 40 + index as i64, 7));
        }
        batch.settle(Err(ClientError::Closed("producer")));
        assert_eq!(Delivery::new(batch, 0, 7).await.unwrap().offset, 40, "the first outcome stays");
    }
}
