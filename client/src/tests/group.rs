//! A member of a classic group, through all that its coordinator can say.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fluxmq_protocol::consumer_protocol::Subscription;
use fluxmq_protocol::{ApiKey, ErrorCode};
use futures_util::StreamExt;

use super::cluster::{FakeCluster, Log};
use crate::consumer::{Rebalance, RebalanceListener};
use crate::{
    Client, EndOffset, GroupConfig, GroupConsumer, OffsetReset, TopicPartition, admin::OffsetToCommit, sync,
};

/// What a listener heard.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    pub(super) fn lines(&self) -> Vec<String> {
        sync::lock(&self.0).clone()
    }

    fn note(&self, what: &str, partitions: &[TopicPartition]) {
        let numbers: Vec<_> = partitions.iter().map(|partition| partition.partition).collect();
        sync::lock(&self.0).push(format!("{what} {numbers:?}"));
    }
}

impl RebalanceListener for Heard {
    fn assigned(&mut self, partitions: &[TopicPartition], _: &mut Rebalance) {
        self.note("assigned", partitions);
    }

    fn revoked(&mut self, partitions: &[TopicPartition], _: &mut Rebalance) {
        self.note("revoked", partitions);
    }

    fn lost(&mut self, partitions: &[TopicPartition]) {
        self.note("lost", partitions);
    }
}

/// Reads topic `t` from its beginning, and looks after the group often.
pub(super) fn config() -> GroupConfig {
    GroupConfig {
        heartbeat_interval: Duration::from_millis(10),
        timeout: Duration::from_secs(5),
        ..GroupConfig::new("g", ["t"]).auto_offset_reset(OffsetReset::Beginning)
    }
}

pub(super) async fn member(cluster: &FakeCluster, config: GroupConfig) -> (GroupConsumer, Heard) {
    let heard = Heard::default();
    (cluster.client().await.group_consumer_with(config, heard.clone()).unwrap(), heard)
}

/// A cluster with this many values in each of two partitions.
pub(super) async fn cluster(brokers: usize, values: usize) -> FakeCluster {
    let cluster = FakeCluster::start(brokers, 2).await;
    let values: Vec<String> = (0..values).map(|number| number.to_string()).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    for partition in 0..2 {
        cluster.state().log(partition).append_values(&values);
    }
    cluster
}

/// The partitions and offsets of the next so many records.
pub(super) async fn read(consumer: &mut GroupConsumer, count: usize) -> Vec<(i32, i64)> {
    let mut read = Vec::new();
    while read.len() < count {
        let next = tokio::time::timeout(Duration::from_secs(10), consumer.next());
        let record = next.await.expect("a record comes").unwrap().unwrap();
        read.push((record.partition, record.offset));
    }
    read.sort_unstable();
    read
}

