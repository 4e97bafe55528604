//! Room on the disk for what a growing segment will hold.
//!
//! A file that is long enough already is synced a third cheaper than one that grows with each write. So the file of a log that has
//! some size is made longer ahead of its batches, and cut again when the segment is sealed or the broker stops. What lies behind the
//! last batch is zeros; after a crash they are no torn write.

use std::io;

use super::super::StorageError;
use super::Segment;
use crate::env::files::File;

/// Logs up to this size take no room ahead: thousands of small ones would take gigabytes.
const ALLOCATING_MIN: u64 = 1 << 20;

/// As much room is taken ahead at most.
const AHEAD_MAX: u64 = 16 << 20;

/// How much room is taken before it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// None: nobody waits for the disk.
    AsWritten,
    /// Some, in proportion to the segment's size.
    Ahead,
    /// All that the segment may ever need (`preallocate`).
    Whole,
}

impl Segment {
    /// Takes room for `len` more bytes in a segment of at most `segment_bytes`.
    pub(crate) fn take_room(
        &mut self,
        len: usize,
        room: Room,
        segment_bytes: u64,
    ) -> Result<(), StorageError> {
        let end = self.size + len as u64;
        if end <= self.allocated {
            return Ok(());
        }
        let wanted = match room {
            Room::Whole => segment_bytes,
            Room::Ahead if end >= ALLOCATING_MIN => (end + (end / 4).min(AHEAD_MAX)).min(segment_bytes),
            Room::AsWritten | Room::Ahead => return Ok(()),
        };
        // Where there is no room to take ahead there may still be some for these bytes: the write will tell.
        if wanted > end && self.file()?.allocate(wanted).is_ok() {
            self.allocated = wanted;
        }
        Ok(())
    }

    /// Gives back the room that was not needed.
    pub(crate) fn give_back_room(&mut self) -> Result<(), StorageError> {
        if self.allocated > self.size { self.truncate(self.size) } else { Ok(()) }
    }
}

/// Whether there is nothing but zeros from `position` to `size`.
pub(crate) fn is_empty_room(file: &dyn File, position: u64, size: u64) -> io::Result<bool> {
    let mut buffer = vec![0; 64 << 10];
    let mut at = position;
    while at < size {
        let wanted = usize::try_from(size - at).unwrap_or(usize::MAX).min(buffer.len());
        let read = file.read_at(buffer.get_mut(..wanted).unwrap_or_default(), at)?;
        if read == 0 || buffer.iter().take(read).any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += read as u64;
    }
    Ok(true)
}
