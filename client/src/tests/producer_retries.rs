//! The producer when things go wrong: order kept, nothing lost, nothing doubled.

use std::time::Duration;

use fluxmq_protocol::{ApiKey, ErrorCode};

use super::cluster::{FakeCluster, ProduceTurn};
use crate::producer::{Acks, Delivery, Producer, ProducerConfig, ProducerRecord};

fn config() -> ProducerConfig {
    // Each record fills a batch.
    ProducerConfig::default().linger(Duration::from_secs(60)).batch_size(1)
}

async fn send_numbers(producer: &Producer, count: usize) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for number in 0..count {
        deliveries.push(producer.send(ProducerRecord::new("t", number.to_string())).await.unwrap());
    }
    deliveries
}

fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

#[tokio::test]
async fn a_batch_that_is_sent_again_keeps_its_place() {
    for code in
        [ErrorCode::NOT_ENOUGH_REPLICAS, ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorCode::REQUEST_TIMED_OUT]
    {
        for acks in [Acks::All, Acks::Leader] {
            let cluster = FakeCluster::start(1, 1).await;
            let turns = [
                ProduceTurn::Store,
                ProduceTurn::Refuse(code),
                ProduceTurn::Store,
                ProduceTurn::Refuse(code),
            ];
            cluster.state().produce_script.extend(turns);
            let producer = cluster.client().await.producer(config().acks(acks)).unwrap();
            let deliveries = send_numbers(&producer, 10).await;
            for (number, delivery) in deliveries.into_iter().enumerate() {
                assert_eq!(delivery.await.unwrap().offset, number as i64, "{code}");
            }
            assert_eq!(cluster.state().log(0).values(), numbers(10), "{code} with {acks:?}");
        }
    }
}

