//! The broker's own topics: what groups, transactions and share groups are written down in. They are topics like all others, but
//! made with the broker's values for them.

use super::new_topic::NewTopic;
use crate::config::Settings;

/// Groups, their members, and the offsets that they commit.
pub(crate) const CONSUMER_OFFSETS: &str = "__consumer_offsets";

const TRANSACTION_STATE: &str = "__transaction_state";

const SHARE_GROUP_STATE: &str = "__share_group_state";

/// Whether a topic is the broker's own.
pub(crate) fn is_internal(name: &str) -> bool {
    [CONSUMER_OFFSETS, TRANSACTION_STATE, SHARE_GROUP_STATE].contains(&name)
}

impl NewTopic {
    /// One of the broker's own topics, with no more replicas than there are brokers; `None` for any other name.
    pub(super) fn internal(name: &str, settings: &Settings) -> Option<NewTopic> {
        let (prefix, compression) = match name {
            CONSUMER_OFFSETS => ("offsets.topic", "producer"),
            TRANSACTION_STATE => ("transaction.state.log", "uncompressed"),
            SHARE_GROUP_STATE => ("share.coordinator.state.topic", "producer"),
            _ => return None,
        };
        let number = |key: &str| settings.values.number(&format!("{prefix}.{key}"));
        let segment_bytes = number("segment.bytes").to_string();
        let configs = [
            ("cleanup.policy", "compact"),
            ("compression.type", compression),
            ("segment.bytes", &segment_bytes),
        ];
        Some(NewTopic {
            partitions: i32::try_from(number("num.partitions")).unwrap_or(i32::MAX),
            replication_factor: 1,
            configs: configs.map(|(key, value)| (key.to_owned(), Some(value.to_owned()))).to_vec(),
            ..NewTopic::with_defaults(name)
        })
    }
}
