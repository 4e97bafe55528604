//! ConsumerGroupHeartbeat and ConsumerGroupDescribe, and what the classic APIs say of such a group (KIP-848).

use std::time::Instant;

use fluxmq_protocol::Uuid;
use fluxmq_protocol::messages::consumer_group_describe::ConsumerGroupDescribeRequest;
use fluxmq_protocol::messages::consumer_group_heartbeat::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, TopicPartitions,
};
use fluxmq_protocol::messages::delete_groups::DeleteGroupsRequest;
use fluxmq_protocol::messages::describe_groups::DescribeGroupsRequest;
use fluxmq_protocol::messages::list_groups::ListGroupsRequest;
use fluxmq_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use fluxmq_protocol::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use fluxmq_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopics,
};

use super::{GLANCE, PATIENCE, Scene};
use crate::connection::Connection;

const HEARTBEAT: i16 = 1;

/// A member that keeps what the broker has given it.
pub(super) struct Member {
    name: &'static str,
    pub(super) connection: Connection,
    pub(super) request: ConsumerGroupHeartbeatRequest,
}

pub(super) fn play(scene: &mut Scene) {
    let orders = scene.topic("orders", 4);
    let group = scene.own("group");
    odd_heartbeats(scene, &group);
    wait_until_known(scene, &group, &orders.0);
    let mut a = member(scene, "a", &group, &orders.0);
    let mut b = member(scene, "b", &group, &orders.0);
    scene.heading("the first member");
    a.beat(scene, "joins");
    a.settle(scene);
    describe(scene, &group);
    scene.heading("another one");
    b.beat(scene, "joins");
    a.until(scene, "is to give up half", |answer| answer.assignment.is_some());
    describe(scene, &group);
    a.gives_up_the_rest();
    a.beat(scene, "has given up half");
    b.until(scene, "is given what the other gave up", |answer| answer.assignment.is_some());
    b.settle(scene);
    describe(scene, &group);
    odd_members(scene, &a);
    offsets(scene, &a, &orders);
    classic(scene, &group);
    leaving(scene, &mut a, &mut b, &group);
    instances(scene, &orders.0);
}

pub(super) fn member(scene: &mut Scene, name: &'static str, group: &str, topic: &str) -> Member {
    let id = Uuid::from_u128(fastrand::u128(..)).to_string();
    scene.transcript.name(&id, name);
    let request = ConsumerGroupHeartbeatRequest {
        group_id: group.to_owned(),
        member_id: id,
        rebalance_timeout_ms: 30_000,
        subscribed_topic_names: Some(vec![topic.to_owned()]),
        topic_partitions: Some(Vec::new()),
        ..Default::default()
    };
    Member { name, connection: scene.connect(), request }
}

/// Kafka tells its coordinators of a new topic a moment later, and then raises the epoch of a group that waits for it. So
/// another group of the same name, and for that with the same coordinator, waits first.
pub(super) fn wait_until_known(scene: &mut Scene, group: &str, topic: &str) {
    let mut first = member(scene, "", group, topic);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = first.connection.call(&first.request, HEARTBEAT).expect("a request is answered");
        assert!(answer.error_code.is_ok(), "{answer:?}");
        first.takes(&answer);
        if answer.assignment.is_some_and(|assignment| !assignment.topic_partitions.is_empty()) {
            break;
        }
        assert!(Instant::now() < deadline, "`{topic}` is not assigned");
        std::thread::sleep(GLANCE);
    }
    let leave = ConsumerGroupHeartbeatRequest { member_epoch: -1, ..first.nothing_new() };
    first.connection.call(&leave, HEARTBEAT).expect("a request is answered");
    let delete = DeleteGroupsRequest { groups_names: vec![group.to_owned()] };
    let deleted = first.connection.call(&delete, 2).expect("a request is answered");
    assert!(deleted.results[0].error_code.is_ok(), "{deleted:?}");
}

impl Member {
    pub(super) fn beat(&mut self, scene: &mut Scene, what: &str) {
        let said = format!("{} {what}", self.name);
        let answer = scene.ask(&mut self.connection, &said, &self.request, HEARTBEAT);
        self.takes(&answer);
    }

    /// Heartbeats with nothing new until the answer is as it will be.
    pub(super) fn until(
        &mut self,
        scene: &mut Scene,
        what: &str,
        done: impl Fn(&ConsumerGroupHeartbeatResponse) -> bool,
    ) {
        let said = format!("{} {what}", self.name);
        let request = self.nothing_new();
        let answer = scene.until(&mut self.connection, &said, &request, HEARTBEAT, done);
        self.takes(&answer);
    }

    pub(super) fn nothing_new(&self) -> ConsumerGroupHeartbeatRequest {
        ConsumerGroupHeartbeatRequest {
            group_id: self.request.group_id.clone(),
            member_id: self.request.member_id.clone(),
            member_epoch: self.request.member_epoch,
            instance_id: self.request.instance_id.clone(),
            ..Default::default()
        }
    }

