//! The text of a profile file, changed without touching what the change is not about.

use std::path::Path;

use toml::{Table, Value};
use toml_edit::{DocumentMut, Item};

use crate::error::ProfileError;
use crate::read::VERSION;

/// What stands at the top of a new file.
const HEADING: &str = "# Profiles of fluxctl. `fluxctl profile --help` changes them; so may you.\n";

/// A parsed file, in the form that can be written back.
#[derive(Debug)]
pub(crate) enum Document {
    /// With comments, order and spacing.
    Toml(Box<DocumentMut>),
    /// Values only.
    Yaml(Table),
}

impl Document {
    /// The content of a file that does not exist yet.
    pub(crate) fn empty(path: &Path) -> Self {
        if is_yaml(path) {
            return Document::Yaml(Table::from_iter([("version".to_owned(), Value::Integer(VERSION))]));
        }
        let mut document = DocumentMut::new();
        document["version"] = toml_edit::value(VERSION);
        if let Some(mut key) = document.key_mut("version") {
            key.leaf_decor_mut().set_prefix(HEADING);
        }
        Document::Toml(Box::new(document))
    }

    /// Parses `text`, the content of the file at `path`, which says by its name whether this is YAML.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, ProfileError> {
        if is_yaml(path) {
            if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
                return Ok(Document::Yaml(Table::new()));
            }
            return serde_yaml::from_str(text).map(Document::Yaml).map_err(|error| {
                let (line, column) =
                    error.location().map_or((1, 1), |location| (location.line(), location.column()));
                let reason = error.to_string();
                // The library puts the place into its words as well.
                let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
                ProfileError::Syntax { path: path.to_owned(), line, column, reason }
            });
        }
        text.parse::<DocumentMut>().map(|document| Document::Toml(Box::new(headed(document)))).map_err(
            |error| {
                let (line, column) = position(text, error.span().map_or(0, |span| span.start));
                let reason = error.message().lines().collect::<Vec<_>>().join(", ");
                ProfileError::Syntax { path: path.to_owned(), line, column, reason }
            },
        )
    }

    /// The values.
    pub(crate) fn table(&self) -> Table {
        match self {
            // A document that parsed is a table, so that this cannot fail; an empty table would at worst find nothing.
            Document::Toml(document) => {
                toml_edit::de::from_document(document.as_ref().clone()).unwrap_or_default()
            }
            Document::Yaml(table) => table.clone(),
        }
    }

    /// Sets a key of the first level, or removes it.
    pub(crate) fn set(&mut self, key: &str, value: Option<&str>) {
        match (self, value) {
            (Document::Toml(document), Some(value)) => {
                match document.get_mut(key).and_then(Item::as_value_mut) {
                    Some(existing) => {
                        let decor = existing.decor().clone();
                        *existing = value.into();
                        *existing.decor_mut() = decor;
                    }
                    None => document[key] = toml_edit::value(value),
                }
            }
            (Document::Toml(document), None) => {
                document.remove(key);
            }
            (Document::Yaml(table), Some(value)) => {
                table.insert(key.to_owned(), Value::String(value.to_owned()));
            }
            (Document::Yaml(table), None) => {
                table.remove(key);
            }
        }
    }

    /// Adds the profile `name` at the end.
    pub(crate) fn add_profile(&mut self, name: &str, profile: Table) {
        match self {
            Document::Toml(document) => {
                if let Some(profiles) = toml_profiles(document) {
                    profiles.insert(name, Item::Table(toml_table(profile)));
                }
            }
            Document::Yaml(table) => {
                if let Some(profiles) = yaml_profiles(table) {
                    profiles.insert(name.to_owned(), Value::Table(profile));
                }
            }
        }
    }

    /// Points an existing profile at other brokers.
    pub(crate) fn set_servers(&mut self, name: &str, servers: &[String]) {
        match self {
            Document::Toml(document) => {
                if let Some(profiles) = toml_profiles(document)
                    && let Some(profile) = profiles.get_mut(name).and_then(Item::as_table_like_mut)
                {
                    let servers: toml_edit::Array = servers.iter().map(String::as_str).collect();
                    profile.insert("bootstrap_servers", toml_edit::value(servers));
                }
            }
            Document::Yaml(table) => {
                if let Some(profiles) = yaml_profiles(table)
                    && let Some(profile) = profiles.get_mut(name).and_then(Value::as_table_mut)
                {
                    let servers = servers.iter().cloned().map(Value::String).collect();
                    profile.insert("bootstrap_servers".to_owned(), Value::Array(servers));
                }
            }
        }
    }

    /// Gives a profile another name, with its comments.
    pub(crate) fn rename_profile(&mut self, from: &str, to: &str) {
        match self {
            Document::Toml(document) => {
                if let Some(profiles) = toml_profiles(document)
                    && let Some(profile) = profiles.remove(from)
                {
                    profiles.insert(to, profile);
                }
            }
            Document::Yaml(table) => {
                if let Some(profiles) = yaml_profiles(table)
                    && let Some(profile) = profiles.remove(from)
                {
                    profiles.insert(to.to_owned(), profile);
                }
            }
        }
    }

    /// Removes a profile.
    pub(crate) fn remove_profile(&mut self, name: &str) {
        match self {
            Document::Toml(document) => {
                if let Some(profiles) = toml_profiles(document) {
                    profiles.remove(name);
                }
            }
            Document::Yaml(table) => {
                if let Some(profiles) = yaml_profiles(table) {
                    profiles.remove(name);
                }
            }
        }
    }

    /// The text to write.
    pub(crate) fn render(&self, path: &Path) -> Result<String, ProfileError> {
        match self {
            Document::Toml(document) => Ok(document.to_string()),
            Document::Yaml(table) => serde_yaml::to_string(table).map_err(|error| ProfileError::Io {
                what: "written",
                path: path.to_owned(),
                source: std::io::Error::other(error),
            }),
        }
    }
}

