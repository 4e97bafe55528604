//! How old a segment is, and how it leaves the log.

use std::path::PathBuf;
use std::sync::Arc;

use super::super::StorageError;
use super::{DELETED, Indexes, LOG, OFFSET_INDEX, SNAPSHOT, Segment, TIME_INDEX, TRANSACTION_INDEX};

/// The files of a segment that another takes the place of. No reader needs the transaction index of a cleaned segment: the
/// records of aborted transactions are gone from it.
const REPLACED: [&str; 4] = [LOG, OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX];

impl Segment {
    /// The largest timestamp of the segment's records; where none has one, when the file was last written. `None` where even
    /// that is not known. It is remembered, and neither file nor indexes stay open for it.
    pub(crate) fn largest_timestamp(&self) -> Result<Option<i64>, StorageError> {
        let of = |indexes: &Indexes| match indexes.max_timestamp {
            Some((timestamp, _)) => Ok(Some(timestamp)),
            None => self.files.modified_ms(&self.path()).map_err(StorageError::at(self.path())),
        };
        if let Some(indexes) = self.indexes.get() {
            return of(indexes);
        }
        if let Some(known) = self.largest_timestamp.get() {
            return Ok(*known);
        }
        let reader = Segment::new(Arc::clone(&self.files), &self.dir, self.base_offset, self.size);
        let found = of(reader.indexes()?)?;
        Ok(*self.largest_timestamp.get_or_init(|| found))
    }

    /// Removes the segment's files, the log first.
    pub(crate) fn remove(&self) -> Result<(), StorageError> {
        self.remove_all(&[LOG, OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX, SNAPSHOT])
    }

    /// The same, but for the snapshot: a segment with the same base offset takes the place of this one, and what is known of
    /// producers there stays true.
    pub(crate) fn remove_replaced(&self) -> Result<(), StorageError> {
        self.remove_all(&REPLACED)
    }

    fn remove_all(&self, extensions: &[&str]) -> Result<(), StorageError> {
        for extension in extensions {
            let path = self.file_path(extension);
            if self.files.exists(&path) {
                self.files.remove(&path).map_err(StorageError::at(path))?;
            }
        }
        Ok(())
    }

    /// Renames the segment's files so that no log is opened with them again, the log first; returns their new paths. Done
    /// before the segment lets go of its name: files that a reader holds stay readable.
    pub(crate) fn retire(&self) -> Result<Vec<PathBuf>, StorageError> {
        self.retire_all(&[LOG, OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX, SNAPSHOT])
    }

    /// The same, but for the snapshot, as in [`Self::remove_replaced`].
    pub(crate) fn retire_replaced(&self) -> Result<Vec<PathBuf>, StorageError> {
        self.retire_all(&REPLACED)
    }

    fn retire_all(&self, extensions: &[&str]) -> Result<Vec<PathBuf>, StorageError> {
        let mut retired = Vec::new();
        for extension in extensions {
            let path = self.file_path(extension);
            if self.files.exists(&path) {
                let to = self.file_path(&format!("{extension}{DELETED}"));
                self.files.rename(&path, &to).map_err(StorageError::at(path))?;
                retired.push(to);
            }
        }
        Ok(retired)
    }
}
