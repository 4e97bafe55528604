//! What can go wrong in the broker, one variant per layer.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::wire::WireError;

use crate::config::ConfigError;

/// Errors of the broker's public API.
#[derive(Debug, thiserror::Error)]
pub enum FluxmqError {
    /// A file could not be read or written.
    #[error("storage: {0}")]
    Storage(#[from] std::io::Error),
    /// An address could not be bound, a connection not be served, or there are too many of them.
    #[error("network: {0}")]
    Network(String),
    /// Bytes are not a message of Kafka's protocol.
    #[error("protocol: {0}")]
    KafkaCodec(#[from] WireError),
    /// A configuration value is not allowed, or asks for something that this version does not have.
    #[error("configuration: {0}")]
    Config(#[from] ConfigError),
    /// The broker refuses what was asked for, as it would refuse a Kafka client.
    #[error("{message}")]
    Refused {
        /// The code that a Kafka client would be answered with.
        code: ErrorCode,
        /// What was refused, and why.
        message: String,
    },
}

/// The result of the broker's public API.
pub type Result<T> = std::result::Result<T, FluxmqError>;
