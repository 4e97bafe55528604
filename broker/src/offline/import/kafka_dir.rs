//! The log directories of one Apache Kafka broker: what they are called, what lies in them, and that no Kafka runs on them.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::process::{Flock, FlockType, fcntl_getlk};

use super::super::OfflineError;
use super::super::files::{names_in, read_text};
use super::super::place::{Holder, topic_partition};
use crate::env::files::{Files, MemoryFiles};
use crate::metadata;
use crate::storage::checkpoint::{self, Offsets};
use crate::storage::data_dir::{LOCK, LOG_STARTS, META, PARTITION_META};

/// The directory of the metadata log.
const METADATA_LOG: &str = "__cluster_metadata-0";

/// The log directories of one broker, held as long as this lives.
#[derive(Debug)]
pub(super) struct KafkaDirs {
    pub(super) cluster_id: String,
    pub(super) node_id: i32,
    /// The directory of the metadata log, if it is among them.
    pub(super) metadata: Option<PathBuf>,
    dirs: Vec<KafkaDir>,
}

#[derive(Debug)]
struct KafkaDir {
    path: PathBuf,
    log_starts: Offsets,
    names: Vec<String>,
    /// Keeps a Kafka, and a broker of ours, from starting meanwhile.
    _lock: Option<File>,
}

/// The directory of a partition.
#[derive(Debug, Clone)]
pub(super) struct PartitionPlace {
    pub(super) path: PathBuf,
    /// As the checkpoint has it; 0 where it says nothing.
    pub(super) log_start_offset: i64,
    /// The topic's id as its file says; `None` where it does not.
    pub(super) topic_id: Option<String>,
}

impl KafkaDirs {
    pub(super) fn open(paths: &[PathBuf]) -> Result<KafkaDirs, OfflineError> {
        let mut known: Option<(String, i32)> = None;
        let mut dirs = Vec::new();
        for path in paths {
            let meta = meta_of(path)?;
            if known.as_ref().is_some_and(|known| *known != meta) {
                let what = "a log directory of another broker; name those of one".to_owned();
                return Err(OfflineError::Unsuitable { path: path.clone(), what });
            }
            known = Some(meta);
            dirs.push(KafkaDir {
                _lock: lock(path)?,
                log_starts: log_starts(path)?,
                names: names_in(path)?,
                path: path.clone(),
            });
        }
        let (cluster_id, node_id) =
            known.ok_or_else(|| OfflineError::Refused("no directory of Apache Kafka is named".to_owned()))?;
        let metadata = dirs.iter().map(|dir| dir.path.join(METADATA_LOG)).find(|path| path.is_dir());
        Ok(KafkaDirs { cluster_id, node_id, metadata, dirs })
    }

    /// The directory of a partition, if it is there.
    pub(super) fn partition(&self, topic: &str, index: i32) -> Result<Option<PartitionPlace>, OfflineError> {
        let name = format!("{topic}-{index}");
        let Some(dir) = self.dirs.iter().find(|dir| dir.path.join(&name).is_dir()) else { return Ok(None) };
        let path = dir.path.join(name);
        Ok(Some(PartitionPlace {
            log_start_offset: self.log_start(topic, index),
            topic_id: topic_id_in(&path)?,
            path,
        }))
    }

    /// Where a partition's log begins, as the checkpoints have it; 0 where they say nothing.
    pub(super) fn log_start(&self, topic: &str, index: i32) -> i64 {
        let key = (topic.to_owned(), index);
        self.dirs.iter().filter_map(|dir| dir.log_starts.get(&key)).copied().max().unwrap_or(0)
    }

    /// The directories of a topic's partitions, by number.
    pub(super) fn partitions_of(&self, topic: &str) -> Result<BTreeMap<i32, PartitionPlace>, OfflineError> {
        let mut found = BTreeMap::new();
        for (name, _) in self.logs() {
            if let Some((of, index)) = topic_partition(name)
                && of == topic
                && let Some(place) = self.partition(topic, index)?
            {
                found.insert(index, place);
            }
        }
        Ok(found)
    }

    /// Every directory in the log directories, that of the metadata log not included.
    pub(super) fn logs(&self) -> impl Iterator<Item = (&str, PathBuf)> {
        let all =
            self.dirs.iter().flat_map(|dir| dir.names.iter().map(|name| (&**name, dir.path.join(name))));
        all.filter(|(name, path)| *name != METADATA_LOG && path.is_dir())
    }

    /// Whether all of it is on the file system of `path`.
    pub(super) fn is_on_device_of(&self, path: &Path) -> Result<bool, OfflineError> {
        use std::os::unix::fs::MetadataExt;
        let device = |path: &Path| Ok(fs::metadata(path).map_err(OfflineError::at(path))?.dev());
        let wanted = device(path)?;
        let devices: Result<Vec<u64>, OfflineError> = self.dirs.iter().map(|dir| device(&dir.path)).collect();
        Ok(devices?.iter().all(|device| *device == wanted))
    }
}

