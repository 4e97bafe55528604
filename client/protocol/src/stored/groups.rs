//! Records of `__consumer_offsets`, all of them: committed offsets, classic groups, and groups of the next generation (KIP-848).
//! Key and value each begin with a version of two bytes; that of the key tells what the record is. A record without a value takes
//! back what its key names.

use bytes::Bytes;
use uuid::Uuid;

use super::offsets::{OffsetCommitKey, OffsetCommitValue};
use super::stored;
use crate::message::{Decode, Encode, message};
use crate::wire::{Reader, WireError, WireResult, Writer};

stored! {
    GroupKey 0-0;
    GroupMemberKey 0-0;
    GroupRegularExpressionKey 0-0;
    GroupMetadataValue 0-4, flexible 4+;
    ConsumerGroupMetadataValue 0-0, flexible 0+;
    ConsumerGroupPartitionMetadataValue 0-0, flexible 0+;
    ConsumerGroupMemberMetadataValue 0-0, flexible 0+;
    ConsumerGroupTargetAssignmentMetadataValue 0-0, flexible 0+;
    ConsumerGroupTargetAssignmentMemberValue 0-0, flexible 0+;
    ConsumerGroupCurrentMemberAssignmentValue 0-0, flexible 0+;
    ConsumerGroupRegularExpressionValue 0-0, flexible 0+;
}

message! {
    /// The key of what belongs to a group as a whole.
    GroupKey {
        group: String => 0+;
    }
    /// The key of what belongs to a member of a group.
    GroupMemberKey {
        group: String => 0+;
        member: String => 0+;
    }
    /// The key of a regular expression that members of a group subscribe to.
    GroupRegularExpressionKey {
        group: String => 0+;
        regular_expression: String => 0+;
    }
    /// A classic group, with its members and what they were assigned.
    GroupMetadataValue {
        protocol_type: String => 0+;
        generation: i32 => 0+;
        protocol: Option<String> => 0+, nullable 0+;
        leader: Option<String> => 0+, nullable 0+;
        current_state_timestamp: i64 => 2+, default -1;
        members: Vec<MemberMetadata> => 0+;
    }
    /// A member of a classic group.
    MemberMetadata {
        member_id: String => 0+;
        group_instance_id: Option<String> => 3+, nullable 3+, default None;
        client_id: String => 0+;
        client_host: String => 0+;
        rebalance_timeout: i32 => 1+, default -1;
        session_timeout: i32 => 0+;
        subscription: Bytes => 0+;
        assignment: Bytes => 0+;
    }
    /// The epoch of a group.
    ConsumerGroupMetadataValue {
        epoch: i32 => 0+;
        metadata_hash: i64 => 0+, tag 0, default 0;
    }
    /// The topics that a group was balanced for. Kafka 4.1 and later write a hash into the group's metadata instead (KIP-1101).
    ConsumerGroupPartitionMetadataValue {
        topics: Vec<TopicMetadata> => 0+;
    }
    /// One of them.
    TopicMetadata {
        topic_id: Uuid => 0+;
        topic_name: String => 0+;
        num_partitions: i32 => 0+;
        partition_metadata: Vec<PartitionMetadata> => 0+;
    }
    /// The racks of a partition; not used any more.
    PartitionMetadata {
        partition: i32 => 0+;
        racks: Vec<String> => 0+;
    }
    /// What a member wants. One that speaks the classic protocol has `classic_member_metadata`.
    ConsumerGroupMemberMetadataValue {
        instance_id: Option<String> => 0+, nullable 0+;
        rack_id: Option<String> => 0+, nullable 0+;
        client_id: String => 0+;
        client_host: String => 0+;
        subscribed_topic_names: Vec<String> => 0+;
        subscribed_topic_regex: Option<String> => 0+, nullable 0+;
        rebalance_timeout_ms: i32 => 0+, default -1;
        server_assignor: Option<String> => 0+, nullable 0+;
        classic_member_metadata: Option<ClassicMemberMetadata> => 0+, nullable 0+, tag 0 explicit, default None;
    }
    /// What the classic protocol needs to know of a member.
    ClassicMemberMetadata {
        session_timeout_ms: i32 => 0+;
        supported_protocols: Vec<ClassicProtocol> => 0+;
    }
    /// A protocol that a classic member supports.
    ClassicProtocol {
        name: String => 0+;
        metadata: Bytes => 0+;
    }
    /// The epoch of the target assignment.
    ConsumerGroupTargetAssignmentMetadataValue {
        assignment_epoch: i32 => 0+;
        assignment_timestamp: i64 => 0+, tag 0, default 0;
    }
    /// What a member is to own in the end.
    ConsumerGroupTargetAssignmentMemberValue {
        topic_partitions: Vec<TargetTopicPartitions> => 0+;
    }
    /// Partitions of one topic.
    TargetTopicPartitions {
        topic_id: Uuid => 0+;
        partitions: Vec<i32> => 0+;
    }
    /// What a member owns now, and what it has to give back.
    ConsumerGroupCurrentMemberAssignmentValue {
        member_epoch: i32 => 0+;
        previous_member_epoch: i32 => 0+;
        state: i8 => 0+;
        assigned_partitions: Vec<CurrentTopicPartitions> => 0+;
        partitions_pending_revocation: Vec<CurrentTopicPartitions> => 0+;
    }
    /// Partitions of one topic; the epochs at which they were assigned, when known, are as many as the partitions.
    CurrentTopicPartitions {
        topic_id: Uuid => 0+;
        partitions: Vec<i32> => 0+;
        assignment_epochs: Option<Vec<i32>> => 0+, nullable 0+, tag 0 explicit, default None;
    }
    /// The topics that a regular expression stood for.
    ConsumerGroupRegularExpressionValue {
        topics: Vec<String> => 0+;
        version: i64 => 0+;
        timestamp: i64 => 0+;
    }
}

