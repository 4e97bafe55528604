//! Classic groups that become groups of the next generation, and the way back.

use bytes::Bytes;
use fluxmq_protocol::consumer_protocol::{Assignment as Assigned, Subscription, by_topic};
use fluxmq_protocol::messages::heartbeat::HeartbeatRequest;
use fluxmq_protocol::stored::groups::{GroupMetadataValue, MemberMetadata};

use super::super::migration;
use super::classic::{classic, synced};
use super::*;
use crate::consumer::classic::{ClassicGroup, ClassicState};
use crate::consumer::config::MigrationPolicy;
use crate::consumer::turn::{Answer, Ticket};

/// A classic group of consumers in generation 7, who each read these partitions of `a`.
fn seven(members: &[(&str, &[i32])]) -> GroupMetadataValue {
    let subscription = Subscription { topics: vec!["a".to_owned()], ..Default::default() };
    let members = members.iter().map(|(id, partitions)| MemberMetadata {
        member_id: (*id).to_owned(),
        client_id: "c".to_owned(),
        client_host: "/127.0.0.1".to_owned(),
        rebalance_timeout: 60_000,
        session_timeout: 10_000,
        subscription: subscription.encode(3).unwrap(),
        assignment: Assigned {
            assigned_partitions: by_topic(partitions.iter().map(|partition| ("a", *partition))),
            user_data: None,
        }
        .encode(3)
        .unwrap(),
        ..Default::default()
    });
    GroupMetadataValue {
        protocol_type: "consumer".to_owned(),
        generation: 7,
        protocol: Some("range".to_owned()),
        leader: Some("c1".to_owned()),
        current_state_timestamp: 5,
        members: members.collect(),
    }
}

fn load(scene: &Scene, value: &GroupMetadataValue) -> ClassicGroup {
    ClassicGroup::load("g", value, scene.world.now_ms, &scene.world.config)
}

/// The first member of KIP-848 joins.
fn upgraded(classic: &ClassicGroup, scene: &mut Scene) -> ConsumerGroupHeartbeatResponse {
    scene.group = migration::upgrade(classic, &scene.world.turn()).unwrap();
    scene.join("m", &["a"])
}

