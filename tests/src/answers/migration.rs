//! Groups in which members of both protocols meet, and what becomes of a group when those of one protocol go (KIP-848).

use fluxmq_protocol::consumer_protocol::{Assignment, Subscription, by_topic};
use fluxmq_protocol::messages::consumer_group_describe::{ConsumerGroupDescribeRequest, DescribedGroup};
use fluxmq_protocol::messages::consumer_group_heartbeat::ConsumerGroupHeartbeatRequest;
use fluxmq_protocol::messages::describe_groups::DescribeGroupsRequest;
use fluxmq_protocol::messages::heartbeat::HeartbeatRequest;
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, MemberIdentity};
use fluxmq_protocol::{ErrorCode, Uuid};

use super::Scene;
use super::actor::{Actor, NOW};
use super::next_generation::{Member, describe, member, wait_until_known};

const AGAIN: ErrorCode = ErrorCode::REBALANCE_IN_PROGRESS;

pub(super) fn play(scene: &mut Scene) {
    let (orders, _) = scene.topic("orders", 4);
    let (payments, _) = scene.topic("payments", 2);
    there_and_back(scene, &orders);
    taken_over_while_it_rebalances(scene, &orders);
    refused(scene, &orders);
    an_instance_goes_back(scene, &orders, &payments);
    an_instance_comes_over(scene, &orders, &payments);
    emptied(scene, &orders);
}

/// A consumer of the classic protocol that says what it reads already.
fn reads(actor: &mut Actor, topics: &[&str], owned: &[(&str, i32)]) {
    let subscription = Subscription {
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        owned_partitions: by_topic(owned.iter().copied()),
        ..Default::default()
    };
    let metadata = subscription.encode(3).expect("names are short");
    actor.offers(&[("range", &metadata)]);
}

fn classic(scene: &mut Scene, name: &'static str, group: &str, topic: &str) -> Actor {
    let mut actor = scene.actor(name, group);
    reads(&mut actor, &[topic], &[]);
    actor
}

fn assignment(partitions: &[(&str, i32)]) -> Vec<u8> {
    let assigned_partitions = by_topic(partitions.iter().copied());
    let assignment = Assignment { assigned_partitions, user_data: None };
    assignment.encode(3).expect("names are short").to_vec()
}

/// The only member of a classic group has all of `topic`.
fn alone(scene: &mut Scene, name: &'static str, group: &str, topic: &str) -> Actor {
    let mut actor = classic(scene, name, group, topic);
    actor.join(scene);
    let all = assignment(&[(topic, 0), (topic, 1), (topic, 2), (topic, 3)]);
    let sync = actor.sync_request(&[(&actor, &all)]);
    actor.sync(scene, &sync);
    actor
}

fn fetch_assignment(scene: &mut Scene, actor: &mut Actor) {
    let sync = actor.sync_request(&[]);
    actor.sync(scene, &sync);
}

/// In both ways.
pub(super) fn look(scene: &mut Scene, group: &str) {
    describe(scene, group);
    let mut connection = scene.connect();
    let request =
        DescribeGroupsRequest { groups: vec![group.to_owned()], include_authorized_operations: false };
    scene.ask(&mut connection, "it is described in the classic way", &request, 6);
}

pub(super) fn leaves(scene: &mut Scene, member: &mut Member, epoch: i32) {
    let request = member.request.clone();
    member.request = ConsumerGroupHeartbeatRequest { member_epoch: epoch, ..member.nothing_new() };
    member.beat(scene, if epoch == -1 { "leaves" } else { "goes for a while" });
    member.request =
        ConsumerGroupHeartbeatRequest { member_epoch: 0, topic_partitions: Some(Vec::new()), ..request };
}

fn there_and_back(scene: &mut Scene, topic: &str) {
    scene.heading("a consumer joins a classic group");
    let group = scene.own("both");
    wait_until_known(scene, &group, topic);
    let mut old = alone(scene, "old", &group, topic);
    let mut new = member(scene, "new", &group, topic);
    new.beat(scene, "joins");
    look(scene, &group);
    old.heartbeat(scene);
    fetch_assignment(scene, &mut old);
    reads(&mut old, &[topic], &[(topic, 0), (topic, 1), (topic, 2), (topic, 3)]);
    old.join(scene);
    old.heartbeat(scene);
    fetch_assignment(scene, &mut old);
    look(scene, &group);
    old.heartbeat(scene);
    reads(&mut old, &[topic], &[(topic, 0), (topic, 1)]);
    old.join(scene);
    fetch_assignment(scene, &mut old);
    old.heartbeat(scene);
    new.until(scene, "has its half", |answer| answer.assignment.is_some());
    new.settle(scene);
    look(scene, &group);
    odd_requests(scene, &mut old, &new, &group, topic);

    scene.heading("the consumer leaves");
    leaves(scene, &mut new, -1);
    look(scene, &group);
    old.heartbeat(scene);
    old.join(scene);
    let all = assignment(&[(topic, 0), (topic, 1), (topic, 2), (topic, 3)]);
    let sync = old.sync_request(&[(&old, &all)]);
    old.sync(scene, &sync);
    old.heartbeat(scene);
    look(scene, &group);
    scene.transcript.forget(&["old", "new"]);
}