    pub(super) fn takes(&mut self, answer: &ConsumerGroupHeartbeatResponse) {
        if !answer.error_code.is_ok() {
            return;
        }
        self.request.member_epoch = answer.member_epoch;
        if let Some(assignment) = &answer.assignment {
            let topic =
                |topic: &fluxmq_protocol::messages::consumer_group_heartbeat::TopicPartitionsResponse| {
                    TopicPartitions { topic_id: topic.topic_id, partitions: topic.partitions.clone() }
                };
            self.request.topic_partitions = Some(assignment.topic_partitions.iter().map(topic).collect());
        }
    }

    /// Says that it has what it was given.
    pub(super) fn settle(&mut self, scene: &mut Scene) {
        self.beat(scene, "has what it was given");
    }

    /// What it was told last is all that it has.
    fn gives_up_the_rest(&mut self) {
        self.request.subscribed_topic_names = None;
        self.request.rebalance_timeout_ms = -1;
    }
}

pub(super) fn describe(scene: &mut Scene, group: &str) {
    let mut connection = scene.connect();
    let request = ConsumerGroupDescribeRequest {
        group_ids: vec![group.to_owned()],
        include_authorized_operations: true,
    };
    scene.sweep(&mut connection, "it is described", |_| request.clone());
}

fn odd_heartbeats(scene: &mut Scene, group: &str) {
    type Change = fn(&mut ConsumerGroupHeartbeatRequest);
    let odd: [(&str, Change); 14] = [
        ("without a group", |beat| beat.group_id.clear()),
        ("in a group of blanks", |beat| "  ".clone_into(&mut beat.group_id)),
        ("of somebody's epoch", |beat| beat.member_epoch = 3),
        ("leaving a group that is not there", |beat| beat.member_epoch = -1),
        ("of an epoch below all", |beat| beat.member_epoch = -3),
        ("of an instance that leaves for a while, without an instance", |beat| beat.member_epoch = -2),
        ("of an instance without a name", |beat| beat.instance_id = Some(String::new())),
        ("of a rack without a name", |beat| beat.rack_id = Some(String::new())),
        ("without a rebalance time-out", |beat| beat.rebalance_timeout_ms = -1),
        ("without partitions", |beat| beat.topic_partitions = None),
        ("with partitions already", |beat| {
            let topic_id = Uuid::from_u128(7);
            beat.topic_partitions = Some(vec![TopicPartitions { topic_id, partitions: vec![0] }]);
        }),
        ("without a subscription", |beat| beat.subscribed_topic_names = None),
        ("with an empty subscription", |beat| beat.subscribed_topic_names = Some(Vec::new())),
        ("with an assignor that is not there", |beat| beat.server_assignor = Some("nonsense".to_owned())),
    ];
    scene.heading("odd heartbeats");
    for (index, (what, change)) in odd.into_iter().enumerate() {
        let mut sender = member(scene, "somebody", &format!("{group}-{index}"), "orders");
        change(&mut sender.request);
        scene.ask(&mut sender.connection, what, &sender.request, HEARTBEAT);
        scene.transcript.forget(&["somebody"]);
    }
    for (what, regex) in [("a regular expression that is none", "("), ("one without characters", "")] {
        let mut sender = member(scene, "somebody", &format!("{group}-regex"), "unheard-of");
        sender.request.subscribed_topic_regex = Some(regex.to_owned());
        scene.ask(&mut sender.connection, what, &sender.request, HEARTBEAT);
        scene.transcript.forget(&["somebody"]);
    }
    let mut sender = member(scene, "somebody", &format!("{group}-nameless"), "orders");
    sender.request.member_id.clear();
    scene.ask(&mut sender.connection, "without an id", &sender.request, HEARTBEAT);
    scene.transcript.forget(&["somebody"]);
}

fn odd_members(scene: &mut Scene, a: &Member) {
    scene.heading("odd members of a group that is stable");
    let mut connection = scene.connect();
    let epoch = a.request.member_epoch;
    for (what, member, epoch) in [
        ("as it should be", a.request.member_id.as_str(), epoch),
        ("of an epoch to come", &a.request.member_id, epoch + 1),
        ("of an epoch that was", &a.request.member_id, epoch - 2),
        ("of somebody else", "somebody", epoch),
        ("of somebody else who leaves", "somebody", -1),
    ] {
        let request = ConsumerGroupHeartbeatRequest {
            member_id: member.to_owned(),
            member_epoch: epoch,
            ..a.nothing_new()
        };
        scene.ask(&mut connection, what, &request, HEARTBEAT);
    }
    for (what, group) in [("that is not there", scene.own("nowhere")), ("without a name", String::new())] {
        scene.heading(&format!("a group {what}"));
        describe(scene, &group);
    }
}

