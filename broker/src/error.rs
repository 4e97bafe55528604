//! What can go wrong in the broker, one variant per layer.

/// Errors of the broker's public API.
#[derive(Debug, thiserror::Error)]
pub enum FluxmqError {
    /// A file could not be read or written.
    #[error("storage: {0}")]
    Storage(#[from] std::io::Error),
}

/// The result of the broker's public API.
pub type Result<T> = std::result::Result<T, FluxmqError>;
