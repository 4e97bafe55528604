//! Records of `__consumer_offsets`. Key and value begin with a version of two bytes; that of the key tells what it is.

use uuid::Uuid;

use super::stored;
use crate::message::{Decode, message};
use crate::wire::{Reader, WireResult};

stored! {
    OffsetCommitKey 0-1;
    OffsetCommitValue 0-4, flexible 4+;
}

message! {
    /// Which group's offset for which partition. Its version is 0 or 1, and means the same.
    OffsetCommitKey {
        group: String => 0+;
        topic: String => 0+;
        partition: i32 => 0+;
    }
    /// A committed offset.
    OffsetCommitValue {
        offset: i64 => 0+;
        leader_epoch: i32 => 3+, default -1;
        metadata: String => 0+;
        commit_timestamp: i64 => 0+;
        expire_timestamp: i64 => 1-1, default -1;
        topic_id: Uuid => 4+, tag 0;
    }
}

/// Reads a record's key; `None` for what is no committed offset: members and assignments of groups.
pub fn read_key(bytes: &[u8]) -> WireResult<Option<OffsetCommitKey>> {
    let mut reader = Reader::over(bytes);
    let version = reader.i16()?;
    if !(0..=1).contains(&version) {
        return Ok(None);
    }
    let key = OffsetCommitKey::decode(&mut reader, version)?;
    reader.finish()?;
    Ok(Some(key))
}

/// Reads the value that belongs to such a key.
pub fn read_value(bytes: &[u8]) -> WireResult<OffsetCommitValue> {
    let mut reader = Reader::over(bytes);
    let version = reader.i16()?;
    let value = OffsetCommitValue::decode(&mut reader, version)?;
    reader.finish()?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Encode;
    use crate::wire::{WireError, Writer};

    #[test]
    fn a_key_and_a_value_of_kafka_4_are_understood() {
        let key = b"\x00\x01\x00\x05group\x00\x06orders\x00\x00\x00\x02";
        let expected =
            OffsetCommitKey { group: "group".to_owned(), topic: "orders".to_owned(), partition: 2 };
        assert_eq!(read_key(key), Ok(Some(expected)));
        let value =
            b"\x00\x03\x00\x00\x00\x00\x00\x00\x00\x2a\x00\x00\x00\x07\x00\x02hi\x00\x00\x01\x8b\xcf\xe5\x68\x00";
        let expected = OffsetCommitValue {
            offset: 42,
            leader_epoch: 7,
            metadata: "hi".to_owned(),
            commit_timestamp: 1_700_000_000_000,
            ..Default::default()
        };
        assert_eq!(read_value(value), Ok(expected));
    }

    #[test]
    fn every_version_of_a_value_comes_back() {
        for version in 0..=4 {
            let value = OffsetCommitValue {
                offset: 9,
                leader_epoch: if version >= 3 { 4 } else { -1 },
                metadata: "m".to_owned(),
                commit_timestamp: 77,
                expire_timestamp: if version == 1 { 99 } else { -1 },
                topic_id: if version >= 4 { Uuid::from_u128(5) } else { Uuid::nil() },
            };
            let mut bytes = Vec::new();
            let mut writer = Writer::new(&mut bytes);
            writer.i16(version);
            value.encode(&mut writer, version).unwrap();
            assert_eq!(read_value(&bytes), Ok(value));
            for end in 0..bytes.len() {
                assert!(read_value(&bytes[..end]).is_err(), "version {version} cut at {end}");
            }
        }
    }

    #[test]
    fn other_keys_are_stepped_over_and_later_values_refused() {
        assert_eq!(read_key(b"\x00\x02\x00\x05group"), Ok(None));
        assert_eq!(read_value(b"\x00\x05"), Err(WireError::Version { version: 5, min: 0, max: 4 }));
    }
}
