//! `fluxctl log import`.

use std::path::PathBuf;

use clap::Args;
use fluxmq::offline::{
    self, Import, ImportReport, ImportedTopic, OfflineError, RemarkKind, TopicOutcome, Transfer,
};
use serde::Serialize;

use crate::command::broker::default_data_dir;
use crate::confirm;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Column, OutputFormat, Section, View};

const EXAMPLES: &str = "\
Examples:
  fluxctl log import /var/lib/kafka/data --dry-run               what would be taken, and what not
  fluxctl log import /var/lib/kafka/data --data-dir ./data       copies everything
  fluxctl log import /disk1/kafka /disk2/kafka --topic orders    one topic, from two `log.dirs`
  fluxctl log import /var/lib/kafka/data --move --yes            no second copy: Kafka's files are moved

Kafka and FluxMQ must both be stopped. Then `fluxctl broker start --data-dir ./data` serves the topics.";

/// Take over the topics of an Apache Kafka
///
/// From the log directories of one stopped broker: topics with their ids, configurations and records, and the committed
/// offsets of consumer groups, so that consumers go on where they were. Before anything is taken every batch is
/// checked. An import that was cut short is finished by running it again.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ImportArgs {
    /// Log directories (`log.dirs`) of one Kafka broker
    #[arg(required = true, value_name = "KAFKA_DIR")]
    from: Vec<PathBuf>,
    /// Data directory that takes them over [default: ~/.local/share/fluxmq]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Only this topic; may be given more than once
    #[arg(long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,
    /// Move the files out of Kafka's directory, which keeps no copy
    #[arg(long = "move")]
    moves: bool,
    /// Take topics of which partitions are missing here; those begin empty
    #[arg(long)]
    allow_missing: bool,
    /// Say what would be taken
    #[arg(long)]
    dry_run: bool,
}

/// A topic in a list.
#[derive(Debug, Serialize)]
struct TopicView<'a>(&'a ImportedTopic);

const COLUMNS: &[Column] = &[
    Column::new("TOPIC"),
    Column::number("PARTITIONS"),
    Column::number("RECORDS"),
    Column::number("BYTES"),
    Column::number("CONFIGS"),
    Column::new("RESULT"),
    Column::new("TOPIC ID").wide(),
    Column::number("REPLICATION FACTOR").wide(),
];

impl View for TopicView<'_> {
    const COLUMNS: &'static [Column] = COLUMNS;

    fn name(&self) -> String {
        self.0.name.clone()
    }

    fn cells(&self) -> Vec<String> {
        let topic = self.0;
        let result = match topic.outcome {
            TopicOutcome::Taken => "taken",
            TopicOutcome::AlreadyThere => "already there",
            TopicOutcome::Internal => "Kafka's own",
            TopicOutcome::NotTaken => "not taken",
        };
        vec![
            topic.name.clone(),
            topic.partitions.to_string(),
            topic.records.to_string(),
            topic.bytes.to_string(),
            topic.configs.len().to_string(),
            result.to_owned(),
            topic.topic_id.clone(),
            topic.replication_factor.to_string(),
        ]
    }
}

pub(super) fn run(args: &ImportArgs, context: &Context) -> Result<(), CommandError> {
    let to = match &args.data_dir {
        Some(dir) => dir.clone(),
        None => default_data_dir()?,
    };
    let import = Import {
        from: args.from.iter().map(std::path::absolute).collect::<Result<_, _>>()?,
        to: std::path::absolute(to)?,
        topics: args.topics.clone(),
        transfer: if args.moves { Transfer::Move } else { Transfer::Copy },
        allow_missing: args.allow_missing,
        dry_run: args.dry_run,
    };
    if args.moves && !args.dry_run {
        let dirs: Vec<String> = import.from.iter().map(|dir| format!("`{}`", dir.display())).collect();
        confirm::ask(
            context,
            &format!("move the topics out of {}: that Kafka will not have them any more", dirs.join(", ")),
        )?;
    }
    let report = offline::import(&import).map_err(refused)?;
    print(&report, context)?;
    finish(&report)
}

fn refused(error: OfflineError) -> CommandError {
    let hint = match &error {
        OfflineError::Exists(_) => {
            "`--topic NAME` takes only some topics, `--data-dir DIR` names another data directory"
        }
        OfflineError::Unsuitable { .. } => "name the log directories (`log.dirs`) of one Kafka broker",
        OfflineError::Io { .. } => "once the cause is gone, the same command goes on where it was",
        _ => return error.into(),
    };
    CommandError::from(error).with_hint(hint)
}

fn print(report: &ImportReport, context: &Context) -> Result<(), CommandError> {
    let rows: Vec<TopicView<'_>> = report.topics.iter().map(TopicView).collect();
    match context.output.format.unwrap_or(OutputFormat::Table) {
        OutputFormat::Json | OutputFormat::Yaml => return context.output.value(report),
        OutputFormat::Table | OutputFormat::Wide => {}
        _ => return context.output.list(&rows),
    }
    let cluster = if report.cluster_id_taken { "taken" } else { "not taken" };
    let summary = vec![
        ("from", report.from.iter().map(|dir| dir.display().to_string()).collect::<Vec<_>>().join(", ")),
        ("to", report.to.display().to_string()),
        ("cluster id", format!("{}, {cluster}", report.cluster_id)),
        ("consumer groups", report.groups.to_string()),
        ("committed offsets", report.committed_offsets.to_string()),
        ("next producer id", report.next_producer_id.to_string()),
    ];
    let topics = Section::Table { columns: COLUMNS, rows: rows.iter().map(View::cells).collect() };
    context.output.described::<_, TopicView<'_>>(
        &[report],
        &[vec![Section::Pairs(summary), topics]],
        &rows,
        &[],
    )?;
    for topic in &report.topics {
        match (topic.outcome, &topic.reason) {
            (TopicOutcome::NotTaken, Some(why)) => {
                context.output.warn(&format!("topic `{}` is not taken: {why}", topic.name));
            }
            (_, Some(why)) => context.output.note(&format!("topic `{}` is left out: {why}", topic.name)),
            _ => {}
        }
    }
    for remark in &report.remarks {
        let verb = if remark.kind == RemarkKind::NotTaken { "not taken: " } else { "" };
        context.output.warn(&format!("{verb}{}: {}", remark.about, remark.what));
    }
    Ok(())
}

fn finish(report: &ImportReport) -> Result<(), CommandError> {
    let failed = report.topics.iter().filter(|topic| topic.outcome == TopicOutcome::NotTaken).count();
    if failed == 0 {
        return Ok(());
    }
    let what = format!("{failed} of {} topics could not be taken over", report.topics.len());
    Err(CommandError::failure(what).with_hint("the warnings say why; the other topics are taken over"))
}
