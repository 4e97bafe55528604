//! What is printed about each record: where it was stored, or with `--dry-run` where it would be.

use bytes::Bytes;
use fluxmq_client::{Header, ProducerRecord, RecordMetadata};

use crate::{error::CommandError, format::OutputFormat, record::RecordView, stream::format_flag};

use super::args::ProduceArgs;

/// Topic, partition, key and value; a partition of -1 is the producer's choice at that time.
const DRY_RUN_FORMAT: &str = r"%t\t%p\t%k\t%v\n";

/// The format of the report; `None` reports nothing.
pub(super) fn format(args: &ProduceArgs) -> Result<Option<OutputFormat>, CommandError> {
    let text = match &args.report_format {
        Some(text) => format_flag(text)?,
        None if args.dry_run => DRY_RUN_FORMAT.to_owned(),
        None => return Ok(None),
    };
    Ok(Some(OutputFormat::parse(&text)?))
}

/// What a report needs of a record after it was sent.
#[derive(Debug)]
pub(super) struct Kept {
    key: Option<Bytes>,
    value: Option<Bytes>,
    headers: Vec<Header>,
}

impl Kept {
    pub(super) fn of(record: &ProducerRecord) -> Self {
        Self { key: record.key.clone(), value: record.value.clone(), headers: record.headers.clone() }
    }

    pub(super) fn view<'a>(&'a self, metadata: &'a RecordMetadata) -> RecordView<'a> {
        RecordView {
            timestamp_ms: metadata.timestamp,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: &self.headers,
            ..RecordView::new(&metadata.topic, metadata.partition, metadata.offset)
        }
    }
}

/// The view of a record that is not sent.
pub(super) fn unsent<'a>(record: &'a ProducerRecord, topic: &'a str, partition: i32) -> RecordView<'a> {
    RecordView {
        timestamp_ms: record.timestamp.unwrap_or(-1),
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        headers: &record.headers,
        ..RecordView::new(topic, partition, -1)
    }
}
