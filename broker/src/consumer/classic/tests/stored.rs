use super::*;
use fluxmq_protocol::consumer_protocol::Subscription;
use fluxmq_protocol::stored::groups::{GroupMetadataValue, GroupRecord, MemberMetadata};

#[test]
fn a_restart_disturbs_nobody() {
    let (mut stage, ids) = Stage::stable(3);
    let before = (stage.group.record(), stage.group.describe());
    stage.restart();
    assert_eq!((stage.group.record(), stage.group.describe()).1, before.1);
    let written = stage.world.log.batches.len();
    // Each has a whole session to be heard of again.
    stage.pass(i64::from(SESSION_MS) - 1);
    for id in &ids {
        assert_eq!(stage.heartbeat(id, 2), ErrorCode::NONE);
        let ticket = stage.sync(&sync(id, 2, &[]));
        assert_eq!(stage.synced(ticket).assignment, id.as_bytes());
        assert_eq!(stage.commit(id, None, 2), Ok(()));
    }
    assert_eq!(stage.group.state(), ClassicState::Stable);
    assert_eq!(stage.world.log.batches.len(), written);
    stage.pass(i64::from(SESSION_MS));
    assert_eq!(stage.group.state(), ClassicState::Empty);
}

#[test]
fn after_a_restart_with_a_lower_limit_those_who_come_first_stay() {
    let (mut stage, ids) = Stage::stable(3);
    stage.world.config.max_size = 2;
    stage.restart();
    assert_eq!(stage.group.state(), ClassicState::PreparingRebalance);
    assert_eq!(stage.heartbeat(&ids[2], 2), ErrorCode::REBALANCE_IN_PROGRESS);
    let first = [&ids[2], &ids[1]].map(|id| stage.join(&request(id, RANGE)));
    let last = stage.join(&request(&ids[0], RANGE));
    assert_eq!(stage.joined(last).error_code, ErrorCode::GROUP_MAX_SIZE_REACHED);
    for ticket in first {
        assert_eq!((stage.joined(ticket).generation_id, &stage.joined(ticket).leader), (3, &ids[1]));
    }
}

#[test]
fn old_and_odd_records_are_understood() {
    let member = |id: &str, instance_id: Option<&str>| MemberMetadata {
        member_id: id.to_owned(),
        group_instance_id: instance_id.map(str::to_owned),
        rebalance_timeout: -1,
        session_timeout: SESSION_MS,
        ..Default::default()
    };
    let value = GroupMetadataValue {
        generation: i32::MAX,
        protocol: Some("range".to_owned()),
        protocol_type: "consumer".to_owned(),
        leader: Some("gone".to_owned()),
        current_state_timestamp: -1,
        members: vec![member("a", Some("i")), member("b", Some("i")), member("a", None)],
    };
    let mut stage = Stage::new();
    stage.group = ClassicGroup::load("g", &value, stage.world.now_ms, &stage.world.config);
    assert_eq!(stage.group.members.len(), 2);
    assert_eq!(stage.group.members.rebalance_timeout_ms(), i64::from(SESSION_MS));
    assert_eq!(stage.group.leader.as_deref(), Some("b"));
    let again = [static_request("i", "b", RANGE), request("a", RANGE)].map(|request| stage.join(&request));
    assert_eq!(again.map(|ticket| stage.joined(ticket).generation_id), [1, 1]);

    let nobody = GroupMetadataValue { members: Vec::new(), ..value };
    let group = ClassicGroup::load("g", &nobody, 0, &stage.world.config);
    assert_eq!((group.state(), group.empty_since(), group.wake_at()), (ClassicState::Empty, None, None));
    assert!(!group.is_unused(), "it was written down");
}

#[test]
fn what_members_say_is_shown_when_it_is_settled() {
    let (mut stage, ids) = Stage::stable(2);
    let shown = stage.group.describe();
    assert_eq!((shown.group_state.as_str(), shown.protocol_type.as_str()), ("Stable", "consumer"));
    assert_eq!((shown.protocol_data.as_str(), shown.members.len()), ("range", 2));
    let first = shown.members.iter().find(|member| member.member_id == ids[0]).unwrap();
    assert_eq!((first.client_id.as_str(), first.client_host.as_str()), ("client", "/127.0.0.1"));
    assert_eq!(
        (&first.member_metadata[..], &first.member_assignment[..]),
        (&b"topics"[..], ids[0].as_bytes())
    );
    stage.arrive(RANGE);
    let shown = stage.group.describe();
    assert_eq!((shown.group_state.as_str(), shown.protocol_data.as_str()), ("PreparingRebalance", ""));
    assert!(shown.members.iter().all(|member| member.member_metadata.is_empty()));
    let first = shown.members.iter().find(|member| member.member_id == ids[0]).unwrap();
    assert_eq!(first.member_assignment, ids[0].as_bytes(), "it still works on what it had");
}

#[test]
fn what_a_group_reads_is_known_of_consumers_that_can_be_understood() {
    let mut stage = Stage::new();
    assert_eq!(stage.group.subscribed_topics(), None);
    let subscription =
        Subscription { topics: vec!["orders".to_owned()], ..Default::default() }.encode(1).unwrap();
    let mut speaks = request("", RANGE);
    speaks.protocols[0].metadata = subscription;
    let ticket = stage.join_as(&speaks, 3);
    let id = stage.joined(ticket).member_id;
    assert_eq!(stage.group.subscribed_topics(), Some(["orders".to_owned()].into()));
    stage.leave(&[&id]);
    assert_eq!(stage.group.subscribed_topics(), Some([].into()));
    stage.arrive(RANGE);
    assert_eq!(stage.group.subscribed_topics(), None);
}

#[test]
fn a_record_is_the_group_as_it_is() {
    let (stage, ids) = Stage::stable(1);
    let GroupRecord::GroupMetadata(key, Some(value)) = stage.group.record() else {
        panic!("a group's record")
    };
    assert_eq!((key.group.as_str(), value.members[0].member_id.as_str()), ("g", ids[0].as_str()));
    assert_eq!(
        (value.members[0].session_timeout, value.members[0].rebalance_timeout),
        (SESSION_MS, REBALANCE_MS)
    );
    assert_eq!(value.current_state_timestamp, 1_700_000_001_000);
}
