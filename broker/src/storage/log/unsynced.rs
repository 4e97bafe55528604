//! What a log has written and not synced yet.

use std::path::PathBuf;
use std::sync::Arc;

use super::super::StorageError;
use super::super::segment::WrittenFile;
use super::Log;
use crate::env::files::Files;

/// What has been written and is not durable yet.
#[derive(Debug, Default)]
pub(super) struct Unsynced {
    pub(super) sealed: Vec<WrittenFile>,
    pub(super) active: bool,
    pub(super) dir: bool,
    /// Small files beside the segments.
    pub(super) others: Vec<PathBuf>,
}

/// What must be synced so that everything written before is durable. Taken under the log's lock, synced outside of it.
#[derive(Debug)]
pub(crate) struct DirtyFiles {
    files: Arc<dyn Files>,
    written: Vec<WrittenFile>,
    dir: Option<PathBuf>,
    others: Vec<PathBuf>,
}

impl DirtyFiles {
    pub(crate) fn sync(&self) -> Result<(), StorageError> {
        for path in &self.others {
            self.files.open(path).and_then(|file| file.sync_data()).map_err(StorageError::at(path))?;
        }
        for (path, file) in &self.written {
            file.sync_data().map_err(StorageError::at(path))?;
        }
        match &self.dir {
            Some(dir) => self.files.sync_dir(dir).map_err(StorageError::at(dir)),
            None => Ok(()),
        }
    }
}

impl Log {
    /// A file in the log's directory that must be durable before anything in the log is.
    pub(crate) fn also_sync(&mut self, path: PathBuf) {
        self.unsynced.others.push(path);
    }

    /// What to sync so that segments which came and went are durably so.
    pub(crate) fn dir_to_sync(&self) -> DirtyFiles {
        DirtyFiles {
            files: Arc::clone(&self.files),
            written: Vec::new(),
            dir: Some(self.dir.clone()),
            others: Vec::new(),
        }
    }

    /// What could not be synced is dirty as before: the next round must not take it for durable.
    pub(crate) fn still_dirty(&mut self, files: DirtyFiles) {
        self.unsynced.sealed.extend(files.written);
        self.unsynced.others.extend(files.others);
        self.unsynced.dir |= files.dir.is_some();
    }

    /// What must be synced for everything below [`Self::written_end_offset`]; afterwards it counts as synced.
    pub(crate) fn dirty_files(&mut self) -> Result<DirtyFiles, StorageError> {
        let active = self.unsynced.active.then(|| self.active.file().map(Arc::clone)).transpose()?;
        let unsynced = std::mem::take(&mut self.unsynced);
        let mut written = unsynced.sealed;
        written.extend(active.map(|file| (self.active.path(), file)));
        let dir = unsynced.dir.then(|| self.dir.clone());
        Ok(DirtyFiles { files: Arc::clone(&self.files), written, dir, others: unsynced.others })
    }
}
