//! The directory that holds all logs of a broker, in Kafka's own layout. One broker at a time: it is locked.

use std::fs::TryLockError;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fluxmq_protocol::Uuid;
use parking_lot::Mutex;

use super::StorageError;
use super::checkpoint::{self, Offsets};
use super::index_mark::{self, IndexMark, IndexMarks};
use super::log::{LogCheckpoint, LogStart};
use crate::env::files::{Disk, DiskFiles, Files, MemoryFiles, read_all, replace};

pub(crate) const META: &str = "meta.properties";
/// 0 is what Kafka wrote before it had ids of directories.
const META_VERSIONS: [&str; 2] = ["0", "1"];
pub(crate) const LOCK: &str = ".lock";
pub(crate) const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";
pub(crate) const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
pub(crate) const LOG_STARTS: &str = "log-start-offset-checkpoint";
const INDEX_MARKS: &str = "fluxmq-index-checkpoint";
pub(crate) const PARTITION_META: &str = "partition.metadata";
pub(crate) const CLEANER_OFFSETS: &str = "cleaner-offset-checkpoint";

/// How the line with the checksum of all lines before it begins.
const CHECKSUM: &str = "crc32c: ";

/// The characters of an id in Kafka's text form.
const BASE64URL_LEN: usize = 22;

/// What the names of directories end with that are being removed.
pub(crate) const DELETED: &str = "-delete";

/// What the names of directories end with that belong to no topic any more and are kept for a person to look at.
pub(crate) const STRAY: &str = "-stray";

/// The directory of what an import has not finished taking over.
pub(crate) const IMPORT: &str = "import.unfinished";

/// The directory of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionDir {
    pub(crate) path: PathBuf,
    /// It was made just now: what checkpoints say of a partition by this name is not about it.
    pub(crate) is_new: bool,
}

impl PartitionDir {
    /// The file that says which topic the directory belongs to. Nothing in a new log may be durable before it is: the log
    /// of a deleted topic could be taken for another's.
    pub(crate) fn meta(&self) -> PathBuf {
        self.path.join(PARTITION_META)
    }
}

/// An open data directory.
#[derive(Debug)]
pub(crate) struct DataDir {
    files: Arc<dyn Files>,
    /// `None` in memory.
    disk: Option<Arc<Disk>>,
    path: PathBuf,
    cluster_id: String,
    /// Whether the last broker stopped in order.
    was_clean: bool,
    recovery_points: Offsets,
    log_starts: Offsets,
    index_marks: IndexMarks,
    cleaner_offsets: Offsets,
    /// What the checkpoints say, hashed. They are written by one at a time.
    written: Mutex<Option<u64>>,
    are_topics_open: AtomicBool,
    /// Held as long as the directory is open.
    _lock: Option<std::fs::File>,
}

