//! OffsetCommit, OffsetFetch and OffsetDelete, in every version.

use fluxmq_protocol::Uuid;
use fluxmq_protocol::messages::delete_groups::DeleteGroupsRequest;
use fluxmq_protocol::messages::describe_groups::DescribeGroupsRequest;
use fluxmq_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use fluxmq_protocol::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use fluxmq_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};

use super::Scene;
use super::actor::{Actor, subscription};
use crate::connection::Connection;

/// A topic by both of its names.
type Topic = (String, Uuid);
/// What is asked for of it.
type Asked<'a> = (&'a Topic, &'a [i32]);

fn partition(index: i32, offset: i64, metadata: Option<&str>) -> OffsetCommitRequestPartition {
    OffsetCommitRequestPartition {
        partition_index: index,
        committed_offset: offset,
        committed_leader_epoch: 0,
        committed_metadata: metadata.map(str::to_owned),
        ..Default::default()
    }
}

fn commit(
    group: &str,
    (name, topic_id): &Topic,
    parts: Vec<OffsetCommitRequestPartition>,
) -> OffsetCommitRequest {
    OffsetCommitRequest {
        group_id: group.to_owned(),
        topics: vec![OffsetCommitRequestTopic { name: name.clone(), topic_id: *topic_id, partitions: parts }],
        ..Default::default()
    }
}

/// A fetch of one group in the form of every version; `None` asks for all there is.
fn fetch(group: &str, topics: Option<&[Asked<'_>]>) -> OffsetFetchRequest {
    let old = |((name, _), indexes): &Asked<'_>| OffsetFetchRequestTopic {
        name: name.clone(),
        partition_indexes: indexes.to_vec(),
    };
    let new = |((name, topic_id), indexes): &Asked<'_>| OffsetFetchRequestTopics {
        name: name.clone(),
        topic_id: *topic_id,
        partition_indexes: indexes.to_vec(),
    };
    let in_group = OffsetFetchRequestGroup {
        group_id: group.to_owned(),
        topics: topics.map(|topics| topics.iter().map(new).collect()),
        ..Default::default()
    };
    OffsetFetchRequest {
        group_id: group.to_owned(),
        topics: topics.map(|topics| topics.iter().map(old).collect()),
        groups: vec![in_group],
        ..Default::default()
    }
}

fn unknown() -> Topic {
    ("missing".to_owned(), Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0))
}

/// What may be committed, by whom.
pub(super) fn commits(scene: &mut Scene) {
    let orders = scene.topic("orders", 3);
    let mut connection = scene.connect();
    scene.heading("commits of nobody, into a group of each version");
    let groups: Vec<String> = (0..=10).map(|version| scene.own(&format!("nobody-{version}"))).collect();
    let fine = || vec![partition(0, 5, Some("five")), partition(1, 0, None), partition(2, 7, Some(""))];
    scene.sweep(&mut connection, "three partitions", |version| {
        commit(&groups[version as usize], &orders, fine())
    });
    for (version, group) in groups.iter().enumerate().skip(2) {
        let request = fetch(group, Some(&[(&orders, &[0, 1, 2])]));
        scene.ask(&mut connection, &format!("what version {version} has committed"), &request, 9);
    }
    odd_commits(scene, &mut connection, &orders);
    members_commits(scene, &orders);
}

fn odd_commits(scene: &mut Scene, connection: &mut Connection, orders: &Topic) {
    type Change = fn(&mut OffsetCommitRequest);
    scene.heading("odd commits of nobody");
    let odd: [(&str, Change); 14] = [
        ("without a group", |commit| commit.group_id.clear()),
        ("of a generation", |commit| commit.generation_id_or_member_epoch = 1),
        ("of somebody", |commit| "somebody".clone_into(&mut commit.member_id)),
        ("of somebody's generation", |commit| {
            "somebody".clone_into(&mut commit.member_id);
            commit.generation_id_or_member_epoch = 1;
        }),
        ("of an instance", |commit| commit.group_instance_id = Some("one".to_owned())),
        ("of a generation below none", |commit| commit.generation_id_or_member_epoch = -2),
        ("of a topic that is not there", |commit| {
            (commit.topics[0].name, commit.topics[0].topic_id) = unknown();
        }),
        ("of a topic without a name", |commit| {
            (commit.topics[0].name, commit.topics[0].topic_id) = (String::new(), Uuid::nil());
        }),
        ("of a partition that is not there", |commit| {
            commit.topics[0].partitions[0].partition_index = 3;
            commit.topics[0].partitions.push(partition(0, 6, None));
        }),
        ("of a negative partition", |commit| commit.topics[0].partitions[0].partition_index = -1),
        ("of a negative offset", |commit| commit.topics[0].partitions[0].committed_offset = -1),
        ("with metadata that is too long", |commit| {
            commit.topics[0].partitions[0].committed_metadata = Some("x".repeat(4_097));
        }),
        ("of no partition", |commit| commit.topics[0].partitions.clear()),
        ("of no topic", |commit| commit.topics.clear()),
    ];
    for (index, (what, change)) in odd.into_iter().enumerate() {
        let mut request =
            commit(&scene.own(&format!("odd-{index}")), orders, vec![partition(0, 5, Some(""))]);
        change(&mut request);
        // Before there were instances, a request with one cannot be written down.
        let first = if request.group_instance_id.is_some() { 7 } else { 0 };
        scene.sweep_from(first, connection, what, |_| request.clone());
        if index > 0 {
            let request = fetch(&request.group_id, None);
            scene.ask(connection, "what came of it", &request, 8);
        }
    }
    let mut request = commit(&scene.own("longest"), orders, vec![partition(0, 5, Some(&"x".repeat(4_096)))]);
    scene.sweep(connection, "with metadata that is just short enough", |_| request.clone());
    request.topics.push(request.topics[0].clone());
    request.topics[1].partitions[0].committed_metadata = None;
    scene.sweep(connection, "of the same partition twice", |_| request.clone());
    let request = fetch(&request.group_id, None);
    scene.ask(connection, "what came of it", &request, 8);
}

