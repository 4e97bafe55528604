//! JoinGroup as it may come from anywhere, in every version.

use fluxmq_protocol::messages::join_group::JoinGroupRequest;

use super::Scene;
use super::actor::{Actor, NOW, protocols, subscription};
use crate::connection::Connection;

pub(super) fn play(scene: &mut Scene) {
    let mut connection = scene.connect();
    let nobody = scene.own("nobody");
    refused(scene, &mut connection, &request(&nobody));
    first_of_its_group(scene, &mut connection);
    group_that_is_there(scene);
    full_group(scene);
}

fn request(group: &str) -> JoinGroupRequest {
    JoinGroupRequest {
        group_id: group.to_owned(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "consumer".to_owned(),
        protocols: protocols(&[("range", &subscription(&["orders"]))]),
        ..Default::default()
    }
}

/// What makes a request odd.
type Change = fn(&mut JoinGroupRequest);

fn refused(scene: &mut Scene, connection: &mut Connection, plain: &JoinGroupRequest) {
    let odd: [(&str, Change); 12] = [
        ("without a group", |join| join.group_id = String::new()),
        ("with a session of no time", |join| join.session_timeout_ms = 0),
        ("with a session below the least", |join| join.session_timeout_ms = 999),
        ("with a session above the most", |join| join.session_timeout_ms = 1_800_001),
        ("with a negative session", |join| join.session_timeout_ms = -1),
        ("as a member of a group that is not there", |join| "somebody".clone_into(&mut join.member_id)),
        ("without protocols", |join| join.protocols.clear()),
        ("without a protocol type", |join| join.protocol_type = String::new()),
        ("with nothing at all", |join| *join = JoinGroupRequest::default()),
        ("without a group, with a session of no time", |join| {
            (join.group_id, join.session_timeout_ms) = (String::new(), 0);
        }),
        ("as a member, with a session of no time", |join| {
            (join.member_id, join.session_timeout_ms) = ("somebody".to_owned(), 0);
        }),
        ("as a member, without protocols", |join| {
            "somebody".clone_into(&mut join.member_id);
            join.protocols.clear();
        }),
    ];
    scene.heading("what no group takes");
    for (what, change) in odd {
        let mut join = plain.clone();
        change(&mut join);
        scene.sweep(connection, what, |_| join.clone());
    }
    scene.heading("instances that are not there, or are nothing");
    for (instance, member) in [("one", "somebody"), ("", "somebody")] {
        let join = JoinGroupRequest {
            member_id: member.to_owned(),
            group_instance_id: Some(instance.to_owned()),
            ..plain.clone()
        };
        scene.sweep_from(5, connection, &format!("instance `{instance}` of `{member}`"), |_| join.clone());
    }
}

/// Each version has a group of its own.
fn first_of_its_group(scene: &mut Scene, connection: &mut Connection) {
    scene.heading("the first of its group");
    let name = |scene: &Scene, what: &str, version: i16| scene.own(&format!("{what}-{version}"));
    for (what, kind, bytes) in [
        ("consumer", "consumer", subscription(&["orders"])),
        // A consumer's bytes that have no form are never answered by Kafka.
        ("no bytes", "connect", Vec::new()),
        ("connect", "connect", (0..=255).collect()),
    ] {
        let groups: Vec<String> = (0..=9).map(|version| name(scene, what, version)).collect();
        for (version, group) in groups.iter().enumerate() {
            scene.transcript.name(group, "its group");
            assert!(version < 10);
        }
        scene.sweep(connection, what, |version| JoinGroupRequest {
            group_id: groups[version as usize].clone(),
            protocol_type: kind.to_owned(),
            protocols: protocols(&[("first", &bytes), ("second", b"2")]),
            ..request("")
        });
    }
    scene.heading("the first of its group, as an instance");
    let groups: Vec<String> = (0..=9).map(|version| name(scene, "static", version)).collect();
    scene.sweep_from(5, connection, "instance `one`", |version| JoinGroupRequest {
        group_id: groups[version as usize].clone(),
        group_instance_id: Some("one".to_owned()),
        ..request("")
    });
    scene.heading("the first of its group, with a protocol that has no name");
    let groups: Vec<String> = (0..=9).map(|version| name(scene, "unnamed", version)).collect();
    scene.sweep_from(5, connection, "instance `one`", |version| JoinGroupRequest {
        group_id: groups[version as usize].clone(),
        group_instance_id: Some("one".to_owned()),
        protocol_type: "connect".to_owned(),
        protocols: protocols(&[("", b"1")]),
        ..request("")
    });
    scene.heading("with time-outs that are odd");
    for timeout in [-1, 0] {
        let group = scene.own(&format!("timeout{timeout}"));
        let mut actor = scene.actor("a", &group);
        actor.join.rebalance_timeout_ms = timeout;
        actor.join(scene);
    }
}

/// One member is there, and others come with what does not fit.
fn group_that_is_there(scene: &mut Scene) {
    scene.heading("a group with one member");
    let group = scene.own("there");
    let mut a = scene.actor("a", &group);
    let bytes = subscription(&["orders"]);
    a.offers(&[("range", &bytes), ("roundrobin", &bytes)]);
    a.join(scene);
    let request = a.sync_request(&[(&a, b"all of it")]);
    a.sync(scene, &request);
    let mut connection = scene.connect();
    let odd: [(&str, Change); 5] = [
        ("of another protocol type", |join| "connect".clone_into(&mut join.protocol_type)),
        ("of another protocol", |join| join.protocols = protocols(&[("sticky", b"")])),
        ("without protocols", |join| join.protocols.clear()),
        ("as a member that it does not have", |join| "somebody".clone_into(&mut join.member_id)),
        ("as a member that it does not have, of another protocol", |join| {
            "somebody".clone_into(&mut join.member_id);
            join.protocols = protocols(&[("sticky", b"")]);
        }),
    ];
    for (what, change) in odd {
        let mut join = request_to(&a);
        change(&mut join);
        scene.sweep(&mut connection, what, |_| join.clone());
    }
    scene.heading("its member again, with nothing new, and as somebody else's");
    let mut again = a.join.clone();
    a.ask(scene, "joins with what it had", &again, NOW.join);
    again.group_instance_id = Some("one".to_owned());
    a.ask(scene, "joins as an instance that is not there", &again, NOW.join);
    a.heartbeat(scene);
    again = a.join.clone();
    "connect".clone_into(&mut again.protocol_type);
    a.ask(scene, "joins with another protocol type", &again, NOW.join);
    a.heartbeat(scene);
    scene.heading("an id that was given for another group");
    let mut stranger = scene.actor("stranger", &scene.own("elsewhere"));
    let said = stranger.ask(scene, "asks for an id", &stranger.join.clone(), NOW.join);
    stranger.takes_id(scene, &said.member_id);
    stranger.join.group_id.clone_from(&group);
    stranger.join(scene);
    a.heartbeat(scene);
}

fn request_to(member: &Actor) -> JoinGroupRequest {
    request(&member.join.group_id)
}

/// `group.max.size` is 3.
fn full_group(scene: &mut Scene) {
    scene.heading("a group that is full");
    let group = scene.own("full");
    let mut members: Vec<Actor> = Vec::new();
    for name in ["a", "b", "c"] {
        let mut actor = scene.actor(name, &group).static_as(name);
        actor.send_join(scene);
        if let Some(leader) = members.first_mut() {
            leader.heartbeat_until(scene, fluxmq_protocol::ErrorCode::REBALANCE_IN_PROGRESS);
            for member in &mut members {
                member.send_join(scene);
            }
            for member in &mut members {
                member.hear_join(scene);
            }
        }
        actor.hear_join(scene);
        members.push(actor);
    }
    let mut connection = scene.connect();
    let plain = request(&group);
    scene.sweep(&mut connection, "a fourth", |_| plain.clone());
    let instance = JoinGroupRequest { group_instance_id: Some("d".to_owned()), ..plain.clone() };
    scene.sweep_from(5, &mut connection, "a fourth, as an instance", |_| instance.clone());
    members[1].heartbeat(scene);
}
