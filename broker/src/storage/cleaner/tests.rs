//! Whole rounds: against a model, by seed, with crashes.

mod crash;
mod edges;
mod kafka;
mod model;

use std::path::Path;
use std::sync::Arc;

use fluxmq_protocol::record::{RecordBatch, batches};
use parking_lot::Mutex;

use self::model::{Model, StoredBatch};
use super::*;
use crate::env::files::{Files, MemoryFiles};
use crate::storage::log::{LogConfig, LogStart};
use crate::storage::segment::file_path;

const DIR: &str = "log";
const NOW: i64 = 1_700_000_000_000;

/// A log that is nobody else's.
struct Alone(Mutex<Log>);

impl SharedLog for Alone {
    fn turn<T>(&self, with: impl FnOnce(&mut Log) -> T) -> Option<T> {
        Some(with(&mut self.0.lock()))
    }

    fn last_stable_offset(&self) -> i64 {
        self.0.lock().written_end_offset()
    }
}

fn eager() -> CompactionSettings {
    CompactionSettings { min_dirty_ratio: 0.0, delete_retention_ms: 1_000, ..CompactionSettings::default() }
}

fn memory() -> Arc<dyn Files> {
    let files = MemoryFiles::default();
    files.create_dir_all(Path::new(DIR)).unwrap();
    Arc::new(files)
}

fn open(files: &Arc<dyn Files>, config: &LogConfig, first_dirty_offset: i64) -> Alone {
    let (mut log, report) =
        Log::open(Arc::clone(files), Path::new(DIR), config.clone(), LogStart::default(), NOW).unwrap();
    assert_eq!((report.cut, report.damaged), (None, None));
    log.set_first_dirty_offset(first_dirty_offset);
    Alone(Mutex::new(log))
}

/// Writes the file of one segment.
fn write_segment(files: &Arc<dyn Files>, segment: &[StoredBatch]) {
    let path = file_path(Path::new(DIR), segment[0].base_offset, "log");
    let bytes: Vec<u8> = segment.iter().flat_map(StoredBatch::to_bytes).collect();
    files.open(&path).unwrap().write_at(&bytes, 0).unwrap();
}

/// Everything from an offset on, as a reader gets it.
fn stored_from(log: &Log, mut offset: i64) -> Vec<StoredBatch> {
    let mut all = Vec::new();
    while let Some(slice) = log.read(offset, 1_000, log.written_end_offset(), true).unwrap() {
        let mut bytes = vec![0; slice.len];
        slice.read_into(&mut bytes).unwrap();
        for batch in batches(bytes.into()) {
            let batch = batch.unwrap();
            offset = batch.header().next_offset();
            all.push(StoredBatch::of(&batch));
        }
    }
    all
}

fn stored(log: &Alone) -> Vec<StoredBatch> {
    let log = log.0.lock();
    stored_from(&log, log.log_start_offset())
}

/// By the seed in `FLUXMQ_SEED` alone, or by many.
fn seeds(count: u64) -> std::ops::Range<u64> {
    let given = std::env::var("FLUXMQ_SEED").ok().and_then(|seed| seed.parse().ok());
    given.map_or(0..count, |seed: u64| seed..seed + 1)
}

/// Several rounds over a log that grows between them, with a clock that goes on: after each, exactly those records and
/// markers are left that the model says.
#[test]
fn what_is_left_is_what_the_model_says() {
    for seed in seeds(100) {
        let mut random = fastrand::Rng::with_seed(seed);
        let files = memory();
        let config = LogConfig {
            segment_bytes: random.u64(500..5_000),
            index_interval_bytes: random.u64(0..400),
            ..LogConfig::default()
        };
        let map_bytes = if random.bool() { 1 << 20 } else { random.usize(0..1_000) };
        let settings = CompactionSettings { map_bytes, ..eager() };
        let mut model = Model::default();
        let mut now_ms = NOW;
        for round in 0..random.usize(1..6) {
            for _ in 0..random.usize(1..4) {
                let segment = model.grow(&mut random);
                write_segment(&files, &segment);
            }
            now_ms += random.i64(0..1_500);
            let log = open(&files, &config, model.first_dirty_offset);
            let before = model.latest_values();
            let stats = clean_if_due(&log, &settings, now_ms).unwrap();
            model.clean(stats, &settings, now_ms);
            let told = format!("FLUXMQ_SEED={seed} round {round} {stats:?}");
            assert_eq!(stored(&log), model.all(), "{told}");
            assert_eq!(model.latest_values(), before, "{told}");
            assert_eq!(log.0.lock().first_dirty_offset(), model.first_dirty_offset, "{told}");
            if let Some(stats) = stats {
                assert!(map_bytes < 1_000 || !stats.map_was_full, "{told}");
            }
            let reopened = open(&files, &config, 0);
            assert_eq!(stored(&reopened), model.all(), "{told}");
            let end = model.end_offset();
            assert_eq!(reopened.0.lock().log_end_offset(), end, "{told}");
            for offset in [random.i64(0..end), random.i64(0..end)] {
                let expected: Vec<_> =
                    model.all().into_iter().filter(|batch| batch.last_offset >= offset).collect();
                assert_eq!(stored_from(&reopened.0.lock(), offset), expected, "{told} from {offset}");
            }
            model.resegment(&reopened.0.lock());
        }
    }
}

impl StoredBatch {
    fn of(batch: &RecordBatch) -> StoredBatch {
        Self::from_parts(batch.header(), batch.records(1 << 24).unwrap().map(Result::unwrap))
    }
}
