//! What can go wrong in the broker, one variant per layer.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::wire::WireError;

use crate::config::ConfigError;

/// Errors of the broker's public API.
///
/// ```
/// use fluxmq::{FluxmqError, Result};
///
/// fn handle_fluxmq_operation() -> Result<()> {
///     match some_operation() {
///         Ok(result) => {
///             println!("Operation successful: {:?}", result);
///             Ok(())
///         }
///         Err(FluxmqError::Storage(io_error)) => {
///             eprintln!("Storage error: {}", io_error);
///             // Handle storage issues (disk full, permissions, etc.)
///             Err(FluxmqError::Storage(io_error))
///         }
///         Err(FluxmqError::Network(msg)) => {
///             eprintln!("Network error: {}", msg);
///             // Handle network issues (connection lost, timeout, etc.)
///             Err(FluxmqError::Network(msg))
///         }
///         Err(FluxmqError::KafkaCodec(codec_error)) => {
///             eprintln!("Protocol error: {}", codec_error);
///             // Handle protocol parsing issues
///             Err(FluxmqError::KafkaCodec(codec_error))
///         }
///         Err(FluxmqError::Config(config_error)) => {
///             eprintln!("Configuration error: {}", config_error);
///             // Handle configuration validation issues
///             Err(FluxmqError::Config(config_error))
///         }
///         Err(other) => {
///             eprintln!("Other error: {}", other);
///             Err(other)
///         }
///     }
/// }
/// # fn some_operation() -> Result<u8> { Err(std::io::Error::from(std::io::ErrorKind::WriteZero).into()) }
/// # let full = handle_fluxmq_operation().unwrap_err();
/// # assert!(matches!(full, FluxmqError::Storage(error) if error.kind() == std::io::ErrorKind::WriteZero));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum FluxmqError {
    /// A file could not be read or written; of kind [`WriteZero`](std::io::ErrorKind::WriteZero) where the disk is full.
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
