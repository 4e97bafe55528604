//! Taking what was decided, so that a crash at any point leaves either nothing taken over or everything.
//!
//! ```text
//! 1  consumer groups into `__consumer_offsets`
//! 2  each partition into `import.unfinished`: copied under another name, synced and renamed, or moved in one rename
//! 3  from there to its own place; checkpoints
//! 4  the topics into the metadata journal: from here on they exist
//! 5  `import.unfinished` is removed
//! ```

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use fluxmq_protocol::Uuid;

use super::super::OfflineError;
use super::super::files::names_in;
use super::groups;
use super::kafka_dir::KafkaDirs;
use super::partition::{LEADER_EPOCHS, files_of};
use super::plan::{Plan, PlannedPartition, PlannedTopic};
use super::{Import, Transfer};
use crate::env::files::{DiskFiles, Files, replace};
use crate::metadata::Metadata;
use crate::metadata::command::Command;
use crate::storage::checkpoint;
use crate::storage::data_dir::{
    DataDir, LOG_STARTS, META, PARTITION_META, RECOVERY_POINTS, STRAY, base64url,
};
use crate::storage::leader_epochs::LeaderEpochs;

/// How the name of a directory ends whose copy is not complete.
const PART: &str = ".part";

/// The only replica.
const REPLICATION_FACTOR: i16 = 1;

pub(super) fn carry_out(import: &Import, source: &KafkaDirs, plan: &Plan) -> Result<(), OfflineError> {
    let to = &import.to;
    fs::create_dir_all(to).map_err(OfflineError::at(to))?;
    check_room(import, source, plan)?;
    refuse_others(plan)?;
    adopt_cluster(to, source)?;
    let mut data_dir = DataDir::open(to, source.node_id, None)?;
    fs::create_dir_all(&plan.staging).map_err(OfflineError::at(&plan.staging))?;
    sync_dir(to)?;
    if !plan.groups.is_empty() {
        // First, because this writes checkpoints of the topics that exist, and of no others.
        groups::write(data_dir, &plan.groups, plan.group_partitions)?;
        data_dir = DataDir::open(to, source.node_id, None)?;
    }
    for topic in &plan.topics {
        for partition in &topic.partitions {
            bring(import, plan, topic, partition)?;
        }
    }
    sync_dir(&plan.staging)?;
    for topic in &plan.topics {
        for partition in &topic.partitions {
            put_in_place(to, plan, &partition.name(topic))?;
        }
    }
    sync_dir(to)?;
    write_checkpoints(to, plan)?;
    let files: Arc<dyn Files> = Arc::new(DiskFiles);
    take_topics(&files, &data_dir, plan)?;
    remove_parts(&plan.staging)?;
    fs::remove_dir(&plan.staging).map_err(OfflineError::at(&plan.staging))?;
    sync_dir(to)
}

/// Files can be moved within one file system; copies need room.
fn check_room(import: &Import, source: &KafkaDirs, plan: &Plan) -> Result<(), OfflineError> {
    let to = &import.to;
    if import.transfer == Transfer::Move {
        if source.is_on_device_of(to)? {
            return Ok(());
        }
        let what = format!(
            "`{}` is on another file system, so nothing can be moved there; copy instead",
            to.display()
        );
        return Err(OfflineError::Refused(what));
    }
    let is_there = |path: &Path| path.starts_with(to);
    let logs = plan.topics.iter().flat_map(|topic| &topic.partitions).filter_map(|one| one.log.as_ref());
    let needed: u64 = logs.filter(|log| !is_there(&log.path)).map(|log| log.bytes).sum();
    let stat = rustix::fs::statvfs(to).map_err(|error| OfflineError::at(to)(error.into()))?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    if needed >= free {
        return Err(OfflineError::Refused(format!(
            "the copy needs {needed} bytes and `{}` has {free} left; make room, or move instead of copying",
            to.display()
        )));
    }
    Ok(())
}

/// What another import has left must not be lost: with moved files it is the only copy.
fn refuse_others(plan: &Plan) -> Result<(), OfflineError> {
    if !plan.staging.is_dir() {
        return Ok(());
    }
    for name in names_in(&plan.staging)?.iter().filter(|name| !name.ends_with(PART)) {
        let is_planned = |topic: &PlannedTopic| topic.partitions.iter().any(|one| one.name(topic) == *name);
        if !plan.topics.iter().any(is_planned) {
            return Err(OfflineError::Refused(format!(
                "`{}` holds `{name}` of another import that was not finished; run that one again first",
                plan.staging.display()
            )));
        }
    }
    Ok(())
}

/// A new data directory continues Kafka's cluster.
fn adopt_cluster(to: &Path, source: &KafkaDirs) -> Result<(), OfflineError> {
    let path = to.join(META);
    if path.exists() {
        return Ok(());
    }
    let (cluster_id, node_id) = (&source.cluster_id, source.node_id);
    let directory_id = base64url(Uuid::new_v4());
    let text =
        format!("version=1\ncluster.id={cluster_id}\nnode.id={node_id}\ndirectory.id={directory_id}\n");
    write(&path, &text)
}