#[test]
fn classic_members_live_on_and_come_to_share_with_a_consumer() {
    let mut scene = Scene::new(&[("a", 3)]);
    let classic_group = load(&scene, &seven(&[("c1", &[0, 1]), ("c2", &[2])]));
    let joined = upgraded(&classic_group, &mut scene);
    assert_eq!((joined.member_epoch, told(&joined)), (8, Some(vec![])));
    let mut records = scene.last_batch();
    let of_the_join = records.split_off(9);
    assert_eq!(
        records,
        [
            "-classic g",
            "wants c1",
            "wants c2",
            "epoch g",
            "target c1",
            "target c2",
            "assigned g",
            "holds c1",
            "holds c2"
        ]
    );
    assert_eq!(of_the_join, ["wants m", "epoch g", "target c1", "target m", "assigned g", "holds m"]);
    assert_eq!(Snapshot::of(&scene.group), Snapshot::of(&scene.replayed()));
    assert_eq!(scene.classic_beat("c1", 7), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(scene.classic_beat("c2", 7), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(scene.classic_join(&classic("c1", &[])).generation_id, 8);
    assert_eq!(synced(&scene.classic_sync("c1", 8)), [("a".to_owned(), vec![0])]);
    assert_eq!(scene.classic_join(&classic("c2", &[])).generation_id, 8);
    assert_eq!(synced(&scene.classic_sync("c2", 8)), [("a".to_owned(), vec![2])]);
    assert_eq!(told(&scene.idle("m", 8)), Some(vec![(1, vec![1])]));
    scene.pass(10_000);
    assert_eq!(scene.group.members.len(), 1, "classic members keep their sessions");
}

#[test]
fn when_the_last_consumer_goes_the_classic_members_have_their_group_again() {
    let mut scene = Scene::new(&[("a", 3)]);
    let classic_group = load(&scene, &seven(&[("c1", &[0, 1]), ("c2", &[2])]));
    upgraded(&classic_group, &mut scene);
    assert!(migration::downgrade(&scene.group, &mut scene.world.turn()).is_none(), "a consumer is there");
    scene.leave("m");
    scene.world.log.failure = Some(ErrorCode::COORDINATOR_NOT_AVAILABLE);
    assert!(migration::downgrade(&scene.group, &mut scene.world.turn()).is_none());
    scene.world.log.failure = None;
    scene.world.config.migration_policy = MigrationPolicy::Upgrade;
    assert!(migration::downgrade(&scene.group, &mut scene.world.turn()).is_none());
    assert_eq!(scene.classic_beat("c1", 7), ErrorCode::REBALANCE_IN_PROGRESS, "they go on where they are");
    scene.world.config.migration_policy = MigrationPolicy::Downgrade;
    let mut classic_group = migration::downgrade(&scene.group, &mut scene.world.turn()).unwrap();
    assert_eq!(
        scene.last_batch(),
        [
            "-holds c1",
            "-holds c2",
            "-target c1",
            "-target c2",
            "-assigned g",
            "-wants c1",
            "-wants c2",
            "-partitions g",
            "-epoch g",
            "classic g"
        ]
    );
    assert_eq!(classic_group.state(), ClassicState::PreparingRebalance);
    let value = classic_group.value();
    assert_eq!((value.generation, value.protocol.as_deref()), (8, Some("range")));
    let beat = |member_id: &str, generation_id| HeartbeatRequest {
        group_id: "g".to_owned(),
        member_id: member_id.to_owned(),
        generation_id,
        ..Default::default()
    };
    let mut turn = scene.world.turn();
    // They have not heard of anything after the generation that they had as a classic group.
    assert_eq!(classic_group.heartbeat(&mut turn, &beat("c1", 7)), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(classic_group.check_commit(&mut turn, "c1", None, 7), Ok(()));
    assert_eq!(classic_group.heartbeat(&mut turn, &beat("c1", 8)), ErrorCode::ILLEGAL_GENERATION);
    classic_group.join(&mut turn, Ticket(1), CLIENT, &classic("c1", &[]), 9);
    classic_group.join(&mut turn, Ticket(2), CLIENT, &classic("c2", &[]), 9);
    let generations = turn.answers.iter().map(|(_, answer)| match answer {
        Answer::Join(joined) => (joined.error_code, joined.generation_id),
        Answer::Sync(_) => panic!("nobody synced"),
    });
    assert_eq!(generations.collect::<Vec<_>>(), [(ErrorCode::NONE, 9), (ErrorCode::NONE, 9)]);
    assert_eq!(classic_group.heartbeat(&mut turn, &beat("c1", 7)), ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(classic_group.heartbeat(&mut turn, &beat("c1", 9)), ErrorCode::NONE);
}

#[test]
fn a_static_member_that_goes_back_to_the_classic_protocol_disturbs_nobody() {
    let mut scene = Scene::new(&[("a", 2)]);
    let fixed = ConsumerGroupHeartbeatRequest { instance_id: Some("i".to_owned()), ..joining("m1", &["a"]) };
    scene.beat(&fixed).unwrap();
    let mut request = classic("", &[]);
    request.group_instance_id = Some("i".to_owned());
    let joined = scene.classic_join(&request);
    let classic_group = migration::downgrade(&scene.group, &mut scene.world.turn()).unwrap();
    assert_eq!(classic_group.state(), ClassicState::Stable);
    let value = classic_group.value();
    assert_eq!((value.generation, value.members.len()), (joined.generation_id, 1));
    assert_eq!(value.members[0].member_id, joined.member_id);
    let assigned = Assigned::decode(&value.members[0].assignment).unwrap().assigned_partitions;
    assert_eq!(assigned, by_topic([("a", 0), ("a", 1)]));
}

#[test]
fn a_static_member_that_goes_back_with_another_subscription_takes_nothing_from_the_others() {
    let mut scene = Scene::new(&[("a", 2), ("b", 2)]);
    let fixed = ConsumerGroupHeartbeatRequest { instance_id: Some("i".to_owned()), ..joining("m1", &["b"]) };
    scene.beat(&fixed).unwrap();
    scene.classic_join(&classic("m2", &[]));
    assert_eq!(synced(&scene.classic_sync("m2", 3)), [("a".to_owned(), vec![0, 1])]);
    let mut request = classic("", &[]);
    request.group_instance_id = Some("i".to_owned());
    let joined = scene.classic_join(&request);
    assert_eq!((joined.error_code, joined.generation_id), (ErrorCode::NONE, 3));
    let mut classic_group = migration::downgrade(&scene.group, &mut scene.world.turn()).unwrap();
    assert_eq!(classic_group.state(), ClassicState::PreparingRebalance);
    for member_id in ["m2", joined.member_id.as_str()] {
        let beat = HeartbeatRequest {
            group_id: "g".to_owned(),
            member_id: member_id.to_owned(),
            generation_id: 3,
            ..Default::default()
        };
        let told = classic_group.heartbeat(&mut scene.world.turn(), &beat);
        assert_eq!(told, ErrorCode::REBALANCE_IN_PROGRESS, "{member_id} keeps what it has until then");
    }
}

/// `m` has joined, and `c1` has not heard of it yet.
fn on_the_way(fixed: &ConsumerGroupHeartbeatRequest) -> Scene {
    let mut scene = Scene::new(&[("a", 2)]);
    let classic_group = load(&scene, &seven(&[("c1", &[0, 1])]));
    scene.group = migration::upgrade(&classic_group, &scene.world.turn()).unwrap();
    assert_eq!(told(&scene.beat(fixed).unwrap()), Some(vec![]));
    scene
}

#[test]
fn a_group_that_goes_there_and_back_and_there_gives_away_nothing_that_is_still_read() {
    let mut scene = on_the_way(&joining("m", &["a"]));
    scene.leave("m");
    let classic_group = migration::downgrade(&scene.group, &mut scene.world.turn()).unwrap();
    scene.group = migration::upgrade(&classic_group, &scene.world.turn()).unwrap();
    assert_eq!(told(&scene.join("n", &["a"])), Some(vec![]), "c1 reads everything");
}

#[test]
fn a_group_that_goes_back_on_its_way_rebalances() {
    let fixed = ConsumerGroupHeartbeatRequest { instance_id: Some("i".to_owned()), ..joining("m", &["a"]) };
    let mut scene = on_the_way(&fixed);
    let mut request = classic("", &[]);
    request.group_instance_id = Some("i".to_owned());
    let joined = scene.classic_join(&request);
    assert_eq!((joined.error_code, joined.generation_id), (ErrorCode::NONE, 8));
    let classic_group = migration::downgrade(&scene.group, &mut scene.world.turn()).unwrap();
    assert_eq!(classic_group.state(), ClassicState::PreparingRebalance, "c1 reads everything");
}

/// The classic group that a restart would find.
fn reloaded(scene: &Scene) -> ClassicGroup {
    match scene.world.log.batches.last().unwrap().last() {
        Some(GroupRecord::GroupMetadata(_, Some(value))) => load(scene, value),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_restart_before_all_have_joined_again_leaves_nothing_unread() {
    let mut scene = on_the_way(&joining("m", &["a"]));
    assert_eq!(scene.classic_join(&classic("c1", &[])).generation_id, 8);
    assert_eq!(synced(&scene.classic_sync("c1", 8)), [("a".to_owned(), vec![0])]);
    scene.leave("m");
    migration::downgrade(&scene.group, &mut scene.world.turn()).unwrap();
    let mut found = reloaded(&scene);
    let beat = HeartbeatRequest {
        group_id: "g".to_owned(),
        member_id: "c1".to_owned(),
        generation_id: 8,
        ..Default::default()
    };
    let told = found.heartbeat(&mut scene.world.turn(), &beat);
    assert_eq!(told, ErrorCode::REBALANCE_IN_PROGRESS, "nobody reads what m has read");
}

#[test]
fn a_restart_of_a_group_that_went_back_settled_disturbs_nobody() {
    let fixed = ConsumerGroupHeartbeatRequest { instance_id: Some("i".to_owned()), ..joining("m", &["a"]) };
    let mut scene = Scene::new(&[("a", 2)]);
    scene.beat(&fixed).unwrap();
    let mut request = classic("", &[]);
    request.group_instance_id = Some("i".to_owned());
    scene.classic_join(&request);
    migration::downgrade(&scene.group, &mut scene.world.turn()).unwrap();
    assert_eq!(reloaded(&scene).state(), ClassicState::Stable);
}

#[test]
fn a_static_member_may_change_both_where_no_group_goes_back() {
    let mut scene = Scene::new(&[("a", 2), ("b", 2)]);
    scene.world.config.migration_policy = MigrationPolicy::Upgrade;
    let fixed = ConsumerGroupHeartbeatRequest { instance_id: Some("i".to_owned()), ..joining("m1", &["b"]) };
    scene.beat(&fixed).unwrap();
    let mut request = classic("", &[]);
    request.group_instance_id = Some("i".to_owned());
    let joined = scene.classic_join(&request);
    assert_eq!(joined.generation_id, 3);
    assert_eq!(synced(&scene.classic_sync(&joined.member_id, 3)), [("a".to_owned(), vec![0, 1])]);
}

#[test]
fn an_empty_classic_group_makes_way() {
    let mut scene = Scene::new(&[("a", 1)]);
    scene.world.config.migration_policy = MigrationPolicy::Disabled;
    let joined = upgraded(&ClassicGroup::new("g"), &mut scene);
    assert_eq!((joined.member_epoch, told(&joined)), (2, Some(vec![(1, vec![0])])));
    assert_eq!(scene.last_batch(), ["-classic g", "wants m", "epoch g", "target m", "assigned g", "holds m"]);
}

#[test]
fn the_records_of_both_go_together_or_not_at_all() {
    let mut scene = Scene::new(&[("a", 1)]);
    let classic_group = load(&scene, &seven(&[("c1", &[0])]));
    scene.group = migration::upgrade(&classic_group, &scene.world.turn()).unwrap();
    assert!(scene.world.log.batches.is_empty());
    scene.world.log.failure = Some(ErrorCode::COORDINATOR_NOT_AVAILABLE);
    assert_eq!(scene.refused(&joining("m", &["a"])), ErrorCode::COORDINATOR_NOT_AVAILABLE);
    scene.world.log.failure = None;
    scene.join("m", &["a"]);
    assert_eq!(Snapshot::of(&scene.group), Snapshot::of(&scene.replayed()));
    scene.idle("m", 8);
    assert_eq!(scene.world.log.batches.len(), 1);
}

#[test]
fn a_group_that_would_lose_something_stays_as_it_is() {
    type Twist = fn(&mut Scene, &mut GroupMetadataValue);
    let twists: [Twist; 6] = [
        |scene, _| scene.world.config.migration_policy = MigrationPolicy::Disabled,
        |scene, _| scene.world.config.migration_policy = MigrationPolicy::Downgrade,
        |scene, _| scene.world.config.consumer_max_size = 0,
        |_, value| value.protocol_type = "connect".to_owned(),
        |_, value| value.members[0].subscription = Bytes::from_static(b"x"),
        |_, value| {
            let own = Assigned { assigned_partitions: Vec::new(), user_data: Some(Bytes::from_static(b"x")) };
            value.members[0].assignment = own.encode(3).unwrap();
        },
    ];
    for (at, twist) in twists.into_iter().enumerate() {
        let mut scene = Scene::new(&[("a", 1)]);
        let mut value = seven(&[("c1", &[0])]);
        twist(&mut scene, &mut value);
        let classic_group = load(&scene, &value);
        let error = migration::upgrade(&classic_group, &scene.world.turn()).unwrap_err();
        assert_eq!(error.code, ErrorCode::GROUP_ID_NOT_FOUND, "{at}: {error}");
    }
}

#[test]
fn who_waits_in_the_classic_group_is_told_to_join_again() {
    let mut scene = Scene::new(&[("a", 1)]);
    let mut classic_group = load(&scene, &seven(&[("c1", &[0]), ("c2", &[])]));
    let mut turn = scene.world.turn();
    classic_group.join(&mut turn, Ticket(1), CLIENT, &classic("", &[]), 3);
    assert_eq!(classic_group.state(), ClassicState::PreparingRebalance);
    scene.group = migration::upgrade(&classic_group, &turn).unwrap();
    classic_group.interrupt(&mut turn);
    let [(Ticket(1), Answer::Join(told))] = &turn.answers[..] else { panic!("{:?}", turn.answers) };
    assert_eq!(told.error_code, ErrorCode::REBALANCE_IN_PROGRESS);
    scene.join("m", &["a"]);
    assert_eq!(scene.group.members.len(), 4);
    assert_eq!(scene.classic_join(&classic(&told.member_id, &[])).generation_id, 8);
    assert_eq!(scene.group.members.len(), 4);
}