/// Of a group that has members.
fn members_commits(scene: &mut Scene, orders: &Topic) {
    scene.heading("commits into a group of one instance");
    let group = scene.own("members");
    let mut a = scene.actor("a", &group).static_as("one");
    a.join(scene);
    let all = a.sync_request(&[(&a, b"all of it")]);
    a.sync(scene, &all);
    let own = a.join.member_id.clone();
    for (what, generation, member, instance) in [
        ("as it should be", 1, own.as_str(), Some("one")),
        ("without its instance", 1, own.as_str(), None),
        ("of a generation to come", 2, own.as_str(), Some("one")),
        ("of a generation that was", 0, own.as_str(), Some("one")),
        ("of no generation", -1, own.as_str(), Some("one")),
        ("of somebody else", 1, "somebody", None),
        ("of somebody else in its place", 1, "somebody", Some("one")),
        ("of an instance that is not there", 1, own.as_str(), Some("two")),
        ("of nobody", -1, "", None),
        ("of nobody in its place", -1, "", Some("one")),
        ("of nobody, of its generation", 1, "", None),
    ] {
        let request = OffsetCommitRequest {
            generation_id_or_member_epoch: generation,
            member_id: member.to_owned(),
            group_instance_id: instance.map(str::to_owned),
            ..commit(&group, orders, vec![partition(0, 5, Some(""))])
        };
        let first = if instance.is_some() { 7 } else { 1 };
        scene.sweep_from(first, &mut a.connection, what, |_| request.clone());
    }
}

/// What is there to be fetched, and what can be deleted.
pub(super) fn play(scene: &mut Scene) {
    let (orders, payments) = (scene.topic("orders", 3), scene.topic("payments", 1));
    let group = scene.own("group");
    let mut connection = scene.connect();
    let both = [vec![partition(0, 5, Some("five")), partition(2, 7, Some(""))], vec![partition(0, 1, None)]];
    for (topic, partitions) in [&orders, &payments].into_iter().zip(both) {
        scene.ask(&mut connection, "a commit of nobody", &commit(&group, topic, partitions), 9);
    }
    fetches(scene, &mut connection, &group, &orders);
    of_members(scene, &orders);
    deletions(scene, &mut connection, &group, [&orders, &payments]);
}

