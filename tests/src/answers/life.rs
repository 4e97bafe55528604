//! A group from its first member to its end, as members of each time live it, and how a protocol is chosen.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::delete_groups::DeleteGroupsRequest;
use fluxmq_protocol::messages::describe_groups::DescribeGroupsRequest;
use fluxmq_protocol::messages::list_groups::ListGroupsRequest;
use fluxmq_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};

use super::Scene;
use super::actor::{Actor, ERAS, NOW};

pub(super) fn play(scene: &mut Scene) {
    let (topic, _) = scene.topic("orders", 2);
    for era in ERAS {
        scene.heading(&format!("members that join with version {}", era.join));
        let group = scene.own(&format!("life-{}", era.join));
        let mut a = scene.actor("a", &group).in_era(era);
        let mut b = scene.actor("b", &group).in_era(era);
        alone(scene, &mut a, &topic);
        another_comes(scene, &mut a, &mut b, &topic);
        leader_again(scene, &mut a, &mut b);
        all_leave(scene, &mut b);
        scene.transcript.forget(&["a", "b"]);
    }
}

fn describe(scene: &mut Scene, actor: &mut Actor) {
    let request = DescribeGroupsRequest {
        groups: vec![actor.join.group_id.clone()],
        include_authorized_operations: true,
    };
    actor.ask(scene, "looks", &request, 6);
}

