//! Files damaged by hand: everything that is intact is served, or the start is refused with the name of the file. Nothing
//! panics, and nothing that was acknowledged is cut silently.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxmq_protocol::record::RecordBatch;

use super::engine::{DATA, Engine, NOW_MS};
use super::model::{Batch, Model};
use super::{Halt, runtime, workload};
use crate::env::files::simulated::SimulatedFiles;
use crate::env::files::{Files, read_all};
use crate::partition::Partition;
use crate::storage::StorageError;
use crate::storage::log::{AppendError, ReadError};

const TOPIC: &str = "orders";

/// A data directory in which everything is durable, and what it must hold.
struct Data {
    files: SimulatedFiles,
    model: Model,
    runtime: Arc<tokio::runtime::Runtime>,
}

impl Data {
    /// Of a broker that was stopped in order, or killed.
    fn new(clean: bool) -> Data {
        let runtime = runtime();
        let files = super::engine::new_disk();
        let engine = Engine::open(&files, &runtime).unwrap();
        let (mut model, mut random) = (Model::default(), fastrand::Rng::with_seed(7));
        workload::create(&engine, &mut model, TOPIC, 1, 2_500).unwrap();
        // The active segment has a batch before the last two.
        for round in 0.. {
            let names = files.list(&dir()).unwrap_or_default();
            let base_offset: i64 =
                names.iter().filter_map(|name| name.strip_suffix(".log")?.parse().ok()).max().unwrap_or(0);
            let batches = &model.topics[TOPIC].partitions[0].batches;
            let active = batches.iter().filter(|batch| batch.header.base_offset >= base_offset).count();
            if round >= 24 && active == 4 {
                break;
            }
            workload::go_on(&engine, &mut model, &mut random).unwrap();
            if round == 12 {
                engine.partitions.checkpoint().unwrap();
            }
        }
        engine.commit_offset(TOPIC, 17, 0).unwrap();
        if clean {
            engine.partitions.close().unwrap();
        }
        let files = engine.kill();
        Data { files, model, runtime }
    }

    fn batches(&self) -> &[Batch] {
        &self.model.topics[TOPIC].partitions[0].batches
    }

    /// The segment that is written to, by its base offset, and how many batches lie before it.
    fn active(&self) -> (PathBuf, usize) {
        let names = self.files.list(&dir()).unwrap();
        let name = names.iter().rev().find(|name| name.ends_with(".log")).unwrap();
        let base_offset: i64 = name.trim_end_matches(".log").parse().unwrap();
        let before = self.batches().iter().filter(|batch| batch.header.base_offset < base_offset).count();
        (dir().join(name), before)
    }

    /// Opens a copy that was damaged.
    fn damaged(&self, damage: impl FnOnce(&SimulatedFiles)) -> Result<Engine, Halt> {
        let files = self.files.copy();
        damage(&files);
        Engine::open(&files, &self.runtime)
    }

    /// Holds that everything is served, or the start is refused with the name of the file that was damaged.
    fn is_served_or_refused(&self, path: &Path, what: &str, damage: impl FnOnce(&SimulatedFiles)) {
        match self.damaged(damage) {
            Ok(engine) => {
                let partition = engine.partition(TOPIC, 0).unwrap_or_else(|| panic!("{what}: no topic"));
                self.serves(&partition, 0..self.batches().len(), what);
                assert_eq!(engine.committed_offset(TOPIC), Some(17), "{what}");
                let mut model = self.model.clone();
                workload::resend_everything(&engine, &mut model)
                    .and_then(|()| workload::go_on(&engine, &mut model, &mut fastrand::Rng::with_seed(1)))
                    .unwrap_or_else(|halt| panic!("{what}: {halt:?}"));
                engine.kill();
            }
            Err(Halt::Broken(message)) => {
                assert!(message.contains(&*path.to_string_lossy()), "{what}: {message}");
            }
            Err(halt) => panic!("{what}: {halt:?}"),
        }
    }

    /// Holds that these batches are read, each from its own offset.
    fn serves(&self, partition: &Partition, numbers: std::ops::Range<usize>, what: &str) {
        for batch in &self.batches()[numbers] {
            let offset = batch.header.base_offset;
            let read = partition.read(offset, -1, 1, false, true);
            let slice = read.unwrap_or_else(|error| panic!("{what}: offset {offset}: {error}")).slice;
            let slice = slice.unwrap_or_else(|| panic!("{what}: offset {offset} is not there"));
            let mut bytes = vec![0; slice.len];
            slice.read_into(&mut bytes).unwrap();
            assert!(bytes == batch.bytes, "{what}: another batch at offset {offset}");
        }
    }
}

fn dir() -> PathBuf {
    Path::new(DATA).join(format!("{TOPIC}-0"))
}

fn flip(files: &SimulatedFiles, path: &Path, at: usize, bit: u32) {
    let file = files.open(path).unwrap();
    let mut byte = [0];
    file.read_at(&mut byte, at as u64).unwrap();
    file.write_at(&[byte[0] ^ (1 << (bit % 8))], at as u64).unwrap();
}

