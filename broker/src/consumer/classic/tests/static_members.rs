use super::*;

/// A stable group of static members `i0`, `i1`, ...; the first leads.
fn stable(count: usize) -> (Stage, Vec<String>) {
    let mut stage = Stage::new();
    stage.world.config.initial_rebalance_delay_ms = 1_000;
    let tickets: Vec<_> =
        (0..count).map(|n| stage.join(&static_request(&format!("i{n}"), "", RANGE))).collect();
    stage.pass(5_000);
    let ids: Vec<_> = tickets.into_iter().map(|ticket| stage.joined(ticket).member_id).collect();
    let ids_as_str: Vec<&str> = ids.iter().map(String::as_str).collect();
    stage.settle(&ids_as_str);
    assert_eq!(stage.group.leader.as_ref(), Some(&ids[0]));
    (stage, ids)
}

fn heartbeat_as(stage: &mut Stage, instance_id: &str, member_id: &str) -> ErrorCode {
    let request = HeartbeatRequest {
        generation_id: stage.group.generation,
        member_id: member_id.to_owned(),
        group_instance_id: Some(instance_id.to_owned()),
        ..Default::default()
    };
    stage.turn(|group, turn| group.heartbeat(turn, &request))
}

#[test]
fn a_follower_that_comes_back_disturbs_nobody_and_fences_what_it_was() {
    let (mut stage, ids) = stable(2);
    assert!(ids[1].starts_with("i1-"), "{}", ids[1]);
    let ticket = stage.join(&static_request("i1", "", RANGE));
    let back = stage.joined(ticket);
    assert_eq!((back.error_code, back.generation_id, &back.leader), (ErrorCode::NONE, 1, &ids[0]));
    assert_ne!(back.member_id, ids[1]);
    assert!(back.members.is_empty() && !back.skip_assignment);
    assert_eq!(stage.group.state(), ClassicState::Stable);

    assert_eq!(heartbeat_as(&mut stage, "i1", &ids[1]), ErrorCode::FENCED_INSTANCE_ID);
    assert_eq!(stage.commit(&ids[1], Some("i1"), 1), Err(ErrorCode::FENCED_INSTANCE_ID));
    let old = stage.join(&static_request("i1", &ids[1], RANGE));
    assert_eq!(stage.joined(old).error_code, ErrorCode::FENCED_INSTANCE_ID);
    let old =
        stage.sync(&SyncGroupRequest { group_instance_id: Some("i1".to_owned()), ..sync(&ids[1], 1, &[]) });
    assert_eq!(stage.synced(old).error_code, ErrorCode::FENCED_INSTANCE_ID);

    assert_eq!(heartbeat_as(&mut stage, "i1", &back.member_id), ErrorCode::NONE);
    let synced = stage.sync(&sync(&back.member_id, 1, &[]));
    assert_eq!(stage.synced(synced).assignment, ids[1].as_bytes(), "it has what it had");
    // The new id outlives the broker.
    stage.restart();
    assert_eq!(heartbeat_as(&mut stage, "i1", &back.member_id), ErrorCode::NONE);
}

#[test]
fn a_leader_that_comes_back_is_told_that_there_is_nothing_to_assign() {
    let (mut stage, _) = stable(2);
    let ticket = stage.join(&static_request("i0", "", RANGE));
    let back = stage.joined(ticket);
    assert_eq!((&back.leader, back.members.len(), back.skip_assignment), (&back.member_id, 2, true));
}

#[test]
fn an_older_client_that_leads_is_told_of_the_leader_it_was() {
    let (mut stage, ids) = stable(2);
    let ticket = stage.join_as(&static_request("i0", "", RANGE), 8);
    let back = stage.joined(ticket);
    assert_eq!((&back.leader, back.members.len(), back.skip_assignment), (&ids[0], 0, false));
    assert_eq!(stage.group.leader.as_ref(), Some(&back.member_id));
}

#[test]
fn a_member_whose_return_cannot_be_written_down_stays_what_it_was() {
    let (mut stage, ids) = stable(2);
    stage.world.log.failure = Some(ErrorCode::KAFKA_STORAGE_ERROR);
    let ticket = stage.join(&static_request("i0", "", &[("range", "other"), ("sticky", "")]));
    let refused = stage.joined(ticket);
    assert_eq!((refused.error_code, refused.member_id.as_str()), (ErrorCode::NOT_COORDINATOR, ""));
    stage.world.log.failure = None;
    assert_eq!(heartbeat_as(&mut stage, "i0", &ids[0]), ErrorCode::NONE);
    assert_eq!(stage.group.leader.as_ref(), Some(&ids[0]));
    let again = stage.join(&static_request("i1", &ids[1], RANGE));
    assert_eq!(stage.joined(again).generation_id, 1);
    assert!(!stage.group.members.all_support("sticky"));
    assert_eq!(stage.group.state(), ClassicState::Stable);
}

