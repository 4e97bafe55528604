use super::*;

#[test]
fn a_newcomer_is_given_its_id_first_and_leads_when_it_is_alone() {
    let mut stage = Stage::new();
    let first = stage.join(&request("", RANGE));
    let answer = stage.joined(first);
    assert_eq!(answer.error_code, ErrorCode::MEMBER_ID_REQUIRED);
    assert!(answer.member_id.starts_with("client-"), "{}", answer.member_id);
    assert_eq!(stage.group.state(), ClassicState::Empty);
    assert!(!stage.group.is_unused());

    let ticket = stage.join(&request(&answer.member_id, RANGE));
    let joined = stage.joined(ticket);
    assert_eq!((joined.error_code, joined.generation_id), (ErrorCode::NONE, 1));
    assert_eq!((joined.leader.as_str(), joined.member_id.as_str()), (&*answer.member_id, &*answer.member_id));
    assert_eq!(
        (joined.protocol_type.as_deref(), joined.protocol_name.as_deref()),
        (Some("consumer"), Some("range"))
    );
    let [known] = &joined.members[..] else { panic!("{joined:?}") };
    assert_eq!((&known.member_id, &known.metadata[..]), (&answer.member_id, &b"topics"[..]));
    assert_eq!(stage.group.state(), ClassicState::CompletingRebalance);
}

#[test]
fn before_version_4_a_newcomer_joins_at_once() {
    let mut stage = Stage::new();
    let ticket = stage.join_as(&request("", RANGE), 3);
    assert_eq!(stage.joined(ticket).generation_id, 1);
}

