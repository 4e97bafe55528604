//! How members get from what they hold to what they are to hold.

use super::*;

#[test]
fn a_partition_is_handed_out_only_after_its_holder_gave_it_back() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    let second = scene.join("m2", &["a"]);
    assert_eq!((second.member_epoch, told(&second)), (3, Some(vec![])), "it waits");
    assert_eq!(scene.group.state(), ConsumerState::Reconciling);
    let first = scene.idle("m1", 2);
    assert_eq!((first.member_epoch, told(&first)), (2, Some(vec![(1, vec![0])])), "it is to give one back");
    assert_eq!(scene.idle("m2", 3).assignment, None);
    let first = scene.own("m1", 2, &[(1, &[0, 1])]);
    assert_eq!((first.member_epoch, told(&first)), (2, None), "it is not yet done");
    let first = scene.own("m1", 2, &[(1, &[0])]);
    assert_eq!((first.member_epoch, told(&first)), (3, None));
    let second = scene.idle("m2", 3);
    assert_eq!((second.member_epoch, told(&second)), (3, Some(vec![(1, vec![1])])));
    assert_eq!(scene.group.state(), ConsumerState::Stable);
}

#[test]
fn who_says_at_once_that_it_holds_nothing_of_it_need_not_give_back() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.join("m2", &["a"]);
    let first = scene.own("m1", 2, &[(1, &[0])]);
    assert_eq!((first.member_epoch, told(&first)), (3, Some(vec![(1, vec![0])])));
}

#[test]
fn who_takes_too_long_to_give_back_is_put_out() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.join("m2", &["a"]);
    scene.idle("m1", 2);
    for _ in 0..4 {
        scene.pass(14_999);
        scene.own("m1", 2, &[(1, &[0, 1])]);
        scene.idle("m2", 3);
    }
    assert!(scene.group.member("m1").is_ok());
    scene.pass(4);
    assert!(scene.group.member("m1").is_err(), "60 seconds are over");
    assert_eq!(told(&scene.idle("m2", 3)), Some(vec![(1, vec![0, 1])]));
}

#[test]
fn what_is_to_be_given_back_may_come_back() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.join("m2", &["a"]);
    scene.idle("m1", 2);
    scene.leave("m2");
    let first = scene.idle("m1", 2);
    assert_eq!((first.member_epoch, told(&first)), (2, None), "it gives back first");
    let first = scene.own("m1", 2, &[(1, &[0])]);
    assert_eq!((first.member_epoch, told(&first)), (4, Some(vec![(1, vec![0, 1])])));
}

#[test]
fn what_is_no_longer_subscribed_is_taken_away_before_the_next_target() {
    let mut scene = Scene::new(&[("a", 1), ("b", 1)]);
    scene.world.config.consumer_assignment_interval_ms = 1_000;
    scene.join("m1", &["a", "b"]);
    let mut request = saying("m1", 2);
    request.subscribed_topic_names = Some(vec!["a".to_owned()]);
    let answer = scene.beat(&request).unwrap();
    assert_eq!((answer.member_epoch, told(&answer)), (2, Some(vec![(1, vec![0])])));
    assert_eq!(scene.last_batch(), ["wants m1", "epoch g", "holds m1"]);
    assert_eq!(scene.group.member("m1").unwrap().state, MemberState::Unrevoked);
    scene.pass(1_000);
    assert_eq!(scene.own("m1", 2, &[(1, &[0])]).member_epoch, 3);
    assert_eq!(scene.group.state(), ConsumerState::Stable);
}

#[test]
fn a_member_in_a_state_of_tomorrow_starts_anew() {
    let mut scene = Scene::new(&[("a", 1)]);
    scene.join("m1", &["a"]);
    let mut holding = scene.group.member("m1").unwrap().holding();
    holding.state = 9;
    let key =
        fluxmq_protocol::stored::groups::GroupMemberKey { group: "g".to_owned(), member: "m1".to_owned() };
    scene.group.replay(&GroupRecord::ConsumerGroupCurrentMemberAssignment(key, Some(holding)));
    assert_eq!(scene.refused(&saying("m1", 2)), ErrorCode::FENCED_MEMBER_EPOCH);
    let joined = scene.join("m1", &["a"]);
    assert_eq!((joined.member_epoch, told(&joined)), (2, Some(vec![(1, vec![0])])));
}

#[test]
fn a_group_is_shown_with_what_its_members_still_read() {
    let mut scene = Scene::new(&[("a", 2)]);
    scene.join("m1", &["a"]);
    scene.join("m2", &["a"]);
    scene.idle("m1", 2);
    let shown = scene.group.describe(&scene.world.image, &scene.world.config);
    assert_eq!(
        (shown.group_epoch, shown.assignment_epoch, shown.group_state.as_str()),
        (3, 3, "Reconciling")
    );
    let first = &shown.members[0];
    assert_eq!((first.member_id.as_str(), first.member_epoch, first.member_type), ("m1", 2, 1));
    assert_eq!(first.subscribed_topic_regex.as_deref(), Some(""));
    assert_eq!(first.assignment.topic_partitions[0].partitions, [0, 1]);
    assert_eq!(first.target_assignment.topic_partitions[0].partitions, [0]);
    assert_eq!(first.target_assignment.topic_partitions[0].topic_name, "a");
}
