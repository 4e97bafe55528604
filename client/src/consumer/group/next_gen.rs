//! The newer protocol (KIP-848): the coordinator assigns the partitions. A member says by its heartbeats what it asks
//! for and what it owns, and hears by their answers what it is to own; nobody waits for anybody else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use fluxmq_protocol::messages::consumer_group_heartbeat::{
    Assignment, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, TopicPartitions,
};
use fluxmq_protocol::{ErrorCode, Uuid};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::coordinator::ANY_VERSION;
use super::member::{End, Leaving, Member};
use super::shared::Shared;
use crate::error::ClientError;
use crate::topic_partition::TopicPartition;

/// The epochs by which a member joins and leaves; a static one leaves for a while.
const JOIN_EPOCH: i32 = 0;
const LEAVE_EPOCH: i32 = -1;
const LEAVE_STATIC_EPOCH: i32 = -2;
/// The first version with regular expressions (KIP-1082).
const PATTERN_VERSION: i16 = 1;
/// How long leaving may take: the coordinator notices by itself when it fails.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// Between joining and leaving.
#[derive(Debug, Default)]
struct Membership {
    /// What the coordinator wants this member to own, as it said last.
    wanted: Option<Assignment>,
    /// The same with the names of topics, as the handle was told.
    told: Option<BTreeSet<TopicPartition>>,
    /// What the coordinator knows this member to own.
    acknowledged: BTreeSet<TopicPartition>,
    ids: HashMap<String, Uuid>,
    /// Whether the coordinator knows what this member asks for.
    is_introduced: bool,
}

enum Event {
    Heartbeat(Result<ConsumerGroupHeartbeatResponse, ClientError>, BTreeSet<TopicPartition>),
    Topics(Result<(), ClientError>),
}

impl Member {
    pub(super) async fn live_next_gen(&mut self) -> End {
        self.shared.set_member(Uuid::new_v4().to_string(), -1);
        match self.keep_up().await {
            Ok(never) => match never {},
            Err(end) => {
                leave(Arc::clone(&self.shared)).await;
                end
            }
        }
    }

    async fn keep_up(&mut self) -> Result<Infallible, End> {
        loop {
            let member_id = self.shared.metadata().member_id;
            self.shared.set_member(&*member_id, JOIN_EPOCH);
            let leaving = self.heartbeats().await?;
            tracing::debug!(group = %self.shared.config.group, ?leaving, "joining again");
            if leaving == Leaving::Idle {
                let group = &self.shared.config.group;
                tracing::warn!(%group, "leaving the group: no records were asked for within `max_poll_interval`");
                self.attend(Box::pin(leave(Arc::clone(&self.shared)))).await?;
            }
            self.shared.set_member(member_id, -1);
            self.lost();
            self.settle().await?;
        }
    }

    /// Sends heartbeats, from the one that joins on, until the membership has ended.
    async fn heartbeats(&mut self) -> Result<Leaving, End> {
        let mut membership = Membership::default();
        let mut events: FuturesUnordered<BoxFuture<'static, Event>> = FuturesUnordered::new();
        // `None` while one is under way.
        let mut heartbeat_at = Some(Instant::now());
        let mut is_delayed = false;
        loop {
            let now = Instant::now();
            let poll_deadline = self.shared.poll_deadline();
            if poll_deadline <= now {
                return Ok(Leaving::Idle);
            }
            // What was given up is somebody else's as soon as the coordinator knows.
            let has_news = self.is_settled() && self.owned != membership.acknowledged && !is_delayed;
            if heartbeat_at.take_if(|at| *at <= now || has_news).is_some() {
                let (request, owned) = membership.request(&self.shared, &self.owned);
                let shared = Arc::clone(&self.shared);
                let answer = async move { Event::Heartbeat(heartbeat(&shared, request).await, owned) };
                events.push(Box::pin(answer));
            }
            let until = heartbeat_at.map_or(poll_deadline, |at| at.min(poll_deadline));
            match self.next(&mut events, Some(until)).await? {
                None => {}
                Some(Event::Heartbeat(Ok(response), owned)) => {
                    self.recovered();
                    is_delayed = false;
                    self.is_joined = true;
                    let interval = u64::try_from(response.heartbeat_interval_ms.max(1)).unwrap_or(1);
                    heartbeat_at = Some(Instant::now() + Duration::from_millis(interval));
                    if self.take_in(&mut membership, response, owned) {
                        let shared = Arc::clone(&self.shared);
                        events.push(Box::pin(async move { Event::Topics(learn_topics(&shared).await) }));
                    }
                }
                Some(Event::Heartbeat(Err(error), _)) => {
                    if is_lost(&error) {
                        return Ok(Leaving::Lost);
                    }
                    heartbeat_at = Some(self.retry_at(error)?);
                    // The coordinator may be another one now, or have forgotten.
                    is_delayed = true;
                    membership.is_introduced = false;
                }
                Some(Event::Topics(outcome)) => {
                    if let Err(error) = outcome {
                        tracing::debug!(%error, "the topics of an assignment could not be looked up");
                    }
                    self.tell(&mut membership);
                }
            }
        }
    }

