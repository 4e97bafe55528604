//! `fluxctl group describe`.

mod view;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::Admin;
use fluxmq_client::admin::Group;

use crate::command::outcome;
use crate::completion;
use crate::context::Context;
use crate::error::CommandError;
use crate::group::positions::{self, Committed};
use crate::group::{find, read};
use crate::output::View;
use view::{GroupView, PartitionView};

const EXAMPLES: &str = "\
Examples:
  fluxctl group describe orders-app
  fluxctl group describe orders-app --members          who is there, and what each reads
  fluxctl group describe -r 'orders-.*' --state        a summary of many
  fluxctl group describe orders-app -O json
  fluxctl group describe orders-app -O tsv             one line per partition

LAG counts offsets from what is committed to the log's end; LAG TIME is the age of the next record to be read, `-`
where none waits.";

/// Show groups: who reads what, and how far behind
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DescribeArgs {
    /// Names of the groups
    #[arg(required = true, value_name = "GROUP")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    groups: Vec<String>,
    /// Take each GROUP as a regular expression that must match the whole name
    #[arg(long, short = 'r')]
    regex: bool,
    /// Show the members and what each reads
    #[arg(long, conflicts_with_all = ["offsets", "state"])]
    members: bool,
    /// Show the partitions alone
    #[arg(long, conflicts_with = "state")]
    offsets: bool,
    /// Show the summary alone
    #[arg(long)]
    state: bool,
}

/// Which part is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Members,
    Offsets,
    State,
}

impl DescribeArgs {
    fn part(&self) -> Part {
        match (self.members, self.offsets, self.state) {
            (true, _, _) => Part::Members,
            (_, true, _) => Part::Offsets,
            (_, _, true) => Part::State,
            _ => Part::All,
        }
    }
}

pub(super) fn run(args: &DescribeArgs, context: &Context) -> Result<(), CommandError> {
    let part = args.part();
    let (views, failures) = context.block_on(describe(args, part, context))?;
    let asked = views.len() + failures.len();
    if !views.is_empty() || failures.is_empty() {
        let shows_name = asked > 1;
        let sections: Vec<_> = views.iter().map(|view| view.sections(part, shows_name)).collect();
        let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
        let show = Shown { context, views: &views, sections: &sections, names: &names };
        match part {
            Part::State => show.rows(&views.iter().map(view::StateRow).collect::<Vec<_>>())?,
            Part::Members => show.rows(&views.iter().flat_map(GroupView::member_rows).collect::<Vec<_>>())?,
            Part::All | Part::Offsets => {
                show.rows(
                    &views.iter().flat_map(|view| view.partitions.iter().flatten()).collect::<Vec<_>>(),
                )?;
            }
        }
    }
    outcome::finish(context, asked, failures, "groups", "described")
}

/// All but the rows, whose type depends on the part.
struct Shown<'a> {
    context: &'a Context,
    views: &'a [GroupView],
    sections: &'a [Vec<crate::output::Section>],
    names: &'a [&'a str],
}

impl Shown<'_> {
    fn rows<R: View>(&self, rows: &[R]) -> Result<(), CommandError> {
        self.context.output.described(self.views, self.sections, rows, self.names)
    }
}

async fn describe(
    args: &DescribeArgs,
    part: Part,
    context: &Context,
) -> Result<(Vec<GroupView>, Vec<CommandError>), CommandError> {
    let admin = find::admin(context).await?;
    let names = find::named(&admin, &args.groups, args.regex).await?;
    let (groups, mut failures) = find::describe(&admin, &names).await;
    if part == Part::Members {
        return Ok((groups.into_iter().map(|group| GroupView::new(group, None)).collect(), failures));
    }
    let known: Vec<&str> = groups.iter().map(|group| group.spec.name.as_str()).collect();
    let committed = admin.committed_offsets_of_groups(&known).await;
    let mut views = Vec::new();
    for (group, (_, committed)) in groups.into_iter().zip(committed) {
        match committed {
            Ok(committed) => {
                let partitions = partitions(&admin, &group, &committed).await?;
                views.push(GroupView::new(group, Some(partitions)));
            }
            Err(error) => failures.push(error.into()),
        }
    }
    Ok((views, failures))
}

/// The partitions that a group has committed offsets of, or that a member reads.
async fn partitions(
    admin: &Admin,
    group: &Group,
    committed: &Committed,
) -> Result<Vec<PartitionView>, CommandError> {
    let assigned = group.status.members.iter().flat_map(|member| &member.assignment);
    let mut all: Vec<_> = committed.keys().chain(assigned).cloned().collect();
    all.sort();
    all.dedup();
    let logs = positions::logs(admin, &all).await?;
    let mut views: Vec<PartitionView> = all
        .into_iter()
        .map(|partition| {
            let owner = group.status.owner(&partition);
            let (log, committed) = (logs.get(&partition), committed.get(&partition));
            PartitionView::new(&group.spec.name, partition, committed, log, owner)
        })
        .collect();
    let behind: Vec<&mut PartitionView> = views.iter_mut().filter(|view| view.lag > Some(0)).collect();
    let places = behind.iter().filter_map(|view| {
        let partition = view.partition_name();
        let log = *logs.get(&partition)?;
        Some((partition, log, view.committed_offset?))
    });
    let timestamps = read::timestamps(admin.client(), places.collect()).await;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    for (view, timestamp) in behind.into_iter().zip(timestamps) {
        view.lag_ms = timestamp.map(|timestamp| (now_ms - timestamp).max(0));
    }
    Ok(views)
}
