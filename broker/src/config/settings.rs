//! The broker's configuration as the broker uses it: checked, typed, and with every feature that is not there refused.

use std::path::PathBuf;
use std::time::Duration;

use super::broker::{BUFFER_SIZE, DISK_FREE_MIN, DURABILITY, ENABLE_CONSUMER_GROUPS, broker_key};
use super::broker_config::BrokerConfig;
use super::error::ConfigError;
use super::fields;
use super::listener::{ListenerSettings, listeners};
use super::topic::{synonyms, topic_key};
use super::values::BrokerValues;

/// Segments roll at this size whatever is configured: positions in an index have 31 bits.
const SEGMENT_SIZE_MAX: u64 = 2_147_483_647;

/// The node's number in the cluster when none is configured.
const NODE_ID_DEFAULT: i32 = 1;

/// Whether acks=all waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It does.
    Strict,
    /// Nothing does.
    Relaxed,
}

/// The broker's settings.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) node_id: i32,
    /// `broker.rack`
    pub(crate) rack: Option<String>,
    pub(crate) listeners: Vec<ListenerSettings>,
    /// `None`: in memory.
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) durability: Durability,
    /// `fluxmq.disk.free.min.bytes`; `None`: the broker chooses.
    pub(crate) disk_free_min: Option<u64>,
    pub(crate) enable_consumer_groups: bool,
    /// `auto.create.topics.enable`
    pub(crate) auto_create_topics: bool,
    /// `delete.topic.enable`
    pub(crate) delete_topics: bool,
    /// `num.partitions`
    pub(crate) num_partitions: i32,
    /// `default.replication.factor`
    pub(crate) default_replication_factor: i16,
    /// `fetch.max.bytes`
    pub(crate) fetch_max_bytes: usize,
    /// `socket.request.max.bytes`
    pub(crate) request_size_max: usize,
    /// `connections.max.idle.ms`; `None`: for ever.
    pub(crate) connections_idle_max: Option<Duration>,
    pub(crate) max_connections: usize,
    /// `max.connections.per.ip`
    pub(crate) max_connections_per_ip: usize,
    /// `queued.max.request.bytes`; `None`: the broker chooses.
    pub(crate) queued_request_bytes_max: Option<usize>,
    /// The room that an idle connection reads into, in bytes.
    pub(crate) buffer_size: usize,
    /// All keys, for topics without values of their own and for those who ask.
    pub(crate) values: BrokerValues,
}

impl Settings {
    /// Checks a configuration.
    ///
    /// # Errors
    /// What is wrong with it, by the name of field or key; or a feature that it asks for and this version does not have.
    pub(crate) fn resolve(config: &BrokerConfig) -> Result<Settings, ConfigError> {
        refuse_fields(config)?;
        let values = collect(config)?;
        refuse_keys(&values)?;
        let size = |key| usize::try_from(values.number(key)).unwrap_or(0);
        let idle_ms = values.number("connections.max.idle.ms");
        let data_dir = one_data_dir(&values)?;
        Ok(Settings {
            node_id: i32::try_from(values.number("node.id")).unwrap_or(NODE_ID_DEFAULT),
            rack: values.text("broker.rack").filter(|rack| !rack.is_empty()).map(str::to_owned),
            listeners: listeners(&values)?,
            data_dir,
            durability: match values.text(DURABILITY) {
                Some("relaxed") => Durability::Relaxed,
                _ => Durability::Strict,
            },
            disk_free_min: u64::try_from(values.number(DISK_FREE_MIN)).ok(),
            enable_consumer_groups: values.boolean(ENABLE_CONSUMER_GROUPS),
            auto_create_topics: values.boolean("auto.create.topics.enable"),
            delete_topics: values.boolean("delete.topic.enable"),
            num_partitions: i32::try_from(values.number("num.partitions")).unwrap_or(1),
            default_replication_factor: i16::try_from(values.number("default.replication.factor"))
                .unwrap_or(1),
            fetch_max_bytes: size("fetch.max.bytes"),
            request_size_max: size("socket.request.max.bytes"),
            connections_idle_max: u64::try_from(idle_ms).ok().map(Duration::from_millis),
            max_connections: size("max.connections"),
            max_connections_per_ip: size("max.connections.per.ip"),
            queued_request_bytes_max: usize::try_from(values.number("queued.max.request.bytes")).ok(),
            buffer_size: size(BUFFER_SIZE),
            values,
        })
    }
}

