//! Which partitions to fetch from which broker, and what comes back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use fluxmq_protocol::messages::fetch::{
    FetchPartition, FetchRequest, FetchResponse, FetchTopic, PartitionData,
};
use fluxmq_protocol::{ErrorCode, Uuid};
use tokio::time::Instant;

use super::Consumer;
use super::config::{ConsumerConfig, OffsetReset};
use crate::client::Client;
use crate::error::{ClientError, is_stale_metadata};
use crate::list_offsets::OffsetSpec;
use crate::metadata_cache::ClusterMetadata;
use crate::topic_partition::TopicPartition;

const VERSION_MIN: i16 = 4;
const TOPIC_ID_VERSION: i16 = 13;

/// Something that happened elsewhere and that the consumer must see to.
pub(super) enum Event {
    Fetched { broker: i32, asked: Vec<Asked>, result: Result<Fetched, ClientError> },
    Refreshed(Result<ClusterMetadata, ClientError>),
    Reset { index: usize, generation: u32, result: Result<i64, ClientError> },
}

/// A partition in a fetch request.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    index: usize,
    generation: u32,
    topic: Arc<str>,
    topic_id: Uuid,
    question: FetchPartition,
}

/// An answer, and whether its topics are named by their ids.
pub(super) struct Fetched {
    by_id: bool,
    response: FetchResponse,
}

impl Consumer {
    /// Sends a fetch to every broker that has none under way, as far as there is room. When to look again at the
    /// latest, where a partition must wait.
    pub(super) fn start_fetches(&mut self, now: Instant) -> Option<Instant> {
        let refresh_at = self.refreshed_at + self.client.inner.settings.metadata_max_age;
        if refresh_at <= now {
            self.refresh();
        }
        if self.ready_bytes >= self.config.prefetch_bytes {
            return None;
        }
        let mut by_broker: BTreeMap<i32, Vec<Asked>> = BTreeMap::new();
        let mut leaderless = Vec::new();
        // Another partition comes first each time, so that none starves behind others of the same broker.
        self.turn = self.turn.wrapping_add(1);
        for step in 0..self.partitions.len() {
            let index = self.turn.wrapping_add(step) % self.partitions.len();
            let state = &self.partitions[index];
            if !state.wants_fetch() || state.not_before.is_some_and(|at| at > now) {
                continue;
            }
            match self.question(index) {
                Some((broker, _)) if self.brokers_asked.contains(&broker) => {}
                Some((broker, question)) => by_broker.entry(broker).or_default().push(question),
                None => leaderless.push(index),
            }
        }
        if !leaderless.is_empty() {
            self.refresh();
        }
        for index in leaderless {
            let state = &self.partitions[index];
            let context = format!("partition `{}-{}`", state.topic, state.partition);
            let error = ClientError::server(ErrorCode::LEADER_NOT_AVAILABLE, context, None);
            self.wait_and_retry(index, error, now);
        }
        for (broker, asked) in by_broker {
            self.fetch_from(broker, asked);
        }
        let waiting = self.partitions.iter().filter(|state| state.wants_fetch());
        let retry_at = waiting.filter_map(|state| state.not_before.filter(|at| *at > now)).min();
        retry_at.into_iter().chain((refresh_at > now).then_some(refresh_at)).min()
    }

    /// What to ask for a partition, and whom; `None` while it has no leader.
    fn question(&self, index: usize) -> Option<(i32, Asked)> {
        let state = &self.partitions[index];
        let topic = self.client.inner.cache.topic(&state.topic)?;
        let known = topic.partition(state.partition)?;
        let broker = state.preferred_replica.or(known.leader)?;
        let question = FetchPartition {
            partition: state.partition,
            current_leader_epoch: known.leader_epoch,
            fetch_offset: state.fetch_offset,
            partition_max_bytes: state.fetch_bytes,
            ..FetchPartition::default()
        };
        let (topic, topic_id) = (Arc::clone(&state.topic), topic.topic_id);
        Some((broker, Asked { index, generation: state.generation, topic, topic_id, question }))
    }

