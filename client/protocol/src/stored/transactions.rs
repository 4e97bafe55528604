//! Records of `__transaction_state`. Key and value begin with a version of two bytes.

use super::stored;
use crate::message::{Decode, message};
use crate::wire::{Reader, WireResult};

stored! {
    TransactionLogKey 0-0;
    TransactionLogValue 0-1, flexible 1+;
}

message! {
    /// Whose transactions.
    TransactionLogKey {
        transactional_id: String => 0+;
    }
    /// How a producer's last transaction stands.
    TransactionLogValue {
        producer_id: i64 => 0+;
        previous_producer_id: i64 => 1+, tag 0, default -1;
        next_producer_id: i64 => 1+, tag 1, default -1;
        producer_epoch: i16 => 0+;
        next_producer_epoch: i16 => 1+, tag 3, default -1;
        transaction_timeout_ms: i32 => 0+;
        transaction_status: i8 => 0+;
        transaction_partitions: Option<Vec<TransactionLogPartitions>> => 0+, nullable 0+;
        transaction_last_update_timestamp_ms: i64 => 0+;
        transaction_start_timestamp_ms: i64 => 0+;
        client_transaction_version: i16 => 1+, tag 2;
    }
    /// Partitions that a transaction writes to.
    TransactionLogPartitions {
        topic: String => 0+;
        partition_ids: Vec<i32> => 0+;
    }
}

impl TransactionLogValue {
    /// Whether it is neither empty nor complete: ongoing, or about to be committed or aborted.
    pub fn is_open(&self) -> bool {
        matches!(self.transaction_status, 1..=3)
    }
}

/// Reads a record's key; `None` for one of a kind that is not known.
pub fn read_key(bytes: &[u8]) -> WireResult<Option<TransactionLogKey>> {
    let mut reader = Reader::over(bytes);
    let version = reader.i16()?;
    if version != 0 {
        return Ok(None);
    }
    let key = TransactionLogKey::decode(&mut reader, version)?;
    reader.finish()?;
    Ok(Some(key))
}

/// Reads the value that belongs to such a key.
pub fn read_value(bytes: &[u8]) -> WireResult<TransactionLogValue> {
    let mut reader = Reader::over(bytes);
    let version = reader.i16()?;
    let value = TransactionLogValue::decode(&mut reader, version)?;
    reader.finish()?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Encode;
    use crate::wire::Writer;

    #[test]
    fn every_version_comes_back() {
        for version in 0..=1 {
            let partitions =
                TransactionLogPartitions { topic: "orders".to_owned(), partition_ids: vec![0, 3] };
            let value = TransactionLogValue {
                producer_id: 4,
                producer_epoch: 2,
                transaction_status: 1,
                transaction_partitions: Some(vec![partitions]),
                client_transaction_version: 2 * version,
                ..Default::default()
            };
            let mut bytes = Vec::new();
            let mut writer = Writer::new(&mut bytes);
            writer.i16(version);
            value.encode(&mut writer, version).unwrap();
            assert!(value.is_open());
            assert_eq!(read_value(&bytes), Ok(value));
        }
        let key = read_key(b"\x00\x00\x00\x02tx").unwrap().unwrap();
        assert_eq!(key.transactional_id, "tx");
    }
}
