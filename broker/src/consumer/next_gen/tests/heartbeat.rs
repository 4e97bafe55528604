//! Joining, staying, leaving.

use super::super::commit::CommitRule;
use super::*;

#[test]
fn who_joins_alone_gets_everything_and_the_records_are_those_of_kafka() {
    let mut scene = Scene::new(&[("a", 2), ("b", 1)]);
    let joined = scene.join("m1", &["b", "a", "a"]);
    assert_eq!(joined.member_id.as_deref(), Some("m1"));
    assert_eq!((joined.member_epoch, joined.heartbeat_interval_ms), (2, 5_000));
    assert_eq!(told(&joined), Some(vec![(1, vec![0, 1]), (2, vec![0])]));
    assert_eq!(scene.last_batch(), ["wants m1", "epoch g", "target m1", "assigned g", "holds m1"]);
    assert_eq!(scene.group.state(), ConsumerState::Stable);
    assert_eq!(scene.group.subscribed_topics(), BTreeSet::from(["a".to_owned(), "b".to_owned()]));
}

#[test]
fn an_idle_heartbeat_writes_nothing_and_tells_nothing() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    let beat = scene.idle("m1", 2);
    assert_eq!((beat.member_epoch, beat.assignment), (2, None));
    assert_eq!(scene.world.log.batches.len(), 1);
    let full = ConsumerGroupHeartbeatRequest {
        topic_partitions: owning("m1", 2, &[(1, &[0, 1])]).topic_partitions,
        ..ConsumerGroupHeartbeatRequest { member_epoch: 2, ..joining("m1", &["a"]) }
    };
    assert_eq!(told(&scene.beat(&full).unwrap()), Some(vec![(1, vec![0, 1])]), "who says all is told all");
    assert_eq!(scene.world.log.batches.len(), 1);
}

#[test]
fn what_no_member_would_say_is_refused() {
    type Twist = fn(&mut ConsumerGroupHeartbeatRequest);
    let mut scene = Scene::new(&[("a", 2)]);
    let twists: [(Twist, ErrorCode); 10] = [
        (|request| request.member_id = String::new(), ErrorCode::INVALID_REQUEST),
        (|request| request.group_id = " ".to_owned(), ErrorCode::INVALID_REQUEST),
        (|request| request.instance_id = Some(String::new()), ErrorCode::INVALID_REQUEST),
        (|request| request.rack_id = Some(String::new()), ErrorCode::INVALID_REQUEST),
        (|request| request.rebalance_timeout_ms = -1, ErrorCode::INVALID_REQUEST),
        (|request| request.topic_partitions = None, ErrorCode::INVALID_REQUEST),
        (|request| request.subscribed_topic_names = None, ErrorCode::INVALID_REQUEST),
        (|request| request.member_epoch = -2, ErrorCode::INVALID_REQUEST),
        (|request| request.member_epoch = -3, ErrorCode::INVALID_REQUEST),
        (|request| request.server_assignor = Some("best".to_owned()), ErrorCode::UNSUPPORTED_ASSIGNOR),
    ];
    for (twist, code) in twists {
        let mut request = joining("m1", &["a"]);
        twist(&mut request);
        assert_eq!(scene.refused(&request), code, "{request:?}");
    }
}

#[test]
fn before_version_1_the_broker_may_name_the_member() {
    let mut scene = Scene::new(&[("a", 2)]);
    let request = joining("", &["a"]);
    super::super::heartbeat::check(&scene.world.config, &request, 0).unwrap();
    let joined = scene.group.heartbeat(&mut scene.world.turn(), CLIENT, &request).unwrap();
    let id = joined.member_id.unwrap();
    assert_eq!(id.len(), 36);
    assert!(scene.group.member(&id).is_ok());
}

