//! A client for every Kafka-protocol cluster: FluxMQ, Apache Kafka, Redpanda.
//!
//! In reading order: [`Client`] and its [`ClientBuilder`] are where to start; `pool` and `connection` carry typed
//! requests; [`producer`] writes records, [`consumer`] reads them, [`admin`] manages topics and settings. Every wait
//! has a deadline, every future can be dropped, and no task outlives its handle.

pub mod admin;
mod builder;
mod client;
mod config;
mod connection;
pub mod consumer;
mod error;
mod list_offsets;
mod metadata;
mod metadata_cache;
mod pool;
pub mod producer;
mod retry;
mod sync;
mod topic_partition;
mod versions;

pub use admin::{Admin, NewTopic};
pub use builder::ClientBuilder;
pub use client::{BrokerHandle, Client};
pub use config::{ConnectionOptions, DnsLookup, MetadataRecovery};
pub use connection::{ClientDuplex, Connection};
pub use consumer::{Consumer, ConsumerConfig, ConsumerRecord, EndOffset, OffsetReset, StartOffset};
pub use error::{ClientError, ConnectAttempt};
pub use fluxmq_protocol as protocol;
pub use fluxmq_protocol::record::{Compression, Header, TimestampType};
pub use fluxmq_protocol::{ApiKey, ErrorCode, ProtocolRequest, Uuid};
pub use list_offsets::{IsolationLevel, ListedOffset, OffsetSpec};
pub use metadata_cache::{ClusterMetadata, PartitionMetadata, TopicMetadata};
pub use pool::{BrokerInfo, BrokerPool};
pub use producer::{
    Acks, CustomPartitioner, Deliveries, Delivery, Partitioner, Producer, ProducerConfig, ProducerRecord,
    RecordMetadata,
};
pub use topic_partition::TopicPartition;
pub use versions::ApiVersionTable;
