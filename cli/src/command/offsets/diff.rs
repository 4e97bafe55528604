//! `fluxctl offsets diff`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use fluxmq_client::{Admin, TopicPartition};
use serde::Serialize;

use crate::completion;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::grammar::Selector;
use crate::group::saved::Saved;
use crate::group::{find, positions, saved, select, text};
use crate::output::{Column, View};
use crate::stream::counted;

const EXAMPLES: &str = "\
Examples:
  fluxctl offsets diff orders-app orders-app-v2         two groups
  fluxctl offsets diff orders-app end                   what is left to read
  fluxctl offsets diff saved.csv orders-app             how far it came since it was saved
  fluxctl offsets diff group:end file:saved.json        where names could be taken for something else

A side is a group, a file that `offsets list --group` wrote, or `start` or `end` of the log. Ends with 10 when they
differ, with 0 when they do not.";

/// Compare what two groups have committed, or a group with a file or with the log
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DiffArgs {
    /// A group, a file of offsets, `start` or `end`
    #[arg(value_name = "A")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    a: String,
    /// What it is compared with
    #[arg(value_name = "B")]
    #[arg(add = ArgValueCandidates::new(completion::groups))]
    b: String,
    /// Only this topic, or these of its partitions: orders, orders:0,2-4; may be given again
    #[arg(long = "topic", short = 't', value_name = "TOPIC[:PARTITIONS]", value_parser = Selector::parse)]
    #[arg(add = ArgValueCandidates::new(completion::topics))]
    topics: Vec<Selector>,
    /// Show what is the same as well
    #[arg(long, short = 'a')]
    all: bool,
}

/// What a side is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Side {
    Group(String),
    File(PathBuf),
    Start,
    End,
}

impl Side {
    /// A prefix says it; else the words `start` and `end`, what looks like a file and is one, and all else is a group.
    fn parse(typed: &str, is_file: impl Fn(&Path) -> bool) -> Side {
        let looks_like_file = |path: &Path| {
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            typed.contains('/') || matches!(ending, "csv" | "tsv" | "json" | "ndjson")
        };
        match (typed.strip_prefix("group:"), typed.strip_prefix("file:")) {
            (Some(group), _) => Side::Group(group.to_owned()),
            (_, Some(file)) => Side::File(file.into()),
            _ if typed == "start" => Side::Start,
            _ if typed == "end" => Side::End,
            _ if looks_like_file(Path::new(typed)) && is_file(Path::new(typed)) => Side::File(typed.into()),
            _ => Side::Group(typed.to_owned()),
        }
    }

    fn is_log(&self) -> bool {
        matches!(self, Side::Start | Side::End)
    }
}

#[derive(Debug, Serialize)]
struct DiffView {
    topic: String,
    partition: i32,
    a: Option<i64>,
    b: Option<i64>,
    /// How far the second is ahead of the first.
    delta: Option<i64>,
}

impl View for DiffView {
    const COLUMNS: &'static [Column] = &[
        Column::new("TOPIC"),
        Column::number("PARTITION"),
        Column::number("A"),
        Column::number("B"),
        Column::number("DELTA"),
    ];

    fn name(&self) -> String {
        format!("{}-{}", self.topic, self.partition)
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.topic.clone(),
            self.partition.to_string(),
            text::number(self.a),
            text::number(self.b),
            text::signed(self.delta),
        ]
    }
}

pub(super) fn run(args: &DiffArgs, context: &Context) -> Result<(), CommandError> {
    let sides = [&args.a, &args.b].map(|typed| Side::parse(typed, Path::is_file));
    if sides.iter().all(Side::is_log) {
        return Err(CommandError::usage(
            "`start` and `end` have no partitions of their own: name a group or a file",
        )
        .with_hint("`fluxctl offsets list TOPIC` shows where logs start and end"));
    }
    let [a, b] = context.block_on(read(&sides, args, context))?;
    let all = compare(&a, &b);
    let compared = all.len();
    let differing = all.iter().filter(|view| view.a != view.b).count();
    let shown: Vec<DiffView> = all.into_iter().filter(|view| args.all || view.a != view.b).collect();
    context.output.list(&shown)?;
    if differing == 0 {
        context.output.note(&format!("no difference in {}", counted(compared as u64, "partition")));
        return Ok(());
    }
    let differ = if differing == 1 { "differs" } else { "differ" };
    let partitions = counted(compared as u64, "partition");
    Err(CommandError::new(ErrorKind::Different, format!("{differing} of {partitions} {differ}")))
}

