//! Judging every file of a data directory, of one log, or one segment.
//!
//! In reading order: [`directory`] knows what belongs to all logs, [`log`] one partition's directory, [`segment`] one file of
//! batches with its indexes in [`index`]; [`replay`] gathers what the batches say of producers, transactions and epochs, and
//! [`small`] holds the other files against it.

mod directory;
mod index;
mod log;
mod replay;
mod segment;
mod small;

use std::path::Path;

use serde::Serialize;

use super::place::{Holder, LogDir, Place, holder_of, logs_in};
use super::{Finding, OfflineError, Severity};

pub(super) use self::directory::Known;
pub(super) use self::log::{Survey, segments_in, survey};
pub(super) use self::segment::SegmentFacts;

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The path that was looked at.
    pub path: String,
    /// The broker that had the directory open meanwhile: what it was writing may look torn.
    pub held_by: Option<Holder>,
    /// Every log, by its name.
    pub logs: Vec<VerifiedLog>,
    /// What is wrong with files that belong to no log.
    pub findings: Vec<Finding>,
}

/// One partition's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifiedLog {
    /// Its directory's name, `topic-partition`.
    pub name: String,
    /// How many files of batches it has.
    pub segments: usize,
    /// How many intact batches.
    pub batches: u64,
    /// How many records are in those; of transactions the markers too.
    pub records: u64,
    /// The size of the files of batches.
    pub bytes: u64,
    /// The first offset that is not deleted.
    pub start_offset: i64,
    /// The offset after the last intact record.
    pub end_offset: i64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Every finding, those of the logs first.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        self.logs.iter().flat_map(|log| &log.findings).chain(&self.findings)
    }

    /// How many findings are damage.
    pub fn damages(&self) -> usize {
        self.all_findings().filter(|finding| finding.severity == Severity::Damage).count()
    }
}

impl VerifiedLog {
    /// How many findings are damage.
    pub fn damages(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Damage).count()
    }

    /// How bad the worst of it is; `None` where nothing is wrong.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

/// Looks at every file of a data directory, of the directory of one partition, or at one file of batches with its indexes.
/// Nothing is changed, and no lock is taken.
///
/// # Errors
/// When a file cannot be read, or the path names none of these.
pub fn verify(path: &Path) -> Result<Verification, OfflineError> {
    let place = Place::at(path)?;
    let data_dir = place.data_dir();
    let held_by = data_dir.map(holder_of).transpose()?.flatten();
    // First what the checkpoints say, then what is there: a broker that is writing can only have more then.
    let known = data_dir.map(Known::read).transpose()?.unwrap_or_default();
    let (mut logs, mut findings) = (Vec::new(), Vec::new());
    match &place {
        Place::DataDir(dir) => {
            for log in logs_in(dir)? {
                logs.push(log::survey(&log, &known, dir)?.into_verified());
            }
            findings = directory::verify(dir)?;
        }
        Place::Log(dir) => logs.push(log::survey(dir, &known, &dir.path)?.into_verified()),
        Place::File(path) => logs.push(log::verify_segment(path)?),
    }
    Ok(Verification { path: path.to_string_lossy().into_owned(), held_by, logs, findings })
}

/// A file's name from the directory on that is looked at.
pub(super) fn relative<'a>(root: &Path, path: &'a Path) -> &'a Path {
    path.strip_prefix(root).unwrap_or(path)
}

impl Known {
    fn of(&self, log: &LogDir) -> directory::KnownLog {
        log.topic_partition().map(|key| self.log(key)).unwrap_or_default()
    }
}
