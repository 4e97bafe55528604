//! FindCoordinator, DescribeGroups, ListGroups and DeleteGroups as they may come from anywhere, in every version.

use fluxmq_protocol::messages::delete_groups::DeleteGroupsRequest;
use fluxmq_protocol::messages::describe_groups::DescribeGroupsRequest;
use fluxmq_protocol::messages::find_coordinator::FindCoordinatorRequest;
use fluxmq_protocol::messages::list_groups::ListGroupsRequest;
use fluxmq_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};

use super::Scene;
use super::actor::Actor;
use crate::connection::Connection;

pub(super) fn play(scene: &mut Scene) {
    scene.heading("a stable group, one whose leader is awaited, one of Connect, one that only has offsets");
    let stable = one_member(scene, "stable", "consumer", true);
    let waiting = one_member(scene, "waiting", "consumer", false);
    let connect = one_member(scene, "workers", "connect", true);
    let (topic, _) = scene.topic("orders", 1);
    let simple = scene.own("simple");
    let mut connection = scene.connect();
    let commit = OffsetCommitRequest {
        group_id: simple.clone(),
        topics: vec![OffsetCommitRequestTopic {
            name: topic,
            partitions: vec![OffsetCommitRequestPartition { committed_offset: 5, ..Default::default() }],
            ..Default::default()
        }],
        ..Default::default()
    };
    scene.ask(&mut connection, "a commit of nobody", &commit, 9);
    let nowhere = scene.own("nowhere");
    let groups = [
        stable.join.group_id.clone(),
        waiting.join.group_id.clone(),
        connect.join.group_id.clone(),
        simple,
        nowhere,
    ];
    coordinators(scene, &mut connection);
    descriptions(scene, &mut connection, &groups);
    lists(scene, &mut connection);
    deletions(scene, &mut connection, &groups);
}

fn one_member(scene: &mut Scene, group: &str, kind: &str, syncs: bool) -> Actor {
    let group = scene.own(group);
    let name = if syncs { "its member" } else { "its leader" };
    let mut member = scene.actor(name, &group);
    kind.clone_into(&mut member.join.protocol_type);
    if kind == "connect" {
        member.offers(&[("sessioned", &(0..=255).collect::<Vec<u8>>()), ("compatible", b"\x00")]);
    }
    member.join(scene);
    if syncs {
        let request = member.sync_request(&[(&member, b"\xff\x00all of it")]);
        member.sync(scene, &request);
    }
    member
}

fn coordinators(scene: &mut Scene, connection: &mut Connection) {
    scene.heading("coordinators");
    let group = scene.own("anything");
    for (what, key, key_type) in [
        ("of a group", group.as_str(), 0),
        ("of a group without a name", "", 0),
        ("of what is not known", group.as_str(), 9),
    ] {
        scene.sweep(connection, what, |version| FindCoordinatorRequest {
            key: key.to_owned(),
            key_type: if version == 0 { 0 } else { key_type },
            coordinator_keys: vec![key.to_owned()],
        });
    }
    scene.sweep_from(4, connection, "of several groups", |_| FindCoordinatorRequest {
        coordinator_keys: vec![group.clone(), "another".to_owned(), group.clone()],
        ..Default::default()
    });
    scene.sweep_from(4, connection, "of no group", |_| FindCoordinatorRequest::default());
}

fn descriptions(scene: &mut Scene, connection: &mut Connection, groups: &[String]) {
    scene.heading("descriptions");
    for include_authorized_operations in [false, true] {
        let what = if include_authorized_operations { "with what is allowed" } else { "of each" };
        for group in groups {
            let groups = vec![group.clone()];
            scene.sweep_from(if include_authorized_operations { 3 } else { 0 }, connection, what, |_| {
                DescribeGroupsRequest { groups: groups.clone(), include_authorized_operations }
            });
        }
    }
    let several = vec![groups[3].clone(), groups[4].clone(), groups[3].clone()];
    for (what, groups) in [("of several", several), ("of none", vec![])] {
        scene.sweep(connection, what, |_| DescribeGroupsRequest {
            groups: groups.clone(),
            ..Default::default()
        });
    }
}

fn lists(scene: &mut Scene, connection: &mut Connection) {
    scene.heading("lists");
    scene.sweep(connection, "of all", |_| ListGroupsRequest::default());
    for states in [
        &["Stable"][..],
        &["stable", "EMPTY"],
        &["CompletingRebalance"],
        &["completingrebalance"],
        &["PreparingRebalance"],
        &["Dead"],
        &["Assigning", "Reconciling"],
        &["Nonsense"],
        &[""],
    ] {
        scene.sweep_from(4, connection, &format!("of {states:?}"), |_| ListGroupsRequest {
            states_filter: states.iter().map(|&state| state.to_owned()).collect(),
            ..Default::default()
        });
    }
    for types in [&["classic"][..], &["Classic", "consumer"], &["CONSUMER"], &["share"], &["nonsense"], &[""]]
    {
        scene.sweep_from(5, connection, &format!("of type {types:?}"), |_| ListGroupsRequest {
            types_filter: types.iter().map(|&kind| kind.to_owned()).collect(),
            ..Default::default()
        });
    }
    scene.sweep_from(5, connection, "of state and type", |_| ListGroupsRequest {
        states_filter: vec!["Empty".to_owned()],
        types_filter: vec!["classic".to_owned()],
    });
}

fn deletions(scene: &mut Scene, connection: &mut Connection, groups: &[String]) {
    scene.heading("deletions");
    for (what, names) in [
        ("of a stable group", vec![groups[0].clone()]),
        ("of one that awaits its leader", vec![groups[1].clone()]),
        ("of one that is not there", vec![groups[4].clone()]),
        ("of one that is not there, twice", vec![groups[4].clone(), groups[4].clone()]),
        ("of none", vec![]),
        ("of two that cannot be", vec![groups[0].clone(), groups[4].clone()]),
    ] {
        scene.sweep(connection, what, |_| DeleteGroupsRequest { groups_names: names.clone() });
    }
    let names = [&groups[3], &groups[4], &groups[3]];
    let twice = DeleteGroupsRequest { groups_names: names.map(String::clone).to_vec() };
    scene.ask(connection, "of one that is empty", &twice, 2);
    scene.ask(connection, "of the same again", &twice, 2);
    let request = DescribeGroupsRequest { groups: vec![groups[3].clone()], ..Default::default() };
    scene.sweep(connection, "what is left of it", |_| request.clone());
}
