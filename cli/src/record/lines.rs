//! Records from lines: the whole line is the value, or key and value around a separator.

use std::io::Read;

use bytes::Bytes;

use super::{
    InputError, NewRecord, RecordReader,
    source::{Source, position},
};

/// How a line becomes a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineRules {
    /// What ends a record; by default a line feed. A carriage return before it stays part of the
    /// value unless `trims_carriage_return`.
    pub(crate) delimiter: Vec<u8>,
    /// What stands between key and value; the first one in the line counts.
    pub(crate) key_separator: Option<Vec<u8>>,
    pub(crate) trims_carriage_return: bool,
}

impl Default for LineRules {
    fn default() -> Self {
        Self { delimiter: b"\n".to_vec(), key_separator: None, trims_carriage_return: false }
    }
}

/// Reads one record a line.
#[derive(Debug)]
pub(crate) struct LineReader<R> {
    source: Source<R>,
    rules: LineRules,
}

impl<R: Read> LineReader<R> {
    pub(crate) fn new(source: Source<R>, rules: LineRules) -> Self {
        Self { source, rules }
    }

    fn split(&self, line: &Bytes, line_number: u64) -> Result<(Option<Bytes>, Bytes), InputError> {
        let Some(separator) = &self.rules.key_separator else { return Ok((None, line.clone())) };
        let Some(at) = position(line, separator) else {
            let shown = separator.escape_ascii();
            let reason = format!("the line has no key separator `{shown}`");
            return Err(self.source.malformed(line_number, 1, reason));
        };
        Ok((Some(line.slice(..at)), line.slice(at + separator.len()..)))
    }
}

impl<R: Read> RecordReader for LineReader<R> {
    fn read(&mut self) -> Result<Option<NewRecord>, InputError> {
        let line_number = self.source.line();
        let Some(mut line) = self.source.take_until(&self.rules.delimiter)? else { return Ok(None) };
        if self.rules.trims_carriage_return && line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        let (key, value) = self.split(&line, line_number)?;
        Ok(Some(NewRecord { key, value: Some(value), line: line_number, ..NewRecord::default() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pair = (Option<Vec<u8>>, Vec<u8>);

    fn read_all(bytes: &[u8], rules: LineRules) -> Vec<Result<Pair, String>> {
        let mut reader = LineReader::new(Source::new("in.txt", bytes), rules);
        let pair = |record: NewRecord| (record.key.map(|key| key.to_vec()), record.value.unwrap().to_vec());
        std::iter::from_fn(|| reader.read().map_err(|error| error.to_string()).transpose())
            .map(|record| record.map(pair))
            .collect()
    }

    #[expect(clippy::unnecessary_wraps, reason = "as the reader gives it")]
    fn value(bytes: &[u8]) -> Result<Pair, String> {
        Ok((None, bytes.to_vec()))
    }

    #[test]
    fn bytes_are_kept_as_they_are() {
        assert_eq!(
            read_all(b"a\r\n\n\xff\xfe\nlast", LineRules::default()),
            [value(b"a\r"), value(b""), value(b"\xff\xfe"), value(b"last")]
        );
        let rules = LineRules { trims_carriage_return: true, ..LineRules::default() };
        assert_eq!(read_all(b"a\r\nb\rc\r", rules), [value(b"a"), value(b"b\rc")]);
        let rules = LineRules { delimiter: b"\0\0".to_vec(), ..LineRules::default() };
        assert_eq!(read_all(b"a\n\0\0b\0", rules), [value(b"a\n"), value(b"b\0")]);
    }

    #[test]
    fn keys_stand_before_the_first_separator() {
        let rules = LineRules { key_separator: Some(b"::".to_vec()), ..LineRules::default() };
        assert_eq!(
            read_all(b"k::v::w\n:x\n::v\nk::\n", rules),
            [
                Ok((Some(b"k".to_vec()), b"v::w".to_vec())),
                Err("in.txt:2:1: the line has no key separator `::`".to_owned()),
                Ok((Some(Vec::new()), b"v".to_vec())),
                Ok((Some(b"k".to_vec()), Vec::new())),
            ]
        );
    }
}
