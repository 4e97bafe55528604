//! Reading files that a running broker may own: nothing is created, nothing is written.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::OfflineError;
use crate::env::files::{DiskFiles, File};

/// The names in a directory, sorted.
pub(super) fn names_in(dir: &Path) -> Result<Vec<String>, OfflineError> {
    let names = fs::read_dir(dir)
        .and_then(|entries| {
            entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
        })
        .map_err(OfflineError::at(dir));
    let mut names: Vec<String> = names?;
    names.sort();
    Ok(names)
}

/// An open file and its size.
pub(super) fn open(path: &Path) -> Result<(Arc<dyn File>, u64), OfflineError> {
    let opened = DiskFiles::open_to_read(path).and_then(|file| {
        let size = file.size()?;
        Ok((file, size))
    });
    opened.map_err(OfflineError::at(path))
}

/// All bytes of a file; `None` when it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, OfflineError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(OfflineError::at(path)(error)),
    }
}

/// The text of a small file; `None` when it is not there. Bytes that are no text make no sense in any of them.
pub(super) fn read_text(path: &Path) -> Result<Option<String>, OfflineError> {
    Ok(read(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}
