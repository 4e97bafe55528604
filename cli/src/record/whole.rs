//! A whole input as the value of one record (`--raw`).

use std::io::Read;

use super::{InputError, NewRecord, RecordReader, source::Source};

/// Reads one record, empty input included.
#[derive(Debug)]
pub(crate) struct WholeReader<R> {
    source: Source<R>,
    is_done: bool,
}

impl<R: Read> WholeReader<R> {
    pub(crate) fn new(source: Source<R>) -> Self {
        Self { source, is_done: false }
    }
}

impl<R: Read> RecordReader for WholeReader<R> {
    fn read(&mut self) -> Result<Option<NewRecord>, InputError> {
        if std::mem::replace(&mut self.is_done, true) {
            return Ok(None);
        }
        while self.source.fill()? {}
        let value = self.source.take(self.source.buffered().len());
        Ok(Some(NewRecord { value: Some(value), line: 1, ..NewRecord::default() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_input_is_one_value() {
        for bytes in [&b"a\nb\n\xff"[..], b""] {
            let mut reader = WholeReader::new(Source::new("in", bytes));
            assert_eq!(reader.read().unwrap().unwrap().value.unwrap(), bytes);
            assert_eq!(reader.read().unwrap(), None);
        }
    }
}
