//! What a topic's configuration means to its partitions: topic value, else broker value, else default.

use std::collections::BTreeMap;

use fluxmq_protocol::record::{Compression, TimestampType};

use super::broker::DURABILITY;
use super::error::ConfigError;
use super::key::{boolean, items};
use super::topic::{synonyms, topic_key};
use super::values::BrokerValues;
use crate::storage::cleaner::CompactionSettings;
use crate::storage::log::{LogConfig, Room};
use crate::storage::validate::ProduceRules;

/// A topic's configuration, resolved.
#[derive(Debug, Clone)]
pub(crate) struct TopicSettings {
    pub(crate) log: LogConfig,
    /// `min.insync.replicas`
    pub(crate) min_insync_replicas: i64,
    /// `max.message.bytes`
    max_message_bytes: usize,
    timestamp_type: TimestampType,
    timestamp_before_max_ms: i64,
    timestamp_after_max_ms: i64,
    /// `compression.type` with its level; `None` keeps what the producer chose.
    compression: Option<(Compression, Option<i32>)>,
    /// `cleanup.policy` has `compact`, and this is how.
    pub(crate) compaction: Option<CompactionSettings>,
}

impl TopicSettings {
    /// Refuses what a topic cannot be configured to: a key that there is not, a value that its key cannot have, or two that do not fit.
    pub(crate) fn check(
        overrides: &BTreeMap<String, String>,
        broker: &BrokerValues,
    ) -> Result<(), ConfigError> {
        for (name, value) in overrides {
            let key = topic_key(name).ok_or_else(|| ConfigError::UnknownTopicKey { key: name.clone() })?;
            key.check(value)?;
        }
        let resolved = Resolved { overrides, broker };
        let (low, high) =
            (resolved.number("min.compaction.lag.ms"), resolved.number("max.compaction.lag.ms"));
        if low > high {
            return Err(ConfigError::Conflict(format!(
                "`min.compaction.lag.ms` cannot be {low}, above `max.compaction.lag.ms`, which is {high}"
            )));
        }
        if resolved.boolean("remote.storage.enable") {
            return Err(ConfigError::unsupported(
                "remote.storage.enable",
                "tiered storage",
                "leave it at `false`",
            ));
        }
        Ok(())
    }

    /// The settings of a topic with these values of its own, which [`Self::check`] has accepted.
    pub(crate) fn resolve(overrides: &BTreeMap<String, String>, broker: &BrokerValues) -> TopicSettings {
        let resolved = Resolved { overrides, broker };
        TopicSettings {
            log: resolved.log(),
            min_insync_replicas: resolved.number("min.insync.replicas"),
            max_message_bytes: resolved.size("max.message.bytes"),
            timestamp_type: match resolved.text("message.timestamp.type").as_str() {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            },
            timestamp_before_max_ms: resolved.number("message.timestamp.before.max.ms"),
            timestamp_after_max_ms: resolved.number("message.timestamp.after.max.ms"),
            compression: resolved.compression(),
            compaction: resolved.has_policy("compact").then(|| resolved.compaction()),
        }
    }

    /// The rules for batches of one produce request.
    pub(crate) fn produce_rules(
        &self,
        now_ms: i64,
        zstd_allowed: bool,
        transactional_id_present: bool,
    ) -> ProduceRules {
        ProduceRules {
            max_message_bytes: self.max_message_bytes,
            timestamp_type: self.timestamp_type,
            timestamp_before_max_ms: self.timestamp_before_max_ms,
            timestamp_after_max_ms: self.timestamp_after_max_ms,
            compacted: self.compaction.is_some(),
            compression: self.compression,
            zstd_allowed,
            transactional_id_present,
            now_ms,
        }
    }

    /// Whether records may be deleted on request: not where only compaction removes any.
    pub(crate) fn allows_delete_records(&self) -> bool {
        self.log.delete
    }
}

/// A topic's own values over those of the broker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolved<'a> {
    pub(super) overrides: &'a BTreeMap<String, String>,
    pub(super) broker: &'a BrokerValues,
}

