//! The producer: batches, lingering, partitions, back-pressure, the end.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use fluxmq_protocol::{ApiKey, ErrorCode};

use super::cluster::{FakeCluster, ProduceTurn};
use crate::producer::{Acks, Partitioner, ProducerConfig, ProducerRecord};
use crate::{ClientError, Compression};

/// Nothing goes out by itself within a test.
fn lingering() -> ProducerConfig {
    ProducerConfig::default().linger(Duration::from_secs(60))
}

#[tokio::test]
async fn records_gathered_in_one_batch_learn_their_offsets() {
    let cluster = FakeCluster::start(1, 1).await;
    cluster.state().log(0).append_values(&["old"]);
    let producer = cluster.client().await.producer(lingering()).unwrap();
    let mut deliveries = Vec::new();
    for value in ["a", "b", "c"] {
        deliveries.push(producer.send(ProducerRecord::new("t", value).timestamp(7)).await.unwrap());
    }
    assert_eq!(cluster.state().count(ApiKey::Produce), 0, "the batch lingers");
    producer.flush().await.unwrap();
    for (index, delivery) in deliveries.into_iter().enumerate() {
        let metadata = delivery.await.unwrap();
        assert_eq!((metadata.partition, metadata.offset, metadata.timestamp), (0, 1 + index as i64, 7));
    }
    assert_eq!(cluster.state().count(ApiKey::Produce), 1);
    assert_eq!(cluster.state().log(0).values(), ["old", "a", "b", "c"]);
}

#[tokio::test]
async fn a_full_batch_does_not_linger_and_a_short_linger_needs_no_flush() {
    let cluster = FakeCluster::start(1, 1).await;
    let client = cluster.client().await;
    let producer = client.producer(lingering().batch_size(200)).unwrap();
    let value = Bytes::from(vec![b'x'; 100]);
    let first = producer.send(ProducerRecord::new("t", value.clone())).await.unwrap();
    let second = producer.send(ProducerRecord::new("t", value)).await.unwrap();
    assert_eq!(first.await.unwrap().offset, 0);
    assert_eq!(cluster.state().count(ApiKey::Produce), 1, "the second record opened another batch");
    drop(second);

    let producer = client.producer(ProducerConfig::default().linger(Duration::from_millis(5))).unwrap();
    let delivery = producer.send(ProducerRecord::new("t", "soon")).await.unwrap();
    assert_eq!(delivery.await.unwrap().offset, 1);
}

#[tokio::test]
async fn many_batches_keep_their_order_with_every_codec() {
    for compression in Compression::ALL {
        let cluster = FakeCluster::start(1, 1).await;
        let config = lingering().batch_size(400).compression(compression);
        let producer = cluster.client().await.producer(config).unwrap();
        let values: Vec<String> = (0..500).map(|number| format!("value {number}")).collect();
        let records = values.iter().map(|value| ProducerRecord::new("t", value.clone()));
        let deliveries = producer.send(records.collect::<Vec<_>>()).await.unwrap();
        producer.flush().await.unwrap();
        let offsets: Vec<i64> = deliveries.await.unwrap().iter().map(|metadata| metadata.offset).collect();
        assert_eq!(offsets, (0..500).collect::<Vec<i64>>());
        assert_eq!(cluster.state().log(0).values(), values, "{compression}");
        assert!(cluster.state().count(ApiKey::Produce) > 10);
    }
}

#[tokio::test]
async fn pairs_go_to_the_producers_own_topic() {
    let cluster = FakeCluster::start(1, 1).await;
    let producer = cluster.client().await.topic_producer("t", lingering()).unwrap();
    let timber_resources: BTreeMap<&str, i32> = [("Norway", 100), ("Denmark", 50)].into_iter().collect();
    let deliveries = producer.send(timber_resources).await.unwrap();
    let single = producer.send(("Iceland", 10)).await.unwrap();
    producer.flush().await.unwrap();
    assert_eq!(deliveries.await.unwrap().len(), 2);
    assert_eq!(single.await.unwrap().offset, 2);
    assert_eq!(cluster.state().log(0).values(), ["50", "100", "10"]);

    let producer = cluster.client().await.producer(lingering()).unwrap();
    let error = producer.send(("key", "value")).await.unwrap_err().to_string();
    assert!(error.contains("a record without a topic"), "{error}");
}