/// The version that groups are written in: the newest that every Kafka since 2.3 can read, and the one that Kafka 4.3 writes.
const GROUP_METADATA_VERSION: i16 = 3;

/// The version that offsets are written in, as Kafka 4.3 does: the first with the topic's id.
const OFFSET_VERSION: i16 = 4;

/// The version for an offset that says itself when it expires: the only one with that field.
const EXPIRING_OFFSET_VERSION: i16 = 1;

/// Ties each kind of record to the version of its key, to key and value, and to the version its value is written in.
macro_rules! group_records {
    ($($name:ident $key_version:literal $(| $older:literal)?: $key:ty => $value:ty, $write:expr;)+) => {
        /// A record of `__consumer_offsets`: a key, and a value or the word that there is none any more.
        #[derive(Debug, Clone, PartialEq)]
        pub enum GroupRecord { $($name($key, Option<$value>),)+ }

        impl GroupRecord {
            /// Reads a record; `None` for a kind that is not known, such as those of share and streams groups.
            pub fn decode(key: &[u8], value: Option<&[u8]>) -> WireResult<Option<GroupRecord>> {
                let mut reader = Reader::over(key);
                let record = match reader.i16()? {
                    $($key_version $(| $older)? => {
                        let key = <$key>::decode(&mut reader, 0)?;
                        reader.finish()?;
                        GroupRecord::$name(key, value.map(read_versioned).transpose()?)
                    })+
                    _ => return Ok(None),
                };
                Ok(Some(record))
            }

            /// Whether the record takes back what its key names.
            pub fn is_tombstone(&self) -> bool {
                match self {
                    $(GroupRecord::$name(_, value) => value.is_none(),)+
                }
            }

            /// The bytes of key and value.
            pub fn encode(&self) -> WireResult<(Vec<u8>, Option<Vec<u8>>)> {
                Ok(match self {
                    $(GroupRecord::$name(key, value) => {
                        let write: fn(&$value) -> i16 = $write;
                        let value = value.as_ref().map(|value| write_versioned(value, write(value), write(value)));
                        (write_versioned(key, $key_version, 0)?, value.transpose()?)
                    })+
                })
            }
        }
    };
}

