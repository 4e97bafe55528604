//! A client for every Kafka-protocol cluster: FluxMQ, Apache Kafka, Redpanda.
//!
//! In reading order: [`Client`] and its [`ClientBuilder`] are where to start; [`BrokerPool`] and [`Connection`] carry
//! typed requests; [`producer`] writes records, [`consumer`] reads them, [`admin`] manages topics and settings. Every
//! wait has a deadline, every future can be dropped, and no task outlives its handle.
//!
//! # Typed requests
//! ```
//! # use fluxmq_client::{ClientError, MockBroker, MockReply};
//! # #[tokio::main]
//! # async fn main() -> Result<(), ClientError> {
//! # let broker = MockBroker::start(|_| MockReply::Default).await.unwrap();
//! # let address = broker.address();
//! use fluxmq_client::Client;
//! use fluxmq_client::protocol::messages::api_versions::ApiVersionsRequest;
//!
//! let client = Client::builder()
//!     .bootstrap(address) // "localhost:9092"
//!     .client_id("my-app")
//!     .build()
//!     .await?;
//! let resp = client.send(ApiVersionsRequest::default()).await?;
//! println!("broker supports {} APIs", resp.api_keys.len());
//! # assert!(!resp.api_keys.is_empty());
//! client.close();
//! # Ok(())
//! # }
//! ```
//!
//! # Write
//! A record, a pair of key and value, or a whole map. The returned future resolves when the broker has the records.
//! ```no_run
//! # use std::collections::HashMap;
//! # use fluxmq_client::{Client, ClientError, ProducerConfig, ProducerRecord};
//! # async fn example() -> Result<(), ClientError> {
//! let client = Client::connect().await?; // the current profile
//! let producer = client.topic_producer("timber", ProducerConfig::default())?;
//! let timber_resources: HashMap<&str, i32> =
//!     [("Norway", 100), ("Denmark", 50), ("Iceland", 10)]
//!     .into_iter().collect();
//! # #[allow(unused_must_use)] {
//! producer.send(timber_resources).await;
//! # }
//! let delivery = producer.send(ProducerRecord::new("timber", "70").key("Finland")).await?;
//! producer.flush().await?;
//! println!("stored at offset {}", delivery.await?.offset);
//! # Ok(())
//! # }
//! ```
//!
//! # Read
//! One look at an offset, or a stream from anywhere to anywhere.
//! ```no_run
//! # use futures_util::StreamExt;
//! # use fluxmq_client::{Client, ClientError, ConsumerConfig, StartOffset};
//! # async fn example() -> Result<(), ClientError> {
//! let client = Client::connect_with_profile("prod").await?;
//! let mut consumer = client.consumer(ConsumerConfig::topic("timber").partitions([0])).await?;
//! let records = consumer.fetch(100).await;
//! # let records = records?;
//! for record in records {
//!     for (k, v) in record {
//!         println!("{}, {}", k, v);
//!     }
//! }
//!
//! let config = ConsumerConfig::topic("timber").start(StartOffset::FromEnd(10));
//! let mut stream = client.consumer(config).await?;
//! while let Some(record) = stream.next().await {
//!     println!("{:?}", record?.value_str());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Read as a group
//! Members of a group share the partitions of its topics. A record counts as done when the next one is asked for; what
//! is done is committed at intervals, before partitions go to another member, and on close.
//! ```no_run
//! # use futures_util::StreamExt;
//! # use fluxmq_client::{Client, ClientError, GroupConfig, OffsetReset};
//! # async fn example() -> Result<(), ClientError> {
//! let client = Client::connect().await?;
//! let config = GroupConfig::new("sawmill", ["timber"]).auto_offset_reset(OffsetReset::Beginning);
//! let mut member = client.group_consumer(config)?;
//! while let Some(record) = member.next().await {
//!     let record = record?;
//!     println!("{}-{}: {:?}", record.topic, record.partition, record.value_str());
//!     if record.value.is_none() {
//!         break;
//!     }
//! }
//! member.close().await?; // commits, and leaves the group
//! # Ok(())
//! # }
//! ```

pub mod admin;
mod builder;
mod client;
mod config;
mod connect;
mod connection;
pub mod consumer;
mod error;
mod fetch;
mod list_offsets;
mod metadata;
mod metadata_cache;
#[cfg(any(test, feature = "mock"))]
pub mod mock;
mod pool;
pub mod producer;
mod retry;
mod sync;
mod telemetry;
#[cfg(test)]
mod tests;
mod topic_partition;
mod versions;

pub use admin::{Admin, NewTopic};
pub use builder::ClientBuilder;
pub use client::{BrokerHandle, Client};
pub use config::{ConnectionOptions, DnsLookup, MetadataRecovery};
pub use connection::{ClientDuplex, Connection};
pub use consumer::{
    AssignmentStrategy, Consumer, ConsumerConfig, ConsumerRecord, EndOffset, GroupConfig, GroupConsumer,
    GroupProtocol, OffsetReset, RebalanceListener, StartOffset,
};
pub use error::{ClientError, ConnectAttempt};
pub use fetch::{
    EpochEndOffset, FetchQuestion, FetchedRecord, FetchedRecords, fetch_partition,
    fetch_partition_with_isolation, offset_for_leader_epoch,
};
pub use fluxmq_protocol as protocol;
pub use fluxmq_protocol::record::{Compression, Header, TimestampType};
pub use fluxmq_protocol::{ApiKey, ErrorCode, ProtocolRequest, Uuid};
pub use list_offsets::{IsolationLevel, ListedOffset, OffsetSpec};
pub use metadata_cache::{ClusterMetadata, PartitionMetadata, TopicMetadata};
#[cfg(any(test, feature = "mock"))]
pub use mock::{MockBroker, MockReply, MockRequest};
pub use pool::{BrokerInfo, BrokerPool};
pub use producer::{
    Acks, CustomPartitioner, Deliveries, Delivery, Partitioner, Producer, ProducerConfig, ProducerRecord,
    RecordMetadata,
};
pub use topic_partition::TopicPartition;
pub use versions::ApiVersionTable;
