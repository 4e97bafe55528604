//! Members of groups of KIP-848 that lose answers, go for a while, are slow, or change what they said.

use std::time::Instant;

use fluxmq_protocol::Uuid;
use fluxmq_protocol::messages::consumer_group_heartbeat::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, TopicPartitions,
};

use super::migration::{describe_but_for, leaves, look};
use super::next_generation::{Member, describe, member, wait_until_known};
use super::{PATIENCE, Scene};

pub(super) fn play(scene: &mut Scene) {
    let (orders, _) = scene.topic("orders", 4);
    let (payments, _) = scene.topic("payments", 2);
    instances_on_their_way(scene, &orders, &payments);
    answers_get_lost(scene, &orders);
    settings_change(scene, &orders);
    expressions(scene, &orders, &payments);
}

/// Static members that go while something is still to be given back or to come.
fn instances_on_their_way(scene: &mut Scene, orders: &str, payments: &str) {
    scene.heading("an instance goes for a while that has something to give back");
    let group = scene.own("on-its-way");
    wait_until_known(scene, &group, orders);
    wait_until_known(scene, &group, payments);
    let mut one = member(scene, "one", &group, orders);
    one.request.instance_id = Some("one".to_owned());
    one.beat(scene, "joins");
    let mut two = member(scene, "two", &group, orders);
    two.request.instance_id = Some("two".to_owned());
    two.beat(scene, "joins");
    one.until(scene, "is to give up half", |answer| answer.assignment.is_some());
    leaves(scene, &mut one, -2);
    look(scene, &group);
    two.until(scene, "does not wait", |answer| answer.assignment.is_some());
    let mut again = member(scene, "one again", &group, orders);
    again.request.instance_id = Some("one".to_owned());
    again.beat(scene, "comes back");
    again.settle(scene);
    look(scene, &group);

    scene.heading("it goes for a while and comes back with another subscription");
    leaves(scene, &mut again, -2);
    leaves(scene, &mut again, -2);
    let mut other = member(scene, "one, other", &group, payments);
    other.request.instance_id = Some("one".to_owned());
    other.beat(scene, "comes back");
    look(scene, &group);
    two.until(scene, "gets the rest", |answer| answer.assignment.is_some());

    scene.heading("it goes for a while and comes back under its own id");
    leaves(scene, &mut other, -2);
    let epoch = two.request.member_epoch;
    other.request.member_epoch = epoch;
    other.beat(scene, "goes on as if nothing was");
    other.request.member_epoch = 0;
    other.beat(scene, "comes back");
    look(scene, &group);

    scene.heading("what it is subscribed to gets less while it has something to give back");
    let mut three = member(scene, "three", &group, orders);
    three.beat(scene, "joins");
    two.until(scene, "is to give up half", |answer| answer.assignment.is_some());
    let held = two.request.clone();
    two.request.subscribed_topic_names = Some(vec![payments.to_owned()]);
    two.request.topic_partitions = held.topic_partitions;
    two.request.topic_partitions.as_mut().expect("it holds some")[0].partitions = vec![0, 1, 2, 3];
    two.beat(scene, "wants another topic");
    look(scene, &group);
    two.request.topic_partitions = Some(Vec::new());
    two.beat(scene, "has given up all");
    three.until(scene, "gets all", |answer| {
        let given = answer.assignment.as_ref().and_then(|assignment| assignment.topic_partitions.first());
        given.is_some_and(|given| given.partitions.len() == 4)
    });
    look(scene, &group);
    scene.transcript.forget(&["one", "two", "three", "one again", "one, other"]);
}

/// Members that say again what they said, or begin again, wherever they are.
fn answers_get_lost(scene: &mut Scene, topic: &str) {
    scene.heading("answers get lost");
    let group = scene.own("lost");
    wait_until_known(scene, &group, topic);
    let mut one = member(scene, "one", &group, topic);
    one.beat(scene, "joins");
    one.settle(scene);
    let begins = |member: &Member| ConsumerGroupHeartbeatRequest {
        member_epoch: 0,
        topic_partitions: Some(Vec::new()),
        ..member.request.clone()
    };
    let again = begins(&one);
    scene.ask(&mut one.connection, "one begins again", &again, 1);
    let mut two = member(scene, "two", &group, topic);
    two.beat(scene, "joins");
    two.settle(scene);
    let again = begins(&two);
    scene.ask(&mut two.connection, "two begins again and still waits", &again, 1);
    one.settle(scene);
    let all = one.request.topic_partitions.clone().expect("it holds some");
    one.settle(scene);
    describe(scene, &group);
    one.request.topic_partitions = Some(Vec::new());
    one.settle(scene);
    let earlier =
        ConsumerGroupHeartbeatRequest { member_epoch: one.request.member_epoch - 1, ..one.nothing_new() };
    scene.ask(&mut one.connection, "one is late and does not say what it has", &earlier, 1);
    let topic_id = all[0].topic_id;
    let (kept, foreign) = (all[0].partitions[..1].to_vec(), vec![0, 1, 2, 3]);
    for (what, partitions) in
        [("less than it has", kept), ("what it has not", foreign), ("a stranger", vec![-1, 9])]
    {
        let owned = Some(vec![TopicPartitions { topic_id, partitions }]);
        let late = ConsumerGroupHeartbeatRequest { topic_partitions: owned, ..earlier.clone() };
        scene.ask(&mut one.connection, &format!("one is late and has {what}"), &late, 1);
    }
    let unheard = TopicPartitions { topic_id: Uuid::from_u128(9), partitions: vec![0, 0, -5] };
    let odd = ConsumerGroupHeartbeatRequest { topic_partitions: Some(vec![unheard]), ..one.nothing_new() };
    scene.ask(&mut one.connection, "one has what there is not", &odd, 1);

    scene.heading("a member begins again instead of giving up what it should");
    let group = scene.own("anew");
    wait_until_known(scene, &group, topic);
    let mut one = member(scene, "one, anew", &group, topic);
    one.beat(scene, "joins");
    let mut two = member(scene, "two, waiting", &group, topic);
    two.beat(scene, "joins");
    one.until(scene, "is to give up half", |answer| answer.assignment.is_some());
    let again = begins(&one);
    scene.ask(&mut one.connection, "one begins again instead", &again, 1);
    describe(scene, &group);
    scene.transcript.forget(&["two, waiting"]);

    scene.heading("a member takes too long to give up what it should");
    let group = scene.own("slow");
    wait_until_known(scene, &group, topic);
    let mut one = member(scene, "one, slow", &group, topic);
    one.request.rebalance_timeout_ms = 500;
    one.beat(scene, "joins");
    let mut two = member(scene, "two, waiting", &group, topic);
    two.beat(scene, "joins");
    one.until(scene, "is to give up half", |answer| answer.assignment.is_some());
    one.until(scene, "is put out", |answer| !answer.error_code.is_ok());
    two.until(scene, "has all", |answer| {
        let given = answer.assignment.as_ref().and_then(|assignment| assignment.topic_partitions.first());
        given.is_some_and(|given| given.partitions.len() == 4)
    });
    describe(scene, &group);
    scene.transcript.forget(&["one", "two", "one, anew", "one, slow", "two, waiting"]);
}

