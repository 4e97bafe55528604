//! The broker's values: what was set, over the table's defaults. Every value was checked when it came in.

use std::collections::BTreeMap;

use super::broker::broker_key;
use super::error::ConfigError;
use super::key::{boolean, items};

/// The values of the broker's keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct BrokerValues {
    set: BTreeMap<String, String>,
}

impl BrokerValues {
    /// Checks and keeps one value. A key that the table does not have is kept as it is.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<String>) -> Result<(), ConfigError> {
        let value = value.into();
        if let Some(row) = broker_key(key) {
            row.check(&value)?;
        }
        self.set.insert(key.to_owned(), value);
        Ok(())
    }

    /// The value that was set, if one was.
    pub(super) fn explicit(&self, key: &str) -> Option<&str> {
        self.set.get(key).map(|value| value.trim())
    }

    /// The value in force; `None` where nothing is set and the key has no default.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.explicit(key).or_else(|| broker_key(key)?.default)
    }

    /// The number in force. Keys without a value count as 0: only those with a default are asked for here.
    pub(crate) fn number(&self, key: &str) -> i64 {
        self.text(key).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn boolean(&self, key: &str) -> bool {
        self.text(key).and_then(boolean).unwrap_or(false)
    }

    pub(crate) fn items(&self, key: &str) -> Vec<&str> {
        self.text(key).map(|text| items(text).collect()).unwrap_or_default()
    }

    /// Every key that was set, in order of name.
    pub(super) fn all_explicit(&self) -> impl Iterator<Item = (&str, &str)> {
        self.set.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_wins_over_the_default() {
        let mut values = BrokerValues::default();
        assert_eq!(values.number("num.partitions"), 1);
        values.set("num.partitions", " 3 ").unwrap();
        assert_eq!(values.number("num.partitions"), 3);
        assert!(values.boolean("auto.create.topics.enable"));
        assert_eq!(values.text("broker.rack"), None);
    }

    #[test]
    fn a_bad_value_of_a_known_key_is_refused_and_an_unknown_key_kept() {
        let mut values = BrokerValues::default();
        assert!(values.set("num.partitions", "0").is_err());
        assert_eq!(values.explicit("num.partitions"), None);
        values.set("some.plugin.key", "x").unwrap();
        assert_eq!(values.text("some.plugin.key"), Some("x"));
    }
}
