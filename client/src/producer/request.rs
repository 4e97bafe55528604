//! Produce requests: what goes into one, and on its way.

use std::collections::HashMap;
use std::sync::Arc;

use fluxmq_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use fluxmq_protocol::record::Compression;
use fluxmq_protocol::{ApiKey, Encode};

use super::batch::Stored;
use super::config::Acks;
use super::sender::{Event, Sender, SentBatch};
use crate::connection::Connection;
use crate::error::ClientError;
use crate::retry::Deadline;

/// From this version on topics are named by their ids (KIP-516).
pub(super) const TOPIC_ID_VERSION: i16 = 13;
const ZSTD_VERSION: i16 = 7;
/// Record batches of magic 2 came with this version.
const VERSION_MIN: i16 = 3;

impl Sender {
    /// Queues a request on the connection before it returns, so that requests leave in the order of these calls.
    pub(super) async fn send(&mut self, broker: i32, connection: Arc<Connection>, sent: Vec<SentBatch>) {
        let config = &self.accumulator.config;
        let has_ids = sent.iter().all(|sent| !sent.topic.topic_id.is_nil());
        let version_max = if has_ids { i16::MAX } else { TOPIC_ID_VERSION - 1 };
        let version_min = if config.compression == Compression::Zstd { ZSTD_VERSION } else { VERSION_MIN };
        let negotiated = connection.versions().negotiate_within::<ProduceRequest>(version_min, version_max);
        let version = match negotiated {
            Ok(version) => version,
            Err(error) => return self.fail(sent, &error),
        };
        let request = self.request(&sent, version);
        let deadline = Deadline::after(config.request_timeout);
        if config.acks == Acks::None {
            let written = connection.enqueue_unanswered(&request, version, deadline).await;
            return self.settle_unanswered(sent, written);
        }
        let dispatched =
            connection.dispatch(ApiKey::Produce, version, deadline, |writer| request.encode(writer, version));
        let pending = match dispatched.await {
            Ok(pending) => pending,
            Err(error) => return self.handle_answer(sent, version, Err(error)),
        };
        self.brokers.entry(broker).or_default().requests_under_way += 1;
        self.events.push(Box::pin(async move {
            let result = match pending.answer(&connection).await {
                Ok(frame) => connection.decode::<ProduceRequest>(frame, version),
                Err(error) => Err(error),
            };
            Event::Answered { broker, sent, version, result }
        }));
    }

    fn request(&self, sent: &[SentBatch], version: i16) -> ProduceRequest {
        let config = &self.accumulator.config;
        let mut topics: Vec<TopicProduceData> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for SentBatch { topic, batch, .. } in sent {
            let place = *places.entry(&*topic.name).or_insert_with(|| {
                let by_id = version >= TOPIC_ID_VERSION;
                topics.push(TopicProduceData {
                    name: if by_id { String::new() } else { topic.name.to_string() },
                    topic_id: topic.topic_id,
                    partition_data: Vec::new(),
                });
                topics.len() - 1
            });
            let records = Some(batch.bytes.clone());
            topics[place].partition_data.push(PartitionProduceData { index: batch.state.partition, records });
        }
        ProduceRequest {
            transactional_id: None,
            acks: config.acks.code(),
            timeout_ms: i32::try_from(config.request_timeout.as_millis()).unwrap_or(i32::MAX),
            topic_data: topics,
        }
    }

    fn settle_unanswered(&mut self, sent: Vec<SentBatch>, written: Result<(), ClientError>) {
        match written {
            Err(error) => self.handle_answer(sent, VERSION_MIN, Err(error)),
            Ok(()) => {
                for SentBatch { lane, batch, .. } in sent {
                    self.lanes[lane].under_way.retain(|id| *id != batch.state.id);
                    let stored = Stored { base_offset: -1, log_append_time_ms: None };
                    self.accumulator.settle(&batch.state, batch.charged, Ok(stored));
                }
            }
        }
    }
}