#[test]
fn there_is_no_group_before_somebody_joins() {
    let mut scene = Scene::new(&[("a", 2)]);
    assert_eq!(scene.refused(&saying("m1", 3)), ErrorCode::GROUP_ID_NOT_FOUND);
    assert_eq!(scene.refused(&saying("m1", -1)), ErrorCode::GROUP_ID_NOT_FOUND);
    scene.join("m1", &["a"]);
    scene.leave("m1");
    assert_eq!(scene.refused(&saying("m1", 2)), ErrorCode::UNKNOWN_MEMBER_ID);
}

#[test]
fn an_epoch_that_is_not_the_members_is_fenced_unless_the_last_answer_may_be_lost() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.join("m2", &["a"]);
    scene.own("m1", 2, &[(1, &[0])]);
    assert_eq!(scene.group.member("m1").unwrap().epoch, 3);
    assert_eq!(scene.refused(&saying("m1", 4)), ErrorCode::FENCED_MEMBER_EPOCH);
    assert_eq!(
        scene.refused(&saying("m1", 2)),
        ErrorCode::FENCED_MEMBER_EPOCH,
        "it does not say what it holds"
    );
    assert_eq!(scene.refused(&owning("m1", 2, &[(1, &[1])])), ErrorCode::FENCED_MEMBER_EPOCH);
    assert_eq!(scene.refused(&owning("m1", 1, &[(1, &[0])])), ErrorCode::FENCED_MEMBER_EPOCH);
    assert_eq!(scene.own("m1", 2, &[(1, &[0])]).member_epoch, 3);
    assert_eq!(told(&scene.join("m1", &["a"])), Some(vec![(1, vec![0])]), "a fenced member joins again");
}

#[test]
fn a_full_group_takes_nobody_more() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.world.config.consumer_max_size = 1;
    scene.join("m1", &["a"]);
    assert_eq!(scene.refused(&joining("m2", &["a"])), ErrorCode::GROUP_MAX_SIZE_REACHED);
    scene.join("m1", &["a"]);
}

#[test]
fn who_leaves_gives_all_to_the_others() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.join("m2", &["a"]);
    scene.own("m1", 2, &[(1, &[0])]);
    scene.leave("m1");
    assert_eq!(scene.last_batch(), ["-holds m1", "-target m1", "-wants m1", "epoch g"]);
    assert_eq!(scene.group.state(), ConsumerState::Assigning);
    assert_eq!(told(&scene.idle("m2", 3)), Some(vec![(1, vec![0, 1])]));
    scene.leave("m2");
    assert_eq!(scene.group.state(), ConsumerState::Empty);
    assert!(scene.group.is_empty() && !scene.group.is_unused());
    let tombstones = scene.group.tombstones();
    assert_eq!(tombstones.iter().map(kind).collect::<Vec<_>>(), ["-assigned g", "-partitions g", "-epoch g"]);
}

#[test]
fn the_assignment_is_made_at_most_once_in_the_interval() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.world.config.consumer_assignment_interval_ms = 1_000;
    scene.join("m1", &["a"]);
    let second = scene.join("m2", &["a"]);
    assert_eq!(
        (second.member_epoch, told(&second)),
        (2, Some(vec![])),
        "the last assignment has nothing for it"
    );
    assert_eq!(scene.group.state(), ConsumerState::Assigning);
    scene.pass(999);
    assert_eq!(scene.idle("m2", 2).member_epoch, 2);
    scene.pass(1);
    assert_eq!(scene.idle("m2", 2).member_epoch, 3);
}

#[test]
fn a_clock_that_is_set_back_holds_no_assignment_up() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.world.config.consumer_assignment_interval_ms = 1_000;
    scene.world.now_ms = 3_600_000;
    scene.join("m1", &["a"]);
    scene.world.now_ms = 1_000;
    assert_eq!(scene.join("m2", &["a"]).member_epoch, 3);
}