/// What a member may commit, fetch and delete.
fn offsets(scene: &mut Scene, a: &Member, (topic, id): &(String, Uuid)) {
    scene.heading("offsets of its members");
    let mut connection = scene.connect();
    let (group, own, epoch) = (&a.request.group_id, a.request.member_id.as_str(), a.request.member_epoch);
    let held = a.request.topic_partitions.iter().flatten().flat_map(|topic| topic.partitions.clone());
    let held: Vec<i32> = held.collect();
    for (what, member, epoch, partitions) in [
        ("as it should be", own, epoch, vec![0]),
        ("of an epoch to come", own, epoch + 1, vec![0]),
        ("of the epoch before, of what it held then already", own, epoch - 1, held),
        ("of the epoch before, of what it held then", own, epoch - 1, vec![0, 1, 2, 3]),
        ("of somebody else", "somebody", epoch, vec![0]),
        ("of nobody", "", -1, vec![0]),
    ] {
        let partition = |partition_index| OffsetCommitRequestPartition {
            partition_index,
            committed_offset: 4,
            ..Default::default()
        };
        let partitions = partitions.into_iter().map(partition).collect();
        let committed = OffsetCommitRequestTopic { name: topic.clone(), topic_id: *id, partitions };
        let commit = OffsetCommitRequest {
            group_id: group.clone(),
            generation_id_or_member_epoch: epoch,
            member_id: member.to_owned(),
            topics: vec![committed],
            ..Default::default()
        };
        scene.sweep_from(6, &mut connection, &format!("a commit {what}"), |_| commit.clone());
        let asked =
            OffsetFetchRequestTopics { name: topic.clone(), topic_id: *id, partition_indexes: vec![0, 1] };
        let of_group = OffsetFetchRequestGroup {
            group_id: group.clone(),
            member_id: Some(member.to_owned()),
            member_epoch: epoch,
            topics: Some(vec![asked]),
        };
        let fetch = OffsetFetchRequest { groups: vec![of_group], ..Default::default() };
        scene.sweep_from(9, &mut connection, &format!("a fetch {what}"), |_| fetch.clone());
    }
    let partition = OffsetDeleteRequestPartition { partition_index: 0 };
    let subscribed = OffsetDeleteRequestTopic { name: topic.clone(), partitions: vec![partition] };
    let delete = OffsetDeleteRequest { group_id: group.clone(), topics: vec![subscribed] };
    scene.ask(&mut connection, "a deletion", &delete, 0);
}

/// What those are told who do not know of such groups.
fn classic(scene: &mut Scene, group: &str) {
    scene.heading("asked for in the classic way");
    let mut connection = scene.connect();
    let request =
        DescribeGroupsRequest { groups: vec![group.to_owned()], include_authorized_operations: false };
    scene.sweep(&mut connection, "a description", |_| request.clone());
    scene.sweep(&mut connection, "a list", |_| ListGroupsRequest::default());
    scene.sweep_from(5, &mut connection, "a list of this kind", |_| ListGroupsRequest {
        types_filter: vec!["Consumer".to_owned()],
        ..Default::default()
    });
    let delete = DeleteGroupsRequest { groups_names: vec![group.to_owned()] };
    scene.ask(&mut connection, "a deletion", &delete, 2);
    let mut old = scene.actor("old", group);
    "connect".clone_into(&mut old.join.protocol_type);
    old.ask(scene, "joins with another protocol type", &old.join.clone(), 9);
}

fn leaving(scene: &mut Scene, a: &mut Member, b: &mut Member, group: &str) {
    scene.heading("they leave");
    for member in [a, b] {
        member.request = ConsumerGroupHeartbeatRequest { member_epoch: -1, ..member.nothing_new() };
        member.beat(scene, "leaves");
        member.beat(scene, "leaves again");
    }
    describe(scene, group);
    classic(scene, group);
    describe(scene, group);
}

/// An instance may go for a while, and its place is kept.
fn instances(scene: &mut Scene, topic: &str) {
    scene.heading("an instance");
    let group = scene.own("static");
    wait_until_known(scene, &group, topic);
    let mut first = member(scene, "first", &group, topic);
    first.request.instance_id = Some("one".to_owned());
    first.beat(scene, "joins");
    first.settle(scene);
    let mut second = member(scene, "second", &group, topic);
    second.request.instance_id = Some("one".to_owned());
    second.beat(scene, "would take its place");
    let stays = first.request.clone();
    first.request = ConsumerGroupHeartbeatRequest { member_epoch: -2, ..first.nothing_new() };
    first.beat(scene, "goes for a while");
    describe(scene, &group);
    second.beat(scene, "takes its place");
    second.settle(scene);
    first.request = stays;
    first.beat(scene, "is back");
    describe(scene, &group);
    second.request = ConsumerGroupHeartbeatRequest { member_epoch: -1, ..second.nothing_new() };
    second.beat(scene, "leaves for good");
    describe(scene, &group);
}
