//! Every topic key of Kafka 4.3, and the broker keys that give a topic its values where it has none of its own.

use super::key::ConfigType::{Boolean, Double, Int, List, Long, Text};
use super::key::Valid::{Any, AtLeast, Between, BetweenOr, Fraction, ListOf, OneOf, ThrottledReplicas};
use super::key::{ConfigKey, ConfigType, Valid, find};

const fn key(name: &'static str, kind: ConfigType, default: Option<&'static str>, valid: Valid) -> ConfigKey {
    ConfigKey::changeable(name, kind, default, valid)
}

/// The topic key with this name.
pub(super) fn topic_key(name: &str) -> Option<&'static ConfigKey> {
    find(TOPIC_KEYS, name)
}

/// Kafka's topic keys. `internal.segment.bytes` goes below what `segment.bytes` allows, for tests.
#[rustfmt::skip] // one row a key reads best
pub(super) const TOPIC_KEYS: &[ConfigKey] = &[
    key("cleanup.policy", List, Some("delete"), ListOf(&["compact", "delete"])),
    key("compression.gzip.level", Int, Some("-1"), BetweenOr(1, 9, -1)),
    key("compression.lz4.level", Int, Some("9"), Between(1, 17)),
    key("compression.type", Text, Some("producer"), OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])),
    key("compression.zstd.level", Int, Some("3"), Between(-131_072, 22)),
    key("delete.retention.ms", Long, Some("86400000"), AtLeast(0)),
    key("file.delete.delay.ms", Long, Some("60000"), AtLeast(0)),
    key("flush.messages", Long, Some("9223372036854775807"), AtLeast(1)),
    key("flush.ms", Long, Some("9223372036854775807"), AtLeast(0)),
    key("follower.replication.throttled.replicas", List, Some(""), ThrottledReplicas),
    key("index.interval.bytes", Int, Some("4096"), AtLeast(0)),
    key("internal.segment.bytes", Int, None, AtLeast(14)).internal(),
    key("leader.replication.throttled.replicas", List, Some(""), ThrottledReplicas),
    key("local.retention.bytes", Long, Some("-2"), AtLeast(-2)),
    key("local.retention.ms", Long, Some("-2"), AtLeast(-2)),
    key("max.compaction.lag.ms", Long, Some("9223372036854775807"), AtLeast(1)),
    key("max.message.bytes", Int, Some("1048588"), AtLeast(0)),
    key("message.timestamp.after.max.ms", Long, Some("3600000"), AtLeast(0)),
    key("message.timestamp.before.max.ms", Long, Some("9223372036854775807"), AtLeast(0)),
    key("message.timestamp.type", Text, Some("CreateTime"), OneOf(&["CreateTime", "LogAppendTime"])),
    key("min.cleanable.dirty.ratio", Double, Some("0.5"), Fraction(0.0, 1.0)),
    key("min.compaction.lag.ms", Long, Some("0"), AtLeast(0)),
    key("min.insync.replicas", Int, Some("1"), AtLeast(1)),
    key("preallocate", Boolean, Some("false"), Any),
    key("remote.log.copy.disable", Boolean, Some("false"), Any),
    key("remote.log.delete.on.disable", Boolean, Some("false"), Any),
    key("remote.storage.enable", Boolean, Some("false"), Any),
    key("retention.bytes", Long, Some("-1"), Any),
    key("retention.ms", Long, Some("604800000"), AtLeast(-1)),
    key("segment.bytes", Int, Some("1073741824"), AtLeast(1_048_576)),
    key("segment.index.bytes", Int, Some("10485760"), AtLeast(4)),
    key("segment.jitter.ms", Long, Some("0"), AtLeast(0)),
    key("segment.ms", Long, Some("604800000"), AtLeast(1)),
    key("unclean.leader.election.enable", Boolean, Some("false"), Any),
];

/// A broker key from which topics take a value that they do not have themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Synonym {
    pub(super) name: &'static str,
    /// What its value is multiplied by to have the topic key's unit.
    pub(super) factor: i64,
}

const fn same(name: &'static str) -> Synonym {
    Synonym { name, factor: 1 }
}