    fn fetch_from(&mut self, broker: i32, asked: Vec<Asked>) {
        self.brokers_asked.insert(broker);
        for question in &asked {
            self.partitions[question.index].under_way = true;
        }
        let (client, config) = (self.client.clone(), Arc::clone(&self.config));
        self.events.push(Box::pin(async move {
            let result = fetch(&client, &config, broker, &asked).await;
            Event::Fetched { broker, asked, result }
        }));
    }

    pub(super) fn refresh(&mut self) {
        if self.refreshing {
            return;
        }
        self.refreshing = true;
        self.refreshed_at = Instant::now();
        let topics = self.topics_to_refresh();
        let client = self.client.clone();
        self.events.push(Box::pin(async move {
            Event::Refreshed(client.refresh_metadata_with(topics, false).await)
        }));
    }

    pub(super) fn handle(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::Refreshed(result) => {
                self.refreshing = false;
                match result {
                    Ok(metadata) => self.discover(&metadata),
                    Err(error) => tracing::debug!(%error, "metadata could not be refreshed"),
                }
            }
            Event::Reset { index, generation, result } => {
                let state = &mut self.partitions[index];
                state.under_way = false;
                if state.generation == generation {
                    match result {
                        Ok(offset) => state.seek(offset),
                        Err(error) => {
                            state.failed = true;
                            self.errors.push_back(error);
                        }
                    }
                }
            }
            Event::Fetched { broker, asked, result } => {
                self.brokers_asked.remove(&broker);
                for question in &asked {
                    self.partitions[question.index].under_way = false;
                }
                match result {
                    Ok(fetched) => self.take_in(asked, fetched, now),
                    Err(error) => self.fetch_failed(&asked, &error, now),
                }
            }
        }
    }

    fn take_in(&mut self, asked: Vec<Asked>, fetched: Fetched, now: Instant) {
        if !fetched.response.error_code.is_ok() {
            let context = "fetch".to_owned();
            let error = ClientError::server(fetched.response.error_code, context, None);
            return self.fetch_failed(&asked, &error, now);
        }
        let mut answers: HashMap<(Uuid, String, i32), PartitionData> = HashMap::new();
        for topic in fetched.response.responses {
            for answer in topic.partitions {
                answers.insert((topic.topic_id, topic.topic.clone(), answer.partition_index), answer);
            }
        }
        for question in asked {
            let partition = question.question.partition;
            let key = if fetched.by_id {
                (question.topic_id, String::new(), partition)
            } else {
                (Uuid::nil(), question.topic.to_string(), partition)
            };
            let state = &self.partitions[question.index];
            // What was asked for before a seek is of no use any more.
            if state.generation != question.generation {
                continue;
            }
            if let Some(answer) = answers.remove(&key) {
                self.take_in_partition(question.index, answer, now);
            }
        }
    }

    fn take_in_partition(&mut self, index: usize, answer: PartitionData, now: Instant) {
        let state = &mut self.partitions[index];
        let code = answer.error_code;
        if code.is_ok() {
            if answer.preferred_read_replica >= 0 && self.config.rack.is_some() {
                state.preferred_replica = Some(answer.preferred_read_replica);
            }
            match state.accept(index, answer, &mut self.ready) {
                Ok(size) => self.ready_bytes += size,
                Err(error) => {
                    state.failed = true;
                    self.late_errors.push((index, error));
                }
            }
            return;
        }
        let context =
            format!("fetch from `{}-{}` at offset {}", state.topic, state.partition, state.fetch_offset);
        let error = ClientError::server(code, context, None);
        match code {
            ErrorCode::OFFSET_OUT_OF_RANGE if state.preferred_replica.take().is_some() => {}
            ErrorCode::OFFSET_OUT_OF_RANGE => self.reset(index, error),
            code if is_stale_metadata(code) || code.is_retriable() => {
                self.wait_and_retry(index, error, now);
                self.refresh();
            }
            _ => {
                state.failed = true;
                self.errors.push_back(error);
            }
        }
    }

    fn fetch_failed(&mut self, asked: &[Asked], error: &ClientError, now: Instant) {
        let is_current = |asked: &&Asked| self.partitions[asked.index].generation == asked.generation;
        let asked: Vec<&Asked> = asked.iter().filter(is_current).collect();
        if error.is_retriable() {
            for question in asked {
                self.wait_and_retry(question.index, error.clone(), now);
            }
            return self.refresh();
        }
        for question in &asked {
            self.partitions[question.index].failed = true;
        }
        if !asked.is_empty() {
            self.errors.push_back(error.clone());
        }
    }

    /// Tries again later; says so when that has not helped for a long time.
    fn wait_and_retry(&mut self, index: usize, error: ClientError, now: Instant) {
        let unavailable_timeout = self.config.unavailable_timeout;
        let state = &mut self.partitions[index];
        state.back_off(now);
        if state.failing_since.is_some_and(|since| now.duration_since(since) >= unavailable_timeout) {
            let what = format!("reading from `{}-{}`", state.topic, state.partition);
            state.failing_since = None;
            self.errors.push_back(ClientError::timeout_after(what, unavailable_timeout, Some(error)));
        }
    }

    fn reset(&mut self, index: usize, error: ClientError) {
        let spec = match self.partitions[index].offset_reset.unwrap_or(self.config.offset_reset) {
            OffsetReset::Beginning => OffsetSpec::Earliest,
            OffsetReset::End => OffsetSpec::Latest,
            OffsetReset::Error => {
                self.partitions[index].failed = true;
                self.errors.push_back(error);
                return;
            }
        };
        let state = &mut self.partitions[index];
        state.under_way = true;
        let generation = state.generation;
        let partition = TopicPartition::new(&*state.topic, state.partition);
        let (client, config) = (self.client.clone(), Arc::clone(&self.config));
        self.events.push(Box::pin(async move {
            let queries = [(partition, spec)];
            let mut answers = client.list_offsets(&queries, config.isolation, config.request_timeout).await;
            let result = match answers.pop() {
                Some(Ok(listed)) => listed.offset.ok_or(error),
                Some(Err(error)) => Err(error),
                None => Err(error),
            };
            Event::Reset { index, generation, result }
        }));
    }
}

