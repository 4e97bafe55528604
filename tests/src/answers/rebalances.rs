//! Members that fall silent: what is taken from them, when, and what the others hear. What ends a wait is the broker's
//! clock, what is written down is the answer.

use fluxmq_protocol::ErrorCode;

use super::Scene;
use super::actor::{Actor, ERAS, NOW};

/// The least that the scenes' brokers accept.
const SHORT_MS: i32 = 1_000;

pub(super) fn play(scene: &mut Scene) {
    follower_does_not_come_back(scene);
    session_ends(scene);
    leader_never_syncs(scene);
    id_is_never_used(scene);
    all_are_gone(scene);
}

/// A leader and a follower that have what is theirs; `change` is made to what they join with.
fn pair(scene: &mut Scene, name: &str, change: impl Fn(&mut Actor)) -> (Actor, Actor) {
    let group = scene.own(name);
    let (mut a, mut b) = (scene.actor("a", &group), scene.actor("b", &group));
    change(&mut a);
    change(&mut b);
    a.join(scene);
    b.send_join(scene);
    a.heartbeat_until(scene, ErrorCode::REBALANCE_IN_PROGRESS);
    a.send_join(scene);
    a.hear_join(scene);
    b.hear_join(scene);
    (a, b)
}

fn all_sync(scene: &mut Scene, a: &mut Actor, b: &mut Actor) {
    let both = a.sync_request(&[(a, b"one half"), (b, b"the other half")]);
    a.sync(scene, &both);
    let request = b.sync_request(&[]);
    b.sync(scene, &request);
}

/// The session says how long to wait for a member of the first version, the rebalance time-out for one of later ones.
fn follower_does_not_come_back(scene: &mut Scene) {
    for era in [ERAS[0], NOW] {
        scene.heading(&format!("a follower does not come back to a rebalance, version {}", era.join));
        let (mut a, mut b) = pair(scene, &format!("away-{}", era.join), |actor| {
            actor.era = era;
            actor.join.rebalance_timeout_ms = SHORT_MS;
            if era.join == 0 {
                actor.join.session_timeout_ms = SHORT_MS;
            }
        });
        all_sync(scene, &mut a, &mut b);
        a.join(scene);
        b.heartbeat(scene);
        b.join(scene);
        a.heartbeat(scene);
        scene.transcript.forget(&["a", "b"]);
    }
}

fn session_ends(scene: &mut Scene) {
    scene.heading("the session of a follower ends");
    let (mut a, mut b) = pair(scene, "session", |actor| {
        if actor.name == "b" {
            actor.join.session_timeout_ms = SHORT_MS;
        }
    });
    all_sync(scene, &mut a, &mut b);
    a.heartbeat_until(scene, ErrorCode::REBALANCE_IN_PROGRESS);
    a.join(scene);
    b.heartbeat(scene);
    scene.transcript.forget(&["a", "b"]);
}

fn leader_never_syncs(scene: &mut Scene) {
    scene.heading("the leader does not say who gets what");
    let (mut a, mut b) = pair(scene, "speechless", |actor| actor.join.rebalance_timeout_ms = SHORT_MS);
    b.send_sync();
    b.hear_sync(scene);
    b.join(scene);
    a.heartbeat(scene);
    let all = b.sync_request(&[(&b, b"all of it")]);
    b.sync(scene, &all);
    scene.transcript.forget(&["a", "b"]);
}

fn id_is_never_used(scene: &mut Scene) {
    scene.heading("who was given an id is waited for, until its session would have ended");
    let (mut a, mut b) = pair(scene, "given", |_| {});
    all_sync(scene, &mut a, &mut b);
    let mut c = scene.actor("c", &a.join.group_id);
    c.join.session_timeout_ms = SHORT_MS;
    let said = c.ask(scene, "asks for an id", &c.join.clone(), NOW.join);
    c.takes_id(scene, &said.member_id);
    a.heartbeat(scene);
    a.send_join(scene);
    b.heartbeat_until(scene, ErrorCode::REBALANCE_IN_PROGRESS);
    b.join(scene);
    a.hear_join(scene);
    c.join(scene);
    scene.transcript.forget(&["a", "b", "c"]);
}

/// The leader is removed, then the other: its assignment does not outlive it.
fn all_are_gone(scene: &mut Scene) {
    use fluxmq_protocol::messages::describe_groups::{DescribeGroupsRequest, DescribeGroupsResponse};
    scene.heading("all sessions end");
    let (mut a, mut b) = pair(scene, "gone", |actor| {
        actor.join.session_timeout_ms = SHORT_MS;
        actor.join.rebalance_timeout_ms = SHORT_MS;
    });
    all_sync(scene, &mut a, &mut b);
    let request = DescribeGroupsRequest { groups: vec![a.join.group_id.clone()], ..Default::default() };
    let mut connection = scene.connect();
    let is_empty = |answer: &DescribeGroupsResponse| answer.groups[0].group_state == "Empty";
    scene.until(&mut connection, "nobody is left", &request, 6, is_empty);
    a.heartbeat(scene);
    b.join.member_id.clear();
    scene.transcript.forget(&["b"]);
    b.join(scene);
}
