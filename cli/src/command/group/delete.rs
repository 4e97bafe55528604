//! `fluxctl group delete`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::admin::Group;
use fluxmq_client::{Admin, ErrorCode};
use serde::Serialize;

use crate::command::outcome;
use crate::completion;
use crate::confirm;
use crate::context::Context;
use crate::error::CommandError;
use crate::group::find;
use crate::output::{Column, View};
use crate::stream::counted;

const EXAMPLES: &str = "\
Examples:
  fluxctl group delete orders-app
  fluxctl group delete -r 'test-.*' --dry-run            shows which, and deletes none
  fluxctl group delete orders-app --if-exists --yes      for scripts

A group that somebody reads with is not deleted.";

/// Delete groups with all that they have committed
///
/// Asks before; the answer is no unless it is yes. Where nobody can be asked, `--yes` is needed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeleteArgs {
    /// Names of the groups
    #[arg(required = true, value_name = "GROUP")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    groups: Vec<String>,
    /// Take each GROUP as a regular expression that must match the whole name
    #[arg(long, short = 'r')]
    regex: bool,
    /// A group that does not exist is no error
    #[arg(long)]
    if_exists: bool,
    /// Show which would be deleted, and delete none
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct DeletedView {
    group: String,
    /// `deleted`, or `absent`.
    result: &'static str,
    /// How many offsets the group had committed.
    offsets: Option<usize>,
    dry_run: bool,
}

impl View for DeletedView {
    const COLUMNS: &'static [Column] =
        &[Column::new("GROUP"), Column::new("RESULT"), Column::number("OFFSETS")];

    fn name(&self) -> String {
        self.group.clone()
    }

    fn cells(&self) -> Vec<String> {
        let offsets = self.offsets.map_or_else(|| "-".to_owned(), |offsets| offsets.to_string());
        vec![self.group.clone(), self.result.to_owned(), offsets]
    }
}

pub(super) fn run(args: &DeleteArgs, context: &Context) -> Result<(), CommandError> {
    confirm::writable(context)?;
    context.block_on(delete(args, context))
}

async fn delete(args: &DeleteArgs, context: &Context) -> Result<(), CommandError> {
    let admin = find::admin(context).await?;
    let names = find::named(&admin, &args.groups, args.regex).await?;
    let (groups, failures) = find::describe(&admin, &names).await;
    let is_absent = |error: &CommandError| error.code == Some(ErrorCode::GROUP_ID_NOT_FOUND);
    let mut failures: Vec<CommandError> =
        failures.into_iter().filter(|error| !(args.if_exists && is_absent(error))).collect();
    let mut idle = Vec::new();
    for group in &groups {
        match find::require_idle(group) {
            Ok(()) => idle.push(group.spec.name.as_str()),
            Err(error) => failures.push(error),
        }
    }
    let mut views = if args.if_exists { absent(&names, &groups, args.dry_run) } else { Vec::new() };
    let rows = rows(&admin, &idle, args.dry_run).await;
    if args.dry_run {
        views.extend(rows);
    } else if !rows.is_empty() {
        confirm::destroy_in_cluster(context, &question(&rows))?;
        for ((_, outcome), row) in admin.delete_groups(&idle).await.into_iter().zip(rows) {
            match outcome {
                Ok(()) => views.push(row),
                Err(error) => failures.push(error.into()),
            }
        }
    }
    if !views.is_empty() || failures.is_empty() {
        context.output.changed(&views, sentence)?;
    }
    outcome::finish(context, names.len(), failures, "groups", "deleted")
}

/// Those that do not exist, where that is no error.
fn absent(names: &[String], groups: &[Group], dry_run: bool) -> Vec<DeletedView> {
    let is_there = |name: &String| groups.iter().any(|group| group.spec.name == *name);
    let view = |name: &String| DeletedView { group: name.clone(), result: "absent", offsets: None, dry_run };
    names.iter().filter(|name| !is_there(name)).map(view).collect()
}

async fn rows(admin: &Admin, groups: &[&str], dry_run: bool) -> Vec<DeletedView> {
    let committed = admin.committed_offsets_of_groups(groups).await.into_iter();
    let counted = committed.map(|(group, committed)| (group, committed.ok().map(|offsets| offsets.len())));
    let row = |(group, offsets)| DeletedView { group, result: "deleted", offsets, dry_run };
    counted.map(row).collect()
}

fn question(rows: &[DeletedView]) -> String {
    let offsets = rows.iter().filter_map(|row| row.offsets).sum::<usize>() as u64;
    let offsets = counted(offsets, "committed offset");
    let names: Vec<String> = rows.iter().map(|row| format!("`{}`", row.group)).collect();
    match names.as_slice() {
        [name] => format!("delete group {name} with its {offsets}"),
        names => format!("delete {} groups with their {offsets}: {}", names.len(), names.join(", ")),
    }
}

fn sentence(view: &DeletedView) -> String {
    let prefix = if view.dry_run { "dry run: " } else { "" };
    match (view.result, view.offsets) {
        ("absent", _) => format!("group `{}` does not exist", view.group),
        (_, Some(offsets)) => {
            let offsets = counted(offsets as u64, "committed offset");
            format!("{prefix}deleted group `{}` with its {offsets}", view.group)
        }
        _ => format!("{prefix}deleted group `{}`", view.group),
    }
}
