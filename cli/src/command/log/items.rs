//! Batches and entries one after the other, in every form. A table's columns have fixed widths, because the rows come one by
//! one; each file begins a new one.

use fluxmq::offline::{Batch, EndOfTransaction, Item};
use serde::Serialize;

use crate::error::CommandError;
use crate::format::time::TimeFormat;
use crate::output::{Output, OutputFormat};

/// A column: its title, its width, and whether it stands to the right.
type Column = (&'static str, usize, bool);

const BATCH: &[Column] = &[
    ("POSITION", 10, true),
    ("BASE OFFSET", 12, true),
    ("LAST OFFSET", 12, true),
    ("RECORDS", 7, true),
    ("SIZE", 8, true),
    ("CODEC", 6, false),
    ("EPOCH", 5, true),
    ("MAX TIMESTAMP", 24, false),
    ("PRODUCER", 10, false),
    ("SEQUENCE", 11, false),
    ("NOTE", 0, false),
];
const OFFSET_ENTRY: &[Column] = &[("OFFSET", 12, true), ("POSITION", 10, true)];
const TIME_ENTRY: &[Column] = &[("TIMESTAMP", 24, false), ("OFFSET", 12, true)];
const ABORTED: &[Column] = &[
    ("PRODUCER", 10, true),
    ("FIRST OFFSET", 12, true),
    ("LAST OFFSET", 12, true),
    ("LAST STABLE OFFSET", 18, true),
];
const PRODUCER: &[Column] = &[
    ("PRODUCER", 10, true),
    ("EPOCH", 5, true),
    ("LAST SEQUENCE", 13, true),
    ("LAST OFFSET", 12, true),
    ("OFFSET DELTA", 12, true),
    ("TIMESTAMP", 24, false),
    ("COORDINATOR EPOCH", 17, true),
    ("TRANSACTION FROM", 16, true),
];
const EPOCH: &[Column] = &[("EPOCH", 5, true), ("START OFFSET", 12, true)];
const CHECKPOINT: &[Column] = &[("TOPIC", 24, false), ("PARTITION", 9, true), ("OFFSET", 12, true)];
const PROPERTY: &[Column] = &[("NAME", 16, false), ("VALUE", 0, false)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    Json,
    Ndjson,
    Yaml,
}

#[derive(Debug, Serialize)]
struct ItemView<'a> {
    file: &'a str,
    #[serde(flatten)]
    item: &'a Item,
}

/// Appends items to a buffer.
#[derive(Debug)]
pub(super) struct ItemWriter {
    form: Form,
    headers: bool,
    count: u64,
    file: Option<String>,
}

impl ItemWriter {
    pub(super) fn new(output: Output) -> Result<Self, CommandError> {
        let form = match output.format {
            None | Some(OutputFormat::Table | OutputFormat::Wide) => Form::Table,
            Some(OutputFormat::Json) => Form::Json,
            Some(OutputFormat::Ndjson) => Form::Ndjson,
            Some(OutputFormat::Yaml) => Form::Yaml,
            Some(_) => {
                return Err(CommandError::usage("batches and entries cannot be shown in this form")
                    .with_hint("table, json, ndjson and yaml are possible here"));
            }
        };
        Ok(ItemWriter { form, headers: output.headers, count: 0, file: None })
    }

    /// Appends what stands before the first item.
    pub(super) fn begin(&self, out: &mut Vec<u8>) {
        if self.form == Form::Json {
            out.push(b'[');
        }
    }

    pub(super) fn write(&mut self, file: &str, item: &Item, out: &mut Vec<u8>) {
        self.count += 1;
        let view = ItemView { file, item };
        match self.form {
            Form::Table => self.write_row(file, item, out),
            // Items are plain numbers and texts: nothing in them cannot be written.
            Form::Json => {
                out.extend_from_slice(if self.count == 1 { b"\n  " } else { b",\n  " });
                let _ = serde_json::to_writer(out, &view);
            }
            Form::Ndjson => {
                let _ = serde_json::to_writer(&mut *out, &view);
                out.push(b'\n');
            }
            Form::Yaml => {
                let _ = serde_yaml::to_writer(out, &[view]);
            }
        }
    }

    /// Appends what stands after the last item.
    pub(super) fn end(&self, out: &mut Vec<u8>) {
        match self.form {
            Form::Json if self.count == 0 => out.extend_from_slice(b"]\n"),
            Form::Json => out.extend_from_slice(b"\n]\n"),
            Form::Yaml if self.count == 0 => out.extend_from_slice(b"[]\n"),
            _ => {}
        }
    }

    fn write_row(&mut self, file: &str, item: &Item, out: &mut Vec<u8>) {
        let (columns, cells) = row(item);
        if self.file.as_deref() != Some(file) {
            if self.file.is_some() {
                out.push(b'\n');
            }
            out.extend_from_slice(format!("{file}\n").as_bytes());
            if self.headers {
                let titles = columns.iter().map(|(title, ..)| (*title).to_owned()).collect();
                write_cells(columns, titles, out);
            }
            self.file = Some(file.to_owned());
        }
        write_cells(columns, cells, out);
    }
}

