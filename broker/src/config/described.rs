//! Every key with its value and where the value comes from, as DescribeConfigs and CreateTopics tell it.

use std::collections::BTreeMap;

use super::broker::{BROKER_KEYS, broker_key};
use super::documentation::documentation;
use super::group::{GROUP_KEYS, broker_key_of};
use super::key::{ConfigKey, ConfigType, Update};
use super::topic::{TOPIC_KEYS, synonyms};
use super::topic_settings::Resolved;
use super::values::BrokerValues;

/// Where a value comes from, with Kafka's number on the wire (KIP-226).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub(crate) enum ConfigSource {
    /// Set on the topic.
    Topic = 1,
    /// Set in the broker's configuration.
    StaticBroker = 4,
    Default = 5,
}

/// One key with its value in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DescribedConfig {
    pub(crate) name: String,
    /// `None` where there is none, or where it is a secret.
    pub(crate) value: Option<String>,
    pub(crate) source: ConfigSource,
    pub(crate) read_only: bool,
    pub(crate) sensitive: bool,
    pub(crate) kind: ConfigType,
    /// All places that have a value, the one in force first.
    pub(crate) synonyms: Vec<ConfigSynonym>,
    pub(crate) documentation: Option<&'static str>,
}

/// A place that has a value for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigSynonym {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) source: ConfigSource,
}

/// All keys of a topic with these values of its own.
pub(crate) fn describe_topic(
    overrides: &BTreeMap<String, String>,
    broker: &BrokerValues,
) -> Vec<DescribedConfig> {
    let resolved = Resolved { overrides, broker };
    let listed = TOPIC_KEYS.iter().filter(|key| !key.internal || overrides.contains_key(key.name));
    listed
        .map(|key| {
            let mut places = Vec::new();
            if let Some(own) = overrides.get(key.name) {
                places.push(place(key.name, own, ConfigSource::Topic));
            }
            let behind = synonyms(key.name);
            for synonym in behind {
                if let Some(value) = broker.explicit(synonym.name) {
                    places.push(place(synonym.name, value, ConfigSource::StaticBroker));
                }
            }
            // As in Kafka, the default of the first synonym alone.
            let first = behind.first().and_then(|synonym| broker_key(synonym.name));
            if let Some((first, default)) = first.and_then(|first| Some((first, first.default?))) {
                places.push(place(first.name, default, ConfigSource::Default));
            }
            described(key, key.name, Some(resolved.text(key.name)), places)
        })
        .collect()
}

/// All keys of the broker; those that are unknown and were set too.
pub(crate) fn describe_broker(broker: &BrokerValues) -> Vec<DescribedConfig> {
    let listed = BROKER_KEYS.iter().filter(|key| !key.internal);
    let known = listed.map(|key| {
        let value = broker.text(key.name).map(str::to_owned);
        described(key, key.name, value, broker_places(key.name, key.default, broker))
    });
    let unknown = broker.all_explicit().filter(|(name, _)| broker_key(name).is_none()).map(|(name, _)| {
        // What is not known may be a secret, so its value is not shown.
        DescribedConfig {
            name: name.to_owned(),
            value: None,
            source: ConfigSource::StaticBroker,
            read_only: true,
            sensitive: true,
            kind: ConfigType::Text,
            synonyms: vec![ConfigSynonym {
                name: name.to_owned(),
                value: None,
                source: ConfigSource::StaticBroker,
            }],
            documentation: None,
        }
    });
    known.chain(unknown).collect()
}

/// All keys of a group without values of its own.
pub(crate) fn describe_group(broker: &BrokerValues) -> Vec<DescribedConfig> {
    GROUP_KEYS
        .iter()
        .map(|key| {
            let behind = broker_key_of(key.name);
            let Some(row) = broker_key(&behind) else {
                // No broker key gives these their values; Kafka lists their own defaults.
                let value = key.default.map(str::to_owned);
                return described(key, key.name, value, broker_places(key.name, key.default, broker));
            };
            let value = broker.text(&behind).map(str::to_owned);
            described(key, key.name, value, broker_places(&behind, row.default, broker))
        })
        .collect()
}

fn broker_places(name: &str, default: Option<&str>, broker: &BrokerValues) -> Vec<ConfigSynonym> {
    let set = broker.explicit(name).map(|value| place(name, value, ConfigSource::StaticBroker));
    let default = default.map(|default| place(name, default, ConfigSource::Default));
    set.into_iter().chain(default).collect()
}

fn place(name: &str, value: &str, source: ConfigSource) -> ConfigSynonym {
    ConfigSynonym { name: name.to_owned(), value: Some(value.to_owned()), source }
}

