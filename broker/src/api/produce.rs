//! Produce 0-13: appends record batches.
//!
//! - 0-2 carry message sets of magic 0 and 1, see `old_formats`. 1: throttle time in the answer. 2: log append time (KIP-32).
//! - 3: transactional id, record batches of magic 2 (KIP-98). 5: log start offset in the answer. 7: zstd (KIP-110).
//!   8: record errors and a message in the answer (KIP-467). 9: flexible (KIP-482). 10: leader hints (KIP-951).
//!   13: topic ids instead of names (KIP-516).
//! - acks=0 gets no answer, ever; when such a request fails the connection ends, so that the client asks for metadata anew.
//! - The broker's own topics take records from nobody but a client with the id `__admin_client`: INVALID_TOPIC_EXCEPTION.
//! - acks=1 is answered after the write, acks=-1 once the batch is committed: after the group-committed fsync.
//!
//! The walk: each request of one socket read is checked and appended at once; then each touched partition is written
//! once; then, in order, each request is answered when its batches are settled.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use fluxmq_protocol::frame::write_frame;
use fluxmq_protocol::header::ResponseHeader;
use fluxmq_protocol::view::produce::{
    ProduceOutcome, ProducePartition, ProduceRefusal, ProduceView, write_response,
};
use fluxmq_protocol::wire::Writer;
use fluxmq_protocol::{ApiKey, ErrorCode};

use super::context::Broker;
use super::conversation::Hangup;
use super::old_formats;
use super::output::{Output, Sink};
use crate::partition::{HostedTopic, Partition, Pending};
use crate::storage::log::Appended;
use crate::storage::validate::{self, BatchRefusal};
use crate::topic_manager::is_internal;

/// Clients that call themselves so may write to the broker's own topics.
pub(super) const ADMIN_CLIENT_ID: &str = "__admin_client";

/// A view that a large request left this much larger than usual is not kept.
const KEPT_PARTITIONS_MAX: usize = 1024;

/// The produce requests of one socket read.
#[derive(Debug, Default)]
pub(super) struct ProduceWalk {
    /// Reused; the first `begun` of them are in use.
    requests: Vec<ProduceRequest>,
    begun: usize,
    /// Partitions that were appended to and not written yet.
    touched: Vec<Arc<Partition>>,
}

/// One request that was begun.
#[derive(Debug, Default)]
struct ProduceRequest {
    version: i16,
    correlation_id: i32,
    by_admin: bool,
    /// Where its body lies in the connection's buffer.
    body: Range<usize>,
    view: ProduceView,
    outcomes: Vec<ProduceOutcome>,
    /// In the order of `outcomes`; `None` for refused batches.
    appends: Vec<Option<(Arc<Partition>, Pending)>>,
}

/// What is the same for all partitions of one topic in a request.
struct TopicRules<'a> {
    broker: &'a Broker,
    version: i16,
    acks: i16,
    transactional: bool,
    now_ms: i64,
    topic: &'a HostedTopic,
}

impl ProduceWalk {
    /// Checks and appends what a request brings. Its answer comes with [`Self::finish`].
    pub(super) fn begin(
        &mut self,
        broker: &Broker,
        buffer: &mut BytesMut,
        body: Range<usize>,
        version: i16,
        correlation_id: i32,
        by_admin: bool,
    ) -> Result<(), Hangup> {
        if self.requests.len() == self.begun {
            self.requests.push(ProduceRequest::default());
        }
        let Some(request) = self.requests.get_mut(self.begun) else { return Ok(()) };
        request.reset(version, correlation_id, body.clone());
        request.by_admin = by_admin;
        let bytes = buffer.get_mut(body).unwrap_or_default();
        request.view.read(bytes, version)?;
        request.append_all(broker, bytes, &mut self.touched);
        self.begun += 1;
        Ok(())
    }

