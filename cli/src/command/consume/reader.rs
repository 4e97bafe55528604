//! Reads an assignment and shows what comes, until something says stop.

use std::{io, time::Duration};

use fluxmq_client::{Client, ConsumerRecord, consumer::PartitionOffsets};

use crate::{
    error::CommandError,
    output::Sink,
    record::{RecordView, RecordWriter},
    stream::Interrupt,
};

use super::{
    args::ConsumeArgs,
    assignment::Assignment,
    watch::{Watch, Watched},
};

/// Why reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Every partition reached its end, enough records were shown, none came for long enough, or
    /// nobody reads the output any more.
    Complete,
    Interrupted,
}

/// Where records go, and what ends it.
#[derive(Debug)]
pub(super) struct Reader {
    writer: RecordWriter,
    pub(super) sink: Sink,
    pub(super) interrupt: Interrupt,
    /// Records still to be shown; `None` for no limit.
    left: Option<u64>,
    shows_control: bool,
    pub(super) idle_timeout: Option<Duration>,
}

impl Reader {
    pub(super) fn new(writer: RecordWriter, sink: Sink, interrupt: Interrupt, args: &ConsumeArgs) -> Self {
        Self {
            writer,
            sink,
            interrupt,
            left: args.num.or(args.head),
            shows_control: args.control_records,
            idle_timeout: args.idle_timeout,
        }
    }

    /// Writes what stands before the first record.
    pub(super) async fn begin(&mut self) -> io::Result<()> {
        self.writer.begin(&mut self.sink.buffer);
        self.sink.settle().await
    }

    /// Writes what stands after the last record.
    pub(super) async fn end(&mut self) -> io::Result<()> {
        self.writer.end(&mut self.sink.buffer);
        self.sink.flush().await
    }

    /// Shows records that were read already.
    pub(super) async fn show_all(&mut self, records: &[ConsumerRecord]) -> io::Result<()> {
        for record in records {
            if self.is_enough() {
                break;
            }
            self.show(record, Marks::UNKNOWN);
        }
        self.sink.settle().await
    }

    /// Reads until the assignment's end or another reason to stop.
    pub(super) async fn read(
        &mut self,
        client: &Client,
        assignment: &Assignment,
    ) -> Result<Ending, CommandError> {
        let mut watch = Watch::new(assignment.to_read());
        if watch.is_done() || self.is_enough() {
            return Ok(Ending::Complete);
        }
        let mut consumer = client.consumer(assignment.config()).await?;
        loop {
            let idle = async {
                match self.idle_timeout {
                    Some(timeout) => tokio::time::sleep(timeout).await,
                    None => std::future::pending().await,
                }
            };
            let records = tokio::select! {
                biased;
                () = self.interrupt.first() => return Ok(Ending::Interrupted),
                records = consumer.next_batch() => records,
                () = idle => return Ok(Ending::Complete),
            };
            let Some(records) = records else { return Ok(Ending::Complete) };
            let records = match records {
                Ok(records) => records,
                Err(error) => {
                    self.sink.flush().await?;
                    return Err(error.into());
                }
            };
            if let Some(first) = records.first() {
                let marks = Marks::of(consumer.partition_offsets(&first.topic, first.partition));
                self.show_batch(&records, marks, watch.plan(first));
            }
            self.sink.settle().await?;
            if watch.is_done() || self.is_enough() || self.sink.is_closed() {
                return Ok(Ending::Complete);
            }
        }
    }

    /// Shows the records of one batch, which are all of one partition. How many of them are done with.
    pub(super) fn show_batch(
        &mut self,
        records: &[ConsumerRecord],
        marks: Marks,
        mut plan: Option<Watched<'_>>,
    ) -> usize {
        for (index, record) in records.iter().enumerate() {
            // The end is looked at before anything is shown and for every record, markers
            // included: the record just before the end may be missing, or may be a marker.
            if let Some(plan) = &mut plan {
                if plan.has_passed(record.offset) {
                    return index;
                }
                plan.note(record.offset);
                if record.offset < plan.show_from {
                    continue;
                }
            }
            if record.is_control && !self.shows_control {
                continue;
            }
            self.show(record, marks);
            if self.is_enough() {
                return index + 1;
            }
        }
        records.len()
    }

    fn show(&mut self, record: &ConsumerRecord, marks: Marks) {
        self.writer.write(&view(record, marks), &mut self.sink.buffer);
        self.left = self.left.map(|left| left.saturating_sub(1));
    }

    pub(super) fn is_enough(&self) -> bool {
        self.left == Some(0)
    }
}

/// What a fetch said about its partition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    log_start_offset: i64,
    last_stable_offset: i64,
    high_watermark: i64,
}