#[test]
fn a_log_cut_at_any_byte_of_its_last_batches_keeps_all_before() {
    for clean in [false, true] {
        let data = Data::new(clean);
        let (path, before) = data.active();
        let sizes: Vec<usize> = data.batches()[before..].iter().map(|batch| batch.bytes.len()).collect();
        let whole: usize = sizes.iter().sum();
        let from: usize = sizes[..sizes.len() - 2].iter().sum();
        for size in from..whole {
            let what = format!("cut at byte {size}, clean {clean}");
            let engine = data.damaged(|files| files.open(&path).unwrap().truncate(size as u64).unwrap());
            let engine = engine.unwrap_or_else(|halt| panic!("{what}: {halt:?}"));
            let partition = engine.partition(TOPIC, 0).unwrap();
            let left = data.batches().len() - 2 + usize::from(size - from >= sizes[sizes.len() - 2]);
            data.serves(&partition, 0..left, &what);
            let end = data.batches()[left - 1].header.next_offset();
            assert_eq!(partition.watermarks().high_watermark, end, "{what}");
            engine.kill();
        }
    }
}

#[test]
fn a_flipped_bit_in_the_last_batches_is_never_cut_silently() {
    let data = Data::new(false);
    let (path, before) = data.active();
    let count = data.batches().len();
    assert!(count - before >= 3, "the active segment has three batches");
    let mut at: usize = data.batches()[before..count - 3].iter().map(|batch| batch.bytes.len()).sum();
    for number in count - 3..count {
        let batch = &data.batches()[number];
        for byte in 0..batch.bytes.len() {
            let what = format!("byte {byte} of batch {number} of {count}");
            let place = at + byte;
            let engine = data.damaged(|files| flip(files, &path, place, byte as u32));
            let engine = engine.unwrap_or_else(|halt| panic!("{what}: {halt:?}"));
            let partition = engine.partition(TOPIC, 0).unwrap();
            data.serves(&partition, 0..number, &what);
            // The leader epoch is no part of a batch's checksum, and nobody misses it.
            if !(12..16).contains(&byte) {
                judge_damage(&data, &engine, &partition, number, &what);
            }
            engine.kill();
        }
        at += batch.bytes.len();
    }
}

/// After a stop in order nobody looks for damage. Who reads finds it; the batches around it are served, or it is told.
#[test]
fn damage_that_was_not_looked_for_hides_no_batch() {
    let data = Data::new(true);
    let (path, before) = data.active();
    let count = data.batches().len();
    let mut at = 0;
    for number in before..count {
        // Neither base offset nor epoch are part of the checksum, and the rest of the payload is the reader's to check.
        for byte in [8, 9, 10, 11, 16, 23, 24, 25, 26, 57, 58, 59, 60] {
            let what = format!("byte {byte} of batch {number} of {count}");
            let engine = data.damaged(|files| flip(files, &path, at + byte, byte as u32));
            let engine = engine.unwrap_or_else(|halt| panic!("{what}: {halt:?}"));
            let partition = engine.partition(TOPIC, 0).unwrap();
            data.serves(&partition, 0..number, &what);
            for batch in &data.batches()[number + 1..] {
                let offset = batch.header.base_offset;
                match partition.read(offset, -1, 1, false, true) {
                    Err(ReadError::Damaged(_)) => {}
                    Ok(crate::partition::Read { slice: Some(slice), .. }) => {
                        let mut bytes = vec![0; slice.len];
                        slice.read_into(&mut bytes).unwrap();
                        // A batch that fails its checksum tells the reader.
                        let is_told = RecordBatch::parse(bytes.clone().into()).is_err();
                        assert!(bytes == batch.bytes || is_told, "{what}: another batch at offset {offset}");
                    }
                    // What was cut off as a torn tail lies in quarantine.
                    Err(ReadError::OutOfRange { .. }) => {
                        assert!(
                            engine.files.exists(&dir().join("quarantine")),
                            "{what}: it was cut silently"
                        );
                    }
                    other => panic!("{what}: offset {offset}: {other:?}"),
                }
            }
            engine.kill();
        }
        at += data.batches()[number].bytes.len();
    }
}