/// The topic's id in a partition's directory, as Kafka prints it; `None` where the file is missing or says nothing.
pub(super) fn topic_id_in(dir: &Path) -> Result<Option<String>, OfflineError> {
    let text = read_text(&dir.join(PARTITION_META))?.unwrap_or_default();
    Ok(text.lines().find_map(|line| line.strip_prefix("topic_id:")).map(|id| id.trim().to_owned()))
}

/// Cluster and node id of a log directory. Before Kafka 3.3 the node was called `broker.id`.
fn meta_of(dir: &Path) -> Result<(String, i32), OfflineError> {
    if !dir.is_dir() {
        return Err(OfflineError::NotFound(dir.to_owned()));
    }
    if dir.join(metadata::FILE_NAME).exists() {
        let what = "a data directory of FluxMQ, which can be copied or moved as a whole".to_owned();
        return Err(OfflineError::Unsuitable { path: dir.to_owned(), what });
    }
    let text = read_text(&dir.join(META))?.unwrap_or_default();
    let value = |key: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned())
    };
    let node_id = value("node.id").or_else(|| value("broker.id")).and_then(|id| id.parse().ok());
    value("cluster.id").zip(node_id).ok_or_else(|| {
        let what = format!(
            "no log directory of Apache Kafka: it has no `{META}` with `cluster.id` and `node.id`; name one of `log.dirs`"
        );
        OfflineError::Unsuitable { path: dir.to_owned(), what }
    })
}

/// Locks a directory as a Kafka would (POSIX) and as we do (`flock`). A copy of a directory may have no lock file, and one on
/// a file system that is read only takes no lock: then it is only seen to it that nobody else holds one.
fn lock(dir: &Path) -> Result<Option<File>, OfflineError> {
    let path = dir.join(LOCK);
    let opened = match OpenOptions::new().read(true).write(true).open(&path) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
            ) =>
        {
            File::open(&path).map(|file| (file, false))
        }
        opened => opened.map(|file| (file, true)),
    };
    let (file, is_writable) = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(OfflineError::at(&path))?,
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(held(dir, None)),
        Err(TryLockError::Error(error)) => return Err(OfflineError::at(&path)(error)),
    }
    let holder = fcntl_getlk(&file, &Flock::from(FlockType::WriteLock));
    if let Some(lock) = holder.map_err(|error| OfflineError::at(&path)(error.into()))? {
        return Err(held(dir, lock.pid.map(|pid| pid.as_raw_nonzero().get())));
    }
    if is_writable {
        fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| held(dir, None))?;
    }
    Ok(Some(file))
}

fn held(dir: &Path, process_id: Option<i32>) -> OfflineError {
    OfflineError::Held { dir: dir.to_owned(), holder: Holder { process_id } }
}

/// Kafka's checkpoint of log start offsets has our form.
fn log_starts(dir: &Path) -> Result<Offsets, OfflineError> {
    let Some(text) = read_text(&dir.join(LOG_STARTS))? else { return Ok(Offsets::new()) };
    let files = MemoryFiles::default();
    let path = Path::new(LOG_STARTS);
    let copied = files.open(path).and_then(|file| file.write_at(text.as_bytes(), 0));
    copied.map_err(OfflineError::at(path))?;
    Ok(checkpoint::read(&files, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, text: &str) {
        fs::write(dir.join(META), text).unwrap();
    }

    #[test]
    fn a_directory_says_whose_it_is() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(meta_of(dir.path()), Err(OfflineError::Unsuitable { .. })));
        write(dir.path(), "#\n#Sat Nov 21\nnode.id=3\ndirectory.id=x\nversion=1\ncluster.id=abc\n");
        assert_eq!(meta_of(dir.path()).unwrap(), ("abc".to_owned(), 3));
        write(dir.path(), "broker.id=4\ncluster.id=abc\nversion=0\n");
        assert_eq!(meta_of(dir.path()).unwrap(), ("abc".to_owned(), 4));
        assert!(matches!(meta_of(&dir.path().join("none")), Err(OfflineError::NotFound(_))));
        fs::write(dir.path().join(metadata::FILE_NAME), "").unwrap();
        assert!(matches!(meta_of(dir.path()), Err(OfflineError::Unsuitable { .. })), "one of ours");
    }

    #[test]
    fn directories_of_two_brokers_do_not_mix() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(one.path(), "node.id=1\ncluster.id=abc\n");
        write(two.path(), "node.id=2\ncluster.id=abc\n");
        let paths = [one.path().to_owned(), two.path().to_owned()];
        assert!(matches!(KafkaDirs::open(&paths), Err(OfflineError::Unsuitable { .. })));
        assert!(KafkaDirs::open(&paths[..1]).is_ok());
    }

    #[test]
    fn a_directory_in_use_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "node.id=1\ncluster.id=abc\n");
        let file = File::create(dir.path().join(LOCK)).unwrap();
        file.try_lock().unwrap();
        let paths = [dir.path().to_owned()];
        assert!(matches!(KafkaDirs::open(&paths), Err(OfflineError::Held { .. })));
        drop(file);
        let held = KafkaDirs::open(&paths).unwrap();
        assert!(matches!(KafkaDirs::open(&paths), Err(OfflineError::Held { .. })));
        drop(held);
    }
}
