//! One partition's log: its segments one after the other, and what lies beside them.

use std::ops::Range;
use std::path::Path;

use super::super::files::names_in;
use super::super::files::open;
use super::super::pieces::{DamagedBytes, is_zero};
use super::super::place::LogDir;
use super::super::{Finding, OfflineError, Severity};
use super::directory::{Known, KnownLog};
use super::replay::Replay;
use super::segment::{self, SegmentFacts, SegmentPlace};
use super::small::{self, Snapshots};
use super::{VerifiedLog, relative};
use crate::storage::log::QUARANTINE;
use crate::storage::recovery::SEGMENT_OFFSETS_MAX;
use crate::storage::segment::{LOG, base_offset_of, file_path};

/// What can be done about damage in the middle.
const DECIDE: &str =
    "repair the log: keep what is before the damage, or skip the damaged bytes and keep what follows too";

/// The base offsets of the segments among these names, in their order.
pub(in crate::offline) fn segments_in(names: &[String]) -> Vec<i64> {
    let mut offsets: Vec<i64> = names.iter().filter_map(|name| base_offset_of(name, LOG)).collect();
    offsets.sort_unstable();
    offsets
}

/// What the offsets of a segment must lie in, when the one before it ends at `from` and the next begins at `next`.
pub(in crate::offline) fn offsets_of(base_offset: i64, from: i64, next: Option<i64>) -> Range<i64> {
    let end = base_offset.saturating_add(SEGMENT_OFFSETS_MAX);
    base_offset.max(from)..next.map_or(end, |next| next.min(end))
}

/// Looks at a log's directory.
pub(in crate::offline) fn survey<'a>(
    log: &'a LogDir,
    known: &Known,
    root: &'a Path,
) -> Result<Survey<'a>, OfflineError> {
    let names = names_in(&log.path)?;
    let known = known.of(log);
    let (mut replay, mut snapshots) = (Replay::default(), Snapshots::read(&log.path, &names, root)?);
    let base_offsets = segments_in(&names);
    let mut segments: Vec<SegmentFacts> = Vec::new();
    let mut is_whole = true;
    for (number, base_offset) in base_offsets.iter().copied().enumerate() {
        let next = base_offsets.get(number + 1).copied();
        let from = segments.last().map_or(base_offset, |before| before.next_offset);
        let place = SegmentPlace {
            path: file_path(&log.path, base_offset, LOG),
            base_offset,
            offsets: offsets_of(base_offset, from, next),
            is_sealed: next.is_some(),
            is_compacted: known.is_compacted,
            root,
        };
        // Behind damage and gaps the replay does not know everything.
        is_whole &= segments
            .last()
            .is_none_or(|before| before.damaged.is_empty() && before.next_offset == base_offset);
        segments.push(segment::verify(&place, &mut replay, |header, replay| {
            if is_whole && !known.is_compacted {
                snapshots.compare_below(header.base_offset, replay);
            }
        })?);
    }
    let mut found = Survey { log, names, known, segments, root, findings: Vec::new(), epochs: Vec::new() };
    found.judge_damage()?;
    found.judge_gaps();
    found.judge_ends();
    let is_whole =
        is_whole && !known.is_compacted && found.segments.iter().all(|segment| segment.damaged.is_empty());
    found.findings.extend(snapshots.finish(found.end_offset(), &replay, is_whole));
    if let Some(finding) = small::leader_epochs(&log.path, root, &found.known, found.end_offset(), &replay)? {
        found.findings.push(finding);
    }
    found.findings.extend(small::partition_metadata(&log.path, root)?);
    found.findings.extend(small::leftovers(&log.path, root, &found.names)?);
    found.epochs = replay.epochs().to_vec();
    Ok(found)
}

/// Looks at one file of batches and its indexes.
pub(super) fn verify_segment(path: &Path) -> Result<VerifiedLog, OfflineError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(base_offset) = base_offset_of(&name, LOG) else {
        let what = "no file of batches; those are named by 20 digits and `.log`".to_owned();
        return Err(OfflineError::Unsuitable { path: path.to_owned(), what });
    };
    let dir = path.parent().unwrap_or(path);
    let offsets = offsets_of(base_offset, base_offset, None);
    let place = SegmentPlace {
        path: path.to_owned(),
        base_offset,
        offsets,
        is_sealed: false,
        is_compacted: true,
        root: dir,
    };
    let facts = segment::verify(&place, &mut Replay::default(), |_, _| {})?;
    let log = LogDir { path: dir.to_owned(), name: name.clone().into_owned() };
    let (names, known) = (Vec::new(), KnownLog::default());
    let mut found = Survey {
        log: &log,
        names,
        known,
        segments: vec![facts],
        root: dir,
        findings: Vec::new(),
        epochs: Vec::new(),
    };
    found.judge_damage()?;
    Ok(found.into_verified())
}