/// Brings a partition's files into the staging directory, unless an earlier attempt has.
fn bring(
    import: &Import,
    plan: &Plan,
    topic: &PlannedTopic,
    partition: &PlannedPartition,
) -> Result<(), OfflineError> {
    let staged = plan.staging.join(partition.name(topic));
    let part = plan.staging.join(format!("{}{PART}", partition.name(topic)));
    let Some(log) = &partition.log else {
        fs::create_dir_all(&staged).map_err(OfflineError::at(&staged))?;
        let empty = staged.join("00000000000000000000.log");
        fs::File::create(&empty).map_err(OfflineError::at(&empty))?;
        return complete(&staged, topic, partition);
    };
    if log.path == staged || log.path.parent() == Some(&import.to) {
        return complete(&log.path, topic, partition);
    }
    // An earlier copy of what Kafka has changed since.
    for stale in [&staged, &part] {
        if stale.exists() {
            fs::remove_dir_all(stale).map_err(OfflineError::at(stale))?;
        }
    }
    match import.transfer {
        Transfer::Copy => {
            copy(&log.path, &part)?;
            complete(&part, topic, partition)?;
            fs::rename(&part, &staged).map_err(OfflineError::at(&staged))
        }
        Transfer::Move => {
            fs::rename(&log.path, &staged).map_err(OfflineError::at(&log.path))?;
            sync_dir(&plan.staging)?;
            log.path.parent().map_or(Ok(()), sync_dir)?;
            complete(&staged, topic, partition)
        }
    }
}

/// Copies the files that make up a log, durably.
fn copy(from: &Path, to: &Path) -> Result<(), OfflineError> {
    fs::create_dir_all(to).map_err(OfflineError::at(to))?;
    for name in files_of(from)? {
        let target = to.join(&name);
        fs::copy(from.join(&name), &target).map_err(OfflineError::at(&from.join(&name)))?;
        fs::File::open(&target).and_then(|file| file.sync_all()).map_err(OfflineError::at(&target))?;
    }
    Ok(())
}

/// Says in a partition's directory whose it is, and under which leader epoch it goes on: one that no client has seen yet.
fn complete(dir: &Path, topic: &PlannedTopic, partition: &PlannedPartition) -> Result<(), OfflineError> {
    write(&dir.join(PARTITION_META), &format!("version: 0\ntopic_id: {}\n", base64url(topic.id)))?;
    let (mut epochs, end_offset) = partition
        .log
        .as_ref()
        .map_or((LeaderEpochs::default(), 0), |log| (log.epochs.clone(), log.end_offset));
    epochs.assign(partition.leader_epoch, end_offset);
    write(&dir.join(LEADER_EPOCHS), &epochs.to_text())?;
    sync_dir(dir)
}

/// Renames a partition's directory to where the broker looks for it. What is there and is another topic's is put aside.
fn put_in_place(to: &Path, plan: &Plan, name: &str) -> Result<(), OfflineError> {
    let (staged, place) = (plan.staging.join(name), to.join(name));
    if !staged.exists() {
        // An earlier attempt has put it there.
        return Ok(());
    }
    if place.exists() {
        let aside = to.join(format!("{name}.{}{STRAY}", Uuid::new_v4().simple()));
        fs::rename(&place, &aside).map_err(OfflineError::at(&place))?;
    }
    fs::rename(&staged, &place).map_err(OfflineError::at(&staged))
}

/// Says of each log where it begins, and up to where it is known to be intact.
fn write_checkpoints(to: &Path, plan: &Plan) -> Result<(), OfflineError> {
    let (recovery_points, log_starts) = (to.join(RECOVERY_POINTS), to.join(LOG_STARTS));
    let mut known =
        [checkpoint::read(&DiskFiles, &recovery_points), checkpoint::read(&DiskFiles, &log_starts)];
    for topic in &plan.topics {
        for partition in &topic.partitions {
            let ends = partition.log.as_ref().map_or([0, 0], |log| [log.end_offset, log.log_start_offset]);
            for (offsets, offset) in known.iter_mut().zip(ends) {
                offsets.insert((topic.name.clone(), partition.index), offset);
            }
        }
    }
    for (path, offsets) in [recovery_points, log_starts].iter().zip(known) {
        let offsets: Vec<(String, i32, i64)> =
            offsets.into_iter().map(|((topic, partition), offset)| (topic, partition, offset)).collect();
        checkpoint::write(&DiskFiles, path, &offsets).map_err(OfflineError::at(path))?;
    }
    Ok(())
}

/// The last step: from here on the topics exist.
fn take_topics(files: &Arc<dyn Files>, data_dir: &DataDir, plan: &Plan) -> Result<(), OfflineError> {
    let (to, cluster_id) = (data_dir.path(), data_dir.cluster_id());
    let metadata = Metadata::open(Arc::clone(files), to, cluster_id).map_err(OfflineError::at(to))?;
    let mut commands = metadata.image().producer_ids_up_to(plan.report.next_producer_id);
    for topic in &plan.topics {
        commands.push(Command::CreateTopic {
            name: topic.name.clone(),
            id: topic.id,
            partitions: i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX),
            replication_factor: REPLICATION_FACTOR,
            configs: topic.configs.clone(),
        });
    }
    metadata.submit_all(&commands).map_err(|error| OfflineError::Refused(error.to_string()))
}

/// Removes copies that were never completed.
fn remove_parts(staging: &Path) -> Result<(), OfflineError> {
    for name in names_in(staging)?.iter().filter(|name| name.ends_with(PART)) {
        let path = staging.join(name);
        fs::remove_dir_all(&path).map_err(OfflineError::at(&path))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), OfflineError> {
    replace(&DiskFiles, path, text.as_bytes()).map_err(OfflineError::at(path))
}

fn sync_dir(dir: &Path) -> Result<(), OfflineError> {
    let synced: io::Result<()> = DiskFiles.sync_dir(dir);
    synced.map_err(OfflineError::at(dir))
}
