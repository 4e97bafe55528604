//! A Kafka-compatible broker that fits into one binary.
//!
//! In reading order, from the roof to the ground:
//! the server and its configuration, the network, one handler per Kafka API, coordinators, topics, metadata, partitions, storage, and the outside world behind narrow traits.

pub mod config;
mod env;
mod error;
pub mod storage;

pub use error::{FluxmqError, Result};