/// What has been found of a log so far.
#[derive(Debug)]
pub(in crate::offline) struct Survey<'a> {
    pub(in crate::offline) log: &'a LogDir,
    names: Vec<String>,
    pub(in crate::offline) known: KnownLog,
    pub(in crate::offline) segments: Vec<SegmentFacts>,
    root: &'a Path,
    pub(in crate::offline) findings: Vec<Finding>,
    /// Each leader epoch and the first offset that it was seen at.
    pub(in crate::offline) epochs: Vec<(i32, i64)>,
}

impl Survey<'_> {
    pub(in crate::offline) fn end_offset(&self) -> i64 {
        self.segments.last().map_or(0, |last| last.next_offset)
    }

    /// Tells a torn tail from damage in the middle, and from damage of what was known to be durable.
    fn judge_damage(&mut self) -> Result<(), OfflineError> {
        for number in 0..self.segments.len() {
            let is_last = self.segments.iter().skip(number + 1).all(|later| later.batches == 0);
            let Some(segment) = self.segments.get_mut(number) else { break };
            for (mut damaged, before) in std::mem::take(&mut segment.damaged) {
                let is_tail = is_last && !damaged.is_followed;
                let is_durable = self.known.recovery_point.is_some_and(|point| damaged.offset < point);
                let (severity, advice) = match (is_tail, is_durable) {
                    (false, _) => (Severity::Damage, DECIDE),
                    (true, false) => (
                        Severity::TornTail,
                        "the next start of a broker, or a repair, cuts it off and keeps it aside",
                    ),
                    (true, true) => (
                        Severity::Damage,
                        "the checkpoint says that this was durable; the next start of a broker cuts it off and keeps it aside",
                    ),
                };
                let what = describe(segment, &damaged)?;
                let finding = Finding::new(severity, relative(self.root, &segment.path), what, advice);
                self.findings.push(finding.at(damaged.bytes.start).of(damaged.offset));
                damaged.is_torn_tail = severity == Severity::TornTail;
                segment.damaged.push((damaged, before));
            }
            self.findings.append(&mut segment.findings);
        }
        Ok(())
    }

    /// Offsets that no segment has. Where a compaction has been, or a repair, that is as it should be.
    fn judge_gaps(&mut self) {
        let is_compacted = self.known.is_compacted || self.segments.iter().any(|segment| segment.missing > 0);
        for pair in self.segments.windows(2) {
            let [before, after] = pair else { continue };
            let gap = before.next_offset..after.base_offset;
            // What is damaged explains what is missing.
            if gap.is_empty()
                || is_compacted
                || before.damaged.iter().any(|(damaged, _)| !damaged.is_followed)
            {
                continue;
            }
            let repaired = self.log.path.join(QUARANTINE);
            let was_repaired = names_in(&repaired).unwrap_or_default().iter().any(|name| {
                let base_offset = name.get(..20).and_then(|digits| digits.parse().ok());
                base_offset.is_some_and(|offset: i64| offset == before.base_offset || gap.contains(&offset))
            });
            let what =
                format!("the offsets {} to {} before this segment are missing", gap.start, gap.end - 1);
            let (severity, advice) = if was_repaired {
                (
                    Severity::Gap,
                    "what was there has been put aside in `quarantine`; consumers go on behind it",
                )
            } else {
                (Severity::Damage, "a segment's file is gone: put it back from a backup, if there is one")
            };
            let finding = Finding::new(severity, relative(self.root, &after.path), what, advice);
            self.findings.push(finding.of(gap.start));
        }
    }

    /// Holds the log's end against what checkpoints say.
    fn judge_ends(&mut self) {
        let end = self.end_offset();
        let Some(last) = self.segments.last() else { return };
        if let Some(point) = self.known.recovery_point.filter(|point| *point > end)
            && last.damaged.is_empty()
        {
            let what = format!("everything below offset {point} was durable, but the log ends at {end}");
            let advice = "records are gone from its end: put the file back from a backup, if there is one";
            let finding = Finding::new(Severity::Damage, relative(self.root, &last.path), what, advice);
            self.findings.push(finding.at(last.size).of(end));
        }
    }

    pub(super) fn into_verified(self) -> VerifiedLog {
        let first = self.segments.first().map_or(0, |first| first.base_offset);
        VerifiedLog {
            name: self.log.name.clone(),
            segments: self.segments.len(),
            batches: self.segments.iter().map(|segment| segment.batches).sum(),
            records: self.segments.iter().map(|segment| segment.records).sum(),
            bytes: self.segments.iter().map(|segment| segment.size).sum(),
            start_offset: self.known.log_start_offset.unwrap_or(first).max(first),
            end_offset: self.end_offset(),
            findings: self.findings,
        }
    }
}

/// Damaged bytes in words.
fn describe(segment: &SegmentFacts, damaged: &DamagedBytes) -> Result<String, OfflineError> {
    let (file, _) = open(&segment.path)?;
    let len = damaged.len();
    let what = if is_zero(&*file, &damaged.bytes).map_err(OfflineError::at(&segment.path))? {
        format!("{len} bytes are zero")
    } else {
        format!("{len} bytes are damaged: {}", damaged.fault)
    };
    let end = damaged.bytes.end;
    Ok(if damaged.is_followed { format!("{what}; an intact batch follows at position {end}") } else { what })
}