/// What a member may change without disturbing the others.
fn settings_change(scene: &mut Scene, topic: &str) {
    scene.heading("a member changes what it said of itself");
    let group = scene.own("settings");
    wait_until_known(scene, &group, topic);
    let mut one = member(scene, "one", &group, topic);
    one.beat(scene, "joins");
    let idle = one.nothing_new();
    let changes: [(&str, ConsumerGroupHeartbeatRequest); 5] = [
        ("its rack", ConsumerGroupHeartbeatRequest { rack_id: Some("r".to_owned()), ..idle.clone() }),
        ("its time", ConsumerGroupHeartbeatRequest { rebalance_timeout_ms: 7, ..idle.clone() }),
        (
            "its assignor",
            ConsumerGroupHeartbeatRequest { server_assignor: Some("range".to_owned()), ..idle.clone() },
        ),
        ("its instance", ConsumerGroupHeartbeatRequest { instance_id: Some("i".to_owned()), ..idle.clone() }),
        (
            "its topics, named twice",
            ConsumerGroupHeartbeatRequest {
                subscribed_topic_names: Some(vec![topic.to_owned(), topic.to_owned()]),
                ..idle
            },
        ),
    ];
    for (what, request) in changes {
        scene.ask(&mut one.connection, &format!("one changes {what}"), &request, 1);
        describe(scene, &group);
    }
    let mut fixed = begins_as(&one, "i");
    scene.ask(&mut one.connection, "one joins as an instance", &fixed, 1);
    fixed.instance_id = Some("j".to_owned());
    scene.ask(&mut one.connection, "one joins as another instance", &fixed, 1);
    describe(scene, &group);
    scene.transcript.forget(&["one"]);
}

fn begins_as(member: &Member, instance: &str) -> ConsumerGroupHeartbeatRequest {
    ConsumerGroupHeartbeatRequest {
        member_epoch: 0,
        instance_id: Some(instance.to_owned()),
        topic_partitions: Some(Vec::new()),
        ..member.request.clone()
    }
}

/// Kafka looks for topics behind the member's back, so answers are asked for until they are there.
fn expressions(scene: &mut Scene, orders: &str, payments: &str) {
    scene.heading("regular expressions");
    let group = scene.own("expressions");
    wait_until_known(scene, &group, orders);
    wait_until_known(scene, &group, payments);
    let run = orders.trim_start_matches("orders").to_owned();
    let mut one = member(scene, "one", &group, payments);
    one.request.subscribed_topic_regex = Some(format!("ord.*{run}"));
    one.request.subscribed_topic_names = None;
    let mut answer = one.connection.call(&one.request, 1).expect("a request is answered");
    one.takes(&answer);
    let has_none = |answer: &ConsumerGroupHeartbeatResponse| {
        answer.assignment.as_ref().is_none_or(|assignment| assignment.topic_partitions.is_empty())
    };
    let deadline = Instant::now() + PATIENCE;
    while has_none(&answer) {
        assert!(Instant::now() < deadline, "the topic is not found");
        answer = one.connection.call(&one.nothing_new(), 1).expect("a request is answered");
        one.takes(&answer);
    }
    look_at_subscriptions(scene, &group);
    one.request.subscribed_topic_names = Some(vec![payments.to_owned()]);
    one.beat(scene, "wants a topic by name beside");
    look_at_subscriptions(scene, &group);
    one.request.subscribed_topic_regex = Some(String::new());
    one.beat(scene, "gives the expression up");
    one.settle(scene);
    look_at_subscriptions(scene, &group);
    one.request.subscribed_topic_regex = Some("(".to_owned());
    one.beat(scene, "wants what is no expression");
    look_at_subscriptions(scene, &group);
    scene.transcript.forget(&["one"]);
}

/// Without epochs, of which Kafka needs more or fewer as it happens.
fn look_at_subscriptions(scene: &mut Scene, group: &str) {
    describe_but_for(scene, group, |group| {
        (group.group_epoch, group.assignment_epoch) = (0, 0);
        group.members.iter_mut().for_each(|member| member.member_epoch = 0);
    });
}
