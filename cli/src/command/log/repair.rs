//! `fluxctl log repair`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use fluxmq::offline::{self, Choice, Finding, Repair, Step};
use serde::Serialize;

use crate::confirm;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::output::{Column, View};

const EXAMPLES: &str = "\
Examples:
  fluxctl log repair DIR                               what can be done without losing anything
  fluxctl log repair DIR --skip-damage --dry-run       what would be done
  fluxctl log repair DIR --skip-damage                 take damaged bytes out, keep what follows
  fluxctl log repair DIR/orders-0 --truncate --yes     end one log before its damage

Nothing is deleted: what is taken out of a log goes to `quarantine` in its directory.

Exit codes:
  0 done, or nothing to do; 10 damage is left; 6 a broker uses the directory";

/// Mend a damaged data directory
///
/// Cuts off unfinished writes, makes indexes anew, and puts aside what nothing needs. What becomes of damage in the middle of a
/// log is for you to decide: `--truncate` or `--skip-damage`. Says what it does, and asks before.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RepairArgs {
    /// Data directory, or directory of a partition
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    path: PathBuf,
    /// End a damaged log before its damage; intact records that follow are put aside
    #[arg(long, conflicts_with = "skip_damage")]
    truncate: bool,
    /// Take damaged bytes out of a log; their offsets are missing from then on
    #[arg(long)]
    skip_damage: bool,
    /// Say what would be done
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct StepView<'a> {
    #[serde(flatten)]
    step: &'a Step,
    dry_run: bool,
}

impl View for StepView<'_> {
    const COLUMNS: &'static [Column] =
        &[Column::new("LOG"), Column::new("FILE"), Column::new("WHAT"), Column::number("BYTES PUT ASIDE")];

    fn name(&self) -> String {
        format!("{}/{}", self.step.log, self.step.file)
    }

    fn cells(&self) -> Vec<String> {
        let Step { log, file, what, bytes_put_aside } = self.step;
        vec![log.clone(), file.clone(), what.clone(), bytes_put_aside.to_string()]
    }
}

pub(super) fn run(args: &RepairArgs, context: &Context) -> Result<(), CommandError> {
    let choice = match (args.truncate, args.skip_damage) {
        (true, _) => Choice::Truncate,
        (_, true) => Choice::SkipDamage,
        _ => Choice::Leave,
    };
    let planned = offline::plan_repair(&args.path, choice)?;
    if planned.steps.is_empty() || args.dry_run {
        show(&planned, true, context)?;
        return left(&planned.left, choice);
    }
    if !context.global.yes {
        planned.steps.iter().for_each(|step| context.output.note(&sentence(step)));
        confirm::ask(context, &question(&planned))?;
    }
    let done = offline::repair(&args.path, choice)?;
    show(&done, false, context)?;
    left(&done.left, choice)
}

/// The steps in the form that was asked for, else in words.
fn show(repair: &Repair, dry_run: bool, context: &Context) -> Result<(), CommandError> {
    let prefix = if dry_run { "dry run: " } else { "" };
    let rows: Vec<StepView<'_>> = repair.steps.iter().map(|step| StepView { step, dry_run }).collect();
    if rows.is_empty() {
        context.output.note("there is nothing to do");
    }
    context.output.changed(&rows, |row| format!("{prefix}{}", sentence(row.step)))
}

fn sentence(step: &Step) -> String {
    format!("`{}/{}`: {}", step.log, step.file, step.what)
}

fn question(repair: &Repair) -> String {
    let bytes: u64 = repair.steps.iter().map(|step| step.bytes_put_aside).sum();
    let steps = match repair.steps.len() {
        1 => "this step".to_owned(),
        count => format!("these {count} steps"),
    };
    format!("do {steps}, which put {bytes} bytes aside")
}

/// Damage that is left has its exit code.
fn left(findings: &[Finding], choice: Choice) -> Result<(), CommandError> {
    if findings.is_empty() {
        return Ok(());
    }
    let places: Vec<String> = findings
        .iter()
        .map(|finding| match finding.position {
            Some(position) => format!("`{}` at position {position}", finding.file),
            None => format!("`{}`", finding.file),
        })
        .collect();
    let hint = match choice {
        Choice::Leave => {
            "`--truncate` ends a log before its damage, `--skip-damage` takes the damaged bytes out; `fluxctl log verify` tells \
             what is damaged"
        }
        _ => "`fluxctl log verify -O wide` says what to do about it",
    };
    Err(CommandError::new(ErrorKind::Different, format!("damage is left in {}", places.join(", ")))
        .with_hint(hint))
}