#[tokio::test]
async fn partitions_are_chosen_or_given() {
    let cluster = FakeCluster::start(1, 3).await;
    let config = lingering().partitioner(Partitioner::RoundRobin);
    let producer = cluster.client().await.producer(config).unwrap();
    for value in ["a", "b", "c", "d"] {
        drop(producer.send(ProducerRecord::new("t", value)).await.unwrap());
    }
    drop(producer.send(ProducerRecord::new("t", "given").partition(2)).await.unwrap());
    producer.flush().await.unwrap();
    assert_eq!(cluster.state().log(0).values(), ["a", "d"]);
    assert_eq!(cluster.state().log(2).values(), ["c", "given"]);
    let error = producer.send(ProducerRecord::new("t", "x").partition(3)).await.unwrap_err();
    assert_eq!(error.to_string(), "topic `t` has no partition 3, its 3 are numbered from 0");
}

#[tokio::test]
async fn a_topic_that_is_not_there_is_an_error_at_once() {
    let cluster = FakeCluster::start(1, 1).await;
    let producer = cluster.client().await.producer(lingering()).unwrap();
    let error = producer.send(ProducerRecord::new("wrong", "x")).await.unwrap_err();
    assert_eq!(error.error_code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    assert!(error.to_string().starts_with("topic `wrong`: "), "{error}");
}

#[tokio::test]
async fn a_record_that_is_too_large_is_refused_at_once() {
    let cluster = FakeCluster::start(1, 1).await;
    let producer = cluster.client().await.producer(lingering().max_request_size(1000)).unwrap();
    let error = producer.send(ProducerRecord::new("t", vec![0; 1000])).await.unwrap_err();
    assert!(matches!(error, ClientError::InvalidArgument(_)), "{error}");
}

#[tokio::test]
async fn send_waits_for_room_and_nothing_lingers_meanwhile() {
    let cluster = FakeCluster::start(1, 1).await;
    let producer = cluster.client().await.producer(lingering().buffer_memory(300)).unwrap();
    for number in 0..20 {
        let record = ProducerRecord::new("t", vec![b'x'; 100 + number]);
        drop(producer.send(record).await.unwrap());
    }
    producer.flush().await.unwrap();
    assert_eq!(cluster.state().log(0).values().len(), 20);
}

#[tokio::test]
async fn without_acks_nothing_is_waited_for() {
    let cluster = FakeCluster::start(1, 1).await;
    let producer = cluster.client().await.producer(lingering().acks(Acks::None)).unwrap();
    let delivery = producer.send(ProducerRecord::new("t", "x")).await.unwrap();
    producer.flush().await.unwrap();
    assert_eq!(delivery.await.unwrap().offset, -1);
    assert_eq!(cluster.state().count(ApiKey::InitProducerId), 0);
}

#[tokio::test]
async fn closing_delivers_and_dropping_fails_what_is_left() {
    let cluster = FakeCluster::start(1, 1).await;
    let client = cluster.client().await;
    let producer = client.producer(lingering()).unwrap();
    let delivery = producer.send(ProducerRecord::new("t", "x")).await.unwrap();
    let other = producer.clone();
    producer.close().await.unwrap();
    assert_eq!(delivery.await.unwrap().offset, 0);
    assert!(matches!(other.send(ProducerRecord::new("t", "y")).await, Err(ClientError::Closed("producer"))));

    let producer = client.producer(lingering()).unwrap();
    let delivery = producer.send(ProducerRecord::new("t", "lost")).await.unwrap();
    drop(producer);
    assert!(matches!(delivery.await, Err(ClientError::Closed("producer"))));
}

#[tokio::test]
async fn a_refused_batch_fails_its_records_alone() {
    let cluster = FakeCluster::start(1, 2).await;
    cluster.state().produce_script.push_back(ProduceTurn::Refuse(ErrorCode::MESSAGE_TOO_LARGE));
    let producer = cluster.client().await.producer(lingering()).unwrap();
    let a = producer.send(ProducerRecord::new("t", "a").partition(0)).await.unwrap();
    let b = producer.send(ProducerRecord::new("t", "b").partition(1)).await.unwrap();
    producer.flush().await.unwrap();
    let outcomes = [a.await, b.await];
    let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].error_code(), Some(ErrorCode::MESSAGE_TOO_LARGE));
    assert!(refused[0].to_string().starts_with("produce to `t-"), "{}", refused[0]);
    // The numbers of the refused batch are used again: the partition is not stuck.
    for partition in 0..2 {
        let delivery = producer.send(ProducerRecord::new("t", "c").partition(partition)).await.unwrap();
        producer.flush().await.unwrap();
        delivery.await.unwrap();
    }
}
