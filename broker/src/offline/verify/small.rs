//! The files beside a log's segments: producer snapshots, leader epochs, the topic's id, and what was left over.

use std::path::{Path, PathBuf};

use super::super::files::{names_in, read, read_text};
use super::super::{Finding, OfflineError, Severity};
use super::directory::KnownLog;
use super::relative;
use super::replay::Replay;
use super::segment::REBUILD;
use crate::storage::data_dir::PARTITION_META;
use crate::storage::leader_epochs::LeaderEpochs;
use crate::storage::log::{LEADER_EPOCHS, QUARANTINE};
use crate::storage::producer_state::{SnapshotEntry, snapshot_entries};
use crate::storage::segment::{
    LOG, OFFSET_INDEX, SNAPSHOT, TIME_INDEX, TRANSACTION_INDEX, base_offset_of, file_path,
};

/// The producer snapshots of a log that have not been compared yet, in the order of their offsets.
#[derive(Debug)]
pub(super) struct Snapshots {
    rest: std::vec::IntoIter<(i64, PathBuf, Vec<SnapshotEntry>)>,
    findings: Vec<Finding>,
    root: PathBuf,
}

impl Snapshots {
    pub(super) fn read(dir: &Path, names: &[String], root: &Path) -> Result<Self, OfflineError> {
        let (mut snapshots, mut findings) = (Vec::new(), Vec::new());
        for offset in names.iter().filter_map(|name| base_offset_of(name, SNAPSHOT)) {
            let path = file_path(dir, offset, SNAPSHOT);
            let Some(bytes) = read(&path)? else { continue };
            match snapshot_entries(&bytes) {
                Some(entries) => snapshots.push((offset, path, entries)),
                None => findings.push(Finding::new(
                    Severity::Rebuildable,
                    relative(root, &path),
                    "the producers' snapshot is damaged or of another version",
                    REBUILD,
                )),
            }
        }
        snapshots.sort_by_key(|(offset, ..)| *offset);
        Ok(Snapshots { rest: snapshots.into_iter(), findings, root: root.to_owned() })
    }

    /// Compares the snapshots up to `offset`, which everything that `replay` has seen lies below.
    pub(super) fn compare_below(&mut self, offset: i64, replay: &Replay) {
        while let Some((at, path, entries)) = self.rest.as_slice().first() {
            if *at > offset {
                return;
            }
            if let Some(what) = contradiction(*at, entries, replay) {
                let finding = Finding::new(Severity::Rebuildable, relative(&self.root, path), what, REBUILD);
                self.findings.push(finding.of(*at));
            }
            self.rest.next();
        }
    }

    /// Compares the rest, if the log is intact, and finds those that lie behind its end.
    pub(super) fn finish(mut self, end_offset: i64, replay: &Replay, is_intact: bool) -> Vec<Finding> {
        if is_intact {
            self.compare_below(end_offset, replay);
        }
        for (at, path, _) in self.rest.filter(|(at, ..)| *at > end_offset) {
            let what =
                format!("the producers' snapshot is about offset {at}, and the log ends at {end_offset}");
            let advice = "the next start of a broker, or a repair, takes it away";
            self.findings
                .push(Finding::new(Severity::Leftover, relative(&self.root, &path), what, advice).of(at));
        }
        self.findings
    }
}

/// Where a snapshot says something else than the log. Producers that the log does not know any more say nothing.
fn contradiction(at: i64, entries: &[SnapshotEntry], replay: &Replay) -> Option<String> {
    entries.iter().enumerate().find_map(|(index, entry)| {
        let SnapshotEntry { producer_id, last_offset, producer_epoch, .. } = *entry;
        if last_offset >= at {
            return Some(format!(
                "it knows of producer {producer_id} at offset {last_offset}, which comes later"
            ));
        }
        // Ours have several entries for a producer, of which the last one counts.
        let is_last = entries.iter().skip(index + 1).all(|later| later.producer_id != producer_id);
        let last = replay.producer(producer_id).filter(|_| is_last && last_offset >= 0)?;
        let is_same = last.epoch == producer_epoch
            && (last.last_offset, last.last_sequence) == (last_offset, entry.last_sequence);
        let knows_more = replay.has_holes() && last_offset > last.last_offset;
        // A newer epoch may have begun without a batch.
        (!is_same && !knows_more && producer_epoch <= last.epoch).then(|| {
            format!(
                "it says that producer {producer_id} wrote last at offset {last_offset}, and the log says {}",
                last.last_offset
            )
        })
    })
}

