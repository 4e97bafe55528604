//! What a user configures: the fields of the API guide, and any Kafka key beside them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::broker::broker_key;
use super::error::ConfigError;
use super::fields;
use super::key::boolean;

/// The configuration of a [`BrokerServer`](crate::BrokerServer).
///
/// Every field but `properties` stands for a Kafka key, or for one of ours where Kafka has none. A key in `properties` wins over the
/// field that stands for it.
///
/// ```
/// use fluxmq::BrokerConfig;
///
/// let mut config = BrokerConfig { port: 9092, data_dir: Some("./data".into()), ..Default::default() };
/// config.set("num.partitions", "6")?;
/// config.set("log.retention.hours", "24")?;
/// # Ok::<(), fluxmq::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerConfig {
    /// TCP port to listen on; 0 takes any free one. Default 9092.
    pub port: u16,
    /// Name or IP address to listen on. Default `0.0.0.0`: every address of the machine.
    pub host: String,
    /// Whether consumer groups are served. Default false.
    pub enable_consumer_groups: bool,
    /// TLS. Not in this version: a broker with it does not start.
    pub enable_tls: bool,
    /// Access control lists. Not in this version: a broker with it does not start.
    pub enable_acl: bool,
    /// The server's certificate. Not in this version.
    pub tls_cert: Option<PathBuf>,
    /// The server's private key. Not in this version.
    pub tls_key: Option<PathBuf>,
    /// The authority of client certificates. Not in this version.
    pub tls_ca: Option<PathBuf>,
    /// The file of access rules. Not in this version.
    pub acl_config: Option<PathBuf>,
    /// Where data is kept, `log.dirs`. Default `None`: in memory, gone when the broker stops.
    pub data_dir: Option<PathBuf>,
    /// How many connections may be open at a time, `max.connections`. Default 1,000.
    pub max_connections: usize,
    /// The bytes that an idle connection reads into. Default 8,192.
    pub buffer_size: usize,
    /// The bytes at which a log begins a new segment, `log.segment.bytes`. Default 1 GiB; more than 2,147,483,647 means that.
    pub segment_size: u64,
    /// Replication between brokers. Not in this version: a broker with it does not start.
    pub enable_replication: bool,
    /// The brokers of the cluster as `host:port`. Not in this version.
    pub cluster_nodes: Vec<String>,
    /// Other Kafka keys, by Kafka's names; checked when the broker starts.
    pub properties: BTreeMap<String, String>,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        BrokerConfig {
            port: 9092,
            host: "0.0.0.0".to_owned(),
            enable_consumer_groups: false,
            enable_tls: false,
            enable_acl: false,
            tls_cert: None,
            tls_key: None,
            tls_ca: None,
            acl_config: None,
            data_dir: None,
            max_connections: 1000,
            buffer_size: 8192,
            segment_size: 1 << 30,
            enable_replication: false,
            cluster_nodes: Vec::new(),
            properties: BTreeMap::new(),
        }
    }
}

impl BrokerConfig {
    /// Sets one value by the name of its field or of its Kafka key, as it stands in a file or an environment variable. The last one wins.
    ///
    /// A key that Kafka does not have is kept in `properties`, and named in a warning when the broker starts.
    ///
    /// # Errors
    /// [`ConfigError::InvalidValue`] when the value is not one that the key can have.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        if let Some(row) = broker_key(key) {
            row.check(value)?;
        }
        let field = fields::settable_field(key).unwrap_or(key);
        if self.set_field(field, value.trim())? {
            if let Some(name) = fields::key_of(field) {
                self.properties.remove(name);
            }
        } else {
            self.properties.insert(key.to_owned(), value.to_owned());
        }
        Ok(())
    }

    /// Sets a field; false when there is none of this name.
    fn set_field(&mut self, field: &str, value: &str) -> Result<bool, ConfigError> {
        let path = || (!value.is_empty()).then(|| PathBuf::from(value));
        match field {
            "port" => self.port = number(field, value)?,
            "host" => value.clone_into(&mut self.host),
            "enable_consumer_groups" => self.enable_consumer_groups = truth(field, value)?,
            "enable_tls" => self.enable_tls = truth(field, value)?,
            "enable_acl" => self.enable_acl = truth(field, value)?,
            "tls_cert" => self.tls_cert = path(),
            "tls_key" => self.tls_key = path(),
            "tls_ca" => self.tls_ca = path(),
            "acl_config" => self.acl_config = path(),
            "data_dir" => self.data_dir = path(),
            "max_connections" => self.max_connections = number(field, value)?,
            "buffer_size" => self.buffer_size = number(field, value)?,
            "segment_size" => self.segment_size = number(field, value)?,
            "enable_replication" => self.enable_replication = truth(field, value)?,
            "cluster_nodes" => self.cluster_nodes = super::key::items(value).map(str::to_owned).collect(),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn number<N: std::str::FromStr>(field: &str, value: &str) -> Result<N, ConfigError> {
    let reason =
        if field == "port" { "it must be from 0 to 65535" } else { "it must be a whole number, 0 or more" };
    value.parse().map_err(|_| ConfigError::invalid(field, value, reason))
}

fn truth(field: &str, value: &str) -> Result<bool, ConfigError> {
    boolean(value).ok_or_else(|| ConfigError::invalid(field, value, "it must be `true` or `false`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kafka_key_sets_the_field_that_stands_for_it() {
        let mut config = BrokerConfig::default();
        for (key, value) in [
            ("log.dirs", "/var/lib/fluxmq"),
            ("max.connections", "77"),
            ("log.segment.bytes", "1048576"),
            ("fluxmq.enable.consumer.groups", "true"),
            ("buffer_size", "4096"),
        ] {
            config.set(key, value).unwrap();
        }
        assert_eq!(config.data_dir, Some("/var/lib/fluxmq".into()));
        assert_eq!((config.max_connections, config.segment_size, config.buffer_size), (77, 1 << 20, 4096));
        assert!(config.enable_consumer_groups);
        assert!(config.properties.is_empty());
    }

    #[test]
    fn other_keys_are_properties() {
        let mut config = BrokerConfig::default();
        config.set("num.partitions", "6").unwrap();
        config.set("some.plugin.key", "x").unwrap();
        assert_eq!(config.properties.len(), 2);
    }

    #[test]
    fn a_bad_value_is_refused_with_its_range() {
        let mut config = BrokerConfig::default();
        let error = config.set("num.partitions", "none").unwrap_err();
        assert!(error.to_string().starts_with("`num.partitions` cannot be `none`: it must be"), "{error}");
        assert!(config.set("port", "65536").is_err());
        assert!(config.set("enable_tls", "maybe").is_err());
        assert_eq!(config, BrokerConfig::default());
    }

    #[test]
    fn a_later_value_replaces_an_earlier_property() {
        let mut config = BrokerConfig::default();
        config.properties.insert("log.dirs".to_owned(), "/first".to_owned());
        config.set("data_dir", "/second").unwrap();
        assert_eq!(config.data_dir, Some("/second".into()));
        assert!(config.properties.is_empty());
    }
}
