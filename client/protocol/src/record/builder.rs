//! Making record batches.

use bytes::Bytes;

use super::attributes::Attributes;
use super::compression::{self, Compression};
use super::encode::RecordParts;
use super::error::BatchError;
use super::header::{BATCH_HEADER_LEN, BatchHeader, LOG_OVERHEAD, MAGIC};
use super::record::Header;
use super::stamp;

/// Gathers records and makes one batch of them. The records lie encoded in one buffer that grows; they are compressed
/// once, when the batch is built.
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    compression: Compression,
    level: Option<i32>,
    attributes: Attributes,
    records: Vec<u8>,
    record_count: i32,
    base_timestamp: i64,
    max_timestamp: i64,
    producer_id: i64,
    producer_epoch: i16,
    base_sequence: i32,
}

impl BatchBuilder {
    /// An empty batch. `level` is the codec's, `None` its default; one outside of the codec's range fails at build.
    pub fn new(compression: Compression, level: Option<i32>) -> Self {
        BatchBuilder {
            compression,
            level,
            attributes: Attributes::default().with_compression(compression),
            records: Vec::new(),
            record_count: 0,
            base_timestamp: -1,
            max_timestamp: -1,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
        }
    }

    /// Appends a record with a timestamp in milliseconds and returns [`BatchBuilder::estimated_size`].
    pub fn append(
        &mut self,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) -> usize {
        if self.record_count == 0 {
            self.base_timestamp = timestamp_ms;
            self.max_timestamp = timestamp_ms;
        }
        self.max_timestamp = self.max_timestamp.max(timestamp_ms);
        self.parts(timestamp_ms, key, value, headers).write(&mut self.records);
        self.record_count += 1;
        self.estimated_size()
    }

    /// How many bytes the record would add to [`BatchBuilder::estimated_size`], exactly.
    pub fn record_size(
        &self,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) -> usize {
        self.parts(timestamp_ms, key, value, headers).size()
    }

    fn parts<'a>(
        &self,
        timestamp_ms: i64,
        key: Option<&'a [u8]>,
        value: Option<&'a [u8]>,
        headers: &'a [Header],
    ) -> RecordParts<'a> {
        let base_timestamp = if self.record_count == 0 { timestamp_ms } else { self.base_timestamp };
        RecordParts {
            timestamp_delta: timestamp_ms.wrapping_sub(base_timestamp),
            offset_delta: self.record_count,
            key,
            value,
            headers,
        }
    }

    /// The size of the batch so far in bytes, not compressed: exact without a codec, else nearly always too much.
    pub fn estimated_size(&self) -> usize {
        BATCH_HEADER_LEN + self.records.len()
    }

    /// How many records have been appended.
    pub fn record_count(&self) -> i32 {
        self.record_count
    }

    /// Whether nothing has been appended.
    pub fn is_empty(&self) -> bool {
        self.record_count == 0
    }

    /// The codec of the batch.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// The largest timestamp so far in milliseconds, -1 without records.
    pub fn max_timestamp(&self) -> i64 {
        self.max_timestamp
    }

    /// Says which idempotent producer writes the batch, and the sequence number of its first record.
    pub fn set_producer(&mut self, producer_id: i64, producer_epoch: i16, base_sequence: i32) {
        self.producer_id = producer_id;
        self.producer_epoch = producer_epoch;
        self.base_sequence = base_sequence;
    }

    /// Says whether the batch belongs to a transaction.
    pub fn set_transactional(&mut self, transactional: bool) {
        self.attributes = self.attributes.with_transactional(transactional);
    }

    /// Says whether the records are control records.
    pub fn set_control(&mut self, control: bool) {
        self.attributes = self.attributes.with_control(control);
    }

    /// The batch, with base offset 0 and leader epoch -1. Fails when it is too large for its length field or the
    /// compression level is not the codec's.
    pub fn build(&self) -> Result<Bytes, BatchError> {
        let mut out = Vec::with_capacity(match self.compression {
            Compression::None => self.estimated_size(),
            _ => 0,
        });
        self.build_into(&mut out)?;
        Ok(out.into())
    }

    /// Appends the batch to `out`, which stays as it was when that fails.
    pub fn build_into(&self, out: &mut Vec<u8>) -> Result<(), BatchError> {
        let header = BatchHeader {
            base_offset: 0,
            batch_length: 0,
            partition_leader_epoch: -1,
            magic: MAGIC,
            crc: 0,
            attributes: self.attributes,
            last_offset_delta: (self.record_count - 1).max(0),
            base_timestamp: self.base_timestamp,
            max_timestamp: self.max_timestamp,
            producer_id: self.producer_id,
            producer_epoch: self.producer_epoch,
            base_sequence: self.base_sequence,
            record_count: self.record_count,
        };
        write_batch(&header, &self.records, self.level, out)
    }
}

