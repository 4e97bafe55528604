//! A topic that is asked for, held against what is possible.

use std::collections::{BTreeMap, BTreeSet};

use fluxmq_protocol::{ErrorCode, Uuid};

use super::{TopicConfig, TopicError, name, segment_bytes};
use crate::config::{Settings, TopicSettings};
use crate::metadata::image::MetadataImage;

/// As in Kafka: more in one go is taken for a mistake.
const PARTITIONS_MAX: i64 = 10_000;

/// How many brokers there are.
const BROKERS: i16 = 1;

/// A topic that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewTopic {
    pub(crate) name: String,
    /// -1: as the broker is configured, or as `assignments` say.
    pub(crate) partitions: i32,
    /// -1: as the broker is configured, or as `assignments` say.
    pub(crate) replication_factor: i16,
    /// Partitions with the brokers that shall keep them; empty leaves this to the broker.
    pub(crate) assignments: Vec<(i32, Vec<i32>)>,
    /// The topic's own values.
    pub(crate) configs: Vec<(String, Option<String>)>,
}

/// A topic as it was, or would be, created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CreatedTopic {
    pub(crate) id: Uuid,
    pub(crate) partitions: i32,
    pub(crate) replication_factor: i16,
    pub(crate) configs: BTreeMap<String, String>,
}

impl NewTopic {
    /// A topic with the broker's defaults.
    pub(super) fn with_defaults(name: &str) -> NewTopic {
        NewTopic {
            name: name.to_owned(),
            partitions: -1,
            replication_factor: -1,
            assignments: Vec::new(),
            configs: Vec::new(),
        }
    }

    pub(super) fn from_config(name: &str, config: &TopicConfig) -> Result<NewTopic, TopicError> {
        let mut configs =
            vec![("segment.bytes".to_owned(), Some(segment_bytes(config.segment_size).to_string()))];
        if let Some(retention_ms) = config.retention_ms {
            configs.push(("retention.ms".to_owned(), Some(retention_ms.to_string())));
        }
        Ok(NewTopic {
            name: name.to_owned(),
            partitions: i32::try_from(config.num_partitions)
                .map_err(|_| too_many_partitions(config.num_partitions.into()))?,
            replication_factor: i16::try_from(config.replication_factor)
                .map_err(|_| replication_factor(config.replication_factor.into()))?,
            assignments: Vec::new(),
            configs,
        })
    }

    /// What the topic would be, or why it cannot be.
    pub(super) fn check(
        &self,
        settings: &Settings,
        image: &MetadataImage,
    ) -> Result<CreatedTopic, TopicError> {
        if let Some(message) = name::fault(&self.name) {
            return Err(refused(ErrorCode::INVALID_TOPIC_EXCEPTION, message));
        }
        image.check_name(&self.name)?;
        let (partitions, replication_factor) =
            if self.assignments.is_empty() { self.counts(settings)? } else { self.assigned(settings)? };
        Ok(CreatedTopic { id: random_id(), partitions, replication_factor, configs: self.configs(settings)? })
    }

    fn counts(&self, settings: &Settings) -> Result<(i32, i16), TopicError> {
        let partitions = if self.partitions == -1 { settings.num_partitions } else { self.partitions };
        check_count(partitions.into())?;
        let factor = match self.replication_factor {
            -1 => settings.default_replication_factor,
            factor => factor,
        };
        if !(1..=BROKERS).contains(&factor) {
            return Err(replication_factor(factor.into()));
        }
        Ok((partitions, factor))
    }

    /// Counts from assignments by hand, which exclude counts.
    fn assigned(&self, settings: &Settings) -> Result<(i32, i16), TopicError> {
        if self.partitions != -1 || self.replication_factor != -1 {
            let message =
                "with an assignment by hand, the number of partitions and the replication factor must be -1";
            return Err(refused(ErrorCode::INVALID_REQUEST, message));
        }
        let wrong = |message: String| refused(ErrorCode::INVALID_REPLICA_ASSIGNMENT, message);
        let indexes: BTreeSet<i32> = self.assignments.iter().map(|(index, _)| *index).collect();
        if indexes.len() != self.assignments.len() {
            return Err(wrong("a partition is assigned more than once".to_owned()));
        }
        if indexes.iter().zip(0..).any(|(index, expected)| *index != expected) {
            return Err(wrong("the assigned partitions must be numbered from 0 without a gap".to_owned()));
        }
        for (index, brokers) in &self.assignments {
            if brokers.as_slice() != [settings.node_id] {
                return Err(wrong(format!(
                    "partition {index} is assigned to {brokers:?}, and the only broker is {}",
                    settings.node_id
                )));
            }
        }
        let partitions = i32::try_from(indexes.len()).unwrap_or(i32::MAX);
        check_count(partitions.into())?;
        Ok((partitions, BROKERS))
    }

    fn configs(&self, settings: &Settings) -> Result<BTreeMap<String, String>, TopicError> {
        let mut configs = BTreeMap::new();
        for (key, value) in &self.configs {
            let Some(value) = value else {
                let message = format!("`{key}` cannot be null; leave it out to have the default");
                return Err(refused(ErrorCode::INVALID_CONFIG, message));
            };
            configs.insert(key.clone(), value.clone());
        }
        TopicSettings::check(&configs, &settings.values)
            .map_err(|error| refused(ErrorCode::INVALID_CONFIG, error.to_string()))?;
        Ok(configs)
    }
}

