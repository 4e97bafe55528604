//! A record to be sent, and what can be wrong with the input it comes from.

use std::{fmt, io};

use bytes::Bytes;
use fluxmq_protocol::record::Header;

/// What the input says about a record; what it does not say comes from flags and defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NewRecord {
    pub(crate) topic: Option<String>,
    pub(crate) partition: Option<i32>,
    pub(crate) key: Option<Bytes>,
    pub(crate) value: Option<Bytes>,
    pub(crate) headers: Vec<Header>,
    /// Milliseconds since 1970.
    pub(crate) timestamp_ms: Option<i64>,
    /// Line of the input on which the record begins, from 1; 0 when it came from no file.
    pub(crate) line: u64,
}

/// Reads records one after the other; `None` is the end of the input.
pub(crate) trait RecordReader {
    fn read(&mut self) -> Result<Option<NewRecord>, InputError>;
}

impl<R: RecordReader + ?Sized> RecordReader for Box<R> {
    fn read(&mut self) -> Result<Option<NewRecord>, InputError> {
        (**self).read()
    }
}

/// A place in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// File name, or `stdin`.
    pub(crate) name: String,
    /// From 1.
    pub(crate) line: u64,
    /// In bytes, from 1.
    pub(crate) column: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.name, self.line, self.column)
    }
}

/// Why the input gave no record.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// One record is wrong; the next can be read.
    #[error("{place}: {reason}")]
    Malformed { place: Place, reason: String },
    /// The input does not fit the format, and where the next record begins is unknown.
    #[error("{place}: {reason}")]
    OutOfStep { place: Place, reason: String },
    #[error("`{name}` cannot be read")]
    Read { name: String, source: io::Error },
}
