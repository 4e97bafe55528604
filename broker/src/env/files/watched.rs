//! Files with an eye on the disk under them. A failed sync is noticed here, whoever asked for it, and never forgotten: a second
//! try may succeed for bytes that are lost. Here it is also known whether there is room for more records.

use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustix::io::Errno;

use super::{File, Files, Space};

/// How many bytes are appended at most before the free space is looked at again.
const LOOK_BYTES_MAX: i64 = 64 << 20;

/// Unless configured otherwise, as much stays free as the smaller of this and [`FREE_PART_MIN`] of the disk.
const FREE_BYTES_MIN: u64 = 1 << 30;

/// A twentieth of the disk.
const FREE_PART_MIN: u64 = 20;

/// What is kept so that a full disk still has room for committed offsets and the deletion of topics.
const RESERVE: &str = "reserve";
const RESERVE_BYTES: u64 = 4 << 20;

/// The state of the disk under one directory.
pub(crate) struct Disk {
    files: Arc<dyn Files>,
    dir: PathBuf,
    /// `None`: the smaller of 1 GiB and a twentieth of the disk.
    free_min: Option<u64>,
    failed: AtomicBool,
    is_full: AtomicBool,
    /// How many bytes may be appended before the next look.
    room: AtomicI64,
    /// Held by the one who looks.
    looking: Mutex<()>,
    on_failure: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Disk {
    /// Watches `files` in `dir`; returns them as they are to be used from then on. `free_min` is in bytes.
    pub(crate) fn watch(
        files: Arc<dyn Files>,
        dir: &Path,
        free_min: Option<u64>,
    ) -> (Arc<dyn Files>, Arc<Disk>) {
        let disk = Arc::new(Disk {
            files,
            dir: dir.to_owned(),
            free_min,
            failed: AtomicBool::new(false),
            is_full: AtomicBool::new(false),
            room: AtomicI64::new(0),
            looking: Mutex::default(),
            on_failure: OnceLock::new(),
        });
        (Arc::new(WatchedFiles(Arc::clone(&disk))), disk)
    }

    /// Whether a sync has failed: from then on nothing in the directory can be promised.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Calls `then` once when the first sync fails, or at once if one has failed already.
    pub(crate) fn on_failure(&self, then: impl Fn() + Send + Sync + 'static) {
        let is_first = self.on_failure.set(Box::new(then)).is_ok();
        if is_first && self.has_failed() {
            self.tell();
        }
    }

    /// Whether there is room for `bytes` more of records.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.room.fetch_sub(bytes, Ordering::AcqRel) >= bytes || self.look(bytes)
    }

    /// Looks at the free space.
    fn look(&self, bytes: i64) -> bool {
        let _looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(Some(space)) = self.files.space(&self.dir) else {
            // No limit is known. A write that fails says so by itself.
            self.room.store(LOOK_BYTES_MAX, Ordering::Release);
            return true;
        };
        let free_min = self.free_min.unwrap_or(FREE_BYTES_MIN.min(space.total / FREE_PART_MIN));
        let left = i64::try_from(space.free.saturating_sub(free_min)).unwrap_or(i64::MAX);
        let has_room = left > bytes;
        // The half only: others write to the disk as well.
        self.room.store(if has_room { (left / 2).min(LOOK_BYTES_MAX) } else { 0 }, Ordering::Release);
        let was_full = self.is_full.swap(!has_room, Ordering::AcqRel);
        if !has_room && !was_full {
            tracing::error!(dir = %self.dir.display(), free = space.free, wanted = free_min,
                "the disk is full; records are refused until there is more room");
        } else if has_room && was_full {
            tracing::info!(dir = %self.dir.display(), free = space.free, "there is room on the disk again; records are accepted");
        }
        if has_room {
            self.keep_reserve();
        }
        has_room
    }

    /// Sets space aside for what must still work on a full disk.
    pub(crate) fn keep_reserve(&self) {
        let path = self.dir.join(RESERVE);
        if self.files.exists(&path) || !matches!(self.files.space(&self.dir), Ok(Some(_))) {
            return;
        }
        let kept = self.files.open(&path).and_then(|file| file.allocate(RESERVE_BYTES));
        if kept.is_err() {
            // There is too little to set anything aside; what was made of the file must not take any of it.
            let _ = self.files.remove(&path);
        }
    }

    fn release_reserve(&self) -> bool {
        let path = self.dir.join(RESERVE);
        self.files.exists(&path) && self.files.remove(&path).is_ok()
    }

