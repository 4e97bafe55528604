//! A member of a group of the newer protocol (KIP-848).

use std::time::Duration;

use fluxmq_protocol::{ApiKey, ErrorCode};

use super::cluster::FakeCluster;
use super::group::{self, cluster, member, read, until};
use crate::{GroupConfig, GroupProtocol, TopicPartition};

fn config() -> GroupConfig {
    group::config().protocol(GroupProtocol::Consumer)
}

async fn with_target(values: usize, target: &[i32]) -> FakeCluster {
    let cluster = cluster(1, values).await;
    cluster.state().group.target = target.to_vec();
    cluster
}

#[tokio::test]
async fn the_coordinator_assigns_and_hears_what_is_owned() {
    let cluster = with_target(2, &[0, 1]).await;
    let (mut consumer, heard) = member(&cluster, config()).await;
    assert_eq!(read(&mut consumer, 4).await, [(0, 0), (0, 1), (1, 0), (1, 1)]);
    until(&mut consumer, &cluster, |group| group.owned.len() == 2).await;
    cluster.state().group.target = vec![1];
    until(&mut consumer, &cluster, |group| group.owned.len() == 1).await;
    assert_eq!(consumer.assignment(), [TopicPartition::new("t", 1)]);
    consumer.close().await.unwrap();
    let deeds =
        ["join t", "owns {0, 1}", "commit t-0@2 NONE", "owns {1}", "commit t-1@2 NONE", "leave with -1"];
    assert_eq!(cluster.state().group.deeds(), deeds, "committed before it is given up");
    assert_eq!(heard.lines(), ["assigned [0, 1]", "revoked [0]", "assigned []", "revoked [1]"]);
}

#[tokio::test]
async fn a_member_that_was_fenced_loses_its_partitions_and_joins_again() {
    let cluster = with_target(1, &[0, 1]).await;
    let (mut consumer, heard) = member(&cluster, config().auto_commit(false)).await;
    read(&mut consumer, 2).await;
    cluster.state().group.fail(ApiKey::ConsumerGroupHeartbeat, ErrorCode::FENCED_MEMBER_EPOCH);
    assert_eq!(read(&mut consumer, 2).await, [(0, 0), (1, 0)], "nothing was committed");
    assert_eq!(heard.lines(), ["assigned [0, 1]", "lost [0, 1]", "assigned [0, 1]"]);
    assert_eq!(cluster.state().group.times("join t"), 2);
}

#[tokio::test]
async fn a_static_member_leaves_for_a_while() {
    let cluster = with_target(1, &[0]).await;
    let (mut consumer, _) = member(&cluster, config().group_instance_id("here")).await;
    read(&mut consumer, 1).await;
    consumer.close().await.unwrap();
    assert_eq!(cluster.state().group.times("leave with -2"), 1);
}

#[tokio::test]
async fn who_closes_before_it_knows_whether_it_has_joined_leaves() {
    let cluster = with_target(1, &[0]).await;
    cluster.state().group.unanswered.insert(ApiKey::ConsumerGroupHeartbeat, 1);
    let (mut consumer, _) = member(&cluster, config()).await;
    until(&mut consumer, &cluster, |group| group.times("join t") == 1).await;
    consumer.close().await.unwrap();
    assert_eq!(cluster.state().group.times("leave with -1"), 1);
}

#[tokio::test]
async fn what_the_coordinator_refuses_for_good_ends_the_stream() {
    let cluster = with_target(1, &[0]).await;
    cluster.state().group.fail(ApiKey::ConsumerGroupHeartbeat, ErrorCode::UNSUPPORTED_ASSIGNOR);
    let (mut consumer, _) = member(&cluster, config()).await;
    assert_eq!(group::error(&mut consumer).await.error_code(), Some(ErrorCode::UNSUPPORTED_ASSIGNOR));
    assert!(consumer.next_batch().await.is_none());
}

#[tokio::test]
async fn a_pattern_is_matched_by_the_coordinator() {
    let cluster = with_target(1, &[0, 1]).await;
    let mut config = config();
    config.consumer.topics.clear();
    config.consumer.topic_pattern = Some("t.?".to_owned());
    let (mut consumer, _) = member(&cluster, config).await;
    assert_eq!(read(&mut consumer, 2).await, [(0, 0), (1, 0)]);
    assert_eq!(cluster.state().group.deeds()[0], "join  and /t.?/");
}

#[tokio::test]
async fn a_commit_follows_the_epoch() {
    let cluster = with_target(1, &[0, 1]).await;
    let (mut consumer, _) = member(&cluster, config().auto_commit(false)).await;
    read(&mut consumer, 2).await;
    cluster.state().group.fail(ApiKey::OffsetCommit, ErrorCode::STALE_MEMBER_EPOCH);
    consumer.commit().await.unwrap();
    assert!(cluster.state().group.committed.values().eq(&[1, 1]));
}

#[tokio::test]
async fn an_application_that_is_busy_for_too_long_leaves_and_comes_back() {
    let cluster = with_target(1, &[0, 1]).await;
    let config = GroupConfig { max_poll_interval: Duration::from_millis(100), ..config() };
    let (mut consumer, heard) = member(&cluster, config).await;
    read(&mut consumer, 2).await;
    let left = async {
        while cluster.state().group.times("leave with -1") == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), left).await.unwrap();
    until(&mut consumer, &cluster, |group| group.times("join t") == 2).await;
    assert_eq!(heard.lines()[..2], ["assigned [0, 1]", "lost [0, 1]"]);
}
