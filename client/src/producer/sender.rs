//! The sending task of a producer: takes ready batches to the leaders of their partitions, in order, several requests
//! at a time, and sees to what comes back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use fluxmq_protocol::messages::produce::ProduceResponse;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use super::accumulator::{Accumulator, Readiness};
use super::idempotence::{self, ProducerIdentity};
use super::lane::{Lane, OutgoingBatch};
use crate::client::Client;
use crate::connection::Connection;
use crate::error::ClientError;
use crate::metadata_cache::{ClusterMetadata, TopicMetadata};
use crate::retry::Backoff;

/// The sending task. It runs until it is aborted, with the last handle of its producer.
pub(super) fn task(client: Client, accumulator: Arc<Accumulator>) -> impl Future<Output = ()> + Send {
    // Made here instead of inside: a task that is aborted before it first runs still fails what waits.
    let mut sender = Sender {
        identity_backoff: client.backoff(),
        client,
        accumulator,
        lanes: Vec::new(),
        brokers: HashMap::new(),
        events: FuturesUnordered::new(),
        identity: None,
        identity_state: Errand::Idle,
        refresh_state: Errand::Idle,
        refreshed_at: Instant::now(),
        turn: 0,
    };
    async move { sender.run().await }
}

pub(super) struct Sender {
    pub(super) client: Client,
    pub(super) accumulator: Arc<Accumulator>,
    pub(super) lanes: Vec<Lane>,
    pub(super) brokers: HashMap<i32, BrokerLane>,
    pub(super) events: FuturesUnordered<BoxFuture<'static, Event>>,
    pub(super) identity: Option<ProducerIdentity>,
    identity_state: Errand,
    identity_backoff: Backoff,
    refresh_state: Errand,
    refreshed_at: Instant,
    /// The lane to look at first, so that none starves behind others of the same broker.
    turn: usize,
}

/// Something that at most one future sees to at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Errand {
    Idle,
    UnderWay,
    NotBefore(Instant),
}

/// One broker, as the sending task sees it.
#[derive(Debug, Default)]
pub(super) struct BrokerLane {
    connection: Option<Arc<Connection>>,
    connecting: bool,
    pub(super) requests_under_way: usize,
}

/// A batch of one request, with the lane that it belongs to and what its topic was called in it.
pub(super) struct SentBatch {
    pub(super) lane: usize,
    pub(super) topic: Arc<TopicMetadata>,
    pub(super) batch: OutgoingBatch,
}

/// Lanes with something to send, each with what is known of its topic, by leader.
type ReadyLanes = BTreeMap<i32, Vec<(usize, Arc<TopicMetadata>)>>;

pub(super) enum Event {
    Connected { broker: i32, result: Result<Arc<Connection>, ClientError> },
    Answered { broker: i32, sent: Vec<SentBatch>, version: i16, result: Result<ProduceResponse, ClientError> },
    Identified(Result<ProducerIdentity, ClientError>),
    Refreshed(Result<ClusterMetadata, ClientError>),
}

/// Whatever ends the task: nobody waits for a batch that nobody sends.
impl Drop for Sender {
    fn drop(&mut self) {
        self.accumulator.memory.close();
        for batch in self.accumulator.unsettled() {
            self.accumulator.settle(&batch, 0, Err(ClientError::Closed("producer")));
        }
    }
}

impl Sender {
    async fn run(&mut self) {
        let accumulator = Arc::clone(&self.accumulator);
        loop {
            let wake_at = self.dispatch_ready().await;
            let sleep = tokio::time::sleep_until(wake_at);
            tokio::select! {
                Some(event) = self.events.next(), if !self.events.is_empty() => self.handle(event),
                () = accumulator.work.notified() => {}
                () = sleep => {}
            }
        }
    }

