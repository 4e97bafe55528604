//! From a parsed file to profiles: every key known or warned about, every value of the right kind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::error::{ProfileError, Warning};
use crate::name::check_name;
use crate::profile::{Password, Profile, ProfileFile, Sasl, Tls};
use crate::secret::Secret;
use crate::suggest::suggest;

/// The newest version of the file's form.
pub(crate) const VERSION: i64 = 1;

const PASSWORD_KEYS: [&str; 4] = ["password", "password_file", "password_env", "password_command"];

/// Reads `table`, the content of the file at `path`.
pub(crate) fn profile_file(path: &Path, table: &Table) -> Result<ProfileFile, ProfileError> {
    let mut warnings = Vec::new();
    let mut root = Section::new(path, String::new(), table, &mut warnings);
    // The version first: what a later release writes must not be judged by the rules of this one.
    let version = root.integer("version")?.unwrap_or(VERSION);
    if version > VERSION {
        return Err(ProfileError::FutureVersion { path: path.to_owned(), found: version, known: VERSION });
    }
    if version < 1 {
        return Err(root.wrong("version", "is not 1"));
    }
    let current_profile = root.string("current_profile")?;
    let previous_profile = root.string("previous_profile")?;
    let mut profiles = BTreeMap::new();
    if let Some(mut sections) = root.section("profiles")? {
        let table = sections.table;
        for name in table.keys() {
            if let Err(ProfileError::InvalidName { reason, .. }) = check_name(name) {
                return Err(sections.wrong(name, &format!("cannot name a profile: {reason}")));
            }
            if let Some(section) = sections.section(name)? {
                profiles.insert(name.clone(), profile(section)?);
            }
        }
    }
    root.warn_of_unknown();
    Ok(ProfileFile { current_profile, previous_profile, profiles, warnings })
}

fn profile(mut section: Section<'_>) -> Result<Profile, ProfileError> {
    let profile = Profile {
        bootstrap_servers: section.servers("bootstrap_servers")?,
        default_topic: section.string("default_topic")?,
        partitioner: section.string("partitioner")?,
        description: section.string("description")?,
        protected: section.boolean("protected")?.unwrap_or(false),
        read_only: section.boolean("read_only")?.unwrap_or(false),
        properties: match section.section("properties")? {
            Some(properties) => flat(&properties)?,
            None => BTreeMap::new(),
        },
        tls: section.section("tls")?.map(tls).transpose()?,
        sasl: section.section("sasl")?.map(sasl).transpose()?,
    };
    section.warn_of_unknown();
    Ok(profile)
}

fn tls(mut section: Section<'_>) -> Result<Tls, ProfileError> {
    let tls = Tls {
        enabled: section.boolean("enabled")?.unwrap_or(true),
        ca_file: section.string("ca_file")?.map(PathBuf::from),
        cert_file: section.string("cert_file")?.map(PathBuf::from),
        key_file: section.string("key_file")?.map(PathBuf::from),
        server_name: section.string("server_name")?,
    };
    section.warn_of_unknown();
    Ok(tls)
}

fn sasl(mut section: Section<'_>) -> Result<Sasl, ProfileError> {
    let Some(mechanism) = section.string("mechanism")? else {
        return Err(section.wrong("mechanism", "is missing; `PLAIN` and `SCRAM-SHA-512` are examples"));
    };
    let user = section.string("user")?;
    let mut password = None;
    for key in PASSWORD_KEYS {
        let Some(text) = section.string(key)? else { continue };
        if password.is_some() {
            return Err(section.wrong(key, "is a second place for the password; one is enough"));
        }
        password = Some(match key {
            "password" => Password::Text(Secret::new(text)),
            "password_file" => Password::File(PathBuf::from(text)),
            "password_env" => Password::Environment(text),
            _ => Password::Command(text),
        });
    }
    section.warn_of_unknown();
    Ok(Sasl { mechanism, user, password })
}

