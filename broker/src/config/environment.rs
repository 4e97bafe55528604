//! Configuration from environment variables. The variables are handed in: a library does not read the environment.

use super::broker::broker_key;
use super::broker_config::BrokerConfig;
use super::error::ConfigError;
use super::fields::is_field;

const PREFIX: &str = "FLUXMQ_";

/// Variables with our prefix that are no configuration keys: log filters.
const OTHERS: &[&str] = &["FLUXMQ_LOG"];

impl BrokerConfig {
    /// Applies the variables `FLUXMQ_<KEY>` among `variables`; all others are left alone.
    ///
    /// A key is written in capitals, with `_` for `.`, `__` for `_` and `___` for `-`, as container images of Kafka do with `KAFKA_`:
    /// `FLUXMQ_LOG_RETENTION_MS` is `log.retention.ms`. The fields of [`BrokerConfig`] go by their own names, as in `FLUXMQ_DATA_DIR`.
    /// `FLUXMQ_LOG`, the log filter, is none of them.
    ///
    /// # Errors
    /// [`ConfigError::InEnvironment`] names the variable whose value is refused.
    pub fn apply_environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        for (variable, value) in variables {
            let Some(name) = variable.strip_prefix(PREFIX) else { continue };
            if name.is_empty() || OTHERS.contains(&variable.as_str()) {
                continue;
            }
            let key = key_of(name);
            self.set(&key, &value)
                .map_err(|source| ConfigError::InEnvironment { variable, source: Box::new(source) })?;
        }
        Ok(())
    }
}

/// The configuration key that a variable without its prefix means.
fn key_of(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if is_field(&name) {
        return name;
    }
    let key = name.replace("___", "-").replace("__", "\u{0}").replace('_', ".").replace('\u{0}', "_");
    let own = format!("fluxmq.{key}");
    if broker_key(&key).is_none() && broker_key(&own).is_some() { own } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_mean_keys() {
        for (name, key) in [
            ("LOG_RETENTION_MS", "log.retention.ms"),
            ("DATA_DIR", "data_dir"),
            ("DATA__DIR", "data_dir"),
            ("DURABILITY", "fluxmq.durability"),
            ("FLUXMQ_DURABILITY", "fluxmq.durability"),
            ("SOME___PLUGIN_KEY", "some-plugin.key"),
        ] {
            assert_eq!(key_of(name), key, "{name}");
        }
    }

    #[test]
    fn only_our_variables_are_applied() {
        let variables = [
            ("PATH", "/bin"),
            ("FLUXMQ_LOG", "debug"),
            ("FLUXMQ_PORT", "1234"),
            ("FLUXMQ_NUM_PARTITIONS", "4"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut config = BrokerConfig::default();
        config.apply_environment(variables).unwrap();
        assert_eq!(config.port, 1234);
        assert_eq!(config.properties.get("num.partitions").map(String::as_str), Some("4"));
        assert_eq!(config.properties.len(), 1);
    }

    #[test]
    fn a_refused_value_names_its_variable() {
        let variables = [("FLUXMQ_NUM_PARTITIONS".to_owned(), "0".to_owned())];
        let error = BrokerConfig::default().apply_environment(variables).unwrap_err();
        assert!(error.to_string().contains("`FLUXMQ_NUM_PARTITIONS`"), "{error}");
    }
}