/// What no member would ask in a group in which a classic member and a consumer are.
fn odd_requests(scene: &mut Scene, old: &mut Actor, new: &Member, group: &str, topic: &str) {
    scene.heading("odd requests in a group of both");
    let (own, consumer) = (old.join.member_id.clone(), new.request.member_id.clone());
    let generation = old.generation;
    for (what, member_id, generation_id, instance) in [
        ("of a generation to come", own.as_str(), generation + 1, None),
        ("of a generation that was", &own, generation - 1, None),
        ("of the consumer", &consumer, generation, None),
        ("of somebody else", "somebody", generation, None),
        ("of an instance", &own, generation, Some("one".to_owned())),
    ] {
        let request = HeartbeatRequest {
            group_id: group.to_owned(),
            generation_id,
            member_id: member_id.to_owned(),
            group_instance_id: instance.clone(),
        };
        old.ask(scene, &format!("sends a heartbeat {what}"), &request, NOW.heartbeat);
        let mut sync = old.sync_request(&[]);
        (sync.generation_id, sync.group_instance_id) = (generation_id, instance);
        member_id.clone_into(&mut sync.member_id);
        old.ask(scene, &format!("sends a sync {what}"), &sync, NOW.sync);
    }
    let mut sync = old.sync_request(&[]);
    sync.protocol_name = Some("sticky".to_owned());
    old.ask(scene, "syncs with another protocol", &sync, NOW.sync);
    sync.protocol_type = Some("connect".to_owned());
    old.ask(scene, "syncs with another protocol type", &sync, NOW.sync);
    let mut join = old.join.clone();
    join.session_timeout_ms = 1;
    old.ask(scene, "joins with a short session", &join, NOW.join);
    join = old.join.clone();
    join.protocols.clear();
    old.ask(scene, "joins without protocols", &join, NOW.join);
    join = old.join.clone();
    join.group_instance_id = Some("unheard-of".to_owned());
    old.ask(scene, "joins as an instance that is not there", &join, NOW.join);
    let mut other = classic(scene, "other", group, topic);
    "sticky".clone_into(&mut other.join.protocols[0].name);
    other.ask(scene, "joins with another protocol", &other.join.clone(), NOW.join);
    let named = |member_id: &str, instance: Option<&str>| MemberIdentity {
        member_id: member_id.to_owned(),
        group_instance_id: instance.map(str::to_owned),
        reason: None,
    };
    let members = vec![named("somebody", None), named("", Some("one")), named("", None)];
    let request = LeaveGroupRequest { group_id: group.to_owned(), members, ..Default::default() };
    other.ask(scene, "makes strangers leave", &request, NOW.leave);
    old.heartbeat(scene);
}

fn taken_over_while_it_rebalances(scene: &mut Scene, topic: &str) {
    for completes in [false, true] {
        let state = if completes { "completes its rebalance" } else { "prepares a rebalance" };
        scene.heading(&format!("a consumer joins a classic group that {state}"));
        let group = scene.own(if completes { "completing" } else { "preparing" });
        wait_until_known(scene, &group, topic);
        let mut one = alone(scene, "one", &group, topic);
        let mut two = classic(scene, "two", &group, topic);
        two.send_join(scene);
        one.heartbeat_until(scene, AGAIN);
        if completes {
            one.join(scene);
            two.hear_join(scene);
            // Whether it waits already when the consumer joins or comes too late, it is told the same.
            two.send_sync();
        }
        let mut new = member(scene, "new", &group, topic);
        new.beat(scene, "joins");
        if completes {
            two.hear_sync(scene);
        } else {
            two.hear_join(scene);
        }
        glance(scene, &group);
        one.heartbeat(scene);
        one.join(scene);
        two.join(scene);
        fetch_assignment(scene, &mut one);
        one.heartbeat(scene);
        two.heartbeat(scene);
        glance(scene, &group);
        scene.transcript.forget(&["one", "two", "new"]);
    }
}

/// Groups that stay classic ones.
fn refused(scene: &mut Scene, topic: &str) {
    scene.heading("a consumer would join a group of others");
    let group = scene.own("others");
    let mut old = scene.actor("old", &group);
    "connect".clone_into(&mut old.join.protocol_type);
    old.join(scene);
    let sync = old.sync_request(&[(&old, b"")]);
    old.sync(scene, &sync);
    let mut new = member(scene, "new", &group, topic);
    new.beat(scene, "would join");
    new.request.server_assignor = Some("nonsense".to_owned());
    new.beat(scene, "would join with an assignor that is not there");
    old.heartbeat(scene);
    scene.heading("a consumer would join a group whose assignor has data of its own");
    let group = scene.own("own-data");
    let mut old = classic(scene, "old again", &group, topic);
    old.join(scene);
    let user_data = Some(b"own".as_slice().into());
    let own = Assignment { assigned_partitions: by_topic([(topic, 0)]), user_data };
    let sync = old.sync_request(&[(&old, &own.encode(3).expect("names are short"))]);
    old.sync(scene, &sync);
    let mut new = member(scene, "new again", &group, topic);
    new.beat(scene, "would join");
    old.heartbeat(scene);
    scene.transcript.forget(&["old", "new", "old again", "new again"]);
}