#[test]
fn silence_ends_the_session() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.pass(30_000);
    scene.join("m2", &["a"]);
    scene.pass(14_999);
    assert!(scene.group.member("m1").is_ok());
    assert!(scene.group.wake_at().unwrap() <= scene.world.now_ms + 1);
    scene.pass(1);
    assert!(scene.group.member("m1").is_err());
    assert_eq!(told(&scene.idle("m2", 3)), Some(vec![(1, vec![0, 1])]));
    assert_eq!(scene.refused(&saying("m1", 2)), ErrorCode::UNKNOWN_MEMBER_ID);
}

#[test]
fn members_are_put_out_later_when_that_cannot_be_written_down() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.world.log.failure = Some(ErrorCode::COORDINATOR_NOT_AVAILABLE);
    scene.pass(45_000);
    assert!(scene.group.member("m1").is_ok());
    scene.world.log.failure = None;
    scene.pass(RETRY_MS);
    assert!(scene.group.member("m1").is_err());
}

#[test]
fn a_loaded_group_grants_a_whole_session() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.join("m2", &["a"]);
    scene.idle("m1", 2);
    scene.group = scene.replayed();
    scene.world.now_ms = 7;
    scene.group.loaded(7, &scene.world.config);
    scene.pass(44_999);
    assert_eq!(scene.group.members.len(), 2);
    scene.own("m1", 2, &[(1, &[0, 1])]);
    scene.pass(1);
    assert_eq!(scene.group.members.len(), 1, "m2 was silent");
    scene.pass(15_000);
    assert_eq!(scene.group.members.len(), 0, "m1 was to give a partition back");
}

#[test]
fn the_assignor_is_the_one_that_most_ask_for() {
    let mut scene = Scene::new(&[("a", 4)]);
    let asking = |member: &str, assignor: &str| ConsumerGroupHeartbeatRequest {
        server_assignor: Some(assignor.to_owned()),
        ..joining(member, &["a"])
    };
    let shown = |scene: &Scene| scene.group.describe(&scene.world.image, &scene.world.config).assignor_name;
    scene.join("m1", &["a"]);
    assert_eq!(shown(&scene), "uniform");
    scene.beat(&asking("m1", "range")).unwrap();
    assert_eq!(shown(&scene), "range");
    scene.beat(&asking("m2", "uniform")).unwrap();
    scene.beat(&asking("m3", "uniform")).unwrap();
    assert_eq!(shown(&scene), "uniform");
}

#[test]
fn static_members_go_for_a_while_and_come_back_under_another_id() {
    let mut scene = Scene::new(&[("a", 2)]);
    let fixed = |mut request: ConsumerGroupHeartbeatRequest| {
        request.instance_id = Some("i".to_owned());
        request
    };
    scene.beat(&fixed(joining("m1", &["a"]))).unwrap();
    assert_eq!(scene.refused(&fixed(joining("m2", &["a"]))), ErrorCode::UNRELEASED_INSTANCE_ID);
    let again = scene.beat(&fixed(joining("m1", &["a"]))).unwrap();
    assert_eq!(
        (again.member_epoch, told(&again)),
        (2, Some(vec![(1, vec![0, 1])])),
        "its answer may be lost"
    );
    let gone = scene.beat(&fixed(saying("m1", -2))).unwrap();
    assert_eq!((gone.member_epoch, gone.heartbeat_interval_ms), (-2, 0));
    assert_eq!(scene.last_batch(), ["holds m1"]);
    let back = scene.beat(&fixed(joining("m2", &["a"]))).unwrap();
    assert_eq!((back.member_epoch, told(&back)), (2, Some(vec![(1, vec![0, 1])])), "no rebalance");
    assert_eq!(
        scene.last_batch(),
        ["-holds m1", "-target m1", "-wants m1", "wants m2", "target m2", "holds m2", "holds m2"]
    );
    assert_eq!(scene.refused(&fixed(saying("m1", 2))), ErrorCode::FENCED_INSTANCE_ID);
    assert_eq!(scene.refused(&fixed(saying("m1", -1))), ErrorCode::FENCED_INSTANCE_ID);
    assert_eq!(scene.idle("m2", 2).member_epoch, 2);
    scene.beat(&fixed(saying("m2", -2))).unwrap();
    scene.pass(45_000);
    assert_eq!(scene.group.members.len(), 0, "it did not come back in its session");
    let unknown = ConsumerGroupHeartbeatRequest { instance_id: Some("j".to_owned()), ..saying("m2", 2) };
    assert_eq!(scene.refused(&unknown), ErrorCode::UNKNOWN_MEMBER_ID);
}

