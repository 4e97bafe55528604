//! Records as consumers see them.

use bytes::{Buf, Bytes};

use super::error::BatchError;
use super::header::BatchHeader;
use super::walk::RawRecord;
use crate::wire::Reader;

/// One record. Key, value and headers are slices of the batch, or of what it was decompressed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the partition.
    pub offset: i64,
    /// Milliseconds since 1970, or -1.
    pub timestamp: i64,
    /// Null and empty are different things.
    pub key: Option<Bytes>,
    /// Null, a tombstone on compacted topics, and empty are different things.
    pub value: Option<Bytes>,
    /// In the producer's order, duplicates included.
    pub headers: Vec<Header>,
}

/// A header of a record (KIP-82).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Text by convention; whatever the producer wrote is kept.
    pub key: Bytes,
    /// Null and empty are different things.
    pub value: Option<Bytes>,
}

/// The records of one batch. Each must fill its stated length exactly; after the last one nothing may follow. After an
/// error nothing more comes.
#[derive(Debug, Clone)]
pub struct Records {
    header: BatchHeader,
    rest: Bytes,
    index: usize,
    count: usize,
    failed: bool,
}

impl Records {
    /// The records in `payload`, which is not compressed (any more).
    pub(crate) fn new(header: BatchHeader, payload: Bytes) -> Self {
        let count = usize::try_from(header.record_count).unwrap_or(0);
        Records { header, rest: payload, index: 0, count, failed: false }
    }

    fn read(&mut self) -> Result<Record, BatchError> {
        let mut reader = Reader::over(&self.rest);
        let raw = RawRecord::read(&mut reader)
            .map_err(|source| BatchError::Record { index: self.index, source })?;
        let share = |slice: &[u8]| self.rest.slice_ref(slice);
        let record = Record {
            offset: self.header.base_offset.wrapping_add(i64::from(raw.offset_delta)),
            timestamp: self.header.timestamp(raw.timestamp_delta),
            key: raw.key.map(share),
            value: raw.value.map(share),
            headers: raw
                .headers()
                .map(|(key, value)| Header { key: share(key), value: value.map(share) })
                .collect(),
        };
        let left = reader.remaining();
        self.rest.advance(self.rest.len() - left);
        Ok(record)
    }
}

impl Iterator for Records {
    type Item = Result<Record, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        if self.index == self.count {
            self.failed = true;
            let left = self.rest.len();
            return (left > 0).then_some(Err(BatchError::RecordsLeft(left)));
        }
        let record = self.read();
        self.index += 1;
        self.failed = record.is_err();
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BatchBuilder, Compression, RecordBatch, set_log_append_time, stamp};
    use super::*;

    fn header(key: &'static [u8], value: Option<&'static [u8]>) -> Header {
        Header { key: Bytes::from_static(key), value: value.map(Bytes::from_static) }
    }

    #[test]
    fn duplicate_headers_null_and_empty_come_back() {
        let headers =
            [header(b"a", Some(b"1")), header(b"a", None), header(b"", Some(b"")), header(b"\xff", None)];
        let mut builder = BatchBuilder::new(Compression::None, None);
        builder.append(5, Some(b""), None, &headers);
        builder.append(7, None, Some(b""), &[]);
        let mut bytes = builder.build().unwrap().to_vec();
        stamp(&mut bytes, 40, 0).unwrap();
        let batch = RecordBatch::parse(bytes.into()).unwrap();
        let records: Vec<_> = batch.records(0).unwrap().map(Result::unwrap).collect();
        let first = Record {
            offset: 40,
            timestamp: 5,
            key: Some(Bytes::new()),
            value: None,
            headers: headers.to_vec(),
        };
        let second =
            Record { offset: 41, timestamp: 7, key: None, value: Some(Bytes::new()), headers: vec![] };
        assert_eq!(records, [first, second]);
    }

    #[test]
    fn the_append_time_is_that_of_every_record() {
        let mut builder = BatchBuilder::new(Compression::None, None);
        builder.append(5, None, None, &[]);
        builder.append(7, None, None, &[]);
        let mut bytes = builder.build().unwrap().to_vec();
        set_log_append_time(&mut bytes, 99).unwrap();
        let batch = RecordBatch::parse(bytes.into()).unwrap();
        let times: Vec<_> = batch.records(0).unwrap().map(|record| record.unwrap().timestamp).collect();
        assert_eq!(times, [99, 99]);
    }

    #[test]
    fn keys_and_values_share_the_memory_of_the_batch() {
        let mut builder = BatchBuilder::new(Compression::None, None);
        builder.append(5, None, Some(b"shared"), &[]);
        let bytes = builder.build().unwrap();
        let range = bytes.as_ptr_range();
        let record = RecordBatch::parse(bytes.clone()).unwrap().records(0).unwrap().next().unwrap().unwrap();
        assert!(range.contains(&record.value.unwrap().as_ptr()));
    }
}
