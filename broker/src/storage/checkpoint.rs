//! Kafka's checkpoint files: a version, a count, then `topic partition offset` lines. What is missing or damaged means that
//! more is recovered, never that something is lost.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::env::files::{Files, read_all, replace};

/// An offset for each of many partitions.
pub(crate) type Offsets = HashMap<(String, i32), i64>;

/// Reads a file; nothing when it is not there, and nothing, with a warning, when it is damaged.
pub(crate) fn read(files: &dyn Files, path: &Path) -> Offsets {
    if !files.exists(path) {
        return Offsets::new();
    }
    let text = read_all(files, path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| parse(&text)).unwrap_or_else(|| {
        tracing::warn!(file = %path.display(), "the checkpoint is damaged; more than usual is recovered");
        Offsets::new()
    })
}

/// Puts the file in the place of the old one, durably.
pub(crate) fn write(files: &dyn Files, path: &Path, offsets: &[(String, i32, i64)]) -> io::Result<()> {
    let mut text = format!("0\n{}\n", offsets.len());
    for (topic, partition, offset) in offsets {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{topic} {partition} {offset}");
    }
    replace(files, path, text.as_bytes())
}

/// Reads the file's text; `None` when it is not one.
pub(crate) fn parse(text: &str) -> Option<Offsets> {
    let mut lines = text.lines();
    if lines.next()? != "0" {
        return None;
    }
    let count: usize = lines.next()?.parse().ok()?;
    let mut offsets = Offsets::new();
    for line in lines.by_ref().take(count) {
        let mut words = line.split(' ');
        let topic = words.next()?.to_owned();
        let partition = words.next()?.parse().ok()?;
        let offset = words.next()?.parse().ok().filter(|offset| *offset >= 0)?;
        offsets.insert((topic, partition), offset);
    }
    (offsets.len() == count && lines.next().is_none()).then_some(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::files::MemoryFiles;

    #[test]
    fn a_checkpoint_comes_back() {
        let files = MemoryFiles::default();
        let path = Path::new("checkpoint");
        assert_eq!(read(&files, path), Offsets::new());
        write(&files, path, &[("a-b".to_owned(), 0, 7), ("orders".to_owned(), 1, 42)]).unwrap();
        assert_eq!(read_all(&files, path).unwrap(), b"0\n2\na-b 0 7\norders 1 42\n");
        let expected = Offsets::from([(("a-b".to_owned(), 0), 7), (("orders".to_owned(), 1), 42)]);
        assert_eq!(read(&files, path), expected);
    }

    #[test]
    fn a_damaged_one_says_nothing() {
        for text in ["", "1\n0\n", "0\n2\na 0 1\n", "0\n1\na 0 1\nb 0 1\n", "0\n1\na 0 -1\n", "0\n1\na x 1\n"]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