    /// Writes what was appended and answers, in order, every request that was begun.
    pub(super) async fn finish<S: Sink>(
        &mut self,
        broker: &Broker,
        buffer: &BytesMut,
        output: &mut Output,
        sink: &mut S,
    ) -> Result<(), Hangup> {
        for partition in self.touched.drain(..) {
            partition.write();
        }
        for request in self.requests.iter_mut().take(std::mem::take(&mut self.begun)) {
            request.settle(output, sink).await?;
            let body = buffer.get(request.body.clone()).unwrap_or_default();
            request.answer(body, output)?;
            request.count(broker);
            request.appends.clear();
            if request.view.partitions.capacity() > KEPT_PARTITIONS_MAX {
                *request = ProduceRequest::default();
            }
        }
        Ok(())
    }
}

impl ProduceRequest {
    fn reset(&mut self, version: i16, correlation_id: i32, body: Range<usize>) {
        (self.version, self.correlation_id, self.body) = (version, correlation_id, body);
        self.outcomes.clear();
        self.appends.clear();
    }

    fn append_all(&mut self, broker: &Broker, bytes: &mut [u8], touched: &mut Vec<Arc<Partition>>) {
        let now_ms = broker.clock.now_ms();
        let transactional = self.view.transactional_id.is_some();
        let refusal = self.refusal();
        for topic in &self.view.topics {
            let partitions = self.view.partitions.get(topic.partitions.clone()).unwrap_or_default();
            let name = bytes.get(topic.name.clone()).unwrap_or_default();
            let hosted = match refusal {
                Some(refusal) => Err(refusal),
                None => broker.find_topic(name, topic.topic_id, self.version >= 13),
            };
            let may_write = |topic: &Arc<HostedTopic>| self.by_admin || !is_internal(&topic.name);
            let hosted = hosted.and_then(|topic| {
                may_write(&topic).then_some(topic).ok_or(ErrorCode::INVALID_TOPIC_EXCEPTION)
            });
            let hosted = match hosted {
                Ok(hosted) => hosted,
                Err(error_code) => {
                    for partition in partitions {
                        self.outcomes.push(ProduceOutcome::refused(partition.index, error_code));
                        self.appends.push(None);
                    }
                    continue;
                }
            };
            let rules = TopicRules {
                broker,
                version: self.version,
                acks: self.view.acks,
                transactional,
                now_ms,
                topic: &hosted,
            };
            for partition in partitions {
                match rules.append(bytes, partition) {
                    Ok((outcome, partition, pending)) => {
                        self.outcomes.push(outcome);
                        if !touched.iter().any(|other| Arc::ptr_eq(other, &partition)) {
                            touched.push(Arc::clone(&partition));
                        }
                        self.appends.push(Some((partition, pending)));
                    }
                    Err(refused) => {
                        self.outcomes.push(refused.outcome(partition.index));
                        self.appends.push(None);
                    }
                }
            }
        }
    }

    /// What refuses the request as a whole.
    fn refusal(&self) -> Option<ErrorCode> {
        (!(-1..=1).contains(&self.view.acks)).then_some(ErrorCode::INVALID_REQUIRED_ACKS)
    }

    /// Waits until every batch is settled or lost.
    async fn settle<S: Sink>(&mut self, output: &mut Output, sink: &mut S) -> Result<(), Hangup> {
        let timeout = Duration::from_millis(u64::try_from(self.view.timeout_ms).unwrap_or(0));
        let mut deadline = None;
        for (outcome, append) in self.outcomes.iter_mut().zip(&self.appends) {
            let Some((partition, pending)) = append else { continue };
            let error_code = if let Some(fate) = partition.fate(*pending) {
                fate.map_or(ErrorCode::KAFKA_STORAGE_ERROR, |()| ErrorCode::NONE)
            } else {
                if !output.is_empty() {
                    sink.send(output).await?;
                }
                let deadline = *deadline.get_or_insert_with(|| tokio::time::Instant::now() + timeout);
                match tokio::time::timeout_at(deadline, partition.settle(*pending)).await {
                    Ok(Ok(())) => ErrorCode::NONE,
                    Ok(Err(_)) => ErrorCode::KAFKA_STORAGE_ERROR,
                    Err(_) => ErrorCode::REQUEST_TIMED_OUT,
                }
            };
            if !error_code.is_ok() {
                *outcome = ProduceOutcome::refused(outcome.index, error_code);
            }
        }
        if self.version < old_formats::PRODUCE_BATCHES {
            for outcome in &mut self.outcomes {
                outcome.error_code = old_formats::produce_error(outcome.error_code);
            }
        }
        Ok(())
    }