#[test]
fn coming_back_with_another_protocol_rebalances() {
    let mut stage = Stage::new();
    let both = [("range", ""), ("sticky", "")];
    let first = stage.join(&static_request("i0", "", &both));
    let id = stage.joined(first).member_id;
    stage.settle(&[&id]);
    let ticket = stage.join(&static_request("i0", "", &[("sticky", ""), ("range", "")]));
    let back = stage.joined(ticket);
    assert_eq!((back.generation_id, back.protocol_name.as_deref()), (2, Some("sticky")));
}

#[test]
fn coming_back_amid_a_rebalance_takes_the_place_in_it() {
    let (mut stage, ids) = stable(3);
    // The first waits for the others to join, and its client begins again.
    let waiting = stage.join(&static_request("i0", &ids[0], &[("range", "new")]));
    let back = stage.join(&static_request("i0", "", &[("range", "new")]));
    assert_eq!(stage.joined(waiting).error_code, ErrorCode::FENCED_INSTANCE_ID);
    assert!(stage.waits(back));
    let again = [1, 2].map(|n| stage.join(&static_request(&format!("i{n}"), &ids[n], RANGE)));
    let joined = stage.joined(back);
    assert_eq!((joined.generation_id, &joined.leader, joined.members.len()), (2, &joined.member_id, 3));

    // One waits for its assignment, and begins again: all do.
    let second = stage.joined(again[0]).member_id;
    let waiting = stage.sync(&sync(&second, 2, &[]));
    let other = stage.sync(&sync(&ids[2], 2, &[]));
    let back = stage.join(&static_request("i1", "", RANGE));
    assert_eq!(stage.synced(waiting).error_code, ErrorCode::FENCED_INSTANCE_ID);
    assert_eq!(stage.synced(other).error_code, ErrorCode::REBALANCE_IN_PROGRESS);
    assert!(stage.waits(back));
    assert_eq!(stage.group.state(), ClassicState::PreparingRebalance);
}

#[test]
fn a_static_member_has_its_session_to_come_back_even_through_a_rebalance() {
    let (mut stage, ids) = stable(2);
    let leader = stage.join(&static_request("i0", &ids[0], &[("range", "new")]));
    stage.pass_with(i64::from(REBALANCE_MS), &[&ids[1]]);
    let joined = stage.joined(leader);
    assert_eq!((joined.generation_id, joined.members.len()), (2, 2), "it is still a member");
    assert_eq!(stage.heartbeat(&ids[1], 2), ErrorCode::NONE);
    stage.settle(&[&ids[0], &ids[1]]);
    stage.pass_with(i64::from(SESSION_MS), &[&ids[0]]);
    assert_eq!(stage.heartbeat(&ids[0], 2), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(heartbeat_as(&mut stage, "i1", &ids[1]), ErrorCode::UNKNOWN_MEMBER_ID);
}

#[test]
fn when_no_static_member_has_joined_in_time_they_are_waited_for_once_more() {
    let (mut stage, ids) = stable(2);
    let (newcomer, ticket) = stage.arrive(RANGE);
    stage.leave(&[&newcomer]);
    assert_eq!(stage.joined(ticket).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
    stage.pass_with(i64::from(REBALANCE_MS) + 5_000, &[&ids[0], &ids[1]]);
    assert_eq!((stage.group.state(), stage.group.generation), (ClassicState::PreparingRebalance, 1));
    let again = [0, 1].map(|n| stage.join(&static_request(&format!("i{n}"), &ids[n], RANGE)));
    assert_eq!(again.map(|ticket| stage.joined(ticket).generation_id), [2, 2]);
}

#[test]
fn static_members_can_be_removed_by_their_instance_ids() {
    let (mut stage, ids) = stable(2);
    let leaving = |member_id: &str, instance_id: &str| MemberIdentity {
        member_id: member_id.to_owned(),
        group_instance_id: Some(instance_id.to_owned()),
        reason: None,
    };
    let members = [leaving("", "nobody"), leaving(&ids[0], "i1"), leaving("", "i1"), leaving(&ids[0], "i0")];
    let answers = stage.turn(|group, turn| group.leave(turn, &members));
    let outcomes: Vec<_> = answers.iter().map(|answer| answer.error_code).collect();
    let [unknown, fenced] = [ErrorCode::UNKNOWN_MEMBER_ID, ErrorCode::FENCED_INSTANCE_ID];
    assert_eq!(outcomes, [unknown, fenced, ErrorCode::NONE, ErrorCode::NONE]);
    for (answer, asked) in answers.iter().zip(&members) {
        assert_eq!(
            (&answer.member_id, &answer.group_instance_id),
            (&asked.member_id, &asked.group_instance_id)
        );
    }
    assert_eq!(stage.group.state(), ClassicState::Empty);
}

#[test]
fn a_given_out_id_is_nobodys_instance() {
    let mut stage = Stage::new();
    let first = stage.join(&request("", RANGE));
    let pending = stage.joined(first).member_id;
    let ticket = stage.join(&static_request("i0", &pending, RANGE));
    assert_eq!(stage.joined(ticket).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
}
