//! Records of the metadata log, `__cluster_metadata` (KIP-631), and of its snapshots. A record's value is framed:
//!
//! ```text
//! frame version varint (= 1) | type varint | version varint | the record, flexible in all its versions
//! ```
//! What is described here is what topics are made of. The other types are known by name.

use uuid::Uuid;

use super::stored;
use crate::message::{Decode, Encode, message};
use crate::wire::{Reader, WireError, WireResult, Writer};

const FRAME_VERSION: u32 = 1;

stored! {
    TopicRecord 0-0, flexible 0+;
    PartitionRecord 0-2, flexible 0+;
    PartitionChangeRecord 0-2, flexible 0+;
    ConfigRecord 0-0, flexible 0+;
    RemoveTopicRecord 0-0, flexible 0+;
    ProducerIdsRecord 0-0, flexible 0+;
}

message! {
    /// A topic begins to exist.
    TopicRecord {
        name: String => 0+;
        topic_id: Uuid => 0+;
    }
    /// A partition begins to exist, or is described anew by a snapshot.
    PartitionRecord {
        partition_id: i32 => 0+, default -1;
        topic_id: Uuid => 0+;
        replicas: Vec<i32> => 0+;
        isr: Vec<i32> => 0+;
        removing_replicas: Vec<i32> => 0+;
        adding_replicas: Vec<i32> => 0+;
        leader: i32 => 0+, default -1;
        leader_recovery_state: i8 => 0+, tag 0;
        leader_epoch: i32 => 0+, default -1;
        partition_epoch: i32 => 0+, default -1;
        directories: Vec<Uuid> => 1+;
        eligible_leader_replicas: Option<Vec<i32>> => 2+, nullable 2+, tag 1, default None;
        last_known_elr: Option<Vec<i32>> => 2+, nullable 2+, tag 2, default None;
    }
    /// What changed about a partition. Each change of its leader is a new leader epoch.
    PartitionChangeRecord {
        partition_id: i32 => 0+, default -1;
        topic_id: Uuid => 0+;
        isr: Option<Vec<i32>> => 0+, nullable 0+, tag 0, default None;
        leader: i32 => 0+, tag 1, default -2;
        replicas: Option<Vec<i32>> => 0+, nullable 0+, tag 2, default None;
        removing_replicas: Option<Vec<i32>> => 0+, nullable 0+, tag 3, default None;
        adding_replicas: Option<Vec<i32>> => 0+, nullable 0+, tag 4, default None;
        leader_recovery_state: i8 => 0+, tag 5, default -1;
        directories: Option<Vec<Uuid>> => 1+, nullable 1+, tag 8, default None;
        eligible_leader_replicas: Option<Vec<i32>> => 2+, nullable 2+, tag 6, default None;
        last_known_elr: Option<Vec<i32>> => 2+, nullable 2+, tag 7, default None;
    }
    /// A value of a resource's own, or its removal.
    ConfigRecord {
        resource_type: i8 => 0+;
        resource_name: String => 0+;
        name: String => 0+;
        value: Option<String> => 0+, nullable 0+;
    }
    /// A topic and its partitions are gone.
    RemoveTopicRecord {
        topic_id: Uuid => 0+;
    }
    /// A block of producer ids was given to a broker.
    ProducerIdsRecord {
        broker_id: i32 => 0+;
        broker_epoch: i64 => 0+, default -1;
        next_producer_id: i64 => 0+;
    }
}