/// Refuses fields whose feature is not there: ignoring them would leave a broker open that its owner believes closed.
fn refuse_fields(config: &BrokerConfig) -> Result<(), ConfigError> {
    const PLAIN: &str = "leave it unset and listen where only trusted clients reach";
    const ALONE: &str = "leave it unset and run one broker";
    let refused = [
        ("enable_tls", config.enable_tls, "TLS", PLAIN),
        ("tls_cert", config.tls_cert.is_some(), "TLS", PLAIN),
        ("tls_key", config.tls_key.is_some(), "TLS", PLAIN),
        ("tls_ca", config.tls_ca.is_some(), "TLS", PLAIN),
        ("enable_acl", config.enable_acl, "access control lists", PLAIN),
        ("acl_config", config.acl_config.is_some(), "access control lists", PLAIN),
        ("enable_replication", config.enable_replication, "replication", ALONE),
        ("cluster_nodes", !config.cluster_nodes.is_empty(), "replication", ALONE),
    ];
    for (field, is_set, feature, remedy) in refused {
        if is_set {
            return Err(ConfigError::unsupported(field, feature, remedy));
        }
    }
    Ok(())
}

/// Refuses Kafka keys for the same reason.
fn refuse_keys(values: &BrokerValues) -> Result<(), ConfigError> {
    const ALONE: &str = "leave it out and run one broker";
    if values.text("authorizer.class.name").is_some_and(|class| !class.is_empty()) {
        let remedy = "leave it out and listen where only trusted clients reach";
        return Err(ConfigError::unsupported("authorizer.class.name", "access control", remedy));
    }
    let roles = values.items("process.roles");
    if !roles.is_empty() && !roles.contains(&"broker") {
        return Err(ConfigError::unsupported(
            "process.roles",
            "a controller that is no broker",
            "add `broker`",
        ));
    }
    for key in ["controller.quorum.voters", "controller.quorum.bootstrap.servers"] {
        if values.items(key).len() > 1 {
            return Err(ConfigError::unsupported(key, "replication", ALONE));
        }
    }
    if values.boolean("remote.log.storage.system.enable") {
        let remedy = "leave it at `false`";
        return Err(ConfigError::unsupported("remote.log.storage.system.enable", "tiered storage", remedy));
    }
    let ids = (values.number("node.id"), values.explicit("broker.id"));
    if let (node_id, Some(broker_id)) = ids
        && broker_id != "-1"
        && broker_id != node_id.to_string()
    {
        return Err(ConfigError::Conflict(format!(
            "`broker.id` is {broker_id} and `node.id` is {node_id}; they mean the same, so set one of them"
        )));
    }
    Ok(())
}

/// Brings fields and properties together; a property wins over its field.
fn collect(config: &BrokerConfig) -> Result<BrokerValues, ConfigError> {
    let mut values = BrokerValues::default();
    let max_connections = config.max_connections.min(i32::MAX as usize);
    values.set("max.connections", max_connections.to_string())?;
    values
        .set(BUFFER_SIZE, config.buffer_size.to_string())
        .map_err(|error| of_field("buffer_size", error))?;
    values.set(ENABLE_CONSUMER_GROUPS, config.enable_consumer_groups.to_string())?;
    if config.segment_size != BrokerConfig::default().segment_size {
        let size = segment_bytes(config.segment_size);
        values.set("log.segment.bytes", size.to_string()).map_err(|error| of_field("segment_size", error))?;
    }
    if let Some(dir) = &config.data_dir {
        values.set("log.dirs", dir.display().to_string())?;
    }
    let host = if config.host.contains(':') { format!("[{}]", config.host) } else { config.host.clone() };
    values.set("listeners", format!("PLAINTEXT://{host}:{}", config.port))?;
    for (key, value) in &config.properties {
        values.set(key, value.as_str())?;
        if broker_key(key).is_none() {
            warn_of_unknown(key);
        }
    }
    if let Some(dir) = values.explicit("log.dir").map(str::to_owned)
        && values.explicit("log.dirs").is_none()
    {
        values.set("log.dirs", dir)?;
    }
    let broker_id = values.explicit("broker.id").filter(|id| *id != "-1").map(str::to_owned);
    if values.explicit("node.id").is_none() {
        values.set("node.id", broker_id.unwrap_or_else(|| NODE_ID_DEFAULT.to_string()))?;
    }
    Ok(values)
}

/// A segment size that an index can address; says so when it is not what was asked for.
pub(crate) fn segment_bytes(asked: u64) -> u64 {
    if asked > SEGMENT_SIZE_MAX {
        tracing::info!(
            asked,
            "segments roll at {SEGMENT_SIZE_MAX} bytes, the most that Kafka's index format can address"
        );
    }
    asked.min(SEGMENT_SIZE_MAX)
}

fn of_field(field: &str, error: ConfigError) -> ConfigError {
    match error {
        ConfigError::InvalidValue { value, reason, .. } => ConfigError::invalid(field, value, reason),
        other => other,
    }
}

fn warn_of_unknown(key: &str) {
    let meant = topic_key(key).and_then(|_| synonyms(key).first());
    match meant {
        Some(synonym) => tracing::warn!(
            key,
            "this is a topic's key and has no effect on a broker; for all topics set `{}`",
            synonym.name
        ),
        None if fields::is_field(key) => {
            tracing::warn!(key, "this is a field, not a Kafka key; set the field");
        }
        None => tracing::warn!(key, "no such broker key is known; it is kept and has no effect"),
    }
}

