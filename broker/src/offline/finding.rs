//! What was found wrong, and how bad it is.

use std::path::Path;

use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is lost: a file that a stop in the middle left, or one that has been put aside.
    Leftover,
    /// Nothing is lost: the next start of a broker, or a repair, makes it anew from the log.
    Rebuildable,
    /// The last write was not finished. No one was told that it had succeeded; the next start of a broker cuts it off.
    TornTail,
    /// Offsets are missing between two segments, which is right after a compaction or a repair.
    Gap,
    /// Records, or facts that nothing else tells, cannot be read.
    Damage,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The file, from the directory on that was looked at.
    pub file: String,
    /// Where in the file, in bytes.
    pub position: Option<u64>,
    /// The first offset that it is about.
    pub offset: Option<i64>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub advice: String,
}

impl Finding {
    /// Something about a whole file.
    pub(super) fn new(
        severity: Severity,
        file: &Path,
        what: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Finding {
            severity,
            file: file.to_string_lossy().into_owned(),
            position: None,
            offset: None,
            what: what.into(),
            advice: advice.into(),
        }
    }

    pub(super) fn at(self, position: u64) -> Self {
        Finding { position: Some(position), ..self }
    }

    pub(super) fn of(self, offset: i64) -> Self {
        Finding { offset: Some(offset), ..self }
    }
}
