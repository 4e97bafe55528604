//! Files for tests: in memory, counted, and failing when a test says so.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{File, Files, MemoryFiles, Space};

/// Memory that can fail. Clones are the same place.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultyFiles {
    inner: Arc<MemoryFiles>,
    pub(crate) faults: Arc<Faults>,
}

/// What was done, and what is to fail.
#[derive(Debug)]
pub(crate) struct Faults {
    /// The write that brings this to zero fails after half of its bytes.
    pub(crate) writes_left: AtomicU64,
    pub(crate) syncs_fail: AtomicBool,
    pub(crate) syncs: AtomicU64,
    pub(crate) bytes_read: AtomicU64,
    /// Of a disk of 1,000 bytes.
    pub(crate) free: AtomicU64,
}

impl Default for Faults {
    fn default() -> Self {
        Faults {
            writes_left: AtomicU64::new(u64::MAX),
            syncs_fail: AtomicBool::new(false),
            syncs: AtomicU64::new(0),
            bytes_read: AtomicU64::new(0),
            free: AtomicU64::new(1000),
        }
    }
}

#[derive(Debug)]
struct FaultyFile(Arc<dyn File>, Arc<Faults>);

impl Files for FaultyFiles {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        Ok(Arc::new(FaultyFile(self.inner.open(path)?, Arc::clone(&self.faults))))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.inner.list(dir)
    }

    fn exists(&self, path: &Path) -> bool {
        self.inner.exists(path)
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.inner.create_dir_all(dir)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.inner.remove(path)
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.inner.remove_dir_all(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        if self.exists(dir) { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn space(&self, _: &Path) -> io::Result<Option<Space>> {
        Ok(Some(Space { free: self.faults.free.load(Ordering::SeqCst), total: 1000 }))
    }
}

impl File for FaultyFile {
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        if self.1.writes_left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.write_at(&bytes[..bytes.len() / 2], position)?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.write_at(bytes, position)
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let read = self.0.read_at(buffer, position)?;
        self.1.bytes_read.fetch_add(read as u64, Ordering::SeqCst);
        Ok(read)
    }

    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.0.truncate(size)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.1.syncs.fetch_add(1, Ordering::SeqCst);
        if self.1.syncs_fail.load(Ordering::SeqCst) {
            Err(io::Error::other("the disk is broken"))
        } else {
            Ok(())
        }
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}
