//! Reading a journal back after a stop or a crash.

use std::io;
use std::ops::Range;
use std::path::Path;

use super::{ENTRY_HEADER_LEN, HEADER_LEN, MAGIC, PAYLOAD_MAX, VERSION, checksum, header};
use crate::env::files::File;

/// The least that a disk writes.
const SECTOR_SIZE: usize = 512;

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
    let is_cut = header().starts_with(&bytes) && bytes.len() < HEADER_LEN;
    let is_lost = bytes.len() <= HEADER_LEN && bytes.iter().all(|byte| *byte == 0);
    if is_cut || is_lost {
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
    // What was never synced was never answered: an end that is missing, and a sector that did not reach the disk.
    let intact = next_entry(&bytes, end + 1);
    let next = intact.or_else(|| announced_end(&bytes, end));
    if let Some(next) = next.filter(|next| !has_lost_sector(&bytes, end..*next)) {
        let follows = intact.map_or_else(String::new, |_| format!(", and an intact entry follows at {next}"));
        return Err(damaged(format!(
            "it is damaged at position {end}{follows}; restore the file from a backup"
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

/// Where the entry at a position ends, if the file goes on so far.
fn announced_end(bytes: &[u8], position: usize) -> Option<usize> {
    let len = u32::from_be_bytes(*bytes.get(position..)?.first_chunk()?);
    let end = position.checked_add(ENTRY_HEADER_LEN)?.checked_add(usize::try_from(len).ok()?)?;
    (end <= bytes.len()).then_some(end)
}

/// Whether a sector, from the beginning of `range` or its own to its end, holds nothing but zeros: a journal only grows, so what of it
/// did not reach the disk is zero.
fn has_lost_sector(bytes: &[u8], range: Range<usize>) -> bool {
    let starts =
        std::iter::successors(Some(range.start), |start| Some((start / SECTOR_SIZE + 1) * SECTOR_SIZE));
    starts.take_while(|start| *start < range.end).any(|start| {
        let end = ((start / SECTOR_SIZE + 1) * SECTOR_SIZE).min(bytes.len());
        bytes.get(start..end).is_some_and(|sector| sector.iter().all(|byte| *byte == 0))
    })
}

/// The first intact entry at or after a position: proof that what lies before it is damage and not an append cut short.
fn next_entry(bytes: &[u8], position: usize) -> Option<usize> {
    (position..bytes.len().saturating_sub(ENTRY_HEADER_LEN)).find(|at| entry_at(bytes, *at).is_some())
}
