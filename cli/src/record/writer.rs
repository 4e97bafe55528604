//! Shows records one after the other in the form that was asked for.

use super::{RecordView, json, json::ValueForm, table::TableLayout};
use crate::format::{OutputFormat, text};

/// The forms of `consume -O`, and `-f`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecordForm {
    /// By a format; the default is the value and a line break.
    Format(OutputFormat),
    /// The value alone, nothing after it.
    Raw,
    Table,
    /// One array.
    Json {
        is_indented: bool,
        values: ValueForm,
    },
    /// One line each.
    Ndjson {
        values: ValueForm,
    },
    /// One sequence.
    Yaml,
}

/// Appends records to a buffer that the caller hands on to standard output.
#[derive(Debug)]
pub(crate) struct RecordWriter {
    form: RecordForm,
    layout: TableLayout,
    count: u64,
    line: Vec<u8>,
}

impl RecordWriter {
    pub(crate) fn new(form: RecordForm, layout: TableLayout) -> Self {
        Self { form, layout, count: 0, line: Vec::new() }
    }

    /// Appends what stands before the first record, if the form has something.
    pub(crate) fn begin(&mut self, out: &mut Vec<u8>) {
        match &self.form {
            RecordForm::Table => self.layout.write_names(out),
            RecordForm::Json { .. } => out.push(b'['),
            _ => {}
        }
    }

    pub(crate) fn write(&mut self, record: &RecordView<'_>, out: &mut Vec<u8>) {
        self.count += 1;
        match &self.form {
            RecordForm::Format(format) => format.write(record, self.count, out),
            RecordForm::Raw => out.extend_from_slice(record.value.unwrap_or_default()),
            RecordForm::Table => self.layout.write_row(record, out),
            RecordForm::Ndjson { values } => {
                json::write(record, *values, out);
                out.push(b'\n');
            }
            RecordForm::Json { is_indented, values } => {
                out.extend_from_slice(match (self.count, is_indented) {
                    (1, false) => b"\n",
                    (1, true) => b"\n  ",
                    (_, false) => b",\n",
                    (_, true) => b",\n  ",
                });
                self.line.clear();
                json::write(record, *values, &mut self.line);
                if *is_indented { write_indented(&self.line, out) } else { out.extend_from_slice(&self.line) }
            }
            RecordForm::Yaml => {
                self.line.clear();
                json::write(record, ValueForm::Text, &mut self.line);
                write_yaml(&self.line, out);
            }
        }
    }

    /// Appends what stands after the last record.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) {
        match &self.form {
            RecordForm::Json { .. } if self.count == 0 => out.extend_from_slice(b"]\n"),
            RecordForm::Json { .. } => out.extend_from_slice(b"\n]\n"),
            RecordForm::Yaml if self.count == 0 => out.extend_from_slice(b"[]\n"),
            _ => {}
        }
    }
}

/// One record as an element of an indented array.
fn write_indented(line: &[u8], out: &mut Vec<u8>) {
    let mut indented = Vec::with_capacity(2 * line.len());
    text::write(&[text::TextFormat::Json], line, &mut indented);
    for byte in indented {
        out.push(byte);
        if byte == b'\n' {
            out.extend_from_slice(b"  ");
        }
    }
}

/// One record as an element of a YAML sequence.
fn write_yaml(line: &[u8], out: &mut Vec<u8>) {
    let text = serde_json::from_slice::<serde_json::Value>(line)
        .map_err(|error| error.to_string())
        .and_then(|value| serde_yaml::to_string(&[value]).map_err(|error| error.to_string()));
    if let Ok(text) = text {
        out.extend_from_slice(text.as_bytes());
    } else {
        // The line was written by this program; should it ever be wrong, it is shown as it is.
        out.extend_from_slice(b"- ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: RecordForm, records: usize) -> String {
        let record = RecordView {
            timestamp_ms: 1_700_000_000_123,
            leader_epoch: 0,
            key: Some(b"k"),
            value: Some(b"{\"a\":1.50}"),
            ..RecordView::new("orders", 2, 42)
        };
        let layout = TableLayout { shows_topic: true, shows_names: true, width: None };
        let mut writer = RecordWriter::new(form, layout);
        let mut out = Vec::new();
        writer.begin(&mut out);
        for _ in 0..records {
            writer.write(&record, &mut out);
        }
        writer.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    const LINE: &str = r#"{"topic":"orders","partition":2,"offset":42,"timestamp":1700000000123,"ts_type":"create","leader_epoch":0,"key":"k","value":"{\"a\":1.50}","headers":[],"key_enc":"utf8","value_enc":"utf8"}"#;

    #[test]
    fn text_and_raw() {
        let format = OutputFormat::parse(r"%i %k\n").unwrap();
        assert_eq!(written(RecordForm::Format(format), 2), "1 k\n2 k\n");
        assert_eq!(written(RecordForm::Raw, 2), "{\"a\":1.50}{\"a\":1.50}");
    }

    #[test]
    fn json_is_valid_with_any_number_of_records() {
        let values = ValueForm::Text;
        assert_eq!(written(RecordForm::Ndjson { values }, 2), format!("{LINE}\n{LINE}\n"));
        assert_eq!(
            written(RecordForm::Json { is_indented: false, values }, 2),
            format!("[\n{LINE},\n{LINE}\n]\n")
        );
        for is_indented in [false, true] {
            for (count, values) in [(0, ValueForm::Text), (1, ValueForm::Json), (3, ValueForm::Text)] {
                let text = written(RecordForm::Json { is_indented, values }, count);
                let parsed: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
                assert_eq!(parsed.len(), count);
            }
        }
        let embedded = written(RecordForm::Json { is_indented: true, values: ValueForm::Json }, 1);
        assert!(embedded.contains("    \"value\": {\n      \"a\": 1.50\n    },\n"), "{embedded}");
    }

    #[test]
    fn yaml_is_one_sequence() {
        for count in [0, 1, 3] {
            let parsed: Vec<serde_json::Value> =
                serde_yaml::from_str(&written(RecordForm::Yaml, count)).unwrap();
            assert_eq!(parsed.len(), count);
            assert!(parsed.iter().all(|record| record["value"] == "{\"a\":1.50}"));
        }
    }

    #[test]
    fn a_table_has_names_and_rows() {
        assert_eq!(
            written(RecordForm::Table, 1),
            concat!(
                "TOPIC                 PARTITION        OFFSET  TIMESTAMP                 KEY               VALUE\n",
                "orders                        2            42  2023-11-14T22:13:20.123Z  k                 {\"a\":1.50}\n",
            )
        );
    }
}
