//! What can be wrong with a record batch.

use super::compression::CompressionError;
use crate::wire::WireError;

/// Why bytes are not a record batch, or a batch could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The bytes end before the batch does.
    #[error("a record batch needs {needed} bytes, {have} are there")]
    Truncated { needed: usize, have: usize },
    /// Bytes follow the batch where there must be one alone.
    #[error("{0} bytes follow the record batch")]
    Trailing(usize),
    /// A format other than 2, the only one since Kafka 0.11.
    #[error("the record batch has magic {0}, only 2 is understood")]
    Magic(i8),
    /// A batch length that cannot even hold the header.
    #[error("the record batch states a length of {0} bytes, which cannot hold its header")]
    Length(i32),
    /// A count in the header that is below zero.
    #[error("the record batch states a {field} of {value}")]
    Negative { field: &'static str, value: i32 },
    /// The batch is not what its maker wrote.
    #[error("the record batch has the checksum {computed:08x}, its header says {stored:08x}")]
    Crc { stored: u32, computed: u32 },
    /// The records cannot be decompressed, or not be compressed.
    #[error(transparent)]
    Compression(#[from] CompressionError),
    /// A record that cannot be read. `index` counts from 0.
    #[error("record {index} of the batch cannot be read")]
    Record { index: usize, source: RecordError },
    /// The stated number of records has been read and bytes are left.
    #[error("{0} bytes follow the last record of the batch")]
    RecordsLeft(usize),
    /// More than the length field can say.
    #[error("a record batch of {0} bytes is more than its length field can say")]
    TooLarge(usize),
}

/// Why one record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A length, number or text in it is wrong.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Its fields end before its stated length does.
    #[error("the record's fields end {0} bytes before its stated length")]
    Length(usize),
    /// A length or count below zero where there is no null.
    #[error("the record states a {field} of {value}")]
    Negative { field: &'static str, value: i32 },
    /// Not the key or value that a control record has.
    #[error("a control record's {field} has {size} bytes, at least {needed} are needed")]
    Control { field: &'static str, size: usize, needed: usize },
}