    fn answer(&self, body: &[u8], output: &mut Output) -> Result<(), Hangup> {
        if self.view.acks == 0 {
            let failed = self.outcomes.iter().any(|outcome| !outcome.error_code.is_ok());
            return if failed { Err(Hangup::UnacknowledgedFailure) } else { Ok(()) };
        }
        write_frame(output.bytes_mut(), |out| {
            let mut writer = Writer::new(out);
            let header = ResponseHeader { correlation_id: self.correlation_id };
            header.write(&mut writer, ApiKey::Produce, self.version);
            write_response(&mut writer, self.version, body, &self.view.topics, &self.outcomes, 0)?;
            Ok(())
        })
    }

    fn count(&self, broker: &Broker) {
        let refused = self.outcomes.iter().filter(|outcome| !outcome.error_code.is_ok()).count();
        broker.metrics.throughput.record_produce_request(self.body.len(), refused);
    }
}

/// Why one partition's batch was refused.
enum Refused {
    Code(ErrorCode),
    Batch(Box<BatchRefusal>),
}

impl From<ErrorCode> for Refused {
    fn from(code: ErrorCode) -> Self {
        Refused::Code(code)
    }
}

impl Refused {
    fn outcome(self, index: i32) -> ProduceOutcome {
        match self {
            Refused::Code(code) => ProduceOutcome::refused(index, code),
            Refused::Batch(refusal) => ProduceOutcome {
                refusal: Some(Box::new(ProduceRefusal {
                    message: Some(refusal.message),
                    record_errors: refusal.record_errors,
                })),
                ..ProduceOutcome::refused(index, refusal.error_code)
            },
        }
    }
}

impl TopicRules<'_> {
    /// Checks and appends one partition's batch.
    fn append(
        &self,
        bytes: &mut [u8],
        part: &ProducePartition,
    ) -> Result<(ProduceOutcome, Arc<Partition>, Pending), Refused> {
        let partition = self.topic.partition(part.index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        let settings = self.topic.settings.load();
        if self.acks == -1 && settings.min_insync_replicas > 1 {
            return Err(ErrorCode::NOT_ENOUGH_REPLICAS.into());
        }
        let records = part.records.clone().and_then(|range| bytes.get_mut(range)).unwrap_or_default();
        let rules = settings.produce_rules(self.now_ms, self.version >= 7, self.transactional);
        let refused = |refusal| Refused::Batch(Box::new(refusal));
        let mut converted = old_formats::up(self.version, records, &rules).map_err(refused)?;
        let records = converted.as_deref_mut().unwrap_or(records);
        let mut batch = validate::check(records, &rules).map_err(refused)?;
        let record_count = batch.header().record_count;
        let log_append_time_ms = batch.log_append_time_ms();
        let (appended, pending) = partition
            .append(&mut batch, self.acks == -1, self.now_ms)
            .map_err(|error| Refused::Code(error.code()))?;
        let (base_offset, log_append_time_ms) = match appended {
            Appended::Batch { base_offset } => (base_offset, log_append_time_ms),
            Appended::Duplicate { base_offset, timestamp_ms, .. } => {
                (base_offset, if log_append_time_ms < 0 { -1 } else { timestamp_ms })
            }
        };
        self.broker.metrics.throughput.record_message_produced(u64::try_from(record_count).unwrap_or(0));
        let outcome = ProduceOutcome {
            index: part.index,
            error_code: ErrorCode::NONE,
            base_offset,
            log_append_time_ms,
            log_start_offset: partition.watermarks().log_start_offset,
            refusal: None,
        };
        Ok((outcome, Arc::clone(partition), pending))
    }
}