fn commit_request(actor: &Actor, topic: &str) -> OffsetCommitRequest {
    let partition = OffsetCommitRequestPartition { committed_offset: 3, ..Default::default() };
    OffsetCommitRequest {
        group_id: actor.join.group_id.clone(),
        generation_id_or_member_epoch: actor.generation,
        member_id: actor.join.member_id.clone(),
        group_instance_id: actor.join.group_instance_id.clone(),
        topics: vec![OffsetCommitRequestTopic {
            name: topic.to_owned(),
            partitions: vec![partition],
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn commit(scene: &mut Scene, actor: &mut Actor, topic: &str) {
    let request = commit_request(actor, topic);
    actor.ask(scene, "commits", &request, 9);
}

fn alone(scene: &mut Scene, a: &mut Actor, topic: &str) {
    a.join(scene);
    a.heartbeat(scene);
    commit(scene, a, topic);
    describe(scene, a);
    let all = a.sync_request(&[(a, b"all of it")]);
    a.sync(scene, &all);
    describe(scene, a);
    a.heartbeat(scene);
    commit(scene, a, topic);
    let again = a.sync_request(&[(a, b"something else")]);
    a.sync(scene, &again);
}

/// While a rebalance is prepared, and until all have what is theirs.
fn another_comes(scene: &mut Scene, a: &mut Actor, b: &mut Actor, topic: &str) {
    b.send_join(scene);
    a.heartbeat_until(scene, ErrorCode::REBALANCE_IN_PROGRESS);
    describe(scene, a);
    commit(scene, a, topic);
    let early = a.sync_request(&[]);
    a.sync(scene, &early);
    a.send_join(scene);
    a.hear_join(scene);
    b.hear_join(scene);
    commit(scene, b, topic);
    b.send_sync();
    let both = a.sync_request(&[(a, b"one half"), (b, b"the other half")]);
    a.sync(scene, &both);
    b.hear_sync(scene);
    describe(scene, b);
    let (generation, late) = (b.generation, b.sync_request(&[]));
    b.join(scene);
    assert!(b.generation >= generation);
    b.sync(scene, &late);
    b.heartbeat(scene);
    a.generation -= 1;
    a.heartbeat(scene);
    commit(scene, a, topic);
    a.generation += 1;
}

/// The leader asks for a rebalance, and goes before it has said what came of it.
fn leader_again(scene: &mut Scene, a: &mut Actor, b: &mut Actor) {
    a.send_join(scene);
    b.heartbeat_until(scene, ErrorCode::REBALANCE_IN_PROGRESS);
    b.send_join(scene);
    a.hear_join(scene);
    b.hear_join(scene);
    b.send_sync();
    a.leave(scene);
    b.hear_sync(scene);
    b.join(scene);
    let all = b.sync_request(&[(b, b"all of it")]);
    b.sync(scene, &all);
    a.heartbeat(scene);
}

fn all_leave(scene: &mut Scene, b: &mut Actor) {
    b.leave(scene);
    describe(scene, b);
    let list = ListGroupsRequest { states_filter: vec!["Empty".to_owned()], ..Default::default() };
    b.ask(scene, "lists", &list, 5);
    b.heartbeat(scene);
    let late = b.sync_request(&[]);
    b.sync(scene, &late);
    b.leave(scene);
    // With the id that it had it is nobody any more.
    b.join(scene);
    let delete = DeleteGroupsRequest { groups_names: vec![b.join.group_id.clone()] };
    b.ask(scene, "deletes", &delete, 2);
    describe(scene, b);
}

/// Each member votes for the first of its protocols that all support. A name that a member offers twice is not tried: Kafka
/// never answers such a group. Nor is a tie: Kafka takes what comes first in its table of hashes.
pub(super) fn votes(scene: &mut Scene) {
    let offers: [(&str, [&[&str]; 3]); 3] = [
        ("most votes", [&["y", "x"], &["y", "x", "z"], &["x", "y"]]),
        ("one in common", [&["x", "y"], &["y", "z"], &["z", "y"]]),
        ("the same", [&["x", "y", "z"], &["x", "y", "z"], &["x", "y", "z"]]),
    ];
    for (what, offers) in offers {
        scene.heading(what);
        let group = scene.own(&what.replace(' ', "-"));
        let mut members: Vec<Actor> = Vec::new();
        for (name, protocols) in ["a", "b", "c"].into_iter().zip(offers) {
            let mut actor = scene.actor(name, &group).in_era(NOW);
            "voter".clone_into(&mut actor.join.protocol_type);
            let bytes = |protocol: &str| format!("{name} with {protocol}").into_bytes();
            let offered: Vec<_> = protocols.iter().map(|&protocol| (protocol, bytes(protocol))).collect();
            let offered: Vec<_> =
                offered.iter().map(|(protocol, bytes)| (*protocol, bytes.as_slice())).collect();
            actor.offers(&offered);
            actor.send_join(scene);
            if let Some(first) = members.first_mut() {
                first.heartbeat_until(scene, ErrorCode::REBALANCE_IN_PROGRESS);
            }
            members.iter_mut().for_each(|member| member.send_join(scene));
            members.push(actor);
            members.iter_mut().for_each(|member| drop(member.hear_join(scene)));
        }
        let [a, b, c] = &mut members[..] else { return };
        b.send_sync();
        c.send_sync();
        let two = a.sync_request(&[(a, b"one half"), (c, b"the other half")]);
        a.sync(scene, &two);
        b.hear_sync(scene);
        c.hear_sync(scene);
        describe(scene, a);
        one_less(scene, &mut members);
        scene.transcript.forget(&["a", "b", "c"]);
    }
}

/// What fewer members have in common may be more; a follower that offers something else asks for a rebalance.
fn one_less(scene: &mut Scene, members: &mut Vec<Actor>) {
    let mut c = members.remove(2);
    c.leave(scene);
    let [a, b] = &mut members[..] else { return };
    a.heartbeat(scene);
    b.send_join(scene);
    a.join(scene);
    b.hear_join(scene);
    let all = a.sync_request(&[(a, b"all of it")]);
    a.sync(scene, &all);
    b.offers(&[("w", b"new"), ("y", b"new")]);
    b.send_join(scene);
    a.heartbeat_until(scene, ErrorCode::REBALANCE_IN_PROGRESS);
    a.join(scene);
    b.hear_join(scene);
}
