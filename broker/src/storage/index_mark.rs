//! How much of the index files of a growing segment is good. They are written without a sync, so after a crash only what the
//! checksum of the last checkpoint covers is believed; the rest is found again by walking over the batches.
//!
//! The file is of FluxMQ's own: a version, a count, then
//! `topic partition base-offset offset-index-bytes offset-index-CRC time-index-bytes time-index-CRC` lines, and a CRC-32C of all that.
//! Where it is missing or damaged, more is recovered.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::segment::Indexes;
use crate::env::files::{Files, read_all, replace};

/// The good part of one segment's index files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct IndexMark {
    pub(crate) base_offset: i64,
    pub(crate) offsets: Part,
    pub(crate) times: Part,
}

/// The first `len` bytes of a file, and their CRC-32C.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Part {
    pub(crate) len: usize,
    pub(crate) crc: u32,
}

/// A mark for each of many partitions.
pub(crate) type IndexMarks = HashMap<(String, i32), IndexMark>;

impl IndexMark {
    /// Of index files that hold all of `indexes`.
    pub(crate) fn of(base_offset: i64, indexes: &Indexes) -> IndexMark {
        let part = |bytes: Vec<u8>| Part::default().followed_by(&bytes);
        let (offsets, times) = (part(indexes.offsets.to_bytes()), part(indexes.times.to_bytes()));
        IndexMark { base_offset, offsets, times }
    }
}

impl Part {
    /// The part that ends with `bytes`.
    pub(crate) fn followed_by(self, bytes: &[u8]) -> Part {
        Part { len: self.len + bytes.len(), crc: crc32c::crc32c_append(self.crc, bytes) }
    }

    /// The part of a file's bytes, if it is what it was.
    pub(crate) fn of(self, bytes: &[u8]) -> Option<&[u8]> {
        bytes.get(..self.len).filter(|part| crc32c::crc32c(part) == self.crc)
    }
}

/// Reads a file; nothing when it is missing or damaged.
pub(crate) fn read(files: &dyn Files, path: &Path) -> IndexMarks {
    if !files.exists(path) {
        return IndexMarks::new();
    }
    let text = read_all(files, path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| parse(&text)).unwrap_or_else(|| {
        tracing::warn!(file = %path.display(), "the checkpoint of indexes is damaged; more than usual is recovered");
        IndexMarks::new()
    })
}

/// Puts the file in the place of the old one, durably.
pub(crate) fn write(files: &dyn Files, path: &Path, marks: &[(String, i32, IndexMark)]) -> io::Result<()> {
    replace(files, path, to_text(marks).as_bytes())
}

fn to_text(marks: &[(String, i32, IndexMark)]) -> String {
    let mut text = format!("0\n{}\n", marks.len());
    for (topic, partition, IndexMark { base_offset, offsets, times }) in marks {
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "{topic} {partition} {base_offset} {} {} {} {}",
            offsets.len, offsets.crc, times.len, times.crc
        );
    }
    let crc = crc32c::crc32c(text.as_bytes());
    let _ = writeln!(text, "{crc}");
    text
}

fn parse(text: &str) -> Option<IndexMarks> {
    let (body, crc) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let body = text.get(..=body.len())?;
    if crc.parse() != Ok(crc32c::crc32c(body.as_bytes())) {
        return None;
    }
    let mut lines = body.lines();
    if lines.next()? != "0" {
        return None;
    }
    lines.next()?;
    let mut marks = IndexMarks::new();
    for line in lines {
        let mut words = line.split(' ');
        let key = (words.next()?.to_owned(), words.next()?.parse().ok()?);
        let base_offset = words.next()?.parse().ok()?;
        let mut part = || Some(Part { len: words.next()?.parse().ok()?, crc: words.next()?.parse().ok()? });
        let (offsets, times) = (part()?, part()?);
        marks.insert(key, IndexMark { base_offset, offsets, times });
    }
    Some(marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks() -> Vec<(String, i32, IndexMark)> {
        let part = |bytes: &[u8]| Part::default().followed_by(bytes);
        let mark = IndexMark { base_offset: 7, offsets: part(b"one"), times: part(b"") };
        vec![
            ("orders".to_owned(), 0, mark),
            ("a-b".to_owned(), 12, IndexMark { offsets: part(b"two"), ..mark }),
        ]
    }

    #[test]
    fn marks_come_back_and_damaged_ones_do_not() {
        let text = to_text(&marks());
        let expected: IndexMarks = marks().into_iter().map(|(topic, p, mark)| ((topic, p), mark)).collect();
        assert_eq!(parse(&text), Some(expected));
        assert_eq!(parse(&to_text(&[])), Some(IndexMarks::new()));
        for end in 0..text.len() {
            assert_eq!(parse(&text[..end]), None, "cut at {end}");
        }
        assert_eq!(parse(&text.replace("a-b", "a-c")), None);
    }

    #[test]
    fn a_part_grows_and_is_known_again() {
        let part = Part::default().followed_by(b"abc").followed_by(b"def");
        assert_eq!(part.of(b"abcdefgh"), Some(&b"abcdef"[..]));
        assert_eq!((part.of(b"abcde"), part.of(b"abcxefgh")), (None, None));
    }
}
