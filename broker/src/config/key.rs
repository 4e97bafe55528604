//! What a configuration key is: its name, type, default and the values that it may have.

use super::error::ConfigError;

/// One row of the tables of keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConfigKey {
    pub(crate) name: &'static str,
    pub(crate) kind: ConfigType,
    /// `None`: there is no value unless one is set.
    pub(crate) default: Option<&'static str>,
    pub(crate) valid: Valid,
    pub(crate) update: Update,
    /// Accepted, but not listed to clients.
    pub(crate) internal: bool,
}

/// The type of a key, with Kafka's number on the wire (KIP-226, KIP-569).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub(crate) enum ConfigType {
    Boolean = 1,
    Text = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    /// Separated by commas.
    List = 7,
    Class = 8,
    /// Never shown.
    Password = 9,
}

/// Which values of its type a key may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Valid {
    Any,
    NotEmpty,
    /// Inclusive.
    AtLeast(i64),
    /// Inclusive at both ends.
    Between(i64, i64),
    /// Inclusive at both ends, or the third number.
    BetweenOr(i64, i64, i64),
    /// Inclusive at both ends.
    Fraction(f64, f64),
    OneOf(&'static [&'static str]),
    OneOfAnyCase(&'static [&'static str]),
    /// Each item is one of these.
    ListOf(&'static [&'static str]),
    /// `*`, or `[partition]:[broker]` items.
    ThrottledReplicas,
    /// `latest`, `earliest` or `by_duration:` and an ISO 8601 duration (KIP-1106).
    AutoOffsetReset,
}

/// Whether a broker key can change while the broker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Update {
    ReadOnly,
    Dynamic,
}

/// A row of a table of keys.
pub(super) const fn key(
    name: &'static str,
    kind: ConfigType,
    default: Option<&'static str>,
    valid: Valid,
    update: Update,
) -> ConfigKey {
    ConfigKey { name, kind, default, valid, update, internal: false }
}

impl ConfigKey {
    /// A row of the tables of topic and group keys, all of which can change at any time.
    pub(super) const fn changeable(
        name: &'static str,
        kind: ConfigType,
        default: Option<&'static str>,
        valid: Valid,
    ) -> ConfigKey {
        let update = Update::Dynamic;
        ConfigKey { name, kind, default, valid, update, internal: false }
    }

    /// The same row, not listed to clients.
    pub(super) const fn internal(mut self) -> ConfigKey {
        self.internal = true;
        self
    }

    /// Whether the value is a secret.
    pub(crate) fn is_sensitive(&self) -> bool {
        self.kind == ConfigType::Password
    }

    /// Refuses a value that this key cannot have.
    pub(crate) fn check(&self, value: &str) -> Result<(), ConfigError> {
        self.kind
            .check(value)
            .and_then(|()| self.valid.check(value))
            .map_err(|reason| ConfigError::invalid(self.name, self.shown(value), reason))
    }

    fn shown<'a>(&self, value: &'a str) -> &'a str {
        if self.is_sensitive() { "[hidden]" } else { value }
    }
}