    /// Takes over an answer. Whether it names topics that are not known.
    fn take_in(
        &mut self,
        membership: &mut Membership,
        response: ConsumerGroupHeartbeatResponse,
        owned: BTreeSet<TopicPartition>,
    ) -> bool {
        let member_id = response.member_id.unwrap_or_else(|| self.shared.metadata().member_id);
        self.shared.set_member(member_id, response.member_epoch);
        membership.is_introduced = true;
        membership.acknowledged = owned;
        if let Some(assignment) = response.assignment {
            membership.wanted = Some(assignment);
            membership.told = None;
        }
        membership.told.is_none() && membership.wanted.is_some() && !self.tell(membership)
    }

    /// Tells the handle what the coordinator wants it to own; whether the names of all topics are known for it.
    fn tell(&mut self, membership: &mut Membership) -> bool {
        let Some(wanted) = membership.wanted.clone() else { return true };
        let mut partitions = BTreeSet::new();
        for topic in &wanted.topic_partitions {
            let Some(name) = self.shared.client.inner.cache.name_of(topic.topic_id) else { return false };
            membership.ids.insert(name.to_string(), topic.topic_id);
            partitions.extend(topic.partitions.iter().map(|number| TopicPartition::new(&*name, *number)));
        }
        if membership.told.as_ref() != Some(&partitions) {
            self.assigned(partitions.iter().cloned());
            membership.told = Some(partitions);
        }
        true
    }
}

impl Membership {
    /// The next heartbeat, and what it says to be owned. What the coordinator knows already is left out.
    fn request(
        &self,
        shared: &Shared,
        owned: &BTreeSet<TopicPartition>,
    ) -> (ConsumerGroupHeartbeatRequest, BTreeSet<TopicPartition>) {
        let metadata = shared.metadata();
        let mut request = ConsumerGroupHeartbeatRequest {
            group_id: metadata.group,
            member_id: metadata.member_id,
            member_epoch: metadata.generation,
            instance_id: metadata.group_instance_id,
            ..ConsumerGroupHeartbeatRequest::default()
        };
        if !self.is_introduced {
            let config = &shared.config;
            request.rack_id.clone_from(&config.consumer.rack);
            let timeout_ms = config.max_poll_interval.as_millis();
            request.rebalance_timeout_ms = i32::try_from(timeout_ms).unwrap_or(i32::MAX);
            request.subscribed_topic_names = Some(config.consumer.topics.clone());
            request.subscribed_topic_regex.clone_from(&config.consumer.topic_pattern);
            request.server_assignor.clone_from(&config.server_assignor);
        }
        if !self.is_introduced || *owned != self.acknowledged {
            let mut topics: BTreeMap<Uuid, Vec<i32>> = BTreeMap::new();
            for partition in owned {
                let Some(id) = self.ids.get(&partition.topic) else { continue };
                topics.entry(*id).or_default().push(partition.partition);
            }
            let topic = |(topic_id, partitions)| TopicPartitions { topic_id, partitions };
            request.topic_partitions = Some(topics.into_iter().map(topic).collect());
        }
        (request, owned.clone())
    }
}

/// Whether the coordinator has put this member out of the group.
fn is_lost(error: &ClientError) -> bool {
    matches!(error.error_code(), Some(ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::FENCED_MEMBER_EPOCH))
}

async fn heartbeat(
    shared: &Shared,
    request: ConsumerGroupHeartbeatRequest,
) -> Result<ConsumerGroupHeartbeatResponse, ClientError> {
    let has_pattern = shared.config.consumer.topic_pattern.is_some();
    let versions = if has_pattern { (PATTERN_VERSION, i16::MAX) } else { ANY_VERSION };
    let mut message = None;
    let error_code = |response: &ConsumerGroupHeartbeatResponse| {
        message.clone_from(&response.error_message);
        response.error_code
    };
    let answer = shared.coordinator.ask(versions, |_| request, shared.request_timeout(), error_code).await;
    answer.map_err(|error| match error {
        ClientError::Server { error_code, context, .. } => ClientError::server(error_code, context, message),
        error => error,
    })
}

/// Learns the ids of the topics that the member asks for.
async fn learn_topics(shared: &Shared) -> Result<(), ClientError> {
    let config = &shared.config.consumer;
    let named = config.topic_pattern.is_none().then(|| config.topics.clone());
    shared.client.refresh_metadata_with(named, false).await.map(|_| ())
}

/// Tells the coordinator that this member goes; a static one is waited for.
async fn leave(shared: Arc<Shared>) {
    let metadata = shared.metadata();
    // Who has not heard yet whether it joined may be a member all the same.
    if metadata.generation < JOIN_EPOCH {
        return;
    }
    let is_static = metadata.group_instance_id.is_some();
    let request = ConsumerGroupHeartbeatRequest {
        group_id: metadata.group,
        member_id: metadata.member_id,
        member_epoch: if is_static { LEAVE_STATIC_EPOCH } else { LEAVE_EPOCH },
        instance_id: metadata.group_instance_id,
        ..ConsumerGroupHeartbeatRequest::default()
    };
    match tokio::time::timeout(LEAVE_TIMEOUT, heartbeat(&shared, request)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the group was not told that a member leaves"),
        Err(_) => tracing::debug!("the group was not told that a member leaves"),
    }
}