group_records! {
    OffsetCommit 1 | 0: OffsetCommitKey => OffsetCommitValue, |value| {
        if value.expire_timestamp >= 0 { EXPIRING_OFFSET_VERSION } else { OFFSET_VERSION }
    };
    GroupMetadata 2: GroupKey => GroupMetadataValue, |_| GROUP_METADATA_VERSION;
    ConsumerGroupMetadata 3: GroupKey => ConsumerGroupMetadataValue, |_| 0;
    ConsumerGroupPartitionMetadata 4: GroupKey => ConsumerGroupPartitionMetadataValue, |_| 0;
    ConsumerGroupMemberMetadata 5: GroupMemberKey => ConsumerGroupMemberMetadataValue, |_| 0;
    ConsumerGroupTargetAssignmentMetadata 6: GroupKey => ConsumerGroupTargetAssignmentMetadataValue, |_| 0;
    ConsumerGroupTargetAssignmentMember 7: GroupMemberKey => ConsumerGroupTargetAssignmentMemberValue, |_| 0;
    ConsumerGroupCurrentMemberAssignment 8: GroupMemberKey => ConsumerGroupCurrentMemberAssignmentValue, |_| 0;
    ConsumerGroupRegularExpression 16: GroupRegularExpressionKey => ConsumerGroupRegularExpressionValue, |_| 0;
}

impl GroupRecord {
    /// The group that the record belongs to.
    pub fn group(&self) -> &str {
        match self {
            GroupRecord::OffsetCommit(key, _) => &key.group,
            GroupRecord::GroupMetadata(key, _)
            | GroupRecord::ConsumerGroupMetadata(key, _)
            | GroupRecord::ConsumerGroupPartitionMetadata(key, _)
            | GroupRecord::ConsumerGroupTargetAssignmentMetadata(key, _) => &key.group,
            GroupRecord::ConsumerGroupMemberMetadata(key, _)
            | GroupRecord::ConsumerGroupTargetAssignmentMember(key, _)
            | GroupRecord::ConsumerGroupCurrentMemberAssignment(key, _) => &key.group,
            GroupRecord::ConsumerGroupRegularExpression(key, _) => &key.group,
        }
    }
}

fn read_versioned<T: Decode>(bytes: &[u8]) -> Result<T, WireError> {
    let mut reader = Reader::over(bytes);
    let version = reader.i16()?;
    let value = T::decode(&mut reader, version)?;
    reader.finish()?;
    Ok(value)
}

