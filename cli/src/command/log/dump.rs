//! `fluxctl log dump`.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use fluxmq::offline::{self, StoredRecord, Unreadable};
use fluxmq_protocol::record::Compression;

use super::groups;
use super::items::ItemWriter;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::format::{OutputFormat as TextFormat, escape};
use crate::output::{OutputFormat, print_raw};
use crate::record::json::ValueForm;
use crate::record::table::TableLayout;
use crate::record::{RecordForm, RecordView, RecordWriter};
use crate::stream::format_flag;

/// As much is gathered before it is written.
const GATHERED_BYTES: usize = 64 << 10;

const EXAMPLES: &str = "\
Examples:
  fluxctl log dump DIR/orders-0                        batches, one a line
  fluxctl log dump DIR/orders-0 --records -n 10        the first ten records
  fluxctl log dump DIR/orders-0 --from-offset 100 --until 200 -O ndjson
  fluxctl log dump DIR/orders-0/00000000000000000000.timeindex
  fluxctl log dump DIR --all-files                     indexes, snapshots and checkpoints as well
  fluxctl log dump DIR/orders-0 --records -O ndjson | fluxctl produce copy --input ndjson

Exit codes:
  0 done, 10 records that are damaged were left out";

/// Show what is in the files of a data directory
///
/// Of a FluxMQ broker or of Apache Kafka, without a broker. Batches by default: with what their headers say; any other file shows
/// its entries. Records of `__consumer_offsets` are shown as what they say of groups, in JSON.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DumpArgs {
    /// Data directory, directory of a partition, or any file in it
    #[arg(value_name = "DIR", value_hint = ValueHint::AnyPath)]
    path: PathBuf,
    /// Show the records, in the forms of `fluxctl consume`
    #[arg(long)]
    records: bool,
    /// Show indexes, snapshots, epochs and checkpoints too
    #[arg(long, conflicts_with = "records")]
    all_files: bool,
    /// Begin at this offset
    #[arg(long, value_name = "OFFSET", default_value_t = 0, hide_default_value = true)]
    from_offset: i64,
    /// End before this offset
    #[arg(long, value_name = "OFFSET", default_value_t = i64::MAX, hide_default_value = true)]
    until: i64,
    /// End after so many batches, records or entries
    #[arg(long, short = 'n', value_name = "N")]
    num: Option<u64>,
    /// Print each record so, as in `fluxctl consume`: %o offset, %k key, %v value, ...
    #[arg(long, short = 'f', value_name = "FORMAT", requires = "records")]
    format: Option<String>,
    /// What -f prints for a null key or value
    #[arg(long, short = 'Z', value_name = "TEXT", default_value = "", hide_default_value = true)]
    null_text: String,
    /// In JSON, embed values that are JSON instead of quoting them
    #[arg(long, requires = "records")]
    json_values: bool,
    /// Show the bytes of group records, not what they say
    #[arg(long, requires = "records")]
    undecoded: bool,
    /// Show transaction markers as well
    #[arg(long, requires = "records")]
    control_records: bool,
}

pub(super) fn run(args: &DumpArgs, context: &Context) -> Result<(), CommandError> {
    if args.records { dump_records(args, context) } else { dump_items(args, context) }
}

/// What has been shown so far, on its way out.
struct Out {
    buffer: Vec<u8>,
    left: u64,
    result: Result<(), CommandError>,
}

impl Out {
    fn new(args: &DumpArgs) -> Self {
        Out { buffer: Vec::new(), left: args.num.unwrap_or(u64::MAX), result: Ok(()) }
    }

