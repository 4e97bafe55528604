//! Committed offsets: who may store them, how long they stay, and how they go.

use fluxmq_protocol::Uuid;
use fluxmq_protocol::messages::consumer_group_heartbeat::TopicPartitions;

use super::*;
use crate::consumer::GroupProtocol;
use crate::consumer::offsets::{CommittedOffset, OffsetCommit};

#[tokio::test]
async fn expired_offsets_go_and_then_the_group() {
    let config = ConsumerGroupConfig { offsets_retention_ms: -1, ..Default::default() };
    let groups = ConsumerGroupCoordinator::new(config);
    assert_eq!(code(&groups, commit("", -1, 5)).await, ErrorCode::NONE);
    assert_eq!(groups.inner.slots().len(), 1);
    groups.inner.expire_offsets();
    assert!(groups.inner.slots().is_empty());
}

#[tokio::test]
async fn any_number_of_offsets_can_be_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let config = || {
        let mut config = config(dir.path());
        // Of a thousand offsets neither the records nor the tombstones go into one batch.
        config.set("message.max.bytes", "20000").unwrap();
        config
    };
    for how in ["expired", "without a topic", "with the group"] {
        let broker = crate::opening::open(config()).await.unwrap().broker;
        let groups = broker.groups.clone().unwrap();
        for first in (0..1_000).step_by(100) {
            let mut commits: Vec<_> =
                (first..first + 100).map(|partition| of_topic(Uuid::nil(), partition)).collect();
            for commit in &mut commits {
                commit.offset.expire_timestamp_ms = (how == "expired").then_some(0);
            }
            let nobody = Committer { member_id: "", instance_id: None, epoch: -1, version: 9 };
            assert_eq!(groups.commit("g", nobody, commits).await, Ok(()));
        }
        match how {
            "expired" => groups.inner.expire_offsets(),
            "without a topic" => groups.forget_missing_topics().await.unwrap(),
            _ => groups.delete("g").await.unwrap(),
        }
        assert!(committed(&groups).await.is_empty(), "{how}");
        drop((groups, broker));
        let broker = crate::opening::open(config()).await.unwrap().broker;
        assert!(committed(broker.groups.as_ref().unwrap()).await.is_empty(), "{how}");
    }
}

/// A join of somebody who reads `u`.
fn reader(consumer_id: &str) -> ConsumerGroupMessage {
    let subscription = Subscription { topics: vec!["u".to_owned()], ..Default::default() };
    let mut join = join(consumer_id, 30_000);
    if let ConsumerGroupMessage::JoinGroup { group_protocols, .. } = &mut join {
        let metadata = subscription.encode(0).unwrap().to_vec();
        group_protocols.push(GroupProtocol { name: "range".to_owned(), metadata });
    }
    join
}

#[tokio::test]
async fn no_offset_expires_while_members_join() {
    let config = ConsumerGroupConfig { offsets_retention_ms: -1, ..Default::default() };
    let groups = ConsumerGroupCoordinator::new(config);
    assert_eq!(code(&groups, reader("a")).await, ErrorCode::NONE);
    assert_eq!(code(&groups, sync("a", 1, &[])).await, ErrorCode::NONE);
    assert_eq!(code(&groups, commit("a", 1, 5)).await, ErrorCode::NONE);
    let newcomer = groups.clone();
    let newcomer = tokio::spawn(async move { code(&newcomer, reader("b")).await });
    state_is(&groups, GroupState::PreparingRebalance).await;
    groups.inner.expire_offsets();
    assert_eq!(committed(&groups).await, [5], "somebody may be about to read it");
    assert_eq!(code(&groups, reader("a")).await, ErrorCode::NONE);
    assert_eq!(newcomer.await.unwrap(), ErrorCode::NONE);
    groups.inner.expire_offsets();
    assert_eq!(committed(&groups).await, [5], "the leader has not assigned yet");
    assert_eq!(code(&groups, sync("a", 2, &[])).await, ErrorCode::NONE);
    groups.inner.expire_offsets();
    assert!(committed(&groups).await.is_empty());
}

