//! SyncGroup, Heartbeat and LeaveGroup as they may come from anywhere, in every version.

use fluxmq_protocol::messages::heartbeat::HeartbeatRequest;
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, MemberIdentity};
use fluxmq_protocol::messages::sync_group::SyncGroupRequest;

use super::Scene;
use super::actor::{Actor, NOW};
use crate::connection::Connection;

pub(super) fn play(scene: &mut Scene) {
    let group = scene.own("there");
    scene.heading("a group of one member that is stable");
    let mut a = scene.actor("a", &group);
    a.join(scene);
    let request = a.sync_request(&[(&a, b"all of it"), (&scene.actor("nobody", &group), b"lost")]);
    a.sync(scene, &request);
    let nowhere = scene.own("nowhere");
    let mut connection = scene.connect();
    syncs(scene, &mut connection, &a, &nowhere);
    heartbeats(scene, &mut connection, &a, &nowhere);
    leaves(scene, &mut connection, &a, &nowhere);
    batches(scene, &mut connection);
    pending(scene);
    a.heartbeat(scene);
}

/// What is sent for a member: group, generation, member, instance.
type Sender = (String, i32, String, Option<String>);

/// Every way to be somebody else than the one member of the group.
fn senders(a: &Actor, nowhere: &str) -> Vec<(&'static str, Sender)> {
    let (group, member) = (a.join.group_id.clone(), a.join.member_id.clone());
    let somebody = || "somebody".to_owned();
    vec![
        ("as it should be", (group.clone(), 1, member.clone(), None)),
        ("without a group", (String::new(), 1, member.clone(), None)),
        ("in a group that is not there", (nowhere.to_owned(), 1, member.clone(), None)),
        ("without a member", (group.clone(), 1, String::new(), None)),
        ("of somebody else", (group.clone(), 1, somebody(), None)),
        ("of a generation to come", (group.clone(), 2, member.clone(), None)),
        ("of a generation that was", (group.clone(), 0, member.clone(), None)),
        ("of no generation", (group.clone(), -1, member.clone(), None)),
        ("of somebody else and no generation", (group.clone(), -1, somebody(), None)),
        ("of an instance that is not there", (group.clone(), 1, member, Some("one".to_owned()))),
        (
            "of an instance that is not there, without a member",
            (group, 1, String::new(), Some("one".to_owned())),
        ),
    ]
}

fn syncs(scene: &mut Scene, connection: &mut Connection, a: &Actor, nowhere: &str) {
    scene.heading("syncs");
    let request = |(group, generation_id, member, instance): &Sender| SyncGroupRequest {
        group_id: group.clone(),
        generation_id: *generation_id,
        member_id: member.clone(),
        group_instance_id: instance.clone(),
        protocol_type: Some("consumer".to_owned()),
        protocol_name: Some("range".to_owned()),
        assignments: Vec::new(),
    };
    for (what, sender) in senders(a, nowhere) {
        let first = if sender.3.is_some() { 3 } else { 0 };
        scene.sweep_from(first, connection, what, |_| request(&sender));
    }
    let own: Sender = (a.join.group_id.clone(), 1, a.join.member_id.clone(), None);
    let text = |text: &str| Some(text.to_owned());
    for (kind, name) in [
        (text("consumer"), text("range")),
        (text("consumer"), None),
        (None, text("range")),
        (None, None),
        (text("connect"), text("range")),
        (text("consumer"), text("sticky")),
        (text(""), text("")),
    ] {
        let sync =
            SyncGroupRequest { protocol_type: kind.clone(), protocol_name: name.clone(), ..request(&own) };
        scene.sweep_from(5, connection, &format!("of type {kind:?} and protocol {name:?}"), |_| sync.clone());
    }
}

fn heartbeats(scene: &mut Scene, connection: &mut Connection, a: &Actor, nowhere: &str) {
    scene.heading("heartbeats");
    for (what, (group_id, generation_id, member_id, group_instance_id)) in senders(a, nowhere) {
        let heartbeat = HeartbeatRequest { group_id, generation_id, member_id, group_instance_id };
        let first = if heartbeat.group_instance_id.is_some() { 3 } else { 0 };
        scene.sweep_from(first, connection, what, |_| heartbeat.clone());
    }
}

fn leaves(scene: &mut Scene, connection: &mut Connection, a: &Actor, nowhere: &str) {
    scene.heading("leaves");
    // The member itself stays.
    for (what, (group_id, _, member_id, group_instance_id)) in senders(a, nowhere).into_iter().skip(1) {
        if member_id == a.join.member_id && group_id == a.join.group_id && group_instance_id.is_none() {
            continue;
        }
        let member = MemberIdentity { member_id: member_id.clone(), group_instance_id, reason: None };
        let first = if member.group_instance_id.is_some() { 3 } else { 0 };
        let leave = LeaveGroupRequest { group_id, member_id, members: vec![member] };
        scene.sweep_from(first, connection, what, |_| leave.clone());
    }
}

/// Several members at once, by their ids and by their instances.
fn batches(scene: &mut Scene, connection: &mut Connection) {
    scene.heading("leaves of several");
    let identity = |member: &str, instance: Option<&str>| MemberIdentity {
        member_id: member.to_owned(),
        group_instance_id: instance.map(str::to_owned),
        reason: Some("told to".to_owned()),
    };
    for version in 3..=5 {
        let group = scene.own(&format!("several-{version}"));
        let mut one = scene.actor("one", &group).static_as("one");
        one.join(scene);
        let id = one.join.member_id.clone();
        let mut leave = |scene: &mut Scene, what: &str, members: Vec<MemberIdentity>| {
            let request = LeaveGroupRequest { group_id: group.clone(), members, ..Default::default() };
            scene.ask(connection, what, &request, version);
        };
        leave(scene, "nobody", vec![]);
        leave(scene, "as another member of the instance", vec![identity("somebody", Some("one"))]);
        leave(
            scene,
            "somebody, and an instance that is not there",
            vec![identity("somebody", None), identity("", Some("two"))],
        );
        leave(
            scene,
            "by the instance, twice, and somebody",
            vec![identity("", Some("one")), identity("", Some("one")), identity("somebody", None)],
        );
        leave(scene, "when it has left", vec![identity(&id, Some("one")), identity(&id, None)]);
        one.heartbeat(scene);
    }
}

/// Somebody who has been given an id and has not come back with it.
fn pending(scene: &mut Scene) {
    scene.heading("with an id and not yet a member");
    let group = scene.own("pending");
    let mut p = scene.actor("pending", &group);
    let said = p.ask(scene, "asks for an id", &p.join.clone(), NOW.join);
    p.takes_id(scene, &said.member_id);
    p.heartbeat(scene);
    p.generation = 0;
    p.heartbeat(scene);
    let request = p.sync_request(&[]);
    p.sync(scene, &request);
    p.leave(scene);
    p.leave(scene);
    p.join(scene);
}
