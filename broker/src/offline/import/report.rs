//! What an import did, or would do.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Kafka's log directories.
    pub from: Vec<PathBuf>,
    /// The data directory.
    pub to: PathBuf,
    /// Whether it was only said what would be done.
    pub dry_run: bool,
    /// Whether the files were taken out of Kafka's directories.
    pub moved: bool,
    /// The id of Kafka's cluster.
    pub cluster_id: String,
    /// Whether the data directory has that id too: it had none, or the same.
    pub cluster_id_taken: bool,
    /// Every topic of Kafka's that the import was asked for, by name.
    pub topics: Vec<ImportedTopic>,
    /// How many consumer groups have committed offsets for the topics that were taken.
    pub groups: usize,
    /// How many offsets they have committed.
    pub committed_offsets: usize,
    /// The first producer id that Kafka has not given out.
    pub next_producer_id: i64,
    /// What was left out, and what is worth knowing.
    pub remarks: Vec<Remark>,
}

/// A topic of Kafka's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportedTopic {
    /// Its name.
    pub name: String,
    /// Its id as Kafka prints it.
    pub topic_id: String,
    /// How many partitions it has.
    pub partitions: usize,
    /// How many replicas Kafka kept of each; here it is one.
    pub replication_factor: usize,
    /// Records in its partitions, without transaction markers.
    pub records: u64,
    /// The bytes of its logs.
    pub bytes: u64,
    /// Its own values that were taken.
    pub configs: BTreeMap<String, String>,
    /// What became of it.
    pub outcome: TopicOutcome,
    /// Why it was not taken.
    pub reason: Option<String>,
}

/// What became of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TopicOutcome {
    /// It is taken over.
    Taken,
    /// An earlier import has taken it; it stays as it is.
    AlreadyThere,
    /// One of Kafka's own, which is not taken as it is.
    Internal,
    /// It cannot be taken.
    NotTaken,
}

/// What is worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Of what sort.
    pub kind: RemarkKind,
    /// What it is about: a topic, a partition, a directory.
    pub about: String,
    /// What is to be known.
    pub what: String,
}

/// Of what sort a remark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RemarkKind {
    /// Something was left behind.
    NotTaken,
    /// Something may surprise.
    Warning,
}

impl Remark {
    pub(super) fn not_taken(about: impl Into<String>, what: impl Into<String>) -> Remark {
        Remark { kind: RemarkKind::NotTaken, about: about.into(), what: what.into() }
    }

    pub(super) fn warning(about: impl Into<String>, what: impl Into<String>) -> Remark {
        Remark { kind: RemarkKind::Warning, about: about.into(), what: what.into() }
    }
}
