//! Configuration: Kafka's keys, their types, defaults and ranges, and the broker's own typed view of them.
//!
//! In reading order: [`BrokerConfig`] is what a user writes, by hand or through a [`file`] or the [`environment`]; [`fields`] maps
//! its fields to Kafka's keys. [`key`] says what a key is; [`broker`], [`topic`] and [`group`] are the tables of all keys.
//! [`Settings`] and [`TopicSettings`] are what the broker works with; [`described`] tells clients where each value comes from.

mod broker;
mod broker_config;
mod described;
mod documentation;
mod environment;
mod error;
mod fields;
mod file;
mod group;
mod key;
mod listener;
mod properties;
mod settings;
mod topic;
mod topic_settings;
mod values;

pub use self::broker_config::BrokerConfig;
pub(crate) use self::described::{
    ConfigSource, DescribedConfig, describe_broker, describe_group, describe_topic,
};
pub use self::error::ConfigError;
pub(crate) use self::listener::ListenerSettings;
pub(crate) use self::settings::{Durability, Settings, segment_bytes};
pub(crate) use self::topic_settings::TopicSettings;
pub(crate) use self::values::BrokerValues;