/// A file of comments alone keeps them on top of what is added.
fn headed(mut document: DocumentMut) -> DocumentMut {
    if document.is_empty() {
        let comments = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing("");
        document["version"] = toml_edit::value(VERSION);
        if let Some(mut key) = document.key_mut("version") {
            key.leaf_decor_mut().set_prefix(comments);
        }
    }
    document
}

/// Whether the name of a file says YAML.
pub(crate) fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// The table of profiles, made if there is none. `None` cannot be: the file was read before it is changed, and what is
/// not a table is refused there.
fn toml_profiles(document: &mut DocumentMut) -> Option<&mut dyn toml_edit::TableLike> {
    let profiles = document.entry("profiles").or_insert_with(|| {
        let mut table = toml_edit::Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    profiles.as_table_like_mut()
}

fn yaml_profiles(table: &mut Table) -> Option<&mut Table> {
    table.entry("profiles").or_insert_with(|| Value::Table(Table::new())).as_table_mut()
}

/// Plain values as TOML with sections; only the simple kinds that [`crate::Profile::to_table`] makes occur.
fn toml_table(values: Table) -> toml_edit::Table {
    let mut table = toml_edit::Table::new();
    for (key, value) in values {
        let item = match value {
            Value::Table(inner) => Item::Table(toml_table(inner)),
            Value::Array(texts) => {
                Item::Value(texts.iter().filter_map(Value::as_str).collect::<toml_edit::Array>().into())
            }
            Value::Boolean(flag) => toml_edit::value(flag),
            Value::Integer(number) => toml_edit::value(number),
            Value::Float(number) => toml_edit::value(number),
            Value::String(text) => toml_edit::value(text),
            Value::Datetime(time) => toml_edit::value(time.to_string()),
        };
        table.insert(&key, item);
    }
    table
}

/// Line and column of a byte, both from 1, columns in characters.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
