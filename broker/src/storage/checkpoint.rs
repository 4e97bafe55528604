//! Kafka's checkpoint files: a version, a count, then `topic partition offset` lines. What is missing or damaged means that
//! more is recovered, never that something is lost.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::StorageError;
use crate::env::files::{Files, read_all, replace};

/// An offset for each of many partitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    offsets: BTreeMap<(String, i32), i64>,
}

impl Checkpoint {
    pub(crate) fn offset(&self, topic: &str, partition: i32) -> Option<i64> {
        self.offsets.get(&(topic.to_owned(), partition)).copied()
    }

    pub(crate) fn set(&mut self, topic: &str, partition: i32, offset: i64) {
        self.offsets.insert((topic.to_owned(), partition), offset);
    }

    pub(crate) fn remove(&mut self, topic: &str, partition: i32) {
        self.offsets.remove(&(topic.to_owned(), partition));
    }

    /// Reads a file; empty, with a warning, when it is damaged, and without one when it is not there.
    pub(crate) fn load(files: &dyn Files, path: &Path) -> Result<Checkpoint, StorageError> {
        if !files.exists(path) {
            return Ok(Checkpoint::default());
        }
        let bytes = read_all(files, path).map_err(StorageError::at(path))?;
        let parsed = String::from_utf8(bytes).ok().and_then(|text| Self::from_text(&text));
        if parsed.is_none() {
            tracing::warn!(file = %path.display(), "the checkpoint is damaged; more than usual is recovered");
        }
        Ok(parsed.unwrap_or_default())
    }

    /// Puts the file in place of the old one, durably.
    pub(crate) fn save(&self, files: &dyn Files, path: &Path) -> Result<(), StorageError> {
        replace(files, path, self.to_text().as_bytes()).map_err(StorageError::at(path))
    }

    fn to_text(&self) -> String {
        let mut text = format!("0\n{}\n", self.offsets.len());
        for ((topic, partition), offset) in &self.offsets {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{topic} {partition} {offset}");
        }
        text
    }

    fn from_text(text: &str) -> Option<Checkpoint> {
        let mut lines = text.lines();
        if lines.next()? != "0" {
            return None;
        }
        let count: usize = lines.next()?.parse().ok()?;
        let mut checkpoint = Checkpoint::default();
        for line in lines.by_ref().take(count) {
            let mut words = line.split(' ');
            let topic = words.next()?;
            let partition = words.next()?.parse().ok()?;
            let offset = words.next()?.parse().ok().filter(|offset| *offset >= 0)?;
            checkpoint.set(topic, partition, offset);
        }
        (checkpoint.offsets.len() == count && lines.next().is_none()).then_some(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::files::MemoryFiles;

    #[test]
    fn a_checkpoint_comes_back() {
        let files = MemoryFiles::default();
        let path = Path::new("checkpoint");
        assert_eq!(Checkpoint::load(&files, path).unwrap(), Checkpoint::default());
        let mut checkpoint = Checkpoint::default();
        checkpoint.set("orders", 1, 42);
        checkpoint.set("a-b", 0, 7);
        checkpoint.save(&files, path).unwrap();
        assert_eq!(read_all(&files, path).unwrap(), b"0\n2\na-b 0 7\norders 1 42\n");
        assert_eq!(Checkpoint::load(&files, path).unwrap(), checkpoint);
        checkpoint.remove("orders", 1);
        assert_eq!(checkpoint.offset("orders", 1), None);
    }

    #[test]
    fn a_damaged_one_is_empty() {
        for text in ["", "1\n0\n", "0\n2\na 0 1\n", "0\n1\na 0 1\nb 0 1\n", "0\n1\na 0 -1\n", "0\n1\na x 1\n"] {
            assert_eq!(Checkpoint::from_text(text), None, "{text:?}");
        }
    }
}