fn described(
    key: &ConfigKey,
    name: &str,
    value: Option<String>,
    mut synonyms: Vec<ConfigSynonym>,
) -> DescribedConfig {
    let sensitive = key.is_sensitive();
    if sensitive {
        for synonym in &mut synonyms {
            synonym.value = None;
        }
    }
    DescribedConfig {
        name: name.to_owned(),
        value: value.filter(|_| !sensitive),
        source: synonyms.first().map_or(ConfigSource::Default, |synonym| synonym.source),
        read_only: key.update == Update::ReadOnly,
        sensitive,
        kind: key.kind,
        synonyms,
        documentation: documentation(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(pairs: &[(&str, &str)]) -> BrokerValues {
        let mut values = BrokerValues::default();
        for (key, value) in pairs {
            values.set(key, *value).unwrap();
        }
        values
    }

    fn find<'a>(all: &'a [DescribedConfig], name: &str) -> &'a DescribedConfig {
        all.iter().find(|config| config.name == name).unwrap()
    }

    fn places(config: &DescribedConfig) -> Vec<(&str, &str, ConfigSource)> {
        config
            .synonyms
            .iter()
            .map(|place| (place.name.as_str(), place.value.as_deref().unwrap_or("-"), place.source))
            .collect()
    }

    #[test]
    fn a_topic_lists_every_key_with_defaults_as_kafka_does() {
        let all = describe_topic(&BTreeMap::new(), &BrokerValues::default());
        assert_eq!(all.len(), 33);
        let segment = find(&all, "segment.bytes");
        assert_eq!(segment.value.as_deref(), Some("1073741824"));
        assert_eq!(segment.source, ConfigSource::Default);
        assert_eq!(places(segment), [("log.segment.bytes", "1073741824", ConfigSource::Default)]);
        // log.retention.ms has no default, so none is listed.
        let retention = find(&all, "retention.ms");
        assert_eq!(retention.value.as_deref(), Some("604800000"));
        assert_eq!(places(retention), []);
        assert!(all.iter().all(|config| !config.read_only && config.documentation.is_some()));
    }

    #[test]
    fn every_place_is_listed_and_the_strongest_is_the_source() {
        let own = BTreeMap::from([("segment.bytes".to_owned(), "2000000".to_owned())]);
        let all =
            describe_topic(&own, &broker(&[("log.segment.bytes", "3000000"), ("log.roll.hours", "24")]));
        let segment = find(&all, "segment.bytes");
        assert_eq!((segment.value.as_deref(), segment.source), (Some("2000000"), ConfigSource::Topic));
        assert_eq!(
            places(segment),
            [
                ("segment.bytes", "2000000", ConfigSource::Topic),
                ("log.segment.bytes", "3000000", ConfigSource::StaticBroker),
                ("log.segment.bytes", "1073741824", ConfigSource::Default),
            ]
        );
        let roll = find(&all, "segment.ms");
        assert_eq!((roll.value.as_deref(), roll.source), (Some("86400000"), ConfigSource::StaticBroker));
    }

    #[test]
    fn a_broker_lists_its_keys_and_hides_secrets() {
        let all = describe_broker(&broker(&[
            ("ssl.keystore.password", "hunter2"),
            ("num.partitions", "6"),
            ("some.plugin.password", "hunter2"),
        ]));
        let partitions = find(&all, "num.partitions");
        assert_eq!((partitions.value.as_deref(), partitions.source), (Some("6"), ConfigSource::StaticBroker));
        assert!(partitions.read_only && !find(&all, "message.max.bytes").read_only);
        assert!(find(&all, "ssl.keystore.password").sensitive);
        assert!(!format!("{all:?}").contains("hunter2"));
        assert!(all.iter().all(|config| !config.name.contains("internal.")));
    }

    #[test]
    fn a_group_takes_its_values_from_the_broker() {
        let all = describe_group(&broker(&[("group.consumer.session.timeout.ms", "50000")]));
        assert_eq!(all.len(), 17);
        assert_eq!(find(&all, "consumer.session.timeout.ms").value.as_deref(), Some("50000"));
    }

    #[test]
    fn keys_without_a_feature_are_checked_and_described() {
        use crate::config::TopicSettings;
        let values = broker(&[]);
        let check = |key: &str, value: &str| {
            let own = BTreeMap::from([(key.to_owned(), value.to_owned())]);
            TopicSettings::check(&own, &values).map(|()| {
                let described = describe_topic(&own, &values);
                find(&described, key).value.clone()
            })
        };
        for (key, value, wrong) in [
            ("follower.replication.throttled.replicas", "0:1,1:1", "0"),
            ("leader.replication.throttled.replicas", "*", "all"),
            ("local.retention.bytes", "-2", "-3"),
            ("local.retention.ms", "1000", "soon"),
            ("remote.log.copy.disable", "true", "yes"),
            ("remote.log.delete.on.disable", "true", "1"),
            ("remote.storage.enable", "false", "maybe"),
            ("unclean.leader.election.enable", "true", "maybe"),
        ] {
            assert_eq!(check(key, value).unwrap().as_deref(), Some(value), "{key}");
            let refusal = check(key, wrong).unwrap_err().to_string();
            assert!(refusal.starts_with(&format!("`{key}` cannot be `{wrong}`")), "{refusal}");
        }
        let refusal = check("remote.storage.enable", "true").unwrap_err().to_string();
        assert!(refusal.starts_with("`remote.storage.enable` asks for tiered storage"), "{refusal}");
    }
}
