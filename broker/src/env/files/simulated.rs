//! Files on a disk that forgets. Beside what everybody sees it keeps what is durable: bytes after a sync of their file,
//! names after a sync of their directory. After a power loss the rest may be there, or not, or in parts, as a seed decides.
//! It also fails where it is told to, and tells lies to prove that a test would notice.

mod disk;
mod power_loss;

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

use self::disk::Disk;
use super::{File, Files};

/// A disk that can lose its power.
#[derive(Debug, Clone)]
pub(crate) struct SimulatedFiles(Arc<Mutex<Disk>>);

/// How many there are of [`Operation`].
const OPERATIONS: usize = 7;

/// What can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Creating a file or directory.
    Create,
    Write,
    Truncate,
    SyncData,
    SyncDir,
    Rename,
    Remove,
}

/// How the operations of one kind fail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) operation: Operation,
    /// How many succeed before.
    pub(crate) after: u64,
    /// How many fail.
    pub(crate) times: u64,
    pub(crate) error: Errno,
}

/// What a failing operation answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errno {
    /// The disk is broken.
    Io,
    /// The disk is full.
    NoSpace,
}

impl Errno {
    fn error(self) -> io::Error {
        io::Error::from_raw_os_error(match self {
            Errno::Io => 5,
            Errno::NoSpace => 28,
        })
    }
}

/// What the disk does not do although it says so.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lies {
    pub(crate) sync_data: bool,
    pub(crate) sync_dir: bool,
    /// By how many bytes it cuts too much.
    pub(crate) truncate: u64,
}

impl SimulatedFiles {
    /// An empty disk.
    pub(crate) fn new() -> Self {
        SimulatedFiles(Arc::new(Mutex::new(Disk::new())))
    }

    /// How often something was written, made durable, or given another name.
    pub(crate) fn steps(&self) -> u64 {
        self.0.lock().steps
    }

    /// Lets that many more steps happen; whatever comes after them fails and does nothing.
    pub(crate) fn cut_power_after(&self, steps: u64) {
        let mut disk = self.0.lock();
        disk.power_until = Some(disk.steps + steps);
    }

    /// Whether something was tried after the power was cut.
    pub(crate) fn is_dark(&self) -> bool {
        self.0.lock().is_dark
    }

    pub(crate) fn lie(&self, lies: Lies) {
        self.0.lock().lies = lies;
    }

    /// Makes operations fail from here on, in place of all faults of before.
    pub(crate) fn fail(&self, faults: &[Fault]) {
        let mut disk = self.0.lock();
        disk.faults = faults.to_vec();
        disk.counts = [0; OPERATIONS];
        disk.failed = [0; OPERATIONS];
    }

    /// How often an operation was tried since [`Self::fail`].
    pub(crate) fn count(&self, operation: Operation) -> u64 {
        self.0.lock().counts[operation as usize]
    }

    /// How often it failed since then.
    pub(crate) fn failed(&self, operation: Operation) -> u64 {
        self.0.lock().failed[operation as usize]
    }

    /// Whether anything has failed since then.
    pub(crate) fn has_failed(&self) -> bool {
        self.0.lock().failed.iter().any(|count| *count > 0)
    }

    /// Another disk with the same files, which are all durable.
    pub(crate) fn copy(&self) -> SimulatedFiles {
        SimulatedFiles(Arc::new(Mutex::new(self.0.lock().copy())))
    }

    /// What another start finds after the power was lost at this moment. The old files are of no use any more.
    pub(crate) fn power_loss(&self, random: &mut fastrand::Rng) -> SimulatedFiles {
        SimulatedFiles(Arc::new(Mutex::new(self.0.lock().after_power_loss(random))))
    }
}

impl Files for SimulatedFiles {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let node = self.0.lock().open(path)?;
        Ok(Arc::new(SimulatedFile { disk: Arc::clone(&self.0), node }))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.0.lock().list(dir)
    }

    fn exists(&self, path: &Path) -> bool {
        self.0.lock().find(path).is_some()
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.0.lock().create_dir_all(dir)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.lock().rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.lock().remove(path)
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.0.lock().remove_dir_all(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.lock().sync_dir(dir)
    }

    fn sync_all(&self, _: &Path) -> io::Result<()> {
        self.0.lock().sync_all()
    }
}

#[derive(Debug)]
struct SimulatedFile {
    disk: Arc<Mutex<Disk>>,
    node: usize,
}

impl File for SimulatedFile {
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        self.disk.lock().write(self.node, bytes, position as usize)
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let mut disk = self.disk.lock();
        disk.look()?;
        let from = disk.content(self.node).now.get(position as usize..).unwrap_or_default();
        let count = from.len().min(buffer.len());
        buffer[..count].copy_from_slice(&from[..count]);
        Ok(count)
    }

    fn size(&self) -> io::Result<u64> {
        let mut disk = self.disk.lock();
        disk.look()?;
        Ok(disk.content(self.node).now.len() as u64)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.disk.lock().truncate(self.node, size as usize)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.lock().sync_data(self.node)
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

#[cfg(test)]
mod tests;
