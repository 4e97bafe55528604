//! `fluxctl group peek`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::TopicPartition;

use crate::completion;
use crate::context::Context;
use crate::error::CommandError;
use crate::grammar::Selector;
use crate::group::positions;
use crate::group::record::RecordRow;
use crate::group::{find, read, select};

const EXAMPLES: &str = "\
Examples:
  fluxctl group peek orders-app                          the next record of each partition, and its neighbours
  fluxctl group peek orders-app --topic orders:0 -B 3 -A 3
  fluxctl group peek orders-app --topic orders:0 -O json the whole record

Nothing is committed: the group reads on as if nobody had looked.";

/// Show the records around what a group has committed
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PeekArgs {
    /// Name of the group
    #[arg(value_name = "GROUP")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    group: String,
    /// Only this topic, or these of its partitions: orders, orders:0,2-4; may be given again
    #[arg(long = "topic", short = 't', value_name = "TOPIC[:PARTITIONS]", value_parser = Selector::parse)]
    #[arg(add = ArgValueCandidates::new(completion::topics))]
    topics: Vec<Selector>,
    /// How many records before the next one
    #[arg(long, short = 'B', value_name = "N", default_value_t = 1)]
    before: usize,
    /// How many records after the next one
    #[arg(long, short = 'A', value_name = "N", default_value_t = 1)]
    after: usize,
}

pub(super) fn run(args: &PeekArgs, context: &Context) -> Result<(), CommandError> {
    let rows = context.block_on(peek(args, context))?;
    if rows.is_empty() {
        let group = &args.group;
        context
            .output
            .note(&format!("group `{group}` has no record to show before or after what it has committed"));
    }
    context.output.list(&rows)
}

async fn peek(args: &PeekArgs, context: &Context) -> Result<Vec<RecordRow>, CommandError> {
    let group = &args.group;
    let admin = find::admin(context).await?;
    let committed = positions::committed(&admin, group).await?;
    if committed.is_empty() {
        find::one(&admin, group).await?;
    }
    let partitions: Vec<TopicPartition> = select::among(committed.keys(), &args.topics)?;
    let logs = positions::logs(&admin, &partitions).await?;
    let place = |partition: TopicPartition| {
        let offset = committed.get(&partition)?.offset;
        Some((partition.clone(), *logs.get(&partition)?, offset))
    };
    let places: Vec<read::Place> = partitions.into_iter().filter_map(place).collect();
    let following = read::after(admin.client(), places.clone(), args.after.saturating_add(1)).await?;
    let mut rows = Vec::new();
    for (place, following) in places.iter().zip(following) {
        for record in read::before(admin.client(), place, args.before).await? {
            rows.push(RecordRow::new(group, "before", &record));
        }
        let names = std::iter::once("next").chain(std::iter::repeat("after"));
        rows.extend(names.zip(&following).map(|(name, record)| RecordRow::new(group, name, record)));
    }
    Ok(rows)
}