/// The row of `name` in a table.
pub(super) fn find(table: &'static [ConfigKey], name: &str) -> Option<&'static ConfigKey> {
    table.iter().find(|key| key.name == name)
}

/// The items of a list, without the spaces around them.
pub(super) fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// A boolean, as Kafka reads it: in any case.
pub(super) fn boolean(value: &str) -> Option<bool> {
    match value.trim() {
        value if value.eq_ignore_ascii_case("true") => Some(true),
        value if value.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

impl ConfigType {
    fn check(self, value: &str) -> Result<(), String> {
        let value = value.trim();
        let (fits, wanted) = match self {
            ConfigType::Boolean => (boolean(value).is_some(), "it must be `true` or `false`"),
            ConfigType::Int => {
                (value.parse::<i32>().is_ok(), "it must be a whole number from -2147483648 to 2147483647")
            }
            ConfigType::Short => {
                (value.parse::<i16>().is_ok(), "it must be a whole number from -32768 to 32767")
            }
            ConfigType::Long => {
                (value.parse::<i64>().is_ok(), "it must be a whole number of at most 64 bits")
            }
            ConfigType::Double => {
                (value.parse::<f64>().is_ok_and(|number| !number.is_nan()), "it must be a number")
            }
            ConfigType::Text | ConfigType::List | ConfigType::Class | ConfigType::Password => (true, ""),
        };
        if fits { Ok(()) } else { Err(wanted.to_owned()) }
    }
}

impl Valid {
    fn check(self, value: &str) -> Result<(), String> {
        let value = value.trim();
        let number = value.parse::<i64>();
        let within = |low: i64, high: i64| number.as_ref().is_ok_and(|number| (low..=high).contains(number));
        let (fits, wanted) = match self {
            Valid::Any => return Ok(()),
            Valid::NotEmpty => (!value.is_empty(), "it must not be empty".to_owned()),
            Valid::AtLeast(low) => (within(low, i64::MAX), format!("it must be at least {low}")),
            Valid::Between(low, high) => (within(low, high), format!("it must be from {low} to {high}")),
            Valid::BetweenOr(low, high, other) => {
                let fits = within(low, high) || within(other, other);
                (fits, format!("it must be from {low} to {high}, or {other}"))
            }
            Valid::Fraction(low, high) => {
                let fits = value.parse::<f64>().is_ok_and(|number| (low..=high).contains(&number));
                (fits, format!("it must be from {low} to {high}"))
            }
            Valid::OneOf(allowed) => (allowed.contains(&value), one_of(allowed)),
            Valid::OneOfAnyCase(allowed) => {
                (allowed.iter().any(|item| item.eq_ignore_ascii_case(value)), one_of(allowed))
            }
            Valid::ListOf(allowed) => (items(value).all(|item| allowed.contains(&item)), each_of(allowed)),
            Valid::ThrottledReplicas => (
                is_throttled_replicas(value),
                "it must be `*` or a list of partition:broker such as `0:1,1:2`".to_owned(),
            ),
            Valid::AutoOffsetReset => (
                is_auto_offset_reset(value),
                "it must be `latest`, `earliest` or `by_duration:` and a duration such as `PT1H`".to_owned(),
            ),
        };
        if fits { Ok(()) } else { Err(wanted) }
    }
}

fn one_of(allowed: &[&str]) -> String {
    format!("it must be one of {}", quoted(allowed))
}

fn each_of(allowed: &[&str]) -> String {
    format!("it must be a list of {}", quoted(allowed))
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn is_throttled_replicas(value: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    value == "*"
        || items(value).all(|item| {
            item.split_once(':').is_some_and(|(partition, broker)| is_number(partition) && is_number(broker))
        })
}

fn is_auto_offset_reset(value: &str) -> bool {
    let duration = value.strip_prefix("by_duration:");
    matches!(value, "latest" | "earliest")
        || duration.is_some_and(|text| text.starts_with('P') && text.len() > 2 && !text.contains('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: ConfigType, valid: Valid) -> ConfigKey {
        ConfigKey::changeable("some.key", kind, None, valid)
    }

    #[test]
    fn values_are_held_against_type_and_range() {
        let cases: &[(ConfigType, Valid, &str, bool)] = &[
            (ConfigType::Boolean, Valid::Any, "TRUE", true),
            (ConfigType::Boolean, Valid::Any, "yes", false),
            (ConfigType::Int, Valid::Any, "2147483647", true),
            (ConfigType::Int, Valid::Any, "2147483648", false),
            (ConfigType::Int, Valid::AtLeast(1), " 1 ", true),
            (ConfigType::Int, Valid::AtLeast(1), "0", false),
            (ConfigType::Short, Valid::Any, "40000", false),
            (ConfigType::Long, Valid::Any, "9223372036854775807", true),
            (ConfigType::Long, Valid::Any, "1e3", false),
            (ConfigType::Double, Valid::Fraction(0.0, 1.0), "0.5", true),
            (ConfigType::Double, Valid::Fraction(0.0, 1.0), "1.1", false),
            (ConfigType::Double, Valid::Any, "NaN", false),
            (ConfigType::Int, Valid::BetweenOr(1, 9, -1), "-1", true),
            (ConfigType::Int, Valid::BetweenOr(1, 9, -1), "0", false),
            (ConfigType::Text, Valid::OneOf(&["a", "b"]), "b", true),
            (ConfigType::Text, Valid::OneOf(&["a", "b"]), "B", false),
            (ConfigType::Text, Valid::OneOfAnyCase(&["a", "b"]), "B", true),
            (ConfigType::List, Valid::ListOf(&["compact", "delete"]), "compact, delete", true),
            (ConfigType::List, Valid::ListOf(&["compact", "delete"]), "", true),
            (ConfigType::List, Valid::ListOf(&["compact", "delete"]), "delete,delete", true),
            (ConfigType::List, Valid::ListOf(&["compact", "delete"]), "shred", false),
            (ConfigType::List, Valid::ThrottledReplicas, "0:1,1:2", true),
            (ConfigType::List, Valid::ThrottledReplicas, "*", true),
            (ConfigType::List, Valid::ThrottledReplicas, "0-1", false),
            (ConfigType::Text, Valid::AutoOffsetReset, "by_duration:PT1H", true),
            (ConfigType::Text, Valid::AutoOffsetReset, "by_duration:1h", false),
        ];
        for (kind, valid, value, fits) in cases {
            assert_eq!(key(*kind, *valid).check(value).is_ok(), *fits, "{kind:?} {valid:?} {value}");
        }
    }

    #[test]
    fn an_error_names_key_value_and_what_is_allowed() {
        let error = key(ConfigType::Int, Valid::Between(1, 9)).check("12").unwrap_err();
        assert_eq!(error.to_string(), "`some.key` cannot be `12`: it must be from 1 to 9");
    }

    #[test]
    fn a_secret_is_not_shown() {
        let error = key(ConfigType::Password, Valid::OneOf(&["x"])).check("hunter2").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