async fn fetch(
    client: &Client,
    config: &ConsumerConfig,
    broker: i32,
    asked: &[Asked],
) -> Result<Fetched, ClientError> {
    let connection = client.inner.pool.get(broker).await?;
    let has_ids = asked.iter().all(|question| !question.topic_id.is_nil());
    let version_max = if has_ids { i16::MAX } else { TOPIC_ID_VERSION - 1 };
    let version = connection.versions().negotiate_within::<FetchRequest>(VERSION_MIN, version_max)?;
    let by_id = version >= TOPIC_ID_VERSION;
    let mut topics: Vec<FetchTopic> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for question in asked {
        let place = *places.entry(&*question.topic).or_insert_with(|| {
            topics.push(FetchTopic {
                topic: if by_id { String::new() } else { question.topic.to_string() },
                topic_id: question.topic_id,
                partitions: Vec::new(),
            });
            topics.len() - 1
        });
        topics[place].partitions.push(question.question.clone());
    }
    let request = FetchRequest {
        max_wait_ms: i32::try_from(config.max_wait.as_millis()).unwrap_or(i32::MAX),
        min_bytes: config.min_bytes,
        max_bytes: config.max_bytes,
        isolation_level: config.isolation.code(),
        rack_id: config.rack.clone().unwrap_or_default(),
        topics,
        ..FetchRequest::default()
    };
    let timeout = config.max_wait + config.request_timeout;
    let response = connection.send_version(&request, version, timeout).await?;
    Ok(Fetched { by_id, response })
}