#[tokio::test]
async fn no_batch_overtakes_the_first_one() {
    let cluster = FakeCluster::start(1, 1).await;
    let refusal = ProduceTurn::Refuse(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    cluster.state().produce_script.extend([refusal, refusal]);
    let producer = cluster.client().await.producer(config()).unwrap();
    for delivery in send_numbers(&producer, 10).await {
        delivery.await.unwrap();
    }
    assert_eq!(cluster.state().log(0).values(), numbers(10));
}

#[tokio::test]
async fn a_batch_whose_answer_was_lost_is_stored_once() {
    let cluster = FakeCluster::start(1, 1).await;
    cluster.state().produce_script.extend([ProduceTurn::Store, ProduceTurn::StoreAndClose]);
    let producer = cluster.client().await.producer(config()).unwrap();
    let deliveries = send_numbers(&producer, 8).await;
    for (number, delivery) in deliveries.into_iter().enumerate() {
        assert_eq!(delivery.await.unwrap().offset, number as i64);
    }
    assert_eq!(cluster.state().log(0).values(), numbers(8));
}

#[tokio::test]
async fn the_leader_is_followed_to_another_broker() {
    let cluster = FakeCluster::start(2, 1).await;
    let producer = cluster.client().await.producer(config()).unwrap();
    let first = producer.send(ProducerRecord::new("t", "0")).await.unwrap();
    first.await.unwrap();
    {
        let mut state = cluster.state();
        let log = state.log(0);
        log.leader = 1;
        log.leader_epoch = 1;
    }
    let second = producer.send(ProducerRecord::new("t", "1")).await.unwrap();
    assert_eq!(second.await.unwrap().offset, 1);
    assert_eq!(cluster.state().log(0).values(), numbers(2));
}

#[tokio::test]
async fn a_leader_that_dies_is_followed_as_well() {
    let mut cluster = FakeCluster::start(2, 1).await;
    cluster.state().log(0).leader = 1;
    let producer = cluster.client().await.producer(config()).unwrap();
    send_numbers(&producer, 1).await.pop().unwrap().await.unwrap();
    let dead = cluster.brokers.pop().unwrap();
    dead.stop().await;
    {
        let mut state = cluster.state();
        let log = state.log(0);
        log.leader = 0;
        log.leader_epoch = 1;
    }
    let delivery = producer.send(ProducerRecord::new("t", "1")).await.unwrap();
    assert_eq!(delivery.await.unwrap().offset, 1);
    assert_eq!(cluster.state().log(0).values(), numbers(2));
}

#[tokio::test]
async fn a_batch_that_is_refused_in_the_middle_leaves_the_others_in_order() {
    let cluster = FakeCluster::start(1, 1).await;
    let turns = [ProduceTurn::Store, ProduceTurn::Refuse(ErrorCode::INVALID_RECORD)];
    cluster.state().produce_script.extend(turns);
    let producer = cluster.client().await.producer(config()).unwrap();
    let deliveries = send_numbers(&producer, 8).await;
    let mut failed = Vec::new();
    for (number, delivery) in deliveries.into_iter().enumerate() {
        if let Err(error) = delivery.await {
            assert_eq!(error.error_code(), Some(ErrorCode::INVALID_RECORD), "{number}: {error}");
            failed.push(number.to_string());
        }
    }
    assert_eq!(failed.len(), 1);
    let expected: Vec<String> = numbers(8).into_iter().filter(|number| !failed.contains(number)).collect();
    assert_eq!(cluster.state().log(0).values(), expected);
}

#[tokio::test]
async fn what_is_not_delivered_in_time_is_given_up_with_the_last_cause() {
    let cluster = FakeCluster::start(1, 1).await;
    let refusal = ProduceTurn::Refuse(ErrorCode::NOT_ENOUGH_REPLICAS);
    cluster.state().produce_script.extend(std::iter::repeat_n(refusal, 10_000));
    let config = config().linger(Duration::ZERO).delivery_timeout(Duration::from_millis(100));
    let producer = cluster.client().await.producer(config).unwrap();
    let delivery = producer.send(ProducerRecord::new("t", "x")).await.unwrap();
    let error = delivery.await.unwrap_err();
    assert_eq!(error.to_string(), "delivering a batch to `t-0` did not finish within 100 ms");
    assert_eq!(error.error_code(), Some(ErrorCode::NOT_ENOUGH_REPLICAS));

    // What comes after the gap starts over and is stored.
    cluster.state().produce_script.clear();
    let delivery = producer.send(ProducerRecord::new("t", "y")).await.unwrap();
    assert_eq!(delivery.await.unwrap().offset, 0);
    assert_eq!(cluster.state().log(0).values(), ["y"]);
}

#[tokio::test]
async fn a_broker_without_the_producer_is_told_anew() {
    let cluster = FakeCluster::start(1, 1).await;
    cluster.state().produce_script.push_back(ProduceTurn::Refuse(ErrorCode::UNKNOWN_PRODUCER_ID));
    let producer = cluster.client().await.producer(config()).unwrap();
    let deliveries = send_numbers(&producer, 6).await;
    for delivery in deliveries {
        delivery.await.unwrap();
    }
    assert_eq!(cluster.state().log(0).values(), numbers(6));
    assert_eq!(cluster.state().count(ApiKey::InitProducerId), 1);
}

#[tokio::test]
async fn a_broker_that_lost_acknowledged_records_is_told_of() {
    let cluster = FakeCluster::start(1, 1).await;
    let producer = cluster.client().await.producer(config()).unwrap();
    send_numbers(&producer, 1).await.pop().unwrap().await.unwrap();
    cluster.state().produce_script.push_back(ProduceTurn::Refuse(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
    let delivery = producer.send(ProducerRecord::new("t", "x")).await.unwrap();
    let error = delivery.await.unwrap_err();
    assert_eq!(error.error_code(), Some(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
    let delivery = producer.send(ProducerRecord::new("t", "y")).await.unwrap();
    delivery.await.unwrap();
}

#[tokio::test]
async fn who_waits_for_room_in_vain_is_told_why() {
    let cluster = FakeCluster::start(1, 1).await;
    let refusal = ProduceTurn::Refuse(ErrorCode::NOT_ENOUGH_REPLICAS);
    cluster.state().produce_script.extend(std::iter::repeat_n(refusal, 10_000));
    let config = config().buffer_memory(100).max_block(Duration::from_millis(100));
    let producer = cluster.client().await.producer(config).unwrap();
    let delivery = producer.send(ProducerRecord::new("t", vec![b'x'; 50])).await.unwrap();
    let error = producer.send(ProducerRecord::new("t", vec![b'x'; 50])).await.unwrap_err();
    assert_eq!(error.error_code(), Some(ErrorCode::NOT_ENOUGH_REPLICAS), "{error}");
    drop(delivery);
}