    /// Sends everything that may be sent now. When to look again at the latest.
    async fn dispatch_ready(&mut self) -> Instant {
        for queue in self.accumulator.take_new_queues() {
            self.lanes.push(Lane::new(queue, self.client.backoff()));
        }
        let now = Instant::now();
        let mut wake_at = self.refreshed_at + self.client.inner.settings.metadata_max_age;
        if wake_at <= now {
            self.refresh(now);
            wake_at = now + self.client.inner.settings.metadata_max_age;
        }
        loop {
            let (ready, look_again) = self.ready_lanes(now);
            wake_at = wake_at.min(look_again.unwrap_or(wake_at));
            let mut sent_any = false;
            for (broker, lanes) in ready {
                sent_any |= self.dispatch_to(broker, lanes).await;
            }
            if !sent_any {
                return wake_at;
            }
        }
    }

    /// The lanes with something to send, by leader; and when the next of the others may have something.
    fn ready_lanes(&mut self, now: Instant) -> (ReadyLanes, Option<Instant>) {
        let accumulator = Arc::clone(&self.accumulator);
        let hurried = accumulator.is_hurried();
        let mut ready = ReadyLanes::new();
        let mut look_again: Option<Instant> = None;
        let mut sooner = |at: Instant| look_again = Some(look_again.map_or(at, |known| known.min(at)));
        self.turn = self.turn.wrapping_add(1);
        let mut leaderless = false;
        for step in 0..self.lanes.len() {
            let index = (self.turn.wrapping_add(step)) % self.lanes.len();
            let lane = &mut self.lanes[index];
            lane.expire(&accumulator, now);
            lane.expires_at(&accumulator.config).into_iter().for_each(&mut sooner);
            match lane.readiness(&accumulator.config, hurried, now) {
                Readiness::Empty => continue,
                Readiness::At(at) => {
                    sooner(at);
                    continue;
                }
                Readiness::Now => {}
            }
            let topic = self.client.inner.cache.topic(&lane.queue.topic);
            let leader = topic.as_ref().and_then(|topic| topic.partition(lane.queue.partition)?.leader);
            if let (Some(topic), Some(leader)) = (topic, leader) {
                ready.entry(leader).or_default().push((index, topic));
            } else {
                let context = format!("partition `{}-{}`", lane.queue.topic, lane.queue.partition);
                let code = fluxmq_protocol::ErrorCode::LEADER_NOT_AVAILABLE;
                lane.pause(now, ClientError::server(code, context, None));
                lane.paused_until.into_iter().for_each(&mut sooner);
                leaderless = true;
            }
        }
        if leaderless {
            self.refresh(now);
        }
        if !ready.is_empty() && accumulator.config.is_idempotent() && self.identity.is_none() {
            if let Some(at) = self.identify(now) {
                sooner(at);
            }
            ready.clear();
        }
        (ready, look_again)
    }

    /// Sends one request with a batch of each lane, as far as they fit. Whether anything was sent.
    async fn dispatch_to(&mut self, broker: i32, lanes: Vec<(usize, Arc<TopicMetadata>)>) -> bool {
        let max_in_flight = self.accumulator.config.max_in_flight;
        let place = self.brokers.entry(broker).or_default();
        if place.requests_under_way >= max_in_flight || place.connecting {
            return false;
        }
        let open = place.connection.clone().filter(|connection| !connection.is_closed());
        let Some(connection) = open else {
            place.connecting = true;
            let client = self.client.clone();
            self.events.push(Box::pin(async move {
                Event::Connected { broker, result: client.inner.pool.get(broker).await }
            }));
            return false;
        };
        let sent = self.take_batches(lanes);
        if sent.is_empty() {
            return false;
        }
        self.send(broker, connection, sent).await;
        true
    }

