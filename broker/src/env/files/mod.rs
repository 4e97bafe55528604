//! Files, as the broker uses them. Everything it keeps goes through these two traits: on a disk, or in memory.

mod disk;
#[cfg(test)]
mod faulty;
mod memory;
#[cfg(test)]
pub(crate) mod simulated;
mod watched;

use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;

pub(crate) use self::disk::DiskFiles;
#[cfg(test)]
pub(crate) use self::faulty::{Faults, FaultyFiles};
pub(crate) use self::memory::MemoryFiles;
pub(crate) use self::watched::Disk;

/// A place for files.
pub(crate) trait Files: Send + Sync + fmt::Debug {
    /// Opens a file for reading and writing, creating it when it is missing.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>>;
    /// The names in a directory, in no particular order.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    fn exists(&self, path: &Path) -> bool;
    fn create_dir_all(&self, dir: &Path) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    fn remove_dir_all(&self, dir: &Path) -> io::Result<()>;
    /// When a file was last written, in milliseconds since 1970; `None` where nobody takes note of that.
    fn modified_ms(&self, path: &Path) -> io::Result<Option<i64>> {
        let _ = path;
        Ok(None)
    }
    /// Makes creations, renames and removals in a directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Makes everything durable that was written below `dir`, also by a process that has ended.
    fn sync_all(&self, dir: &Path) -> io::Result<()> {
        let _ = dir;
        Ok(())
    }
    /// The room on the disk that holds `dir`; `None` where there is no limit to speak of.
    fn space(&self, dir: &Path) -> io::Result<Option<Space>> {
        let _ = dir;
        Ok(None)
    }
    /// Gives back what was set aside for a full disk. False when there is nothing to give.
    fn release_reserve(&self) -> bool {
        false
    }
}

/// The room on a disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Space {
    pub(crate) free: u64,
    pub(crate) total: u64,
}

/// An open file.
pub(crate) trait File: Send + Sync + fmt::Debug {
    /// Writes all of `bytes` at `position`.
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()>;
    /// Reads up to the buffer's length at `position`; less only at the end of the file.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;
    fn size(&self) -> io::Result<u64>;
    fn truncate(&self, size: u64) -> io::Result<()>;
    /// Makes the file `size` bytes long and takes the room for them on the disk now, so that writing them cannot fail for want of it.
    fn allocate(&self, size: u64) -> io::Result<()> {
        self.truncate(size)
    }
    /// Makes the bytes, and the size, durable.
    fn sync_data(&self) -> io::Result<()>;
    /// What `sendfile` takes; `None` where the bytes are in memory.
    fn descriptor(&self) -> Option<BorrowedFd<'_>>;
}

/// All bytes of a small file.
pub(crate) fn read_all(files: &dyn Files, path: &Path) -> io::Result<Vec<u8>> {
    let file = files.open(path)?;
    let size = usize::try_from(file.size()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; size];
    let read = file.read_at(&mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// Puts `bytes` in the place of a small file so that a crash leaves either the old or the new content: temporary file,
/// sync, rename, sync of the directory.
pub(crate) fn replace(files: &dyn Files, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    let temporary = Path::new(&name);
    let file = files.open(temporary)?;
    file.truncate(0)?;
    file.write_at(bytes, 0)?;
    file.sync_data()?;
    drop(file);
    files.rename(temporary, path)?;
    path.parent().map_or(Ok(()), |dir| files.sync_dir(dir))
}
