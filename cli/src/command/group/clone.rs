//! `fluxctl group clone`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use crate::completion;
use crate::confirm;
use crate::context::Context;
use crate::error::CommandError;
use crate::grammar::Selector;
use crate::group::change::{Change, Move};
use crate::group::{find, positions, select};

const EXAMPLES: &str = "\
Examples:
  fluxctl group clone orders-app orders-app-v2 --dry-run
  fluxctl group clone orders-app debug --topic orders --yes

Notes of the committer and leader epochs go along. What the second group has committed of other partitions stays.";

/// Commit for a group what another has committed
///
/// Shows what changes and asks; the answer is no unless it is yes. The second group need not exist; one that somebody
/// reads with is not changed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CloneArgs {
    /// Name of the group that is copied
    #[arg(value_name = "SOURCE")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    source: String,
    /// Name of the group that is set
    #[arg(value_name = "DESTINATION")]
    destination: String,
    /// Only this topic, or these of its partitions: orders, orders:0,2-4; may be given again
    #[arg(long = "topic", short = 't', value_name = "TOPIC[:PARTITIONS]", value_parser = Selector::parse)]
    #[arg(add = ArgValueCandidates::new(completion::topics))]
    topics: Vec<Selector>,
    /// Show what would change, and commit nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &CloneArgs, context: &Context) -> Result<(), CommandError> {
    confirm::writable(context)?;
    if args.source == args.destination {
        return Err(CommandError::usage("the two groups are the same"));
    }
    context.block_on(async {
        let admin = find::admin(context).await?;
        select::offsets_of(&admin, &args.source).await?;
        let source = positions::committed(&admin, &args.source).await?;
        let group = &args.destination;
        let existing = find::maybe(&admin, group).await?;
        let committed = positions::committed(&admin, group).await?;
        let partitions = select::among(source.keys(), &args.topics)?;
        let logs = positions::logs(&admin, &partitions).await?;
        let moves = partitions.into_iter().filter_map(|partition| {
            let from = source.get(&partition)?;
            let current = committed.get(&partition).map(|committed| committed.offset);
            let log = logs.get(&partition);
            let copied = Move {
                leader_epoch: from.leader_epoch,
                metadata: from.metadata.clone(),
                ..Move::new(partition, current, Some(from.offset))
            };
            Some(select::within(copied, log))
        });
        let moves = moves.collect();
        Change { group, existing, moves, records: None, dry_run: args.dry_run }
            .carry_out(&admin, context)
            .await
    })
}
