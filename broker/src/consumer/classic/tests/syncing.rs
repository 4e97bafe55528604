use super::*;
use fluxmq_protocol::stored::groups::GroupRecord;

#[test]
fn followers_wait_for_the_leader_and_get_what_it_says() {
    let (mut stage, ids) = Stage::stable(3);
    let record = stage.world.log.batches.last().unwrap();
    let [GroupRecord::GroupMetadata(_, Some(value))] = &record[..] else { panic!("{record:?}") };
    assert_eq!(
        (value.generation, value.protocol.as_deref(), value.leader.as_ref()),
        (2, Some("range"), Some(&ids[0]))
    );
    for member in &value.members {
        assert_eq!(member.assignment, member.member_id.as_bytes());
        assert_eq!(member.subscription, &b"topics"[..]);
    }
    for id in &ids {
        // A second question is answered at once.
        let ticket = stage.sync(&sync(id, 2, &[]));
        let synced = stage.synced(ticket);
        assert_eq!((synced.error_code, &synced.assignment[..]), (ErrorCode::NONE, id.as_bytes()));
        assert_eq!(
            (synced.protocol_type.as_deref(), synced.protocol_name.as_deref()),
            (Some("consumer"), Some("range"))
        );
    }
}

#[test]
fn nobody_hears_of_an_assignment_that_was_not_written_down() {
    let mut stage = Stage::new();
    let (first, _) = stage.arrive(RANGE);
    let (second, ticket) = stage.arrive(RANGE);
    stage.join(&request(&first, RANGE));
    assert_eq!(stage.joined(ticket).generation_id, 2);
    let follower = stage.sync(&sync(&second, 2, &[]));
    stage.world.log.failure = Some(ErrorCode::KAFKA_STORAGE_ERROR);
    let leader = stage.sync(&sync(&first, 2, &[(&first, "a"), (&second, "b")]));
    for ticket in [follower, leader] {
        assert_eq!(stage.synced(ticket).error_code, ErrorCode::NOT_COORDINATOR);
    }
    assert_eq!(stage.group.state(), ClassicState::PreparingRebalance);
    stage.world.log.failure = None;
    let again = [&first, &second].map(|id| stage.join(&request(id, RANGE)));
    assert_eq!(again.map(|ticket| stage.joined(ticket).generation_id), [3, 3]);
    assert_eq!(stage.settle(&[&first, &second]).len(), 2);
}

#[test]
fn whom_the_leader_forgets_gets_empty_bytes_and_strangers_nothing() {
    let mut stage = Stage::new();
    let (id, _) = stage.arrive(RANGE);
    let ticket = stage.sync(&sync(&id, 1, &[("stranger", "all")]));
    let synced = stage.synced(ticket);
    assert_eq!((synced.error_code, synced.assignment.len()), (ErrorCode::NONE, 0));
}