fn one_data_dir(values: &BrokerValues) -> Result<Option<PathBuf>, ConfigError> {
    let text = values.explicit("log.dirs").unwrap_or_default();
    if text.contains(',') {
        return Err(ConfigError::unsupported("log.dirs", "several data directories", "name one"));
    }
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let mut config = BrokerConfig::default();
        for (key, value) in pairs {
            config.set(key, value)?;
        }
        Settings::resolve(&config)
    }

    #[test]
    fn defaults() {
        let settings = with(&[]).unwrap();
        assert_eq!(
            (settings.node_id, settings.num_partitions, settings.default_replication_factor),
            (1, 1, 1)
        );
        assert_eq!((settings.max_connections, settings.buffer_size), (1000, 8192));
        assert_eq!(settings.connections_idle_max, Some(Duration::from_mins(10)));
        assert_eq!(settings.request_size_max, 104_857_600);
        assert_eq!(settings.fetch_max_bytes, 57_671_680);
        assert_eq!(settings.durability, Durability::Strict);
        assert!(settings.auto_create_topics && !settings.enable_consumer_groups);
        assert_eq!((settings.data_dir, settings.queued_request_bytes_max), (None, None));
    }

    #[test]
    fn features_that_are_not_there_are_refused_by_name() {
        type Set = fn(&mut BrokerConfig);
        let refused: [(&str, Set); 8] = [
            ("enable_tls", |config| config.enable_tls = true),
            ("tls_cert", |config| config.tls_cert = Some("server.crt".into())),
            ("tls_key", |config| config.tls_key = Some("server.key".into())),
            ("tls_ca", |config| config.tls_ca = Some("ca.crt".into())),
            ("enable_acl", |config| config.enable_acl = true),
            ("acl_config", |config| config.acl_config = Some("acl.json".into())),
            ("enable_replication", |config| config.enable_replication = true),
            ("cluster_nodes", |config| config.cluster_nodes = vec!["a:1".to_owned()]),
        ];
        for (field, set) in refused {
            let mut config = BrokerConfig::default();
            set(&mut config);
            let error = Settings::resolve(&config).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{field}` asks for")), "{error}");
        }
        for pairs in [
            &[("authorizer.class.name", "org.example.Authorizer")][..],
            &[("process.roles", "controller")],
            &[("controller.quorum.voters", "1@a:1,2@b:1")],
            &[("log.dirs", "/a,/b")],
            &[("remote.log.storage.system.enable", "true")],
            &[("listeners", "SSL://127.0.0.1:9093")],
        ] {
            assert!(matches!(with(pairs), Err(ConfigError::Unsupported { .. })), "{pairs:?}");
        }
    }

    #[test]
    fn a_file_for_one_apache_kafka_is_accepted() {
        let settings = with(&[
            ("process.roles", "broker,controller"),
            ("node.id", "7"),
            ("controller.quorum.voters", "7@localhost:9093"),
            ("listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"),
            ("advertised.listeners", "PLAINTEXT://localhost:9092"),
            ("controller.listener.names", "CONTROLLER"),
            ("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL"),
            ("num.network.threads", "3"),
            ("log.dirs", "/tmp/kraft-combined-logs"),
            ("log.retention.hours", "168"),
            ("offsets.topic.replication.factor", "1"),
        ])
        .unwrap();
        assert_eq!((settings.node_id, settings.listeners.len()), (7, 1));
        assert_eq!(settings.data_dir, Some("/tmp/kraft-combined-logs".into()));
    }

    #[test]
    fn large_segments_are_cut_and_small_ones_refused() {
        let config = BrokerConfig { segment_size: 4 << 30, ..Default::default() };
        let settings = Settings::resolve(&config).unwrap();
        assert_eq!(settings.values.explicit("log.segment.bytes"), Some("2147483647"));
        let config = BrokerConfig { segment_size: 1000, ..Default::default() };
        let error = Settings::resolve(&config).unwrap_err().to_string();
        assert!(error.starts_with("`segment_size` cannot be `1000`"), "{error}");
    }

    #[test]
    fn properties_are_checked_and_win() {
        let mut config = BrokerConfig::default();
        config.properties.insert("max.connections".to_owned(), "5".to_owned());
        config.properties.insert("some.plugin.key".to_owned(), "x".to_owned());
        assert_eq!(Settings::resolve(&config).unwrap().max_connections, 5);
        config.properties.insert("log.retention.ms".to_owned(), "soon".to_owned());
        assert!(Settings::resolve(&config).is_err());
    }

    #[test]
    fn node_and_broker_id_are_one() {
        assert_eq!(with(&[("broker.id", "4")]).unwrap().node_id, 4);
        assert!(matches!(with(&[("broker.id", "4"), ("node.id", "5")]), Err(ConfigError::Conflict(_))));
    }

    #[test]
    fn idle_connections_may_stay_for_ever() {
        assert_eq!(with(&[("connections.max.idle.ms", "-1")]).unwrap().connections_idle_max, None);
    }
}
