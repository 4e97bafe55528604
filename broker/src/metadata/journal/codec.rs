//! The bytes of entries: numbers big-endian, texts and maps behind their length.

use std::collections::BTreeMap;

use uuid::Uuid;

/// An entry that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MalformedEntry {
    #[error("an entry has version {found}, and this broker knows {known}; start a newer broker")]
    Version { found: u8, known: u8 },
    #[error("an entry is of kind {0}, which this broker does not know; start a newer broker")]
    Kind(u8),
    #[error("an entry ends too early")]
    Short,
    #[error("an entry has bytes that mean nothing")]
    Trailing,
    #[error("an entry's text is not UTF-8")]
    Text,
}

/// Builds an entry.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn i16(&mut self, value: i16) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    pub(crate) fn uuid(&mut self, value: Uuid) {
        self.0.extend_from_slice(value.as_bytes());
    }

    /// At most 4 GiB, which the journal's largest entry keeps.
    pub(crate) fn text(&mut self, value: &str) {
        self.0.extend_from_slice(&(value.len() as u32).to_be_bytes());
        self.0.extend_from_slice(value.as_bytes());
    }

    pub(crate) fn map(&mut self, value: &BTreeMap<String, String>) {
        self.0.extend_from_slice(&(value.len() as u32).to_be_bytes());
        for (key, value) in value {
            self.text(key);
            self.text(value);
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Reads an entry; only forward.
#[derive(Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader(bytes)
    }

    /// Takes the version byte and refuses any but `known`.
    pub(crate) fn version(&mut self, known: u8) -> Result<(), MalformedEntry> {
        let found = self.u8()?;
        if found == known { Ok(()) } else { Err(MalformedEntry::Version { found, known }) }
    }

    pub(crate) fn u8(&mut self) -> Result<u8, MalformedEntry> {
        Ok(u8::from_be_bytes(self.chunk()?))
    }

    pub(crate) fn i16(&mut self) -> Result<i16, MalformedEntry> {
        Ok(i16::from_be_bytes(self.chunk()?))
    }

    pub(crate) fn i32(&mut self) -> Result<i32, MalformedEntry> {
        Ok(i32::from_be_bytes(self.chunk()?))
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, MalformedEntry> {
        Ok(Uuid::from_bytes(self.chunk()?))
    }

    pub(crate) fn text(&mut self) -> Result<String, MalformedEntry> {
        let len = usize::try_from(u32::from_be_bytes(self.chunk()?)).map_err(|_| MalformedEntry::Short)?;
        let (text, rest) = self.0.split_at_checked(len).ok_or(MalformedEntry::Short)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).map_err(|_| MalformedEntry::Text)
    }

    pub(crate) fn map(&mut self) -> Result<BTreeMap<String, String>, MalformedEntry> {
        let count = u32::from_be_bytes(self.chunk()?);
        (0..count).map(|_| Ok((self.text()?, self.text()?))).collect()
    }

    /// Refuses bytes that are left over.
    pub(crate) fn end(&self) -> Result<(), MalformedEntry> {
        if self.0.is_empty() { Ok(()) } else { Err(MalformedEntry::Trailing) }
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], MalformedEntry> {
        let (chunk, rest) = self.0.split_first_chunk().ok_or(MalformedEntry::Short)?;
        self.0 = rest;
        Ok(*chunk)
    }
}
