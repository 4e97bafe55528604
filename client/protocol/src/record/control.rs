//! Control records: the markers that end transactions (KIP-98), and those of others, which are kept as they are.

use bytes::Bytes;

use super::builder::BatchBuilder;
use super::compression::Compression;
use super::error::{BatchError, RecordError};
use crate::wire::{Reader, WireResult, Writer};

/// What a control record says, from its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlType {
    /// The producer's transaction is aborted.
    Abort,
    /// The producer's transaction is committed.
    Commit,
    /// Something else, such as KRaft's leader change (2) or snapshot header (3).
    Other(i16),
}

impl ControlType {
    /// The number on the wire.
    pub fn code(self) -> i16 {
        match self {
            ControlType::Abort => 0,
            ControlType::Commit => 1,
            ControlType::Other(code) => code,
        }
    }

    fn from_code(code: i16) -> Self {
        match code {
            0 => ControlType::Abort,
            1 => ControlType::Commit,
            other => ControlType::Other(other),
        }
    }

    /// Reads a control record's key: a version, which may be any, and the type. Later versions may append more.
    pub fn parse(key: &[u8]) -> Result<Self, RecordError> {
        let read = |reader: &mut Reader<'_>| -> WireResult<i16> {
            reader.i16()?;
            reader.i16()
        };
        read(&mut Reader::over(key)).map(ControlType::from_code).map_err(|_| RecordError::Control {
            field: "key",
            size: key.len(),
            needed: 4,
        })
    }

    fn key(self) -> [u8; 4] {
        let [high, low] = self.code().to_be_bytes();
        [0, 0, high, low]
    }
}

/// The value of the record that ends a transaction in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndTransactionMarker {
    /// The epoch of the transaction coordinator that wrote it.
    pub coordinator_epoch: i32,
}

impl EndTransactionMarker {
    /// Reads the value: a version, which may be any, and the epoch. Later versions may append more.
    pub fn parse(value: &[u8]) -> Result<Self, RecordError> {
        let read = |reader: &mut Reader<'_>| -> WireResult<i32> {
            reader.i16()?;
            reader.i32()
        };
        read(&mut Reader::over(value))
            .map(|coordinator_epoch| EndTransactionMarker { coordinator_epoch })
            .map_err(|_| RecordError::Control { field: "value", size: value.len(), needed: 6 })
    }

    /// The control batch that ends the transaction of a producer: one record, no sequence number. `outcome` is
    /// commit or abort, the timestamp is in milliseconds.
    pub fn batch(
        self,
        outcome: ControlType,
        producer_id: i64,
        producer_epoch: i16,
        timestamp_ms: i64,
    ) -> Result<Bytes, BatchError> {
        let mut value = Vec::with_capacity(6);
        let mut writer = Writer::new(&mut value);
        writer.i16(0);
        writer.i32(self.coordinator_epoch);
        let mut builder = BatchBuilder::new(Compression::None, None);
        builder.set_producer(producer_id, producer_epoch, -1);
        builder.set_transactional(true);
        builder.set_control(true);
        builder.append(timestamp_ms, Some(&outcome.key()), Some(&value), &[]);
        builder.build()
    }
}

#[cfg(test)]
mod tests {
    use super::super::RecordBatch;
    use super::*;

    #[test]
    fn a_marker_comes_back() {
        let marker = EndTransactionMarker { coordinator_epoch: 77 };
        for outcome in [ControlType::Abort, ControlType::Commit] {
            let batch = RecordBatch::parse(marker.batch(outcome, 5, 6, 1_000).unwrap()).unwrap();
            let header = batch.header();
            assert!(header.attributes.is_control() && header.attributes.is_transactional());
            assert_eq!((header.producer_id, header.producer_epoch, header.base_sequence), (5, 6, -1));
            let record = batch.records(0).unwrap().next().unwrap().unwrap();
            assert_eq!(ControlType::parse(&record.key.unwrap()), Ok(outcome));
            assert_eq!(EndTransactionMarker::parse(&record.value.unwrap()), Ok(marker));
        }
    }

    #[test]
    fn other_types_and_later_versions_are_kept() {
        assert_eq!(ControlType::parse(&[0, 0, 0, 2]), Ok(ControlType::Other(2)));
        assert_eq!(ControlType::parse(&[0, 9, 0, 1, 5, 5]), Ok(ControlType::Commit));
        assert_eq!(ControlType::Other(-3).code(), -3);
    }

    #[test]
    fn a_short_key_or_value_is_refused() {
        assert_eq!(
            ControlType::parse(&[0, 0, 0]),
            Err(RecordError::Control { field: "key", size: 3, needed: 4 })
        );
        assert_eq!(
            EndTransactionMarker::parse(&[0; 5]),
            Err(RecordError::Control { field: "value", size: 5, needed: 6 })
        );
    }
}
