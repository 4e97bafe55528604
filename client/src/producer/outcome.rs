//! What the answer to a produce request means for each of its batches: stored, to be sent again, or given up.

use std::collections::HashMap;

use fluxmq_protocol::messages::produce::{PartitionProduceResponse, ProduceResponse};
use fluxmq_protocol::{ErrorCode, Uuid};
use tokio::time::Instant;

use super::batch::Stored;
use super::lane::OutgoingBatch;
use super::request::TOPIC_ID_VERSION;
use super::sender::{Sender, SentBatch};
use crate::error::{ClientError, is_stale_metadata};

/// What is to be done with a batch.
enum Verdict {
    Stored(Stored),
    /// The same bytes again.
    Repeat(ClientError),
    /// Again, under sequence numbers that start over.
    StartOver(ClientError),
    /// The broker has refused it for good.
    GiveUp(ClientError),
}

impl Sender {
    pub(super) fn handle_answer(
        &mut self,
        sent: Vec<SentBatch>,
        version: i16,
        result: Result<ProduceResponse, ClientError>,
    ) {
        let now = Instant::now();
        let response = match &result {
            Ok(response) => response,
            Err(error) if error.is_retriable() => {
                // Whether the batches were stored is not known; the sequence numbers will tell the broker.
                for SentBatch { lane, batch, .. } in sent {
                    self.repeat(lane, batch, error.clone(), now);
                }
                return self.refresh(now);
            }
            Err(error) => return self.fail(sent, error),
        };
        let answers = by_partition(response);
        let mut is_stale = false;
        for SentBatch { lane, topic, batch } in sent {
            let key = match version {
                TOPIC_ID_VERSION.. => (topic.topic_id, "", batch.state.partition),
                _ => (Uuid::nil(), &*topic.name, batch.state.partition),
            };
            let verdict = match answers.get(&key) {
                Some(answer) => {
                    is_stale |= is_stale_metadata(answer.error_code);
                    self.judge(lane, &batch, answer)
                }
                None => Verdict::Repeat(ClientError::server(
                    ErrorCode::UNKNOWN_SERVER_ERROR,
                    format!("produce to `{}-{}`", topic.name, batch.state.partition),
                    Some("the broker's answer leaves the partition out".to_owned()),
                )),
            };
            self.carry_out(lane, batch, verdict, now);
        }
        if is_stale {
            self.refresh(now);
        }
    }

    fn judge(&self, lane: usize, batch: &OutgoingBatch, answer: &PartitionProduceResponse) -> Verdict {
        let code = answer.error_code;
        if code.is_ok() || code == ErrorCode::DUPLICATE_SEQUENCE_NUMBER {
            let base_offset = if code.is_ok() { answer.base_offset } else { -1 };
            let log_append_time_ms = (answer.log_append_time_ms >= 0).then_some(answer.log_append_time_ms);
            return Verdict::Stored(Stored { base_offset, log_append_time_ms });
        }
        let message = answer.error_message.clone().or_else(|| {
            answer.record_errors.iter().find_map(|error| error.batch_index_error_message.clone())
        });
        let context = format!("produce to `{}-{}`", batch.state.topic, batch.state.partition);
        let error = ClientError::server(code, context, message);
        let lane = &self.lanes[lane];
        match code {
            // A batch before this one is on its way again; this one's turn comes after it.
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER if !lane.is_oldest(batch.state.id) => {
                Verdict::Repeat(error)
            }
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER if lane.sequence.gap.is_some() => {
                Verdict::StartOver(error)
            }
            ErrorCode::UNKNOWN_PRODUCER_ID => Verdict::StartOver(error),
            code if code.is_retriable() => Verdict::Repeat(error),
            _ => Verdict::GiveUp(error),
        }
    }

    fn carry_out(&mut self, lane: usize, batch: OutgoingBatch, verdict: Verdict, now: Instant) {
        match verdict {
            Verdict::Repeat(error) => self.repeat(lane, batch, error, now),
            Verdict::StartOver(error) => {
                self.lanes[lane].sequence.starts_over = true;
                self.repeat(lane, batch, error, now);
            }
            Verdict::Stored(stored) => {
                let lane = &mut self.lanes[lane];
                lane.under_way.retain(|id| *id != batch.state.id);
                lane.backoff.reset();
                self.accumulator.set_trouble(None);
                lane.sequence.is_confirmed = true;
                lane.sequence.gap = lane.sequence.gap.filter(|gap| *gap > batch.state.id);
                self.accumulator.settle(&batch.state, batch.charged, Ok(stored));
            }
            Verdict::GiveUp(error) => self.refused(lane, &batch, error),
        }
    }

    fn repeat(&mut self, lane: usize, mut batch: OutgoingBatch, error: ClientError, now: Instant) {
        tracing::debug!(%error, topic = %batch.state.topic, partition = batch.state.partition, "a batch is sent again");
        self.accumulator.set_trouble(Some(&error));
        let lane = &mut self.lanes[lane];
        lane.under_way.retain(|id| *id != batch.state.id);
        batch.last_error = Some(error.clone());
        lane.repeat(batch);
        // One pause for all batches of a lane that come back together.
        if lane.paused_until.is_none_or(|until| until <= now) {
            lane.pause(now, error);
        }
    }

    /// Gives up a batch that the broker has not stored and never will.
    fn refused(&mut self, lane: usize, batch: &OutgoingBatch, error: ClientError) {
        let lane_state = &mut self.lanes[lane];
        let sequence = &mut lane_state.sequence;
        if matches!(
            error.error_code(),
            Some(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER | ErrorCode::INVALID_PRODUCER_EPOCH)
        ) {
            // Acknowledged records are missing at the broker; this error says so, later batches go on without them.
            sequence.starts_over = true;
        } else if let Some(taken) = batch.sequence {
            let is_last = lane_state.under_way == [batch.state.id] && lane_state.repeats.is_empty();
            if is_last && sequence.gap.is_none() {
                sequence.take_back(taken);
            } else {
                sequence.gap = Some(batch.state.id);
            }
        }
        self.give_up(lane, batch, error);
    }

    fn give_up(&mut self, lane: usize, batch: &OutgoingBatch, error: ClientError) {
        self.lanes[lane].under_way.retain(|id| *id != batch.state.id);
        self.accumulator.settle(&batch.state, batch.charged, Err(error));
    }

    /// Gives up batches of which it is not known whether the broker has stored them.
    pub(super) fn fail(&mut self, sent: Vec<SentBatch>, error: &ClientError) {
        for SentBatch { lane, batch, .. } in sent {
            if batch.sequence.is_some() {
                self.lanes[lane].sequence.gap = Some(batch.state.id);
            }
            self.give_up(lane, &batch, error.clone());
        }
    }
}

fn by_partition(response: &ProduceResponse) -> HashMap<(Uuid, &str, i32), &PartitionProduceResponse> {
    let topics = response.responses.iter();
    topics
        .flat_map(|topic| {
            let partitions = topic.partition_responses.iter();
            partitions.map(|answer| ((topic.topic_id, topic.name.as_str(), answer.index), answer))
        })
        .collect()
}
