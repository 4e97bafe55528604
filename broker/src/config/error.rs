//! Why a configuration is refused.

use std::path::PathBuf;

/// A configuration that the broker does not accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A key has a value that it cannot have.
    #[error("`{key}` cannot be `{value}`: {reason}")]
    InvalidValue {
        /// The key, as Kafka spells it, or the field.
        key: String,
        /// The value; hidden when the key holds a secret.
        value: String,
        /// What would be allowed.
        reason: String,
    },
    /// A topic has no such key.
    #[error("topics have no configuration `{key}`; `describe` a topic to see all keys")]
    UnknownTopicKey {
        /// The key that was given.
        key: String,
    },
    /// A feature is asked for that this version does not have. Ignoring it would be dangerous.
    #[error("`{key}` asks for {feature}, which this version does not have; {remedy}")]
    Unsupported {
        /// The field or key.
        key: String,
        /// What it asks for.
        feature: String,
        /// What to do instead.
        remedy: String,
    },
    /// Two keys, or a key and another's value, do not fit together.
    #[error("{0}")]
    Conflict(String),
    /// A line of a configuration file is refused.
    #[error("{}:{line}: {source}", file.display())]
    InFile {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        source: Box<ConfigError>,
    },
    /// An environment variable is refused.
    #[error("environment variable `{variable}`: {source}")]
    InEnvironment {
        /// Its name.
        variable: String,
        /// What is wrong with it.
        source: Box<ConfigError>,
    },
    /// A configuration file cannot be read.
    #[error("`{}` cannot be read: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A configuration file is not of its format.
    #[error("{}:{line}: {reason}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
}

impl ConfigError {
    /// A value that a key cannot have.
    pub(crate) fn invalid(
        key: impl Into<String>,
        value: impl Into<String>,
        reason: impl Into<String>,
    ) -> ConfigError {
        ConfigError::InvalidValue { key: key.into(), value: value.into(), reason: reason.into() }
    }

    /// A feature that is not there.
    pub(crate) fn unsupported(
        key: impl Into<String>,
        feature: impl Into<String>,
        remedy: impl Into<String>,
    ) -> ConfigError {
        ConfigError::Unsupported { key: key.into(), feature: feature.into(), remedy: remedy.into() }
    }
}
