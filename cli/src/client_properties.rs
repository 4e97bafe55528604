//! Client properties by their Kafka names: `-X key=value`, `FLUXCTL_<KEY>`, a profile's `properties`.
//!
//! The table holds what acts; a key that would not act is refused, with the key that was meant.

use std::collections::BTreeMap;
use std::time::Duration;

use fluxmq_client::producer::{Acks, ProducerConfig};
use fluxmq_client::{Client, ClientBuilder, Compression, DnsLookup};
use fluxmq_profiles::{Origin, Resolved, Settings, suggest};
use serde::Serialize;

use crate::error::CommandError;
use crate::output::{Column, View};

/// One client property.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) value: ValueKind,
    pub(crate) default: &'static str,
    pub(crate) about: &'static str,
}

/// What values a property has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ValueKind {
    Text,
    Milliseconds,
    Number,
    Boolean,
    OneOf(&'static [&'static str]),
}

const fn property(
    name: &'static str,
    value: ValueKind,
    default: &'static str,
    about: &'static str,
) -> Property {
    Property { name, value, default, about }
}

use ValueKind::{Boolean, Milliseconds, Number, OneOf, Text};

/// Every property that acts.
pub(crate) const PROPERTIES: &[Property] = &[
    property("bootstrap.servers", Text, "127.0.0.1:9092", "brokers to start from, as -b"),
    property("client.id", Text, "fluxctl", "how the client calls itself"),
    property("security.protocol", OneOf(&["plaintext"]), "plaintext", "how connections are made"),
    property("request.timeout.ms", Milliseconds, "30000", "how long an answer may take"),
    property("socket.connection.setup.timeout.ms", Milliseconds, "4000", "how long connecting may take"),
    property("socket.connection.setup.timeout.max.ms", Milliseconds, "30000", "its limit after failures"),
    property("reconnect.backoff.ms", Milliseconds, "50", "wait after a failed connect"),
    property("reconnect.backoff.max.ms", Milliseconds, "1000", "its limit after more failures"),
    property("retry.backoff.ms", Milliseconds, "100", "wait before another attempt"),
    property("retry.backoff.max.ms", Milliseconds, "1000", "its limit after more failures"),
    property("metadata.max.age.ms", Milliseconds, "300000", "when leaders and partitions are asked for anew"),
    property("connections.max.idle.ms", Milliseconds, "540000", "when an unused connection is closed"),
    property(
        "client.dns.lookup",
        OneOf(&["use_all_dns_ips", "first"]),
        "use_all_dns_ips",
        "addresses to try",
    ),
    property("send.buffer.bytes", Number, "-1", "socket buffer; -1 is the system's choice"),
    property("receive.buffer.bytes", Number, "-1", "socket buffer; -1 is the system's choice"),
    property("acks", OneOf(&["all", "-1", "1", "0"]), "all", "whose word a delivery needs"),
    property("linger.ms", Milliseconds, "100", "how long a batch waits for more records"),
    property("batch.size", Number, "16384", "bytes of a batch before compression"),
    property(
        "compression.type",
        OneOf(&["none", "gzip", "snappy", "lz4", "zstd"]),
        "none",
        "codec of batches",
    ),
    property("max.in.flight.requests.per.connection", Number, "5", "produce requests under way to a broker"),
    property("delivery.timeout.ms", Milliseconds, "120000", "how long a delivery may take, retries included"),
    property("max.request.size", Number, "1048576", "bytes of a produce request, and of a record"),
    property("buffer.memory", Number, "33554432", "bytes of records that may wait"),
    property("max.block.ms", Milliseconds, "60000", "how long a full buffer is waited for"),
    property("enable.idempotence", Boolean, "true", "whether the broker recognises repeated batches"),
];

/// The names of all properties.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PROPERTIES.iter().map(|property| property.name)
}

impl View for Property {
    const COLUMNS: &'static [Column] =
        &[Column::new("KEY"), Column::new("VALUES"), Column::new("DEFAULT"), Column::new("ABOUT")];

    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn cells(&self) -> Vec<String> {
        vec![self.name.to_owned(), self.value.words(), self.default.to_owned(), self.about.to_owned()]
    }
}

