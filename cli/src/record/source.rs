//! Cuts a stream of bytes into pieces that share one buffer, and knows the place of each.

use std::io::{self, BufRead, Read};

use bytes::{Bytes, BytesMut};

use super::{InputError, new::Place};

/// How much is read at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// No record can be larger: Kafka's lengths are 32 bits wide, and what is larger than this is
/// far more likely a missing delimiter than a record.
pub(crate) const RECORD_BYTES_MAX: usize = 1 << 30;

/// A reader with a buffer of which pieces are handed out without copying.
#[derive(Debug)]
pub(crate) struct Source<R> {
    name: String,
    reader: R,
    buffer: BytesMut,
    is_at_end: bool,
    /// Line of the next byte, from 1.
    line: u64,
    /// Column of the next byte in bytes, from 1.
    column: u64,
    record_bytes_max: usize,
}

impl<R: Read> Source<R> {
    /// `name` is what errors call it: a file name or `stdin`.
    pub(crate) fn new(name: &str, reader: R) -> Self {
        Self {
            name: name.to_owned(),
            reader,
            buffer: BytesMut::new(),
            is_at_end: false,
            line: 1,
            column: 1,
            record_bytes_max: RECORD_BYTES_MAX,
        }
    }

    /// Line of the next byte, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Line and column of the next byte, both from 1.
    pub(crate) fn place(&self) -> (u64, u64) {
        (self.line, self.column)
    }

    /// Everything that is buffered and not yet taken.
    pub(crate) fn buffered(&self) -> &[u8] {
        &self.buffer
    }

    /// Whether nothing is left.
    pub(crate) fn is_done(&mut self) -> Result<bool, InputError> {
        Ok(self.buffer.is_empty() && !self.fill_to(1)?)
    }

