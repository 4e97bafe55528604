//! The first 61 bytes of a record batch.

use super::attributes::{Attributes, TimestampType};
use super::error::BatchError;
use crate::wire::{Reader, WireError, WireResult, Writer};

/// The bytes of a batch before its records.
pub const BATCH_HEADER_LEN: usize = 61;
/// The bytes that the batch length does not count: the base offset and the length itself.
pub const LOG_OVERHEAD: usize = 12;
/// The only format that is understood.
pub const MAGIC: i8 = 2;

/// The least that a batch length can be.
const BATCH_LENGTH_MIN: i32 = (BATCH_HEADER_LEN - LOG_OVERHEAD) as i32;
const MAGIC_AT: usize = 16;

/// What the first 61 bytes of a record batch say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    /// The offset of the batch's first record; stays even when compaction removes that record.
    pub base_offset: i64,
    /// The bytes that follow this field.
    pub batch_length: i32,
    /// The leader epoch under which the batch was appended, -1 before that.
    pub partition_leader_epoch: i32,
    /// The format, always 2.
    pub magic: i8,
    /// CRC-32C of everything from the attributes on.
    pub crc: u32,
    /// Codec, timestamp type, transactional, control, delete horizon.
    pub attributes: Attributes,
    /// The last record's offset minus the base offset, at least 0.
    pub last_offset_delta: i32,
    /// What the records' timestamps are relative to, in milliseconds; the delete horizon when the attributes say so.
    pub base_timestamp: i64,
    /// The largest timestamp of the records in milliseconds, or that of the append with LogAppendTime.
    pub max_timestamp: i64,
    /// -1 without idempotence.
    pub producer_id: i64,
    /// -1 without idempotence.
    pub producer_epoch: i16,
    /// -1 without idempotence, and in control batches.
    pub base_sequence: i32,
    /// How many records follow, at least 0 (compaction may leave none).
    pub record_count: i32,
}

impl BatchHeader {
    /// Reads the header at the start of `bytes`, which may go on or end anywhere after it. The magic is looked at
    /// first, then the lengths; the CRC is left to [`verify_crc`](super::stamp::verify_crc).
    pub fn parse(bytes: &[u8]) -> Result<BatchHeader, BatchError> {
        if let Some(&magic) = bytes.get(MAGIC_AT)
            && magic.cast_signed() != MAGIC
        {
            return Err(BatchError::Magic(magic.cast_signed()));
        }
        let header = Self::read(bytes)
            .map_err(|_: WireError| BatchError::Truncated { needed: BATCH_HEADER_LEN, have: bytes.len() })?;
        if header.batch_length < BATCH_LENGTH_MIN {
            return Err(BatchError::Length(header.batch_length));
        }
        for (field, value) in
            [("last offset delta", header.last_offset_delta), ("record count", header.record_count)]
        {
            if value < 0 {
                return Err(BatchError::Negative { field, value });
            }
        }
        Ok(header)
    }

    fn read(bytes: &[u8]) -> WireResult<BatchHeader> {
        let mut reader = Reader::over(bytes);
        Ok(BatchHeader {
            base_offset: reader.i64()?,
            batch_length: reader.i32()?,
            partition_leader_epoch: reader.i32()?,
            magic: reader.i8()?,
            crc: reader.u32()?,
            attributes: Attributes(reader.i16()?),
            last_offset_delta: reader.i32()?,
            base_timestamp: reader.i64()?,
            max_timestamp: reader.i64()?,
            producer_id: reader.i64()?,
            producer_epoch: reader.i16()?,
            base_sequence: reader.i32()?,
            record_count: reader.i32()?,
        })
    }