#[test]
fn what_a_static_member_comes_back_to_it_has_held_from_its_first_epoch_on() {
    let mut scene = Scene::new(&[("a", 1)]);
    let fixed = |request| ConsumerGroupHeartbeatRequest { instance_id: Some("i".to_owned()), ..request };
    scene.beat(&fixed(joining("m1", &["a"]))).unwrap();
    scene.beat(&fixed(saying("m1", -2))).unwrap();
    scene.beat(&fixed(joining("m2", &["a"]))).unwrap();
    let rule = scene.group.check_commit("m2", 0, 9).unwrap();
    assert_eq!(rule.check(Some(Uuid::from_u128(1)), 0), Ok(()));
}

#[test]
fn a_member_goes_by_one_instance_id() {
    let mut scene = Scene::new(&[("a", 1)]);
    let fixed = |request, instance: &str| ConsumerGroupHeartbeatRequest {
        instance_id: Some(instance.to_owned()),
        ..request
    };
    scene.beat(&fixed(joining("m1", &["a"]), "i")).unwrap();
    scene.beat(&fixed(joining("m1", &["a"]), "j")).unwrap();
    assert_eq!(scene.group.static_members.keys().collect::<Vec<_>>(), ["j"]);
    assert_eq!(scene.refused(&fixed(saying("m1", 2), "i")), ErrorCode::UNKNOWN_MEMBER_ID);
    scene.beat(&fixed(joining("m2", &["a"]), "i")).unwrap();
    assert_eq!(scene.group.members.len(), 2);
}

#[test]
fn topics_that_come_grow_and_go_are_noticed_at_the_next_heartbeat() {
    let mut scene = Scene::new(&[("a", 1)]);
    assert_eq!(told(&scene.join("m1", &["a", "b"])), Some(vec![(1, vec![0])]));
    scene.topics(&[("a", 2), ("b", 1)]);
    assert_eq!(told(&scene.idle("m1", 2)), Some(vec![(1, vec![0, 1]), (2, vec![0])]));
    scene.topics(&[("a", 2), ("b", 1), ("c", 9)]);
    assert_eq!(scene.idle("m1", 3).member_epoch, 3, "a topic that nobody wants");
    scene.topics(&[("a", 2)]);
    let less = scene.idle("m1", 3);
    assert_eq!(
        (less.member_epoch, told(&less)),
        (3, Some(vec![(1, vec![0, 1])])),
        "the epoch waits for the member"
    );
    assert_eq!(scene.own("m1", 3, &[(1, &[0, 1])]).member_epoch, 4);
}

#[test]
fn regular_expressions_are_held_against_all_topics() {
    let mut scene = Scene::new(&[("logs.a", 1), ("other", 1)]);
    let matching = |member: &str, pattern: &str| ConsumerGroupHeartbeatRequest {
        subscribed_topic_names: None,
        subscribed_topic_regex: Some(pattern.to_owned()),
        ..joining(member, &[])
    };
    assert_eq!(scene.refused(&matching("m1", "[")), ErrorCode::INVALID_REGULAR_EXPRESSION);
    let joined = scene.beat(&matching("m1", "logs.*")).unwrap();
    assert_eq!(told(&joined), Some(vec![(1, vec![0])]));
    assert_eq!(
        scene.last_batch(),
        ["wants m1", "pattern logs.*", "epoch g", "target m1", "assigned g", "holds m1"]
    );
    assert_eq!(scene.group.subscribed_topics(), BTreeSet::from(["logs.a".to_owned()]));
    scene.topics(&[("logs.a", 1), ("other", 1), ("logs.b", 1)]);
    assert_eq!(told(&scene.idle("m1", 2)), Some(vec![(1, vec![0]), (3, vec![0])]));
    assert!(scene.group.subscribed_topics().contains("logs.b"));
    let mut none = saying("m1", 3);
    none.subscribed_topic_regex = Some(String::new());
    assert_eq!(told(&scene.beat(&none).unwrap()), Some(vec![]));
    assert!(scene.group.patterns.is_empty());
    scene.beat(&matching("m2", "logs.*")).unwrap();
    scene.leave("m2");
    assert_eq!(scene.last_batch(), ["-holds m2", "-target m2", "-wants m2", "-pattern logs.*", "epoch g"]);
}

