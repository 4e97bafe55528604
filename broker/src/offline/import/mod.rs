//! Taking over what an Apache Kafka has left: topics with their ids, configurations and records, and consumer groups with what
//! they have committed. The Kafka must be stopped.
//!
//! In reading order: [`kafka_dir`] finds and locks its directories, [`cluster`] reads its metadata log, [`partition`] looks
//! at one partition's files, [`groups`] and [`transactions`] read what consumers and producers were doing, [`plan`] decides
//! what is taken, [`remarks`] says what not, [`transfer`] takes it, [`report`] tells of it.
//!
//! Nothing of an import counts before the topics stand in the metadata journal of the target, which is the last step: until
//! then everything lies in a folder whose presence keeps a broker from starting, and the same import can be run again.

mod batches;
mod cluster;
mod groups;
mod kafka_dir;
mod partition;
mod plan;
mod remarks;
mod report;
mod target;
mod transactions;
mod transfer;

use std::path::PathBuf;

pub use self::report::{ImportReport, ImportedTopic, Remark, RemarkKind, TopicOutcome};

use self::kafka_dir::KafkaDirs;
use self::plan::Plan;
use self::target::Target;
use super::OfflineError;

/// How the files come into the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// Kafka's directory stays as it is.
    Copy,
    /// The files are taken out of Kafka's directory, which must be on the same file system.
    Move,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The log directories of one Apache Kafka broker (`log.dirs`), that with its metadata log among them.
    pub from: Vec<PathBuf>,
    /// The data directory that takes them over; made where it does not exist.
    pub to: PathBuf,
    /// Names of topics; none means all.
    pub topics: Vec<String>,
    /// How the files come into the target.
    pub transfer: Transfer,
    /// Topics of which only some partitions are there are taken all the same, the others empty.
    pub allow_missing: bool,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// Takes over what an Apache Kafka broker has left, or says what would be taken.
///
/// # Errors
/// [`OfflineError::Held`] when a broker runs on one of the directories, [`OfflineError::Exists`] when a topic's name is taken
/// in the target, [`OfflineError::Unsuitable`] for what is no directory of Apache Kafka,
/// [`OfflineError::Refused`] for what cannot be understood. Nothing has
/// been taken over then, and nothing of the source is lost.
pub fn import(import: &Import) -> Result<ImportReport, OfflineError> {
    let source = KafkaDirs::open(&import.from)?;
    let cluster = cluster::read(&source)?;
    let target = Target::look(&import.to)?;
    let plan = Plan::make(import, &source, cluster, &target)?;
    if !import.dry_run {
        transfer::carry_out(import, &source, &plan)?;
    }
    Ok(plan.report)
}

#[cfg(test)]
mod tests;