/// A bad batch at the end is a torn tail, as far as anybody can tell, and kept aside. Before others it is damage.
fn judge_damage(data: &Data, engine: &Engine, partition: &Arc<Partition>, number: usize, what: &str) {
    let offset = data.batches()[number].header.base_offset;
    if number + 1 == data.batches().len() {
        let end = partition.watermarks().high_watermark;
        // Nor is the base offset part of the checksum; that it is too large, only a later batch can show.
        if end > offset + i64::from(data.batches()[number].header.record_count) {
            return;
        }
        assert_eq!(end, offset, "{what}");
        assert!(!engine.files.list(&dir().join("quarantine")).unwrap().is_empty(), "{what}");
        return;
    }
    let size = data.files.open(&data.active().0).unwrap().size().unwrap();
    assert_eq!(engine.files.open(&data.active().0).unwrap().size().unwrap(), size, "{what}: it was cut");
    let read = partition.read(offset, -1, 1, false, true);
    assert!(matches!(read, Err(ReadError::Damaged(at)) if at == offset), "{what}: {read:?}");
    let mut bytes = data.batches()[0].sent.clone();
    let mut checked = crate::storage::validate::check(&mut bytes, &workload::rules()).unwrap();
    let refused = partition.append(&mut checked, true, NOW_MS);
    assert!(
        matches!(refused, Err(AppendError::Storage(StorageError::Damaged { .. }))),
        "{what}: {refused:?}"
    );
}

#[test]
fn a_tail_that_is_there_twice_or_is_zeros_does_no_harm() {
    for clean in [false, true] {
        let data = Data::new(clean);
        let (path, _) = data.active();
        let last = data.batches().last().unwrap().bytes.clone();
        for tail in [last, vec![0; 4_096]] {
            data.is_served_or_refused(&path, "a longer tail", |files| {
                let file = files.open(&path).unwrap();
                file.write_at(&tail, file.size().unwrap()).unwrap();
            });
        }
    }
}

/// Files beside the segments, of the partition and of the directory.
fn small_files(data: &Data) -> Vec<PathBuf> {
    let of = |dir: PathBuf| {
        let names = data.files.list(&dir).unwrap();
        let is_small = |path: &PathBuf| {
            data.files.list(path).is_err() && path.extension().is_none_or(|extension| extension != "log")
        };
        names.into_iter().map(|name| dir.join(name)).filter(is_small).collect::<Vec<_>>()
    };
    [of(dir()), of(PathBuf::from(DATA))].concat()
}

fn name_of(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Where the last entry of a journal begins: its length, its checksum, itself.
fn last_entry(journal: &[u8]) -> usize {
    let next = |at: &usize| {
        let len = journal.get(*at..*at + 4)?.try_into().map(u32::from_be_bytes).unwrap();
        Some(at + 8 + len as usize)
    };
    std::iter::successors(Some(12), next).take_while(|at| *at < journal.len()).last().unwrap()
}

#[test]
fn a_flipped_bit_in_any_small_file_does_no_harm() {
    for clean in [false, true] {
        let data = Data::new(clean);
        for path in small_files(&data) {
            // Kafka's form of it has no checksum, and any number may be the right one.
            if name_of(&path) == "log-start-offset-checkpoint" {
                continue;
            }
            let bytes = read_all(&data.files, &path).unwrap();
            let last = if name_of(&path).ends_with(".journal") { last_entry(&bytes) } else { bytes.len() };
            for at in 0..bytes.len() {
                // A last entry that is said to be longer than the file may be an append that was cut short.
                if (last..last + 4).contains(&at) {
                    continue;
                }
                let bit = (at * 5) as u32;
                let what = format!("bit {} of byte {at} of {}, clean {clean}", bit % 8, path.display());
                data.is_served_or_refused(&path, &what, |files| flip(files, &path, at, bit));
            }
        }
    }
}

#[test]
fn a_small_file_that_is_cut_or_missing_does_no_harm() {
    for clean in [false, true] {
        let data = Data::new(clean);
        for path in small_files(&data) {
            let size = read_all(&data.files, &path).unwrap().len() as u64;
            let is_journal = name_of(&path).ends_with(".journal");
            for cut in (0..size).step_by(3) {
                let what = format!("{} cut at {cut}, clean {clean}", path.display());
                // A journal that ends within an entry ends there; its own tests hold that.
                if !is_journal {
                    data.is_served_or_refused(&path, &what, |files| {
                        files.open(&path).unwrap().truncate(cut).unwrap();
                    });
                }
            }
            if !is_journal {
                let what = format!("{} is missing, clean {clean}", path.display());
                data.is_served_or_refused(&path, &what, |files| files.remove(&path).unwrap());
            }
        }
    }
}

#[test]
fn an_index_of_another_time_does_no_harm() {
    for clean in [false, true] {
        let data = Data::new(clean);
        let names = data.files.list(&dir()).unwrap();
        for extension in [".index", ".timeindex"] {
            let all: Vec<_> = names.iter().filter(|name| name.ends_with(extension)).collect();
            for (to, from) in all.iter().flat_map(|to| all.iter().map(move |from| (to, from))) {
                let path = dir().join(to);
                let bytes = read_all(&data.files, &dir().join(from)).unwrap();
                let what = format!("{to} is as {from}, clean {clean}");
                data.is_served_or_refused(&path, &what, |files| {
                    let file = files.open(&path).unwrap();
                    file.truncate(0).unwrap();
                    file.write_at(&bytes, 0).unwrap();
                });
            }
        }
    }
}
