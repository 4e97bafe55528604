//! One record as one line of JSON that loses nothing.
//!
//! ```json
//! {"topic":"t","partition":0,"offset":42,"timestamp":1700000000000,"ts_type":"create","leader_epoch":0,
//!  "key":"k","value":"v","headers":[["h1","v1"],["h1",null]],"key_enc":"utf8","value_enc":"utf8"}
//! ```
//! Bytes that are no UTF-8 go as base64 (`"value_enc":"base64"`), null is `null`
//! (`"value_enc":"null"`), and a header with such bytes has its encodings as third (value) and
//! fourth (key) element.

use base64::{Engine, engine::general_purpose::STANDARD};
use fluxmq_protocol::record::{Header, TimestampType};
use serde_json::value::RawValue;

use super::RecordView;
use crate::format::number::NumberFormat;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ValueForm {
    /// As a JSON string.
    #[default]
    Text,
    /// As it is where it is JSON (`--json-values`), else as a string.
    Json,
}

/// Appends the record without a line break at its end.
pub(crate) fn write(record: &RecordView<'_>, form: ValueForm, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"topic\":");
    write_string(record.topic, out);
    write_number(b",\"partition\":", i64::from(record.partition), out);
    write_number(b",\"offset\":", record.offset, out);
    write_number(b",\"timestamp\":", record.timestamp_ms, out);
    out.extend_from_slice(match record.timestamp_type {
        TimestampType::CreateTime => b",\"ts_type\":\"create\",\"leader_epoch\":",
        TimestampType::LogAppendTime => b",\"ts_type\":\"append\",\"leader_epoch\":",
    });
    NumberFormat::Ascii.write(i64::from(record.leader_epoch), out);
    out.extend_from_slice(b",\"key\":");
    let key_encoding = write_bytes(record.key, out);
    out.extend_from_slice(b",\"value\":");
    let value_encoding = match record.value {
        Some(value) if form == ValueForm::Json && is_plain_json(value) => {
            out.extend_from_slice(value);
            "json"
        }
        value => write_bytes(value, out),
    };
    out.extend_from_slice(b",\"headers\":[");
    for (index, header) in record.headers.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_header(header, out);
    }
    out.extend_from_slice(b"],\"key_enc\":\"");
    out.extend_from_slice(key_encoding.as_bytes());
    out.extend_from_slice(b"\",\"value_enc\":\"");
    out.extend_from_slice(value_encoding.as_bytes());
    out.extend_from_slice(b"\"}");
}

fn write_number(name: &[u8], number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    NumberFormat::Ascii.write(number, out);
}

/// `[key, value]`, with `value encoding, key encoding` after it where they are not plain.
fn write_header(header: &Header, out: &mut Vec<u8>) {
    out.push(b'[');
    let key_encoding = write_bytes(Some(&header.key), out);
    out.push(b',');
    let value_encoding = write_bytes(header.value.as_deref(), out);
    if key_encoding == "base64" || value_encoding == "base64" {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(value_encoding.as_bytes());
        out.push(b'"');
    }
    if key_encoding == "base64" {
        out.extend_from_slice(b",\"base64\"");
    }
    out.push(b']');
}

/// Appends bytes as a JSON value and names the encoding.
fn write_bytes(bytes: Option<&[u8]>, out: &mut Vec<u8>) -> &'static str {
    let Some(bytes) = bytes else {
        out.extend_from_slice(b"null");
        return "null";
    };
    if let Ok(text) = std::str::from_utf8(bytes) {
        write_string(text, out);
        return "utf8";
    }
    out.push(b'"');
    out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
    out.push(b'"');
    "base64"
}

pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    let needs_escape = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(needs_escape) {
        let (plain, from) = rest.split_at(at);
        out.extend_from_slice(plain);
        if let Some((byte, after)) = from.split_first() {
            write_escape(*byte, out);
            rest = after;
        }
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        b'"' | b'\\' => out.extend([b'\\', byte]),
        control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
    }
}

/// Whether the bytes can stand in a line of JSON and come back as they are: one JSON value, on
/// one line, without space around it, and not `null`, which means something else here.
fn is_plain_json(bytes: &[u8]) -> bool {
    let is_edge_plain = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_whitespace());
    is_edge_plain(bytes.first())
        && is_edge_plain(bytes.last())
        && bytes != b"null"
        && !bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r'))
        && serde_json::from_slice::<&RawValue>(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn the_documented_line() {
        let header = |value: Option<&'static str>| Header {
            key: Bytes::from_static(b"h1"),
            value: value.map(|value| Bytes::from_static(value.as_bytes())),
        };
        let headers = [header(Some("v1")), header(None)];
        let record = RecordView {
            timestamp_ms: 1_700_000_000_000,
            leader_epoch: 0,
            key: Some(b"k"),
            value: Some(b"v"),
            headers: &headers,
            ..RecordView::new("t", 0, 42)
        };
        let mut out = Vec::new();
        write(&record, ValueForm::Text, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"topic":"t","partition":0,"offset":42,"timestamp":1700000000000,"ts_type":"create","leader_epoch":0,"key":"k","value":"v","headers":[["h1","v1"],["h1",null]],"key_enc":"utf8","value_enc":"utf8"}"#
        );
    }

    #[test]
    fn bytes_null_and_json_are_told_apart() {
        let line = |key, value, form| {
            let record = RecordView { key, value, ..RecordView::new("t", 0, 0) };
            let mut out = Vec::new();
            write(&record, form, &mut out);
            let line = String::from_utf8(out).unwrap();
            line.split_once("\"key\":").unwrap().1.to_owned()
        };
        assert_eq!(
            line(None, Some(b"\xff\x00"), ValueForm::Text),
            r#"null,"value":"/wA=","headers":[],"key_enc":"null","value_enc":"base64"}"#
        );
        assert_eq!(
            line(Some(b""), Some(br#"{"a": 1.50}"#), ValueForm::Json),
            r#""","value":{"a": 1.50},"headers":[],"key_enc":"utf8","value_enc":"json"}"#
        );
        for value in [&b"null"[..], b" 1", b"{\n}", b"{broken", b""] {
            let ending = r#""headers":[],"key_enc":"null","value_enc":"utf8"}"#;
            assert!(line(None, Some(value), ValueForm::Json).ends_with(ending), "{value:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn strings_are_escaped_as_json(text in "\\PC{0,20}|[\\x00-\\x7f]{0,20}") {
            let mut out = Vec::new();
            write_string(&text, &mut out);
            proptest::prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
