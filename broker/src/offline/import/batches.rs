//! Reading a log of Kafka's own from its first segment to its last.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use fluxmq_protocol::record::{BatchError, RecordBatch};

use super::super::OfflineError;
use super::super::files::{names_in, open};
use crate::storage::recovery::BatchWalk;
use crate::storage::segment::{LOG, base_offset_of};

/// The segment files of a log with their base offsets, in order.
pub(super) fn segments(dir: &Path) -> Result<Vec<(i64, PathBuf)>, OfflineError> {
    let names = names_in(dir)?;
    let mut segments: Vec<(i64, PathBuf)> =
        names.iter().filter_map(|name| Some((base_offset_of(name, LOG)?, dir.join(name)))).collect();
    segments.sort_unstable();
    Ok(segments)
}

/// Hands each batch of a file, checked, to `each`. Ends where the file ends, or where its last write was not finished.
pub(super) fn each_batch(
    path: &Path,
    mut each: impl FnMut(&RecordBatch) -> Result<(), OfflineError>,
) -> Result<(), OfflineError> {
    let (file, size) = open(path)?;
    let mut walk = BatchWalk::new(&*file, 0, size, 0..i64::MAX);
    while let Some(Ok(intact)) = walk.next().map_err(OfflineError::at(path))? {
        let batch = RecordBatch::parse(Bytes::copy_from_slice(intact.bytes));
        each(&batch.map_err(|error| unreadable(path, intact.header.base_offset, &error))?)?;
    }
    Ok(())
}

/// A batch whose checksum is right and that makes no sense all the same.
pub(super) fn unreadable(path: &Path, offset: i64, error: &BatchError) -> OfflineError {
    not_understood(path, offset, error)
}

/// A record that makes no sense.
pub(super) fn not_understood(path: &Path, offset: i64, error: &dyn std::error::Error) -> OfflineError {
    OfflineError::Refused(format!("`{}` is not understood at offset {offset}: {error}", path.display()))
}