impl Marks {
    const UNKNOWN: Self = Self { log_start_offset: -1, last_stable_offset: -1, high_watermark: -1 };

    pub(super) fn of(offsets: Option<PartitionOffsets>) -> Self {
        offsets.map_or(Self::UNKNOWN, |offsets| Self {
            log_start_offset: offsets.log_start_offset,
            last_stable_offset: offsets.last_stable_offset,
            high_watermark: offsets.high_watermark,
        })
    }
}

fn view(record: &ConsumerRecord, marks: Marks) -> RecordView<'_> {
    RecordView {
        topic: &record.topic,
        partition: record.partition,
        offset: record.offset,
        timestamp_ms: record.timestamp,
        timestamp_type: record.timestamp_type,
        leader_epoch: record.leader_epoch,
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        headers: &record.headers,
        compression: record.compression,
        is_transactional: record.is_transactional,
        is_control: record.is_control,
        producer_id: record.producer_id,
        producer_epoch: record.producer_epoch,
        log_start_offset: marks.log_start_offset,
        last_stable_offset: marks.last_stable_offset,
        high_watermark: marks.high_watermark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        command::consume::assignment::AssignedPartition,
        format::OutputFormat,
        grammar::{OffsetRange, PartitionBounds},
        record::{RecordForm, table::TableLayout},
    };
    use fluxmq_client::{Compression, TimestampType, TopicPartition};

    /// A partition that holds the offsets up to 10, read as `range` says.
    fn watch(range: &str) -> Watch {
        let bounds = PartitionBounds { log_start_offset: 0, end_offset: 10 };
        let plan = OffsetRange::parse(range, 0).unwrap().plan(bounds, |_| None);
        Watch::new([AssignedPartition::new(TopicPartition::new("t", 0), plan, bounds)].iter())
    }

    fn record(offset: i64, is_control: bool) -> ConsumerRecord {
        ConsumerRecord {
            topic: "t".into(),
            partition: 0,
            offset,
            timestamp: 0,
            timestamp_type: TimestampType::CreateTime,
            leader_epoch: 0,
            key: None,
            value: None,
            headers: Vec::new(),
            compression: Compression::None,
            is_transactional: is_control,
            is_control,
            producer_id: -1,
            producer_epoch: -1,
        }
    }

    /// The offsets that are shown of the records, given as offset and whether it is a marker; and how many may follow.
    fn shown(watch: &mut Watch, limit: Option<u64>, records: &[(i64, bool)]) -> (String, Option<u64>) {
        let form = RecordForm::Format(OutputFormat::parse("%o ").unwrap());
        let mut reader = Reader {
            writer: RecordWriter::new(form, TableLayout::default()),
            sink: Sink::stdout(false).unwrap(),
            interrupt: Interrupt::listen().unwrap(),
            left: limit,
            shows_control: false,
            idle_timeout: None,
        };
        let records: Vec<_> =
            records.iter().map(|(offset, is_control)| record(*offset, *is_control)).collect();
        let plan = records.first().and_then(|first| watch.plan(first));
        reader.show_batch(&records, Marks::UNKNOWN, plan);
        (String::from_utf8(std::mem::take(&mut reader.sink.buffer)).unwrap(), reader.left)
    }

    /// Trap 2: the last offset before the end is a transaction's marker, which is not shown and not counted.
    #[tokio::test]
    async fn a_marker_just_before_the_end_ends_the_reading() {
        let mut watch = watch("end:end+3");
        let (text, left) = shown(&mut watch, Some(5), &[(10, false), (11, false), (12, true)]);
        assert_eq!((text.as_str(), left, watch.is_done()), ("10 11 ", Some(3), true));
    }

    /// Traps 2 and 3: the offset before the end is missing, so the first record behind it is what tells.
    #[tokio::test]
    async fn a_record_behind_the_end_ends_the_reading_and_is_not_shown() {
        let mut watch = watch("end:end+3");
        let (text, _) = shown(&mut watch, None, &[(10, false), (15, false)]);
        assert_eq!((text.as_str(), watch.is_done()), ("10 ", true));
    }

    #[tokio::test]
    async fn what_comes_before_a_start_that_is_still_to_come_is_not_shown() {
        let mut watch = watch("12");
        let (text, _) = shown(&mut watch, None, &[(10, false), (11, false), (12, false), (13, false)]);
        assert_eq!((text.as_str(), watch.is_done()), ("12 13 ", false));
    }

    /// Trap 7, as far as there is no group: no more is shown than was asked for.
    #[tokio::test]
    async fn a_limit_counts_what_is_shown() {
        let mut watch = watch("end");
        let (text, left) = shown(&mut watch, Some(2), &[(10, false), (11, true), (12, false), (13, false)]);
        assert_eq!((text.as_str(), left), ("10 12 ", Some(0)));
    }
}