impl DataDir {
    /// Opens, or creates, a directory on a disk, of which `free_min` bytes are to stay free; `None` leaves that to the broker.
    pub(crate) fn open(path: &Path, node_id: i32, free_min: Option<u64>) -> Result<DataDir, StorageError> {
        std::fs::create_dir_all(path).map_err(StorageError::at(path))?;
        let lock_path = path.join(LOCK);
        let lock = std::fs::File::create(&lock_path).map_err(StorageError::at(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StorageError::Locked(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(StorageError::at(lock_path)(error)),
        }
        Ok(DataDir { _lock: Some(lock), ..Self::on_disk(Arc::new(DiskFiles), path, node_id, free_min)? })
    }

    /// Opens, or creates what belongs into, a directory that exists on the disk of `files`.
    pub(crate) fn on_disk(
        files: Arc<dyn Files>,
        path: &Path,
        node_id: i32,
        free_min: Option<u64>,
    ) -> Result<DataDir, StorageError> {
        let (files, disk) = Disk::watch(files, path, free_min);
        disk.keep_reserve();
        Ok(DataDir { disk: Some(disk), ..Self::load(files, path, node_id)? })
    }

    /// A directory in memory.
    pub(crate) fn in_memory(node_id: i32) -> Result<DataDir, StorageError> {
        let path = Path::new("memory");
        let files = MemoryFiles::default();
        files.create_dir_all(path).map_err(StorageError::at(path))?;
        Self::load(Arc::new(files), path, node_id)
    }

    /// Opens, or creates, a directory among `files`.
    pub(crate) fn load(files: Arc<dyn Files>, path: &Path, node_id: i32) -> Result<DataDir, StorageError> {
        let cluster_id = read_or_write_meta(&*files, path, node_id)?;
        let marker = path.join(CLEAN_SHUTDOWN);
        let was_clean = files.exists(&marker);
        if was_clean {
            // From here on a crash must not look like a clean stop.
            let removed = files.remove(&marker).and_then(|()| files.sync_dir(path));
            removed.map_err(StorageError::at(marker))?;
        } else {
            // A broker that was killed may have written what no sync has seen. What is found here is taken for committed, and
            // must not be lost with the power afterwards.
            files.sync_all(path).map_err(StorageError::at(path))?;
        }
        remove_deleted(&*files, path)?;
        Ok(DataDir {
            recovery_points: checkpoint::read(&*files, &path.join(RECOVERY_POINTS)),
            log_starts: checkpoint::read(&*files, &path.join(LOG_STARTS)),
            index_marks: index_mark::read(&*files, &path.join(INDEX_MARKS)),
            cleaner_offsets: checkpoint::read(&*files, &path.join(CLEANER_OFFSETS)),
            files,
            path: path.to_owned(),
            cluster_id,
            was_clean,
            written: Mutex::new(None),
            disk: None,
            are_topics_open: AtomicBool::new(false),
            _lock: None,
        })
    }

    /// Refuses a directory into which an import was not finished: some of its topics may be there, and some not yet.
    pub(crate) fn refuse_unfinished_import(&self) -> Result<(), StorageError> {
        let path = self.path.join(IMPORT);
        if !self.files.exists(&path) {
            return Ok(());
        }
        let what = "an import from Apache Kafka was not finished; run `fluxctl log import` again, it goes on where it was";
        Err(StorageError::Malformed { path, what: what.to_owned() })
    }

    pub(crate) fn files(&self) -> &Arc<dyn Files> {
        &self.files
    }

    /// The disk that the directory is on; `None` in memory.
    pub(crate) fn disk(&self) -> Option<&Arc<Disk>> {
        self.disk.as_ref()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// 22 characters of base64url, chosen when the directory was made.
    pub(crate) fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The directory of a partition, made when it is missing. One that belongs to another topic of the same name, whose
    /// deletion a crash cut short, is put aside and never read again.
    pub(crate) fn create_partition(
        &self,
        topic: &str,
        partition: i32,
        topic_id: Uuid,
    ) -> Result<PartitionDir, StorageError> {
        let path = self.path.join(format!("{topic}-{partition}"));
        let id = base64url(topic_id);
        if self.files.exists(&path) {
            let owner = self.owner(&path)?;
            let is_own = owner.as_ref().is_some_and(|owner| *owner == id);
            // One that does not say is what a loss of power left of this topic's; once all topics are open it can only be
            // that of a topic which was deleted.
            let is_lost = owner.is_none() && !self.are_topics_open.load(Ordering::Acquire);
            if is_own || is_lost {
                let dir = PartitionDir { path, is_new: false };
                if is_lost {
                    let meta = dir.meta();
                    replace(&*self.files, &meta, meta_text(&id).as_bytes())
                        .map_err(StorageError::at(meta))?;
                }
                return Ok(dir);
            }
            let aside = self.path.join(format!("{topic}-{partition}.{}{STRAY}", Uuid::new_v4().simple()));
            tracing::warn!(dir = %path.display(), aside = %aside.display(), "this is the log of a topic that was deleted; it is put aside");
            self.files.rename(&path, &aside).map_err(StorageError::at(&path))?;
        }
        self.files.create_dir_all(&path).map_err(StorageError::at(&path))?;
        // Synced before the first record is: see `PartitionDir::meta`.
        let dir = PartitionDir { path, is_new: true };
        let written =
            self.files.open(&dir.meta()).and_then(|file| file.write_at(meta_text(&id).as_bytes(), 0));
        written.map_err(StorageError::at(dir.meta()))?;
        Ok(dir)
    }

    /// All topics that exist have been opened: what else is in the directory belongs to none.
    pub(crate) fn topics_are_open(&self) {
        self.are_topics_open.store(true, Ordering::Release);
    }

    /// The id of the topic that a partition's directory was made for; `None` where it does not say, or not in full.
    fn owner(&self, dir: &Path) -> Result<Option<String>, StorageError> {
        let meta = dir.join(PARTITION_META);
        if !self.files.exists(&meta) {
            return Ok(None);
        }
        let bytes = read_all(&*self.files, &meta).map_err(StorageError::at(meta))?;
        let text = String::from_utf8_lossy(&bytes);
        let id = text.lines().find_map(|line| line.strip_prefix("topic_id: ")).map(str::trim);
        if let Some((checked, _)) = text.split_once(CHECKSUM)
            && !text.ends_with(&checksum_line(checked))
        {
            tracing::warn!(file = %dir.join(PARTITION_META).display(), "the file is damaged; the directory is taken for what its name says");
            return Ok(None);
        }
        Ok(id.filter(|id| id.len() == BASE64URL_LEN).map(str::to_owned))
    }

    /// The partitions that the checkpoints spoke of when the directory was opened.
    pub(crate) fn checkpointed(&self) -> impl Iterator<Item = (&str, i32)> {
        let all = self.recovery_points.keys().chain(self.log_starts.keys());
        all.map(|(topic, partition)| (topic.as_str(), *partition))
    }

    /// Makes new partition directories durable; one sync serves all of a topic.
    pub(crate) fn sync(&self) -> Result<(), StorageError> {
        self.files.sync_dir(&self.path).map_err(StorageError::at(&self.path))
    }

    /// What is known of a partition's log from the last run.
    pub(crate) fn log_start(&self, topic: &str, partition: i32) -> LogStart {
        let key = (topic.to_owned(), partition);
        LogStart {
            clean: self.was_clean,
            recovery_point: self.recovery_points.get(&key).copied().unwrap_or(0),
            log_start_offset: self.log_starts.get(&key).copied().unwrap_or(0),
            index_mark: self.index_marks.get(&key).copied(),
            is_new: false,
        }
    }

    /// Up to where a partition's log was cleaned in the last run; nothing is lost where that is not known.
    pub(crate) fn first_dirty_offset(&self, topic: &str, partition: i32) -> i64 {
        self.cleaner_offsets.get(&(topic.to_owned(), partition)).copied().unwrap_or(0)
    }

    /// Removes a topic's directories: renamed first, so that a crash in between leaves nothing half there. One sync serves all.
    pub(crate) fn delete_partitions(
        &self,
        topic: &str,
        partitions: impl Iterator<Item = i32>,
    ) -> Result<(), StorageError> {
        let mut renamed = Vec::new();
        for partition in partitions {
            let dir = self.path.join(format!("{topic}-{partition}"));
            let gone = self.path.join(format!("{topic}-{partition}.{}{DELETED}", Uuid::new_v4().simple()));
            self.files.rename(&dir, &gone).map_err(StorageError::at(dir))?;
            renamed.push(gone);
        }
        self.sync()?;
        for gone in renamed {
            self.files.remove_dir_all(&gone).map_err(StorageError::at(gone))?;
        }
        Ok(())
    }

    /// Writes all checkpoints. That of the log starts comes first: what lies before one may be removed from then on.
    pub(crate) fn write_checkpoints(
        &self,
        logs: &[(String, i32, LogCheckpoint)],
    ) -> Result<(), StorageError> {
        let mut written = self.written.lock();
        let mut hasher = DefaultHasher::new();
        logs.hash(&mut hasher);
        if *written == Some(hasher.finish()) {
            return Ok(());
        }
        *written = None;
        let offsets = |of: fn(&LogCheckpoint) -> i64| -> Vec<(String, i32, i64)> {
            logs.iter().map(|(topic, partition, log)| (topic.clone(), *partition, of(log))).collect()
        };
        let log_starts = offsets(|log| log.log_start_offset);
        let recovery_points = offsets(|log| log.recovery_point);
        let cleaned = offsets(|log| log.first_dirty_offset);
        for (name, offsets) in
            [(LOG_STARTS, log_starts), (RECOVERY_POINTS, recovery_points), (CLEANER_OFFSETS, cleaned)]
        {
            let path = self.path.join(name);
            checkpoint::write(&*self.files, &path, &offsets).map_err(StorageError::at(path))?;
        }
        let marks: Vec<(String, i32, IndexMark)> = logs
            .iter()
            .filter_map(|(topic, partition, log)| Some((topic.clone(), *partition, log.index_mark?)))
            .collect();
        let path = self.path.join(INDEX_MARKS);
        index_mark::write(&*self.files, &path, &marks).map_err(StorageError::at(path))?;
        *written = Some(hasher.finish());
        Ok(())
    }

    /// Marks the directory as cleanly closed. Everything else must have been written before.
    pub(crate) fn mark_clean(&self) -> Result<(), StorageError> {
        let marker = self.path.join(CLEAN_SHUTDOWN);
        replace(&*self.files, &marker, b"{\"version\":0}\n").map_err(StorageError::at(marker))
    }
}

/// Kafka's text form of an id: 22 characters of base64 with `-` and `_`, no padding.
pub(crate) fn base64url(id: Uuid) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = id.as_u128();
    let sextet = |index: usize| {
        // 22 sextets are 132 bits: the last one ends in four zero bits.
        let is_last = index + 1 == BASE64URL_LEN;
        let value = if is_last { (bits << 4) & 0x3f } else { (bits >> (122 - 6 * index)) & 0x3f };
        DIGITS.get(value as usize).copied().map_or('A', char::from)
    };
    (0..BASE64URL_LEN).map(sextet).collect()
}

/// What `partition.metadata` says. Kafka reads two lines and no more. With another id the directory would be put aside: no
/// flipped bit may make it so.
fn meta_text(id: &str) -> String {
    let text = format!("version: 0\ntopic_id: {id}\n");
    let checksum = checksum_line(&text);
    text + &checksum
}

/// The last line of a file whose text before it is `checked`.
fn checksum_line(checked: &str) -> String {
    format!("{CHECKSUM}{:08x}\n", crc32c::crc32c(checked.as_bytes()))
}

/// The cluster id of a directory, which is written into it when it is new.
fn read_or_write_meta(files: &dyn Files, dir: &Path, node_id: i32) -> Result<String, StorageError> {
    let path = dir.join(META);
    if files.exists(&path) {
        let bytes = read_all(files, &path).map_err(StorageError::at(&path))?;
        let text = String::from_utf8_lossy(&bytes);
        if let Some(version) = text.lines().find_map(|line| line.strip_prefix("version="))
            && !META_VERSIONS.contains(&version)
        {
            let what = format!("it has version {version}, and this broker knows 1; start a newer broker");
            return Err(StorageError::Malformed { path, what });
        }
        let id = text.lines().find_map(|line| line.strip_prefix("cluster.id=")).map(str::to_owned);
        return id.filter(|id| !id.is_empty()).ok_or(StorageError::Malformed {
            path,
            what: "there is no `cluster.id`; restore the file, or start with an empty data directory"
                .to_owned(),
        });
    }
    let cluster_id = base64url(Uuid::new_v4());
    let directory_id = base64url(Uuid::new_v4());
    let text =
        format!("version=1\ncluster.id={cluster_id}\nnode.id={node_id}\ndirectory.id={directory_id}\n");
    replace(files, &path, text.as_bytes()).map_err(StorageError::at(path))?;
    Ok(cluster_id)
}

/// Finishes removals that a stop interrupted.
fn remove_deleted(files: &dyn Files, dir: &Path) -> Result<(), StorageError> {
    for name in files.list(dir).map_err(StorageError::at(dir))? {
        if name.ends_with(DELETED) {
            let path = dir.join(name);
            files.remove_dir_all(&path).map_err(StorageError::at(path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_printed_as_kafka_prints_them() {
        assert_eq!(base64url(Uuid::nil()), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(base64url(Uuid::max()), "_____________________w");
        let id = Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        assert_eq!(base64url(id), "ASNFZ4mrze8BI0VniavN7w");
    }

    #[test]
    fn two_brokers_cannot_share_a_directory() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataDir::open(dir.path(), 0, None).unwrap();
        assert!(matches!(DataDir::open(dir.path(), 0, None), Err(StorageError::Locked(_))));
        let cluster_id = first.cluster_id().to_owned();
        drop(first);
        assert_eq!(DataDir::open(dir.path(), 0, None).unwrap().cluster_id(), cluster_id);
    }

    #[test]
    fn a_clean_stop_is_believed_once() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataDir::open(dir.path(), 0, None).unwrap();
        let log =
            LogCheckpoint { recovery_point: 7, log_start_offset: 3, first_dirty_offset: 2, index_mark: None };
        first.write_checkpoints(&[("orders".into(), 1, log)]).unwrap();
        first.mark_clean().unwrap();
        drop(first);
        let second = DataDir::open(dir.path(), 0, None).unwrap();
        let expected =
            LogStart { clean: true, recovery_point: 7, log_start_offset: 3, index_mark: None, is_new: false };
        assert_eq!(second.log_start("orders", 1), expected);
        assert_eq!(["orders", "others"].map(|topic| second.first_dirty_offset(topic, 1)), [2, 0]);
        drop(second);
        assert!(!DataDir::open(dir.path(), 0, None).unwrap().log_start("orders", 1).clean);
    }

    #[test]
    fn an_interrupted_removal_is_finished() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("orders-0.abc-delete")).unwrap();
        let opened = DataDir::open(dir.path(), 0, None).unwrap();
        assert!(!dir.path().join("orders-0.abc-delete").exists());
        let made = opened.create_partition("orders", 0, Uuid::nil()).unwrap();
        assert!(made.is_new && made.path.join(PARTITION_META).exists());
        opened.delete_partitions("orders", 0..1).unwrap();
        assert!(!made.path.exists());
    }

    #[test]
    fn the_directory_of_another_topic_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let opened = DataDir::open(dir.path(), 0, None).unwrap();
        let first = opened.create_partition("orders", 0, Uuid::from_u128(1)).unwrap();
        std::fs::write(first.path.join("00000000000000000000.log"), "old").unwrap();
        assert!(!opened.create_partition("orders", 0, Uuid::from_u128(1)).unwrap().is_new);
        let second = opened.create_partition("orders", 0, Uuid::from_u128(2)).unwrap();
        assert!(second.is_new && second.path == first.path);
        assert!(!second.path.join("00000000000000000000.log").exists());
        let names = opened.files.list(dir.path()).unwrap();
        assert_eq!(names.iter().filter(|name| name.ends_with(STRAY)).count(), 1);
    }
}
