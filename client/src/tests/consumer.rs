//! The consumer: starts, ends, and the traps of both.

use std::time::Duration;

use bytes::Bytes;
use fluxmq_protocol::messages::fetch::AbortedTransaction;
use fluxmq_protocol::record::{BatchBuilder, Compression, ControlType, EndTransactionMarker};
use fluxmq_protocol::{ApiKey, ErrorCode};
use futures_util::StreamExt;

use super::cluster::{FakeCluster, Log};
use crate::consumer::{Consumer, ConsumerConfig, EndOffset, OffsetReset, StartOffset};
use crate::{Client, IsolationLevel, TopicPartition};

fn bounded(start: StartOffset, end: EndOffset) -> ConsumerConfig {
    ConsumerConfig::topic("t").start(start).end(end)
}

fn whole() -> ConsumerConfig {
    bounded(StartOffset::Beginning, EndOffset::Current)
}

/// Reads to the end of the stream. A test that never ends has found a trap.
async fn read(consumer: &mut Consumer) -> Vec<String> {
    let mut values = Vec::new();
    let reading = async {
        while let Some(records) = consumer.next_batch().await {
            for record in records.unwrap() {
                values.push(record.value_str().unwrap().into_owned());
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reading).await.expect("the stream ends");
    values
}

async fn read_all(cluster: &FakeCluster, config: ConsumerConfig) -> Vec<String> {
    let mut consumer = cluster.client().await.consumer(config).await.unwrap();
    read(&mut consumer).await
}

/// Values "0", "1", ... in batches of three.
fn fill(log: &mut Log, count: usize) {
    let values: Vec<String> = (0..count).map(|number| number.to_string()).collect();
    for values in values.chunks(3) {
        log.append_values(&values.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

fn transactional(producer_id: i64, values: &[&str]) -> Bytes {
    let mut builder = BatchBuilder::new(Compression::None, None);
    builder.set_producer(producer_id, 0, 0);
    builder.set_transactional(true);
    for value in values {
        builder.append(1, None, Some(value.as_bytes()), &[]);
    }
    builder.build().unwrap()
}

fn marker(producer_id: i64, outcome: ControlType) -> Bytes {
    EndTransactionMarker { coordinator_epoch: 0 }.batch(outcome, producer_id, 0, 1).unwrap()
}

#[tokio::test]
async fn every_start_and_every_end() {
    let cluster = FakeCluster::start(1, 1).await;
    fill(cluster.state().log(0), 10);
    for (start, end, expected) in [
        (StartOffset::Beginning, EndOffset::Current, 0..10),
        (StartOffset::Offset(4), EndOffset::Current, 4..10),
        (StartOffset::Offset(4), EndOffset::Offset(7), 4..7),
        (StartOffset::FromBeginning(2), EndOffset::FromEnd(2), 2..8),
        (StartOffset::FromEnd(4), EndOffset::Current, 6..10),
        (StartOffset::FromEnd(400), EndOffset::Current, 0..10),
        (StartOffset::FromEnd(0), EndOffset::Current, 10..10),
        (StartOffset::Beginning, EndOffset::FromBeginning(5), 0..5),
        // The batches' timestamps are 1,000 plus their base offsets.
        (StartOffset::Timestamp(1_003), EndOffset::Timestamp(1_006), 3..6),
        (StartOffset::End, EndOffset::Current, 10..10),
    ] {
        let expected: Vec<String> = expected.map(|number: i32| number.to_string()).collect();
        assert_eq!(read_all(&cluster, bounded(start, end)).await, expected, "{start:?} to {end:?}");
    }
}

#[tokio::test]
async fn trap_1_an_end_behind_the_log_is_the_end_of_the_log() {
    let cluster = FakeCluster::start(1, 2).await;
    fill(cluster.state().log(0), 4);
    fill(cluster.state().log(1), 2);
    let values = read_all(&cluster, bounded(StartOffset::Offset(1), EndOffset::Offset(1_000_000))).await;
    assert_eq!(values.len(), 4);
}

#[tokio::test]
async fn trap_2_the_last_offset_may_be_a_transaction_marker() {
    let cluster = FakeCluster::start(1, 1).await;
    {
        let mut state = cluster.state();
        let log = state.log(0);
        log.append(transactional(5, &["a", "b"]));
        log.append(marker(5, ControlType::Commit));
    }
    assert_eq!(read_all(&cluster, whole()).await, ["a", "b"]);
    let mut consumer = cluster.client().await.consumer(whole().control_records(true)).await.unwrap();
    let mut control = Vec::new();
    while let Some(records) = consumer.next_batch().await {
        control.extend(records.unwrap().into_iter().map(|record| record.is_control));
    }
    assert_eq!(control, [false, false, true]);
}

#[tokio::test]
async fn trap_3_gaps_make_the_last_n_no_fewer() {
    let cluster = FakeCluster::start(1, 1).await;
    {
        let mut state = cluster.state();
        let log = state.log(0);
        fill(log, 3);
        // Compaction has removed 100 offsets, a transaction was aborted.
        log.end += 100;
        log.append_values(&["x"]);
        log.append(transactional(5, &["aborted"]));
        log.append(marker(5, ControlType::Abort));
        log.aborted = vec![AbortedTransaction { producer_id: 5, first_offset: 104 }];
    }
    let committed = |count| {
        bounded(StartOffset::FromEnd(count), EndOffset::Current).isolation(IsolationLevel::ReadCommitted)
    };
    assert_eq!(read_all(&cluster, committed(1)).await, ["x"]);
    assert_eq!(read_all(&cluster, committed(2)).await, ["2", "x"]);
    assert_eq!(read_all(&cluster, committed(9)).await, ["0", "1", "2", "x"]);
}

#[tokio::test]
async fn trap_3_a_missing_last_record_does_not_let_a_later_one_through() {
    let cluster = FakeCluster::start(1, 1).await;
    {
        let mut state = cluster.state();
        let log = state.log(0);
        fill(log, 2);
        log.end = 50;
        log.append_values(&["later"]);
    }
    assert_eq!(read_all(&cluster, bounded(StartOffset::Beginning, EndOffset::Offset(20))).await, ["0", "1"]);
}

#[tokio::test]
async fn trap_4_empty_partitions_are_never_asked_for() {
    let cluster = FakeCluster::start(1, 3).await;
    assert_eq!(read_all(&cluster, whole()).await, Vec::<String>::new());
    assert_eq!(cluster.state().count(ApiKey::Fetch), 0);
    fill(cluster.state().log(1), 5);
    assert_eq!(read_all(&cluster, whole()).await.len(), 5);
}

#[tokio::test]
async fn trap_6_a_moment_in_the_future_is_the_end() {
    let cluster = FakeCluster::start(1, 1).await;
    fill(cluster.state().log(0), 3);
    let mut consumer = cluster
        .client()
        .await
        .consumer(bounded(StartOffset::Timestamp(i64::MAX), EndOffset::Never))
        .await
        .unwrap();
    assert_eq!(consumer.position("t", 0), Some(3));
    cluster.state().log(0).append_values(&["new"]);
    let records = consumer.next_batch().await.unwrap().unwrap();
    assert_eq!(records[0].value_str().unwrap(), "new");
}

#[tokio::test]
async fn aborted_records_are_left_out_of_committed_reads_alone() {
    let cluster = FakeCluster::start(1, 1).await;
    {
        let mut state = cluster.state();
        let log = state.log(0);
        log.append(transactional(5, &["a1"]));
        log.append(transactional(6, &["b1"]));
        log.append_values(&["plain"]);
        log.append(marker(5, ControlType::Abort));
        log.append(transactional(5, &["a2"]));
        log.append(marker(6, ControlType::Commit));
        log.append(marker(5, ControlType::Commit));
        log.aborted = vec![AbortedTransaction { producer_id: 5, first_offset: 0 }];
    }
    assert_eq!(read_all(&cluster, whole()).await, ["a1", "b1", "plain", "a2"]);
    let committed = whole().isolation(IsolationLevel::ReadCommitted);
    assert_eq!(read_all(&cluster, committed).await, ["b1", "plain", "a2"]);
}

#[tokio::test]
async fn the_stream_yields_what_is_written_while_it_runs() {
    let cluster = FakeCluster::start(1, 1).await;
    let config = bounded(StartOffset::Beginning, EndOffset::Never);
    let mut consumer = cluster.client().await.consumer(config).await.unwrap();
    for number in 0..5 {
        cluster.state().log(0).append_values(&[&number.to_string()]);
        let record = consumer.next().await.unwrap().unwrap();
        assert_eq!(
            (record.offset, record.value_str().unwrap().as_ref()),
            (number, number.to_string().as_str())
        );
        assert_eq!(consumer.position("t", 0), Some(number + 1));
        assert_eq!(consumer.lag("t", 0), Some(0));
    }
}

#[tokio::test]
async fn seek_pause_and_fetch() {
    let cluster = FakeCluster::start(1, 1).await;
    fill(cluster.state().log(0), 9);
    let config = bounded(StartOffset::Beginning, EndOffset::Never);
    let mut consumer = cluster.client().await.consumer(config).await.unwrap();
    assert_eq!(consumer.next().await.unwrap().unwrap().offset, 0);
    consumer.seek("t", 0, 7).unwrap();
    assert_eq!(consumer.next().await.unwrap().unwrap().offset, 7);
    let records = consumer.fetch(4).await.unwrap();
    assert_eq!(records.iter().map(|record| record.offset).collect::<Vec<_>>(), [4, 5]);
    assert!(consumer.fetch(9).await.unwrap().is_empty(), "nothing is there yet");

    let all = [TopicPartition::new("t", 0)];
    consumer.pause(&all).unwrap();
    consumer.seek("t", 0, 0).unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(50), consumer.next()).await;
    assert!(waiting.is_err(), "a paused partition yields nothing");
    consumer.resume(&all).unwrap();
    assert_eq!(consumer.next().await.unwrap().unwrap().offset, 0);
    assert!(consumer.seek("t", 5, 0).is_err());
}

#[tokio::test]
async fn an_offset_outside_of_the_log_is_an_error_or_a_new_start() {
    let cluster = FakeCluster::start(1, 1).await;
    {
        let mut state = cluster.state();
        fill(state.log(0), 9);
        state.log(0).start = 3;
    }
    let config = bounded(StartOffset::Offset(1), EndOffset::Current);
    let mut consumer = cluster.client().await.consumer(config.clone()).await.unwrap();
    let error = consumer.next_batch().await.unwrap().unwrap_err();
    assert_eq!(error.error_code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE));
    assert!(error.to_string().starts_with("fetch from `t-0` at offset 1: "), "{error}");
    assert!(consumer.next_batch().await.is_none());
    let values = read_all(&cluster, config.offset_reset(OffsetReset::Beginning)).await;
    assert_eq!(values, ["3", "4", "5", "6", "7", "8"]);
}

#[tokio::test]
async fn the_leader_is_followed() {
    let cluster = FakeCluster::start(2, 1).await;
    fill(cluster.state().log(0), 3);
    let config = bounded(StartOffset::Beginning, EndOffset::Never);
    let mut consumer = cluster.client().await.consumer(config).await.unwrap();
    assert_eq!(consumer.next_batch().await.unwrap().unwrap().len(), 3);
    {
        let mut state = cluster.state();
        let log = state.log(0);
        log.leader = 1;
        log.leader_epoch = 1;
        log.append_values(&["from the new leader"]);
    }
    let records = consumer.next_batch().await.unwrap().unwrap();
    assert_eq!(records[0].value_str().unwrap(), "from the new leader");
    assert_eq!(records[0].leader_epoch, 1);
}

#[tokio::test]
async fn a_damaged_batch_is_an_error_after_what_came_before_it() {
    let cluster = FakeCluster::start(1, 1).await;
    {
        let mut state = cluster.state();
        let log = state.log(0);
        fill(log, 6);
        let mut damaged = log.batches[1].to_vec();
        *damaged.last_mut().unwrap() ^= 1;
        log.batches[1] = damaged.into();
    }
    let mut consumer = cluster.client().await.consumer(whole()).await.unwrap();
    assert_eq!(consumer.next_batch().await.unwrap().unwrap().len(), 3);
    let error = consumer.next_batch().await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "a record batch of `t-0` at offset 3 or after cannot be read or written");
    assert!(consumer.next_batch().await.is_none());
}

#[tokio::test]
async fn topics_and_partitions_that_are_not_there_are_errors() {
    let cluster = FakeCluster::start(1, 2).await;
    let client = cluster.client().await;
    let error = client.consumer(ConsumerConfig::topic("wrong")).await.unwrap_err();
    assert_eq!(error.error_code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    let error = client.consumer(ConsumerConfig::topic("t").partitions([5])).await.unwrap_err();
    assert_eq!(error.to_string(), "topic `t` has no partition 5, its 2 are numbered from 0");
    assert!(client.consumer(ConsumerConfig::default()).await.is_err());
}

#[tokio::test]
async fn a_pattern_names_topics_and_ranges_differ_by_partition() {
    let cluster = FakeCluster::start(1, 2).await;
    fill(cluster.state().log(0), 5);
    fill(cluster.state().log(1), 5);
    let config = ConsumerConfig { topic_pattern: Some("[s-u]".to_owned()), ..ConsumerConfig::default() }
        .start(StartOffset::Beginning)
        .end(EndOffset::Current)
        .range(("t", 1), StartOffset::Offset(2), EndOffset::Offset(3));
    let mut values = read_all(&cluster, config).await;
    values.sort();
    assert_eq!(values, ["0", "1", "2", "2", "3", "4"]);
}

#[tokio::test]
async fn partitions_that_come_up_are_read_from_their_beginning() {
    let cluster = FakeCluster::start(1, 1).await;
    let client = Client::builder()
        .bootstrap(cluster.brokers[0].address())
        .metadata_max_age(Duration::from_millis(20))
        .build()
        .await
        .unwrap();
    let mut consumer = client.consumer(ConsumerConfig::topic("t")).await.unwrap();
    let mut log = Log::default();
    log.append_values(&["early"]);
    cluster.state().logs.insert(("t".to_owned(), 1), log);
    let record = consumer.next().await.unwrap().unwrap();
    assert_eq!((record.partition, record.value_str().unwrap().as_ref()), (1, "early"));
}
