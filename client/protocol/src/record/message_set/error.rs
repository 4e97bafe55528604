//! What can be wrong with a message set.

use super::super::compression::{Compression, CompressionError};
use super::super::error::BatchError;
use crate::wire::WireError;

/// Why bytes are not a message set, or one could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageSetError {
    /// No message at all.
    #[error("there is no message in the set")]
    Empty,
    /// The bytes end before the message does.
    #[error("a message needs {needed} bytes, {have} are there")]
    Truncated { needed: usize, have: usize },
    /// A size that cannot even hold the fields that every message has.
    #[error("a message states a size of {0} bytes, which cannot hold its fields")]
    Size(i32),
    /// A format other than 0 and 1.
    #[error("a message of the set has magic {0}, only 0 and 1 belong in a message set")]
    Magic(i8),
    /// The message is not what its maker wrote.
    #[error("a message has the checksum {computed:08x}, it states {stored:08x}")]
    Crc { stored: u32, computed: u32 },
    /// The lengths in a message do not fit its size.
    #[error("a message cannot be read")]
    Fields(#[from] WireError),
    /// The codec's number is none, or it cannot read the data.
    #[error(transparent)]
    Compression(#[from] CompressionError),
    /// A codec that came after message sets.
    #[error("{0} cannot be used in a message set")]
    Codec(Compression),
    /// A compressed message without anything that is compressed.
    #[error("a compressed message has no value")]
    WrapperWithoutValue,
    /// A compressed message in a compressed message.
    #[error("a compressed message holds another one that is compressed")]
    Nested,
    /// A compressed message that holds another format than its own.
    #[error("a compressed message of magic {outer} holds one of magic {inner}")]
    InnerMagic { outer: i8, inner: i8 },
    /// A compressed message whose offset is below what is counted in it.
    #[error("a compressed message has the offset {wrapper}, the last message in it counts {inner}")]
    Offset { wrapper: i64, inner: i64 },
    /// What is to become a message set, or became of one, is no record batch.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The messages of one batch would need more than the caller allows.
    #[error("the messages of the batch need more than {limit} bytes")]
    TooLarge { limit: usize },
}
