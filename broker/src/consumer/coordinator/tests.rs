mod positions;

use std::path::Path;
use std::time::Duration;

use fluxmq_protocol::consumer_protocol::Subscription;
use fluxmq_protocol::messages::consumer_group_heartbeat::ConsumerGroupHeartbeatRequest;
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol};

use super::*;
use crate::api::Broker;
use crate::config::BrokerConfig;
use crate::consumer::{
    Client, ConsumerGroupManager, ConsumerGroupMessage, ConsumerGroupReply, GroupState, MemberAssignment,
    TopicPartitionOffset,
};
use crate::error::FluxmqError;

/// Longer than anything here takes, unless it never comes.
const PATIENCE: Duration = Duration::from_secs(30);

fn join(consumer_id: &str, session_timeout_ms: i32) -> ConsumerGroupMessage {
    ConsumerGroupMessage::JoinGroup {
        group_id: "g".to_owned(),
        consumer_id: consumer_id.to_owned(),
        client_id: "test".to_owned(),
        client_host: "here".to_owned(),
        session_timeout_ms,
        rebalance_timeout_ms: 60_000,
        protocol_type: "consumer".to_owned(),
        group_protocols: Vec::new(),
    }
}

fn sync(consumer_id: &str, generation_id: i32, assignments: &[(&str, &[u8])]) -> ConsumerGroupMessage {
    let assignment = |(consumer_id, assignment): &(&str, &[u8])| MemberAssignment {
        consumer_id: (*consumer_id).to_owned(),
        assignment: assignment.to_vec(),
    };
    ConsumerGroupMessage::SyncGroup {
        group_id: "g".to_owned(),
        generation_id,
        consumer_id: consumer_id.to_owned(),
        assignments: assignments.iter().map(assignment).collect(),
    }
}

fn heartbeat(consumer_id: &str, generation_id: i32) -> ConsumerGroupMessage {
    ConsumerGroupMessage::Heartbeat {
        group_id: "g".to_owned(),
        generation_id,
        consumer_id: consumer_id.to_owned(),
    }
}

/// A commit of another group than the one that most is done to here.
fn commit_of(group: &str) -> ConsumerGroupMessage {
    let mut message = commit("", -1, 1);
    if let ConsumerGroupMessage::OffsetCommit { group_id, .. } = &mut message {
        group.clone_into(group_id);
    }
    message
}

fn commit(consumer_id: &str, generation_id: i32, offset: i64) -> ConsumerGroupMessage {
    let offset = TopicPartitionOffset { topic: "t".to_owned(), partition: 0, offset, metadata: None };
    ConsumerGroupMessage::OffsetCommit {
        group_id: "g".to_owned(),
        consumer_id: consumer_id.to_owned(),
        generation_id,
        retention_time_ms: -1,
        offsets: vec![offset],
    }
}

async fn committed(groups: &ConsumerGroupCoordinator) -> Vec<i64> {
    let fetch = ConsumerGroupMessage::OffsetFetch { group_id: "g".to_owned(), partitions: Vec::new() };
    let Ok(ConsumerGroupReply::OffsetFetch { offsets }) = groups.handle(fetch).await else {
        panic!("no offsets")
    };
    offsets.into_iter().map(|offset| offset.offset).collect()
}

async fn code(groups: &ConsumerGroupCoordinator, message: ConsumerGroupMessage) -> ErrorCode {
    match groups.handle(message).await {
        Ok(_) => ErrorCode::NONE,
        Err(FluxmqError::Refused { code, .. }) => code,
        Err(error) => panic!("{error}"),
    }
}

/// The generation that a member comes into, and whether it leads it.
async fn joined(groups: &ConsumerGroupCoordinator, consumer_id: &str) -> (i32, bool) {
    let reply = groups.handle(join(consumer_id, 30_000)).await.unwrap();
    let ConsumerGroupReply::JoinGroup { generation_id, leader_id, .. } = reply else { panic!("{reply:?}") };
    (generation_id, leader_id == consumer_id)
}