    /// Remembers a failed sync.
    fn synced(&self, what: &Path, result: io::Result<()>) -> io::Result<()> {
        if let Err(error) = &result
            && !self.failed.swap(true, Ordering::AcqRel)
        {
            tracing::error!(file = %what.display(), %error, "a sync failed; the data directory is offline");
            self.tell();
        }
        result
    }

    fn tell(&self) {
        if let Some(then) = self.on_failure.get() {
            then();
        }
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("dir", &self.dir).field("failed", &self.failed).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct WatchedFiles(Arc<Disk>);

impl Files for WatchedFiles {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let file = self.0.files.open(path)?;
        Ok(Arc::new(WatchedFile { file, path: path.to_owned(), disk: Arc::clone(&self.0) }))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.0.files.list(dir)
    }

    fn exists(&self, path: &Path) -> bool {
        self.0.files.exists(path)
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.0.files.create_dir_all(dir)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.files.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.files.remove(path)
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.0.files.remove_dir_all(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        match self.0.files.sync_dir(dir) {
            // A directory that was deleted meanwhile, or cannot be opened for want of descriptors, is no failure of the disk.
            Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::MFILE | Errno::NFILE)) => {
                Err(error)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
            result => self.0.synced(dir, result),
        }
    }

    fn sync_all(&self, dir: &Path) -> io::Result<()> {
        self.0.synced(dir, self.0.files.sync_all(dir))
    }

    fn space(&self, dir: &Path) -> io::Result<Option<Space>> {
        self.0.files.space(dir)
    }

    fn release_reserve(&self) -> bool {
        self.0.release_reserve()
    }
}

#[derive(Debug)]
struct WatchedFile {
    file: Arc<dyn File>,
    path: PathBuf,
    disk: Arc<Disk>,
}

impl File for WatchedFile {
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        self.file.write_at(bytes, position)
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.file.read_at(buffer, position)
    }

    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.file.truncate(size)
    }

    fn allocate(&self, size: u64) -> io::Result<()> {
        self.file.allocate(size)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.synced(&self.path, self.file.sync_data())
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.file.descriptor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::files::FaultyFiles;

    fn watched(free: u64) -> (FaultyFiles, Arc<dyn Files>, Arc<Disk>) {
        let faulty = FaultyFiles::default();
        faulty.faults.free.store(free, Ordering::SeqCst);
        faulty.create_dir_all(Path::new("/data")).unwrap();
        let (files, disk) = Disk::watch(Arc::new(faulty.clone()), Path::new("/data"), None);
        (faulty, files, disk)
    }

    #[test]
    fn a_full_disk_refuses_until_there_is_room_again() {
        let (faulty, _, disk) = watched(100);
        assert!(disk.has_room(10), "a twentieth of 1000 stays free, 50 are there to use");
        assert!(disk.has_room(15));
        faulty.faults.free.store(60, Ordering::SeqCst);
        assert!(!disk.has_room(20), "the look that was due finds too little");
        assert!(!disk.has_room(15));
        faulty.faults.free.store(200, Ordering::SeqCst);
        assert!(disk.has_room(20));
    }

    #[test]
    fn the_reserve_is_given_back_once() {
        let (faulty, files, disk) = watched(500);
        disk.keep_reserve();
        assert_eq!(faulty.open(Path::new("/data/reserve")).unwrap().size().unwrap(), RESERVE_BYTES);
        assert!(files.release_reserve() && !faulty.exists(Path::new("/data/reserve")));
        assert!(!files.release_reserve());
        assert!(
            disk.has_room(10) && faulty.exists(Path::new("/data/reserve")),
            "kept again once there is room"
        );
    }

    #[test]
    fn the_first_failed_sync_is_told_and_kept() {
        let (faulty, files, disk) = watched(500);
        let told = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let count = Arc::clone(&told);
        disk.on_failure(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let file = files.open(Path::new("/data/a")).unwrap();
        assert!(file.sync_data().is_ok() && !disk.has_failed());
        assert!(files.sync_dir(Path::new("/gone")).is_err() && !disk.has_failed(), "nobody's fault");
        faulty.faults.syncs_fail.store(true, Ordering::SeqCst);
        assert!(file.sync_data().is_err() && file.sync_data().is_err());
        faulty.faults.syncs_fail.store(false, Ordering::SeqCst);
        assert!(disk.has_failed() && told.load(Ordering::Relaxed) == 1);
    }
}