impl ValueKind {
    fn words(self) -> String {
        match self {
            Text => "text".to_owned(),
            Milliseconds => "milliseconds".to_owned(),
            Number => "number".to_owned(),
            Boolean => "true, false".to_owned(),
            OneOf(values) => values.join(", "),
        }
    }

    fn accepts(self, value: &str) -> bool {
        match self {
            Text => !value.is_empty(),
            Milliseconds => value.parse::<u64>().is_ok(),
            Number => value.parse::<i64>().is_ok(),
            Boolean => matches!(value, "true" | "false"),
            OneOf(values) => values.iter().any(|known| known.eq_ignore_ascii_case(value)),
        }
    }
}

/// Whether `-X list` (or `help`) was typed.
pub(crate) fn wants_list(flags: &[String]) -> bool {
    flags.iter().any(|flag| matches!(flag.as_str(), "list" | "help"))
}

/// Understands the `-X` flags; the last of a key counts.
pub(crate) fn parse_flags(flags: &[String]) -> Result<BTreeMap<String, String>, CommandError> {
    let mut properties = BTreeMap::new();
    for flag in flags.iter().filter(|flag| !matches!(flag.as_str(), "list" | "help")) {
        let Some((key, value)) = flag.split_once('=') else {
            return Err(CommandError::usage(format!("`-X {flag}` is not of the form KEY=VALUE"))
                .with_hint("`fluxctl -X list` shows every key, as in `-X linger.ms=5`"));
        };
        check_value(key, value, &format!("`-X {flag}`"))?;
        properties.insert(key.to_owned(), value.to_owned());
    }
    Ok(properties)
}

/// Checks properties that come from elsewhere than flags.
pub(crate) fn check(settings: &Settings) -> Result<(), CommandError> {
    for (key, resolved) in settings.properties.iter().filter(|(_, resolved)| resolved.origin != Origin::Flag)
    {
        check_value(key, &resolved.value, &format!("`{key}` of {}", resolved.origin))?;
    }
    Ok(())
}

fn check_value(key: &str, value: &str, place: &str) -> Result<(), CommandError> {
    let Some(property) = PROPERTIES.iter().find(|property| property.name == key) else {
        let error =
            CommandError::usage(format!("{place} cannot be used: there is no client property `{key}`"));
        return Err(error.with_hint(match suggest(key, names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`fluxctl -X list` shows every key".to_owned(),
        }));
    };
    if key == "security.protocol" && !property.value.accepts(value) {
        return Err(CommandError::usage(format!(
            "{place} cannot be used: this version speaks plaintext only"
        )));
    }
    if !property.value.accepts(value) {
        let words = property.value.words();
        return Err(CommandError::usage(format!(
            "{place} cannot be used: the values of `{key}` are: {words}"
        )));
    }
    Ok(())
}

/// Checked properties, read with their types.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Properties<'a> {
    values: &'a BTreeMap<String, Resolved<String>>,
}

impl<'a> Properties<'a> {
    pub(crate) fn new(values: &'a BTreeMap<String, Resolved<String>>) -> Self {
        Properties { values }
    }