#[tokio::test]
async fn offsets_in_memory_expire_too() {
    let config = ConsumerGroupConfig {
        offsets_retention_ms: -1,
        offsets_retention_check_interval_ms: 1,
        ..Default::default()
    };
    let groups = ConsumerGroupCoordinator::new(config);
    assert_eq!(code(&groups, commit("", -1, 5)).await, ErrorCode::NONE);
    let gone = async {
        while !committed(&groups).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
}

#[tokio::test]
async fn a_commit_that_comes_after_the_end_of_its_topic_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let broker = open(dir.path()).await;
    let groups = broker.groups.clone().unwrap();
    let old = broker.topics.auto_create("t").await.unwrap().id;
    broker.topics.delete("t").await.unwrap();
    groups.forget_missing_topics().await.unwrap();
    for new in [None, Some(broker.topics.auto_create("t").await.unwrap().id)] {
        let late = of_topic(old, 0);
        let nobody = Committer { member_id: "", instance_id: None, epoch: -1, version: 9 };
        assert!(groups.commit("g", nobody, vec![late]).await.is_ok(), "as if it had come before");
        assert!(committed(&groups).await.is_empty(), "{new:?}");
    }
}

/// An offset of a partition of `t`, by the topic's id.
fn of_topic(topic_id: Uuid, partition: i32) -> OffsetCommit {
    let offset = CommittedOffset {
        offset: 5,
        leader_epoch: -1,
        metadata: String::new(),
        commit_timestamp_ms: 0,
        expire_timestamp_ms: None,
        topic_id,
    };
    OffsetCommit { topic: "t".to_owned(), partition, offset }
}

#[tokio::test]
async fn a_member_that_is_late_for_one_partition_commits_none() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.set("group.consumer.assignment.interval.ms", "0").unwrap();
    config.set("num.partitions", "2").unwrap();
    let broker = crate::opening::open(config).await.unwrap().broker;
    let groups = broker.groups.clone().unwrap();
    let topic_id = broker.topics.auto_create("t").await.unwrap().id;
    let beat = async |member_id: &str, member_epoch, partitions: Option<Vec<i32>>| {
        let owned = |partitions| vec![TopicPartitions { topic_id, partitions }];
        let joins = member_epoch == 0;
        let request = ConsumerGroupHeartbeatRequest {
            group_id: "g".to_owned(),
            member_id: member_id.to_owned(),
            member_epoch,
            rebalance_timeout_ms: if joins { 30_000 } else { -1 },
            subscribed_topic_names: joins.then(|| vec!["t".to_owned()]),
            topic_partitions: partitions.map(owned).or(joins.then(Vec::new)),
            ..Default::default()
        };
        let response = groups.consumer_heartbeat(Client { id: "c", host: "/here" }, &request, 1).await;
        assert_eq!(response.error_code, ErrorCode::NONE, "{:?}", response.error_message);
        response
    };
    let first = beat("a", 0, None).await.member_epoch;
    beat("a", first, Some(vec![0, 1])).await;
    beat("b", 0, None).await;
    let told = beat("a", first, Some(vec![0, 1])).await.assignment.unwrap();
    let kept = told.topic_partitions[0].partitions.clone();
    assert_eq!(kept.len(), 1);
    assert!(beat("a", first, Some(kept.clone())).await.member_epoch > first);
    let late = Committer { member_id: "a", instance_id: None, epoch: first, version: 9 };
    let both = vec![of_topic(topic_id, 0), of_topic(topic_id, 1)];
    assert_eq!(groups.commit("g", late, both).await.unwrap_err(), ErrorCode::STALE_MEMBER_EPOCH);
    assert!(committed(&groups).await.is_empty());
    assert!(groups.commit("g", late, vec![of_topic(topic_id, kept[0])]).await.is_ok());
    assert_eq!(committed(&groups).await, [5]);
}

#[tokio::test]
async fn a_program_commits_for_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let broker = open(dir.path()).await;
    let groups = broker.groups.clone().unwrap();
    assert_eq!(code(&groups, commit("", -1, 5)).await, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    assert!(groups.inner.slots().is_empty());
    broker.topics.auto_create("t").await.unwrap();
    assert_eq!(code(&groups, commit("", -1, 5)).await, ErrorCode::NONE);
    // It is known which topic is meant.
    broker.topics.delete("t").await.unwrap();
    broker.topics.auto_create("t").await.unwrap();
    groups.forget_missing_topics().await.unwrap();
    assert!(committed(&groups).await.is_empty());
}