#[test]
fn a_failed_append_changes_nothing() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.world.log.failure = Some(ErrorCode::COORDINATOR_NOT_AVAILABLE);
    assert_eq!(scene.refused(&joining("m2", &["a"])), ErrorCode::COORDINATOR_NOT_AVAILABLE);
    assert_eq!(scene.refused(&saying("m1", -1)), ErrorCode::COORDINATOR_NOT_AVAILABLE);
    scene.topics(&[("a", 3)]);
    assert_eq!(scene.refused(&saying("m1", 2)), ErrorCode::COORDINATOR_NOT_AVAILABLE);
    scene.world.log.failure = None;
    assert_eq!(told(&scene.idle("m1", 2)), Some(vec![(1, vec![0, 1, 2])]), "the topic is not forgotten");
}

#[test]
fn what_kafka_4_0_kept_of_topics_is_taken_back() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    let key = fluxmq_protocol::stored::groups::GroupKey { group: "g".to_owned() };
    scene.group.replay(&GroupRecord::ConsumerGroupPartitionMetadata(key, Some(Default::default())));
    scene.topics(&[("a", 2)]);
    scene.idle("m1", 2);
    assert_eq!(scene.last_batch(), ["-partitions g"]);
    scene.topics(&[("a", 2)]);
    scene.idle("m1", 2);
    assert_eq!(scene.world.log.batches.len(), 2);
}

#[test]
fn commits_and_questions_are_heard_from_members_in_their_epoch() {
    let mut scene = Scene::new(&[("a", 2)]);
    let all = |rule: CommitRule<'_>| {
        (0..2).map(|partition| rule.check(Some(Uuid::from_u128(1)), partition)).collect()
    };
    assert_eq!(
        scene.group.check_commit("", -1, 9).map(all),
        Ok(vec![Ok(()), Ok(())]),
        "a consumer on its own"
    );
    scene.join("m1", &["a"]);
    scene.join("m2", &["a"]);
    scene.own("m1", 2, &[(1, &[0])]);
    let group = &scene.group;
    assert_eq!(group.check_commit("", -1, 9).map(all), Err(ErrorCode::UNKNOWN_MEMBER_ID));
    assert_eq!(group.check_commit("m1", 3, 8).map(all), Err(ErrorCode::UNSUPPORTED_VERSION));
    assert_eq!(group.check_commit("m1", 4, 9).map(all), Err(ErrorCode::STALE_MEMBER_EPOCH));
    assert_eq!(group.check_commit("m1", 3, 9).map(all), Ok(vec![Ok(()), Ok(())]));
    let stale = Err(ErrorCode::STALE_MEMBER_EPOCH);
    assert_eq!(
        group.check_commit("m1", 2, 9).map(all),
        Ok(vec![Ok(()), stale]),
        "what it still holds since then"
    );
    assert_eq!(group.check_commit("m1", 1, 9).map(all), Ok(vec![stale, stale]));
    assert_eq!(group.check_fetch(None, -1), Ok(()));
    assert_eq!(group.check_fetch(Some("m1"), 3), Ok(()));
    assert_eq!(group.check_fetch(Some("m1"), 2), stale);
    assert_eq!(group.check_fetch(Some("m9"), 2), Err(ErrorCode::UNKNOWN_MEMBER_ID));
}
