//! Static members (KIP-345): who comes back under the name of an instance takes the place it had.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::describe_groups::DescribeGroupsRequest;
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, MemberIdentity};

use super::Scene;
use super::actor::{Actor, ERAS, Era, NOW, subscription};

pub(super) fn play(scene: &mut Scene) {
    for era in [ERAS[3], ERAS[4], NOW] {
        alone(scene, era);
        leader_and_follower(scene, era);
        scene.transcript.forget(&["a", "a again", "b", "b again", "b, another time", "b, one more time"]);
        while_they_wait(scene, era);
        scene.transcript.forget(&["a", "a again", "b", "b again"]);
    }
}

fn describe(scene: &mut Scene, actor: &mut Actor) {
    let request = DescribeGroupsRequest { groups: vec![actor.join.group_id.clone()], ..Default::default() };
    actor.ask(scene, "looks", &request, 6);
}

/// The same instance, after a restart of its process.
fn again(scene: &mut Scene, name: &'static str, of: &Actor) -> Actor {
    let mut actor = scene.actor(name, &of.join.group_id).in_era(of.era);
    actor.join = of.join.clone();
    actor.join.member_id.clear();
    actor
}

fn alone(scene: &mut Scene, era: Era) {
    scene.heading(&format!("one instance, version {}", era.join));
    let group = scene.own(&format!("one-{}", era.join));
    let mut first = scene.actor("first", &group).in_era(era).static_as("one");
    first.join(scene);
    let mut second = again(scene, "second", &first);
    // The assignment has not been made yet: all begin anew.
    second.join(scene);
    let late = first.sync_request(&[(&first, b"all of it")]);
    first.sync(scene, &late);
    first.heartbeat(scene);
    let all = second.sync_request(&[(&second, b"all of it")]);
    second.sync(scene, &all);
    describe(scene, &mut second);
    scene.transcript.forget(&["first", "second"]);
}

/// A leader and a follower that have what is theirs.
fn pair(scene: &mut Scene, group: &str, era: Era) -> (Actor, Actor) {
    let mut a = scene.actor("a", group).in_era(era).static_as("one");
    let mut b = scene.actor("b", group).in_era(era).static_as("two");
    let orders = subscription(&["orders"]);
    for actor in [&mut a, &mut b] {
        actor.offers(&[("range", &orders), ("roundrobin", &orders)]);
    }
    a.join(scene);
    b.send_join(scene);
    a.heartbeat_until(scene, ErrorCode::REBALANCE_IN_PROGRESS);
    a.join(scene);
    b.hear_join(scene);
    let both = a.sync_request(&[(&a, b"one half"), (&b, b"the other half")]);
    a.sync(scene, &both);
    let request = b.sync_request(&[]);
    b.sync(scene, &request);
    (a, b)
}

/// Who waits in the name of an instance is sent away when that is started anew.
fn while_they_wait(scene: &mut Scene, era: Era) {
    scene.heading(&format!("the leader is started anew while it waits for the other, version {}", era.join));
    let group = scene.own(&format!("waiting-{}", era.join));
    let (mut a, mut b) = pair(scene, &group, era);
    a.send_join(scene);
    b.heartbeat_until(scene, ErrorCode::REBALANCE_IN_PROGRESS);
    let mut a2 = again(scene, "a again", &a);
    a2.send_join(scene);
    a.hear_join(scene);
    describe(scene, &mut b);
    b.join(scene);
    a2.hear_join(scene);

    scene.heading("the follower is started anew while it waits for its assignment");
    b.send_sync();
    let mut b2 = again(scene, "b again", &b);
    b2.send_join(scene);
    b.hear_sync(scene);
    a2.heartbeat_until(scene, ErrorCode::REBALANCE_IN_PROGRESS);
    a2.join(scene);
    b2.hear_join(scene);
}

fn leader_and_follower(scene: &mut Scene, era: Era) {
    scene.heading(&format!("two instances, version {}", era.join));
    let group = scene.own(&format!("two-{}", era.join));
    let (mut a, mut b) = pair(scene, &group, era);

    scene.heading("the follower is started anew");
    let mut b2 = again(scene, "b again", &b);
    b2.join(scene);
    b.heartbeat(scene);
    let late = b.sync_request(&[]);
    b.sync(scene, &late);
    b.ask(scene, "joins", &b.join.clone(), era.join);
    b.leave(scene);
    let request = b2.sync_request(&[]);
    b2.sync(scene, &request);
    b2.heartbeat(scene);

    scene.heading("the leader is started anew");
    let mut a2 = again(scene, "a again", &a);
    a2.join(scene);
    let request = a2.sync_request(&[(&a2, b"what is new"), (&b2, b"what is new")]);
    a2.sync(scene, &request);
    a2.heartbeat(scene);
    a.heartbeat(scene);
    describe(scene, &mut a2);

    scene.heading("the follower is started anew with another subscription, then with less that it can do");
    let mut b3 = again(scene, "b, another time", &b2);
    let (payments, orders) = (subscription(&["payments"]), subscription(&["orders"]));
    b3.offers(&[("range", &payments), ("roundrobin", &payments)]);
    b3.join(scene);
    describe(scene, &mut a2);
    let mut b3 = again(scene, "b, one more time", &b2);
    b3.offers(&[("roundrobin", &orders)]);
    b3.send_join(scene);
    a2.heartbeat_until(scene, ErrorCode::REBALANCE_IN_PROGRESS);
    a2.join(scene);
    b3.hear_join(scene);

    scene.heading("they are told to leave");
    let identity = |instance: &str| MemberIdentity {
        group_instance_id: Some(instance.to_owned()),
        ..Default::default()
    };
    let request = LeaveGroupRequest {
        group_id: group,
        members: vec![identity("two"), identity("one"), identity("three")],
        ..Default::default()
    };
    a.ask(scene, "tells them", &request, NOW.leave);
    describe(scene, &mut a2);
    a2.heartbeat(scene);
    b3.heartbeat(scene);
}