/// What does not fit pushes the others rather than losing characters. Cells beyond the columns stand as they are.
fn write_cells(columns: &[Column], cells: Vec<String>, out: &mut Vec<u8>) {
    let aligned = cells.iter().enumerate().map(|(index, cell)| {
        let (_, width, is_right) = columns.get(index).copied().unwrap_or_default();
        let width = width.max(columns.get(index).map_or(0, |(title, ..)| title.len()));
        if is_right { format!("{cell:>width$}  ") } else { format!("{cell:width$}  ") }
    });
    out.extend_from_slice(aligned.collect::<String>().trim_end().as_bytes());
    out.push(b'\n');
}

fn row(item: &Item) -> (&'static [Column], Vec<String>) {
    match item {
        Item::Batch(batch) => (BATCH, batch_cells(batch)),
        Item::Damaged { position, size, offset, what } => {
            (BATCH, damaged_cells(*position, *size, *offset, what))
        }
        Item::Unreadable { what } => (&[], vec![what.clone()]),
        Item::OffsetIndexEntry { offset, position } => (OFFSET_ENTRY, numbers(&[*offset, *position as i64])),
        Item::TimeIndexEntry { timestamp, offset } => {
            (TIME_ENTRY, vec![time(*timestamp), offset.to_string()])
        }
        Item::AbortedTransaction { producer_id, first_offset, last_offset, last_stable_offset } => {
            (ABORTED, numbers(&[*producer_id, *first_offset, *last_offset, *last_stable_offset]))
        }
        Item::Producer {
            producer_id,
            producer_epoch,
            last_sequence,
            last_offset,
            offset_delta,
            timestamp,
            coordinator_epoch,
            transaction_first_offset,
        } => {
            let mut cells = numbers(&[
                *producer_id,
                (*producer_epoch).into(),
                (*last_sequence).into(),
                *last_offset,
                (*offset_delta).into(),
            ]);
            cells.push(time(*timestamp));
            cells.extend(numbers(&[(*coordinator_epoch).into(), *transaction_first_offset]));
            (PRODUCER, cells)
        }
        Item::LeaderEpoch { epoch, start_offset } => (EPOCH, numbers(&[(*epoch).into(), *start_offset])),
        Item::Checkpoint { topic, partition, offset } => {
            (CHECKPOINT, vec![topic.clone(), partition.to_string(), offset.to_string()])
        }
        Item::Property { name, value } => (PROPERTY, vec![name.clone(), value.clone()]),
    }
}

fn numbers(numbers: &[i64]) -> Vec<String> {
    numbers.iter().map(ToString::to_string).collect()
}

fn batch_cells(batch: &Batch) -> Vec<String> {
    let has_producer = batch.producer_id >= 0;
    let has_sequence = batch.base_sequence >= 0;
    let or_none = |is_there: bool, text: String| if is_there { text } else { "-".to_owned() };
    vec![
        batch.position.to_string(),
        batch.base_offset.to_string(),
        batch.last_offset.to_string(),
        batch.records.to_string(),
        batch.size.to_string(),
        batch.compression.to_owned(),
        batch.leader_epoch.to_string(),
        time(batch.max_timestamp),
        or_none(has_producer, format!("{}/{}", batch.producer_id, batch.producer_epoch)),
        or_none(has_sequence, format!("{}-{}", batch.base_sequence, batch.last_sequence)),
        note(batch),
    ]
}

/// What is not the same for almost every batch.
fn note(batch: &Batch) -> String {
    let mut notes = Vec::new();
    match &batch.end_of_transaction {
        Some(EndOfTransaction { outcome, coordinator_epoch: Some(epoch) }) => {
            notes.push(format!("{outcome} (coordinator epoch {epoch})"));
        }
        Some(EndOfTransaction { outcome, coordinator_epoch: None }) => notes.push((*outcome).to_owned()),
        None if batch.control => notes.push("control".to_owned()),
        None if batch.transactional => notes.push("transactional".to_owned()),
        None => {}
    }
    if batch.timestamp_type == "append" {
        notes.push("append time".to_owned());
    }
    if batch.delete_horizon {
        notes.push(format!("delete horizon {}", time(batch.base_timestamp)));
    }
    notes.join(", ")
}

/// As many cells as the columns of batches have, with what is wrong as the note.
fn damaged_cells(position: u64, size: u64, offset: i64, what: &str) -> Vec<String> {
    let mut cells = vec!["-".to_owned(); BATCH.len()];
    let note = format!("damaged: {what}");
    for (index, text) in
        [(0, position.to_string()), (1, offset.to_string()), (4, size.to_string()), (10, note)]
    {
        if let Some(cell) = cells.get_mut(index) {
            *cell = text;
        }
    }
    cells
}

fn time(timestamp_ms: i64) -> String {
    if timestamp_ms < 0 {
        return "-".to_owned();
    }
    let mut text = Vec::new();
    TimeFormat::Rfc3339Ms.write(timestamp_ms, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
