//! Logs, on a disk or in memory: segments, indexes, producer state, recovery. This storey knows no request, no socket and no
//! task; a log is synchronous and its owner holds it under a lock.
//!
//! In reading order: [`data_dir`] is the directory of all logs, [`log`] one partition's log, [`segment`] one file of it,
//! [`offset_index`] and [`time_index`] find places in it, [`scan`] walks over batches, [`recovery`] opens what a crash left,
//! [`index_mark`] says which part of their indexes is good, [`producer_state`] tells duplicates, [`leader_epochs`] where epochs began, [`validate`] what may enter, [`flusher`] makes
//! it durable, [`cleaner`] compacts it.

pub(crate) mod checkpoint;
pub(crate) mod cleaner;
pub(crate) mod data_dir;
pub(crate) mod flusher;
pub(crate) mod index_mark;
pub(crate) mod leader_epochs;
pub(crate) mod log;
pub(crate) mod offset_index;
pub(crate) mod producer_state;
pub(crate) mod recovery;
pub(crate) mod scan;
pub(crate) mod segment;
#[cfg(test)]
mod simulation;
pub(crate) mod time_index;
pub(crate) mod validate;

use std::io;
use std::path::PathBuf;

use fluxmq_protocol::record::BatchError;

// The public names of the engine, where the guide has them.
pub use crate::engine::{HybridStorage, InMemoryStorage, Message, MessageHeader};

/// What can go wrong with stored data.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    #[error("`{}`: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "the data directory is offline after an earlier failure of its disk; restart the broker once the disk is well"
    )]
    Offline,
    #[error("the disk is full; records are refused until there is more room, free some or add some")]
    Full,
    #[error("the records could not be written, and were taken back ({0}); send them again")]
    TakenBack(io::ErrorKind),
    #[error("the log is damaged at offset {offset}, and intact batches follow; it takes no more records")]
    Damaged { offset: i64 },
    #[error("`{}`: {what}", path.display())]
    Malformed { path: PathBuf, what: String },
    #[error("another broker uses `{}`; stop it, or choose another data directory", .0.display())]
    Locked(PathBuf),
    #[error("a stored batch cannot be read: {0}")]
    Batch(#[from] BatchError),
}

impl StorageError {
    /// Says which file an I/O error is about.
    pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> StorageError {
        let path = path.into();
        move |source| StorageError::Io { path, source }
    }

    /// Whether there is no room left on the disk.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }

    /// What the system would call it.
    pub(crate) fn kind(&self) -> io::ErrorKind {
        match self {
            StorageError::Io { source, .. } => source.kind(),
            StorageError::Full => io::ErrorKind::StorageFull,
            StorageError::TakenBack(kind) => *kind,
            StorageError::Locked(_) => io::ErrorKind::ResourceBusy,
            _ => io::ErrorKind::InvalidData,
        }
    }
}

/// Where a record with a timestamp stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimestampOffset {
    /// Milliseconds since 1970; -1 where only the offset is meant.
    pub(crate) timestamp: i64,
    pub(crate) offset: i64,
    pub(crate) leader_epoch: i32,
}

impl From<StorageError> for crate::error::FluxmqError {
    fn from(error: StorageError) -> Self {
        crate::error::FluxmqError::Storage(io::Error::new(public_kind(error.kind()), error))
    }
}

/// The kind that programs are told. A disk without room is `WriteZero` to them, whichever way the system puts it.
pub(crate) fn public_kind(kind: io::ErrorKind) -> io::ErrorKind {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => io::ErrorKind::WriteZero,
        kind => kind,
    }
}
