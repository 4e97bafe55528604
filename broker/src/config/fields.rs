//! The one table that maps the fields of [`BrokerConfig`](super::BrokerConfig) to Kafka's keys.

use super::broker::{BUFFER_SIZE, ENABLE_CONSUMER_GROUPS};

/// What the value of a field becomes when its key is set instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mapping {
    /// Field and key are the same thing: setting the key sets the field.
    Same,
    /// The field is a part of what the key says, or the key alone asks for nothing: both are kept apart.
    Part,
}

const FIELDS: &[(&str, &str, Mapping)] = &[
    ("port", "listeners", Mapping::Part),
    ("host", "listeners", Mapping::Part),
    ("enable_consumer_groups", ENABLE_CONSUMER_GROUPS, Mapping::Same),
    ("enable_tls", "listener.security.protocol.map", Mapping::Part),
    ("enable_acl", "authorizer.class.name", Mapping::Part),
    ("tls_cert", "ssl.keystore.certificate.chain", Mapping::Part),
    ("tls_key", "ssl.keystore.key", Mapping::Part),
    ("tls_ca", "ssl.truststore.certificates", Mapping::Part),
    ("acl_config", "authorizer.class.name", Mapping::Part),
    ("data_dir", "log.dirs", Mapping::Same),
    ("data_dir", "log.dir", Mapping::Same),
    ("max_connections", "max.connections", Mapping::Same),
    ("buffer_size", BUFFER_SIZE, Mapping::Same),
    ("segment_size", "log.segment.bytes", Mapping::Same),
    ("enable_replication", "controller.quorum.voters", Mapping::Part),
    ("cluster_nodes", "controller.quorum.bootstrap.servers", Mapping::Part),
];

/// The field that a Kafka key sets.
pub(super) fn settable_field(key: &str) -> Option<&'static str> {
    FIELDS
        .iter()
        .find(|(_, name, mapping)| *name == key && *mapping == Mapping::Same)
        .map(|(field, _, _)| *field)
}

/// The Kafka key that a field is the same as.
pub(super) fn key_of(field: &str) -> Option<&'static str> {
    FIELDS
        .iter()
        .find(|(name, _, mapping)| *name == field && *mapping == Mapping::Same)
        .map(|(_, key, _)| *key)
}

/// Whether there is a field of this name.
pub(super) fn is_field(name: &str) -> bool {
    FIELDS.iter().any(|(field, _, _)| *field == name)
}

#[cfg(test)]
mod tests {
    use super::super::broker::broker_key;
    use super::super::broker_config::BrokerConfig;
    use super::*;

    #[test]
    fn every_field_maps_to_a_key_that_exists_and_can_be_set_by_name() {
        for (field, key, _) in FIELDS {
            assert!(broker_key(key).is_some(), "{key}");
            let value = if field.starts_with("enable") { "true" } else { "1" };
            let mut config = BrokerConfig::default();
            config.set(field, value).unwrap();
            assert_ne!(config, BrokerConfig::default(), "{field}");
            assert!(config.properties.is_empty(), "{field}");
        }
    }

    #[test]
    fn keys_find_their_fields() {
        assert_eq!(settable_field("log.dir"), Some("data_dir"));
        assert_eq!(settable_field("listeners"), None);
        assert_eq!(key_of("segment_size"), Some("log.segment.bytes"));
        assert!(is_field("host") && !is_field("log.dirs"));
    }
}
