//! Carrying out a plan, each step durable before the next.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::OfflineError;
use super::super::files::{open, read_text};
use super::super::place::LogDir;
use super::plan::{Action, LogPlan};
use crate::env::files::{DiskFiles, File, Files, replace};
use crate::storage::checkpoint;
use crate::storage::data_dir::RECOVERY_POINTS;
use crate::storage::log::QUARANTINE;
use crate::storage::segment::{LOG, OFFSET_INDEX, Segment, TIME_INDEX, file_path};

/// How much is copied at once.
const CHUNK_SIZE: usize = 1 << 20;

/// Does everything that a plan says.
pub(super) fn carry_out(plan: &LogPlan, data_dir: Option<&Path>) -> Result<(), OfflineError> {
    let dir = &plan.log.path;
    if let (Some(data_dir), Some((_, to))) = (data_dir, plan.recovery_point) {
        lower_recovery_point(data_dir, &plan.log, to)?;
    }
    for action in &plan.actions {
        match action {
            Action::PutAside { name, .. } => put_aside(dir, name)?,
            Action::Cut { base_offset, rest, .. } => cut(dir, *base_offset, rest)?,
            Action::TakeOut { base_offset, size, damaged } => take_out(dir, *base_offset, *size, damaged)?,
            Action::Index { base_offset } => index(dir, *base_offset)?,
            Action::Write { name, bytes, .. } => {
                let path = dir.join(name);
                if path.exists() {
                    put_aside(dir, name)?;
                }
                replace(&DiskFiles, &path, bytes).map_err(OfflineError::at(&path))?;
            }
        }
    }
    Ok(())
}

/// What a lower recovery point costs is time at the next start.
fn lower_recovery_point(data_dir: &Path, log: &LogDir, to: i64) -> Result<(), OfflineError> {
    let path = data_dir.join(RECOVERY_POINTS);
    let text = read_text(&path)?.unwrap_or_default();
    let (Some(mut points), Some((topic, partition))) = (checkpoint::parse(&text), log.topic_partition())
    else {
        return Ok(());
    };
    points.insert((topic.to_owned(), partition), to);
    let mut points: Vec<_> =
        points.into_iter().map(|((topic, partition), offset)| (topic, partition, offset)).collect();
    points.sort();
    checkpoint::write(&DiskFiles, &path, &points).map_err(OfflineError::at(&path))
}

/// The quarantine of a log, made when it is missing.
fn quarantine(dir: &Path) -> Result<PathBuf, OfflineError> {
    let path = dir.join(QUARANTINE);
    let made = DiskFiles.create_dir_all(&path).and_then(|()| DiskFiles.sync_dir(dir));
    made.map_err(OfflineError::at(&path))?;
    Ok(path)
}

/// A name in quarantine that nothing has yet.
fn free_name(quarantine: &Path, name: &str) -> PathBuf {
    let numbered = (1..).map(|number: u32| quarantine.join(format!("{name}.{number}")));
    let mut names = std::iter::once(quarantine.join(name)).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or_else(|| quarantine.join(name))
}

fn put_aside(dir: &Path, name: &str) -> Result<(), OfflineError> {
    let (from, quarantine) = (dir.join(name), quarantine(dir)?);
    let moved = DiskFiles
        .rename(&from, &free_name(&quarantine, name))
        .and_then(|()| DiskFiles.sync_dir(&quarantine))
        .and_then(|()| DiskFiles.sync_dir(dir));
    moved.map_err(OfflineError::at(&from))
}

/// Copies bytes of a segment to quarantine.
fn keep(dir: &Path, base_offset: i64, from: &dyn File, bytes: &Range<u64>) -> Result<(), OfflineError> {
    let quarantine = quarantine(dir)?;
    let path = free_name(&quarantine, &format!("{base_offset:020}-at-{}.{LOG}", bytes.start));
    let kept = DiskFiles.open(&path).and_then(|file| {
        copy(from, bytes, &*file, 0)?;
        file.sync_data()?;
        DiskFiles.sync_dir(&quarantine)
    });
    kept.map_err(OfflineError::at(&path))
}

fn copy(from: &dyn File, bytes: &Range<u64>, to: &dyn File, position: u64) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_SIZE];
    let mut at = bytes.start;
    while at < bytes.end {
        let wanted = usize::try_from(bytes.end - at).unwrap_or(CHUNK_SIZE).min(CHUNK_SIZE);
        let buffer = chunk.get_mut(..wanted).unwrap_or_default();
        if from.read_at(buffer, at)? != wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        to.write_at(buffer, position + (at - bytes.start))?;
        at += wanted as u64;
    }
    Ok(())
}

fn cut(dir: &Path, base_offset: i64, rest: &Range<u64>) -> Result<(), OfflineError> {
    let path = file_path(dir, base_offset, LOG);
    let (file, _) = open(&path)?;
    keep(dir, base_offset, &*file, rest)?;
    let cut = DiskFiles.open(&path).and_then(|file| {
        file.truncate(rest.start)?;
        file.sync_data()
    });
    cut.map_err(OfflineError::at(&path))
}

/// Writes the segment anew without the damaged bytes, and puts it in the place of the old one.
fn take_out(dir: &Path, base_offset: i64, size: u64, damaged: &[Range<u64>]) -> Result<(), OfflineError> {
    let path = file_path(dir, base_offset, LOG);
    let (file, _) = open(&path)?;
    for bytes in damaged {
        keep(dir, base_offset, &*file, bytes)?;
    }
    let ends = damaged.iter().map(|bytes| bytes.start).chain([size]);
    let starts = std::iter::once(0).chain(damaged.iter().map(|bytes| bytes.end));
    // What a stop in the middle leaves is removed by the next start of a broker.
    let temporary = path.with_extension(format!("{LOG}.tmp"));
    let written = DiskFiles.open(&temporary).and_then(|new| {
        new.truncate(0)?;
        let mut position = 0;
        for intact in starts.zip(ends).map(|(start, end)| start..end) {
            copy(&*file, &intact, &*new, position)?;
            position += intact.end - intact.start;
        }
        new.sync_data()?;
        DiskFiles.rename(&temporary, &path)?;
        DiskFiles.sync_dir(dir)
    });
    written.map_err(OfflineError::at(&path))
}

fn index(dir: &Path, base_offset: i64) -> Result<(), OfflineError> {
    let (_, size) = open(&file_path(dir, base_offset, LOG))?;
    let mut segment = Segment::new(Arc::new(DiskFiles), dir, base_offset, size);
    segment.write_indexes()?;
    for extension in [OFFSET_INDEX, TIME_INDEX] {
        let path = file_path(dir, base_offset, extension);
        fs::File::open(&path).and_then(|file| file.sync_all()).map_err(OfflineError::at(&path))?;
    }
    DiskFiles.sync_dir(dir).map_err(OfflineError::at(dir))
}
