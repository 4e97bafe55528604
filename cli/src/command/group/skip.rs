//! `fluxctl group skip`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::admin::{Group, OffsetToCommit};
use fluxmq_client::{Admin, ConsumerRecord, TopicPartition};
use serde::Serialize;
use serde_json::Value;

use crate::completion;
use crate::confirm;
use crate::context::Context;
use crate::error::CommandError;
use crate::grammar::Selector;
use crate::group::record::{self, RecordRow};
use crate::group::{change, find, positions, read, select};
use crate::output::Section;
use crate::output::View;
use crate::stream::counted;

const EXAMPLES: &str = "\
Examples:
  fluxctl group skip orders-app orders:0 --dry-run       shows the record that would be skipped
  fluxctl group skip orders-app orders:0
  fluxctl group skip orders-app orders:0 --count 3 --yes

Records are counted, not offsets: gaps that compaction or transactions left are stepped over.";

/// Step past a record that a group cannot digest
///
/// Shows the record and asks; the answer is no unless it is yes. A group that somebody reads with is not changed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SkipArgs {
    /// Name of the group
    #[arg(value_name = "GROUP")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    group: String,
    /// The partition: orders:0
    #[arg(value_name = "TOPIC:PARTITION", value_parser = Selector::parse_one)]
    #[arg(add = ArgValueCandidates::new(completion::topics))]
    partition: TopicPartition,
    /// How many records
    #[arg(long, short = 'n', value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
    /// Show what would be skipped, and commit nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct SkippedView {
    group: String,
    topic: String,
    partition: i32,
    current_offset: i64,
    new_offset: i64,
    dry_run: bool,
    /// The records that are skipped.
    records: Vec<Value>,
}

/// What is to be skipped.
struct Skip {
    existing: Group,
    current: i64,
    new: i64,
    records: Vec<ConsumerRecord>,
}

pub(super) fn run(args: &SkipArgs, context: &Context) -> Result<(), CommandError> {
    confirm::writable(context)?;
    context.block_on(async {
        let admin = find::admin(context).await?;
        let skip = find_records(args, &admin).await?;
        if skip.records.len() < args.count as usize {
            let left = counted(skip.records.len() as u64, "record");
            context.output.warn(&format!("only {left} of `{}` left to skip", args.partition));
        }
        carry_out(args, skip, &admin, context).await
    })
}

async fn find_records(args: &SkipArgs, admin: &Admin) -> Result<Skip, CommandError> {
    let existing = find::one(admin, &args.group).await?;
    // Of a group that reads on, no other answer would hold for long.
    if !args.dry_run {
        find::require_idle(&existing)?;
    }
    let committed = positions::committed(admin, &args.group).await?;
    let name = &args.partition;
    let only = Selector { topic: name.topic.clone(), partitions: Some(vec![name.partition]) };
    select::among(committed.keys(), &[only])?;
    let current = committed.get(name).map_or(0, |committed| committed.offset);
    let logs = positions::logs(admin, [name]).await?;
    let log = *logs.get(name).ok_or_else(|| {
        CommandError::failure(format!("partition `{name}` is not there, or has no leader"))
            .with_hint(format!("`fluxctl topic describe {}` shows it", name.topic))
    })?;
    let place = (name.clone(), log, current);
    let found = read::after(admin.client(), vec![place], args.count as usize).await?;
    let records: Vec<ConsumerRecord> = found.into_iter().flatten().collect();
    match records.last() {
        Some(last) => Ok(Skip { existing, current, new: last.offset + 1, records }),
        None => Err(CommandError::failure(format!(
            "nothing to skip: group `{}` is at the end of `{name}`",
            args.group
        ))
        .with_hint(format!("`fluxctl group describe {}` shows where it stands", args.group))),
    }
}

async fn carry_out(
    args: &SkipArgs,
    skip: Skip,
    admin: &Admin,
    context: &Context,
) -> Result<(), CommandError> {
    let (group, name) = (&args.group, &args.partition);
    let skipped = counted(skip.records.len() as u64, "record");
    let what =
        format!("skip {skipped} of `{name}` in group `{group}`: offset {} to {}", skip.current, skip.new);
    let idle = find::require_idle(&skip.existing);
    if args.dry_run {
        print(args, &skip, context)?;
        context.output.note(&match &idle {
            Ok(()) => format!("dry run: nothing was committed; it would {what}"),
            Err(_) => "dry run: nothing was committed".to_owned(),
        });
        return idle;
    }
    idle?;
    let is_shown = confirm::is_terminal() && !context.global.yes;
    if is_shown {
        context.output.preview(&rows(args, &skip));
    }
    confirm::destroy_in_cluster(context, &what)?;
    let offset = OffsetToCommit::new(name.clone(), skip.new);
    if let Some((_, error)) = change::commit(admin, group, &[offset]).await?.pop_first() {
        return Err(error);
    }
    if !is_shown || context.output.format.is_some() {
        print(args, &skip, context)?;
    }
    let (current, new) = (skip.current, skip.new);
    context
        .output
        .note(&format!("skipped {skipped} of `{name}` in group `{group}`: offset {current} to {new}"));
    Ok(())
}

fn rows(args: &SkipArgs, skip: &Skip) -> Vec<RecordRow> {
    skip.records.iter().map(|record| RecordRow::new(&args.group, "skipped", record)).collect()
}

fn print(args: &SkipArgs, skip: &Skip, context: &Context) -> Result<(), CommandError> {
    let rows = rows(args, skip);
    let view = SkippedView {
        group: args.group.clone(),
        topic: args.partition.topic.clone(),
        partition: args.partition.partition,
        current_offset: skip.current,
        new_offset: skip.new,
        dry_run: args.dry_run,
        records: skip.records.iter().map(record::whole).collect(),
    };
    let table = Section::Table { columns: RecordRow::COLUMNS, rows: rows.iter().map(View::cells).collect() };
    let name = args.partition.to_string();
    context.output.described(&[view], &[vec![table]], &rows, &[&name])
}