async fn state_is(groups: &ConsumerGroupCoordinator, expected: GroupState) {
    let manager = ConsumerGroupManager::over(groups.clone());
    let reached = async {
        while manager.describe_group("g").await.unwrap().state != expected {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, reached)
        .await
        .unwrap_or_else(|_| panic!("the group is never {expected:?}"));
}

#[tokio::test]
async fn members_hear_of_each_other_and_get_what_the_leader_assigns() {
    let groups = ConsumerGroupCoordinator::new(ConsumerGroupConfig::default());
    assert_eq!(joined(&groups, "a").await, (1, true));
    assert_eq!(code(&groups, sync("a", 1, &[("a", b"all")])).await, ErrorCode::NONE);
    assert_eq!(code(&groups, heartbeat("a", 1)).await, ErrorCode::NONE);
    let newcomer = groups.clone();
    let newcomer = tokio::spawn(async move { joined(&newcomer, "b").await });
    state_is(&groups, GroupState::PreparingRebalance).await;
    assert_eq!(code(&groups, heartbeat("a", 1)).await, ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(joined(&groups, "a").await, (2, true));
    assert_eq!(newcomer.await.unwrap(), (2, false));
    let follower = groups.clone();
    let follower = tokio::spawn(async move { follower.handle(sync("b", 2, &[])).await });
    let half = groups.handle(sync("a", 2, &[("a", b"left"), ("b", b"right")])).await.unwrap();
    assert_eq!(half, ConsumerGroupReply::SyncGroup { assignment: b"left".to_vec() });
    assert_eq!(
        follower.await.unwrap().unwrap(),
        ConsumerGroupReply::SyncGroup { assignment: b"right".to_vec() }
    );
    assert_eq!(code(&groups, commit("b", 1, 5)).await, ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(code(&groups, commit("b", 2, 5)).await, ErrorCode::NONE);
    assert_eq!(committed(&groups).await, [5]);
}

#[tokio::test]
async fn a_group_changes_its_protocol_with_the_first_member_and_back_with_the_last() {
    let groups = ConsumerGroupCoordinator::new(ConsumerGroupConfig::default());
    let client = Client { id: "c", host: "/here" };
    let mut request = JoinGroupRequest {
        group_id: "g".to_owned(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "consumer".to_owned(),
        protocols: vec![JoinGroupRequestProtocol {
            name: "range".to_owned(),
            metadata: Subscription::default().encode(3).unwrap(),
        }],
        ..Default::default()
    };
    let joined = groups.join(client, &request, 3).await;
    request.member_id.clone_from(&joined.member_id);
    assert_eq!(code(&groups, sync(&joined.member_id, 1, &[])).await, ErrorCode::NONE);
    let mut beat = ConsumerGroupHeartbeatRequest {
        group_id: "g".to_owned(),
        member_id: "m".to_owned(),
        member_epoch: 2,
        rebalance_timeout_ms: 30_000,
        subscribed_topic_names: Some(vec!["t".to_owned()]),
        topic_partitions: Some(Vec::new()),
        ..Default::default()
    };
    let refused = groups.consumer_heartbeat(client, &beat, 1).await;
    assert_eq!(refused.error_code, ErrorCode::GROUP_ID_NOT_FOUND);
    let wrong = ConsumerGroupHeartbeatRequest { member_epoch: -3, ..beat.clone() };
    assert_eq!(groups.consumer_heartbeat(client, &wrong, 1).await.error_code, ErrorCode::INVALID_REQUEST);
    assert_eq!(code(&groups, heartbeat(&joined.member_id, 1)).await, ErrorCode::NONE);
    beat.member_epoch = 0;
    let accepted = groups.consumer_heartbeat(client, &beat, 1).await;
    assert_eq!((accepted.error_code, accepted.member_epoch), (ErrorCode::NONE, 2));
    let rebalances = ErrorCode::REBALANCE_IN_PROGRESS;
    assert_eq!(code(&groups, heartbeat(&joined.member_id, 1)).await, rebalances);
    assert_eq!(groups.join(client, &request, 3).await.generation_id, 2);
    beat.member_epoch = -1;
    assert_eq!(groups.consumer_heartbeat(client, &beat, 1).await.error_code, ErrorCode::NONE);
    assert_eq!(code(&groups, heartbeat(&joined.member_id, 2)).await, rebalances);
    assert_eq!(groups.join(client, &request, 3).await.generation_id, 3);
}

#[tokio::test]
async fn who_is_refused_leaves_a_group_without_members_as_it_is() {
    let groups = ConsumerGroupCoordinator::new(ConsumerGroupConfig::default());
    let client = Client { id: "c", host: "/here" };
    let mut beat = ConsumerGroupHeartbeatRequest {
        group_id: "g".to_owned(),
        member_id: "m".to_owned(),
        rebalance_timeout_ms: 30_000,
        subscribed_topic_names: Some(vec!["t".to_owned()]),
        topic_partitions: Some(Vec::new()),
        ..Default::default()
    };
    for member_epoch in [0, -1] {
        beat.member_epoch = member_epoch;
        assert_eq!(groups.consumer_heartbeat(client, &beat, 1).await.error_code, ErrorCode::NONE);
    }
    for (member_id, session_timeout_ms, refused) in [
        ("", 5_999, ErrorCode::INVALID_SESSION_TIMEOUT),
        ("", 1_800_001, ErrorCode::INVALID_SESSION_TIMEOUT),
        ("m", 30_000, ErrorCode::UNKNOWN_MEMBER_ID),
    ] {
        let request = JoinGroupRequest {
            group_id: "g".to_owned(),
            member_id: member_id.to_owned(),
            session_timeout_ms,
            protocol_type: "consumer".to_owned(),
            ..Default::default()
        };
        let answer = groups.join(client, &request, 3).await;
        assert_eq!((answer.error_code, answer.member_id.as_str()), (refused, member_id));
        assert!(groups.describe_consumer("g").await.unwrap().is_some());
    }
}

#[tokio::test]
async fn what_no_member_would_say_is_refused_before_it_matters_which_group_it_is() {
    let groups = ConsumerGroupCoordinator::new(ConsumerGroupConfig::default());
    let connect = ConsumerGroupMessage::JoinGroup {
        group_id: "g".to_owned(),
        consumer_id: "a".to_owned(),
        client_id: "test".to_owned(),
        client_host: "here".to_owned(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 60_000,
        protocol_type: "connect".to_owned(),
        group_protocols: Vec::new(),
    };
    groups.handle(connect).await.unwrap();
    let mut beat = ConsumerGroupHeartbeatRequest {
        group_id: "g".to_owned(),
        member_id: "m".to_owned(),
        rebalance_timeout_ms: 30_000,
        subscribed_topic_names: Some(Vec::new()),
        topic_partitions: Some(Vec::new()),
        server_assignor: Some("best".to_owned()),
        ..Default::default()
    };
    let client = Client { id: "c", host: "/here" };
    let refused = groups.consumer_heartbeat(client, &beat, 1).await;
    assert_eq!(refused.error_code, ErrorCode::UNSUPPORTED_ASSIGNOR);
    beat.server_assignor = None;
    let refused = groups.consumer_heartbeat(client, &beat, 1).await;
    assert_eq!(refused.error_code, ErrorCode::GROUP_ID_NOT_FOUND);
}

#[tokio::test]
async fn a_silent_member_is_gone_after_its_session() {
    let config = ConsumerGroupConfig { min_session_timeout_ms: 1, ..Default::default() };
    let groups = ConsumerGroupCoordinator::new(config);
    groups.handle(join("a", 20)).await.unwrap();
    groups.handle(sync("a", 1, &[])).await.unwrap();
    state_is(&groups, GroupState::Empty).await;
    assert_eq!(code(&groups, heartbeat("a", 1)).await, ErrorCode::UNKNOWN_MEMBER_ID);
}

#[tokio::test]
async fn who_waits_is_sent_away_when_the_broker_stops() {
    let groups = ConsumerGroupCoordinator::new(ConsumerGroupConfig::default());
    assert_eq!(joined(&groups, "a").await, (1, true));
    groups.handle(sync("a", 1, &[])).await.unwrap();
    let waiting = groups.clone();
    let waiting = tokio::spawn(async move { code(&waiting, join("b", 30_000)).await });
    state_is(&groups, GroupState::PreparingRebalance).await;
    groups.stop();
    assert_eq!(waiting.await.unwrap(), ErrorCode::NOT_COORDINATOR);
}

#[tokio::test]
async fn who_is_refused_is_not_waited_for() {
    let groups = ConsumerGroupCoordinator::new(ConsumerGroupConfig::default());
    joined(&groups, "a").await;
    let mut stranger = join("b", 1_800_000);
    if let ConsumerGroupMessage::JoinGroup { protocol_type, .. } = &mut stranger {
        "connect".clone_into(protocol_type);
    }
    assert_eq!(code(&groups, stranger).await, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    groups.handle(sync("a", 1, &[])).await.unwrap();
    let again = tokio::time::timeout(PATIENCE, joined(&groups, "a")).await;
    assert_eq!(again.unwrap(), (2, true));
}

#[tokio::test]
async fn a_group_that_was_never_more_than_asked_for_leaves_nothing() {
    let groups = ConsumerGroupCoordinator::new(ConsumerGroupConfig::default());
    assert_eq!(code(&groups, commit("stranger", 3, 1)).await, ErrorCode::GROUP_ID_NOT_FOUND);
    assert_eq!(code(&groups, heartbeat("stranger", 3)).await, ErrorCode::UNKNOWN_MEMBER_ID);
    assert!(groups.inner.slots().is_empty());
}

fn config(dir: &Path) -> BrokerConfig {
    BrokerConfig {
        host: "127.0.0.1".to_owned(),
        port: 0,
        enable_consumer_groups: true,
        data_dir: Some(dir.to_owned()),
        ..Default::default()
    }
}

async fn open(dir: &Path) -> Broker {
    crate::opening::open(config(dir)).await.unwrap().broker
}

#[tokio::test]
async fn a_restart_loses_nothing_and_disturbs_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let broker = open(dir.path()).await;
    broker.topics.auto_create("t").await.unwrap();
    let groups = broker.groups.clone().unwrap();
    assert_eq!(joined(&groups, "a").await, (1, true));
    groups.handle(sync("a", 1, &[("a", b"all")])).await.unwrap();
    assert_eq!(code(&groups, commit("a", 1, 7)).await, ErrorCode::NONE);
    // As if it were killed: nothing is written down for an orderly stop.
    drop(groups);
    drop(broker);
    let broker = open(dir.path()).await;
    let groups = broker.groups.clone().unwrap();
    assert_eq!(code(&groups, heartbeat("a", 1)).await, ErrorCode::NONE);
    let manager = ConsumerGroupManager::over(groups.clone());
    assert_eq!(manager.describe_group("g").await.unwrap().state, GroupState::Stable);
    assert_eq!(committed(&groups).await, [7]);
    let reply = groups.handle(sync("a", 1, &[])).await.unwrap();
    assert_eq!(reply, ConsumerGroupReply::SyncGroup { assignment: b"all".to_vec() });
}

#[tokio::test]
async fn a_group_whose_past_is_damaged_is_not_served_and_its_neighbours_are() {
    let dir = tempfile::tempdir().unwrap();
    let broker = open(dir.path()).await;
    broker.topics.auto_create("t").await.unwrap();
    let groups = broker.groups.clone().unwrap();
    for offset in [1, 2] {
        assert_eq!(code(&groups, commit("", -1, offset)).await, ErrorCode::NONE);
    }
    assert_eq!(code(&groups, commit_of("neighbour")).await, ErrorCode::NONE);
    drop(groups);
    drop(broker);
    // The place of group `g`.
    let log = dir.path().join("__consumer_offsets-3/00000000000000000000.log");
    let good = std::fs::read(&log).unwrap();
    let mut damaged = good.clone();
    damaged[70] ^= 1;
    std::fs::write(&log, damaged).unwrap();
    {
        let broker = open(dir.path()).await;
        let groups = broker.groups.clone().unwrap();
        let fetch = ConsumerGroupMessage::OffsetFetch { group_id: "g".to_owned(), partitions: Vec::new() };
        for message in [commit("", -1, 3), join("", 10_000), heartbeat("a", 1), sync("a", 1, &[]), fetch] {
            assert_eq!(code(&groups, message).await, ErrorCode::COORDINATOR_NOT_AVAILABLE);
        }
        let manager = ConsumerGroupManager::over(groups.clone());
        let listed: Vec<_> =
            manager.list_groups().await.unwrap().into_iter().map(|group| group.group_id).collect();
        assert_eq!(listed, ["neighbour"]);
        assert_eq!(code(&groups, commit_of("neighbour")).await, ErrorCode::NONE);
    }
    std::fs::write(&log, good).unwrap();
    let broker = open(dir.path()).await;
    assert_eq!(committed(&broker.groups.clone().unwrap()).await, [2]);
}
