//! Records as rows of a table that grows as they come, so its columns have fixed widths.

use super::RecordView;
use crate::format::time::TimeFormat;

const TOPIC_WIDTH: usize = 20;
const PARTITION_WIDTH: usize = 9;
const OFFSET_WIDTH: usize = 12;
const TIMESTAMP_WIDTH: usize = 24;
const KEY_WIDTH: usize = 16;

/// What the table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TableLayout {
    /// With one topic only, its name says nothing.
    pub(crate) shows_topic: bool,
    pub(crate) shows_names: bool,
    /// Columns of the terminal; rows are cut there. `None` cuts nothing.
    pub(crate) width: Option<usize>,
}

impl TableLayout {
    pub(crate) fn write_names(self, out: &mut Vec<u8>) {
        if !self.shows_names {
            return;
        }
        let mut row = Row::default();
        if self.shows_topic {
            row.left("TOPIC", TOPIC_WIDTH);
        }
        row.right("PARTITION", PARTITION_WIDTH);
        row.right("OFFSET", OFFSET_WIDTH);
        row.left("TIMESTAMP", TIMESTAMP_WIDTH);
        row.left("KEY", KEY_WIDTH);
        row.last("VALUE");
        row.finish(self.width, out);
    }

    pub(crate) fn write_row(self, record: &RecordView<'_>, out: &mut Vec<u8>) {
        let mut timestamp = Vec::with_capacity(TIMESTAMP_WIDTH);
        TimeFormat::Rfc3339Ms.write(record.timestamp_ms, &mut timestamp);
        let mut row = Row::default();
        if self.shows_topic {
            row.left(record.topic, TOPIC_WIDTH);
        }
        row.right(&record.partition.to_string(), PARTITION_WIDTH);
        row.right(&record.offset.to_string(), OFFSET_WIDTH);
        row.left(&String::from_utf8_lossy(&timestamp), TIMESTAMP_WIDTH);
        row.left(&one_line(record.key), KEY_WIDTH);
        row.last(&one_line(record.value));
        row.finish(self.width, out);
    }
}

/// Text without what would break the row; null is `-`.
fn one_line(bytes: Option<&[u8]>) -> String {
    let Some(bytes) = bytes else { return "-".to_owned() };
    let mut line = String::with_capacity(bytes.len());
    for character in String::from_utf8_lossy(bytes).chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

#[derive(Debug, Default)]
struct Row {
    text: String,
}

impl Row {
    /// A column that is wider than its place pushes the others rather than losing characters.
    fn left(&mut self, text: &str, width: usize) {
        self.text.push_str(text);
        let padding = width.saturating_sub(text.chars().count());
        self.text.extend(std::iter::repeat_n(' ', padding + 2));
    }

    fn right(&mut self, text: &str, width: usize) {
        let padding = width.saturating_sub(text.chars().count());
        self.text.extend(std::iter::repeat_n(' ', padding));
        self.text.push_str(text);
        self.text.push_str("  ");
    }

    fn last(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn finish(self, width: Option<usize>, out: &mut Vec<u8>) {
        let end = width
            .and_then(|width| self.text.char_indices().nth(width))
            .map_or(self.text.len(), |(end, _)| end);
        out.extend_from_slice(self.text.get(..end).unwrap_or(&self.text).trim_end().as_bytes());
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_on_one_line_and_end_with_the_terminal() {
        let record = RecordView { key: None, value: Some(b"a\nb\x1b\xff!"), ..RecordView::new("t", 0, 7) };
        let mut out = Vec::new();
        TableLayout::default().write_row(&record, &mut out);
        let row = String::from_utf8(out).unwrap();
        assert!(row.ends_with("-                 a\\nb\\u{1b}\u{fffd}!\n"), "{row}");
        let mut out = Vec::new();
        TableLayout { width: Some(25), ..TableLayout::default() }.write_row(&record, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "        0             7\n");
    }
}
