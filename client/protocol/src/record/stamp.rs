//! Changing a record batch where it lies. Every function takes the bytes of exactly one batch.
//!
//! Base offset and leader epoch stand before the checksum, so a broker can give a batch its place in the log without
//! touching anything else. All other changes compute the checksum anew.

use super::attributes::{Attributes, TimestampType};
use super::error::BatchError;
use super::header::{BATCH_HEADER_LEN, BatchHeader};

const BASE_OFFSET_AT: usize = 0;
const BATCH_LENGTH_AT: usize = 8;
const LEADER_EPOCH_AT: usize = 12;
const CRC_AT: usize = 17;
const ATTRIBUTES_AT: usize = 21;
const MAX_TIMESTAMP_AT: usize = 35;
const PRODUCER_ID_AT: usize = 43;
const PRODUCER_EPOCH_AT: usize = 51;
const BASE_SEQUENCE_AT: usize = 53;

/// Checks the batch at the start of `bytes` against the checksum in `header`, which must be its own.
pub fn verify_crc(bytes: &[u8], header: &BatchHeader) -> Result<(), BatchError> {
    let needed = header.total_len();
    let checked =
        bytes.get(ATTRIBUTES_AT..needed).ok_or(BatchError::Truncated { needed, have: bytes.len() })?;
    let computed = crc32c::crc32c(checked);
    if computed == header.crc { Ok(()) } else { Err(BatchError::Crc { stored: header.crc, computed }) }
}

/// Gives the batch its place in the log. The checksum stays right.
pub fn stamp(bytes: &mut [u8], base_offset: i64, leader_epoch: i32) -> Result<(), BatchError> {
    put(bytes, BASE_OFFSET_AT, base_offset.to_be_bytes())?;
    put(bytes, LEADER_EPOCH_AT, leader_epoch.to_be_bytes())
}

/// Makes `timestamp_ms` the timestamp of all records of the batch. The base timestamp stays.
pub fn set_log_append_time(bytes: &mut [u8], timestamp_ms: i64) -> Result<(), BatchError> {
    let attributes = attributes(bytes)?.with_timestamp_type(TimestampType::LogAppendTime);
    put(bytes, ATTRIBUTES_AT, attributes.0.to_be_bytes())?;
    set_max_timestamp(bytes, timestamp_ms)
}

/// Corrects the maximum timestamp.
pub fn set_max_timestamp(bytes: &mut [u8], timestamp_ms: i64) -> Result<(), BatchError> {
    put(bytes, MAX_TIMESTAMP_AT, timestamp_ms.to_be_bytes())?;
    seal(bytes)
}

/// Replaces the attributes.
pub fn set_attributes(bytes: &mut [u8], attributes: Attributes) -> Result<(), BatchError> {
    put(bytes, ATTRIBUTES_AT, attributes.0.to_be_bytes())?;
    seal(bytes)
}

/// Replaces the producer id, its epoch and the sequence number of the first record.
pub fn set_producer(
    bytes: &mut [u8],
    producer_id: i64,
    producer_epoch: i16,
    base_sequence: i32,
) -> Result<(), BatchError> {
    put(bytes, PRODUCER_ID_AT, producer_id.to_be_bytes())?;
    put(bytes, PRODUCER_EPOCH_AT, producer_epoch.to_be_bytes())?;
    put(bytes, BASE_SEQUENCE_AT, base_sequence.to_be_bytes())?;
    seal(bytes)
}

/// Writes the length and the checksum of the batch that `bytes` are.
pub(crate) fn seal(bytes: &mut [u8]) -> Result<(), BatchError> {
    let size = bytes.len();
    let length = size.checked_sub(LEADER_EPOCH_AT).and_then(|length| i32::try_from(length).ok());
    let length = length.ok_or(BatchError::TooLarge(size))?;
    put(bytes, BATCH_LENGTH_AT, length.to_be_bytes())?;
    let crc = crc32c::crc32c(bytes.get(ATTRIBUTES_AT..).unwrap_or_default());
    put(bytes, CRC_AT, crc.to_be_bytes())
}

fn attributes(bytes: &[u8]) -> Result<Attributes, BatchError> {
    Ok(BatchHeader::parse(bytes)?.attributes)
}

fn put<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) -> Result<(), BatchError> {
    let have = bytes.len();
    if have < BATCH_HEADER_LEN {
        return Err(BatchError::Truncated { needed: BATCH_HEADER_LEN, have });
    }
    if let Some(place) = bytes.get_mut(at..at + N) {
        place.copy_from_slice(&value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{BatchBuilder, Compression, RecordBatch};
    use super::*;

    fn batch() -> Vec<u8> {
        let mut builder = BatchBuilder::new(Compression::None, None);
        builder.append(1_000, Some(b"key"), Some(b"value"), &[]);
        builder.append(2_000, None, None, &[]);
        builder.build().unwrap().to_vec()
    }

    fn checked(bytes: &[u8]) -> BatchHeader {
        *RecordBatch::parse(bytes.to_vec().into()).unwrap().header()
    }

    #[test]
    fn a_place_in_the_log_leaves_the_checksum_alone() {
        let mut bytes = batch();
        let before = checked(&bytes);
        stamp(&mut bytes, 1 << 40, 9).unwrap();
        let expected = BatchHeader { base_offset: 1 << 40, partition_leader_epoch: 9, ..before };
        assert_eq!(checked(&bytes), expected);
    }

    #[test]
    fn each_change_changes_its_field_and_the_checksum() {
        let mut bytes = batch();
        let before = checked(&bytes);
        set_log_append_time(&mut bytes, 5_000).unwrap();
        let after = checked(&bytes);
        assert_eq!(after.attributes.timestamp_type(), TimestampType::LogAppendTime);
        assert_eq!((after.max_timestamp, after.base_timestamp), (5_000, 1_000));
        set_attributes(&mut bytes, before.attributes).unwrap();
        set_max_timestamp(&mut bytes, before.max_timestamp).unwrap();
        assert_eq!(checked(&bytes), before);
        set_producer(&mut bytes, 1, 2, 3).unwrap();
        let after = checked(&bytes);
        assert_eq!((after.producer_id, after.producer_epoch, after.base_sequence), (1, 2, 3));
    }

    #[test]
    fn what_is_too_short_to_be_a_batch_is_left_alone() {
        let mut bytes = batch();
        let short = Err(BatchError::Truncated { needed: 61, have: 60 });
        assert_eq!(stamp(&mut bytes[..60], 1, 1), short);
        assert_eq!(set_log_append_time(&mut bytes[..60], 1), short);
        assert_eq!(set_attributes(&mut bytes[..60], Attributes(0)), short);
        assert_eq!(bytes, batch());
    }
}
