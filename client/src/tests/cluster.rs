//! A cluster of mocked brokers with logs in memory, whose every answer a test can bend.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use fluxmq_protocol::messages::fetch::{
    AbortedTransaction, FetchRequest, FetchResponse, FetchableTopicResponse, PartitionData,
};
use fluxmq_protocol::messages::init_producer_id::InitProducerIdResponse;
use fluxmq_protocol::messages::list_offsets::{
    ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopicResponse,
};
use fluxmq_protocol::messages::metadata::{
    MetadataRequest, MetadataResponse, MetadataResponseBroker, MetadataResponsePartition,
    MetadataResponseTopic,
};
use fluxmq_protocol::messages::produce::{
    PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceResponse,
};
use fluxmq_protocol::record::{BatchBuilder, BatchHeader, Compression, RecordBatch, stamp};
use fluxmq_protocol::{ApiKey, ErrorCode, Uuid};

use super::coordinator::FakeGroup;
use crate::mock::{MockBroker, MockReply, MockRequest, api_versions};
use crate::{Client, sync};

pub(super) struct FakeCluster {
    pub(super) brokers: Vec<MockBroker>,
    pub(super) state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub(super) struct State {
    ports: Vec<u16>,
    /// By topic and partition.
    pub(super) logs: BTreeMap<(String, i32), Log>,
    /// What the next produced batches are answered with instead of being stored.
    pub(super) produce_script: VecDeque<ProduceTurn>,
    /// The highest version of an API, where it is not this client's.
    pub(super) highest: Vec<(ApiKey, i16)>,
    /// Every request, in order.
    pub(super) seen: Vec<(ApiKey, i16)>,
    producer_ids: i64,
    pub(super) group: FakeGroup,
}

#[derive(Clone, Copy)]
pub(super) enum ProduceTurn {
    /// As it should be.
    Store,
    /// Not stored, and this error.
    Refuse(ErrorCode),
    /// Stored, and the connection closed before the answer.
    StoreAndClose,
}

#[derive(Default)]
pub(super) struct Log {
    pub(super) leader: i32,
    pub(super) leader_epoch: i32,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) batches: Vec<Bytes>,
    pub(super) aborted: Vec<AbortedTransaction>,
    /// Epoch and next sequence number of each producer.
    producers: HashMap<i64, (i16, i32)>,
}

impl Log {
    /// Appends a batch and moves the end behind it.
    pub(super) fn append(&mut self, batch: Bytes) -> i64 {
        let mut bytes = batch.to_vec();
        let base_offset = self.end;
        stamp(&mut bytes, base_offset, self.leader_epoch).unwrap();
        self.end = BatchHeader::parse(&bytes).unwrap().next_offset();
        self.batches.push(bytes.into());
        base_offset
    }

    pub(super) fn append_values(&mut self, values: &[&str]) -> i64 {
        let mut builder = BatchBuilder::new(Compression::None, None);
        for value in values {
            builder.append(1_000 + self.end, None, Some(value.as_bytes()), &[]);
        }
        self.append(builder.build().unwrap())
    }

    pub(super) fn values(&self) -> Vec<String> {
        let batches = self.batches.iter().map(|bytes| RecordBatch::parse(bytes.clone()).unwrap());
        batches
            .flat_map(|batch| batch.records(1 << 20).unwrap().map(Result::unwrap).collect::<Vec<_>>())
            .map(|record| String::from_utf8(record.value.unwrap_or_default().to_vec()).unwrap())
            .collect()
    }