const fn minutes(name: &'static str) -> Synonym {
    Synonym { name, factor: 60_000 }
}

const fn hours(name: &'static str) -> Synonym {
    Synonym { name, factor: 3_600_000 }
}

/// The broker keys behind a topic key, the strongest first. None: the topic key stands alone.
pub(super) fn synonyms(topic_key: &str) -> &'static [Synonym] {
    SYNONYMS.iter().find(|(name, _)| *name == topic_key).map_or(&[], |(_, synonyms)| synonyms)
}

#[rustfmt::skip] // a table
pub(super) const SYNONYMS: &[(&str, &[Synonym])] = &[
    ("cleanup.policy", &[same("log.cleanup.policy")]),
    ("compression.gzip.level", &[same("compression.gzip.level")]),
    ("compression.lz4.level", &[same("compression.lz4.level")]),
    ("compression.type", &[same("compression.type")]),
    ("compression.zstd.level", &[same("compression.zstd.level")]),
    ("delete.retention.ms", &[same("log.cleaner.delete.retention.ms")]),
    ("file.delete.delay.ms", &[same("log.segment.delete.delay.ms")]),
    ("flush.messages", &[same("log.flush.interval.messages")]),
    ("flush.ms", &[same("log.flush.interval.ms"), same("log.flush.scheduler.interval.ms")]),
    ("index.interval.bytes", &[same("log.index.interval.bytes")]),
    ("local.retention.bytes", &[same("log.local.retention.bytes")]),
    ("local.retention.ms", &[same("log.local.retention.ms")]),
    ("max.compaction.lag.ms", &[same("log.cleaner.max.compaction.lag.ms")]),
    ("max.message.bytes", &[same("message.max.bytes")]),
    ("message.timestamp.after.max.ms", &[same("log.message.timestamp.after.max.ms")]),
    ("message.timestamp.before.max.ms", &[same("log.message.timestamp.before.max.ms")]),
    ("message.timestamp.type", &[same("log.message.timestamp.type")]),
    ("min.cleanable.dirty.ratio", &[same("log.cleaner.min.cleanable.ratio")]),
    ("min.compaction.lag.ms", &[same("log.cleaner.min.compaction.lag.ms")]),
    ("min.insync.replicas", &[same("min.insync.replicas")]),
    ("preallocate", &[same("log.preallocate")]),
    ("retention.bytes", &[same("log.retention.bytes")]),
    ("retention.ms", &[same("log.retention.ms"), minutes("log.retention.minutes"), hours("log.retention.hours")]),
    ("segment.bytes", &[same("log.segment.bytes")]),
    ("segment.index.bytes", &[same("log.index.size.max.bytes")]),
    ("segment.jitter.ms", &[same("log.roll.jitter.ms"), hours("log.roll.jitter.hours")]),
    ("segment.ms", &[same("log.roll.ms"), hours("log.roll.hours")]),
    ("unclean.leader.election.enable", &[same("unclean.leader.election.enable")]),
];

#[cfg(test)]
mod tests {
    use super::super::broker::broker_key;
    use super::*;

    #[test]
    fn every_default_is_a_value_that_its_key_may_have() {
        for key in TOPIC_KEYS {
            if let Some(default) = key.default {
                key.check(default).unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }

    #[test]
    fn thirty_three_keys_are_listed() {
        assert_eq!(TOPIC_KEYS.iter().filter(|key| !key.internal).count(), 33);
    }

    #[test]
    fn synonyms_name_keys_that_exist_with_the_same_default() {
        for (name, synonyms) in SYNONYMS {
            let key = topic_key(name).unwrap();
            for synonym in *synonyms {
                assert!(broker_key(synonym.name).is_some(), "{}", synonym.name);
            }
            let first = synonyms.iter().find_map(|synonym| {
                let default = broker_key(synonym.name)?.default?;
                let number = default.parse::<i64>().map(|number| (number * synonym.factor).to_string());
                Some(number.unwrap_or_else(|_| default.to_owned()))
            });
            assert_eq!(first.as_deref(), key.default, "{name}");
        }
    }
}
