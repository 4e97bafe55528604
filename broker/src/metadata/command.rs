//! A change of the metadata, as a value with a byte form of its own.
//!
//! ```text
//! version u8 = 1 | kind u8 | fields, big-endian; a text or map is its length as u32 and then its bytes or pairs
//! ```
//! A change of the form takes a new version; a reader refuses versions that it does not know, so that an older broker never
//! drops what a newer one wrote.

use std::collections::BTreeMap;
use std::ops::Range;

use uuid::Uuid;

use super::journal::codec::{MalformedEntry, Reader, Writer};

const VERSION: u8 = 1;

const CREATE_TOPIC: u8 = 1;
const DELETE_TOPIC: u8 = 2;
const SET_TOPIC_CONFIGS: u8 = 3;
const RESERVE_PRODUCER_IDS: u8 = 4;
const ADD_PARTITIONS: u8 = 5;

/// A change of the metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    CreateTopic {
        name: String,
        id: Uuid,
        partitions: i32,
        replication_factor: i16,
        configs: BTreeMap<String, String>,
    },
    DeleteTopic {
        id: Uuid,
    },
    /// Replaces all of a topic's own values.
    SetTopicConfigs {
        id: Uuid,
        configs: BTreeMap<String, String>,
    },
    /// Makes a topic have `partitions` partitions, more than it has.
    AddPartitions {
        id: Uuid,
        partitions: i32,
    },
    /// Takes the next `count` producer ids for whoever submits it.
    ReserveProducerIds {
        count: i32,
    },
}

/// What an applied command comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// The producer ids that are the submitter's own.
    ProducerIds(Range<i64>),
}

impl Command {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u8(VERSION);
        match self {
            Command::CreateTopic { name, id, partitions, replication_factor, configs } => {
                writer.u8(CREATE_TOPIC);
                writer.text(name);
                writer.uuid(*id);
                writer.i32(*partitions);
                writer.i16(*replication_factor);
                writer.map(configs);
            }
            Command::DeleteTopic { id } => {
                writer.u8(DELETE_TOPIC);
                writer.uuid(*id);
            }
            Command::SetTopicConfigs { id, configs } => {
                writer.u8(SET_TOPIC_CONFIGS);
                writer.uuid(*id);
                writer.map(configs);
            }
            Command::AddPartitions { id, partitions } => {
                writer.u8(ADD_PARTITIONS);
                writer.uuid(*id);
                writer.i32(*partitions);
            }
            Command::ReserveProducerIds { count } => {
                writer.u8(RESERVE_PRODUCER_IDS);
                writer.i32(*count);
            }
        }
        writer.into_bytes()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Command, MalformedEntry> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let command = match reader.u8()? {
            CREATE_TOPIC => Command::CreateTopic {
                name: reader.text()?,
                id: reader.uuid()?,
                partitions: reader.i32()?,
                replication_factor: reader.i16()?,
                configs: reader.map()?,
            },
            DELETE_TOPIC => Command::DeleteTopic { id: reader.uuid()? },
            SET_TOPIC_CONFIGS => Command::SetTopicConfigs { id: reader.uuid()?, configs: reader.map()? },
            ADD_PARTITIONS => Command::AddPartitions { id: reader.uuid()?, partitions: reader.i32()? },
            RESERVE_PRODUCER_IDS => Command::ReserveProducerIds { count: reader.i32()? },
            kind => return Err(MalformedEntry::Kind(kind)),
        };
        reader.end()?;
        Ok(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Command> {
        let configs =
            BTreeMap::from([("a".to_owned(), String::new()), ("b".to_owned(), "x=\u{e9}".to_owned())]);
        let id = Uuid::from_u128(0x1234_5678_9abc);
        vec![
            Command::CreateTopic {
                name: "orders".to_owned(),
                id,
                partitions: 6,
                replication_factor: 1,
                configs: configs.clone(),
            },
            Command::DeleteTopic { id },
            Command::SetTopicConfigs { id, configs },
            Command::AddPartitions { id, partitions: 9 },
            Command::ReserveProducerIds { count: 1000 },
        ]
    }

    #[test]
    fn every_command_comes_back_and_no_part_of_it_passes() {
        for command in samples() {
            let bytes = command.encode();
            assert_eq!(Command::decode(&bytes).unwrap(), command);
            for end in 0..bytes.len() {
                assert!(Command::decode(&bytes[..end]).is_err(), "{command:?} cut at {end}");
            }
            let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
            assert!(Command::decode(&longer).is_err());
        }
    }

    #[test]
    fn a_newer_version_is_refused_in_words() {
        let mut bytes = samples()[0].encode();
        bytes[0] = 2;
        let error = Command::decode(&bytes).unwrap_err().to_string();
        assert_eq!(error, "an entry has version 2, and this broker knows 1; start a newer broker");
    }
}
