//! Configurations of topics and brokers, with their defaults and sources.

use std::collections::BTreeMap;
use std::fmt;

use fluxmq_protocol::messages::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResponse,
};
use serde::Serialize;

use super::topics::outcome_of;
use super::{Admin, Outcomes, retry};
use crate::error::ClientError;

/// Something that has configurations.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ConfigResource {
    /// What it is.
    pub kind: ConfigResourceKind,
    /// Its name: that of a topic or group, the id of a broker, or empty for what holds for all brokers.
    pub name: String,
}

/// A kind of thing that has configurations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigResourceKind {
    /// A topic.
    Topic,
    /// A broker.
    Broker,
    /// The log levels of a broker.
    BrokerLogger,
    /// A subscription of client metrics.
    ClientMetrics,
    /// A group.
    Group,
    /// One that this client does not know, by its number.
    Other(i8),
}

impl ConfigResourceKind {
    fn code(self) -> i8 {
        match self {
            ConfigResourceKind::Topic => 2,
            ConfigResourceKind::Broker => 4,
            ConfigResourceKind::BrokerLogger => 8,
            ConfigResourceKind::ClientMetrics => 16,
            ConfigResourceKind::Group => 32,
            ConfigResourceKind::Other(code) => code,
        }
    }

    fn from_code(code: i8) -> Self {
        match code {
            2 => ConfigResourceKind::Topic,
            4 => ConfigResourceKind::Broker,
            8 => ConfigResourceKind::BrokerLogger,
            16 => ConfigResourceKind::ClientMetrics,
            32 => ConfigResourceKind::Group,
            other => ConfigResourceKind::Other(other),
        }
    }
}

impl ConfigResource {
    /// A topic's configurations.
    pub fn topic(name: impl Into<String>) -> Self {
        ConfigResource { kind: ConfigResourceKind::Topic, name: name.into() }
    }

    /// A broker's configurations.
    pub fn broker(id: i32) -> Self {
        ConfigResource { kind: ConfigResourceKind::Broker, name: id.to_string() }
    }

    /// The broker that alone can answer, where there is one.
    fn owner(&self) -> Option<i32> {
        match self.kind {
            ConfigResourceKind::Broker | ConfigResourceKind::BrokerLogger => self.name.parse().ok(),
            _ => None,
        }
    }
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ConfigResourceKind::Topic => write!(f, "topic `{}`", self.name),
            ConfigResourceKind::Broker if self.name.is_empty() => f.write_str("all brokers"),
            ConfigResourceKind::Broker => write!(f, "broker {}", self.name),
            ConfigResourceKind::BrokerLogger => write!(f, "the loggers of broker {}", self.name),
            ConfigResourceKind::ClientMetrics => write!(f, "client metrics `{}`", self.name),
            ConfigResourceKind::Group => write!(f, "group `{}`", self.name),
            ConfigResourceKind::Other(code) => write!(f, "resource `{}` of type {code}", self.name),
        }
    }
}

/// Where a configuration's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigSource {
    /// Set on the topic.
    DynamicTopic,
    /// Set on the broker while it ran.
    DynamicBroker,
    /// Set for all brokers while they ran.
    DynamicDefaultBroker,
    /// From the broker's file.
    StaticBroker,
    /// Built in.
    Default,
    /// Set on a broker's logger.
    DynamicBrokerLogger,
    /// Set on a subscription of client metrics.
    ClientMetrics,
    /// Set on a group.
    Group,
    /// One that this client does not know, by its number.
    Other(i8),
}

impl ConfigSource {
    fn from_code(code: i8) -> Self {
        match code {
            1 => ConfigSource::DynamicTopic,
            2 => ConfigSource::DynamicBroker,
            3 => ConfigSource::DynamicDefaultBroker,
            4 => ConfigSource::StaticBroker,
            5 => ConfigSource::Default,
            6 => ConfigSource::DynamicBrokerLogger,
            7 => ConfigSource::ClientMetrics,
            8 => ConfigSource::Group,
            other => ConfigSource::Other(other),
        }
    }
}

/// One configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigEntry {
    /// Its key.
    pub name: String,
    /// Its value; `None` where it is secret, or not set.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// Whether it cannot be changed while the broker runs.
    pub is_read_only: bool,
    /// Whether it is secret.
    pub is_sensitive: bool,
    /// Where else a value could come from, the winner first.
    pub synonyms: Vec<ConfigSynonym>,
    /// What it means, in the broker's words.
    pub documentation: Option<String>,
}

/// A place that a configuration's value could come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigSynonym {
    /// The key there.
    pub name: String,
    /// The value there.
    pub value: Option<String>,
    /// The place.
    pub source: ConfigSource,
}

impl Admin {
    /// Describes all configurations of resources, with sources, synonyms and documentation.
    pub async fn describe_configs(
        &self,
        resources: &[ConfigResource],
    ) -> Result<Outcomes<ConfigResource, Vec<ConfigEntry>>, ClientError> {
        let mut by_owner: BTreeMap<Option<i32>, Vec<DescribeConfigsResource>> = BTreeMap::new();
        for resource in resources {
            by_owner.entry(resource.owner()).or_default().push(DescribeConfigsResource {
                resource_type: resource.kind.code(),
                resource_name: resource.name.clone(),
                configuration_keys: None,
            });
        }
        let mut outcomes = Vec::new();
        for (owner, resources) in by_owner {
            let request =
                DescribeConfigsRequest { resources, include_synonyms: true, include_documentation: true };
            let response = retry!(self, async {
                match owner {
                    Some(broker) => self.client.broker(broker).send(request.clone()).await,
                    None => self.client.send(request.clone()).await,
                }
            });
            outcomes.extend(described(response));
        }
        Ok(outcomes)
    }
}

fn described(response: DescribeConfigsResponse) -> Outcomes<ConfigResource, Vec<ConfigEntry>> {
    let outcomes = response.results.into_iter().map(|result| {
        let kind = ConfigResourceKind::from_code(result.resource_type);
        let resource = ConfigResource { kind, name: result.resource_name };
        let entries = result.configs.into_iter().map(entry).collect();
        let context = || format!("configurations of {resource}");
        let outcome = outcome_of(result.error_code, result.error_message, entries, context);
        (resource, outcome)
    });
    outcomes.collect()
}

fn entry(config: DescribeConfigsResourceResult) -> ConfigEntry {
    // Version 0 says only whether the value is the default.
    let source = match config.config_source {
        -1 if config.is_default => ConfigSource::Default,
        code => ConfigSource::from_code(code),
    };
    let synonyms = config.synonyms.into_iter().map(|synonym| ConfigSynonym {
        name: synonym.name,
        value: synonym.value,
        source: ConfigSource::from_code(synonym.source),
    });
    ConfigEntry {
        name: config.name,
        value: config.value,
        source,
        is_read_only: config.read_only,
        is_sensitive: config.is_sensitive,
        synonyms: synonyms.collect(),
        documentation: config.documentation.filter(|text| !text.is_empty()),
    }
}