/// A record of the metadata log.
#[derive(Debug, Clone, PartialEq)]
pub enum MetadataRecord {
    Topic(TopicRecord),
    Partition(PartitionRecord),
    PartitionChange(PartitionChangeRecord),
    Config(ConfigRecord),
    RemoveTopic(RemoveTopicRecord),
    ProducerIds(ProducerIdsRecord),
    /// What follows counts when the transaction ends, and never when it is aborted (KIP-868).
    BeginTransaction,
    EndTransaction,
    AbortTransaction,
    /// Known by name alone.
    Other(&'static str),
}

/// Why a record's value is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataRecordError {
    #[error("its frame has version {0}, and 1 is known")]
    Frame(u32),
    #[error(
        "it is of type {api_key} in version {version}, which is not known; a later version of FluxMQ may know it"
    )]
    Type { api_key: u32, version: i16 },
    #[error("it is a {name} in version {version}, which cannot be read: {source}")]
    Content { name: &'static str, version: i16, source: WireError },
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// The types of records, as Kafka 4.3 has them.
const TYPES: [(u32, &str); 27] = [
    (0, "RegisterBrokerRecord"),
    (1, "UnregisterBrokerRecord"),
    (2, "TopicRecord"),
    (3, "PartitionRecord"),
    (4, "ConfigRecord"),
    (5, "PartitionChangeRecord"),
    (7, "FenceBrokerRecord"),
    (8, "UnfenceBrokerRecord"),
    (9, "RemoveTopicRecord"),
    (10, "DelegationTokenRecord"),
    (11, "UserScramCredentialRecord"),
    (12, "FeatureLevelRecord"),
    (14, "ClientQuotaRecord"),
    (15, "ProducerIdsRecord"),
    (16, "RemoveFeatureLevelRecord"),
    (17, "BrokerRegistrationChangeRecord"),
    (18, "AccessControlEntryRecord"),
    (19, "RemoveAccessControlEntryRecord"),
    (20, "NoOpRecord"),
    (21, "ZkMigrationStateRecord"),
    (22, "RemoveUserScramCredentialRecord"),
    (23, "BeginTransactionRecord"),
    (24, "EndTransactionRecord"),
    (25, "AbortTransactionRecord"),
    (26, "RemoveDelegationTokenRecord"),
    (27, "RegisterControllerRecord"),
    (28, "ClearElrRecord"),
];

impl MetadataRecord {
    /// Reads a record's value.
    pub fn read(bytes: &[u8]) -> Result<MetadataRecord, MetadataRecordError> {
        let mut reader = Reader::over(bytes);
        match reader.unsigned_varint()? {
            FRAME_VERSION => {}
            other => return Err(MetadataRecordError::Frame(other)),
        }
        let api_key = reader.unsigned_varint()?;
        let version = i16::try_from(reader.unsigned_varint()?).unwrap_or(i16::MAX);
        let Some((_, name)) = TYPES.into_iter().find(|(known, _)| *known == api_key) else {
            return Err(MetadataRecordError::Type { api_key, version });
        };
        let content = Self::read_content(&mut reader, api_key, version, name);
        content.map_err(|source| MetadataRecordError::Content { name, version, source })
    }

    fn read_content(
        reader: &mut Reader<'_>,
        api_key: u32,
        version: i16,
        name: &'static str,
    ) -> WireResult<MetadataRecord> {
        let record = match api_key {
            2 => MetadataRecord::Topic(TopicRecord::decode(reader, version)?),
            3 => MetadataRecord::Partition(PartitionRecord::decode(reader, version)?),
            4 => MetadataRecord::Config(ConfigRecord::decode(reader, version)?),
            5 => MetadataRecord::PartitionChange(PartitionChangeRecord::decode(reader, version)?),
            9 => MetadataRecord::RemoveTopic(RemoveTopicRecord::decode(reader, version)?),
            15 => MetadataRecord::ProducerIds(ProducerIdsRecord::decode(reader, version)?),
            23 => return Ok(MetadataRecord::BeginTransaction),
            24 => return Ok(MetadataRecord::EndTransaction),
            25 => return Ok(MetadataRecord::AbortTransaction),
            _ => return Ok(MetadataRecord::Other(name)),
        };
        reader.finish()?;
        Ok(record)
    }

    /// The record's value in `version`, for the types that are described here and those without fields.
    pub fn write(&self, version: i16) -> WireResult<Vec<u8>> {
        let (api_key, content): (u32, Option<&dyn Encode>) = match self {
            MetadataRecord::Topic(record) => (2, Some(record)),
            MetadataRecord::Partition(record) => (3, Some(record)),
            MetadataRecord::Config(record) => (4, Some(record)),
            MetadataRecord::PartitionChange(record) => (5, Some(record)),
            MetadataRecord::RemoveTopic(record) => (9, Some(record)),
            MetadataRecord::ProducerIds(record) => (15, Some(record)),
            MetadataRecord::BeginTransaction => (23, None),
            MetadataRecord::EndTransaction => (24, None),
            MetadataRecord::AbortTransaction => (25, None),
            MetadataRecord::Other(name) => {
                (TYPES.into_iter().find(|(_, known)| known == name).map_or(20, |(api_key, _)| api_key), None)
            }
        };
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        writer.unsigned_varint(FRAME_VERSION);
        writer.unsigned_varint(api_key);
        writer.unsigned_varint(version.unsigned_abs().into());
        match content {
            Some(content) => content.encode(&mut writer, version)?,
            None => writer.unsigned_varint(0),
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<MetadataRecord> {
        let topic_id = Uuid::from_u128(0x1234);
        vec![
            MetadataRecord::Topic(TopicRecord { name: "orders".to_owned(), topic_id }),
            MetadataRecord::Partition(PartitionRecord {
                partition_id: 3,
                topic_id,
                replicas: vec![1, 2],
                isr: vec![1],
                leader: 1,
                leader_epoch: 5,
                partition_epoch: 9,
                ..Default::default()
            }),
            MetadataRecord::PartitionChange(PartitionChangeRecord {
                partition_id: 3,
                topic_id,
                leader: -1,
                isr: Some(vec![]),
                ..Default::default()
            }),
            MetadataRecord::Config(ConfigRecord {
                resource_type: 2,
                resource_name: "orders".to_owned(),
                name: "retention.ms".to_owned(),
                value: None,
            }),
            MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id }),
            MetadataRecord::ProducerIds(ProducerIdsRecord {
                broker_id: 1,
                broker_epoch: 4,
                next_producer_id: 2000,
            }),
            MetadataRecord::BeginTransaction,
            MetadataRecord::EndTransaction,
            MetadataRecord::AbortTransaction,
            MetadataRecord::Other("ClientQuotaRecord"),
        ]
    }

    #[test]
    fn every_record_comes_back_and_no_part_of_it_passes() {
        for record in samples() {
            let bytes = record.write(0).unwrap();
            assert_eq!(MetadataRecord::read(&bytes), Ok(record.clone()));
            let described = !matches!(
                record,
                MetadataRecord::Other(_)
                    | MetadataRecord::BeginTransaction
                    | MetadataRecord::EndTransaction
                    | MetadataRecord::AbortTransaction
            );
            for end in 0..if described { bytes.len() } else { 3 } {
                assert!(MetadataRecord::read(&bytes[..end]).is_err(), "{record:?} cut at {end}");
            }
        }
    }

    #[test]
    fn later_partitions_have_directories() {
        let MetadataRecord::Partition(record) = samples().swap_remove(1) else { unreachable!() };
        let record = PartitionRecord {
            directories: vec![Uuid::from_u128(7), Uuid::from_u128(8)],
            eligible_leader_replicas: Some(vec![2]),
            ..record
        };
        let record = MetadataRecord::Partition(record);
        assert_eq!(MetadataRecord::read(&record.write(2).unwrap()), Ok(record));
    }

    #[test]
    fn what_is_not_known_is_refused_by_number() {
        assert_eq!(
            MetadataRecord::read(&[1, 29, 0, 0]),
            Err(MetadataRecordError::Type { api_key: 29, version: 0 })
        );
        assert_eq!(MetadataRecord::read(&[2, 2, 0]), Err(MetadataRecordError::Frame(2)));
        let error = MetadataRecord::read(&[1, 2, 1, 0]).unwrap_err().to_string();
        assert_eq!(
            error,
            "it is a TopicRecord in version 1, which cannot be read: version 1 is outside of 0 to 0"
        );
    }
}
