//! What a path is: a data directory, the log of one partition, or a file of it; and whether a broker has it open.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::process::{Flock, FlockType, fcntl_getlk};
use serde::Serialize;

use super::OfflineError;
use super::files::names_in;
use crate::storage::data_dir::{DELETED, LOCK, META, PARTITION_META, STRAY};
use crate::storage::segment::{LOG, base_offset_of};

/// What a path names.
#[derive(Debug)]
pub(super) enum Place {
    /// All logs of a broker.
    DataDir(PathBuf),
    Log(LogDir),
    /// One file in a log's directory, or anywhere.
    File(PathBuf),
}

/// The directory of one partition's log.
#[derive(Debug, Clone)]
pub(super) struct LogDir {
    pub(super) path: PathBuf,
    /// `topic-partition`, unless somebody has renamed it.
    pub(super) name: String,
}

impl LogDir {
    pub(super) fn at(path: &Path) -> LogDir {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        LogDir { path: path.to_owned(), name }
    }

    /// Its topic and partition, as far as its name tells.
    pub(super) fn topic_partition(&self) -> Option<(&str, i32)> {
        topic_partition(&self.name)
    }
}

/// Who has a data directory open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// The process; not known of a FluxMQ broker.
    pub process_id: Option<i32>,
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.process_id {
            Some(id) => write!(formatter, "a broker, process {id}"),
            None => formatter.write_str("a broker"),
        }
    }
}

impl Place {
    /// Looks at a path.
    pub(super) fn at(path: &Path) -> Result<Place, OfflineError> {
        // `.` has no name, and the parent of a relative path is not always there.
        let path = match path.canonicalize() {
            Ok(path) => path,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(OfflineError::NotFound(path.to_owned()));
            }
            Err(error) => return Err(OfflineError::at(path)(error)),
        };
        if !path.is_dir() {
            return Ok(Place::File(path));
        }
        let names = names_in(&path)?;
        if names.iter().any(|name| base_offset_of(name, LOG).is_some() || name == PARTITION_META) {
            return Ok(Place::Log(LogDir::at(&path)));
        }
        let is_log = |name: &String| topic_partition(name).is_some() && path.join(name).is_dir();
        if names.iter().any(|name| name == META || is_log(name)) {
            return Ok(Place::DataDir(path));
        }
        let what = "neither a broker's data directory nor the directory of a partition".to_owned();
        Err(OfflineError::Unsuitable { path, what })
    }

    /// The data directory that the place belongs to, if it belongs to one.
    pub(super) fn data_dir(&self) -> Option<&Path> {
        let dir = match self {
            Place::DataDir(path) => return Some(path),
            Place::Log(log) => log.path.parent()?,
            Place::File(path) => path.parent()?.parent()?,
        };
        [META, LOCK].iter().any(|name| dir.join(name).exists()).then_some(dir)
    }
}

/// The logs of a data directory by name. What is being deleted or was put aside is none of them.
pub(super) fn logs_in(data_dir: &Path) -> Result<Vec<LogDir>, OfflineError> {
    let names = names_in(data_dir)?;
    let logs = names.iter().filter(|name| topic_partition(name).is_some()).map(|name| data_dir.join(name));
    Ok(logs.filter(|path| path.is_dir()).map(|path| LogDir::at(&path)).collect())
}

/// `topic-partition` taken apart.
pub(super) fn topic_partition(name: &str) -> Option<(&str, i32)> {
    let (topic, partition) = name.rsplit_once('-')?;
    let is_number = !partition.is_empty() && partition.bytes().all(|byte| byte.is_ascii_digit());
    let is_log = !topic.is_empty() && !name.ends_with(DELETED) && !name.ends_with(STRAY) && is_number;
    is_log.then(|| partition.parse().ok().map(|partition| (topic, partition)))?
}

/// The broker that has a data directory open, if one has. Ours hold `flock`, Apache Kafka's hold POSIX locks.
pub(super) fn holder_of(data_dir: &Path) -> Result<Option<Holder>, OfflineError> {
    let path = data_dir.join(LOCK);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(OfflineError::at(&path)(error)),
    };
    match file.try_lock_shared() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Some(Holder { process_id: None })),
        Err(TryLockError::Error(error)) => return Err(OfflineError::at(&path)(error)),
    }
    let held = fcntl_getlk(&file, &Flock::from(FlockType::WriteLock));
    let held = held.map_err(|error| OfflineError::at(&path)(error.into()))?;
    Ok(held.map(|lock| Holder { process_id: lock.pid.map(|pid| pid.as_raw_nonzero().get()) }))
}

/// A data directory that no broker can open meanwhile.
#[derive(Debug)]
pub(super) struct Hold {
    _lock: File,
}

/// Holds a data directory as a broker does.
pub(super) fn hold(data_dir: &Path) -> Result<Hold, OfflineError> {
    let held = |holder| OfflineError::Held { dir: data_dir.to_owned(), holder };
    if let Some(holder) = holder_of(data_dir)? {
        return Err(held(holder));
    }
    let path = data_dir.join(LOCK);
    let opened = File::options().read(true).write(true).create(true).truncate(false).open(&path);
    let lock = opened.map_err(OfflineError::at(&path))?;
    let is_ours = match lock.try_lock() {
        Ok(()) => fcntl_lock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok(),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(error)) => return Err(OfflineError::at(&path)(error)),
    };
    if is_ours { Ok(Hold { _lock: lock }) } else { Err(held(Holder { process_id: None })) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_logs_are_told_from_others() {
        assert_eq!(topic_partition("orders-0"), Some(("orders", 0)));
        assert_eq!(topic_partition("a-b.c-17"), Some(("a-b.c", 17)));
        for other in
            ["orders", "-0", "orders-", "orders-x", "orders-0.abc-delete", "orders-0.abc-stray", "a-+1"]
        {
            assert_eq!(topic_partition(other), None, "{other}");
        }
    }
}