fn fetches(scene: &mut Scene, connection: &mut Connection, group: &str, orders: &Topic) {
    scene.heading("fetches");
    let nowhere = scene.own("nowhere");
    let (unknown, nameless) = (unknown(), (String::new(), Uuid::nil()));
    let topics: [(&str, &str, Vec<Asked<'_>>); 8] = [
        ("of what is there and what is not", group, vec![(orders, &[0, 1, 2, 3, -1])]),
        ("of the same partition twice", group, vec![(orders, &[0, 0])]),
        ("of a topic that is not there", group, vec![(&unknown, &[0]), (orders, &[2])]),
        ("of a topic without a name", group, vec![(&nameless, &[0])]),
        ("of no partition", group, vec![(orders, &[])]),
        ("of no topic", group, vec![]),
        ("of a group that is not there", &nowhere, vec![(orders, &[0])]),
        ("of a group without a name", "", vec![(orders, &[0])]),
    ];
    for (what, group, topics) in &topics {
        scene.sweep(connection, what, |_| fetch(group, Some(topics)));
    }
    for (what, group) in [("of all", group), ("of all of a group that is not there", &nowhere)] {
        scene.sweep_from(2, connection, what, |_| fetch(group, None));
        scene.sweep_from(7, connection, &format!("{what}, if it is stable"), |_| OffsetFetchRequest {
            require_stable: true,
            ..fetch(group, None)
        });
    }
    scene.sweep_from(8, connection, "of several groups, of all and of some", |_| {
        let mut request = fetch(group, None);
        let others = [(nowhere.as_str(), None), (group, Some(&[(orders, &[0][..])][..]))];
        request.groups.extend(others.into_iter().flat_map(|(group, topics)| fetch(group, topics).groups));
        request
    });
    scene.sweep_from(8, connection, "of no group", |_| OffsetFetchRequest::default());
}

/// With who asks (from version 9), of a group of the classic protocol.
fn of_members(scene: &mut Scene, orders: &Topic) {
    scene.heading("fetches of members");
    let group = scene.own("members");
    let mut a = scene.actor("a", &group);
    a.offers(&[("range", &subscription(&[&orders.0]))]);
    a.join(scene);
    let all = a.sync_request(&[(&a, b"all of it")]);
    a.sync(scene, &all);
    let own = a.join.member_id.clone();
    for (what, member, epoch) in [
        ("as it should be", Some(own.as_str()), 1),
        ("of an epoch that was", Some(own.as_str()), 0),
        ("of an epoch to come", Some(own.as_str()), 2),
        ("of somebody else", Some("somebody"), 1),
        ("of nobody", None, -1),
        ("of nobody's epoch", None, 1),
    ] {
        scene.sweep_from(9, &mut a.connection, what, |_| {
            let mut request = fetch(&group, Some(&[(orders, &[0])]));
            request.groups[0].member_id = member.map(str::to_owned);
            request.groups[0].member_epoch = epoch;
            request
        });
    }
    subscribed(scene, &mut a, orders);
}

fn delete(group: &str, topics: &[(&str, &[i32])]) -> OffsetDeleteRequest {
    let partition = |&partition_index: &i32| OffsetDeleteRequestPartition { partition_index };
    let topic = |(name, partitions): &(&str, &[i32])| OffsetDeleteRequestTopic {
        name: (*name).to_owned(),
        partitions: partitions.iter().map(partition).collect(),
    };
    OffsetDeleteRequest { group_id: group.to_owned(), topics: topics.iter().map(topic).collect() }
}

/// What a member subscribes to is kept.
fn subscribed(scene: &mut Scene, a: &mut Actor, orders: &Topic) {
    scene.heading("deletions of what is subscribed, and of what is not");
    let group = a.join.group_id.clone();
    let own = scene.own("invoices");
    let invoices = scene.topic("invoices", 1);
    for topic in [orders, &invoices] {
        let request = OffsetCommitRequest {
            generation_id_or_member_epoch: 1,
            member_id: a.join.member_id.clone(),
            ..commit(&group, topic, vec![partition(0, 5, Some(""))])
        };
        a.ask(scene, "commits", &request, 9);
    }
    a.ask(scene, "deletes", &delete(&group, &[(&orders.0, &[0, 1]), (&own, &[0]), ("missing", &[0])]), 0);
    a.ask(scene, "looks", &fetch(&group, None), 8);
}

fn deletions(scene: &mut Scene, connection: &mut Connection, group: &str, [orders, payments]: [&Topic; 2]) {
    scene.heading("deletions from a group without members");
    let nowhere = scene.own("nowhere");
    for (what, request) in [
        ("of a group that is not there", delete(&nowhere, &[(&orders.0, &[0])])),
        ("of a group and a topic that are not there", delete(&nowhere, &[("missing", &[0])])),
        ("of a group that is not there and no topic", delete(&nowhere, &[])),
        ("of a group without a name", delete("", &[(&orders.0, &[0])])),
        ("of no topic", delete(group, &[])),
        ("of no partition", delete(group, &[(&orders.0, &[])])),
        (
            "of what is there and what is not",
            delete(group, &[(&orders.0, &[0, 1, 3, -1]), ("missing", &[0])]),
        ),
        ("of the same again", delete(group, &[(&orders.0, &[0])])),
    ] {
        scene.ask(connection, what, &request, 0);
    }
    scene.ask(connection, "what is left", &fetch(group, None), 8);
    let rest = delete(group, &[(&orders.0, &[2]), (&payments.0, &[0])]);
    scene.ask(connection, "of the rest", &rest, 0);
    scene.ask(connection, "what is left", &fetch(group, None), 8);
    let described = DescribeGroupsRequest { groups: vec![group.to_owned()], ..Default::default() };
    scene.ask(connection, "the group is still there", &described, 6);
    let deleted = DeleteGroupsRequest { groups_names: vec![group.to_owned()] };
    scene.ask(connection, "until it is deleted", &deleted, 2);
    scene.ask(connection, "or not any more", &described, 6);
}