impl Resolved<'_> {
    /// The value in force. Empty for a key that has none.
    pub(super) fn text(&self, name: &str) -> String {
        if let Some(own) = self.overrides.get(name) {
            return own.trim().to_owned();
        }
        let from_broker = synonyms(name).iter().find_map(|synonym| {
            let value = self.broker.explicit(synonym.name)?;
            Some(in_unit(value, synonym.factor))
        });
        from_broker.or_else(|| Some(topic_key(name)?.default?.to_owned())).unwrap_or_default()
    }

    fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or(0)
    }

    fn size(&self, name: &str) -> usize {
        usize::try_from(self.number(name)).unwrap_or(0)
    }

    fn boolean(&self, name: &str) -> bool {
        boolean(&self.text(name)).unwrap_or(false)
    }

    fn has_policy(&self, policy: &str) -> bool {
        items(&self.text("cleanup.policy")).any(|item| item == policy)
    }

    fn log(&self) -> LogConfig {
        let internal = self.text("internal.segment.bytes").parse().ok();
        LogConfig {
            segment_bytes: internal.unwrap_or_else(|| self.size("segment.bytes") as u64),
            room: self.room(),
            segment_ms: self.number("segment.ms"),
            segment_jitter_ms: self.number("segment.jitter.ms"),
            segment_index_bytes: self.size("segment.index.bytes"),
            index_interval_bytes: self.size("index.interval.bytes") as u64,
            flush_messages: self.number("flush.messages"),
            flush_ms: self.number("flush.ms"),
            delete: self.has_policy("delete"),
            retention_ms: self.number("retention.ms"),
            retention_bytes: self.number("retention.bytes"),
            file_delete_delay_ms: self.number("file.delete.delay.ms"),
            producer_id_expiration_ms: self.broker.number("producer.id.expiration.ms"),
        }
    }

    fn room(&self) -> Room {
        match (self.boolean("preallocate"), self.broker.text(DURABILITY)) {
            (true, _) => Room::Whole,
            (false, Some("relaxed")) => Room::AsWritten,
            (false, _) => Room::Ahead,
        }
    }

    fn compaction(&self) -> CompactionSettings {
        let map_bytes = self.broker.number("log.cleaner.dedupe.buffer.size");
        CompactionSettings {
            min_lag_ms: self.number("min.compaction.lag.ms"),
            max_lag_ms: self.number("max.compaction.lag.ms"),
            min_dirty_ratio: self.text("min.cleanable.dirty.ratio").parse().unwrap_or(0.5),
            delete_retention_ms: self.number("delete.retention.ms"),
            map_bytes: usize::try_from(map_bytes).unwrap_or(0),
            level: self.compression().and_then(|(codec, level)| Some((codec, level?))),
        }
    }

    fn compression(&self) -> Option<(Compression, Option<i32>)> {
        let level = |name: &str| self.text(name).parse().ok();
        match self.text("compression.type").as_str() {
            "uncompressed" => Some((Compression::None, None)),
            "gzip" => Some((Compression::Gzip, level("compression.gzip.level"))),
            "snappy" => Some((Compression::Snappy, None)),
            "lz4" => Some((Compression::Lz4, level("compression.lz4.level"))),
            "zstd" => Some((Compression::Zstd, level("compression.zstd.level"))),
            _ => None,
        }
    }
}

