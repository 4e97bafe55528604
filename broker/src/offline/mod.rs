//! The files of a data directory, looked at and mended without a broker. They may be ours or Apache Kafka's.
//!
//! In reading order: [`place`] tells what a path is and whether a broker holds it, [`pieces`] walks over the intact and the
//! damaged parts of a segment, [`mod@verify`] judges everything that is there, [`mod@repair`] mends it, [`mod@dump`] shows it.
//! [`mod@import`] takes over what an Apache Kafka has left.

mod dump;
mod files;
mod finding;
mod import;
mod indexes;
mod pieces;
mod place;
mod repair;
mod transactions;
mod verify;

use std::io;
use std::path::{Path, PathBuf};

pub use self::dump::{Batch, EndOfTransaction, Item, StoredRecord, Unreadable, dump, dump_records};
pub use self::finding::{Finding, Severity};
pub use self::import::{
    Import, ImportReport, ImportedTopic, Remark, RemarkKind, TopicOutcome, Transfer, import,
};
pub use self::place::Holder;
pub use self::repair::{Choice, Repair, Step, plan_repair, repair};
pub use self::verify::{Verification, VerifiedLog, verify};

use crate::storage::StorageError;

/// Why files could not be looked at or mended.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// A file could not be read or written.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing by this name.
    #[error("`{}` does not exist", .0.display())]
    NotFound(PathBuf),
    /// The path is there and is something else.
    #[error("`{}` is {what}", path.display())]
    Unsuitable {
        /// The path.
        path: PathBuf,
        /// What it is, and what is wanted.
        what: String,
    },
    /// A broker has the directory open.
    #[error("`{}` is in use by {holder}", dir.display())]
    Held {
        /// The data directory.
        dir: PathBuf,
        /// Who has it open.
        holder: Holder,
    },
    /// What is to be made is there already.
    #[error("{0}")]
    Exists(String),
    /// It cannot be done with what is there.
    #[error("{0}")]
    Refused(String),
}

impl OfflineError {
    /// Says which file an I/O error is about.
    fn at(path: &Path) -> impl FnOnce(io::Error) -> OfflineError {
        move |source| OfflineError::Io { path: path.to_owned(), source }
    }
}

impl From<StorageError> for OfflineError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Io { path, source } => OfflineError::Io { path, source },
            StorageError::Locked(dir) => OfflineError::Held { dir, holder: Holder { process_id: None } },
            other => OfflineError::Io { path: PathBuf::new(), source: io::Error::other(other) },
        }
    }
}

#[cfg(test)]
mod tests;
