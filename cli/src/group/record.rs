//! A record in a few words, for those who look where a group stands.

use fluxmq_client::{ConsumerRecord, TopicPartition};
use serde::Serialize;
use serde_json::Value;

use crate::format::time;
use crate::output::{Column, View};
use crate::record::RecordView;
use crate::record::json::{self, ValueForm};

/// How much of a key or value a table shows.
const SHOWN_CHARACTERS: usize = 40;

/// A record where a group stands, or near it.
#[derive(Debug, Serialize)]
pub(crate) struct RecordRow {
    group: String,
    /// `before` what is committed, `next` to be read, or `after` that; `skipped` where that was asked for.
    place: &'static str,
    /// The record as everywhere else in JSON.
    #[serde(flatten)]
    whole: Value,
    #[serde(skip)]
    name: TopicPartition,
    #[serde(skip)]
    offset: i64,
    #[serde(skip)]
    timestamp: Option<i64>,
    #[serde(skip)]
    key: String,
    #[serde(skip)]
    value: String,
}

impl RecordRow {
    pub(crate) fn new(group: &str, place: &'static str, record: &ConsumerRecord) -> Self {
        RecordRow {
            group: group.to_owned(),
            place,
            whole: whole(record),
            name: TopicPartition::new(&*record.topic, record.partition),
            offset: record.offset,
            timestamp: (record.timestamp >= 0).then_some(record.timestamp),
            key: cell(record.key_str().as_deref()),
            value: cell(record.value_str().as_deref()),
        }
    }

    /// The first and last cells of a table's row about this record.
    pub(crate) fn short_cells(&self) -> [String; 3] {
        [time::rfc3339(self.timestamp), self.key.clone(), self.value.clone()]
    }
}

impl View for RecordRow {
    const COLUMNS: &'static [Column] = &[
        Column::new("PLACE"),
        Column::new("TOPIC"),
        Column::number("PARTITION"),
        Column::number("OFFSET"),
        Column::new("TIMESTAMP"),
        Column::new("KEY"),
        Column::new("VALUE"),
    ];

    fn name(&self) -> String {
        format!("{}:{}", self.name, self.offset)
    }

    fn cells(&self) -> Vec<String> {
        let [timestamp, key, value] = self.short_cells();
        let TopicPartition { topic, partition } = self.name.clone();
        let offset = self.offset.to_string();
        vec![self.place.to_owned(), topic, partition.to_string(), offset, timestamp, key, value]
    }
}

/// The record's line of JSON, as `consume -O ndjson` writes it.
pub(crate) fn whole(record: &ConsumerRecord) -> Value {
    let view = RecordView {
        timestamp_ms: record.timestamp,
        timestamp_type: record.timestamp_type,
        leader_epoch: record.leader_epoch,
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        headers: &record.headers,
        ..RecordView::new(&record.topic, record.partition, record.offset)
    };
    let mut line = Vec::new();
    json::write(&view, ValueForm::Text, &mut line);
    serde_json::from_slice(&line).unwrap_or_default()
}

/// The first characters of a text, on one line; null is `-`.
fn cell(text: Option<&str>) -> String {
    let Some(text) = text else { return "-".to_owned() };
    let mut shown = String::new();
    for character in text.chars().take(SHOWN_CHARACTERS) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if text.chars().count() > SHOWN_CHARACTERS {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_short_and_on_one_line() {
        assert_eq!(cell(None), "-");
        assert_eq!(cell(Some("a\nb")), "a\\nb");
        assert_eq!(cell(Some(&"x".repeat(41))), format!("{}…", "x".repeat(40)));
    }
}
