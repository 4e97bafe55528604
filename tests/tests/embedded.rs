//! A directory that a storage inside of a program wrote is a broker's, and the other way round.

#![expect(clippy::unwrap_used, reason = "a test may end at the first surprise")]

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use fluxmq::consumer::GroupState;
use fluxmq::storage::HybridStorage;
use fluxmq::{BrokerConfig, BrokerServer, Message, MessageHeader};
use fluxmq_client::{
    Client, ConsumerConfig, ConsumerRecord, EndOffset, GroupConfig, Header, NewTopic, OffsetReset,
    ProducerConfig, ProducerRecord, StartOffset,
};

/// Runs a broker on a directory for as long as `with` takes.
async fn serving<T>(dir: &Path, with: impl AsyncFnOnce(Client) -> T) -> T {
    let config = BrokerConfig {
        host: "127.0.0.1".to_owned(),
        port: 0,
        data_dir: Some(dir.to_owned()),
        ..Default::default()
    };
    let server = BrokerServer::new(config).await.unwrap();
    let (address, shutdown) = (server.local_addr(), server.shutdown_handle());
    let running = tokio::spawn(server.run());
    let client = Client::builder().bootstrap(address.to_string()).build().await.unwrap();
    let found = with(client.clone()).await;
    client.close();
    shutdown.shutdown();
    running.await.unwrap().unwrap();
    found
}

async fn read(client: &Client, topic: &str) -> Vec<ConsumerRecord> {
    let config = ConsumerConfig::topic(topic).start(StartOffset::Beginning).end(EndOffset::Current);
    let mut consumer = client.consumer(config).await.unwrap();
    let mut records = Vec::new();
    while let Some(batch) = consumer.next_batch().await {
        records.extend(batch.unwrap());
    }
    records
}

/// Message `number`: tombstones, headers and keys come and go.
fn message(number: u64) -> Message {
    let tombstone = number.is_multiple_of(5);
    Message {
        key: (!number.is_multiple_of(3)).then(|| format!("key {number}").into_bytes()),
        value: if tombstone { Vec::new() } else { format!("value {number}").into_bytes() },
        timestamp: UNIX_EPOCH + Duration::from_millis(1_700_000_000_000 + number),
        headers: (0..number % 3)
            .map(|index| MessageHeader { key: format!("h{index}"), value: (index > 0).then(|| vec![1, 2]) })
            .collect(),
        tombstone,
    }
}

fn headers(message: &Message) -> Vec<Header> {
    let headers = message.headers.iter();
    headers
        .map(|header| Header { key: header.key.clone().into(), value: header.value.clone().map(Bytes::from) })
        .collect()
}

#[tokio::test]
async fn a_broker_serves_what_a_storage_wrote() {
    let dir = tempfile::tempdir().unwrap();
    let storage = HybridStorage::new(dir.path().join("data")).await.unwrap();
    for first in (0..100).step_by(10) {
        let messages = (first..first + 10).map(message).collect();
        assert_eq!(storage.append("events", 0, messages).await.unwrap(), first as i64);
    }
    storage.append("others", 3, vec![message(1)]).await.unwrap();
    storage.close().await.unwrap();
    let (records, others) = serving(&dir.path().join("data"), async |client| {
        (read(&client, "events").await, read(&client, "others").await)
    })
    .await;
    assert_eq!(records.len(), 100);
    for (number, record) in (0..).zip(&records) {
        let expected = message(number);
        assert_eq!((record.offset, record.timestamp), (number as i64, 1_700_000_000_000 + number as i64));
        assert_eq!(record.key.as_deref(), expected.key.as_deref());
        assert_eq!(record.value.as_deref(), (!expected.tombstone).then_some(&expected.value[..]));
        assert_eq!(record.headers, headers(&expected));
    }
    let places: Vec<_> = others.iter().map(|record| (record.partition, record.offset)).collect();
    assert_eq!(places, [(3, 0)]);
}

#[tokio::test]
async fn a_storage_reads_what_a_broker_wrote() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    serving(&data_dir, async |client| {
        let producer = client.producer(ProducerConfig::default()).unwrap();
        for number in 0..100 {
            let message = message(number);
            let mut record = ProducerRecord::new("events", message.value.clone());
            record.value = (!message.tombstone).then_some(Bytes::from(message.value.clone()));
            record.key = message.key.clone().map(Bytes::from);
            record.headers = headers(&message);
            record.timestamp = Some(1_700_000_000_000 + number as i64);
            drop(producer.send(record).await.unwrap());
        }
        producer.flush().await.unwrap();
    })
    .await;
    let storage = HybridStorage::new(data_dir).await.unwrap();
    let found = storage.fetch("events", 0, 0, 1000).await.unwrap();
    let expected: Vec<_> = (0..100).map(|number| (number as i64, message(number))).collect();
    assert_eq!(found, expected);
    let middle = storage.fetch("events", 0, 42, 7).await.unwrap();
    assert_eq!(middle, expected[42..49]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_sees_the_groups_of_its_broker() {
    let config = |groups| BrokerConfig {
        host: "127.0.0.1".to_owned(),
        port: 0,
        enable_consumer_groups: groups,
        ..Default::default()
    };
    let server = BrokerServer::new(config(true)).await.unwrap();
    let (address, shutdown, groups) = (server.local_addr(), server.shutdown_handle(), server.groups());
    let running = tokio::spawn(server.run());
    let client = Client::builder().bootstrap(address.to_string()).build().await.unwrap();
    client.admin().create_topics(&[NewTopic::new("orders", 3)], false).await.unwrap();
    let producer = client.producer(ProducerConfig::default()).unwrap();
    producer.send(ProducerRecord::new("orders", "one")).await.unwrap().await.unwrap();
    let config_of_member = GroupConfig::new("billing", ["orders"]).auto_offset_reset(OffsetReset::Beginning);
    let mut member = client.group_consumer(config_of_member).unwrap();
    member.next_batch().await.unwrap().unwrap();

    let listed = groups.list_groups().await.unwrap();
    assert_eq!((listed[0].group_id.as_str(), listed[0].state), ("billing", GroupState::Stable));
    let group = groups.describe_group("billing").await.unwrap();
    assert_eq!((group.assignor.as_str(), group.members.len()), ("range", 1));
    let assigned: Vec<_> = (0..3).map(|partition| ("orders".to_owned(), partition)).collect();
    assert_eq!(group.members[0].assignment, assigned);
    member.close().await.unwrap();
    let stats = groups.get_group_stats("billing").await.unwrap();
    assert_eq!((stats.members, stats.total_assigned_partitions, stats.committed_offsets), (0, 0, 3));
    client.close();
    shutdown.shutdown();
    running.await.unwrap().unwrap();

    let off = BrokerServer::new(config(false)).await.unwrap().groups().list_groups().await.unwrap_err();
    assert_eq!(off.to_string(), "consumer groups are off; set `enable_consumer_groups`");
}
