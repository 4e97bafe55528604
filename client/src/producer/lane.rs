//! One partition, as the sending task sees it: batches to repeat, those under way, and what is gathered.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use fluxmq_protocol::record::set_producer;
use tokio::time::Instant;

use super::accumulator::{Accumulator, PartitionQueue, Readiness};
use super::batch::BatchState;
use super::config::{Acks, ProducerConfig};
use super::idempotence::{BatchSequence, PartitionSequence, ProducerIdentity};
use crate::error::ClientError;
use crate::retry::Backoff;

/// A batch in the form in which it is sent, kept until its fate is known.
#[derive(Debug)]
pub(super) struct OutgoingBatch {
    pub(super) state: Arc<BatchState>,
    pub(super) bytes: Bytes,
    pub(super) record_count: i32,
    pub(super) charged: usize,
    pub(super) opened_at: Instant,
    pub(super) sequence: Option<BatchSequence>,
    pub(super) last_error: Option<ClientError>,
}

#[derive(Debug)]
pub(super) struct Lane {
    pub(super) queue: Arc<PartitionQueue>,
    /// Batches that were sent and must be sent again, before all others, in the order of their ids.
    pub(super) repeats: VecDeque<OutgoingBatch>,
    /// The ids of the batches under way.
    pub(super) under_way: Vec<u64>,
    pub(super) sequence: PartitionSequence,
    /// Nothing is sent before this moment.
    pub(super) paused_until: Option<Instant>,
    pub(super) backoff: Backoff,
    pub(super) last_error: Option<ClientError>,
}

impl Lane {
    pub(super) fn new(queue: Arc<PartitionQueue>, backoff: Backoff) -> Self {
        Lane {
            queue,
            repeats: VecDeque::new(),
            under_way: Vec::new(),
            sequence: PartitionSequence::default(),
            paused_until: None,
            backoff,
            last_error: None,
        }
    }

    /// When the next batch may be sent, its leader and its turn aside.
    pub(super) fn readiness(&self, config: &ProducerConfig, hurried: bool, now: Instant) -> Readiness {
        let in_step = self.sequence.is_confirmed && !self.sequence.starts_over && self.repeats.is_empty();
        let under_way_max = match config.acks {
            Acks::None => usize::MAX,
            _ if config.is_idempotent() && in_step => config.max_in_flight,
            // Nothing may overtake a batch that is sent again, or the first one; nor, without sequence numbers, any.
            _ => 1,
        };
        if self.under_way.len() >= under_way_max {
            return Readiness::Empty;
        }
        let ready =
            if self.repeats.is_empty() { self.queue.readiness(config, hurried, now) } else { Readiness::Now };
        match self.paused_until {
            Some(until) if until > now && ready != Readiness::Empty => Readiness::At(until),
            _ => ready,
        }
    }

    /// Sends nothing for a while after a failure.
    pub(super) fn pause(&mut self, now: Instant, error: ClientError) {
        self.paused_until = Some(now + self.backoff.next());
        self.last_error = Some(error);
    }

    /// Takes the next batch in the form in which it is sent. `None` where there is none, or where a producer id must
    /// come first; in that case nothing is taken.
    pub(super) fn take(
        &mut self,
        accumulator: &Accumulator,
        identity: Option<ProducerIdentity>,
    ) -> Option<OutgoingBatch> {
        if let Some(mut batch) = self.repeats.pop_front() {
            if accumulator.config.is_idempotent() && batch.sequence.is_none() {
                let Some(sequence) = self.sequence.assign(identity, batch.record_count) else {
                    self.repeats.push_front(batch);
                    return None;
                };
                batch.number(sequence);
            }
            return Some(batch);
        }
        loop {
            let mut gathered = self.queue.take()?;
            let record_count = gathered.builder.record_count();
            let mut sequence = None;
            if accumulator.config.is_idempotent() {
                sequence = self.sequence.assign(identity, record_count);
                if let Some(BatchSequence { identity, base }) = sequence {
                    gathered.builder.set_producer(identity.producer_id, identity.epoch, base);
                }
            }
            match gathered.builder.build() {
                Ok(bytes) => {
                    return Some(OutgoingBatch {
                        state: gathered.state,
                        bytes,
                        record_count,
                        charged: gathered.charged,
                        opened_at: gathered.opened_at,
                        sequence,
                        last_error: None,
                    });
                }
                Err(error) => {
                    let what = format!("a batch for `{}-{}`", self.queue.topic, self.queue.partition);
                    let error = ClientError::codec(what, error);
                    if let Some(sequence) = sequence {
                        self.sequence.take_back(sequence);
                    }
                    accumulator.settle(&gathered.state, gathered.charged, Err(error));
                }
            }
        }
    }

    /// Puts a batch back, to be sent again before those that came after it.
    pub(super) fn repeat(&mut self, batch: OutgoingBatch) {
        let place = self.repeats.partition_point(|other| other.state.id < batch.state.id);
        self.repeats.insert(place, batch);
    }

    /// Whether no batch that came before this one is undecided.
    pub(super) fn is_oldest(&self, id: u64) -> bool {
        self.under_way.iter().all(|other| *other >= id)
            && self.repeats.front().is_none_or(|other| other.state.id > id)
    }

    /// Numbers everything that waits anew, from 0 under the next epoch. Whether a new producer id is needed.
    pub(super) fn start_over(&mut self) -> bool {
        for batch in &mut self.repeats {
            batch.sequence = None;
        }
        self.sequence.start_over()
    }

    /// Gives up what has waited longer than the delivery timeout.
    pub(super) fn expire(&mut self, accumulator: &Accumulator, now: Instant) {
        let timeout = accumulator.config.delivery_timeout;
        let what = || format!("delivering a batch to `{}-{}`", self.queue.topic, self.queue.partition);
        while self.repeats.front().is_some_and(|batch| batch.opened_at + timeout <= now) {
            let Some(batch) = self.repeats.pop_front() else { break };
            if batch.sequence.is_some() {
                self.sequence.gap = Some(batch.state.id);
            }
            let cause = batch.last_error.or_else(|| self.last_error.clone());
            let error = ClientError::timeout_after(what(), timeout, cause);
            accumulator.settle(&batch.state, batch.charged, Err(error));
        }
        while self.queue.oldest().is_some_and(|opened_at| opened_at + timeout <= now) {
            let Some(batch) = self.queue.take() else { break };
            let error = ClientError::timeout_after(what(), timeout, self.last_error.clone());
            accumulator.settle(&batch.state, batch.charged, Err(error));
        }
    }

    /// When the oldest batch that waits is given up.
    pub(super) fn expires_at(&self, config: &ProducerConfig) -> Option<Instant> {
        let repeat = self.repeats.front().map(|batch| batch.opened_at);
        repeat.or_else(|| self.queue.oldest()).map(|opened_at| opened_at + config.delivery_timeout)
    }
}

impl OutgoingBatch {
    /// Writes other sequence numbers into the batch.
    fn number(&mut self, sequence: BatchSequence) {
        self.sequence = Some(sequence);
        let bytes = std::mem::take(&mut self.bytes);
        let mut bytes = bytes.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        let ProducerIdentity { producer_id, epoch } = sequence.identity;
        if let Err(error) = set_producer(&mut bytes, producer_id, epoch, sequence.base) {
            // Only bytes that are no batch are refused, and these were built as one.
            tracing::error!(%error, "a batch could not be numbered anew");
        }
        self.bytes = bytes.freeze();
    }
}
