//! A file that remembers: entries are appended and synced before anybody acts on them, and read back at start.
//!
//! ```text
//! "FLUXMQ-J" | version u32 = 1 | entry | entry | ...
//! entry = payload length u32 | CRC-32C of length and payload u32 | payload        all big-endian
//! ```
//! A crash can leave a last append in part: it was never answered, and is cut. Damage with intact entries behind it is no such tail, and
//! the start is refused with file and position.

pub(crate) mod codec;
mod load;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::env::files::{File, Files, replace};

const MAGIC: &[u8; 8] = b"FLUXMQ-J";
const VERSION: u32 = 1;
const HEADER_LEN: usize = 12;
const ENTRY_HEADER_LEN: usize = 8;

/// No entry is longer: an announced length above it is damage.
const PAYLOAD_MAX: usize = 64 << 20;

/// A journal up to this size is not worth rewriting.
const REWRITE_MIN: u64 = 1 << 20;

/// A journal is rewritten when it has grown to this many times its size after the last rewrite.
const REWRITE_GROWTH: u64 = 4;

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    files: Arc<dyn Files>,
    path: PathBuf,
    file: Arc<dyn File>,
    /// Where the next entry goes; all before it is durable.
    end: u64,
    /// The size that the journal has when it holds nothing but what is in force, as far as known.
    compact: u64,
    /// Set for good when a write could not be undone or a sync failed: what is on the disk is not known then.
    failed: bool,
}

impl Journal {
    /// Opens a journal, creating it where it is missing, and returns the payloads of its entries.
    pub(crate) fn open(files: Arc<dyn Files>, path: &Path) -> io::Result<(Journal, Vec<Vec<u8>>)> {
        let file = files.open(path)?;
        let loaded = load::load(&*file, path)?;
        let size = file.size()?;
        if loaded.end < size {
            tracing::warn!(
                file = %path.display(),
                position = loaded.end,
                bytes = size - loaded.end,
                "the journal's last append was not finished; it is cut off"
            );
            file.truncate(loaded.end)?;
            file.sync_data()?;
        }
        let mut journal = Journal {
            files,
            path: path.to_owned(),
            file,
            end: loaded.end,
            compact: loaded.end,
            failed: false,
        };
        if journal.end == 0 {
            journal.write(&header())?;
            journal.end = HEADER_LEN as u64;
            if let Some(dir) = path.parent() {
                journal.files.sync_dir(dir)?;
            }
        }
        Ok((journal, loaded.payloads))
    }

    /// Appends entries; they are durable, all of them, when this returns.
    ///
    /// # Errors
    /// None of the entries is in the journal then, and later appends may work; unless the disk failed in a way that leaves this unknown:
    /// then every later append fails too, until a restart reads the file anew.
    pub(crate) fn append(&mut self, payloads: &[Vec<u8>]) -> io::Result<()> {
        if self.failed {
            return Err(io::Error::other(
                "it is offline after an earlier failure of its disk; restart the broker once the disk is well",
            ));
        }
        let mut bytes = Vec::new();
        for payload in payloads {
            push_entry(&mut bytes, payload)?;
        }
        self.write(&bytes)?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Whether the journal has grown so much that [`Self::rewrite`] pays.
    pub(crate) fn wants_rewrite(&self) -> bool {
        !self.failed && self.end > REWRITE_MIN.max(self.compact.saturating_mul(REWRITE_GROWTH))
    }

    /// Replaces all entries by others that mean the same.
    pub(crate) fn rewrite(&mut self, payloads: &[Vec<u8>]) -> io::Result<()> {
        let mut bytes = header().to_vec();
        for payload in payloads {
            push_entry(&mut bytes, payload)?;
        }
        // A failure leaves the old file, under its name and open here.
        let replaced = replace(&*self.files, &self.path, &bytes).and_then(|()| self.files.open(&self.path));
        match replaced {
            Ok(file) => {
                self.file = file;
                self.end = bytes.len() as u64;
                self.compact = self.end;
                Ok(())
            }
            Err(error) => {
                // The rename may have happened: entries appended to the open file would be lost with it.
                self.failed = true;
                Err(error)
            }
        }
    }

    /// Writes at the end and syncs.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut written = self.file.write_at(bytes, self.end);
        if written.as_ref().is_err_and(is_full) && self.files.release_reserve() {
            written = self.file.write_at(bytes, self.end);
        }
        if let Err(error) = written {
            self.failed = self.file.truncate(self.end).is_err();
            return Err(error);
        }
        // A sync that failed is never tried again: it could succeed for data that is lost.
        self.file.sync_data().inspect_err(|_| self.failed = true)
    }
}

/// Whether the disk has no room left.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn header() -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    let (magic, version) = bytes.split_at_mut(MAGIC.len());
    magic.copy_from_slice(MAGIC);
    version.copy_from_slice(&VERSION.to_be_bytes());
    bytes
}

fn push_entry(bytes: &mut Vec<u8>, payload: &[u8]) -> io::Result<()> {
    let too_large = || io::Error::new(io::ErrorKind::InvalidInput, "the entry is too large");
    let len = u32::try_from(payload.len()).map_err(|_| too_large())?;
    if payload.len() > PAYLOAD_MAX {
        return Err(too_large());
    }
    bytes.extend_from_slice(&len.to_be_bytes());
    bytes.extend_from_slice(&checksum(len, payload).to_be_bytes());
    bytes.extend_from_slice(payload);
    Ok(())
}

/// Covers the length too: a run of zeros is no entry.
fn checksum(len: u32, payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&len.to_be_bytes()), payload)
}

#[cfg(test)]
mod tests;