/// Holds the leader epochs against those of the batches.
pub(super) fn leader_epochs(
    dir: &Path,
    root: &Path,
    known: &KnownLog,
    end_offset: i64,
    replay: &Replay,
) -> Result<Option<Finding>, OfflineError> {
    let path = dir.join(LEADER_EPOCHS);
    let wrong = |what: String| {
        Some(Finding::new(
            Severity::Rebuildable,
            relative(root, &path),
            what,
            "a broker that recovers the log makes it anew",
        ))
    };
    let Some(text) = read_text(&path)? else { return Ok(None) };
    let Some(epochs) = LeaderEpochs::from_text(&text) else {
        return Ok(wrong("the leader epochs cannot be read".to_owned()));
    };
    if let Some((epoch, start)) = epochs.entries().iter().find(|(_, start)| *start > end_offset) {
        return Ok(wrong(format!(
            "epoch {epoch} begins at offset {start}, behind the log's end at {end_offset}"
        )));
    }
    // What is not known to be durable may be newer than the file.
    let durable = known.recovery_point.unwrap_or(0);
    let missing = replay.epochs().iter().filter(|(_, first)| *first < durable).find(|(epoch, first)| {
        !epochs.entries().iter().any(|(known, start)| known == epoch && start <= first)
    });
    Ok(missing.and_then(|(epoch, first)| {
        wrong(format!("epoch {epoch}, which writes at offset {first}, is not in it"))
    }))
}

/// Looks at the file with the topic's id.
pub(super) fn partition_metadata(dir: &Path, root: &Path) -> Result<Option<Finding>, OfflineError> {
    let path = dir.join(PARTITION_META);
    let Some(text) = read_text(&path)? else { return Ok(None) };
    let id = text.lines().find_map(|line| line.strip_prefix("topic_id: "));
    let is_id = |id: &str| {
        id.len() == 22 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let is_right = text.lines().next() == Some("version: 0") && id.is_some_and(|id| is_id(id.trim()));
    Ok((!is_right).then(|| {
        Finding::new(
            Severity::Damage,
            relative(root, &path),
            "the topic's id cannot be read",
            "write the two lines `version: 0` and `topic_id: ID` with the id that other partitions of the topic have",
        )
    }))
}

/// Files that nothing needs, files that a stop in the middle left, and what was put aside.
pub(super) fn leftovers(dir: &Path, root: &Path, names: &[String]) -> Result<Vec<Finding>, OfflineError> {
    let mut findings = Vec::new();
    for name in names {
        let path = dir.join(name);
        let found = if name == QUARANTINE && path.is_dir() {
            let kept = names_in(&path)?;
            let text = format!("kept aside: {}", kept.join(", "));
            (!kept.is_empty()).then_some((text, "remove it when nobody wants to look at it any more"))
        } else if let Some(left) = left_behind(name) {
            Some((left.0.to_owned(), left.1))
        } else {
            let base_offset = [OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX]
                .iter()
                .find_map(|extension| base_offset_of(name, extension));
            let is_orphan = base_offset.is_some_and(|offset| !file_path(dir, offset, LOG).exists());
            is_orphan.then(|| ("its segment is gone".to_owned(), "a repair puts it aside"))
        };
        if let Some((what, advice)) = found {
            findings.push(Finding::new(Severity::Leftover, relative(root, &path), what, advice));
        }
    }
    Ok(findings)
}

/// What a file is that somebody was in the middle of writing or removing.
fn left_behind(name: &str) -> Option<(&'static str, &'static str)> {
    let away = "the next start of a broker, or a repair, takes it away";
    Some(match name.rsplit_once('.')?.1 {
        "tmp" => ("a file that was being written", away),
        "deleted" => ("a file that was being removed", away),
        "cleaned" => ("what a compaction had written so far", away),
        "swap" => {
            ("what a compaction was about to put in its place", "the next start of a broker finishes this")
        }
        _ => return None,
    })
}
