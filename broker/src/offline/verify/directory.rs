//! What belongs to all logs of a data directory: its identity, checkpoints, and this broker's own journals.

use std::path::Path;
use std::sync::Arc;

use super::super::files::{names_in, read, read_text};
use super::super::{Finding, OfflineError, Severity};
use crate::env::files::{Files, MemoryFiles};
use crate::metadata::{self, Metadata};
use crate::storage::checkpoint::{self, Offsets};
use crate::storage::data_dir::{DELETED, LOG_STARTS, META, RECOVERY_POINTS, STRAY};

/// Where Apache Kafka says up to where logs were compacted, and committed.
const CLEANER_OFFSETS: &str = "cleaner-offset-checkpoint";
const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";

/// What the checkpoints say of all logs.
#[derive(Debug, Default)]
pub(in crate::offline) struct Known {
    recovery_points: Offsets,
    log_starts: Offsets,
    cleaned: Offsets,
}

/// What they say of one.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::offline) struct KnownLog {
    pub(in crate::offline) recovery_point: Option<i64>,
    pub(super) log_start_offset: Option<i64>,
    pub(super) is_compacted: bool,
}

impl Known {
    /// Reads the checkpoints. A damaged one says nothing.
    pub(in crate::offline) fn read(data_dir: &Path) -> Result<Known, OfflineError> {
        let offsets = |name: &str| -> Result<Offsets, OfflineError> {
            let text = read_text(&data_dir.join(name))?;
            Ok(text.and_then(|text| checkpoint::parse(&text)).unwrap_or_default())
        };
        Ok(Known {
            recovery_points: offsets(RECOVERY_POINTS)?,
            log_starts: offsets(LOG_STARTS)?,
            cleaned: offsets(CLEANER_OFFSETS)?,
        })
    }

    pub(super) fn log(&self, (topic, partition): (&str, i32)) -> KnownLog {
        let key = (topic.to_owned(), partition);
        KnownLog {
            recovery_point: self.recovery_points.get(&key).copied(),
            log_start_offset: self.log_starts.get(&key).copied(),
            is_compacted: self.cleaned.contains_key(&key),
        }
    }
}

/// Looks at the files of the directory itself.
pub(super) fn verify(dir: &Path) -> Result<Vec<Finding>, OfflineError> {
    let mut findings = Vec::new();
    findings.extend(identity(dir)?);
    for name in [RECOVERY_POINTS, LOG_STARTS, CLEANER_OFFSETS, HIGH_WATERMARKS] {
        let Some(text) = read_text(&dir.join(name))? else { continue };
        if checkpoint::parse(&text).is_none() {
            let advice = "the next start of a broker looks through more of the logs, and writes it anew";
            let what = "the checkpoint cannot be read";
            findings.push(Finding::new(Severity::Rebuildable, Path::new(name), what, advice));
        }
    }
    let cluster_id = "offline";
    findings
        .extend(journal(dir, metadata::FILE_NAME, |files| Metadata::open(files, dir, cluster_id).map(drop))?);
    for name in names_in(dir)? {
        let found = if name.ends_with(DELETED) {
            ("a log that was being removed", "the next start of a broker takes it away")
        } else if name.ends_with(STRAY) {
            (
                "the log of a topic that does not exist any more",
                "remove it when nobody wants to look at it any more",
            )
        } else if name.ends_with(".tmp") {
            ("a file that was being written", "remove it, or leave it: the next write replaces it")
        } else {
            continue;
        };
        findings.push(Finding::new(Severity::Leftover, Path::new(&name), found.0, found.1));
    }
    Ok(findings)
}

/// Looks at the file that says whose directory this is.
fn identity(dir: &Path) -> Result<Option<Finding>, OfflineError> {
    let text = read_text(&dir.join(META))?;
    let has = |key: &str| {
        let values = text.iter().flat_map(|text| text.lines()).filter_map(|line| line.split_once('='));
        values.into_iter().any(|(name, value)| name == key && !value.trim().is_empty())
    };
    let what = match &text {
        None => "the file is missing",
        Some(_) if !has("cluster.id") => "there is no `cluster.id`",
        Some(_) if !has("node.id") && !has("broker.id") => "there is no `node.id`",
        Some(_) => return Ok(None),
    };
    let advice =
        "put the file back from a backup: without it a broker does not know the directory as its own";
    Ok(Some(Finding::new(Severity::Damage, Path::new(META), what, advice)))
}

/// Reads one of this broker's journals, if it is there, as its owner would: a copy in memory, so that nothing is changed.
fn journal(
    dir: &Path,
    name: &str,
    open: impl FnOnce(Arc<dyn Files>) -> std::io::Result<()>,
) -> Result<Option<Finding>, OfflineError> {
    let path = dir.join(name);
    let Some(bytes) = read(&path)? else { return Ok(None) };
    let files: Arc<dyn Files> = Arc::new(MemoryFiles::default());
    let copied = files.create_dir_all(dir).and_then(|()| files.open(&path)).and_then(|copy| {
        copy.write_at(&bytes, 0)?;
        Ok(copy)
    });
    let copy = copied.map_err(OfflineError::at(&path))?;
    let name = Path::new(name);
    if let Err(error) = open(files) {
        let what = error.to_string();
        let what = what.split_once("`: ").map_or(what.as_str(), |(_, what)| what).to_owned();
        let advice = "put the file back from a backup: a broker does not start with it";
        return Ok(Some(Finding::new(Severity::Damage, name, what, advice)));
    }
    let intact = copy.size().map_err(OfflineError::at(&path))?;
    let torn = (bytes.len() as u64).saturating_sub(intact);
    Ok((torn > 0).then(|| {
        let what = format!("the last {torn} bytes are a change that was not finished");
        Finding::new(Severity::TornTail, name, what, "the next start of a broker cuts it off").at(intact)
    }))
}