/// Asks for records until something is so.
pub(super) async fn until(
    consumer: &mut GroupConsumer,
    cluster: &FakeCluster,
    is_so: impl Fn(&super::coordinator::FakeGroup) -> bool,
) {
    let waiting = async {
        while !is_so(&cluster.state().group) {
            let _ = tokio::time::timeout(Duration::from_millis(5), consumer.next_batch()).await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(10), waiting).await;
    assert!(outcome.is_ok(), "it never came to that: {:?}", cluster.state().group.deeds());
}

/// The first error that is yielded.
pub(super) async fn error(consumer: &mut GroupConsumer) -> crate::ClientError {
    let errors = async {
        loop {
            match consumer.next_batch().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return error,
                None => panic!("the stream ended without an error"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), errors).await.expect("an error comes")
}

#[tokio::test]
async fn a_member_joins_reads_commits_and_leaves() {
    let cluster = cluster(1, 3).await;
    let (mut consumer, heard) = member(&cluster, config()).await;
    assert_eq!(read(&mut consumer, 6).await, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]);
    assert_eq!(consumer.group_metadata().generation, 1);
    consumer.close().await.unwrap();
    let deeds = ["join t as m1 owning 0", "commit t-0@3 NONE", "commit t-1@3 NONE", "leave m1"];
    assert_eq!(cluster.state().group.deeds(), deeds);
    assert_eq!(heard.lines(), ["assigned [0, 1]", "revoked [0, 1]"]);
}

#[tokio::test]
async fn what_is_committed_is_what_was_yielded_and_not_what_was_fetched() {
    let cluster = cluster(1, 9).await;
    let (mut consumer, _) = member(&cluster, config().auto_commit(false)).await;
    let first = read(&mut consumer, 2).await;
    let partition = first[0].0;
    assert_eq!(consumer.position("t", partition), Some(2));
    consumer.commit().await.unwrap();
    assert_eq!(cluster.state().group.committed[&("t".to_owned(), partition)], 2);
    assert_eq!(cluster.state().group.committed[&("t".to_owned(), 1 - partition)], 0);
    read(&mut consumer, 3).await;
    consumer.commit_offsets([OffsetToCommit::new(("t", partition), 4)]).await.unwrap();
    let committed = consumer.committed(&[TopicPartition::new("t", partition)]).await.unwrap();
    assert_eq!(committed[0].1.as_ref().unwrap().offset, 4);
    let before = cluster.state().group.committed.clone();
    consumer.close().await.unwrap();
    assert_eq!(cluster.state().group.committed, before, "without auto commit, closing commits nothing");
}

#[tokio::test]
async fn positions_are_committed_at_intervals_and_only_when_they_have_moved() {
    let cluster = cluster(1, 3).await;
    let config = GroupConfig { auto_commit_interval: Duration::from_millis(5), ..config() };
    let (mut consumer, _) = member(&cluster, config).await;
    read(&mut consumer, 6).await;
    until(&mut consumer, &cluster, |group| group.committed.values().eq(&[3, 3])).await;
    let commits = cluster.state().count(ApiKey::OffsetCommit);
    until(&mut consumer, &cluster, |group| group.times("heartbeat NONE") >= 5).await;
    assert_eq!(cluster.state().count(ApiKey::OffsetCommit), commits);
}

#[tokio::test]
async fn a_rebalance_commits_gives_up_and_goes_on_where_it_was() {
    let cluster = cluster(1, 3).await;
    let (mut consumer, heard) = member(&cluster, config()).await;
    read(&mut consumer, 6).await;
    {
        let mut state = cluster.state();
        let topics = vec!["t".to_owned()];
        state.group.others.insert("a".to_owned(), Subscription { topics, ..Subscription::default() });
        state.group.fail(ApiKey::Heartbeat, ErrorCode::REBALANCE_IN_PROGRESS);
    }
    until(&mut consumer, &cluster, |group| group.generation == 2).await;
    cluster.state().log(1).append_values(&["new"]);
    assert_eq!(read(&mut consumer, 1).await, [(1, 3)]);
    assert_eq!(consumer.assignment(), [TopicPartition::new("t", 1)]);
    let deeds = ["join t as m1 owning 0", "commit t-0@3 NONE", "commit t-1@3 NONE", "join t as m1 owning 0"];
    assert_eq!(cluster.state().group.deeds(), deeds);
    assert_eq!(heard.lines(), ["assigned [0, 1]", "revoked [0, 1]", "assigned [1]"]);
}

#[tokio::test]
async fn a_rebalance_while_the_assignment_is_made_is_joined_again() {
    let cluster = cluster(1, 1).await;
    cluster.state().group.fail(ApiKey::SyncGroup, ErrorCode::REBALANCE_IN_PROGRESS);
    cluster.state().group.fail(ApiKey::JoinGroup, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    let (mut consumer, heard) = member(&cluster, config()).await;
    read(&mut consumer, 2).await;
    let deeds =
        ["join refused: COORDINATOR_LOAD_IN_PROGRESS", "join t as m1 owning 0", "join t as m1 owning 0"];
    assert_eq!(cluster.state().group.deeds(), deeds);
    assert_eq!(heard.lines(), ["assigned [0, 1]"]);
}

#[tokio::test]
async fn a_member_that_was_put_out_loses_its_partitions_and_comes_back_as_another() {
    let cluster = cluster(1, 3).await;
    let (mut consumer, heard) = member(&cluster, config()).await;
    read(&mut consumer, 2).await;
    consumer.commit().await.unwrap();
    cluster.state().group.fail(ApiKey::Heartbeat, ErrorCode::UNKNOWN_MEMBER_ID);
    let again = async {
        while heard.lines().len() < 3 {
            let _ = tokio::time::timeout(Duration::from_millis(5), consumer.next()).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.unwrap();
    assert_eq!(heard.lines(), ["assigned [0, 1]", "lost [0, 1]", "assigned [0, 1]"]);
    assert_eq!(cluster.state().group.times("join t as m2 owning 0"), 1);
    assert_eq!(consumer.group_metadata().member_id, "m2");
}

#[tokio::test]
async fn a_member_whose_name_was_taken_over_ends_with_the_reason() {
    let cluster = cluster(1, 1).await;
    let (mut consumer, _) = member(&cluster, config().group_instance_id("here")).await;
    read(&mut consumer, 2).await;
    cluster.state().group.fail(ApiKey::Heartbeat, ErrorCode::FENCED_INSTANCE_ID);
    assert_eq!(error(&mut consumer).await.error_code(), Some(ErrorCode::FENCED_INSTANCE_ID));
    assert!(consumer.next_batch().await.is_none());
    assert!(consumer.commit().await.is_err());
    assert!(consumer.close().await.is_err(), "the last positions were not committed");
    assert_eq!(cluster.state().group.deeds(), ["join t as m1 owning 0"]);
}

#[tokio::test]
async fn a_static_member_does_not_leave() {
    let cluster = cluster(1, 1).await;
    let (mut consumer, _) = member(&cluster, config().group_instance_id("here")).await;
    read(&mut consumer, 2).await;
    consumer.close().await.unwrap();
    let deeds = ["join t as m1 owning 0", "commit t-0@1 NONE", "commit t-1@1 NONE"];
    assert_eq!(cluster.state().group.deeds(), deeds);
}

#[tokio::test]
async fn a_coordinator_that_moves_is_found_and_costs_no_rebalance() {
    let cluster = cluster(2, 1).await;
    let (mut consumer, heard) = member(&cluster, config()).await;
    read(&mut consumer, 2).await;
    cluster.state().group.coordinator = 1;
    let beats = cluster.state().group.times("heartbeat NONE");
    until(&mut consumer, &cluster, |group| group.times("heartbeat NONE") > beats + 2).await;
    consumer.commit().await.unwrap();
    assert_eq!(cluster.state().group.generation, 1);
    assert_eq!(heard.lines(), ["assigned [0, 1]"]);
}

#[tokio::test]
async fn commits_are_tried_again_where_that_helps_and_fail_where_it_does_not() {
    let cluster = cluster(1, 1).await;
    let (mut consumer, _) = member(&cluster, config().auto_commit(false)).await;
    let refused = consumer.commit_offsets([OffsetToCommit::new(("t", 0), 1)]).await.unwrap_err();
    assert_eq!(refused.error_code(), Some(ErrorCode::REBALANCE_IN_PROGRESS), "it is no member yet");
    read(&mut consumer, 2).await;
    for code in [ErrorCode::NOT_COORDINATOR, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS] {
        cluster.state().group.fail(ApiKey::OffsetCommit, code);
    }
    consumer.commit().await.unwrap();
    for code in [ErrorCode::ILLEGAL_GENERATION, ErrorCode::OFFSET_METADATA_TOO_LARGE] {
        cluster.state().group.fail(ApiKey::OffsetCommit, code);
        assert_eq!(consumer.commit().await.unwrap_err().error_code(), Some(code));
    }
}

#[tokio::test]
async fn a_commit_that_is_tried_again_does_not_overtake_a_later_one() {
    let cluster = cluster(1, 3).await;
    let (mut consumer, _) = member(&cluster, config().auto_commit(false)).await;
    read(&mut consumer, 6).await;
    cluster.state().group.fail(ApiKey::OffsetCommit, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    let early = [OffsetToCommit::new(("t", 0), 1), OffsetToCommit::new(("t", 1), 1)];
    let (early, late) =
        (consumer.commit_offsets(early), consumer.commit_offsets([OffsetToCommit::new(("t", 0), 2)]));
    early.await.unwrap();
    late.await.unwrap();
    assert!(cluster.state().group.committed.values().eq(&[2, 1]), "{:?}", cluster.state().group.deeds());
}

#[tokio::test]
async fn a_commit_without_an_answer_keeps_nobody_busy() {
    let cluster = cluster(1, 3).await;
    let config = GroupConfig { auto_commit_interval: Duration::from_millis(5), ..config() };
    cluster.state().group.unanswered.insert(ApiKey::OffsetCommit, usize::MAX);
    let (mut consumer, _) = member(&cluster, config).await;
    read(&mut consumer, 6).await;
    until(&mut consumer, &cluster, |group| group.times("commit t-0@3 NONE") == 1).await;
    let mut polls = 0;
    let mut next = std::pin::pin!(consumer.next_batch());
    let counted = std::future::poll_fn(|context| {
        polls += 1;
        next.as_mut().poll(context)
    });
    let beats = cluster.state().group.times("heartbeat NONE");
    let beaten = async {
        while cluster.state().group.times("heartbeat NONE") < beats + 20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = counted => panic!("there is no record"),
        () = beaten => {}
    }
    assert!(polls < 1000, "asked {polls} times");
}

#[tokio::test]
async fn a_busy_application_does_not_keep_its_member_from_the_coordinator() {
    let cluster = cluster(1, 1).await;
    cluster.state().group.finding = Duration::from_millis(200);
    cluster.state().group.fail(ApiKey::OffsetFetch, ErrorCode::NOT_COORDINATOR);
    let config = GroupConfig { heartbeat_interval: Duration::from_millis(500), ..config() };
    let (mut consumer, _) = member(&cluster, config).await;
    let is_looking = || cluster.state().count(ApiKey::FindCoordinator) == 2;
    let looking = async {
        while !is_looking() {
            let _ = tokio::time::timeout(Duration::from_millis(5), consumer.next()).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), looking).await.expect("it looks for it again");
    let alive = async {
        while cluster.state().group.times("heartbeat NONE") == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), alive).await.expect("heartbeats go on");
    assert_eq!(read(&mut consumer, 2).await, [(0, 0), (1, 0)]);
}

#[tokio::test]
async fn a_member_that_cannot_go_on_leaves() {
    let cluster = cluster(1, 1).await;
    let (mut consumer, _) = member(&cluster, config()).await;
    read(&mut consumer, 2).await;
    cluster.state().group.fail(ApiKey::Heartbeat, ErrorCode::GROUP_AUTHORIZATION_FAILED);
    assert_eq!(error(&mut consumer).await.error_code(), Some(ErrorCode::GROUP_AUTHORIZATION_FAILED));
    assert_eq!(cluster.state().group.deeds(), ["join t as m1 owning 0", "leave m1"]);
}

#[tokio::test]
async fn a_leader_sees_new_partitions_and_rebalances() {
    let cluster = cluster(1, 1).await;
    let client = Client::builder()
        .bootstrap(cluster.brokers[0].address())
        .metadata_max_age(Duration::from_millis(20))
        .build()
        .await
        .unwrap();
    let mut consumer = client.group_consumer(config()).unwrap();
    read(&mut consumer, 2).await;
    let mut log = Log::default();
    log.append_values(&["early"]);
    cluster.state().logs.insert(("t".to_owned(), 2), log);
    assert_eq!(read(&mut consumer, 1).await, [(2, 0)]);
    assert_eq!(cluster.state().group.generation, 2);
}

#[tokio::test]
async fn a_pattern_takes_up_topics_that_appear() {
    let cluster = cluster(1, 1).await;
    let client = Client::builder()
        .bootstrap(cluster.brokers[0].address())
        .metadata_max_age(Duration::from_millis(20))
        .build()
        .await
        .unwrap();
    let mut config = config();
    config.consumer.topics.clear();
    config.consumer.topic_pattern = Some("t.?".to_owned());
    let mut consumer = client.group_consumer(config).unwrap();
    read(&mut consumer, 2).await;
    cluster.state().logs.insert(("t2".to_owned(), 0), Log::default());
    cluster.state().logs.insert(("other".to_owned(), 0), Log::default());
    until(&mut consumer, &cluster, |group| group.generation == 2).await;
    assert_eq!(cluster.state().group.times("join t,t2 as m1 owning 0"), 1);
}

#[tokio::test]
async fn an_application_that_is_busy_for_too_long_leaves_and_comes_back() {
    let cluster = cluster(1, 3).await;
    let config = GroupConfig { max_poll_interval: Duration::from_millis(100), ..config() };
    let (mut consumer, heard) = member(&cluster, config).await;
    read(&mut consumer, 6).await;
    let left = async {
        while cluster.state().group.times("leave m1") == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), left).await.unwrap();
    until(&mut consumer, &cluster, |group| group.times("join t as m2 owning 0") == 1).await;
    assert_eq!(heard.lines()[..2], ["assigned [0, 1]", "lost [0, 1]"]);
}

#[tokio::test]
async fn an_application_that_waits_for_records_is_not_busy() {
    let cluster = cluster(1, 1).await;
    let config = GroupConfig { max_poll_interval: Duration::from_secs(1), ..config() };
    let (mut consumer, _) = member(&cluster, config).await;
    read(&mut consumer, 2).await;
    let _ = tokio::time::timeout(Duration::from_millis(1500), consumer.next()).await;
    assert_eq!(cluster.state().group.deeds(), ["join t as m1 owning 0"]);
}

#[tokio::test]
async fn without_a_committed_offset_the_configuration_says_where_to_start() {
    let cluster = cluster(1, 3).await;
    cluster.state().group.committed.insert(("t".to_owned(), 0), 2);
    let (mut consumer, _) = member(&cluster, config().auto_offset_reset(OffsetReset::Error)).await;
    let error = error(&mut consumer).await;
    assert!(error.to_string().starts_with("group `g` has committed no offset of `t-1`: "), "{error}");
    assert_eq!(read(&mut consumer, 1).await, [(0, 2)], "the other partitions go on");
    consumer.close().await.unwrap();
    assert_eq!(cluster.state().group.committed.get(&("t".to_owned(), 1)), None);
}

#[tokio::test]
async fn trap_5_a_member_stops_at_the_end_where_it_is_told_to() {
    let cluster = cluster(1, 3).await;
    let mut config = config();
    config.consumer.end = EndOffset::Current;
    for wanted in [6, 0] {
        let (mut consumer, _) = member(&cluster, config.clone()).await;
        let mut count = 0;
        let reading = async {
            while let Some(records) = consumer.next_batch().await {
                count += records.unwrap().len();
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reading).await.expect("the stream ends");
        assert_eq!(count, wanted);
        consumer.close().await.unwrap();
    }
}

/// Moves every partition that it is given to offset 1.
struct Mover;

impl RebalanceListener for Mover {
    fn assigned(&mut self, partitions: &[TopicPartition], rebalance: &mut Rebalance) {
        for partition in partitions {
            assert_eq!(rebalance.position(partition), Some(0));
            rebalance.seek(partition.clone(), 1);
        }
    }

    fn revoked(&mut self, partitions: &[TopicPartition], rebalance: &mut Rebalance) {
        let offsets = partitions.iter().map(|partition| OffsetToCommit::new(partition.clone(), 2));
        rebalance.commit(offsets.collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_listener_chooses_starts_and_commits() {
    let cluster = cluster(1, 3).await;
    let mut consumer = cluster.client().await.group_consumer_with(config(), Mover).unwrap();
    assert_eq!(read(&mut consumer, 4).await, [(0, 1), (0, 2), (1, 1), (1, 2)]);
    consumer.close().await.unwrap();
    assert!(cluster.state().group.committed.values().eq(&[2, 2]), "the listener's offsets win");
}
