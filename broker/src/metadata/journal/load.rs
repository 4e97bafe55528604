//! Reading a journal back after a stop or a crash.

use std::io;
use std::path::Path;

use super::{ENTRY_HEADER_LEN, HEADER_LEN, MAGIC, PAYLOAD_MAX, VERSION, checksum, header};
use crate::env::files::File;

/// What a journal's file holds.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) payloads: Vec<Vec<u8>>,
    /// Where the intact entries end; 0 for a file that is new.
    pub(super) end: u64,
}

/// Reads all intact entries.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] for a file that is no journal, is of a later version, or is damaged before its end.
pub(super) fn load(file: &dyn File, path: &Path) -> io::Result<Loaded> {
    let mut bytes = vec![0; usize::try_from(file.size()?).map_err(io::Error::other)?];
    let read = file.read_at(&mut bytes, 0)?;
    bytes.truncate(read);
    if header().starts_with(&bytes) && bytes.len() < HEADER_LEN {
        // The very first write was not finished.
        return Ok(Loaded { payloads: Vec::new(), end: 0 });
    }
    let damaged =
        |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("`{}`: {what}", path.display()));
    let (magic, rest) = bytes.split_at_checked(MAGIC.len()).unwrap_or_default();
    if magic != MAGIC {
        return Err(damaged(
            "it is not a journal of this broker; move it away or name another data directory".to_owned(),
        ));
    }
    let version = rest.first_chunk().map_or(0, |version| u32::from_be_bytes(*version));
    if version != VERSION {
        return Err(damaged(format!(
            "it has version {version}, and this broker knows {VERSION}; start a newer broker"
        )));
    }
    let mut payloads = Vec::new();
    let mut end = HEADER_LEN;
    while let Some(payload) = entry_at(&bytes, end) {
        end += ENTRY_HEADER_LEN + payload.len();
        payloads.push(payload.to_vec());
    }
    if let Some(intact) = next_entry(&bytes, end + 1) {
        return Err(damaged(format!(
            "it is damaged at position {end}, and an intact entry follows at {intact}; restore the file from a backup"
        )));
    }
    Ok(Loaded { payloads, end: end as u64 })
}

/// The payload of the entry at a position, if one is there and whole.
fn entry_at(bytes: &[u8], position: usize) -> Option<&[u8]> {
    let rest = bytes.get(position..)?;
    let (len, rest) = rest.split_first_chunk()?;
    let (crc, rest) = rest.split_first_chunk()?;
    let len = u32::from_be_bytes(*len);
    let payload = rest.get(..usize::try_from(len).ok().filter(|len| *len <= PAYLOAD_MAX)?)?;
    (checksum(len, payload) == u32::from_be_bytes(*crc)).then_some(payload)
}

/// The first intact entry at or after a position: proof that what lies before it is damage and not an append cut short.
fn next_entry(bytes: &[u8], position: usize) -> Option<usize> {
    (position..bytes.len().saturating_sub(ENTRY_HEADER_LEN)).find(|at| entry_at(bytes, *at).is_some())
}
