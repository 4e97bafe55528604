//! A client for every Kafka-protocol cluster: FluxMQ, Apache Kafka, Redpanda.
//!
//! In reading order: [`Client`] and its [`ClientBuilder`] are where to start; `pool` and `connection` carry typed
//! requests; [`producer`] writes records, [`consumer`] reads them, [`admin`] manages topics and settings. Every wait
//! has a deadline, every future can be dropped, and no task outlives its handle.

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
pub use consumer::{Consumer, ConsumerConfig, ConsumerRecord, EndOffset, OffsetReset, StartOffset};
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
