//! `fluxctl log verify`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use fluxmq::offline::{self, Finding, Severity, Verification, VerifiedLog};
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::output::{Column, OutputFormat, Section, View};

const EXAMPLES: &str = "\
Examples:
  fluxctl log verify ~/.local/share/fluxmq             everything in a data directory
  fluxctl log verify /var/lib/kafka/orders-0           one partition, of Apache Kafka too
  fluxctl log verify DIR -O wide                       with what to do about each finding
  fluxctl log verify DIR -O ndjson                     one line of JSON for each finding

Findings:
  damage        records, or facts that nothing else tells, cannot be read
  gap           offsets are missing where a repair has put them aside
  torn_tail     a last write that was not finished; the next start of a broker cuts it off
  rebuildable   an index or the like that is wrong; a broker makes it anew
  leftover      a file that nothing needs

Exit codes:
  0 no damage, 10 damage was found, 1 something could not be read";

/// Look for damage in a data directory
///
/// Reads every file of a data directory, of the directory of one partition, or one file of batches with its indexes: of a
/// FluxMQ broker or of Apache Kafka. Nothing is changed. A broker may be running; what it is writing may look torn then.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct VerifyArgs {
    /// Data directory, directory of a partition, or file of batches
    #[arg(value_name = "DIR", value_hint = ValueHint::AnyPath)]
    path: PathBuf,
}

#[derive(Debug, Serialize)]
struct VerificationView(Verification);

#[derive(Debug, Serialize)]
struct FindingView<'a>(&'a Finding);

impl View for VerificationView {
    const COLUMNS: &'static [Column] = &[];

    fn name(&self) -> String {
        self.0.path.clone()
    }

    fn cells(&self) -> Vec<String> {
        Vec::new()
    }
}

impl View for FindingView<'_> {
    const COLUMNS: &'static [Column] = FINDING_COLUMNS;

    fn name(&self) -> String {
        self.0.file.clone()
    }

    fn cells(&self) -> Vec<String> {
        let number = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
        vec![
            severity(self.0.severity).to_owned(),
            self.0.file.clone(),
            number(self.0.position.map(|position| position.to_string())),
            number(self.0.offset.map(|offset| offset.to_string())),
            self.0.what.clone(),
            self.0.advice.clone(),
        ]
    }
}

const FINDING_COLUMNS: &[Column] = &[
    Column::new("FINDING"),
    Column::new("FILE"),
    Column::number("POSITION"),
    Column::number("OFFSET"),
    Column::new("WHAT"),
    Column::new("WHAT TO DO").wide(),
];

const LOG_COLUMNS: &[Column] = &[
    Column::new("LOG"),
    Column::number("SEGMENTS"),
    Column::number("BATCHES"),
    Column::number("RECORDS"),
    Column::number("START"),
    Column::number("END"),
    Column::number("BYTES"),
    Column::new("STATE"),
];

pub(super) fn run(args: &VerifyArgs, context: &Context) -> Result<(), CommandError> {
    let verification = offline::verify(&args.path)?;
    if let Some(holder) = &verification.held_by {
        context.output.warn(&format!("{holder} uses this directory: what it is writing may look torn"));
    }
    let damages = verification.damages();
    let view = VerificationView(verification);
    let findings: Vec<FindingView<'_>> = view.0.all_findings().map(FindingView).collect();
    match context.output.format {
        Some(OutputFormat::Tsv | OutputFormat::Csv | OutputFormat::Ndjson | OutputFormat::Name) => {
            context.output.list(&findings)?;
        }
        _ => context.output.one(&view, &sections(&view.0, &findings))?,
    }
    match damages {
        0 => Ok(()),
        1 => Err(damaged(args, "1 place is damaged".to_owned())),
        places => Err(damaged(args, format!("{places} places are damaged"))),
    }
}

fn damaged(args: &VerifyArgs, what: String) -> CommandError {
    let path = args.path.display();
    CommandError::new(ErrorKind::Different, what).with_hint(format!(
        "`-O wide` says what to do about each; `fluxctl log repair {path}` shows what can be done"
    ))
}

fn sections(verification: &Verification, findings: &[FindingView<'_>]) -> Vec<Section> {
    let logs = verification.logs.iter().map(log_cells).collect();
    let mut sections = vec![Section::Table { columns: LOG_COLUMNS, rows: logs }];
    if !findings.is_empty() {
        let rows = findings.iter().map(View::cells).collect();
        sections.push(Section::Table { columns: FINDING_COLUMNS, rows });
    }
    sections
}

fn log_cells(log: &VerifiedLog) -> Vec<String> {
    let numbers = [log.segments as u64, log.batches, log.records];
    let offsets = [log.start_offset, log.end_offset];
    let mut cells = vec![log.name.clone()];
    cells.extend(numbers.iter().map(u64::to_string));
    cells.extend(offsets.iter().map(i64::to_string));
    cells.push(log.bytes.to_string());
    cells.push(log.worst().map_or("good", severity).to_owned());
    cells
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Leftover => "leftover",
        Severity::Rebuildable => "rebuildable",
        Severity::TornTail => "torn_tail",
        Severity::Gap => "gap",
        Severity::Damage => "damage",
    }
}
