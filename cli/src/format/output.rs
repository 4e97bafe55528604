//! `consume -f`: a record as bytes.
//!
//! ```text
//! %t %T topic, its length      %o offset                    %d{...} timestamp (milliseconds)
//! %k %K key, its length        %p partition                 %a{...} compression, timestamp-type,
//! %v %V value, its length      %e leader epoch                      transactional-bit, control-bit
//! %h{...} headers, each so     %x %y producer id, epoch     %[ %| %] log start offset, last stable
//! %H number of headers         %i records shown, from 1             offset, high watermark
//! ```
//! Lengths are those of the raw bytes: `%T %t{hex}` of `foo` is `3 666f6f`. Modifiers are those of
//! [`super::number`], [`super::text`] and [`super::time`].

use crate::{
    grammar::{SyntaxError, syntax::Cursor},
    record::RecordView,
};

use super::{
    number::{self, NumberFormat},
    pattern::{self, Modifier, Token, Verb},
    template,
    text::{self, TextFormat},
    time::TimeFormat,
};

pub(crate) const SUBJECT: &str = "format";
const EXAMPLE: &str = r"%k %v\n";

/// A format, ready to write records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputFormat {
    items: Vec<Item>,
    /// What a null key or value looks like; by default nothing.
    pub(crate) null_text: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Literal(Vec<u8>),
    Text(TextField, Vec<TextFormat>),
    Number(NumberField, NumberFormat),
    Time(TimeFormat),
    CompressionName,
    Headers(Vec<Item>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextField {
    Topic,
    Key,
    Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberField {
    TopicLength,
    KeyLength,
    ValueLength,
    HeaderCount,
    Partition,
    Offset,
    LeaderEpoch,
    ProducerId,
    ProducerEpoch,
    LogStartOffset,
    LastStableOffset,
    HighWatermark,
    /// How many records were shown, this one included.
    Count,
    Compression,
    TimestampType,
    Transactional,
    Control,
}

impl OutputFormat {
    /// Parses the language above, or the `{{key}} {{value}}` templates of [`template`].
    pub(crate) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut cursor = Cursor::new(SUBJECT, EXAMPLE, text);
        let items = if template::is_template(text) {
            template::items(&mut cursor)?
        } else {
            let tokens = pattern::tokens(&mut cursor)?;
            items(&tokens, &cursor, false)?
        };
        Ok(Self { items, null_text: Vec::new() })
    }

    /// Appends the record; `count` is how many were shown, this one included.
    pub(crate) fn write(&self, record: &RecordView<'_>, count: u64, out: &mut Vec<u8>) {
        self.write_items(&self.items, record, count, out);
    }

    fn write_items(&self, items: &[Item], record: &RecordView<'_>, count: u64, out: &mut Vec<u8>) {
        for item in items {
            match item {
                Item::Literal(bytes) => out.extend_from_slice(bytes),
                Item::Text(field, formats) => {
                    let bytes = match field {
                        TextField::Topic => Some(record.topic.as_bytes()),
                        TextField::Key => record.key,
                        TextField::Value => record.value,
                    };
                    match bytes {
                        Some(bytes) => text::write(formats, bytes, out),
                        None => out.extend_from_slice(&self.null_text),
                    }
                }
                Item::Number(field, format) => format.write(field.of(record, count), out),
                Item::Time(format) => format.write(record.timestamp_ms, out),
                Item::CompressionName => out.extend_from_slice(record.compression.name().as_bytes()),
                Item::Headers(items) => {
                    for header in record.headers {
                        let view =
                            RecordView { key: Some(&header.key), value: header.value.as_deref(), ..*record };
                        self.write_items(items, &view, count, out);
                    }
                }
            }
        }
    }
}

impl NumberField {
    fn of(self, record: &RecordView<'_>, count: u64) -> i64 {
        let length = |bytes: Option<&[u8]>| bytes.map_or(0, |bytes| bytes.len() as i64);
        match self {
            Self::TopicLength => record.topic.len() as i64,
            Self::KeyLength => length(record.key),
            Self::ValueLength => length(record.value),
            Self::HeaderCount => record.headers.len() as i64,
            Self::Partition => i64::from(record.partition),
            Self::Offset => record.offset,
            Self::LeaderEpoch => i64::from(record.leader_epoch),
            Self::ProducerId => record.producer_id,
            Self::ProducerEpoch => i64::from(record.producer_epoch),
            Self::LogStartOffset => record.log_start_offset,
            Self::LastStableOffset => record.last_stable_offset,
            Self::HighWatermark => record.high_watermark,
            Self::Count => count as i64,
            Self::Compression => i64::from(record.compression.code()),
            Self::TimestampType if record.timestamp_ms == -1 => -1,
            Self::TimestampType => record.timestamp_type as i64,
            Self::Transactional => i64::from(record.is_transactional),
            Self::Control => i64::from(record.is_control),
        }
    }
}

fn items(tokens: &[Token], cursor: &Cursor<'_>, is_header: bool) -> Result<Vec<Item>, SyntaxError> {
    tokens
        .iter()
        .map(|token| match token {
            Token::Literal(bytes) => Ok(Item::Literal(bytes.clone())),
            Token::Verb(verb) if is_header && !"kKvV".contains(verb.letter) => {
                let reason =
                    format!("`%{}` is not of a header, which has `%k`, `%K`, `%v` and `%V`,", verb.letter);
                Err(cursor.error_at(verb.at, reason))
            }
            Token::Verb(verb) => item(verb, cursor),
        })
        .collect()
}

fn item(verb: &Verb, cursor: &Cursor<'_>) -> Result<Item, SyntaxError> {
    let text = |field| text::parse(&verb.modifiers, cursor).map(|formats| Item::Text(field, formats));
    let number = |field| number_format(&verb.modifiers, cursor).map(|format| Item::Number(field, format));
    match verb.letter {
        't' => text(TextField::Topic),
        'k' => text(TextField::Key),
        'v' => text(TextField::Value),
        'T' => number(NumberField::TopicLength),
        'K' => number(NumberField::KeyLength),
        'V' => number(NumberField::ValueLength),
        'H' => number(NumberField::HeaderCount),
        'p' => number(NumberField::Partition),
        'o' => number(NumberField::Offset),
        'e' => number(NumberField::LeaderEpoch),
        'x' => number(NumberField::ProducerId),
        'y' => number(NumberField::ProducerEpoch),
        '[' => number(NumberField::LogStartOffset),
        '|' => number(NumberField::LastStableOffset),
        ']' => number(NumberField::HighWatermark),
        'i' => number(NumberField::Count),
        'd' => TimeFormat::parse(&verb.modifiers, cursor).map(Item::Time),
        'h' => items(&verb.header, cursor, true).map(Item::Headers),
        'a' => attribute(verb, cursor),
        other => {
            let reason = format!("there is no `%{other}`; a percent sign is `%%`,");
            Err(cursor.error_at(verb.at, reason))
        }
    }
}

fn attribute(verb: &Verb, cursor: &Cursor<'_>) -> Result<Item, SyntaxError> {
    const KNOWN: &str = "compression, timestamp-type, transactional-bit, control-bit";
    let Some((name, formats)) = verb.modifiers.split_first() else {
        return Err(cursor.error_at(verb.at, format!("`%a` needs an attribute in braces ({KNOWN})")));
    };
    let field = match (name.name.as_str(), &name.argument) {
        ("compression", None) if formats.is_empty() => return Ok(Item::CompressionName),
        ("compression", None) => NumberField::Compression,
        ("timestamp-type", None) => NumberField::TimestampType,
        ("transactional-bit", None) => NumberField::Transactional,
        ("control-bit", None) => NumberField::Control,
        (other, _) => {
            return Err(
                cursor.error_at(name.at, format!("there is no attribute `{other}` (there are {KNOWN})"))
            );
        }
    };
    number_format(formats, cursor).map(|format| Item::Number(field, format))
}

/// The number modifier of one verb, of which there may be one.
fn number_format(modifiers: &[Modifier], cursor: &Cursor<'_>) -> Result<NumberFormat, SyntaxError> {
    match modifiers {
        [] => Ok(NumberFormat::default()),
        [Modifier { name, argument: None, at }] => NumberFormat::from_name(name).ok_or_else(|| {
            let known = number::NAMES;
            cursor.error_at(*at, format!("there is no number modifier `{name}` (there are {known})"))
        }),
        [first, ..] => Err(cursor.error_at(first.at, "a number takes one modifier, without an argument,")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use fluxmq_protocol::record::{Compression, Header, TimestampType};

    fn written(format: &str) -> Vec<u8> {
        let header = |key: &'static str, value: Option<&'static str>| Header {
            key: Bytes::from_static(key.as_bytes()),
            value: value.map(|value| Bytes::from_static(value.as_bytes())),
        };
        let headers = [header("a", Some("1")), header("bc", None)];
        let record = RecordView {
            timestamp_ms: 1_700_000_000_123,
            timestamp_type: TimestampType::LogAppendTime,
            leader_epoch: 4,
            key: None,
            value: Some(b"a\x01b"),
            headers: &headers,
            compression: Compression::Lz4,
            is_transactional: true,
            producer_id: 77,
            producer_epoch: 5,
            log_start_offset: 10,
            last_stable_offset: 90,
            high_watermark: 99,
            ..RecordView::new("foo", 3, 42)
        };
        let mut out = Vec::new();
        OutputFormat::parse(format).unwrap_or_else(|error| panic!("{error}")).write(&record, 8, &mut out);
        out
    }

    #[test]
    fn every_verb() {
        for (format, wanted) in [
            (r"%v\n", &b"a\x01b\n"[..]),
            ("%T %t{hex}", b"3 666f6f"),
            ("[%k]%K", b"[]0"),
            ("%V{big16}%v{quoted}", b"\0\x03\"a\\u{1}b\""),
            ("%p %o %e %x %y %i", b"3 42 4 77 5 8"),
            ("%[ %| %]", b"10 90 99"),
            ("%H%h{ %k=%v{hex}(%V)}", b"2 a=31(1) bc=(0)"),
            ("%d %d{rfc3339}", b"1700000000123 2023-11-14T22:13:20Z"),
            ("%a{compression} %a{compression;number} %a{timestamp-type}", b"lz4 3 1"),
            ("%a{transactional-bit} %a{transactional-bit;bool} %a{control-bit;bool}", b"1 true false"),
            ("%% %{ %}", b"% { }"),
            ("{{offset}}:{{value}}", b"42:a\x01b\n"),
        ] {
            assert_eq!(
                written(format).escape_ascii().to_string(),
                wanted.escape_ascii().to_string(),
                "{format}"
            );
        }
    }

    #[test]
    fn null_shows_as_the_text_that_was_chosen() {
        let mut format = OutputFormat::parse("%k|%v").unwrap();
        format.null_text = b"NULL".to_vec();
        let mut out = Vec::new();
        format.write(&RecordView { key: Some(b""), ..RecordView::new("t", 0, 0) }, 1, &mut out);
        assert_eq!(out, b"|NULL");
    }

    #[test]
    fn mistakes_name_their_place() {
        for (format, wanted) in [
            ("%z", "there is no `%z`; a percent sign is `%%`, at character 1"),
            ("%o{hx}", "there is no number modifier `hx` (there are "),
            ("%o{hex;hex}", "a number takes one modifier, without an argument, at character 4"),
            ("%h{%o}", "`%o` is not of a header, which has `%k`, `%K`, `%v` and `%V`, at character 4"),
            (
                "%a",
                "`%a` needs an attribute in braces (compression, timestamp-type, transactional-bit, control-bit)",
            ),
            ("%a{codec}", "there is no attribute `codec` (there are "),
        ] {
            let error = OutputFormat::parse(format).unwrap_err().to_string();
            assert!(error.starts_with(&format!("format `{format}`: {wanted}")), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(format in "[%{}\\[\\]#;\\\\a-zA-Z]{0,30}|\\PC{0,20}") {
            if let Ok(format) = OutputFormat::parse(&format) {
                format.write(&RecordView { value: Some(b"\xff{"), ..RecordView::new("t", 0, 0) }, 1, &mut Vec::new());
            }
        }
    }
}
