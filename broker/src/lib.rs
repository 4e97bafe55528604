//! A Kafka-compatible broker that fits into one binary.
//!
//! ```no_run
//! # async fn run() -> fluxmq::Result<()> {
//! use fluxmq::{BrokerConfig, BrokerServer};
//!
//! let server = BrokerServer::new(BrokerConfig { data_dir: Some("./data".into()), ..Default::default() }).await?;
//! server.run().await
//! # }
//! ```
//!
//! A program that needs the log and no network takes a [`storage`] instead.
//!
//! In reading order, from the roof to the ground: [`server`] and [`config`], the network, one handler per Kafka API,
//! coordinators, the engine under both, [`topic_manager`], metadata, partitions, storage, and the outside world behind narrow
//! traits. [`metrics`] and [`error`] may be read from everywhere. [`offline`] looks at what a broker has left on a disk, without
//! a broker.

mod api;
pub mod config;
pub mod consumer;
mod engine;
mod env;
pub mod error;
mod metadata;
pub mod metrics;
mod net;
pub mod offline;
mod opening;
mod partition;
pub mod server;
pub mod storage;
pub mod topic_manager;
mod transaction;

pub use config::{BrokerConfig, ConfigError};
pub use engine::{Message, MessageHeader};
pub use error::{FluxmqError, Result};
pub use server::{BrokerServer, ShutdownHandle};