/// Appends a batch of `records`, which are not compressed, to `out`: the header as given, with the codec that its
/// attributes name, and with the right length and checksum. When that fails, `out` stays as it was.
pub fn write_batch(
    header: &BatchHeader,
    records: &[u8],
    level: Option<i32>,
    out: &mut Vec<u8>,
) -> Result<(), BatchError> {
    if records.len() > i32::MAX as usize - (BATCH_HEADER_LEN - LOG_OVERHEAD) {
        return Err(BatchError::TooLarge(records.len()));
    }
    let codec = header.attributes.compression()?;
    let start = out.len();
    header.write(out);
    let written = compression::compress(codec, records, level, out)
        .map_err(BatchError::from)
        .and_then(|()| stamp::seal(out.get_mut(start..).unwrap_or_default()));
    if written.is_err() {
        out.truncate(start);
    }
    written
}

/// The batch at the start of `bytes`, whose header is `header`, in another codec. All else stays. What it decompresses
/// to may have at most `limit` bytes.
pub fn rebuild(
    bytes: &[u8],
    header: &BatchHeader,
    codec: Compression,
    level: Option<i32>,
    limit: usize,
) -> Result<Vec<u8>, BatchError> {
    let needed = header.total_len();
    let payload =
        bytes.get(BATCH_HEADER_LEN..needed).ok_or(BatchError::Truncated { needed, have: bytes.len() })?;
    let records = compression::decompressed(header.attributes.compression()?, payload, limit)?;
    let header = BatchHeader { attributes: header.attributes.with_compression(codec), ..*header };
    let mut out = Vec::new();
    write_batch(&header, &records, level, &mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::{CompressionError, RecordBatch};
    use super::*;

    fn builder(codec: Compression) -> BatchBuilder {
        let mut builder = BatchBuilder::new(codec, None);
        for index in 0..50 {
            builder.append(1_000 + index, Some(b"key"), Some(&[b'v'; 100]), &[]);
        }
        builder
    }

    #[test]
    fn the_header_says_what_was_appended() {
        let mut builder = BatchBuilder::new(Compression::None, None);
        builder.append(500, None, None, &[]);
        builder.append(900, None, None, &[]);
        builder.append(400, None, None, &[]);
        builder.set_producer(7, 8, 9);
        builder.set_transactional(true);
        let batch = RecordBatch::parse(builder.build().unwrap()).unwrap();
        let expected = BatchHeader {
            base_offset: 0,
            partition_leader_epoch: -1,
            attributes: Attributes(16),
            last_offset_delta: 2,
            base_timestamp: 500,
            max_timestamp: 900,
            producer_id: 7,
            producer_epoch: 8,
            base_sequence: 9,
            record_count: 3,
            ..*batch.header()
        };
        assert_eq!(batch.header(), &expected);
    }

    #[test]
    fn the_size_is_foretold_exactly() {
        let mut builder = BatchBuilder::new(Compression::None, None);
        let headers = [Header { key: Bytes::from_static(b"h"), value: None }];
        for index in 0..200_usize {
            let value = vec![b'v'; index];
            let timestamp = index as i64 * 1_000;
            let added = builder.record_size(timestamp, None, Some(&value), &headers);
            let before = builder.estimated_size();
            assert_eq!(builder.append(timestamp, None, Some(&value), &headers), before + added);
        }
        assert_eq!(builder.build().unwrap().len(), builder.estimated_size());
    }

    #[test]
    fn another_codec_changes_nothing_but_the_bytes() {
        for from in Compression::ALL {
            let original = RecordBatch::parse(builder(from).build().unwrap()).unwrap();
            for to in Compression::ALL {
                let bytes = rebuild(original.bytes(), original.header(), to, None, 1 << 20).unwrap();
                let batch = RecordBatch::parse(bytes.into()).unwrap();
                assert_eq!(batch.compression(), Ok(to));
                let header = BatchHeader {
                    batch_length: batch.header().batch_length,
                    crc: batch.header().crc,
                    attributes: Attributes(to.code()),
                    ..*original.header()
                };
                assert_eq!(batch.header(), &header);
                let records = |batch: &RecordBatch| {
                    batch.records(1 << 20).unwrap().map(Result::unwrap).collect::<Vec<_>>()
                };
                assert_eq!(records(&batch), records(&original));
            }
        }
    }

    #[test]
    fn a_level_outside_of_the_range_leaves_nothing_behind() {
        let mut builder = BatchBuilder::new(Compression::Gzip, Some(10));
        builder.append(1, None, None, &[]);
        let mut out = vec![1, 2];
        let error = builder.build_into(&mut out);
        assert!(matches!(error, Err(BatchError::Compression(CompressionError::Level { level: 10, .. }))));
        assert_eq!(out, [1, 2]);
    }
}