    /// Appends the header as it is, CRC and length included.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        writer.i64(self.base_offset);
        writer.i32(self.batch_length);
        writer.i32(self.partition_leader_epoch);
        writer.i8(self.magic);
        writer.u32(self.crc);
        writer.i16(self.attributes.0);
        writer.i32(self.last_offset_delta);
        writer.i64(self.base_timestamp);
        writer.i64(self.max_timestamp);
        writer.i64(self.producer_id);
        writer.i16(self.producer_epoch);
        writer.i32(self.base_sequence);
        writer.i32(self.record_count);
    }

    /// The bytes of the whole batch, base offset and length field included.
    pub fn total_len(&self) -> usize {
        LOG_OVERHEAD + usize::try_from(self.batch_length).unwrap_or(0)
    }

    /// The offset of the last record.
    pub fn last_offset(&self) -> i64 {
        self.base_offset.saturating_add(i64::from(self.last_offset_delta))
    }

    /// The offset after the last record.
    pub fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// The sequence number of the last record, -1 without one. After `i32::MAX` comes 0.
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence < 0 {
            return -1;
        }
        let last = i64::from(self.base_sequence) + i64::from(self.last_offset_delta);
        (last & i64::from(i32::MAX)) as i32
    }

    /// Whether an idempotent or transactional producer wrote the batch.
    pub fn has_producer(&self) -> bool {
        self.producer_id >= 0
    }

    /// The timestamp that a record with `timestamp_delta` has, in milliseconds.
    pub fn timestamp(&self, timestamp_delta: i64) -> i64 {
        match self.attributes.timestamp_type() {
            TimestampType::CreateTime => self.base_timestamp.wrapping_add(timestamp_delta),
            TimestampType::LogAppendTime => self.max_timestamp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> BatchHeader {
        BatchHeader {
            base_offset: 10,
            batch_length: 49,
            partition_leader_epoch: 3,
            magic: MAGIC,
            crc: 0xdead_beef,
            attributes: Attributes(8),
            last_offset_delta: 4,
            base_timestamp: 1,
            max_timestamp: 2,
            producer_id: 7,
            producer_epoch: 8,
            base_sequence: i32::MAX - 1,
            record_count: 5,
        }
    }

    fn written(header: &BatchHeader) -> Vec<u8> {
        let mut out = Vec::new();
        header.write(&mut out);
        out
    }

    #[test]
    fn a_header_comes_back_and_derives() {
        let header = header();
        let bytes = written(&header);
        assert_eq!(bytes.len(), BATCH_HEADER_LEN);
        assert_eq!(BatchHeader::parse(&bytes), Ok(header));
        assert_eq!(header.total_len(), 61);
        assert_eq!((header.last_offset(), header.next_offset()), (14, 15));
        assert_eq!(header.last_sequence(), 2);
        assert_eq!(header.timestamp(100), 2);
    }

    #[test]
    fn the_sequence_after_the_largest_is_zero() {
        let at = |base_sequence, last_offset_delta| {
            BatchHeader { last_offset_delta, base_sequence, ..header() }.last_sequence()
        };
        assert_eq!(at(i32::MAX, 0), i32::MAX);
        assert_eq!(at(i32::MAX, 1), 0);
        assert_eq!(at(i32::MAX, i32::MAX), i32::MAX - 1);
        assert_eq!(at(-1, 5), -1);
    }

    #[test]
    fn headers_that_cannot_be_are_refused() {
        let bytes = written(&header());
        for length in 0..BATCH_HEADER_LEN {
            let cut = BatchHeader::parse(&bytes[..length]);
            assert_eq!(cut, Err(BatchError::Truncated { needed: 61, have: length }));
        }
        for magic in [-1, 0, 1, 3] {
            let other = written(&BatchHeader { magic, ..header() });
            assert_eq!(BatchHeader::parse(&other[..17]), Err(BatchError::Magic(magic)));
        }
        for batch_length in [i32::MIN, -1, 0, 48] {
            let other = written(&BatchHeader { batch_length, ..header() });
            assert_eq!(BatchHeader::parse(&other), Err(BatchError::Length(batch_length)));
        }
        let other = written(&BatchHeader { record_count: -1, ..header() });
        assert!(matches!(BatchHeader::parse(&other), Err(BatchError::Negative { value: -1, .. })));
        let other = written(&BatchHeader { last_offset_delta: -2, ..header() });
        assert!(matches!(BatchHeader::parse(&other), Err(BatchError::Negative { value: -2, .. })));
    }
}
