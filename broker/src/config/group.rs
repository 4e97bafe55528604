//! Every group key of Kafka 4.3 (KIP-848, KIP-932, KIP-1071).

use super::key::ConfigType::{Boolean, Int, Text};
use super::key::Valid::{Any, AtLeast, AutoOffsetReset, OneOf};
use super::key::{ConfigKey, ConfigType, Valid};

const fn key(name: &'static str, kind: ConfigType, default: Option<&'static str>, valid: Valid) -> ConfigKey {
    ConfigKey::changeable(name, kind, default, valid)
}

/// Kafka's group keys.
#[rustfmt::skip] // one row a key reads best
pub(super) const GROUP_KEYS: &[ConfigKey] = &[
    key("consumer.assignment.interval.ms", Int, Some("1000"), AtLeast(0)),
    key("consumer.heartbeat.interval.ms", Int, Some("5000"), AtLeast(1)),
    key("consumer.session.timeout.ms", Int, Some("45000"), AtLeast(1)),
    key("share.assignment.interval.ms", Int, Some("1000"), AtLeast(0)),
    key("share.auto.offset.reset", Text, Some("latest"), AutoOffsetReset),
    key("share.delivery.count.limit", Int, Some("5"), AtLeast(2)),
    key("share.heartbeat.interval.ms", Int, Some("5000"), AtLeast(1)),
    key("share.isolation.level", Text, Some("read_uncommitted"), OneOf(&["read_committed", "read_uncommitted"])),
    key("share.partition.max.record.locks", Int, Some("2000"), AtLeast(100)),
    key("share.record.lock.duration.ms", Int, Some("30000"), AtLeast(1_000)),
    key("share.renew.acknowledge.enable", Boolean, Some("true"), Any),
    key("share.session.timeout.ms", Int, Some("45000"), AtLeast(1)),
    key("streams.assignment.interval.ms", Int, Some("1000"), AtLeast(0)),
    key("streams.heartbeat.interval.ms", Int, Some("5000"), AtLeast(1)),
    key("streams.initial.rebalance.delay.ms", Int, Some("3000"), AtLeast(0)),
    key("streams.num.standby.replicas", Int, Some("0"), AtLeast(0)),
    key("streams.session.timeout.ms", Int, Some("45000"), AtLeast(1)),
];

/// The broker key whose value a group has while it has none of its own.
pub(super) fn broker_key_of(group_key: &str) -> String {
    format!("group.{group_key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_that_its_key_may_have() {
        for key in GROUP_KEYS {
            if let Some(default) = key.default {
                key.check(default).unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }
}