/// A consumer and a classic member share, and the consumer is started anew with the classic protocol.
fn an_instance_goes_back(scene: &mut Scene, orders: &str, payments: &str) {
    for (name, topics) in [("back", &[orders][..]), ("back-to-another", &[orders, payments])] {
        scene.heading(&format!("an instance goes {name}"));
        let group = scene.own(name);
        wait_until_known(scene, &group, orders);
        wait_until_known(scene, &group, payments);
        let mut new = member(scene, "new", &group, orders);
        new.request.instance_id = Some("one".to_owned());
        new.beat(scene, "joins");
        let mut old = classic(scene, "old", &group, orders);
        old.takes_id(scene, &Uuid::from_u128(fastrand::u128(..)).to_string());
        old.join(scene);
        fetch_assignment(scene, &mut old);
        new.until(scene, "is to give up half", |answer| answer.assignment.is_some());
        new.settle(scene);
        old.heartbeat_until(scene, AGAIN);
        old.join(scene);
        fetch_assignment(scene, &mut old);
        old.heartbeat(scene);
        look(scene, &group);
        let mut back = classic(scene, "new, started anew", &group, orders).static_as("one");
        reads(&mut back, topics, &[]);
        if topics.len() == 1 {
            back.join(scene);
            fetch_assignment(scene, &mut back);
            back.heartbeat(scene);
        } else {
            // Kafka tells it a generation that there never was, so that it has to join once more by another id.
            let answer = back.connection.call(&back.join, NOW.join).expect("a request is answered");
            back.takes_id(scene, &answer.member_id);
        }
        look(scene, &group);
        new.beat(scene, "heartbeats");
        old.heartbeat(scene);
        scene.transcript.forget(&["new", "old", "new, started anew"]);
    }
}

/// A classic member is started anew with the other protocol.
fn an_instance_comes_over(scene: &mut Scene, orders: &str, payments: &str) {
    for (name, topics) in [("over", &[orders][..]), ("over-to-another", &[orders, payments])] {
        scene.heading(&format!("an instance comes {name}"));
        let group = scene.own(name);
        wait_until_known(scene, &group, orders);
        wait_until_known(scene, &group, payments);
        let mut old = classic(scene, "old", &group, orders).static_as("one");
        old.join(scene);
        let all = assignment(&[(orders, 0), (orders, 1), (orders, 2), (orders, 3)]);
        let sync = old.sync_request(&[(&old, &all)]);
        old.sync(scene, &sync);
        let mut new = member(scene, "new", &group, orders);
        new.request.instance_id = Some("one".to_owned());
        new.request.subscribed_topic_names = Some(topics.iter().map(|topic| (*topic).to_owned()).collect());
        new.beat(scene, "joins");
        look(scene, &group);
        old.heartbeat(scene);
        scene.transcript.forget(&["old", "new"]);
    }
}

/// Without what each member has: who of equals gets which partition is up to each broker.
pub(super) fn glance(scene: &mut Scene, group: &str) {
    describe_but_for(scene, group, |group| {
        for member in &mut group.members {
            member.assignment.topic_partitions.clear();
            member.target_assignment.topic_partitions.clear();
        }
    });
}

pub(super) fn describe_but_for(scene: &mut Scene, group: &str, leave_out: fn(&mut DescribedGroup)) {
    let mut connection = scene.connect();
    let request = ConsumerGroupDescribeRequest {
        group_ids: vec![group.to_owned()],
        include_authorized_operations: false,
    };
    let mut answer = connection.call(&request, 1).expect("a request is answered");
    answer.groups.iter_mut().for_each(leave_out);
    scene.transcript.question("it is described");
    scene.transcript.answer::<ConsumerGroupDescribeRequest>(1, 1, answer);
}

/// Groups without members belong to whoever comes first.
fn emptied(scene: &mut Scene, topic: &str) {
    scene.heading("a group changes hands");
    let group = scene.own("emptied");
    wait_until_known(scene, &group, topic);
    let mut new = member(scene, "new", &group, topic);
    new.beat(scene, "joins");
    leaves(scene, &mut new, -1);
    look(scene, &group);
    let mut old = alone(scene, "old", &group, topic);
    look(scene, &group);
    old.leave(scene);
    look(scene, &group);
    new.beat(scene, "joins");
    look(scene, &group);
    leaves(scene, &mut new, -1);
    let mut short = old.join.clone();
    short.session_timeout_ms = 1;
    old.ask(scene, "joins with a short session", &short, NOW.join);
    look(scene, &group);
    old.ask(scene, "joins under the id that it had", &old.join.clone(), NOW.join);
    look(scene, &group);
    scene.transcript.forget(&["old", "new"]);
}
