//! Records from lines of JSON, as [`super::json`] writes them.
//!
//! `value` must be there (`null` is a tombstone), everything else may be left out. `offset`,
//! `ts_type`, `leader_epoch` and what is not known are read over.

use std::{borrow::Cow, io::Read};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use fluxmq_protocol::record::Header;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{InputError, NewRecord, RecordReader, source::Source};

/// Reads one record a line; empty lines are read over.
#[derive(Debug)]
pub(crate) struct JsonReader<R> {
    source: Source<R>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    topic: Option<Cow<'a, str>>,
    #[serde(default)]
    partition: Option<i32>,
    #[serde(default)]
    timestamp: Option<i64>,
    #[serde(borrow, default)]
    key: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    value: Option<&'a RawValue>,
    #[serde(borrow, default)]
    headers: Vec<Vec<Option<Cow<'a, str>>>>,
    #[serde(default)]
    key_enc: Option<Encoding>,
    #[serde(default)]
    value_enc: Option<Encoding>,
}

/// Keeps an explicit `null` apart from a field that is missing.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    Utf8,
    Base64,
    Json,
    Null,
}

impl<R: Read> JsonReader<R> {
    pub(crate) fn new(source: Source<R>) -> Self {
        Self { source }
    }
}

impl<R: Read> RecordReader for JsonReader<R> {
    fn read(&mut self) -> Result<Option<NewRecord>, InputError> {
        loop {
            let line_number = self.source.line();
            let Some(line) = self.source.take_until(b"\n")? else { return Ok(None) };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return match record(&line) {
                Ok(record) => Ok(Some(NewRecord { line: line_number, ..record })),
                Err((column, reason)) => Err(self.source.malformed(line_number, column, reason)),
            };
        }
    }
}

/// One line; an error has its column, from 1.
fn record(line: &[u8]) -> Result<NewRecord, (u64, String)> {
    let whole = |reason: String| (1, reason);
    let fields: Line<'_> = serde_json::from_slice(line).map_err(|error| {
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or_default();
        (error.column().max(1) as u64, format!("not a record in JSON: {reason}"))
    })?;
    let Some(value) = fields.value else {
        return Err(whole("the record has no `value`; a tombstone says `\"value\":null`".to_owned()));
    };
    let key = fields.key.map(|key| bytes("key", key, fields.key_enc)).transpose().map_err(whole)?;
    Ok(NewRecord {
        topic: fields.topic.map(Cow::into_owned),
        partition: fields.partition,
        key: key.flatten(),
        value: bytes("value", value, fields.value_enc).map_err(whole)?,
        headers: fields.headers.iter().map(|parts| header(parts)).collect::<Result<_, _>>().map_err(whole)?,
        timestamp_ms: fields.timestamp,
        line: 0,
    })
}

fn bytes(name: &str, raw: &RawValue, encoding: Option<Encoding>) -> Result<Option<Bytes>, String> {
    let json = raw.get();
    let encoding = encoding.unwrap_or(match json.as_bytes().first() {
        Some(b'"') => Encoding::Utf8,
        Some(b'n') => Encoding::Null,
        _ => Encoding::Json,
    });
    if encoding == Encoding::Json {
        return Ok(Some(Bytes::copy_from_slice(json.as_bytes())));
    }
    if (json == "null") != (encoding == Encoding::Null) {
        return Err(format!("`{name}` and `{name}_enc` do not agree on null"));
    }
    if encoding == Encoding::Null {
        return Ok(None);
    }
    let text: Cow<'_, str> = serde_json::from_str::<Text<'_>>(json)
        .map_err(|_| format!("`{name}` is no string as `{name}_enc` says"))?
        .0;
    plain(name, &text, encoding).map(Some)
}

/// A string that borrows where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn plain(name: &str, text: &str, encoding: Encoding) -> Result<Bytes, String> {
    if encoding == Encoding::Base64 {
        return STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(|error| format!("`{name}` is no base64: {error}"));
    }
    Ok(Bytes::copy_from_slice(text.as_bytes()))
}

