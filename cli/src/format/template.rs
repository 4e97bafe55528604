//! Fluvio's spelling of a format: `{{key}} {{value}} {{offset}} {{partition}} {{time}}`.
//!
//! A line break follows each record. Backslash escapes work as everywhere.

use crate::grammar::{SyntaxError, syntax::Cursor};

use super::{
    escape,
    number::NumberFormat,
    output::{Item, NumberField, TextField},
    time::TimeFormat,
};

const NAMES: [&str; 7] = ["key", "value", "topic", "offset", "partition", "time", "timestamp"];

/// Whether a format is one of these rather than of the `%` language.
pub(super) fn is_template(text: &str) -> bool {
    NAMES.iter().any(|name| text.contains(&format!("{{{{{name}}}}}")))
}

pub(super) fn items(cursor: &mut Cursor<'_>) -> Result<Vec<Item>, SyntaxError> {
    let mut items = Vec::new();
    let mut literal = Vec::new();
    while let Some(next) = cursor.peek() {
        if next == '\\' {
            literal.push(escape::escaped(cursor)?);
        } else if cursor.eat("{{") {
            if !literal.is_empty() {
                items.push(Item::Literal(std::mem::take(&mut literal)));
            }
            items.push(field(cursor)?);
        } else {
            literal.extend_from_slice(cursor.take_bytes(next.len_utf8()).as_bytes());
        }
    }
    literal.push(b'\n');
    items.push(Item::Literal(literal));
    Ok(items)
}

fn field(cursor: &mut Cursor<'_>) -> Result<Item, SyntaxError> {
    let from = cursor.at();
    let name = cursor.take_while(|c| c != '}').trim();
    let item = match name {
        "key" => Item::Text(TextField::Key, Vec::new()),
        "value" => Item::Text(TextField::Value, Vec::new()),
        "topic" => Item::Text(TextField::Topic, Vec::new()),
        "offset" => Item::Number(NumberField::Offset, NumberFormat::Ascii),
        "partition" => Item::Number(NumberField::Partition, NumberFormat::Ascii),
        "time" => Item::Time(TimeFormat::Rfc3339Ms),
        "timestamp" => Item::Time(TimeFormat::default()),
        other => {
            let known = NAMES.join(", ");
            return Err(cursor.error_at(from, format!("there is no `{{{{{other}}}}}` (there are {known})")));
        }
    };
    if cursor.eat("}}") { Ok(item) } else { Err(cursor.error("the closing `}}` is missing")) }
}

#[cfg(test)]
mod tests {
    use crate::{format::OutputFormat, record::RecordView};

    #[test]
    fn every_name() {
        let record = RecordView {
            timestamp_ms: 1_700_000_000_123,
            key: Some(b"k"),
            value: Some(b"v"),
            ..RecordView::new("t", 1, 2)
        };
        let format = OutputFormat::parse(
            r"{{topic}}/{{ partition }}@{{offset}}\t{{key}}={{value}} 100% {{time}} {{timestamp}}",
        );
        let mut out = Vec::new();
        format.unwrap().write(&record, 1, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "t/1@2\tk=v 100% 2023-11-14T22:13:20.123Z 1700000000123\n"
        );
    }

    #[test]
    fn mistakes_name_their_place() {
        let error = OutputFormat::parse("{{key}} {{vlaue}}").unwrap_err().to_string();
        assert_eq!(
            error,
            r"format `{{key}} {{vlaue}}`: there is no `{{vlaue}}` (there are key, value, topic, offset, partition, time, timestamp) at character 11; for example `%k %v\n`"
        );
    }
}