fn refused(code: ErrorCode, message: impl Into<String>) -> TopicError {
    TopicError::new(code, message)
}

pub(super) fn check_count(partitions: i64) -> Result<(), TopicError> {
    if partitions > PARTITIONS_MAX {
        return Err(too_many_partitions(partitions));
    }
    if partitions < 1 {
        let message = format!(
            "a topic cannot have {partitions} partitions; it can have 1 to {PARTITIONS_MAX}, or -1 for the broker's default"
        );
        return Err(refused(ErrorCode::INVALID_PARTITIONS, message));
    }
    Ok(())
}

fn too_many_partitions(count: i64) -> TopicError {
    let message =
        format!("{count} partitions are more than a topic may be created with, which is {PARTITIONS_MAX}");
    refused(ErrorCode::POLICY_VIOLATION, message)
}

fn replication_factor(factor: i64) -> TopicError {
    let message = format!(
        "the replication factor cannot be {factor}, with {BROKERS} broker it can be 1, or -1 for the broker's default"
    );
    refused(ErrorCode::INVALID_REPLICATION_FACTOR, message)
}

/// A random id that Kafka's tools can take as an argument: its text does not begin with `-`.
fn random_id() -> Uuid {
    loop {
        let id = Uuid::new_v4();
        if id.as_bytes().first().is_some_and(|first| first >> 2 != 62) {
            return id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BrokerConfig;
    use crate::metadata::Metadata;

    fn check_with(settings: &[(&str, &str)], topic: &NewTopic) -> Result<CreatedTopic, TopicError> {
        let mut config = BrokerConfig::default();
        for (key, value) in settings {
            config.set(key, value).unwrap();
        }
        let metadata = Metadata::in_memory("a-cluster").unwrap();
        topic.check(&Settings::resolve(&config).unwrap(), &metadata.image())
    }

    fn code(topic: &NewTopic) -> ErrorCode {
        check_with(&[], topic).map_or_else(|error| error.code, |_| ErrorCode::NONE)
    }

    fn orders() -> NewTopic {
        NewTopic::with_defaults("orders")
    }

    #[test]
    fn minus_one_means_the_brokers_defaults() {
        let created = check_with(&[("num.partitions", "7")], &orders()).unwrap();
        assert_eq!((created.partitions, created.replication_factor), (7, 1));
        let error = check_with(&[("default.replication.factor", "3")], &orders()).unwrap_err();
        assert_eq!(error.code, ErrorCode::INVALID_REPLICATION_FACTOR);
    }

    #[test]
    fn counts_have_bounds() {
        for (partitions, expected) in [
            (1, ErrorCode::NONE),
            (10_000, ErrorCode::NONE),
            (0, ErrorCode::INVALID_PARTITIONS),
            (-2, ErrorCode::INVALID_PARTITIONS),
            (10_001, ErrorCode::POLICY_VIOLATION),
        ] {
            assert_eq!(code(&NewTopic { partitions, ..orders() }), expected, "{partitions}");
        }
        for (replication_factor, expected) in [
            (1, ErrorCode::NONE),
            (0, ErrorCode::INVALID_REPLICATION_FACTOR),
            (-2, ErrorCode::INVALID_REPLICATION_FACTOR),
            (2, ErrorCode::INVALID_REPLICATION_FACTOR),
        ] {
            assert_eq!(code(&NewTopic { replication_factor, ..orders() }), expected, "{replication_factor}");
        }
    }

    #[test]
    fn names_are_checked_first() {
        for name in ["", "a b", ".."] {
            assert_eq!(code(&NewTopic::with_defaults(name)), ErrorCode::INVALID_TOPIC_EXCEPTION, "{name}");
        }
    }

    #[test]
    fn assignments_by_hand() {
        let with = |assignments: &[(i32, &[i32])]| NewTopic {
            assignments: assignments.iter().map(|(index, brokers)| (*index, brokers.to_vec())).collect(),
            ..orders()
        };
        let created = check_with(&[], &with(&[(1, &[1]), (0, &[1])])).unwrap();
        assert_eq!((created.partitions, created.replication_factor), (2, 1));
        for wrong in [
            with(&[(0, &[1]), (0, &[1])]),
            with(&[(0, &[1]), (2, &[1])]),
            with(&[(-1, &[1])]),
            with(&[(0, &[])]),
            with(&[(0, &[9])]),
            with(&[(0, &[1, 1])]),
        ] {
            assert_eq!(code(&wrong), ErrorCode::INVALID_REPLICA_ASSIGNMENT, "{wrong:?}");
        }
        let both = NewTopic { partitions: 1, ..with(&[(0, &[1])]) };
        assert_eq!(code(&both), ErrorCode::INVALID_REQUEST);
    }

    #[test]
    fn configs_are_kept_as_given_or_refused() {
        let with = |key: &str, value: Option<&str>| NewTopic {
            configs: vec![(key.to_owned(), value.map(str::to_owned))],
            ..orders()
        };
        let created = check_with(&[], &with("cleanup.policy", Some("compact"))).unwrap();
        assert_eq!(created.configs.get("cleanup.policy").map(String::as_str), Some("compact"));
        for wrong in [
            with("cleanup.policy", Some("shred")),
            with("cleanup.policy", None),
            with("no.such.key", Some("1")),
            with("retention.ms", Some("")),
        ] {
            assert_eq!(code(&wrong), ErrorCode::INVALID_CONFIG, "{wrong:?}");
        }
    }
}
