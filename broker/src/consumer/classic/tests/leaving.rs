use super::*;

#[test]
fn the_last_one_leaves_an_empty_group_behind_which_is_written_down() {
    let (mut stage, ids) = Stage::stable(1);
    let written = stage.world.log.batches.len();
    assert_eq!(stage.leave(&[&ids[0]]), [ErrorCode::NONE]);
    assert_eq!((stage.group.state(), stage.group.generation), (ClassicState::Empty, 2));
    assert_eq!((stage.group.protocol_type(), stage.group.leader.as_ref()), (Some("consumer"), None));
    assert_eq!(stage.group.empty_since(), Some(1_700_000_001_000));
    assert!(!stage.group.is_unused(), "it is shown until it expires");
    assert_eq!(stage.world.log.batches.len(), written + 1);
    stage.restart();
    assert_eq!((stage.group.state(), stage.group.generation), (ClassicState::Empty, 2));
    assert_eq!(stage.group.empty_since(), Some(1_700_000_001_000));
    let (_, ticket) = stage.arrive(RANGE);
    assert_eq!(stage.joined(ticket).generation_id, 3);
}

#[test]
fn a_group_is_empty_even_if_that_cannot_be_written_down() {
    let (mut stage, ids) = Stage::stable(1);
    stage.world.log.failure = Some(ErrorCode::KAFKA_STORAGE_ERROR);
    stage.leave(&[&ids[0]]);
    assert_eq!(stage.group.state(), ClassicState::Empty);
}

#[test]
fn the_others_rebalance_and_one_of_them_leads() {
    let (mut stage, ids) = Stage::stable(3);
    assert_eq!(stage.leave(&[&ids[0], "stranger"]), [ErrorCode::NONE, ErrorCode::UNKNOWN_MEMBER_ID]);
    assert_eq!(stage.group.state(), ClassicState::PreparingRebalance);
    let again = [&ids[2], &ids[1]].map(|id| stage.join(&request(id, RANGE)));
    for ticket in again {
        assert_eq!((stage.joined(ticket).generation_id, &stage.joined(ticket).leader), (3, &ids[1]));
    }
}

#[test]
fn who_leaves_is_waited_for_no_more_and_waits_no_more() {
    let (mut stage, ids) = Stage::stable(3);
    let again = stage.join(&request(&ids[0], RANGE));
    let gone = stage.join(&request(&ids[1], RANGE));
    assert_eq!(stage.leave(&[&ids[1], &ids[2]]), [ErrorCode::NONE, ErrorCode::NONE]);
    assert_eq!(stage.joined(gone).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!((stage.joined(again).generation_id, stage.joined(again).members.len()), (3, 1));
}

#[test]
fn who_leaves_while_it_waits_for_its_assignment_is_told() {
    let mut stage = Stage::new();
    let (first, _) = stage.arrive(RANGE);
    let (second, _) = stage.arrive(RANGE);
    stage.join(&request(&first, RANGE));
    let ticket = stage.sync(&sync(&second, 2, &[]));
    stage.leave(&[&second]);
    assert_eq!(stage.synced(ticket).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
}

#[test]
fn an_id_that_was_only_given_out_can_be_given_back() {
    let (mut stage, ids) = Stage::stable(1);
    let first = stage.join(&request("", RANGE));
    let pending = stage.joined(first).member_id;
    assert_eq!(stage.leave(&[&pending]), [ErrorCode::NONE]);
    assert_eq!(stage.group.state(), ClassicState::Stable, "nobody is disturbed");

    let first = stage.join(&request("", RANGE));
    let pending = stage.joined(first).member_id;
    let again = stage.join(&request(&ids[0], RANGE));
    assert!(stage.waits(again));
    stage.leave(&[&pending]);
    assert_eq!(stage.joined(again).generation_id, 2);
}
