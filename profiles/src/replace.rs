//! Replacing a file so that a reader, or a power cut, sees the old content or the new and nothing between.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::ProfileError;

/// How long another program may hold the lock.
const LOCK_WAIT: Duration = Duration::from_secs(3);
const LOCK_RETRY: Duration = Duration::from_millis(20);

/// Holds the right to change a file until dropped.
#[derive(Debug)]
pub(crate) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Waits for the right to change `path`; makes its folder when there is none. The lock is a file beside it, since
    /// the file itself is replaced by each change.
    pub(crate) fn acquire(path: &Path) -> Result<Self, ProfileError> {
        let io_error = |source| ProfileError::Io { what: "locked", path: path.to_owned(), source };
        fs::create_dir_all(folder(path)).map_err(io_error)?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(with_suffix(path, ".lock"))
            .map_err(io_error)?;
        let deadline = Instant::now() + LOCK_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(FileLock { _file: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(LOCK_RETRY),
                Err(TryLockError::WouldBlock) => return Err(ProfileError::Locked { path: path.to_owned() }),
                Err(TryLockError::Error(source)) => return Err(io_error(source)),
            }
        }
    }
}

/// Puts `text` at `path`, readable by its owner alone.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), ProfileError> {
    write(path, text).map_err(|source| ProfileError::Io { what: "written", path: path.to_owned(), source })
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    // A link, as people with a folder of dotfiles have, stays a link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = folder(&path);
    // A temporary file has mode 0600 from its first byte.
    let mut temporary = tempfile::Builder::new().prefix(".fluxctl-").tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    temporary.persist(&path).map_err(|error| error.error)?;
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