    /// Reads until `count` bytes are buffered; false when the input ends before.
    pub(crate) fn fill_to(&mut self, count: usize) -> Result<bool, InputError> {
        while self.buffer.len() < count {
            if !self.fill()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads once more; false at the end of the input.
    pub(crate) fn fill(&mut self) -> Result<bool, InputError> {
        if self.is_at_end {
            return Ok(false);
        }
        let have = self.buffer.len();
        if have > self.record_bytes_max {
            let reason = format!("the record is longer than {} bytes", self.record_bytes_max);
            return Err(self.out_of_step(reason));
        }
        // Grows with the record, so that a long one is not read in thousands of small steps.
        self.buffer.resize(have + CHUNK_BYTES.max(have), 0);
        let read = loop {
            match self.reader.read(self.buffer.get_mut(have..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(have + *read.as_ref().unwrap_or(&0));
        let read = read.map_err(|source| InputError::Read { name: self.name.clone(), source })?;
        self.is_at_end = read == 0;
        Ok(read > 0)
    }

    /// Takes what comes before `delimiter` and drops the delimiter; at the end of the input,
    /// takes what is left. `None` when nothing is.
    pub(crate) fn take_until(&mut self, delimiter: &[u8]) -> Result<Option<Bytes>, InputError> {
        Ok(match self.find(delimiter)? {
            Some(at) => {
                let piece = self.take(at);
                self.take(delimiter.len());
                Some(piece)
            }
            None if self.buffer.is_empty() => None,
            None => Some(self.take(self.buffer.len())),
        })
    }

    /// Where `delimiter` is in the buffer, reading until it is there; `None` when it never comes.
    pub(crate) fn find(&mut self, delimiter: &[u8]) -> Result<Option<usize>, InputError> {
        let mut searched = 0;
        loop {
            let unsearched = self.buffer.get(searched..).unwrap_or_default();
            if let Some(at) = position(unsearched, delimiter) {
                return Ok(Some(searched + at));
            }
            // The beginning of a delimiter may stand at the end.
            searched = (self.buffer.len() + 1).saturating_sub(delimiter.len().max(1));
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Takes `count` buffered bytes.
    pub(crate) fn take(&mut self, count: usize) -> Bytes {
        let piece = self.buffer.split_to(count.min(self.buffer.len())).freeze();
        let breaks = piece.iter().fold(0, |count, byte| count + usize::from(*byte == b'\n'));
        if breaks == 0 {
            self.column += piece.len() as u64;
        } else {
            let after_break = piece.iter().rev().take_while(|byte| **byte != b'\n').count();
            self.line += breaks as u64;
            self.column = 1 + after_break as u64;
        }
        piece
    }

    /// The error of one bad record; the next can be read.
    pub(crate) fn malformed(&self, line: u64, column: u64, reason: String) -> InputError {
        InputError::Malformed { place: Place { name: self.name.clone(), line, column }, reason }
    }

    /// The error at the next byte, after which nothing can be read.
    pub(crate) fn out_of_step(&self, reason: String) -> InputError {
        let place = Place { name: self.name.clone(), line: self.line, column: self.column };
        InputError::OutOfStep { place, reason }
    }
}

/// Where `needle` begins in `bytes`. The first byte is found by the standard library's `memchr`,
/// which is reachable through `skip_until`.
pub(crate) fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, others) = needle.split_first()?;
    let mut from = 0;
    loop {
        let mut rest = bytes.get(from..)?;
        let skipped = rest.skip_until(*first).unwrap_or(0);
        let at = (from + skipped).checked_sub(1)?;
        if skipped == 0 || bytes.get(at) != Some(first) {
            return None;
        }
        if rest.starts_with(others) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives a few bytes at a time, as a pipe does.
    struct Dripping<'a>(&'a [u8], usize);

    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len());
            (&mut self.0).take(count as u64).read(buffer)
        }
    }

    fn pieces(bytes: &[u8], step: usize, delimiter: &[u8]) -> Vec<Vec<u8>> {
        let mut source = Source::new("in", Dripping(bytes, step));
        std::iter::from_fn(|| source.take_until(delimiter).unwrap()).map(|piece| piece.to_vec()).collect()
    }

    #[test]
    fn the_last_piece_needs_no_delimiter_and_empty_ones_count() {
        assert_eq!(pieces(b"a\n\nb", 1, b"\n"), [&b"a"[..], b"", b"b"]);
        assert_eq!(pieces(b"a\n", 1, b"\n"), [b"a"]);
        assert_eq!(pieces(b"", 1, b"\n"), Vec::<Vec<u8>>::new());
        assert_eq!(pieces(b"a=|==|b=", 1, b"=|="), [&b"a"[..], b"=|b="]);
    }

    #[test]
    fn places_are_lines_and_columns() {
        let mut source = Source::new("in.txt", &b"ab\ncd"[..]);
        source.fill_to(5).unwrap();
        source.take(1);
        assert_eq!(source.out_of_step("x".to_owned()).to_string(), "in.txt:1:2: x");
        source.take(3);
        assert_eq!(source.out_of_step("x".to_owned()).to_string(), "in.txt:2:2: x");
    }

    #[test]
    fn a_missing_delimiter_does_not_eat_all_memory() {
        let mut source = Source::new("zero", io::repeat(0));
        source.record_bytes_max = 1 << 20;
        let error = source.take_until(b"\n").unwrap_err();
        assert_eq!(error.to_string(), "zero:1:1: the record is longer than 1048576 bytes");
        assert!(source.buffered().len() <= 4 << 20);
    }

    #[test]
    fn a_source_that_fails_names_itself() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let error = Source::new("f.txt", Broken).take_until(b"\n").unwrap_err();
        assert_eq!(error.to_string(), "`f.txt` cannot be read");
    }

    proptest! {
        #[test]
        fn pieces_do_not_depend_on_how_the_bytes_arrive(
            bytes in "[ab\n]{0,60}", step in 1_usize..9, delimiter in "[ab\n]{1,3}",
        ) {
            let whole = pieces(bytes.as_bytes(), 1000, delimiter.as_bytes());
            prop_assert_eq!(pieces(bytes.as_bytes(), step, delimiter.as_bytes()), whole.clone());
            let mut parts: Vec<_> = bytes.split(&delimiter).map(|part| part.as_bytes().to_vec()).collect();
            if parts.last().is_some_and(Vec::is_empty) {
                parts.pop();
            }
            prop_assert_eq!(whole, parts);
        }
    }
}
