//! Classic members in a group of the next generation.

use fluxmq_protocol::consumer_protocol::{Assignment as Assigned, Subscription, by_topic};
use fluxmq_protocol::messages::heartbeat::HeartbeatRequest;
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use fluxmq_protocol::messages::leave_group::MemberIdentity;
use fluxmq_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};

use super::*;
use crate::consumer::config::MigrationPolicy;
use crate::consumer::turn::{Answer, Ticket};

pub(super) fn classic(member: &str, owned: &[(&str, i32)]) -> JoinGroupRequest {
    let subscription = Subscription {
        topics: vec!["a".to_owned()],
        owned_partitions: by_topic(owned.iter().copied()),
        ..Default::default()
    };
    JoinGroupRequest {
        group_id: "g".to_owned(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 60_000,
        member_id: member.to_owned(),
        protocol_type: "consumer".to_owned(),
        protocols: vec![JoinGroupRequestProtocol {
            name: "range".to_owned(),
            metadata: subscription.encode(3).unwrap(),
        }],
        ..Default::default()
    }
}

impl Scene {
    pub(super) fn classic_join(&mut self, request: &JoinGroupRequest) -> JoinGroupResponse {
        let mut turn = self.world.turn();
        self.group.classic_join(&mut turn, Ticket(1), CLIENT, request, 9);
        match turn.answers.pop() {
            Some((Ticket(1), Answer::Join(response))) => response,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn classic_sync(&mut self, member: &str, generation_id: i32) -> SyncGroupResponse {
        let request = SyncGroupRequest {
            group_id: "g".to_owned(),
            member_id: member.to_owned(),
            generation_id,
            protocol_type: Some("consumer".to_owned()),
            protocol_name: Some("range".to_owned()),
            ..Default::default()
        };
        let mut turn = self.world.turn();
        self.group.classic_sync(&mut turn, Ticket(2), &request);
        match turn.answers.pop() {
            Some((Ticket(2), Answer::Sync(response))) => response,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn classic_beat(&mut self, member: &str, generation_id: i32) -> ErrorCode {
        let (group_id, member_id) = ("g".to_owned(), member.to_owned());
        let request = HeartbeatRequest { group_id, member_id, generation_id, ..Default::default() };
        self.group.classic_heartbeat(&self.world.turn(), &request)
    }
}

pub(super) fn synced(response: &SyncGroupResponse) -> Vec<(String, Vec<i32>)> {
    assert_eq!(response.error_code, ErrorCode::NONE);
    let topics = Assigned::decode(&response.assignment).unwrap().assigned_partitions;
    topics.into_iter().map(|topic| (topic.topic, topic.partitions)).collect()
}

#[test]
fn a_classic_member_reads_beside_a_consumer() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    assert_eq!(scene.classic_join(&classic("", &[])).error_code, ErrorCode::MEMBER_ID_REQUIRED);
    let joined = scene.classic_join(&classic("m2", &[]));
    assert_eq!((joined.error_code, joined.generation_id), (ErrorCode::NONE, 3));
    assert_eq!(
        (joined.protocol_name.as_deref(), joined.leader.as_str(), joined.members.len()),
        (Some("range"), "", 0)
    );
    assert_eq!(synced(&scene.classic_sync("m2", 3)), [], "m1 holds everything");
    assert_eq!(scene.classic_beat("m2", 3), ErrorCode::NONE);
    scene.own("m1", 2, &[(1, &[0])]);
    assert_eq!(scene.classic_beat("m2", 3), ErrorCode::REBALANCE_IN_PROGRESS, "what it waits for is free");
    let joined = scene.classic_join(&classic("m2", &[]));
    assert_eq!(joined.generation_id, 3);
    assert_eq!(synced(&scene.classic_sync("m2", 3)), [("a".to_owned(), vec![1])]);
    assert_eq!(scene.group.state(), ConsumerState::Stable);
    let shown = scene.group.describe(&scene.world.image, &scene.world.config);
    assert_eq!(shown.members.iter().map(|member| member.member_type).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn a_classic_member_gives_back_by_joining_again() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.classic_join(&classic("m2", &[]));
    scene.leave("m1");
    scene.classic_join(&classic("m2", &[]));
    assert_eq!(synced(&scene.classic_sync("m2", 4)), [("a".to_owned(), vec![0, 1])]);
    scene.join("m3", &["a"]);
    assert_eq!(scene.classic_beat("m2", 4), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(scene.classic_sync("m2", 4).error_code, ErrorCode::REBALANCE_IN_PROGRESS);
    let still = scene.classic_join(&classic("m2", &[("a", 0), ("a", 1)]));
    assert_eq!(still.generation_id, 4, "a cooperative member first learns what to give back");
    assert_eq!(synced(&scene.classic_sync("m2", 4)), [("a".to_owned(), vec![0])]);
    assert_eq!(scene.classic_beat("m2", 4), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(scene.classic_join(&classic("m2", &[("a", 0)])).generation_id, 5);
    assert_eq!(synced(&scene.classic_sync("m2", 5)), [("a".to_owned(), vec![0])]);
    assert_eq!(told(&scene.idle("m3", 5)), Some(vec![(1, vec![1])]));
}

#[test]
fn a_classic_member_that_does_not_fit_is_refused() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.classic_join(&classic("m2", &[]));
    let code = |scene: &mut Scene, twist: fn(&mut JoinGroupRequest)| {
        let mut request = classic("m3", &[]);
        twist(&mut request);
        let refused = scene.classic_join(&request);
        assert_eq!(refused.member_id, "");
        refused.error_code
    };
    let inconsistent = ErrorCode::INCONSISTENT_GROUP_PROTOCOL;
    assert_eq!(code(&mut scene, |request| request.protocol_type = "connect".to_owned()), inconsistent);
    assert_eq!(code(&mut scene, |request| request.protocols[0].name = "sticky".to_owned()), inconsistent);
    assert_eq!(
        code(&mut scene, |request| request.protocols[0].metadata = b"x".as_slice().into()),
        inconsistent
    );
    scene.world.config.migration_policy = MigrationPolicy::Disabled;
    assert_eq!(code(&mut scene, |_| ()), inconsistent);
    assert_eq!(scene.group.members.len(), 2);
}

#[test]
fn a_classic_member_is_known_by_its_generation_and_protocol() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.classic_join(&classic("m2", &[]));
    assert_eq!(scene.classic_beat("m2", 2), ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(
        scene.classic_beat("m1", 2),
        ErrorCode::UNKNOWN_MEMBER_ID,
        "it does not speak the classic protocol"
    );
    assert_eq!(scene.classic_sync("m9", 2).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(scene.group.check_commit("m2", 4, 8).unwrap_err(), ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(scene.group.check_commit("m2", 3, 2).map(|_| ()), Ok(()));
}

#[test]
fn a_classic_member_has_its_own_deadlines() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.classic_join(&classic("m2", &[]));
    scene.pass(10_000);
    assert!(scene.group.member("m2").is_err(), "its session");
    let joined = scene.classic_join(&classic("m2", &[]));
    for _ in 0..6 {
        scene.pass(9_999);
        scene.classic_beat("m2", joined.generation_id);
        scene.idle("m1", 2);
    }
    assert!(scene.group.member("m2").is_ok());
    scene.pass(6);
    assert!(scene.group.member("m2").is_err(), "it never synced");
}

#[test]
fn classic_members_leave_many_at_once() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.classic_join(&classic("m2", &[]));
    let mut fixed = classic("", &[]);
    fixed.group_instance_id = Some("i".to_owned());
    let joined = scene.classic_join(&fixed);
    assert_eq!(joined.error_code, ErrorCode::NONE);
    let named = |member: &str, instance: Option<&str>| MemberIdentity {
        member_id: member.to_owned(),
        group_instance_id: instance.map(str::to_owned),
        reason: None,
    };
    let leaving = [named("m2", None), named("m9", None), named("m2", Some("i")), named("", Some("i"))];
    let left = scene.group.classic_leave(&mut scene.world.turn(), &leaving);
    assert_eq!(
        left.iter().map(|member| member.error_code).collect::<Vec<_>>(),
        [ErrorCode::NONE, ErrorCode::UNKNOWN_MEMBER_ID, ErrorCode::FENCED_INSTANCE_ID, ErrorCode::NONE]
    );
    assert_eq!(scene.group.members.len(), 1);
}

#[test]
fn a_static_member_changes_its_protocol() {
    let mut scene = Scene::new(&[("a", 2)]);
    let fixed = ConsumerGroupHeartbeatRequest { instance_id: Some("i".to_owned()), ..joining("m1", &["a"]) };
    scene.beat(&fixed).unwrap();
    let mut request = classic("", &[]);
    request.group_instance_id = Some("i".to_owned());
    let joined = scene.classic_join(&request);
    assert_eq!((joined.error_code, joined.generation_id), (ErrorCode::NONE, 2));
    assert_ne!(joined.member_id, "m1");
    assert_eq!(synced(&scene.classic_sync(&joined.member_id, 2)), [("a".to_owned(), vec![0, 1])]);
    let back = scene.beat(&ConsumerGroupHeartbeatRequest { member_id: "m3".to_owned(), ..fixed }).unwrap();
    assert_eq!((back.member_epoch, told(&back)), (2, Some(vec![(1, vec![0, 1])])));
    assert_eq!(scene.group.members.len(), 1);
}