/// `[key, value]`, `[key, value, value encoding]` or `[key, value, value encoding, key encoding]`.
fn header(parts: &[Option<Cow<'_, str>>]) -> Result<Header, String> {
    let encoding = |index: usize| match parts.get(index).map(Option::as_deref) {
        None | Some(Some("utf8" | "null")) => Ok(Encoding::Utf8),
        Some(Some("base64")) => Ok(Encoding::Base64),
        Some(other) => Err(format!(
            "a header has the encoding `{}`; known are utf8, base64, null",
            other.unwrap_or("null")
        )),
    };
    let (Some(Some(key)), Some(value), ..=4) = (parts.first(), parts.get(1), parts.len()) else {
        return Err("a header is no pair like `[\"key\",\"value\"]`".to_owned());
    };
    Ok(Header {
        key: plain("headers", key, encoding(3)?)?,
        value: value.as_ref().map(|value| plain("headers", value, encoding(2)?)).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            RecordView,
            json::{self, ValueForm},
        },
        *,
    };
    use proptest::prelude::*;

    fn read_all(text: &str) -> Vec<Result<NewRecord, String>> {
        let mut reader = JsonReader::new(Source::new("in.ndjson", text.as_bytes()));
        std::iter::from_fn(|| reader.read().map_err(|error| error.to_string()).transpose()).collect()
    }

    #[test]
    fn left_out_fields_are_absent_and_null_is_null() {
        let records = read_all(
            "{\"value\":\"v\"}\n\n{\"key\":\"\",\"value\":null,\"extra\":1}\n{\"value\":{\"a\": 1}}",
        );
        let record = |key: Option<&'static str>, value: Option<&'static str>, line| NewRecord {
            key: key.map(Bytes::from_static_text),
            value: value.map(Bytes::from_static_text),
            line,
            ..NewRecord::default()
        };
        assert_eq!(
            records,
            [
                Ok(record(None, Some("v"), 1)),
                Ok(record(Some(""), None, 3)),
                Ok(record(None, Some("{\"a\": 1}"), 4))
            ]
        );
    }

    trait FromStaticText {
        fn from_static_text(text: &'static str) -> Bytes;
    }
    impl FromStaticText for Bytes {
        fn from_static_text(text: &'static str) -> Bytes {
            Bytes::from_static(text.as_bytes())
        }
    }

    #[test]
    fn mistakes_have_line_and_column_and_the_next_line_is_read() {
        let records = read_all(concat!(
            "{\"value\":1\n",
            "{\"key\":\"k\"}\n",
            "{\"value\":\"!\",\"value_enc\":\"base64\"}\n",
            "{\"value\":\"v\",\"value_enc\":\"null\"}\n",
            "{\"value\":\"v\",\"headers\":[[\"a\"]]}\n",
            "{\"value\":\"last\"}\n",
        ));
        let errors: Vec<_> = records.iter().filter_map(|record| record.as_ref().err().cloned()).collect();
        assert_eq!(
            errors,
            [
                "in.ndjson:1:10: not a record in JSON: EOF while parsing an object",
                "in.ndjson:2:1: the record has no `value`; a tombstone says `\"value\":null`",
                "in.ndjson:3:1: `value` is no base64: Invalid symbol 33, offset 0.",
                "in.ndjson:4:1: `value` and `value_enc` do not agree on null",
                "in.ndjson:5:1: a header is no pair like `[\"key\",\"value\"]`",
            ]
        );
        assert!(records.last().unwrap().is_ok());
    }

    fn any_bytes() -> impl Strategy<Value = Bytes> {
        let json =
            prop::sample::select(vec!["null", "{}", "[1, 2.50]", "\"s\"", "true", " 1 ", "{\n}", "1e400"]);
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..20).prop_map(Bytes::from),
            any::<String>().prop_map(Bytes::from),
            json.prop_map(|text| Bytes::from_static(text.as_bytes())),
        ]
    }

    fn any_header() -> impl Strategy<Value = Header> {
        let key = prop_oneof![Just(Bytes::from_static(b"same")), any_bytes()];
        (key, prop::option::of(any_bytes())).prop_map(|(key, value)| Header { key, value })
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back_unchanged(
            topic in any::<String>(), partition: i32, offset: i64, timestamp_ms: i64,
            key in prop::option::of(any_bytes()), value in prop::option::of(any_bytes()),
            headers in prop::collection::vec(any_header(), 0..4), embeds: bool,
        ) {
            let view = RecordView {
                timestamp_ms, key: key.as_deref(), value: value.as_deref(), headers: &headers,
                ..RecordView::new(&topic, partition, offset)
            };
            let mut line = Vec::new();
            json::write(&view, if embeds { ValueForm::Json } else { ValueForm::Text }, &mut line);
            prop_assert!(!line.contains(&b'\n'));
            let mut reader = JsonReader::new(Source::new("", line.as_slice()));
            let expected = NewRecord {
                topic: Some(topic), partition: Some(partition), key, value, headers,
                timestamp_ms: Some(timestamp_ms), line: 1,
            };
            prop_assert_eq!(reader.read().unwrap(), Some(expected));
            prop_assert_eq!(reader.read().unwrap(), None);
        }
    }
}
