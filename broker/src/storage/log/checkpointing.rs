//! Writing down what a log knows, so that less has to be found out when it is opened again; and letting go of what an idle log
//! need not hold.

use std::path::PathBuf;
use std::sync::Arc;

use super::super::StorageError;
use super::super::index_mark::IndexMark;
use super::super::segment::{SNAPSHOT, file_path};
use super::{LEADER_EPOCHS, Log};
use crate::env::files::{Files, replace};

/// The producers' state is written down each time that as many bytes have been appended: after a crash no more are read for it.
const SNAPSHOT_BYTES: u64 = 16 << 20;

/// What the next start is to know of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LogCheckpoint {
    pub(crate) recovery_point: i64,
    pub(crate) log_start_offset: i64,
    pub(crate) first_dirty_offset: i64,
    pub(crate) index_mark: Option<IndexMark>,
}

/// The producers' state at an offset, to be written while the log goes on.
#[derive(Debug)]
pub(crate) struct Snapshot {
    files: Arc<dyn Files>,
    path: PathBuf,
    bytes: Vec<u8>,
    /// The one before, which it makes superfluous.
    replaces: Option<PathBuf>,
}

impl Snapshot {
    pub(crate) fn write(self) -> Result<(), StorageError> {
        replace(&*self.files, &self.path, &self.bytes).map_err(StorageError::at(&self.path))?;
        match self.replaces.filter(|path| self.files.exists(path)) {
            Some(path) => self.files.remove(&path).map_err(StorageError::at(path)),
            None => Ok(()),
        }
    }
}

impl Log {
    /// Writes the indexes down as far as they have grown, and lets go of what nobody has used since the last time.
    pub(crate) fn checkpoint(&mut self) -> Result<LogCheckpoint, StorageError> {
        if self.written_end_offset > self.checkpointed_end && self.damaged.is_none() && !self.offline {
            let mark = self.index_mark.filter(|mark| mark.base_offset == self.active.base_offset());
            self.index_mark = Some(self.active.write_new_index_entries(mark)?);
            self.checkpointed_end = self.written_end_offset;
        }
        if self.gathered.is_empty() && self.index_mark.is_some() {
            self.active.rest();
        }
        for segment in &mut self.sealed {
            segment.rest();
        }
        self.tail.rest();
        Ok(self.known())
    }

    fn known(&self) -> LogCheckpoint {
        LogCheckpoint {
            recovery_point: self.recovery_point,
            log_start_offset: self.log_start_offset,
            first_dirty_offset: self.first_dirty_offset,
            index_mark: self.index_mark,
        }
    }

    /// The producers' state, when enough has been appended since it was last written down.
    pub(crate) fn due_snapshot(&mut self) -> Option<Snapshot> {
        if self.bytes_since_snapshot < SNAPSHOT_BYTES || !self.gathered.is_empty() || self.damaged.is_some() {
            return None;
        }
        self.bytes_since_snapshot = 0;
        let replaces = self.passing_snapshot.replace(self.written_end_offset);
        Some(Snapshot {
            files: Arc::clone(&self.files),
            path: file_path(&self.dir, self.written_end_offset, SNAPSHOT),
            bytes: self.producers.to_snapshot(),
            replaces: replaces.map(|offset| file_path(&self.dir, offset, SNAPSHOT)),
        })
    }

    /// Keeps the producers' state as of the log's end.
    pub(super) fn write_snapshot(&mut self) -> Result<(), StorageError> {
        let path = file_path(&self.dir, self.log_end_offset, SNAPSHOT);
        replace(&*self.files, &path, &self.producers.to_snapshot()).map_err(StorageError::at(path))?;
        self.bytes_since_snapshot = 0;
        let passing = self.passing_snapshot.take().filter(|offset| *offset != self.log_end_offset);
        let passing = passing.map(|offset| file_path(&self.dir, offset, SNAPSHOT));
        match passing.filter(|path| self.files.exists(path)) {
            Some(path) => self.files.remove(&path).map_err(StorageError::at(path)),
            None => Ok(()),
        }
    }

    /// Writes the leader epochs down, unless the file says the same.
    pub(super) fn keep_leader_epochs(&mut self) -> Result<(), StorageError> {
        if self.kept_leader_epochs != self.leader_epochs {
            let path = self.dir.join(LEADER_EPOCHS);
            let text = self.leader_epochs.to_text();
            replace(&*self.files, &path, text.as_bytes()).map_err(StorageError::at(path))?;
            self.kept_leader_epochs.clone_from(&self.leader_epochs);
        }
        Ok(())
    }

    /// Writes everything down and makes it durable, for a clean stop.
    pub(crate) fn close(&mut self) -> Result<LogCheckpoint, StorageError> {
        if self.offline {
            return Err(StorageError::Offline);
        }
        self.write()?;
        if self.damaged.is_some() || !self.is_dirty {
            return Ok(self.known());
        }
        self.active.give_back_room()?;
        self.unsynced.active = true;
        self.unsynced.sealed.extend(self.active.write_indexes()?);
        self.index_mark = Some(IndexMark::of(self.active.base_offset(), self.active.indexes()?));
        self.write_snapshot()?;
        self.keep_leader_epochs()?;
        let end_offset = self.written_end_offset;
        self.dirty_files()?.sync()?;
        self.set_recovery_point(end_offset);
        self.is_dirty = false;
        Ok(self.known())
    }
}