/// A broker value in the unit of the topic key that it stands behind. -1, for no limit, has no unit.
fn in_unit(value: &str, factor: i64) -> String {
    match value.parse::<i64>() {
        Ok(number) if factor != 1 && number >= 0 => number.saturating_mul(factor).to_string(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overrides(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn broker(pairs: &[(&str, &str)]) -> BrokerValues {
        let mut values = BrokerValues::default();
        for (key, value) in pairs {
            values.set(key, *value).unwrap();
        }
        values
    }

    #[test]
    fn a_topic_without_values_has_the_defaults() {
        let settings = TopicSettings::resolve(&BTreeMap::new(), &BrokerValues::default());
        assert_eq!(settings.log, LogConfig { room: Room::Ahead, ..LogConfig::default() });
        assert_eq!((settings.max_message_bytes, settings.min_insync_replicas), (1_048_588, 1));
        assert!(settings.allows_delete_records() && settings.compaction.is_none());
        assert_eq!(settings.compression, None);
    }

    #[test]
    fn topic_over_broker_over_default() {
        let broker =
            broker(&[("log.roll.hours", "1"), ("message.max.bytes", "500"), ("log.retention.hours", "-1")]);
        let none = BTreeMap::new();
        let resolved = Resolved { overrides: &none, broker: &broker };
        assert_eq!(resolved.number("segment.ms"), 3_600_000);
        assert_eq!(resolved.number("max.message.bytes"), 500);
        assert_eq!(resolved.number("retention.ms"), -1);
        let own = overrides(&[("max.message.bytes", "9"), ("segment.ms", "7")]);
        let settings = TopicSettings::resolve(&own, &broker);
        assert_eq!((settings.max_message_bytes, settings.log.segment_ms), (9, 7));
    }

    #[test]
    fn the_finer_unit_wins() {
        let broker = broker(&[("log.roll.hours", "1"), ("log.roll.ms", "5"), ("log.retention.minutes", "2")]);
        let none = BTreeMap::new();
        let resolved = Resolved { overrides: &none, broker: &broker };
        assert_eq!((resolved.number("segment.ms"), resolved.number("retention.ms")), (5, 120_000));
    }

    #[test]
    fn compaction_follows_its_keys() {
        let settings = |pairs: &[(&str, &str)], values| {
            TopicSettings::resolve(&overrides(pairs), &broker(values)).compaction
        };
        assert_eq!(settings(&[("cleanup.policy", "delete")], &[]), None);
        let default = Some(CompactionSettings::default());
        assert_eq!(settings(&[("cleanup.policy", "compact")], &[]), default);
        assert_eq!(settings(&[("cleanup.policy", "compact,delete")], &[]), default);
        let own = [
            ("cleanup.policy", "delete, compact"),
            ("min.compaction.lag.ms", "1"),
            ("max.compaction.lag.ms", "2"),
            ("min.cleanable.dirty.ratio", "0.25"),
            ("delete.retention.ms", "3"),
            ("compression.type", "zstd"),
            ("compression.zstd.level", "4"),
        ];
        let expected = CompactionSettings {
            min_lag_ms: 1,
            max_lag_ms: 2,
            min_dirty_ratio: 0.25,
            delete_retention_ms: 3,
            map_bytes: 1_000,
            level: Some((Compression::Zstd, 4)),
        };
        assert_eq!(settings(&own, &[("log.cleaner.dedupe.buffer.size", "1000")]), Some(expected));
    }

    #[test]
    fn produce_rules_follow() {
        let own = overrides(&[
            ("cleanup.policy", "compact"),
            ("compression.type", "zstd"),
            ("compression.zstd.level", "7"),
            ("message.timestamp.type", "LogAppendTime"),
        ]);
        let settings = TopicSettings::resolve(&own, &BrokerValues::default());
        let rules = settings.produce_rules(5, true, false);
        assert!(rules.compacted && !settings.allows_delete_records());
        assert_eq!(rules.compression, Some((Compression::Zstd, Some(7))));
        assert_eq!(rules.timestamp_type, TimestampType::LogAppendTime);
    }

    #[test]
    fn what_a_topic_cannot_have_is_refused() {
        for pairs in [
            &[("retention.seconds", "1")][..],
            &[("retention.ms", "-2")],
            &[("segment.bytes", "1024")],
            &[("compression.type", "none")],
            &[("cleanup.policy", "shred")],
            &[("message.downconversion.enable", "true")],
            &[("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "5")],
            &[("remote.storage.enable", "true")],
        ] {
            assert!(TopicSettings::check(&overrides(pairs), &BrokerValues::default()).is_err(), "{pairs:?}");
        }
        let fine =
            overrides(&[("retention.ms", "-1"), ("cleanup.policy", ""), ("internal.segment.bytes", "2048")]);
        TopicSettings::check(&fine, &BrokerValues::default()).unwrap();
        assert_eq!(TopicSettings::resolve(&fine, &BrokerValues::default()).log.segment_bytes, 2048);
    }
}