    /// Appends as a broker does, with the sequence numbers checked.
    fn produce(&mut self, batch: Bytes) -> (ErrorCode, i64) {
        let header = *RecordBatch::parse(batch.clone()).unwrap().header();
        if header.producer_id >= 0 {
            // Like Kafka: of a producer that is not known (any more), the first number may be any.
            let first = (header.producer_epoch, header.base_sequence);
            let (epoch, next) = *self.producers.entry(header.producer_id).or_insert(first);
            if header.producer_epoch < epoch {
                return (ErrorCode::INVALID_PRODUCER_EPOCH, -1);
            }
            let next = if header.producer_epoch > epoch { 0 } else { next };
            if header.base_sequence < next {
                let same = |stored: &&Bytes| {
                    let stored = BatchHeader::parse(stored).unwrap();
                    stored.base_sequence == header.base_sequence
                        && stored.producer_epoch == header.producer_epoch
                };
                let stored = self.batches.iter().find(same);
                return stored.map_or((ErrorCode::DUPLICATE_SEQUENCE_NUMBER, -1), |stored| {
                    (ErrorCode::NONE, BatchHeader::parse(stored).unwrap().base_offset)
                });
            }
            if header.base_sequence > next {
                return (ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
            }
            let after = header.base_sequence + header.record_count;
            self.producers.insert(header.producer_id, (header.producer_epoch, after));
        }
        (ErrorCode::NONE, self.append(batch))
    }
}

impl FakeCluster {
    /// Brokers with ids from 0, and topic `t` with this many partitions, all led by broker 0.
    pub(super) async fn start(brokers: usize, partitions: i32) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        for partition in 0..partitions {
            sync::lock(&state).logs.insert(("t".to_owned(), partition), Log::default());
        }
        let mut started = Vec::new();
        for id in 0..brokers {
            let shared = Arc::clone(&state);
            let handler = move |request: &MockRequest| sync::lock(&shared).answer(id as i32, request);
            let broker = MockBroker::start(handler).await.unwrap();
            sync::lock(&state).ports.push(broker.port());
            started.push(broker);
        }
        FakeCluster { brokers: started, state }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        sync::lock(&self.state)
    }

    pub(super) async fn client(&self) -> Client {
        Client::builder()
            .bootstrap(self.brokers[0].address())
            .retry_backoff(Duration::from_millis(5), Duration::from_millis(20))
            .reconnect_backoff(Duration::from_millis(5), Duration::from_millis(20))
            .topic_wait(Duration::from_millis(50))
            .build()
            .await
            .unwrap()
    }
}

impl State {
    pub(super) fn log(&mut self, partition: i32) -> &mut Log {
        self.logs.get_mut(&("t".to_owned(), partition)).unwrap()
    }

    pub(super) fn count(&self, api_key: ApiKey) -> usize {
        self.seen.iter().filter(|(seen, _)| *seen == api_key).count()
    }

    fn answer(&mut self, broker: i32, request: &MockRequest) -> MockReply {
        self.seen.push((request.api_key, request.version));
        if request.api_key == ApiKey::ApiVersions {
            return request.reply(&api_versions(&self.highest));
        }
        if let Some(asked) = request.decode::<MetadataRequest>() {
            return request.reply(&self.metadata(&asked));
        }
        if request.api_key == ApiKey::InitProducerId {
            self.producer_ids += 1;
            let response = InitProducerIdResponse {
                producer_id: self.producer_ids,
                ..InitProducerIdResponse::default()
            };
            return request.reply(&response);
        }
        if let Some(asked) = request.decode::<ListOffsetsRequest>() {
            return request.reply(&self.list_offsets(asked));
        }
        if let Some(asked) = request.decode::<ProduceRequest>() {
            return self.produce(broker, request, asked);
        }
        if let Some(asked) = request.decode::<FetchRequest>() {
            let max_wait = Duration::from_millis(asked.max_wait_ms.min(20) as u64);
            let (response, is_empty) = self.fetch(broker, asked);
            let reply = request.reply(&response);
            return if is_empty { reply.after(max_wait) } else { reply };
        }
        self.group.answer(broker, &self.ports, request).unwrap_or(MockReply::Close)
    }

    fn metadata(&self, asked: &MetadataRequest) -> MetadataResponse {
        let brokers = self.ports.iter().enumerate().map(|(id, port)| MetadataResponseBroker {
            node_id: id as i32,
            host: "127.0.0.1".to_owned(),
            port: i32::from(*port),
            rack: None,
        });
        let mut names: Vec<String> = self.logs.keys().map(|(topic, _)| topic.clone()).collect();
        names.dedup();
        if let Some(asked) = &asked.topics {
            names = asked.iter().filter_map(|topic| topic.name.clone()).collect();
        }
        let topics = names.into_iter().map(|name| {
            let logs = self.logs.iter().filter(|((topic, _), _)| *topic == name);
            let partitions: Vec<_> = logs
                .map(|((_, partition), log)| MetadataResponsePartition {
                    partition_index: *partition,
                    leader_id: log.leader,
                    leader_epoch: log.leader_epoch,
                    replica_nodes: vec![log.leader],
                    isr_nodes: vec![log.leader],
                    ..MetadataResponsePartition::default()
                })
                .collect();
            let known = !partitions.is_empty();
            MetadataResponseTopic {
                error_code: if known { ErrorCode::NONE } else { ErrorCode::UNKNOWN_TOPIC_OR_PARTITION },
                name: Some(name),
                topic_id: if known { Uuid::from_u128(77) } else { Uuid::nil() },
                partitions,
                ..MetadataResponseTopic::default()
            }
        });
        MetadataResponse {
            brokers: brokers.collect(),
            cluster_id: Some("fake".to_owned()),
            controller_id: 0,
            topics: topics.collect(),
            ..MetadataResponse::default()
        }
    }