#[test]
fn each_wrong_question_has_its_own_answer() {
    let (mut stage, ids) = Stage::stable(1);
    let mut refusal = |request: SyncGroupRequest| {
        let ticket = stage.sync(&request);
        stage.synced(ticket).error_code
    };
    let id = ids[0].as_str();
    assert_eq!(refusal(sync("stranger", 1, &[])), ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(refusal(sync(id, 2, &[])), ErrorCode::ILLEGAL_GENERATION);
    let named = |protocol_type: &str, protocol_name: &str| SyncGroupRequest {
        protocol_type: Some(protocol_type.to_owned()),
        protocol_name: Some(protocol_name.to_owned()),
        ..sync(id, 1, &[])
    };
    assert_eq!(refusal(named("connect", "range")), ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    assert_eq!(refusal(named("consumer", "sticky")), ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    assert_eq!(refusal(named("consumer", "range")), ErrorCode::NONE);
    stage.arrive(RANGE);
    let ticket = stage.sync(&sync(id, 1, &[]));
    assert_eq!(stage.synced(ticket).error_code, ErrorCode::REBALANCE_IN_PROGRESS);
}

#[test]
fn no_protocol_is_a_wrong_one_before_members_have_agreed() {
    let mut stage = Stage::new();
    stage.world.config.initial_rebalance_delay_ms = 3_000;
    let (id, _) = stage.arrive(RANGE);
    for (protocol_type, expected) in
        [("consumer", ErrorCode::REBALANCE_IN_PROGRESS), ("connect", ErrorCode::INCONSISTENT_GROUP_PROTOCOL)]
    {
        let named = SyncGroupRequest {
            protocol_type: Some(protocol_type.to_owned()),
            protocol_name: Some("range".to_owned()),
            ..sync(&id, 0, &[])
        };
        let ticket = stage.sync(&named);
        assert_eq!(stage.synced(ticket).error_code, expected);
    }
}

#[test]
fn a_rebalance_ends_the_wait_for_the_leader() {
    let mut stage = Stage::new();
    let (first, _) = stage.arrive(RANGE);
    let (second, _) = stage.arrive(RANGE);
    stage.join(&request(&first, RANGE));
    let follower = stage.sync(&sync(&second, 2, &[]));
    stage.arrive(RANGE);
    assert_eq!(stage.synced(follower).error_code, ErrorCode::REBALANCE_IN_PROGRESS);
}

#[test]
fn who_never_asks_for_its_assignment_is_given_up() {
    let mut stage = Stage::new();
    let (first, _) = stage.arrive(RANGE);
    let (second, _) = stage.arrive(RANGE);
    stage.join(&request(&first, RANGE));
    let follower = stage.sync(&sync(&second, 2, &[]));
    // The leader is alive, but does not lead.
    stage.pass_with(i64::from(REBALANCE_MS), &[&first]);
    assert_eq!(stage.synced(follower).error_code, ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(stage.heartbeat(&first, 2), ErrorCode::UNKNOWN_MEMBER_ID);
    let again = stage.join(&request(&second, RANGE));
    assert_eq!((stage.joined(again).generation_id, &stage.joined(again).leader), (3, &second));
}

#[test]
fn a_follower_that_never_asks_is_given_up_as_well() {
    let mut stage = Stage::new();
    let (first, _) = stage.arrive(RANGE);
    let (second, _) = stage.arrive(RANGE);
    stage.join(&request(&first, RANGE));
    let leader = stage.sync(&sync(&first, 2, &[(&first, "all")]));
    assert_eq!(stage.synced(leader).error_code, ErrorCode::NONE);
    stage.pass_with(i64::from(REBALANCE_MS) - 1_000, &[&first, &second]);
    assert_eq!(stage.group.state(), ClassicState::Stable);
    stage.pass(1_000);
    assert_eq!(stage.heartbeat(&first, 2), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(stage.heartbeat(&second, 2), ErrorCode::UNKNOWN_MEMBER_ID);
}

#[test]
fn heartbeats_are_answered_by_generation_and_keep_a_member_alive() {
    let (mut stage, ids) = Stage::stable(1);
    stage.pass_with(i64::from(SESSION_MS) * 5, &[&ids[0]]);
    assert_eq!(stage.heartbeat(&ids[0], 1), ErrorCode::NONE);
    assert_eq!(stage.heartbeat(&ids[0], 0), ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(stage.heartbeat("stranger", 1), ErrorCode::UNKNOWN_MEMBER_ID);
    stage.pass(i64::from(SESSION_MS) - 1);
    assert_eq!(stage.group.state(), ClassicState::Stable);
    stage.pass(1);
    assert_eq!((stage.group.state(), stage.group.generation), (ClassicState::Empty, 2));
    assert_eq!(stage.heartbeat(&ids[0], 2), ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(stage.group.wake_at(), None);
}

#[test]
fn commits_are_for_members_or_for_groups_without_members() {
    let mut stage = Stage::new();
    assert_eq!(stage.commit("", None, -1), Ok(()));
    assert_eq!(stage.commit("stranger", None, -1), Ok(()));
    assert_eq!(stage.commit("stranger", None, 1), Err(ErrorCode::UNKNOWN_MEMBER_ID));
    let (id, _) = stage.arrive(RANGE);
    assert_eq!(stage.commit(&id, None, 1), Err(ErrorCode::REBALANCE_IN_PROGRESS));
    stage.settle(&[&id]);
    assert_eq!(stage.commit("", None, -1), Err(ErrorCode::UNKNOWN_MEMBER_ID));
    assert_eq!(stage.commit(&id, None, 0), Err(ErrorCode::ILLEGAL_GENERATION));
    assert_eq!(stage.commit(&id, None, -1), Err(ErrorCode::ILLEGAL_GENERATION));
    assert_eq!(stage.commit(&id, Some("i"), 1), Err(ErrorCode::UNKNOWN_MEMBER_ID));
    for _ in 0..5 {
        stage.pass(i64::from(SESSION_MS) - 1);
        assert_eq!(stage.commit(&id, None, 1), Ok(()), "a commit shows that a member is there");
    }
    // What was read before the rebalance is still committed in it.
    stage.arrive(RANGE);
    assert_eq!(stage.commit(&id, None, 1), Ok(()));
}