    fn take_batches(&mut self, lanes: Vec<(usize, Arc<TopicMetadata>)>) -> Vec<SentBatch> {
        let accumulator = Arc::clone(&self.accumulator);
        let mut sent: Vec<SentBatch> = Vec::new();
        let mut size = 0;
        for (index, topic) in lanes {
            let lane = &mut self.lanes[index];
            if lane.sequence.starts_over && lane.start_over() {
                self.identity = None;
            }
            let Some(batch) = lane.take(&accumulator, self.identity) else { continue };
            size += batch.bytes.len();
            if size > accumulator.config.max_request_size && !sent.is_empty() {
                lane.repeat(batch);
                break;
            }
            lane.under_way.push(batch.state.id);
            sent.push(SentBatch { lane: index, topic, batch });
        }
        sent
    }

    fn handle(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::Connected { broker, result } => {
                let place = self.brokers.entry(broker).or_default();
                place.connecting = false;
                match result {
                    Ok(connection) => place.connection = Some(connection),
                    Err(error) => self.pause_lanes_of(broker, now, &error),
                }
            }
            Event::Answered { broker, sent, version, result } => {
                self.brokers.entry(broker).or_default().requests_under_way -= 1;
                self.handle_answer(sent, version, result);
            }
            Event::Identified(Ok(identity)) => {
                self.identity = Some(identity);
                self.identity_state = Errand::Idle;
                self.identity_backoff.reset();
            }
            Event::Identified(Err(error)) => {
                self.identity_state = Errand::NotBefore(now + self.identity_backoff.next());
                if error.is_retriable() {
                    self.lanes.iter_mut().for_each(|lane| lane.last_error = Some(error.clone()));
                } else {
                    self.fail_waiting(&error);
                }
            }
            Event::Refreshed(result) => {
                self.refresh_state = Errand::Idle;
                match result {
                    Ok(metadata) => {
                        // A broker may have moved to another address.
                        self.brokers.values_mut().for_each(|place| place.connection = None);
                        for topic in metadata.topics.iter().filter(|topic| topic.error_code.is_ok()) {
                            self.accumulator.update_topic(topic);
                        }
                    }
                    Err(error) => tracing::debug!(%error, "metadata could not be refreshed"),
                }
            }
        }
    }

    fn pause_lanes_of(&mut self, broker: i32, now: Instant, error: &ClientError) {
        self.accumulator.set_trouble(Some(error));
        for lane in &mut self.lanes {
            let topic = self.client.inner.cache.topic(&lane.queue.topic);
            let leader = topic.and_then(|topic| topic.partition(lane.queue.partition)?.leader);
            if leader == Some(broker) {
                lane.pause(now, error.clone());
            }
        }
        self.refresh(now);
    }

    /// Fails everything that waits, for a reason that waiting does not mend.
    fn fail_waiting(&mut self, error: &ClientError) {
        for lane in &mut self.lanes {
            while let Some(batch) = lane.repeats.pop_front() {
                self.accumulator.settle(&batch.state, batch.charged, Err(error.clone()));
            }
            while let Some(batch) = lane.queue.take() {
                self.accumulator.settle(&batch.state, batch.charged, Err(error.clone()));
            }
        }
    }

    /// Learns leaders anew, once at a time.
    pub(super) fn refresh(&mut self, now: Instant) {
        if self.refresh_state == Errand::UnderWay {
            return;
        }
        self.refresh_state = Errand::UnderWay;
        self.refreshed_at = now;
        let client = self.client.clone();
        let topics = self.accumulator.topic_names();
        self.events.push(Box::pin(async move {
            Event::Refreshed(client.refresh_metadata_with(Some(topics), false).await)
        }));
    }

    /// Asks for a producer id, once at a time. When to try again, where that must wait.
    fn identify(&mut self, now: Instant) -> Option<Instant> {
        match self.identity_state {
            Errand::UnderWay => return None,
            Errand::NotBefore(at) if at > now => return Some(at),
            _ => {}
        }
        self.identity_state = Errand::UnderWay;
        let client = self.client.clone();
        self.events.push(Box::pin(async move { Event::Identified(idempotence::new_identity(client).await) }));
        None
    }
}