/// Client properties: `linger.ms = 5` without quotes is a table in a table to TOML, and one key to us.
fn flat(section: &Section<'_>) -> Result<BTreeMap<String, String>, ProfileError> {
    fn walk(
        section: &Section<'_>,
        prefix: &str,
        table: &Table,
        properties: &mut BTreeMap<String, String>,
    ) -> Result<(), ProfileError> {
        for (key, value) in table {
            let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            let text = match value {
                Value::Table(inner) => {
                    walk(section, &key, inner, properties)?;
                    continue;
                }
                Value::String(text) => text.clone(),
                Value::Integer(number) => number.to_string(),
                Value::Float(number) => number.to_string(),
                Value::Boolean(flag) => flag.to_string(),
                Value::Array(_) | Value::Datetime(_) => {
                    return Err(section.wrong(&key, "is not a text, a number, true or false"));
                }
            };
            properties.insert(key, text);
        }
        Ok(())
    }
    let mut properties = BTreeMap::new();
    walk(section, "", section.table, &mut properties)?;
    Ok(properties)
}

/// One table of the file, and which of its keys have been asked for.
struct Section<'a> {
    path: &'a Path,
    /// The keys that lead here, as in `profiles.prod`.
    at: String,
    table: &'a Table,
    known: Vec<String>,
    warnings: &'a mut Vec<Warning>,
}

impl<'a> Section<'a> {
    fn new(path: &'a Path, at: String, table: &'a Table, warnings: &'a mut Vec<Warning>) -> Self {
        Section { path, at, table, known: Vec::new(), warnings }
    }

    fn string(&mut self, key: &str) -> Result<Option<String>, ProfileError> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.wrong(key, "is not a text in quotes")),
        }
    }

    fn boolean(&mut self, key: &str) -> Result<Option<bool>, ProfileError> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Boolean(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.wrong(key, "is neither true nor false")),
        }
    }

    fn integer(&mut self, key: &str) -> Result<Option<i64>, ProfileError> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Integer(number)) => Ok(Some(*number)),
            Some(_) => Err(self.wrong(key, "is not a whole number")),
        }
    }

    /// A list of texts, or one text with commas.
    fn servers(&mut self, key: &str) -> Result<Vec<String>, ProfileError> {
        let reason = "is not a list of `host:port`";
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(text
                .split(',')
                .map(str::trim)
                .filter(|server| !server.is_empty())
                .map(str::to_owned)
                .collect()),
            Some(Value::Array(servers)) => servers
                .iter()
                .map(|server| server.as_str().map(str::to_owned).ok_or_else(|| self.wrong(key, reason)))
                .collect(),
            Some(_) => Err(self.wrong(key, reason)),
        }
    }

    fn section(&mut self, key: &str) -> Result<Option<Section<'_>>, ProfileError> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Table(table)) => {
                let at = self.key_path(key);
                Ok(Some(Section {
                    path: self.path,
                    at,
                    table,
                    known: Vec::new(),
                    warnings: &mut *self.warnings,
                }))
            }
            Some(_) => Err(self.wrong(key, "is not a section of keys and values")),
        }
    }

    fn value(&mut self, key: &str) -> Option<&'a Value> {
        self.known.push(key.to_owned());
        self.table.get(key)
    }

    fn wrong(&self, key: &str, reason: &str) -> ProfileError {
        ProfileError::Field {
            path: self.path.to_owned(),
            field: self.key_path(key),
            reason: reason.to_owned(),
        }
    }

    fn key_path(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) }
    }

    /// To be called when every key that has a meaning was asked for.
    fn warn_of_unknown(&mut self) {
        for key in self.table.keys().filter(|key| !self.known.contains(key)) {
            self.warnings.push(Warning::UnknownKey {
                path: self.path.to_owned(),
                key: self.key_path(key),
                suggestion: suggest(key, self.known.iter().map(String::as_str)).map(str::to_owned),
            });
        }
    }
}