/// The offsets of both sides; those of the log are of the partitions that the other side has.
async fn read(sides: &[Side; 2], args: &DiffArgs, context: &Context) -> Result<[Saved; 2], CommandError> {
    let admin = if sides.iter().all(|side| matches!(side, Side::File(_))) {
        None
    } else {
        Some(find::admin(context).await?)
    };
    let mut read = [Saved::new(), Saved::new()];
    for (side, read) in sides.iter().zip(&mut read) {
        *read = match (side, &admin) {
            (Side::File(path), _) => saved::read(path)?,
            (Side::Group(group), Some(admin)) => select::offsets_of(admin, group).await?,
            _ => Saved::new(),
        };
        read.retain(|name, _| args.topics.is_empty() || args.topics.iter().any(|topic| topic.takes(name)));
    }
    let [a, b] = &mut read;
    if let Some(admin) = &admin {
        match sides {
            [side, _] if side.is_log() => *a = of_log(admin, side, b).await?,
            [_, side] if side.is_log() => *b = of_log(admin, side, a).await?,
            _ => {}
        }
    }
    Ok(read)
}

async fn of_log(admin: &Admin, side: &Side, other: &Saved) -> Result<Saved, CommandError> {
    let logs = positions::logs(admin, other.keys()).await?;
    let offset = |log: positions::Log| match side {
        Side::Start => log.bounds.log_start_offset,
        _ => log.bounds.end_offset,
    };
    Ok(logs.into_iter().map(|(partition, log)| (partition, offset(log))).collect())
}

fn compare(a: &Saved, b: &Saved) -> Vec<DiffView> {
    let mut names: BTreeMap<&TopicPartition, (Option<i64>, Option<i64>)> = BTreeMap::new();
    for (name, offset) in a {
        names.entry(name).or_default().0 = Some(*offset);
    }
    for (name, offset) in b {
        names.entry(name).or_default().1 = Some(*offset);
    }
    let view = |(name, (a, b)): (&TopicPartition, (Option<i64>, Option<i64>))| DiffView {
        topic: name.topic.clone(),
        partition: name.partition,
        a,
        b,
        delta: a.zip(b).map(|(a, b)| b - a),
    };
    names.into_iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_what_it_looks_like() {
        let is_file = |path: &Path| path.ends_with("saved.csv") || path.ends_with("plain");
        let side = |typed: &str| Side::parse(typed, is_file);
        assert_eq!(side("orders-app"), Side::Group("orders-app".to_owned()));
        assert_eq!(side("saved.csv"), Side::File("saved.csv".into()));
        assert_eq!(side("gone.csv"), Side::Group("gone.csv".to_owned()), "a group may be called so");
        assert_eq!(side("plain"), Side::Group("plain".to_owned()));
        assert_eq!(side("./plain"), Side::File("./plain".into()));
        assert_eq!(side("file:plain"), Side::File("plain".into()));
        assert_eq!((side("end"), side("start")), (Side::End, Side::Start));
        assert_eq!(side("group:end"), Side::Group("end".to_owned()));
    }

    #[test]
    fn what_only_one_side_has_is_a_difference_without_a_number() {
        let saved = |offsets: &[(i32, i64)]| -> Saved {
            offsets
                .iter()
                .map(|(partition, offset)| (TopicPartition::new("t", *partition), *offset))
                .collect()
        };
        let views = compare(&saved(&[(0, 5), (1, 7)]), &saved(&[(1, 9), (2, 1)]));
        let cells: Vec<Vec<String>> = views.iter().map(View::cells).collect();
        assert_eq!(cells, [["t", "0", "5", "-", "-"], ["t", "1", "7", "9", "+2"], ["t", "2", "-", "1", "-"]]);
    }
}
