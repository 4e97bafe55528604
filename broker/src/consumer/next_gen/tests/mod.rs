mod classic;
mod heartbeat;
mod migration;
mod model;
mod reconcile;

use fluxmq_protocol::messages::consumer_group_heartbeat::{
    Assignment, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, TopicPartitions,
};

use super::*;
use crate::consumer::turn::Client;
use crate::consumer::turn::testing::World;
use crate::metadata::image::MetadataImage;

pub(super) const CLIENT: Client<'static> = Client { id: "c", host: "/127.0.0.1" };

/// A group and the world around it.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) group: ConsumerGroup,
}

impl Scene {
    /// A group that makes a new target whenever it may, so that tests need no clock.
    pub(super) fn new(topics: &[(&str, i32)]) -> Self {
        let mut world = World::new(topics);
        world.config.consumer_assignment_interval_ms = 0;
        Scene { world, group: ConsumerGroup::new("g") }
    }

    pub(super) fn beat(
        &mut self,
        request: &ConsumerGroupHeartbeatRequest,
    ) -> Result<ConsumerGroupHeartbeatResponse, GroupError> {
        super::heartbeat::check(&self.world.config, request, 1)?;
        self.group.heartbeat(&mut self.world.turn(), CLIENT, request)
    }

    /// Joins, with everything that a consumer says then.
    pub(super) fn join(&mut self, member: &str, topics: &[&str]) -> ConsumerGroupHeartbeatResponse {
        self.beat(&joining(member, topics)).unwrap()
    }

    /// A heartbeat in which nothing is new.
    pub(super) fn idle(&mut self, member: &str, epoch: i32) -> ConsumerGroupHeartbeatResponse {
        self.beat(&saying(member, epoch)).unwrap()
    }

    /// A heartbeat that says what the member holds.
    pub(super) fn own(
        &mut self,
        member: &str,
        epoch: i32,
        owned: &[(u128, &[i32])],
    ) -> ConsumerGroupHeartbeatResponse {
        self.beat(&owning(member, epoch, owned)).unwrap()
    }

    pub(super) fn leave(&mut self, member: &str) {
        self.beat(&saying(member, member::LEAVE)).unwrap();
    }

    /// What a refused heartbeat is refused with; it changes nothing.
    pub(super) fn refused(&mut self, request: &ConsumerGroupHeartbeatRequest) -> ErrorCode {
        let (batches, before) = (self.world.log.batches.len(), Snapshot::of(&self.group));
        let error = self.beat(request).unwrap_err();
        assert_eq!(self.world.log.batches.len(), batches);
        assert_eq!(Snapshot::of(&self.group), before);
        error.code
    }

    /// The kinds of records in the last batch.
    pub(super) fn last_batch(&self) -> Vec<String> {
        self.world.log.batches.last().unwrap().iter().map(kind).collect()
    }

    pub(super) fn pass(&mut self, time_ms: i64) {
        self.world.now_ms += time_ms;
        self.group.on_time(&mut self.world.turn());
    }

    /// Makes other topics be there.
    pub(super) fn topics(&mut self, topics: &[(&str, i32)]) {
        self.world.image = MetadataImage::of_topics(topics);
        self.group.topics_changed();
    }

    /// The group as its log tells it.
    pub(super) fn replayed(&self) -> ConsumerGroup {
        let mut group = ConsumerGroup::new("g");
        self.world.log.batches.iter().flatten().for_each(|record| group.replay(record));
        group
    }
}

pub(super) fn saying(member: &str, epoch: i32) -> ConsumerGroupHeartbeatRequest {
    ConsumerGroupHeartbeatRequest {
        group_id: "g".to_owned(),
        member_id: member.to_owned(),
        member_epoch: epoch,
        ..Default::default()
    }
}

pub(super) fn joining(member: &str, topics: &[&str]) -> ConsumerGroupHeartbeatRequest {
    ConsumerGroupHeartbeatRequest {
        rebalance_timeout_ms: 60_000,
        subscribed_topic_names: Some(topics.iter().map(|topic| (*topic).to_owned()).collect()),
        topic_partitions: Some(Vec::new()),
        ..saying(member, 0)
    }
}

pub(super) fn owning(member: &str, epoch: i32, owned: &[(u128, &[i32])]) -> ConsumerGroupHeartbeatRequest {
    let owned = owned.iter().map(|(topic, partitions)| TopicPartitions {
        topic_id: Uuid::from_u128(*topic),
        partitions: partitions.to_vec(),
    });
    ConsumerGroupHeartbeatRequest { topic_partitions: Some(owned.collect()), ..saying(member, epoch) }
}

/// What an answer hands out.
pub(super) fn told(response: &ConsumerGroupHeartbeatResponse) -> Option<Vec<(u128, Vec<i32>)>> {
    let topics = |assignment: &Assignment| {
        let topics = assignment.topic_partitions.iter();
        topics.map(|topic| (topic.topic_id.as_u128(), topic.partitions.clone())).collect()
    };
    response.assignment.as_ref().map(topics)
}

/// All of a group that its log has to tell.
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot {
    epochs: (i32, i64, i32, i64),
    members: BTreeMap<Arc<str>, Member>,
    targets: BTreeMap<Arc<str>, Partitions>,
    patterns: BTreeMap<String, ConsumerGroupRegularExpressionValue>,
    holders: HashMap<(Uuid, i32), Arc<str>>,
    static_members: HashMap<String, Arc<str>>,
    subscriptions: Subscriptions,
}

impl Snapshot {
    pub(super) fn of(group: &ConsumerGroup) -> Self {
        let group = group.clone();
        Snapshot {
            epochs: (group.epoch, group.metadata_hash, group.assignment_epoch, group.assigned_at_ms),
            members: group.members,
            targets: group.targets,
            patterns: group.patterns,
            holders: group.holders,
            static_members: group.static_members,
            subscriptions: group.subscriptions,
        }
    }
}

/// A record in short: its kind, a tombstone with a minus before it, and whose it is.
pub(super) fn kind(record: &GroupRecord) -> String {
    let (kind, of, is_there) = match record {
        GroupRecord::GroupMetadata(key, value) => ("classic", &key.group, value.is_some()),
        GroupRecord::ConsumerGroupMetadata(key, value) => ("epoch", &key.group, value.is_some()),
        GroupRecord::ConsumerGroupPartitionMetadata(key, value) => {
            ("partitions", &key.group, value.is_some())
        }
        GroupRecord::ConsumerGroupMemberMetadata(key, value) => ("wants", &key.member, value.is_some()),
        GroupRecord::ConsumerGroupTargetAssignmentMetadata(key, value) => {
            ("assigned", &key.group, value.is_some())
        }
        GroupRecord::ConsumerGroupTargetAssignmentMember(key, value) => {
            ("target", &key.member, value.is_some())
        }
        GroupRecord::ConsumerGroupCurrentMemberAssignment(key, value) => {
            ("holds", &key.member, value.is_some())
        }
        GroupRecord::ConsumerGroupRegularExpression(key, value) => {
            ("pattern", &key.regular_expression, value.is_some())
        }
        GroupRecord::OffsetCommit(key, value) => ("offset", &key.topic, value.is_some()),
    };
    format!("{}{kind} {of}", if is_there { "" } else { "-" })
}