    /// Counts what was put into the buffer, and writes it when there is much.
    fn shown(&mut self) -> ControlFlow<()> {
        self.left -= 1;
        if self.buffer.len() >= GATHERED_BYTES {
            self.result = print_raw(&std::mem::take(&mut self.buffer));
        }
        if self.left == 0 || self.result.is_err() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn finish(self) -> Result<(), CommandError> {
        self.result?;
        print_raw(&self.buffer)
    }
}

fn dump_items(args: &DumpArgs, context: &Context) -> Result<(), CommandError> {
    let mut writer = ItemWriter::new(context.output)?;
    let mut out = Out::new(args);
    writer.begin(&mut out.buffer);
    if out.left > 0 {
        offline::dump(&args.path, &(args.from_offset..args.until), args.all_files, |file, item| {
            writer.write(file, &item, &mut out.buffer);
            out.shown()
        })?;
    }
    writer.end(&mut out.buffer);
    out.finish()
}

fn dump_records(args: &DumpArgs, context: &Context) -> Result<(), CommandError> {
    let layout = TableLayout { shows_topic: true, shows_names: context.output.headers, width: None };
    let mut writer = RecordWriter::new(record_form(args, context)?, layout);
    let mut out = Out::new(args);
    let mut unreadable = 0;
    writer.begin(&mut out.buffer);
    if out.left > 0 {
        offline::dump_records(&args.path, &(args.from_offset..args.until), |record| match record {
            Ok(record) if record.batch.attributes.is_control() && !args.control_records => {
                ControlFlow::Continue(())
            }
            Ok(record) => {
                let said = if args.undecoded { None } else { groups::said(&record) };
                let record = StoredRecord { record: said.as_ref().unwrap_or(record.record), ..record };
                writer.write(&view(&record), &mut out.buffer);
                out.shown()
            }
            Err(place) => {
                unreadable += 1;
                context.output.warn(&sentence(&place));
                ControlFlow::Continue(())
            }
        })?;
    }
    writer.end(&mut out.buffer);
    out.finish()?;
    match unreadable {
        0 => Ok(()),
        1 => Err(left_out("1 place")),
        places => Err(left_out(&format!("{places} places"))),
    }
}

fn left_out(places: &str) -> CommandError {
    let message = format!("the damaged records of {places} were left out");
    CommandError::new(ErrorKind::Different, message)
        .with_hint("`fluxctl log verify` tells more of the damage")
}

fn sentence(place: &Unreadable) -> String {
    format!("`{}` at position {}, offset {}: {}", place.file, place.position, place.offset, place.what)
}

fn record_form(args: &DumpArgs, context: &Context) -> Result<RecordForm, CommandError> {
    let values = if args.json_values { ValueForm::Json } else { ValueForm::Text };
    if let Some(text) = &args.format {
        if context.output.format.is_some() {
            return Err(CommandError::usage("`-f` and `-O` both say how records are shown")
                .with_hint("leave one of them out"));
        }
        let mut format = TextFormat::parse(&format_flag(text)?)?;
        format.null_text = escape::bytes(&args.null_text)?;
        return Ok(RecordForm::Format(format));
    }
    Ok(match context.output.format {
        None | Some(OutputFormat::Table | OutputFormat::Wide) => RecordForm::Table,
        Some(OutputFormat::Raw) => RecordForm::Raw,
        Some(OutputFormat::Json) => RecordForm::Json { is_indented: false, values },
        Some(OutputFormat::Ndjson) => RecordForm::Ndjson { values },
        Some(OutputFormat::Yaml) => RecordForm::Yaml,
        Some(OutputFormat::Tsv | OutputFormat::Csv | OutputFormat::Name) => {
            return Err(CommandError::usage("records cannot be shown in this form")
                .with_hint("table, json, ndjson, yaml and raw are possible here, and any text with `-f`"));
        }
    })
}

fn view<'a>(stored: &StoredRecord<'a>) -> RecordView<'a> {
    let StoredRecord { topic, partition, batch, record } = *stored;
    RecordView {
        timestamp_ms: record.timestamp,
        timestamp_type: batch.attributes.timestamp_type(),
        leader_epoch: batch.partition_leader_epoch,
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        headers: &record.headers,
        compression: batch.attributes.compression().unwrap_or(Compression::None),
        is_transactional: batch.attributes.is_transactional(),
        is_control: batch.attributes.is_control(),
        producer_id: batch.producer_id,
        producer_epoch: batch.producer_epoch,
        ..RecordView::new(topic, partition, record.offset)
    }
}