    /// The text of a property that is set.
    pub(crate) fn text(self, key: &str) -> Option<&'a str> {
        self.values.get(key).map(|resolved| resolved.value.as_str())
    }

    /// A time that is set.
    pub(crate) fn duration(self, key: &str) -> Option<Duration> {
        self.text(key)?.parse().ok().map(Duration::from_millis)
    }

    /// A size or count that is set, and is none of the negative numbers that mean "as you like".
    pub(crate) fn size(self, key: &str) -> Option<usize> {
        self.text(key)?.parse().ok()
    }

    /// The properties of connections.
    pub(crate) fn client_builder(self) -> ClientBuilder {
        let or = |key: &str, default_ms: u64| self.duration(key).unwrap_or(Duration::from_millis(default_ms));
        let setup = or("socket.connection.setup.timeout.ms", 4_000);
        let setup_max = or("socket.connection.setup.timeout.max.ms", 30_000);
        let mut builder = Client::builder()
            .client_id(self.text("client.id").unwrap_or("fluxctl"))
            .dns_timeout(setup)
            .socket_connection_setup_timeout(setup, setup_max)
            .request_timeout(or("request.timeout.ms", 30_000))
            .reconnect_backoff(or("reconnect.backoff.ms", 50), or("reconnect.backoff.max.ms", 1_000))
            .retry_backoff(or("retry.backoff.ms", 100), or("retry.backoff.max.ms", 1_000))
            .metadata_max_age(or("metadata.max.age.ms", 300_000))
            .connections_max_idle(or("connections.max.idle.ms", 540_000))
            .socket_buffers(self.size("send.buffer.bytes"), self.size("receive.buffer.bytes"));
        if self.text("client.dns.lookup").is_some_and(|value| value.eq_ignore_ascii_case("first")) {
            builder = builder.dns_lookup(DnsLookup::FirstAddress);
        }
        builder
    }

    /// The properties of a producer, over the client's defaults.
    pub(crate) fn producer_config(self) -> ProducerConfig {
        let mut config = ProducerConfig::default();
        set(&mut config.linger, self.duration("linger.ms"));
        set(&mut config.delivery_timeout, self.duration("delivery.timeout.ms"));
        set(&mut config.request_timeout, self.duration("request.timeout.ms"));
        set(&mut config.max_block, self.duration("max.block.ms"));
        set(&mut config.batch_size, self.size("batch.size"));
        set(&mut config.max_in_flight, self.size("max.in.flight.requests.per.connection"));
        set(&mut config.max_request_size, self.size("max.request.size"));
        set(&mut config.buffer_memory, self.size("buffer.memory"));
        set(&mut config.idempotence, self.text("enable.idempotence").map(|value| value == "true"));
        set(&mut config.acks, self.text("acks").map(acks));
        set(&mut config.compression, self.text("compression.type").map(compression));
        config
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn acks(value: &str) -> Acks {
    match value {
        "0" => Acks::None,
        "1" => Acks::Leader,
        _ => Acks::All,
    }
}

fn compression(value: &str) -> Compression {
    match value.to_ascii_lowercase().as_str() {
        "gzip" => Compression::Gzip,
        "snappy" => Compression::Snappy,
        "lz4" => Compression::Lz4,
        "zstd" => Compression::Zstd,
        _ => Compression::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(flag: &str) -> CommandError {
        parse_flags(&[flag.to_owned()]).unwrap_err()
    }

    #[test]
    fn flags_are_checked_by_key_and_value() {
        let flags = ["linger.ms=5", "acks=ALL", "linger.ms=7", "client.id=a=b"].map(str::to_owned);
        let properties = parse_flags(&flags).unwrap();
        assert_eq!((properties["linger.ms"].as_str(), properties["client.id"].as_str()), ("7", "a=b"));
        assert_eq!(refused("lingr.ms=5").hint.as_deref(), Some("did you mean `linger.ms`?"));
        assert_eq!(refused("linger.ms").source.to_string(), "`-X linger.ms` is not of the form KEY=VALUE");
        assert_eq!(
            refused("linger.ms=soon").source.to_string(),
            "`-X linger.ms=soon` cannot be used: the values of `linger.ms` are: milliseconds"
        );
        assert!(refused("security.protocol=ssl").source.to_string().contains("plaintext only"));
    }

    #[test]
    fn every_default_is_a_value() {
        for property in PROPERTIES {
            assert!(property.value.accepts(property.default), "{}", property.name);
        }
    }

    #[test]
    fn properties_reach_the_producer() {
        let set = |value: &str| Resolved { value: value.to_owned(), origin: Origin::Flag };
        let values = BTreeMap::from([
            ("linger.ms".to_owned(), set("7")),
            ("acks".to_owned(), set("1")),
            ("compression.type".to_owned(), set("ZSTD")),
            ("enable.idempotence".to_owned(), set("false")),
            ("batch.size".to_owned(), set("99")),
        ]);
        let config = Properties::new(&values).producer_config();
        assert_eq!((config.linger.as_millis(), config.acks, config.batch_size), (7, Acks::Leader, 99));
        assert_eq!((config.compression, config.idempotence), (Compression::Zstd, false));
    }
}
