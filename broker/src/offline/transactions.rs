//! The index of aborted transactions, Kafka's `.txnindex`.
//!
//! ```text
//! version i16 = 0 | producer id i64 | first offset i64 | last offset i64 | last stable offset i64      all big-endian
//! ```

use fluxmq_protocol::wire::{Reader, WireResult, Writer};

/// The bytes of one entry.
pub(super) const ENTRY_SIZE: usize = 34;

const VERSION: i16 = 0;

/// A transaction that was aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AbortedTransaction {
    pub(super) producer_id: i64,
    pub(super) first_offset: i64,
    /// Of its marker.
    pub(super) last_offset: i64,
    pub(super) last_stable_offset: i64,
}

/// Reads an index file. What cannot be an entry ends it, with a sentence.
pub(super) fn entries(bytes: &[u8]) -> (Vec<AbortedTransaction>, Option<String>) {
    let mut entries: Vec<AbortedTransaction> = Vec::new();
    let (chunks, rest) = bytes.as_chunks::<ENTRY_SIZE>();
    for (number, chunk) in chunks.iter().enumerate() {
        let Ok((version, entry)) = read(chunk) else { break };
        if version != VERSION {
            return (entries, Some(format!("entry {number} has version {version}, only {VERSION} is known")));
        }
        let rises = entries.last().is_none_or(|last| last.last_offset < entry.last_offset);
        if !rises || entry.first_offset > entry.last_offset {
            return (entries, Some(format!("the offsets of entry {number} do not rise")));
        }
        entries.push(entry);
    }
    (entries, (!rest.is_empty()).then(|| format!("{} bytes follow the last whole entry", rest.len())))
}

fn read(bytes: &[u8]) -> WireResult<(i16, AbortedTransaction)> {
    let mut reader = Reader::over(bytes);
    let version = reader.i16()?;
    let entry = AbortedTransaction {
        producer_id: reader.i64()?,
        first_offset: reader.i64()?,
        last_offset: reader.i64()?,
        last_stable_offset: reader.i64()?,
    };
    Ok((version, entry))
}

/// The file with these entries.
pub(super) fn to_bytes(entries: &[AbortedTransaction]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * ENTRY_SIZE);
    let mut writer = Writer::new(&mut bytes);
    for entry in entries {
        writer.i16(VERSION);
        writer.i64(entry.producer_id);
        writer.i64(entry.first_offset);
        writer.i64(entry.last_offset);
        writer.i64(entry.last_stable_offset);
    }
    bytes
}
