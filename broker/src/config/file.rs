//! Configuration files: `server.properties`, YAML and TOML. Nested tables are flattened with dots, so `log: {retention: {ms: 1}}` is
//! `log.retention.ms`.

use std::fs;
use std::path::Path;

use super::broker_config::BrokerConfig;
use super::error::ConfigError;
use super::properties::{self, Property};

impl BrokerConfig {
    /// Reads a configuration file over the defaults. A name that ends in `.yaml`, `.yml` or `.toml` says its format; any other is
    /// a Java properties file. Keys are Kafka's, or the names of the fields of [`BrokerConfig`].
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`], and [`ConfigError::InFile`] or [`ConfigError::Malformed`] with the line.
    pub fn from_file(file: impl AsRef<Path>) -> Result<BrokerConfig, ConfigError> {
        let mut config = BrokerConfig::default();
        config.apply_file(file)?;
        Ok(config)
    }

    /// Applies a configuration file to this configuration. Of a key that stands in it twice the last one wins.
    ///
    /// # Errors
    /// As [`Self::from_file`].
    pub fn apply_file(&mut self, file: impl AsRef<Path>) -> Result<(), ConfigError> {
        let file = file.as_ref();
        let unreadable = |reason: String| ConfigError::Unreadable { file: file.to_owned(), reason };
        let bytes = fs::read(file).map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))?;
        let malformed = |(line, reason)| ConfigError::Malformed { file: file.to_owned(), line, reason };
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let entries = match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => yaml(&text),
            "toml" => toml(&text),
            _ => properties::parse(&text),
        };
        for Property { line, key, value } in entries.map_err(malformed)? {
            self.set(&key, &value).map_err(|source| ConfigError::InFile {
                file: file.to_owned(),
                line,
                source: Box::new(source),
            })?;
        }
        Ok(())
    }
}

type Entries = Result<Vec<Property>, (usize, String)>;

fn yaml(text: &str) -> Entries {
    let value: serde_yaml::Value = serde_yaml::from_str(text)
        .map_err(|error| (error.location().map_or(1, |location| location.line()), error.to_string()))?;
    let mut entries = Vec::new();
    match value {
        serde_yaml::Value::Null => {}
        serde_yaml::Value::Mapping(mapping) => {
            flatten_yaml(&mut Lines::new(text), "", mapping, &mut entries)?;
        }
        _ => return Err((1, "it must be a mapping of keys to values".to_owned())),
    }
    Ok(entries)
}

fn flatten_yaml(
    lines: &mut Lines<'_>,
    prefix: &str,
    mapping: serde_yaml::Mapping,
    entries: &mut Vec<Property>,
) -> Result<(), (usize, String)> {
    for (name, value) in mapping {
        let name = yaml_scalar(&name).ok_or_else(|| (lines.at, "a key must be a word".to_owned()))?;
        let line = lines.find(&name);
        let key = format!("{prefix}{name}");
        match value {
            serde_yaml::Value::Mapping(inner) => {
                flatten_yaml(lines, &format!("{key}."), inner, entries)?;
            }
            serde_yaml::Value::Null => {}
            serde_yaml::Value::Sequence(sequence) => {
                let items: Option<Vec<String>> = sequence.iter().map(yaml_scalar).collect();
                let items = items.ok_or_else(|| (line, format!("`{key}` must be a list of plain values")))?;
                entries.push(Property { line, key, value: items.join(",") });
            }
            scalar => {
                let value =
                    yaml_scalar(&scalar).ok_or_else(|| (line, format!("`{key}` must be a plain value")))?;
                entries.push(Property { line, key, value });
            }
        }
    }
    Ok(())
}

fn yaml_scalar(value: &serde_yaml::Value) -> Option<String> {
    match value {
        serde_yaml::Value::String(text) => Some(text.clone()),
        serde_yaml::Value::Bool(truth) => Some(truth.to_string()),
        serde_yaml::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Finds the lines of keys in a YAML document, whose parser does not tell them: keys come in the document's order.
struct Lines<'a> {
    lines: Vec<&'a str>,
    /// Where the last key was found, counted from 1.
    at: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Lines { lines: text.lines().collect(), at: 1 }
    }

    /// The line of the next key with this name; the line of the key before where it cannot be told.
    fn find(&mut self, name: &str) -> usize {
        let rest = self.lines.iter().enumerate().skip(self.at - 1);
        let found = rest.map(|(at, line)| (at + 1, *line)).find(|(_, line)| {
            let line = line.trim_start().trim_start_matches(['"', '\'', '{']);
            line.strip_prefix(name)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
        });
        if let Some((line, _)) = found {
            self.at = line;
        }
        self.at
    }
}

fn toml(text: &str) -> Entries {
    let table = toml::de::DeTable::parse(text).map_err(|error| {
        (error.span().map_or(1, |span| line_of(text, span.start)), error.message().to_owned())
    })?;
    let mut entries = Vec::new();
    flatten_toml(text, "", table.get_ref(), &mut entries)?;
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

fn flatten_toml(
    text: &str,
    prefix: &str,
    table: &toml::de::DeTable<'_>,
    entries: &mut Vec<Property>,
) -> Result<(), (usize, String)> {
    for (name, value) in table {
        let line = line_of(text, name.span().start);
        let key = format!("{prefix}{}", name.get_ref());
        match value.get_ref() {
            toml::de::DeValue::Table(inner) => flatten_toml(text, &format!("{key}."), inner, entries)?,
            toml::de::DeValue::Array(array) => {
                let items: Option<Vec<String>> =
                    array.iter().map(|item| toml_scalar(item.get_ref())).collect();
                let items = items.ok_or_else(|| (line, format!("`{key}` must be a list of plain values")))?;
                entries.push(Property { line, key, value: items.join(",") });
            }
            scalar => {
                let value =
                    toml_scalar(scalar).ok_or_else(|| (line, format!("`{key}` must be a plain value")))?;
                entries.push(Property { line, key, value });
            }
        }
    }
    Ok(())
}

fn toml_scalar(value: &toml::de::DeValue<'_>) -> Option<String> {
    match value {
        toml::de::DeValue::String(text) => Some(text.to_string()),
        toml::de::DeValue::Boolean(truth) => Some(truth.to_string()),
        toml::de::DeValue::Integer(number) => {
            i128::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number.to_string())
        }
        toml::de::DeValue::Float(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// The line of a position, counted from 1.
fn line_of(text: &str, position: usize) -> usize {
    text.bytes().take(position).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(name: &str, text: &str) -> Result<BrokerConfig, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(name);
        fs::write(&file, text).unwrap();
        BrokerConfig::from_file(&file)
    }

    fn line(error: &ConfigError) -> usize {
        match error {
            ConfigError::InFile { line, .. } | ConfigError::Malformed { line, .. } => *line,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn the_same_in_three_formats() {
        let properties = "# Kafka's\nport=1234\nlog.dirs=/data\nnum.partitions = 3\nlog.retention.ms=5\nsuper.users=User:a,User:b\nauto.create.topics.enable=false\nlog.cleaner.min.cleanable.ratio=0.25\n";
        let yaml = "port: 1234\nlog:\n  dirs: /data\n  retention:\n    ms: 5\n  cleaner.min.cleanable.ratio: 0.25\nnum.partitions: 3\nsuper.users: [User:a, 'User:b']\nauto.create.topics.enable: false\n";
        let toml = "port = 1_234\n'num.partitions' = 3\nauto.create.topics.enable = false\nsuper.users = ['User:a', 'User:b']\n[log]\ndirs = '/data'\nretention.ms = 5\n[log.cleaner.min]\ncleanable.ratio = 0.25\n";
        let first = load("server.properties", properties).unwrap();
        assert_eq!((first.port, first.data_dir.clone()), (1234, Some("/data".into())));
        assert_eq!(first.properties.len(), 5);
        assert_eq!(load("broker.yaml", yaml).unwrap(), first);
        assert_eq!(load("broker.toml", toml).unwrap(), first);
    }

    #[test]
    fn errors_name_the_line() {
        let refused = [
            ("a.properties", "\n# x\nnum.partitions=none\n", 3),
            ("a.yaml", "port: 1\nlog:\n  retention.ms: soon\n", 3),
            ("a.yaml", "port: 1\nnum.partitions: {a: [[1]]}\n", 2),
            ("a.yaml", "port: 1\n  x: : 2\n", 2),
            ("a.toml", "port = 1\n\n[num]\npartitions = 'x'\n", 4),
            ("a.toml", "port = 1\nnum. = 3\n", 2),
        ];
        for (name, text, at) in refused {
            let error = load(name, text).unwrap_err();
            assert_eq!(line(&error), at, "{text} {error}");
        }
        let error = load("a.properties", "num.partitions=0").unwrap_err().to_string();
        assert!(
            error.ends_with("a.properties:1: `num.partitions` cannot be `0`: it must be at least 1"),
            "{error}"
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = BrokerConfig::from_file("/nowhere/server.properties").unwrap_err();
        assert!(error.to_string().starts_with("`/nowhere/server.properties` cannot be read"), "{error}");
    }

    #[test]
    fn an_empty_file_is_the_default() {
        for name in ["a.properties", "a.yaml", "a.toml"] {
            assert_eq!(load(name, "").unwrap(), BrokerConfig::default(), "{name}");
        }
    }
}