    fn list_offsets(&self, asked: ListOffsetsRequest) -> ListOffsetsResponse {
        let topics = asked.topics.into_iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|question| {
                let log = &self.logs[&(topic.name.clone(), question.partition_index)];
                let (offset, timestamp) = match question.timestamp {
                    -2 => (log.start, -1),
                    -1 => (log.end, -1),
                    wanted => first_at(log, wanted).unwrap_or((-1, -1)),
                };
                ListOffsetsPartitionResponse {
                    partition_index: question.partition_index,
                    timestamp,
                    offset,
                    ..ListOffsetsPartitionResponse::default()
                }
            });
            ListOffsetsTopicResponse { partitions: partitions.collect(), name: topic.name }
        });
        ListOffsetsResponse { topics: topics.collect(), ..ListOffsetsResponse::default() }
    }

    fn produce(&mut self, broker: i32, request: &MockRequest, asked: ProduceRequest) -> MockReply {
        let mut close = false;
        let mut response = ProduceResponse::default();
        for topic in asked.topic_data {
            let mut answers = Vec::new();
            for partition in topic.partition_data {
                let turn = self.produce_script.pop_front().unwrap_or(ProduceTurn::Store);
                let log = self.log(partition.index);
                let (error_code, base_offset) = match turn {
                    _ if log.leader != broker => (ErrorCode::NOT_LEADER_OR_FOLLOWER, -1),
                    ProduceTurn::Refuse(error_code) => (error_code, -1),
                    ProduceTurn::Store | ProduceTurn::StoreAndClose => {
                        close |= matches!(turn, ProduceTurn::StoreAndClose);
                        log.produce(partition.records.unwrap())
                    }
                };
                answers.push(PartitionProduceResponse {
                    index: partition.index,
                    error_code,
                    base_offset,
                    ..PartitionProduceResponse::default()
                });
            }
            response.responses.push(TopicProduceResponse {
                name: topic.name,
                topic_id: topic.topic_id,
                partition_responses: answers,
            });
        }
        match asked.acks {
            _ if close => MockReply::Close,
            0 => MockReply::Silence,
            _ => request.reply(&response),
        }
    }

    fn fetch(&mut self, broker: i32, asked: FetchRequest) -> (FetchResponse, bool) {
        let mut is_empty = true;
        let mut response = FetchResponse::default();
        for topic in asked.topics {
            let mut partitions = Vec::new();
            for question in topic.partitions {
                let log = self.log(question.partition);
                let offset = question.fetch_offset;
                let mut answer = PartitionData {
                    partition_index: question.partition,
                    high_watermark: log.end,
                    last_stable_offset: log.end,
                    log_start_offset: log.start,
                    aborted_transactions: (asked.isolation_level == 1).then(|| log.aborted.clone()),
                    ..PartitionData::default()
                };
                if log.leader != broker {
                    answer.error_code = ErrorCode::NOT_LEADER_OR_FOLLOWER;
                } else if offset < log.start || offset > log.end {
                    answer.error_code = ErrorCode::OFFSET_OUT_OF_RANGE;
                } else {
                    let next = |bytes: &&Bytes| BatchHeader::parse(bytes).unwrap().next_offset() > offset;
                    let bytes: Vec<u8> = log.batches.iter().filter(next).flatten().copied().collect();
                    answer.records = Some(bytes.into());
                }
                is_empty &= answer.error_code.is_ok() && answer.records.as_ref().is_none_or(Bytes::is_empty);
                partitions.push(answer);
            }
            response.responses.push(FetchableTopicResponse {
                topic: topic.topic,
                topic_id: topic.topic_id,
                partitions,
            });
        }
        (response, is_empty)
    }
}

fn first_at(log: &Log, wanted: i64) -> Option<(i64, i64)> {
    let batches = log.batches.iter().map(|bytes| RecordBatch::parse(bytes.clone()).unwrap());
    let mut records = batches.flat_map(|batch| batch.records(1 << 20).unwrap().map(Result::unwrap));
    records.find(|record| record.timestamp >= wanted).map(|record| (record.offset, record.timestamp))
}
