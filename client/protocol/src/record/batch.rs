//! A whole record batch, checked, and cutting many out of one fetch answer.

use bytes::Bytes;

pub use super::attributes::{Attributes, TimestampType};
pub use super::error::BatchError;
pub use super::header::{BATCH_HEADER_LEN, BatchHeader, LOG_OVERHEAD};
pub use super::stamp::{
    set_attributes, set_log_append_time, set_max_timestamp, set_producer, stamp, verify_crc,
};

use super::compression::{self, Compression};
use super::record::Records;

/// One record batch whose length, magic and checksum are right. The bytes are shared, not copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordBatch {
    header: BatchHeader,
    bytes: Bytes,
}

impl RecordBatch {
    /// Checks that `bytes` are exactly one batch: length, magic and checksum. The records are not looked at.
    pub fn parse(bytes: Bytes) -> Result<RecordBatch, BatchError> {
        let header = BatchHeader::parse(&bytes)?;
        verify_crc(&bytes, &header)?;
        match bytes.len().saturating_sub(header.total_len()) {
            0 => Ok(RecordBatch { header, bytes }),
            more => Err(BatchError::Trailing(more)),
        }
    }

    /// What the first 61 bytes say.
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// The batch's bytes, header included.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The batch's bytes, header included.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// The records as they are stored, compressed or not.
    pub fn payload(&self) -> Bytes {
        self.bytes.slice(BATCH_HEADER_LEN.min(self.bytes.len())..)
    }

    /// The codec of the records.
    pub fn compression(&self) -> Result<Compression, BatchError> {
        Ok(self.header.attributes.compression()?)
    }

    /// The records, one after the other, keys and values as slices of one buffer. Compressed ones are decompressed
    /// here, to at most `limit` bytes.
    pub fn records(&self, limit: usize) -> Result<Records, BatchError> {
        let payload = match self.compression()? {
            Compression::None => self.payload(),
            codec => compression::decompress(codec, &self.payload(), limit)?.into(),
        };
        Ok(Records::new(self.header, payload))
    }
}

/// Cuts `bytes`, the records of one partition in a fetch answer, into batches. Kafka may cut the last batch anywhere;
/// such a rest is silently left out, [`Batches::rest`] tells its size. After an error nothing more comes.
pub fn batches(bytes: Bytes) -> Batches {
    Batches { rest: bytes }
}

/// The batches of a fetch answer; see [`batches`].
#[derive(Debug, Clone)]
pub struct Batches {
    rest: Bytes,
}

impl Batches {
    /// How many bytes have not been cut into batches (yet).
    pub fn rest(&self) -> usize {
        self.rest.len()
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match BatchHeader::parse(&self.rest) {
            Err(BatchError::Truncated { .. }) => return None,
            Ok(header) if header.total_len() > self.rest.len() => return None,
            Ok(header) => RecordBatch::parse(self.rest.split_to(header.total_len())),
            Err(error) => Err(error),
        };
        if batch.is_err() {
            self.rest.clear();
        }
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::super::BatchBuilder;
    use super::*;

    fn batch(value: &[u8]) -> Bytes {
        let mut builder = BatchBuilder::new(Compression::None, None);
        builder.append(1_000, None, Some(value), &[]);
        builder.build().unwrap()
    }

    #[test]
    fn exactly_one_batch_is_one() {
        let bytes = batch(b"value");
        assert!(RecordBatch::parse(bytes.clone()).is_ok());
        let two = [&bytes[..], &bytes[..]].concat();
        assert_eq!(RecordBatch::parse(two.into()), Err(BatchError::Trailing(bytes.len())));
        for length in 0..bytes.len() {
            let cut = RecordBatch::parse(bytes.slice(..length));
            assert!(matches!(cut, Err(BatchError::Truncated { have, .. }) if have == length));
        }
    }

    #[test]
    fn a_fetch_answer_may_end_anywhere_in_a_batch() {
        let (first, second) = (batch(b"first"), batch(b"second"));
        let both: Bytes = [&first[..], &second[..]].concat().into();
        for length in 0..=both.len() {
            let cut: Vec<_> = batches(both.slice(..length)).map(Result::unwrap).collect();
            let whole = usize::from(length >= first.len()) + usize::from(length == both.len());
            assert_eq!(cut.len(), whole, "{length}");
        }
    }

    #[test]
    fn an_old_format_in_a_fetch_answer_is_named_even_when_it_is_short() {
        let first = batch(b"first");
        let mut old = [0; 26];
        old[16] = 1;
        let both = [&first[..], &old[..]].concat();
        let mut cut = batches(both.into());
        assert!(cut.next().unwrap().is_ok());
        assert_eq!(cut.next(), Some(Err(BatchError::Magic(1))));
        assert_eq!(cut.next(), None);
    }

    #[test]
    fn after_a_broken_batch_nothing_comes() {
        let first = batch(b"first");
        let mut both = [&first[..], &first[..]].concat();
        both[65] ^= 1;
        let mut cut = batches(both.into());
        assert!(matches!(cut.next(), Some(Err(BatchError::Crc { .. }))));
        assert_eq!(cut.next(), None);
    }
}
