//! Sends records and keeps account of what became of each.

use std::{
    collections::{HashSet, VecDeque},
    time::{Duration, Instant},
};

use fluxmq_client::{Client, ClientError, Delivery, Producer, ProducerRecord, RecordMetadata};
use futures_util::FutureExt;

use crate::{
    error::{CommandError, ErrorKind},
    format::OutputFormat,
    output::Sink,
    record::{InputError, NewRecord},
    stream::topic,
};

use super::{failures::Failures, input::Group, report::Kept, template::Template};

/// Deliveries that are looked after at once; beyond it the oldest is waited for. The producer's
/// own memory is bounded in bytes, this bounds what is kept about tiny records.
const WAITING_MAX: usize = 1 << 18;

/// Sends records in the order of the input.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) client: Client,
    pub(super) producer: Producer,
    pub(super) template: Template,
    pub(super) report: Option<OutputFormat>,
    pub(super) sink: Sink,
    /// Records a second.
    pub(super) rate: Option<u64>,
    /// Records still to be sent; `None` for all.
    pub(super) left: Option<u64>,
    /// Topics that are known to be there.
    pub(super) topics: HashSet<String>,
    /// Whether records that name no topic have one.
    pub(super) has_default_topic: bool,
    pub(super) creates_topics: bool,
    pub(super) account: Account,
}

/// What became of the records so far.
#[derive(Debug)]
pub(super) struct Account {
    waiting: VecDeque<Waiting>,
    started: Instant,
    pub(super) sent: u64,
    pub(super) stored: u64,
    failures: Failures,
}

#[derive(Debug)]
struct Waiting {
    delivery: Delivery,
    line: u64,
    kept: Option<Kept>,
}

impl Account {
    pub(super) fn new(failures: Failures) -> Self {
        Self { waiting: VecDeque::new(), started: Instant::now(), sent: 0, stored: 0, failures }
    }
}

impl Sender {
    /// Whether no more records are to be taken.
    pub(super) fn is_done(&self) -> bool {
        self.left == Some(0) || self.account.failures.is_final()
    }

    /// Sends a group of records. May be dropped while it waits: what it has not sent is not sent.
    pub(super) async fn send_group(&mut self, group: Group) -> Result<(), CommandError> {
        for record in group {
            match record {
                Ok(record) => self.send(record).await?,
                Err(error) => self.account.failures.add(input_error(error)),
            }
            if self.is_done() {
                break;
            }
        }
        self.settle_ready();
        self.sink.settle().await.map_err(Into::into)
    }

    async fn send(&mut self, record: NewRecord) -> Result<(), CommandError> {
        let line = record.line;
        let record = self.template.apply(record);
        if let Err(error) = self.check_topic(&record).await {
            self.account.failures.add(at_line(error, line));
            return Ok(());
        }
        self.pace().await;
        let kept = self.report.is_some().then(|| Kept::of(&record));
        match self.producer.send_record(record).await {
            Ok(delivery) => {
                self.account.sent += 1;
                self.left = self.left.map(|left| left.saturating_sub(1));
                self.account.waiting.push_back(Waiting { delivery, line, kept });
            }
            Err(error) => self.account.failures.add(at_line(send_error(error), line)),
        }
        if self.account.waiting.len() >= WAITING_MAX {
            self.settle_oldest().await;
        }
        Ok(())
    }

    /// A topic that the input names must be there, unless the cluster may create it.
    async fn check_topic(&mut self, record: &ProducerRecord) -> Result<(), CommandError> {
        if record.topic.is_empty() && !self.has_default_topic {
            return Err(no_topic());
        }
        if record.topic.is_empty() || self.creates_topics || self.topics.contains(&record.topic) {
            return Ok(());
        }
        topic::describe(&self.client, std::slice::from_ref(&record.topic)).await?;
        self.topics.insert(record.topic.clone());
        Ok(())
    }

    /// Waits until the next record may be sent.
    async fn pace(&self) {
        let Some(rate) = self.rate else { return };
        let due = Duration::from_secs_f64(self.account.sent as f64 / rate as f64);
        tokio::time::sleep(due.saturating_sub(self.account.started.elapsed())).await;
    }

    /// Waits until the fate of the oldest record is known, for ever when there is none.
    pub(super) async fn settle_next(&mut self) -> Result<(), CommandError> {
        if self.account.waiting.is_empty() {
            std::future::pending::<()>().await;
        }
        self.settle_oldest().await;
        self.settle_ready();
        Ok(self.sink.settle().await?)
    }

    /// Settles the oldest records as far as their fate is known.
    fn settle_ready(&mut self) {
        while let Some(oldest) = self.account.waiting.front_mut() {
            let Some(outcome) = (&mut oldest.delivery).now_or_never() else { break };
            self.settle(outcome);
        }
    }

    async fn settle_oldest(&mut self) {
        if let Some(oldest) = self.account.waiting.front_mut() {
            let outcome = (&mut oldest.delivery).await;
            self.settle(outcome);
        }
    }

    fn settle(&mut self, outcome: Result<RecordMetadata, ClientError>) {
        let Some(oldest) = self.account.waiting.pop_front() else { return };
        match outcome {
            Ok(metadata) => {
                self.account.stored += 1;
                if let (Some(report), Some(kept)) = (&self.report, &oldest.kept) {
                    report.write(&kept.view(&metadata), self.account.stored, &mut self.sink.buffer);
                }
            }
            Err(error) => self.account.failures.add(at_line(send_error(error), oldest.line)),
        }
    }

    /// Waits for everything that was sent. Fails when any record was not stored.
    pub(super) async fn finish(mut self) -> Result<u64, CommandError> {
        self.producer.flush().await?;
        while !self.account.waiting.is_empty() {
            self.settle_oldest().await;
            self.sink.settle().await?;
        }
        self.sink.flush().await?;
        self.account.failures.into_result(self.account.stored)
    }
}

pub(super) fn no_topic() -> CommandError {
    CommandError::failure("the record names no topic, and the command names none")
        .with_hint("name one, as in `fluxctl produce orders`")
}

pub(super) fn input_error(error: InputError) -> CommandError {
    match error {
        InputError::Read { name, source } => {
            CommandError::caused(ErrorKind::Failure, format!("`{name}` cannot be read"), source)
        }
        other => CommandError::failure(other.to_string()),
    }
}

/// A record that cannot be sent is no mistake on the command line.
fn send_error(error: ClientError) -> CommandError {
    let mut error = CommandError::from(error);
    if error.kind == ErrorKind::Usage {
        error.kind = ErrorKind::Failure;
    }
    error
}

pub(super) fn at_line(mut error: CommandError, line: u64) -> CommandError {
    if line > 0 {
        error.source = error.source.context(format!("the record of line {line} was not written"));
    }
    error
}