/// Writes `tag`, and then `value` in the layout of `version`.
fn write_versioned<T: Encode>(value: &T, tag: i16, version: i16) -> WireResult<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    writer.i16(tag);
    value.encode(&mut writer, version)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<GroupRecord> {
        let group = || GroupKey { group: "g".to_owned() };
        let member = || GroupMemberKey { group: "g".to_owned(), member: "m".to_owned() };
        let offset = OffsetCommitKey { group: "g".to_owned(), topic: "t".to_owned(), partition: 3 };
        let expiring = OffsetCommitValue { offset: 7, expire_timestamp: 99, ..Default::default() };
        let classic = GroupMetadataValue {
            protocol_type: "consumer".to_owned(),
            generation: 4,
            protocol: Some("range".to_owned()),
            leader: Some("m".to_owned()),
            current_state_timestamp: 5,
            members: vec![MemberMetadata {
                member_id: "m".to_owned(),
                group_instance_id: Some("i".to_owned()),
                subscription: Bytes::from_static(b"\x01\x02"),
                assignment: Bytes::from_static(b"\x03"),
                rebalance_timeout: 60_000,
                session_timeout: 45_000,
                ..Default::default()
            }],
        };
        let wants = ConsumerGroupMemberMetadataValue {
            subscribed_topic_names: vec!["t".to_owned()],
            classic_member_metadata: Some(ClassicMemberMetadata {
                session_timeout_ms: 1,
                supported_protocols: vec![ClassicProtocol {
                    name: "range".to_owned(),
                    metadata: Bytes::from_static(b"\x09"),
                }],
            }),
            ..Default::default()
        };
        let owns = ConsumerGroupCurrentMemberAssignmentValue {
            member_epoch: 2,
            previous_member_epoch: 1,
            state: 1,
            assigned_partitions: vec![CurrentTopicPartitions {
                topic_id: Uuid::from_u128(5),
                partitions: vec![0, 1],
                assignment_epochs: Some(vec![1, 2]),
            }],
            partitions_pending_revocation: Vec::new(),
        };
        let target = ConsumerGroupTargetAssignmentMemberValue {
            topic_partitions: vec![TargetTopicPartitions {
                topic_id: Uuid::from_u128(5),
                partitions: vec![0, 1],
            }],
        };
        let pattern =
            GroupRegularExpressionKey { group: "g".to_owned(), regular_expression: "t.*".to_owned() };
        let epoch =
            ConsumerGroupTargetAssignmentMetadataValue { assignment_epoch: 3, assignment_timestamp: 9 };
        vec![
            GroupRecord::OffsetCommit(offset.clone(), Some(expiring)),
            GroupRecord::OffsetCommit(offset, None),
            GroupRecord::GroupMetadata(group(), Some(classic)),
            GroupRecord::ConsumerGroupMetadata(
                group(),
                Some(ConsumerGroupMetadataValue { epoch: 3, metadata_hash: -8 }),
            ),
            GroupRecord::ConsumerGroupPartitionMetadata(group(), None),
            GroupRecord::ConsumerGroupMemberMetadata(member(), Some(wants)),
            GroupRecord::ConsumerGroupTargetAssignmentMetadata(group(), Some(epoch)),
            GroupRecord::ConsumerGroupTargetAssignmentMember(member(), Some(target)),
            GroupRecord::ConsumerGroupCurrentMemberAssignment(member(), Some(owns)),
            GroupRecord::ConsumerGroupRegularExpression(
                pattern,
                Some(ConsumerGroupRegularExpressionValue::default()),
            ),
        ]
    }

    #[test]
    fn every_record_comes_back_and_no_part_of_it_passes() {
        for record in samples() {
            let (key, value) = record.encode().unwrap();
            assert_eq!(GroupRecord::decode(&key, value.as_deref()), Ok(Some(record.clone())));
            assert_eq!(record.group(), "g");
            for end in 0..key.len() {
                assert!(GroupRecord::decode(&key[..end], None).is_err(), "{record:?} key cut at {end}");
            }
            let value = value.unwrap_or_default();
            for end in 0..value.len() {
                let cut = GroupRecord::decode(&key, Some(&value[..end]));
                assert!(cut.is_err(), "{record:?} value cut at {end}");
            }
        }
    }

    /// Where a tagged field is null, Kafka writes that down: it takes a missing one for an empty struct or list.
    #[test]
    fn members_are_written_as_kafka_writes_them() {
        let member = || GroupMemberKey { group: "g2".to_owned(), member: "m".to_owned() };
        let wants = ConsumerGroupMemberMetadataValue {
            client_id: "console-consumer".to_owned(),
            client_host: "/127.0.0.1".to_owned(),
            subscribed_topic_names: vec!["orders".to_owned()],
            subscribed_topic_regex: Some(String::new()),
            rebalance_timeout_ms: 300_000,
            ..Default::default()
        };
        let written =
            b"\0\0\0\0\x11console-consumer\x0b/127.0.0.1\x02\x07orders\x01\0\x04\x93\xe0\0\x01\0\x01\0";
        let record = GroupRecord::ConsumerGroupMemberMetadata(member(), Some(wants));
        let (key, value) = record.encode().unwrap();
        assert_eq!((&key[..], value.as_deref()), (&b"\0\x05\0\x02g2\0\x01m"[..], Some(&written[..])));
        assert_eq!(GroupRecord::decode(&key, Some(written)), Ok(Some(record)));
        let owns = ConsumerGroupCurrentMemberAssignmentValue {
            assigned_partitions: vec![CurrentTopicPartitions::default()],
            ..Default::default()
        };
        let record = GroupRecord::ConsumerGroupCurrentMemberAssignment(member(), Some(owns));
        let value = record.encode().unwrap().1.unwrap();
        assert!(value.ends_with(b"\x01\x01\0\x01\0\x01\0"), "no partitions, one tag, null; {value:?}");
    }

    #[test]
    fn kinds_of_other_groups_are_stepped_over() {
        assert_eq!(GroupRecord::decode(b"\x00\x0b\x00\x01g", Some(b"\x00\x00")), Ok(None));
    }
}
