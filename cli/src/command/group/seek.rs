//! `fluxctl group seek`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::{Admin, IsolationLevel, OffsetSpec, TopicPartition};

use crate::completion;
use crate::confirm;
use crate::context::Context;
use crate::error::CommandError;
use crate::grammar::{Selector, Target};
use crate::group::change::{Change, Move};
use crate::group::positions::{self, Committed, Log};
use crate::group::saved::Saved;
use crate::group::{find, read, saved, select, text};

const EXAMPLES: &str = "\
Examples:
  fluxctl group seek orders-app --to start --dry-run       shows what would change
  fluxctl group seek orders-app --to @-1h                  to an hour ago
  fluxctl group seek orders-app --to -10 --topic orders:0  ten back from what is committed
  fluxctl group seek orders-app --to end --yes             for scripts
  fluxctl group seek copy --to-group orders-app --allow-new-topics
  fluxctl group seek orders-app --to-file saved.csv        as `offsets list -O csv` wrote it

Targets (--to), per partition:
  start, end           where the log starts and ends
  N                    offset N
  +N, -N               N after, N before what is committed now (current+N, current-N)
  start+N, end-N       counted from the log's start or end
  @T                   the first record at or after a time: @-1h30m, @2024-02-14, @1700000000000
  current              what is committed, brought within the log

Targets outside of the log are brought within it. A group that somebody reads with is not changed.";

/// Set a group to other offsets
///
/// Shows what changes and asks; the answer is no unless it is yes. Without `--topic`, all partitions of the topics that
/// the group has committed offsets of.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SeekArgs {
    /// Name of the group
    #[arg(value_name = "GROUP")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    group: String,
    #[command(flatten)]
    to: To,
    /// Only this topic, or these of its partitions: orders, orders:0,2-4; may be given again
    #[arg(long = "topic", short = 't', value_name = "TOPIC[:PARTITIONS]", value_parser = Selector::parse)]
    #[arg(add = ArgValueCandidates::new(completion::topics))]
    topics: Vec<Selector>,
    /// Topics of which the group has committed nothing, or a group that does not exist, are no mistake
    #[arg(long)]
    allow_new_topics: bool,
    /// Show what would change, and commit nothing
    #[arg(long)]
    dry_run: bool,
}

/// Where to.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct To {
    /// Where to: start, end, N, +N, -N, @TIME, current
    #[arg(long, value_name = "TARGET", allow_hyphen_values = true)]
    to: Option<String>,
    /// To where this group stands
    #[arg(long, value_name = "GROUP")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    to_group: Option<String>,
    /// To the offsets of a file, as `offsets list --group` writes it
    #[arg(long, value_name = "FILE")]
    to_file: Option<PathBuf>,
}

/// The same, understood.
enum Wanted {
    Target(Target),
    Offsets(Saved),
}

pub(super) fn run(args: &SeekArgs, context: &Context) -> Result<(), CommandError> {
    confirm::writable(context)?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let target = args.to.to.as_deref().map(|text| Target::parse(text, now_ms)).transpose()?;
    if let (Some(ms), Some(typed)) = (target.and_then(Target::timestamp_ms), &args.to.to)
        && ms > now_ms
    {
        context.output.warn(&text::in_the_future(typed, ms));
    }
    let file = args.to.to_file.as_deref().map(saved::read).transpose()?;
    context.block_on(async {
        let admin = find::admin(context).await?;
        let wanted = match (target, file, &args.to.to_group) {
            (Some(target), _, _) => Wanted::Target(target),
            (None, Some(offsets), _) => Wanted::Offsets(offsets),
            (None, None, other) => {
                Wanted::Offsets(select::offsets_of(&admin, other.as_deref().unwrap_or_default()).await?)
            }
        };
        seek(args, wanted, &admin, context).await
    })
}

async fn seek(args: &SeekArgs, wanted: Wanted, admin: &Admin, context: &Context) -> Result<(), CommandError> {
    let group = &args.group;
    let existing = find::maybe(admin, group).await?;
    let committed = positions::committed(admin, group).await?;
    if existing.is_none() && committed.is_empty() && !args.allow_new_topics {
        return Err(select::new_group(find::absent(admin, group).await));
    }
    let partitions = match &wanted {
        Wanted::Target(_) => {
            let partitions = select::partitions(admin, &args.topics, &committed).await?;
            select::require_some(group, &partitions)?;
            partitions
        }
        Wanted::Offsets(offsets) => select::among(offsets.keys(), &args.topics)?,
    };
    if !args.allow_new_topics {
        select::require_known(group, &partitions, &committed)?;
    }
    let logs = positions::logs(admin, &partitions).await?;
    let moves: Vec<Move> = match &wanted {
        Wanted::Target(target) => {
            let at_time = at_time(admin, *target, &logs).await?;
            let towards =
                |partition: TopicPartition| towards(*target, partition, &committed, &logs, &at_time);
            partitions.into_iter().map(towards).collect()
        }
        Wanted::Offsets(offsets) => {
            let current =
                |partition: &TopicPartition| committed.get(partition).map(|committed| committed.offset);
            let to = |partition: TopicPartition| {
                let wanted = offsets.get(&partition).copied();
                select::within(
                    Move::new(partition.clone(), current(&partition), wanted),
                    logs.get(&partition),
                )
            };
            partitions.into_iter().map(to).collect()
        }
    };
    let is_by_time = matches!(&wanted, Wanted::Target(target) if target.timestamp_ms().is_some());
    let records = if is_by_time { Some(landings(admin, &moves, &logs).await?) } else { None };
    Change { group, existing, moves, records, dry_run: args.dry_run }.carry_out(admin, context).await
}

fn towards(
    target: Target,
    partition: TopicPartition,
    committed: &Committed,
    logs: &BTreeMap<TopicPartition, Log>,
    at_time: &BTreeMap<TopicPartition, i64>,
) -> Move {
    let current = committed.get(&partition).map(|committed| committed.offset);
    let Some(log) = logs.get(&partition) else {
        return select::gone(Move::new(partition, current, None));
    };
    let resolved = target.resolve(current, log.bounds, at_time.get(&partition).copied());
    let note = resolved.note.map(str::to_owned);
    Move { note, ..Move::new(partition, current, resolved.offset) }
}

/// The first records at or after the target's time, where it has one.
async fn at_time(
    admin: &Admin,
    target: Target,
    logs: &BTreeMap<TopicPartition, Log>,
) -> Result<BTreeMap<TopicPartition, i64>, CommandError> {
    let Some(ms) = target.timestamp_ms() else { return Ok(BTreeMap::new()) };
    let queries: Vec<_> = logs.keys().map(|name| (name.clone(), OffsetSpec::Timestamp(ms))).collect();
    let mut found = BTreeMap::new();
    for (partition, answer) in admin.list_offsets(&queries, IsolationLevel::ReadUncommitted).await {
        if let Some(offset) = answer?.offset {
            found.insert(partition, offset);
        }
    }
    Ok(found)
}

/// The records that moves land on.
async fn landings(
    admin: &Admin,
    moves: &[Move],
    logs: &BTreeMap<TopicPartition, Log>,
) -> Result<BTreeMap<TopicPartition, fluxmq_client::ConsumerRecord>, CommandError> {
    let places = moves.iter().filter_map(|change| {
        let log = *logs.get(&change.partition)?;
        Some((change.partition.clone(), log, change.new?))
    });
    let found = read::after(admin.client(), places.collect(), 1).await?.into_iter().flatten();
    Ok(found.map(|record| (TopicPartition::new(&*record.topic, record.partition), record)).collect())
}