#[test]
fn an_id_that_nobody_comes_back_with_is_forgotten_after_a_session() {
    let mut stage = Stage::new();
    let first = stage.join(&request("", RANGE));
    let id = stage.joined(first).member_id;
    stage.pass(i64::from(SESSION_MS));
    assert!(stage.group.is_unused());
    let late = stage.join(&request(&id, RANGE));
    assert_eq!(stage.joined(late).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
}

#[test]
fn what_no_group_can_have_is_refused() {
    let refusal = |request: JoinGroupRequest| {
        let mut stage = Stage::new();
        let ticket = stage.join(&request);
        assert!(stage.group.is_unused());
        stage.joined(ticket).error_code
    };
    assert_eq!(refusal(request("", &[])), ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    let untyped = JoinGroupRequest { protocol_type: String::new(), ..request("", RANGE) };
    assert_eq!(refusal(untyped), ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    assert_eq!(refusal(request("somebody", RANGE)), ErrorCode::UNKNOWN_MEMBER_ID);
}

#[test]
fn who_would_have_an_id_that_nobody_can_be_told_is_refused() {
    let long = "x".repeat(32_767 - 36);
    for (client_id, instance_id, version) in
        [(long.as_str(), None, NEWEST), (&long, None, 3), ("client", Some(long.clone()), NEWEST)]
    {
        let mut stage = Stage::new();
        let ticket = stage.ticket();
        let client = Client { id: client_id, host: "/127.0.0.1" };
        let request = JoinGroupRequest { group_instance_id: instance_id, ..request("", RANGE) };
        stage.turn(|group, turn| group.join(turn, ticket, client, &request, version));
        assert_eq!(stage.joined(ticket).error_code, ErrorCode::UNKNOWN_SERVER_ERROR);
        assert!(stage.group.is_unused());
    }
}

#[test]
fn who_cannot_talk_to_all_members_is_refused() {
    let (mut stage, _) = Stage::stable(1);
    for wrong in [
        request("", &[("sticky", "")]),
        JoinGroupRequest { protocol_type: "connect".to_owned(), ..request("", RANGE) },
    ] {
        let ticket = stage.join(&wrong);
        assert_eq!(stage.joined(ticket).error_code, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    }
    assert_eq!(stage.group.state(), ClassicState::Stable);
}

#[test]
fn the_others_are_waited_for_and_hear_of_it_by_their_heartbeats() {
    let (mut stage, ids) = Stage::stable(1);
    let (newcomer, ticket) = stage.arrive(RANGE);
    assert!(stage.waits(ticket));
    assert_eq!(stage.group.state(), ClassicState::PreparingRebalance);
    assert_eq!(stage.heartbeat(&ids[0], 1), ErrorCode::REBALANCE_IN_PROGRESS);

    let again = stage.join(&request(&ids[0], RANGE));
    let (leader, follower) = (stage.joined(again), stage.joined(ticket));
    assert_eq!((leader.generation_id, follower.generation_id), (2, 2));
    assert_eq!((&leader.leader, &follower.leader), (&ids[0], &ids[0]));
    assert_eq!((leader.members.len(), follower.members.len()), (2, 0));
    assert_eq!(follower.member_id, newcomer);
}

#[test]
fn whoever_does_not_join_again_in_time_is_removed() {
    let (mut stage, ids) = Stage::stable(2);
    let again = stage.join(&request(&ids[1], &[("range", "other topics")]));
    stage.pass_with(i64::from(REBALANCE_MS) - 1_000, &[&ids[0]]);
    assert!(stage.waits(again));
    stage.pass(1_000);
    let joined = stage.joined(again);
    assert_eq!((joined.generation_id, &joined.leader), (3, &ids[1]));
    assert_eq!(joined.members.len(), 1);
    assert_eq!(stage.heartbeat(&ids[0], 2), ErrorCode::UNKNOWN_MEMBER_ID);
}

#[test]
fn somebody_who_was_given_an_id_is_waited_for_too() {
    let (mut stage, ids) = Stage::stable(1);
    let first = stage.join(&request("", RANGE));
    let newcomer = stage.joined(first).member_id;
    let again = stage.join(&request(&ids[0], RANGE));
    assert!(stage.waits(again));
    let ticket = stage.join(&request(&newcomer, RANGE));
    assert_eq!((stage.joined(again).members.len(), stage.joined(ticket).generation_id), (2, 2));

    let last = stage.join(&request("", RANGE));
    assert_eq!(stage.joined(last).error_code, ErrorCode::MEMBER_ID_REQUIRED);
    let again = [&ids[0], &newcomer].map(|id| stage.join(&request(id, &[("range", "new")])));
    stage.pass(i64::from(SESSION_MS));
    assert_eq!(again.map(|ticket| stage.joined(ticket).generation_id), [3, 3]);
}

#[test]
fn most_votes_win_among_what_all_support() {
    let mut stage = Stage::new();
    stage.world.config.initial_rebalance_delay_ms = 3_000;
    let tickets = [
        &[("sticky", ""), ("range", ""), ("roundrobin", "")][..],
        &[("roundrobin", ""), ("range", "")],
        &[("cooperative-sticky", ""), ("range", ""), ("roundrobin", "")],
    ]
    .map(|protocols| stage.arrive(protocols).1);
    stage.pass(10_000);
    for ticket in tickets {
        assert_eq!(stage.joined(ticket).protocol_name.as_deref(), Some("range"));
    }
}

#[test]
fn the_first_rebalance_waits_while_members_keep_coming() {
    let mut stage = Stage::new();
    stage.world.config.initial_rebalance_delay_ms = 3_000;
    let (_, first) = stage.arrive(RANGE);
    stage.pass(2_000);
    let (_, second) = stage.arrive(RANGE);
    stage.pass(1_000);
    assert!(stage.waits(first), "a newcomer extends the delay");
    stage.pass(3_000);
    assert_eq!([first, second].map(|ticket| stage.joined(ticket).generation_id), [1, 1]);
    assert_eq!(stage.joined(first).members.len(), 2);
}

#[test]
fn the_first_rebalance_does_not_wait_for_longer_than_members_can() {
    let mut stage = Stage::new();
    stage.world.config.initial_rebalance_delay_ms = 3_000;
    let hurried = |id: &str| JoinGroupRequest { rebalance_timeout_ms: 7_000, ..request(id, RANGE) };
    let first = stage.join_as(&hurried(""), 3);
    for _ in 0..6 {
        stage.pass(1_000);
        stage.join_as(&hurried(""), 3);
    }
    assert!(stage.waits(first));
    stage.pass(1_000);
    assert_eq!(stage.joined(first).members.len(), 7);
}

#[test]
fn a_follower_that_says_the_same_disturbs_nobody_and_a_leader_does() {
    let (mut stage, ids) = Stage::stable(2);
    let follower = stage.join(&request(&ids[1], RANGE));
    let joined = stage.joined(follower);
    assert_eq!((joined.generation_id, joined.members.len(), &joined.leader), (2, 0, &ids[0]));
    assert_eq!(stage.group.state(), ClassicState::Stable);

    let leader = stage.join(&request(&ids[0], RANGE));
    assert!(stage.waits(leader));
    assert_eq!(stage.group.state(), ClassicState::PreparingRebalance);
    let follower = stage.join(&request(&ids[1], RANGE));
    assert_eq!([leader, follower].map(|ticket| stage.joined(ticket).generation_id), [3, 3]);
}

#[test]
fn who_missed_the_answer_gets_it_again_and_who_changed_begins_anew() {
    let mut stage = Stage::new();
    let (id, ticket) = stage.arrive(RANGE);
    let first = stage.joined(ticket);
    let again = stage.join(&request(&id, RANGE));
    assert_eq!(stage.joined(again), first);
    let changed = stage.join(&request(&id, &[("range", "more")]));
    assert_eq!(stage.joined(changed).generation_id, 2);
    assert_eq!(stage.joined(changed).members[0].metadata, &b"more"[..]);
}

#[test]
fn only_the_last_request_of_a_member_waits() {
    let (mut stage, ids) = Stage::stable(2);
    let before = stage.join(&request(&ids[0], RANGE));
    let after = stage.join(&request(&ids[0], RANGE));
    assert_eq!(stage.joined(before).error_code, ErrorCode::REBALANCE_IN_PROGRESS);
    assert!(stage.waits(after));
    stage.join(&request(&ids[1], RANGE));
    assert_eq!(stage.joined(after).generation_id, 3);
}

#[test]
fn a_group_has_no_more_members_than_it_may() {
    let (mut stage, ids) = Stage::stable(2);
    stage.world.config.max_size = 2;
    let ticket = stage.join(&request("", RANGE));
    let refused = stage.joined(ticket);
    assert_eq!((refused.error_code, refused.member_id.as_str()), (ErrorCode::GROUP_MAX_SIZE_REACHED, ""));
    assert_eq!(stage.group.state(), ClassicState::Stable);
    let leader = stage.join(&request(&ids[0], RANGE));
    let follower = stage.join(&request(&ids[1], RANGE));
    assert_eq!([leader, follower].map(|ticket| stage.joined(ticket).generation_id), [3, 3]);
}

#[test]
fn who_waits_to_join_again_does_not_have_to_be_heard_of() {
    let (mut stage, ids) = Stage::stable(2);
    let again = stage.join(&request(&ids[1], &[("range", "new")]));
    stage.pass_with(i64::from(SESSION_MS) * 3, &[&ids[0]]);
    assert!(stage.waits(again));
    // But who neither joins nor is heard of holds nobody up for longer than its session.
    stage.pass(i64::from(SESSION_MS));
    assert_eq!(stage.joined(again).generation_id, 3);
    assert_eq!(stage.joined(again).members.len(), 1);
}

#[test]
fn a_newcomer_waits_for_five_minutes_at_most() {
    let (mut stage, ids) = Stage::stable(1);
    let slow = JoinGroupRequest { rebalance_timeout_ms: 900_000, ..request(&ids[0], &[("range", "1")]) };
    stage.join(&slow);
    stage.settle(&[&ids[0]]);
    let (_, ticket) = stage.arrive(RANGE);
    stage.pass_with(299_000, &[&ids[0]]);
    assert!(stage.waits(ticket));
    stage.pass_with(1_000, &[&ids[0]]);
    assert_eq!(stage.joined(ticket).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
}
