//! What is to be done to one log.

use std::ops::Range;
use std::path::Path;

use super::super::files::{names_in, read, read_text};
use super::super::place::LogDir;
use super::super::transactions::{self, AbortedTransaction};
use super::super::verify::{SegmentFacts, Survey};
use super::super::{Finding, OfflineError, Severity};
use super::{Choice, Step};
use crate::storage::data_dir::RECOVERY_POINTS;
use crate::storage::leader_epochs::LeaderEpochs;
use crate::storage::log::{LEADER_EPOCHS, QUARANTINE};
use crate::storage::segment::{LOG, OFFSET_INDEX, SNAPSHOT, TIME_INDEX, TRANSACTION_INDEX, base_offset_of};

/// What is to be done to one log, in this order.
#[derive(Debug)]
pub(super) struct LogPlan {
    pub(super) log: LogDir,
    /// The recovery point as it is and as it becomes: the lower it is, the more the next start looks through.
    pub(super) recovery_point: Option<(i64, i64)>,
    pub(super) actions: Vec<Action>,
    /// Damage that nothing is done about.
    pub(super) left: Vec<Finding>,
}

/// One thing to do.
#[derive(Debug)]
pub(super) enum Action {
    /// A file goes to quarantine.
    PutAside { name: String, bytes: u64, why: &'static str },
    /// A segment ends here from now on; the rest goes to quarantine.
    Cut { base_offset: i64, rest: Range<u64>, offset: i64, batches: u64 },
    /// These bytes of a segment go to quarantine.
    TakeOut { base_offset: i64, size: u64, damaged: Vec<Range<u64>> },
    /// The two sparse indexes of a segment are made from its batches.
    Index { base_offset: i64 },
    /// A small file gets this content.
    Write { name: String, bytes: Vec<u8>, what: &'static str },
}

impl LogPlan {
    pub(super) fn of(survey: &Survey<'_>, choice: Choice) -> Result<LogPlan, OfflineError> {
        let mut plan =
            LogPlan { log: survey.log.clone(), recovery_point: None, actions: Vec::new(), left: Vec::new() };
        let cut = match choice {
            Choice::SkipDamage => None,
            Choice::Truncate => first_damage(survey, |_| true),
            Choice::Leave => first_damage(survey, |is_torn_tail| is_torn_tail),
        };
        if let Some((number, at)) = cut {
            plan.cut(survey, number, at)?;
        } else if choice == Choice::SkipDamage {
            plan.take_out(survey)?;
        }
        plan.small_things(survey);
        plan.left = left(survey, choice, cut);
        Ok(plan)
    }

    /// Ends the log before the `at`-th damage of a segment.
    fn cut(&mut self, survey: &Survey<'_>, number: usize, at: usize) -> Result<(), OfflineError> {
        let Some(segment) = survey.segments.get(number) else { return Ok(()) };
        let Some((damaged, before)) = segment.damaged.get(at) else { return Ok(()) };
        let end = damaged.offset;
        self.lower_recovery_point(survey, end);
        // The newest first: a stop in the middle leaves a log without a hole.
        for later in survey.segments.iter().skip(number + 1).rev() {
            self.put_segment_aside(later, "the log ends before it")?;
        }
        self.put_indexes_aside(segment, [OFFSET_INDEX, TIME_INDEX].as_slice());
        let rest = damaged.bytes.start..segment.size;
        let (base_offset, batches) = (segment.base_offset, segment.batches - before);
        self.actions.push(Action::Cut { base_offset, rest, offset: end, batches });
        self.actions.push(Action::Index { base_offset });
        for name in names_in(&self.log.path)? {
            if base_offset_of(&name, SNAPSHOT).is_some_and(|offset| offset > end) {
                self.put_aside(name, "it is about what comes after the log's end");
            }
        }
        self.end_transactions(segment, end)?;
        self.end_epochs(survey, end)
    }

    /// Takes all damaged bytes out of all segments.
    fn take_out(&mut self, survey: &Survey<'_>) -> Result<(), OfflineError> {
        let Some((first, _)) = survey.segments.iter().find_map(|segment| segment.damaged.first()) else {
            return Ok(());
        };
        self.lower_recovery_point(survey, first.offset);
        for (number, segment) in
            survey.segments.iter().enumerate().filter(|(_, segment)| !segment.damaged.is_empty())
        {
            let base_offset = segment.base_offset;
            if segment.batches == 0 && number + 1 < survey.segments.len() {
                self.put_segment_aside(segment, "nothing in it is intact")?;
                continue;
            }
            self.put_indexes_aside(segment, [OFFSET_INDEX, TIME_INDEX].as_slice());
            let damaged = segment.damaged.iter().map(|(damaged, _)| damaged.bytes.clone()).collect();
            self.actions.push(Action::TakeOut { base_offset, size: segment.size, damaged });
            self.actions.push(Action::Index { base_offset });
        }
        Ok(())
    }

    /// What is wrong beside damage: indexes, snapshots, epochs, and what nothing needs.
    fn small_things(&mut self, survey: &Survey<'_>) {
        for finding in &survey.findings {
            let name = finding.file.clone();
            let is_away = |action: &Action| match action {
                Action::PutAside { name: gone, .. } | Action::Write { name: gone, .. } => *gone == name,
                _ => false,
            };
            if self.actions.iter().any(is_away) {
                continue;
            }
            match finding.severity {
                Severity::Leftover if name != QUARANTINE && !name.ends_with(".swap") => {
                    self.put_aside(name, "nothing needs it");
                }
                Severity::Rebuildable if name == LEADER_EPOCHS => {
                    let mut epochs = LeaderEpochs::default();
                    for (epoch, offset) in &survey.epochs {
                        epochs.assign(*epoch, *offset);
                    }
                    self.write(
                        name,
                        epochs.to_text().into_bytes(),
                        "write the leader epochs that the batches have",
                    );
                }
                Severity::Rebuildable => self.rebuild(survey, name),
                _ => {}
            }
        }
    }

    fn rebuild(&mut self, survey: &Survey<'_>, name: String) {
        if base_offset_of(&name, SNAPSHOT).is_some() {
            return self.put_aside(name, "a broker makes it anew from the batches");
        }
        let segment = |extension: &str| {
            let base_offset = base_offset_of(&name, extension)?;
            survey.segments.iter().find(|segment| segment.base_offset == base_offset)
        };
        if let Some(segment) = segment(TRANSACTION_INDEX) {
            let bytes = transactions::to_bytes(&segment.aborted);
            self.write(name, bytes, "write the aborted transactions that the batches tell of");
        } else if let Some(segment) = segment(OFFSET_INDEX).or_else(|| segment(TIME_INDEX)) {
            let base_offset = segment.base_offset;
            let is_planned = |action: &Action| matches!(action, Action::Index { base_offset: planned } if *planned == base_offset);
            if !self.actions.iter().any(is_planned) {
                self.put_indexes_aside(segment, [OFFSET_INDEX, TIME_INDEX].as_slice());
                self.actions.push(Action::Index { base_offset });
            }
        }
    }

    fn put_aside(&mut self, name: String, why: &'static str) {
        let bytes = self.log.path.join(&name).metadata().map_or(0, |about| about.len());
        self.actions.push(Action::PutAside { name, bytes, why });
    }

    fn put_segment_aside(&mut self, segment: &SegmentFacts, why: &'static str) -> Result<(), OfflineError> {
        let names = names_in(&self.log.path)?;
        for extension in [LOG, OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX] {
            let is_it = |name: &&String| base_offset_of(name, extension) == Some(segment.base_offset);
            if let Some(name) = names.iter().find(is_it) {
                self.put_aside(name.clone(), why);
            }
        }
        Ok(())
    }

    fn put_indexes_aside(&mut self, segment: &SegmentFacts, extensions: &[&str]) {
        for extension in extensions {
            let path = segment.path.with_extension(extension);
            if let Some(name) = path.file_name().filter(|_| path.exists()) {
                self.put_aside(name.to_string_lossy().into_owned(), "its segment changes, or it is wrong");
            }
        }
    }

    fn write(&mut self, name: String, bytes: Vec<u8>, what: &'static str) {
        self.actions.push(Action::Write { name, bytes, what });
    }

    fn lower_recovery_point(&mut self, survey: &Survey<'_>, to: i64) {
        self.recovery_point =
            survey.known.recovery_point.filter(|point| *point > to).map(|point| (point, to));
    }

    /// Forgets transactions whose abort is told at or after `end`.
    fn end_transactions(&mut self, segment: &SegmentFacts, end: i64) -> Result<(), OfflineError> {
        let path = segment.path.with_extension(TRANSACTION_INDEX);
        let Some(bytes) = read(&path)? else { return Ok(()) };
        let (entries, wrong) = transactions::entries(&bytes);
        let known = if wrong.is_some() { &segment.aborted } else { &entries };
        let kept: Vec<AbortedTransaction> =
            known.iter().filter(|transaction| transaction.last_offset < end).copied().collect();
        if kept != entries {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.write(
                name,
                transactions::to_bytes(&kept),
                "forget the transactions that end after the log's end",
            );
        }
        Ok(())
    }

    /// Forgets epochs that began at or after `end`.
    fn end_epochs(&mut self, survey: &Survey<'_>, end: i64) -> Result<(), OfflineError> {
        let text = read_text(&self.log.path.join(LEADER_EPOCHS))?;
        let Some(mut epochs) = text.as_deref().and_then(LeaderEpochs::from_text) else { return Ok(()) };
        let before = epochs.clone();
        epochs.truncate_end(end);
        if epochs != before && !survey.segments.is_empty() {
            let bytes = epochs.to_text().into_bytes();
            self.write(LEADER_EPOCHS.to_owned(), bytes, "forget the epochs that begin after the log's end");
        }
        Ok(())
    }

    /// In words.
    pub(super) fn steps(&self) -> Vec<Step> {
        let lowered = self.recovery_point.map(|(from, to)| {
            let what = format!(
                "lower the recovery point from offset {from} to {to}: the next start looks from there on"
            );
            self.step(RECOVERY_POINTS, what, 0)
        });
        lowered.into_iter().chain(self.actions.iter().map(|action| self.step_of(action))).collect()
    }

    fn step_of(&self, action: &Action) -> Step {
        let log = |base_offset: i64| format!("{base_offset:020}.{LOG}");
        match action {
            Action::PutAside { name, bytes, why } => self.step(name, format!("put it aside: {why}"), *bytes),
            Action::Cut { base_offset, rest, offset, batches } => {
                let intact = if *batches == 1 {
                    "1 intact batch".to_owned()
                } else {
                    format!("{batches} intact batches")
                };
                let what = format!(
                    "end it at position {}, before offset {offset}; {intact} put aside with the rest",
                    rest.start
                );
                self.step(&log(*base_offset), what, rest.end - rest.start)
            }
            Action::TakeOut { base_offset, damaged, .. } => {
                let bytes: u64 = damaged.iter().map(|range| range.end - range.start).sum();
                let places: Vec<String> =
                    damaged.iter().map(|range| format!("{} to {}", range.start, range.end)).collect();
                self.step(&log(*base_offset), format!("take out the bytes {}", places.join(", ")), bytes)
            }
            Action::Index { base_offset } => self.step(
                &format!("{base_offset:020}.{OFFSET_INDEX}"),
                "make both indexes anew".to_owned(),
                0,
            ),
            Action::Write { name, what, .. } => self.step(name, (*what).to_owned(), 0),
        }
    }

    fn step(&self, file: &str, what: String, bytes_put_aside: u64) -> Step {
        Step { log: self.log.name.clone(), file: file.to_owned(), what, bytes_put_aside }
    }
}

/// The segment with the first damage that is `wanted`, and which of its damages that is.
fn first_damage(survey: &Survey<'_>, wanted: impl Fn(bool) -> bool) -> Option<(usize, usize)> {
    survey.segments.iter().enumerate().find_map(|(number, segment)| {
        let at = segment.damaged.iter().position(|(damaged, _)| wanted(damaged.is_torn_tail))?;
        Some((number, at))
    })
}

/// The damage that a repair leaves.
fn left(survey: &Survey<'_>, choice: Choice, cut: Option<(usize, usize)>) -> Vec<Finding> {
    let is_mended = |finding: &&Finding| {
        let number =
            survey.segments.iter().position(|segment| segment.path.ends_with(Path::new(&finding.file)));
        let (Some(number), false) = (number, choice == Choice::Leave) else { return false };
        let is_damaged_bytes = survey.segments.get(number).is_some_and(|segment| {
            segment.damaged.iter().any(|(damaged, _)| Some(damaged.bytes.start) == finding.position)
        });
        is_damaged_bytes || cut.is_some_and(|(at, _)| number > at)
    };
    let damages = survey.findings.iter().filter(|finding| finding.severity == Severity::Damage);
    let name = |finding: &Finding| Finding {
        file: format!("{}/{}", survey.log.name, finding.file),
        ..finding.clone()
    };
    damages.filter(|finding| !is_mended(finding)).map(name).collect()
}
