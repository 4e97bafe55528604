//! Which files a path stands for, and of what kind they are.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::super::OfflineError;
use super::super::files::names_in;
use super::super::place::{LogDir, Place, logs_in};
use super::super::verify::segments_in;
use crate::storage::data_dir::{META, PARTITION_META};
use crate::storage::log::LEADER_EPOCHS;
use crate::storage::segment::{LOG, OFFSET_INDEX, SNAPSHOT, TIME_INDEX, TRANSACTION_INDEX};

/// How files of checkpoints are named, and the snapshots of Apache Kafka's metadata, which hold batches.
const CHECKPOINT: &str = "-checkpoint";
const METADATA_SNAPSHOT: &str = "checkpoint";

/// What stands behind the names of files that are on their way in or out.
const PASSING: [&str; 4] = [".deleted", ".cleaned", ".swap", ".tmp"];

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Batches,
    OffsetIndex,
    TimeIndex,
    TransactionIndex,
    Producers,
    LeaderEpochs,
    Checkpoint,
    Properties,
}

/// A file to be shown.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// From the directory on that is looked at.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// What its name says that it begins with.
    pub(super) first_offset: i64,
    pub(super) topic: String,
    pub(super) partition: i32,
}

/// The files that `place` stands for, in the order of logs and offsets. Segments that end before `offsets` are left out.
pub(super) fn sources(
    place: &Place,
    offsets: &Range<i64>,
    all_files: bool,
) -> Result<Vec<Source>, OfflineError> {
    match place {
        Place::File(path) => {
            let dir = path.parent().unwrap_or(path);
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let Some(kind) = kind_of(&name) else {
                let what = "no file of batches, no index, no snapshot and no checkpoint".to_owned();
                return Err(OfflineError::Unsuitable { path: path.clone(), what });
            };
            Ok(vec![source(path, &name, kind, &LogDir::at(dir))])
        }
        Place::Log(log) => in_log(log, &log.path, offsets, all_files),
        Place::DataDir(dir) => {
            let mut found = if all_files { in_dir(dir, dir, &LogDir::at(dir))? } else { Vec::new() };
            for log in logs_in(dir)? {
                found.extend(in_log(&log, dir, offsets, all_files)?);
            }
            Ok(found)
        }
    }
}

fn in_log(
    log: &LogDir,
    root: &Path,
    offsets: &Range<i64>,
    all_files: bool,
) -> Result<Vec<Source>, OfflineError> {
    if all_files {
        return in_dir(&log.path, root, log);
    }
    let segments = segments_in(&names_in(&log.path)?);
    let after = segments.partition_point(|base_offset| *base_offset <= offsets.start);
    let wanted =
        segments.iter().skip(after.saturating_sub(1)).take_while(|base_offset| **base_offset < offsets.end);
    Ok(wanted
        .map(|base_offset| {
            let path = log.path.join(format!("{base_offset:020}.{LOG}"));
            let name = super::super::verify::relative(root, &path).to_string_lossy().into_owned();
            source(&path, &name, Kind::Batches, log)
        })
        .collect())
}

/// Every file of a directory whose kind is known.
fn in_dir(dir: &Path, root: &Path, log: &LogDir) -> Result<Vec<Source>, OfflineError> {
    let names = names_in(dir)?;
    let known = names.iter().filter_map(|name| Some((dir.join(name), kind_of(name)?)));
    let files = known.filter(|(path, _)| path.is_file());
    Ok(files
        .map(|(path, kind)| {
            let name = super::super::verify::relative(root, &path).to_string_lossy().into_owned();
            source(&path, &name, kind, log)
        })
        .collect())
}

fn source(path: &Path, name: &str, kind: Kind, log: &LogDir) -> Source {
    let (topic, partition) = log.topic_partition().unwrap_or(("", -1));
    let digits = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.get(..20));
    Source {
        path: path.to_owned(),
        name: name.to_owned(),
        kind,
        first_offset: digits.and_then(|digits| digits.parse().ok()).unwrap_or(0),
        topic: topic.to_owned(),
        partition,
    }
}

fn kind_of(name: &str) -> Option<Kind> {
    let name = PASSING.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    Some(match name {
        LEADER_EPOCHS => Kind::LeaderEpochs,
        META | PARTITION_META => Kind::Properties,
        "fluxmq-index-checkpoint" => return None,
        _ if name.ends_with(CHECKPOINT) => Kind::Checkpoint,
        _ => match name.rsplit_once('.')?.1 {
            LOG | METADATA_SNAPSHOT => Kind::Batches,
            OFFSET_INDEX => Kind::OffsetIndex,
            TIME_INDEX => Kind::TimeIndex,
            TRANSACTION_INDEX => Kind::TransactionIndex,
            SNAPSHOT => Kind::Producers,
            _ => return None,
        },
    })
}
