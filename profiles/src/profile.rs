//! What one name stands for, and what a whole file holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::error::{ProfileError, Warning};
use crate::secret::Secret;
use crate::suggest::suggest;

/// How to reach one cluster, and how careful to be with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Brokers to start from, `host:port` each. May be empty: then [`crate::DEFAULT_BOOTSTRAP_SERVER`] counts.
    pub bootstrap_servers: Vec<String>,
    /// The topic of a command that names none.
    pub default_topic: Option<String>,
    /// How keys choose partitions, by name.
    pub partitioner: Option<String>,
    /// A note for people.
    pub description: Option<String>,
    /// Whether destructive commands ask for more than a yes.
    pub protected: bool,
    /// Whether commands that change the cluster are refused.
    pub read_only: bool,
    /// Client properties by their Kafka names, as in `linger.ms`.
    pub properties: BTreeMap<String, String>,
    /// Encryption.
    pub tls: Option<Tls>,
    /// Authentication.
    pub sasl: Option<Sasl>,
}

/// How connections are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Whether they are. A section without this key means yes.
    pub enabled: bool,
    /// Certificates of the authorities to trust, PEM; those of the system when absent.
    pub ca_file: Option<PathBuf>,
    /// The client's own certificate, PEM.
    pub cert_file: Option<PathBuf>,
    /// The key of that certificate, PEM.
    pub key_file: Option<PathBuf>,
    /// The name that the broker's certificate must bear, where it is not the host's.
    pub server_name: Option<String>,
}

/// How a person or program proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sasl {
    /// The mechanism, as in `SCRAM-SHA-512`.
    pub mechanism: String,
    /// The user's name.
    pub user: Option<String>,
    /// Where the password is.
    pub password: Option<Password>,
}

/// Where a password is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Password {
    /// In the profile file itself.
    Text(Secret),
    /// In a file of its own.
    File(PathBuf),
    /// In an environment variable of this name.
    Environment(String),
    /// Printed by a command, as `pass kafka/prod` does.
    Command(String),
}

/// Everything that a profile file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProfileFile {
    /// The profile that counts where none is named.
    pub current_profile: Option<String>,
    /// The profile that was current before, for `profile switch -`.
    pub previous_profile: Option<String>,
    /// All profiles by name.
    pub profiles: BTreeMap<String, Profile>,
    /// What a person should know about the file.
    pub warnings: Vec<Warning>,
}

impl ProfileFile {
    /// The profile `name`; else an error that suggests another. `path` is for the error.
    pub fn profile(&self, name: &str, path: &Path) -> Result<&Profile, ProfileError> {
        self.profiles.get(name).ok_or_else(|| ProfileError::NotFound {
            name: name.to_owned(),
            path: path.to_owned(),
            suggestion: suggest(name, self.profiles.keys().map(String::as_str)).map(str::to_owned),
            known: self.profiles.keys().cloned().collect(),
        })
    }
}

impl Profile {
    /// A profile of these brokers, everything else by default.
    pub fn new(bootstrap_servers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Profile {
            bootstrap_servers: bootstrap_servers.into_iter().map(Into::into).collect(),
            ..Profile::default()
        }
    }

    /// Whether the file that holds this profile holds a password.
    pub(crate) fn has_secret(&self) -> bool {
        matches!(&self.sasl, Some(Sasl { password: Some(Password::Text(_)), .. }))
    }

    /// As it is written in a file, passwords included.
    pub(crate) fn to_table(&self) -> Table {
        let mut table = Table::new();
        let servers = self.bootstrap_servers.iter().cloned().map(Value::String).collect();
        table.insert("bootstrap_servers".to_owned(), Value::Array(servers));
        put(&mut table, "default_topic", self.default_topic.as_ref());
        put(&mut table, "partitioner", self.partitioner.as_ref());
        put(&mut table, "description", self.description.as_ref());
        for (key, value) in [("protected", self.protected), ("read_only", self.read_only)] {
            if value {
                table.insert(key.to_owned(), Value::Boolean(true));
            }
        }
        if !self.properties.is_empty() {
            let properties = self.properties.iter().map(|(key, value)| (key.clone(), value.clone().into()));
            table.insert("properties".to_owned(), Value::Table(properties.collect()));
        }
        if let Some(tls) = &self.tls {
            table.insert("tls".to_owned(), Value::Table(tls.to_table()));
        }
        if let Some(sasl) = &self.sasl {
            table.insert("sasl".to_owned(), Value::Table(sasl.to_table()));
        }
        table
    }
}

impl Tls {
    fn to_table(&self) -> Table {
        let mut table = Table::new();
        table.insert("enabled".to_owned(), Value::Boolean(self.enabled));
        for (key, path) in
            [("ca_file", &self.ca_file), ("cert_file", &self.cert_file), ("key_file", &self.key_file)]
        {
            put(&mut table, key, path.as_ref().map(|path| path.to_string_lossy().into_owned()).as_ref());
        }
        put(&mut table, "server_name", self.server_name.as_ref());
        table
    }
}

impl Sasl {
    fn to_table(&self) -> Table {
        let mut table = Table::new();
        put(&mut table, "mechanism", Some(&self.mechanism));
        put(&mut table, "user", self.user.as_ref());
        if let Some(password) = &self.password {
            let (key, text) = match password {
                Password::Text(secret) => ("password", secret.expose().to_owned()),
                Password::File(path) => ("password_file", path.to_string_lossy().into_owned()),
                Password::Environment(name) => ("password_env", name.clone()),
                Password::Command(command) => ("password_command", command.clone()),
            };
            put(&mut table, key, Some(&text));
        }
        table
    }
}

fn put(table: &mut Table, key: &str, value: Option<&String>) {
    if let Some(value) = value {
        table.insert(key.to_owned(), Value::String(value.clone()));
    }
}
