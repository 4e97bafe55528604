use std::path::Path;
use std::sync::atomic::Ordering;

use fluxmq_protocol::record::{BatchBuilder, BatchHeader, Compression, RecordBatch, batches};
use proptest::prelude::*;

use super::super::recovery::RecoveryReport;
use super::super::segment::file_path;
use super::super::validate::{self, ProduceRules};
use super::*;
use crate::env::files::{Faults, FaultyFiles, MemoryFiles};

mod retention;
mod tail;

const NOW: i64 = 1_700_000_000_000;
const DIR: &str = "log";

fn memory() -> Arc<dyn Files> {
    let files = MemoryFiles::default();
    files.create_dir_all(Path::new(DIR)).unwrap();
    Arc::new(files)
}

fn small_segments() -> LogConfig {
    LogConfig { segment_bytes: 2_000, index_interval_bytes: 100, ..LogConfig::default() }
}

fn open(
    files: &Arc<dyn Files>,
    config: LogConfig,
    start: LogStart,
) -> (Log, super::super::recovery::RecoveryReport) {
    Log::open(Arc::clone(files), Path::new(DIR), config, start, NOW).unwrap()
}

fn fresh(files: &Arc<dyn Files>) -> Log {
    open(files, small_segments(), LogStart::default()).0
}

/// A batch of `count` records of `size` bytes whose timestamps begin at `timestamp`.
fn batch(count: usize, size: usize, timestamp: i64) -> BatchBuilder {
    let mut builder = BatchBuilder::new(Compression::None, None);
    for index in 0..count {
        builder.append(timestamp + index as i64, None, Some(&vec![b'v'; size]), &[]);
    }
    builder
}

fn append(log: &mut Log, builder: &BatchBuilder) -> Result<Appended, AppendError> {
    let mut bytes = builder.build().unwrap().to_vec();
    let mut checked = validate::check(&mut bytes, &ProduceRules::lenient(NOW)).unwrap();
    log.append(&mut checked, 0, NOW)
}

fn append_written(log: &mut Log, count: usize, size: usize, timestamp: i64) -> i64 {
    let Appended::Batch { base_offset } = append(log, &batch(count, size, timestamp)).unwrap() else {
        panic!("a batch without a producer is no duplicate")
    };
    log.write().unwrap();
    base_offset
}

/// All offsets from `offset` on, read slice by slice as a consumer does.
fn offsets_from(log: &Log, mut offset: i64, max_bytes: usize) -> Vec<i64> {
    let mut offsets = Vec::new();
    while let Some(slice) = log.read(offset, max_bytes, log.written_end_offset(), true).unwrap() {
        for batch in batches(slice.bytes().unwrap()) {
            for record in batch.unwrap().records(1 << 20).unwrap() {
                let at = record.unwrap().offset;
                if at >= offset {
                    offsets.push(at);
                }
            }
        }
        offset = offsets.last().unwrap() + 1;
    }
    offsets
}

#[test]
fn what_is_appended_is_read_from_every_offset() {
    let files = memory();
    let mut log = fresh(&files);
    for round in 0..40 {
        append_written(&mut log, 3, 50, NOW + round);
    }
    assert!(log.sealed.len() > 2, "the log has rolled");
    for offset in 0..120 {
        let expected: Vec<i64> = (offset..120).collect();
        assert_eq!(offsets_from(&log, offset, 500), expected);
    }
    assert!(log.read(120, 100, 120, true).unwrap().is_none());
    assert!(matches!(log.read(121, 100, 120, true), Err(ReadError::OutOfRange { .. })));
    assert!(matches!(log.read(-1, 100, 120, true), Err(ReadError::OutOfRange { .. })));
}

#[test]
fn a_read_ends_at_the_upper_bound_and_keeps_the_first_batch_whole() {
    let files = memory();
    let mut log = fresh(&files);
    for _ in 0..4 {
        append_written(&mut log, 2, 50, NOW);
    }
    let size = batch(2, 50, NOW).build().unwrap().len();
    let len = |offset, max, bound, whole| log.read(offset, max, bound, whole).unwrap().map(|slice| slice.len);
    assert_eq!(len(0, 1 << 20, 4, true), Some(2 * size));
    assert_eq!(len(3, 1 << 20, 4, true), Some(size));
    assert_eq!(len(4, 1 << 20, 4, true), None);
    assert_eq!(len(0, 1, 8, true), Some(size));
    assert_eq!(len(0, 1, 8, false), None);
    assert_eq!(len(0, size + 7, 8, false), Some(size + 7));
}

#[test]
fn small_batches_wait_for_a_write_and_large_ones_push_them_out() {
    let files = memory();
    let mut log = open(&files, LogConfig::default(), LogStart::default()).0;
    append(&mut log, &batch(1, 10, NOW)).unwrap();
    assert_eq!((log.log_end_offset(), log.written_end_offset()), (1, 0));
    append(&mut log, &batch(1, GATHERED_BATCH_MAX, NOW)).unwrap();
    assert_eq!((log.log_end_offset(), log.written_end_offset()), (2, 2));
    append(&mut log, &batch(1, 10, NOW)).unwrap();
    log.write().unwrap();
    assert_eq!(offsets_from(&log, 0, 1 << 20), [0, 1, 2]);
}

#[test]
fn a_duplicate_is_answered_and_not_appended() {
    let files = memory();
    let mut log = fresh(&files);
    let mut first = batch(3, 10, NOW);
    first.set_producer(7, 0, 0);
    let mut second = batch(2, 10, NOW);
    second.set_producer(7, 0, 3);
    let mut gap = batch(2, 10, NOW);
    gap.set_producer(7, 0, 9);
    assert_eq!(append(&mut log, &first).unwrap(), Appended::Batch { base_offset: 0 });
    assert_eq!(append(&mut log, &second).unwrap(), Appended::Batch { base_offset: 3 });
    let duplicate = Appended::Duplicate { base_offset: 0, last_offset: 2, timestamp_ms: NOW + 2 };
    assert_eq!(append(&mut log, &first).unwrap(), duplicate);
    assert!(matches!(append(&mut log, &gap), Err(AppendError::OutOfOrderSequence)));
    log.write().unwrap();
    assert_eq!(log.log_end_offset(), 5);
    drop(log);
    for start in [LogStart::default(), LogStart { clean: true, ..LogStart::default() }] {
        let mut reopened = open(&files, small_segments(), start).0;
        assert!(matches!(
            append(&mut reopened, &second).unwrap(),
            Appended::Duplicate { base_offset: 3, .. }
        ));
        assert!(matches!(append(&mut reopened, &gap), Err(AppendError::OutOfOrderSequence)));
    }
}

#[test]
fn timestamps_find_their_records() {
    let files = memory();
    let mut log = fresh(&files);
    for round in 0..40 {
        append_written(&mut log, 3, 50, 1_000 + round * 10);
    }
    let find = |timestamp| {
        log.offset_for_timestamp(timestamp, 120).unwrap().map(|found| (found.timestamp, found.offset))
    };
    assert_eq!(find(0), Some((1_000, 0)));
    assert_eq!(find(1_001), Some((1_001, 1)));
    assert_eq!(find(1_003), Some((1_010, 3)));
    assert_eq!(find(1_392), Some((1_392, 119)));
    assert_eq!(find(1_393), None);
    assert_eq!(log.offset_for_timestamp(1_392, 119).unwrap(), None);
    let max = log.max_timestamp_offset(120).unwrap().unwrap();
    assert_eq!((max.timestamp, max.offset), (1_392, 119));
}

#[test]
fn deleting_records_removes_whole_segments_and_hides_the_rest() {
    let files = memory();
    let mut log = fresh(&files);
    for _ in 0..40 {
        append_written(&mut log, 3, 50, NOW);
    }
    let segments = log.sealed.len();
    assert_eq!(log.delete_records(61), 61);
    while log.retire_oldest(NOW).unwrap() {}
    assert!(log.sealed.len() < segments);
    assert!(log.sealed.first().is_none_or(|first| first.base_offset() <= 61));
    assert!(matches!(log.read(60, 100, 120, true), Err(ReadError::OutOfRange { .. })));
    assert_eq!(offsets_from(&log, 61, 500), (61..120).collect::<Vec<_>>());
    assert_eq!(log.delete_records(5), 61, "the log start never goes back");
}

#[test]
fn a_clean_stop_and_a_crash_lead_to_the_same_log() {
    for clean in [true, false] {
        let files = memory();
        let mut log = fresh(&files);
        for _ in 0..30 {
            append_written(&mut log, 3, 50, NOW);
        }
        if clean {
            log.close().unwrap();
        }
        drop(log);
        let start = LogStart { clean, ..LogStart::default() };
        let (mut log, report) = open(&files, small_segments(), start);
        assert_eq!(report, super::super::recovery::RecoveryReport::default());
        assert_eq!(log.log_end_offset(), 90);
        assert_eq!(log.end_offset_for_epoch(0), (0, 90));
        assert_eq!(append_written(&mut log, 1, 50, NOW), 90);
        assert_eq!(offsets_from(&log, 0, 300), (0..91).collect::<Vec<_>>());
    }
}

/// A log of ten batches in one file, and the bytes of that file.
fn ten_batches() -> (Arc<dyn Files>, Vec<u8>) {
    let files = memory();
    let mut log = open(&files, LogConfig::default(), LogStart::default()).0;
    for _ in 0..10 {
        append_written(&mut log, 2, 20, NOW);
    }
    let bytes = crate::env::files::read_all(&*files, &log.active.path()).unwrap();
    (files, bytes)
}

fn reopened_with(bytes: &[u8]) -> (Log, super::super::recovery::RecoveryReport) {
    let files = memory();
    let path = file_path(Path::new(DIR), 0, super::super::segment::LOG);
    files.open(&path).unwrap().write_at(bytes, 0).unwrap();
    open(&files, LogConfig::default(), LogStart::default())
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_and_kept_aside() {
    let (_, bytes) = ten_batches();
    let size = bytes.len() / 10;
    for end in 8 * size + 1..bytes.len() {
        let (mut log, report) = reopened_with(&bytes[..end]);
        let whole = end / size;
        assert_eq!(log.log_end_offset(), 2 * whole as i64, "cut at byte {end}");
        match report.cut {
            Some((_, position, count)) => {
                assert_eq!((position, count), ((whole * size) as u64, (end - whole * size) as u64));
            }
            // Nothing was torn, or nothing but zeros has come of it, as of room that was taken ahead.
            None => assert!(bytes[whole * size..end].iter().all(|byte| *byte == 0)),
        }
        assert_eq!(log.active.size(), (whole * size) as u64);
        append_written(&mut log, 1, 5, NOW);
        assert_eq!(offsets_from(&log, 0, 1 << 20).len(), 2 * whole + 1);
    }
}

#[test]
fn damage_before_intact_batches_is_never_cut() {
    let (_, bytes) = ten_batches();
    let size = bytes.len() / 10;
    // The base offset is no part of the checksum: damaged, it makes the batch come too early or too late.
    for at in [0, 3, 7, 8, 16, 17, 30, 61, size - 1] {
        let mut damaged = bytes.clone();
        damaged[4 * size + at] ^= 0x55;
        let (mut log, report) = reopened_with(&damaged);
        assert_eq!(report.damaged, Some(8), "byte {at} of the fifth batch");
        assert_eq!(log.read(0, 1 << 20, 20, true).unwrap().unwrap().len, 4 * size);
        assert!(matches!(log.read(8, 100, 20, true), Err(ReadError::Damaged(8))));
        let refused = append(&mut log, &batch(1, 5, NOW));
        assert!(matches!(refused, Err(AppendError::Storage(StorageError::Damaged { offset: 8 }))));
        assert_eq!(log.active.size() as usize, bytes.len(), "nothing was cut");
    }
}

/// The first batch behind the damage begins at the very end of what is read at once.
#[test]
fn an_intact_batch_far_behind_the_damage_is_found() {
    let (_, bytes) = ten_batches();
    let size = bytes.len() / 10;
    let (first, third) = (&bytes[..size], &bytes[2 * size..3 * size]);
    for count in [(1 << 20) - 40, (1 << 20) - 17, 1 << 20] {
        let (log, report) = reopened_with(&[first, &vec![1; count], third].concat());
        assert_eq!((report.damaged, report.cut), (Some(2), None), "{count} bytes");
        assert_eq!(log.read(0, 1 << 20, 2, true).unwrap().unwrap().len, size);
    }
}

/// A log of ten batches of about 1,100 bytes: each has a whole sector.
fn ten_large_batches() -> Vec<u8> {
    let files = memory();
    let mut log = open(&files, LogConfig::default(), LogStart::default()).0;
    for _ in 0..10 {
        append_written(&mut log, 2, 500, NOW);
    }
    crate::env::files::read_all(&*files, &log.active.path()).unwrap()
}

#[test]
fn a_write_that_was_lost_with_the_power_is_cut_with_all_that_followed_it() {
    let bytes = ten_large_batches();
    let size = bytes.len() / 10;
    for sector in (4 * size).div_ceil(512)..(5 * size) / 512 {
        let mut lost = bytes.clone();
        lost[sector * 512..(sector + 1) * 512].fill(0);
        let (mut log, report) = reopened_with(&lost);
        assert_eq!((report.damaged, log.log_end_offset()), (None, 8));
        let (_, position, count) = report.cut.unwrap();
        assert_eq!((position, count), (4 * size as u64, 6 * size as u64));
        assert_eq!(append_written(&mut log, 1, 5, NOW), 8);
    }
    // The first bytes of a batch, which stand in the last sector of the batch before.
    let at = 4 * size;
    let mut lost = bytes.clone();
    lost[at..at.next_multiple_of(512)].fill(0);
    assert_eq!(reopened_with(&lost).1.damaged, None);
    // As many zeros that are no whole sector are no lost write.
    let mut damaged = bytes;
    damaged[at + 70..at + 70 + 500].fill(0);
    assert_eq!(reopened_with(&damaged).1.damaged, Some(8));
}

#[test]
fn what_lies_behind_the_last_batch_is_cut_and_kept_unless_it_is_zeros() {
    let (_, bytes) = ten_batches();
    for (tail, is_kept) in
        [(vec![0; 5_000], false), (vec![2; 5_000], true), (b"garbage".to_vec(), true), (vec![0, 0, 1], true)]
    {
        let (log, report) = reopened_with(&[&bytes[..], &tail[..]].concat());
        assert_eq!((log.log_end_offset(), log.active.size()), (20, bytes.len() as u64));
        assert_eq!(report.cut.map(|(_, _, count)| count), is_kept.then_some(tail.len() as u64));
    }
}

#[test]
fn a_write_that_fails_is_taken_back_altogether() {
    for fails in 1..8 {
        let (files, mut log, faults) = failing(LogConfig::default());
        let mut acknowledged = Vec::new();
        let mut sequence = 0;
        faults.writes_left.store(fails, Ordering::SeqCst);
        for round in 0..10 {
            let size = if round % 3 == 2 { GATHERED_BATCH_MAX } else { 10 };
            let mut builder = batch(2, size, NOW + round);
            builder.set_producer(7, 0, sequence);
            let appended = append(&mut log, &builder);
            let written = log.write();
            if let (Ok(Appended::Batch { base_offset }), Ok(_)) = (appended, written) {
                acknowledged.push(base_offset);
                sequence += 2;
            }
        }
        assert_eq!(acknowledged.len(), 9, "exactly one round failed");
        let expected: Vec<i64> = (0..18).collect();
        assert_eq!(offsets_from(&log, 0, 1 << 20), expected);
        drop(log);
        let (log, report) = open(&files, LogConfig::default(), LogStart::default());
        assert_eq!((offsets_from(&log, 0, 1 << 20), report.cut), (expected, None));
    }
}

/// A log over files that can fail.
fn failing(config: LogConfig) -> (Arc<dyn Files>, Log, Arc<Faults>) {
    let inner = FaultyFiles::default();
    inner.create_dir_all(Path::new(DIR)).unwrap();
    let faults = Arc::clone(&inner.faults);
    let files: Arc<dyn Files> = Arc::new(inner);
    let log = open(&files, config, LogStart::default()).0;
    (files, log, faults)
}

#[test]
fn whoever_was_gathered_with_a_large_batch_that_failed_hears_of_it() {
    let (_, mut log, faults) = failing(LogConfig::default());
    append(&mut log, &batch(1, 10, NOW)).unwrap();
    faults.writes_left.store(1, Ordering::SeqCst);
    append(&mut log, &batch(1, GATHERED_BATCH_MAX, NOW)).unwrap_err();
    // Somebody else comes before the first one asks: it shares its fate, as nobody can tell their offsets apart.
    append(&mut log, &batch(1, 20, NOW)).unwrap();
    assert!(log.write().is_err());
    assert_eq!((log.log_end_offset(), log.written_end_offset()), (0, 0));
    assert_eq!(append_written(&mut log, 1, 10, NOW), 0);
    assert_eq!(offsets_from(&log, 0, 1 << 20), [0]);
}

#[test]
fn a_write_tells_how_much_was_written_since_the_last() {
    let (_, mut log, _) = failing(small_segments());
    assert_eq!(log.write().unwrap(), 0);
    let (small, large) = (batch(1, 1_500, NOW), batch(1, GATHERED_BATCH_MAX, NOW));
    append(&mut log, &small).unwrap();
    append(&mut log, &large).unwrap();
    append(&mut log, &small).unwrap();
    assert!(!log.sealed.is_empty(), "the log has rolled");
    let size = 2 * small.build().unwrap().len() + large.build().unwrap().len();
    assert_eq!(log.write().unwrap(), size as u64);
    assert_eq!(log.write().unwrap(), 0);
}

#[test]
fn a_roll_that_fails_leaves_every_offset_readable() {
    let steps = 1..=4; // snapshot, leader epochs, two indexes
    for fails in steps {
        let (files, mut log, faults) = failing(small_segments());
        append_written(&mut log, 2, 500, NOW);
        faults.writes_left.store(fails, Ordering::SeqCst);
        append(&mut log, &batch(1, 1_000, NOW)).unwrap_err();
        assert_eq!(append_written(&mut log, 1, 10, NOW), 2);
        drop(log);
        let log = open(&files, small_segments(), LogStart::default()).0;
        for offset in 0..3 {
            assert_eq!(offsets_from(&log, offset, 100), (offset..3).collect::<Vec<_>>(), "step {fails}");
        }
    }
}

#[test]
fn a_clean_stop_does_not_make_a_damaged_log_good() {
    let (_, mut bytes) = ten_batches();
    let size = bytes.len() / 10;
    bytes[4 * size + 70] ^= 0x55;
    let files = memory();
    let path = file_path(Path::new(DIR), 0, super::super::segment::LOG);
    files.open(&path).unwrap().write_at(&bytes, 0).unwrap();
    let mut start = LogStart::default();
    for clean in [false, true, true] {
        let (mut log, report) = open(&files, LogConfig::default(), LogStart { clean, ..start });
        assert_eq!(report.damaged, Some(8));
        append(&mut log, &batch(1, 5, NOW)).unwrap_err();
        log.close().unwrap();
        start.recovery_point = log.recovery_point();
    }
}

#[test]
fn stored_batches_carry_their_offset_and_epoch() {
    let files = memory();
    let mut log = fresh(&files);
    append_written(&mut log, 2, 10, NOW);
    append_written(&mut log, 2, 10, NOW);
    let slice = log.read(2, 1 << 20, 4, true).unwrap().unwrap();
    let stored = RecordBatch::parse(slice.bytes().unwrap()).unwrap();
    let BatchHeader { base_offset, partition_leader_epoch, .. } = *stored.header();
    assert_eq!((base_offset, partition_leader_epoch), (2, 0));
}

#[test]
fn index_files_that_are_stale_or_missing_do_no_harm() {
    let files = memory();
    let mut log = fresh(&files);
    for _ in 0..40 {
        append_written(&mut log, 3, 50, NOW);
    }
    log.close().unwrap();
    drop(log);
    for name in files.list(Path::new(DIR)).unwrap() {
        let path = Path::new(DIR).join(&name);
        if name.ends_with(".index") {
            files.remove(&path).unwrap();
        } else if name.ends_with(".timeindex") {
            files.open(&path).unwrap().write_at(&[0xff; 24], 0).unwrap();
        }
    }
    let (log, _) = open(&files, small_segments(), LogStart { clean: true, ..LogStart::default() });
    assert_eq!(offsets_from(&log, 0, 300), (0..120).collect::<Vec<_>>());
}

/// A log of one large segment, durable and checkpointed at 600 of its 606 records, after a crash.
fn crashed(files: &Arc<dyn Files>) -> LogStart {
    let mut log = open(files, LogConfig::default(), LogStart::default()).0;
    let mut checkpoint = None;
    for round in 0..202 {
        if round == 100 || round == 200 {
            log.dirty_files().unwrap().sync().unwrap();
            log.set_recovery_point(log.written_end_offset());
            checkpoint = Some(log.checkpoint().unwrap());
        }
        let mut builder = batch(3, 500, NOW + i64::from(round % 7));
        builder.set_producer(7, 0, round * 3);
        append(&mut log, &builder).unwrap();
        log.write().unwrap();
    }
    let LogCheckpoint { recovery_point, log_start_offset, index_mark, .. } = checkpoint.unwrap();
    LogStart { clean: false, recovery_point, log_start_offset, index_mark, is_new: false }
}

#[test]
fn after_a_crash_only_what_lies_past_the_recovery_point_is_walked_over() {
    let (files, log, faults) = failing(LogConfig::default());
    drop(log);
    let start = crashed(&files);
    let whole = open(&files, LogConfig::default(), LogStart::default()).0;
    faults.bytes_read.store(0, Ordering::SeqCst);
    let (log, _) = open(&files, LogConfig::default(), start);
    let walked = log.active.indexes().unwrap();
    assert_eq!(walked, whole.active.indexes().unwrap());
    assert_eq!(log.producers.to_snapshot(), whole.producers.to_snapshot());
    assert_eq!((start.recovery_point, log.log_end_offset()), (600, 606));
    assert_eq!(offsets_from(&log, 590, 5_000), (590..606).collect::<Vec<_>>());
}

#[test]
fn indexes_are_believed_as_far_as_their_checksum_goes() {
    for (extension, position) in [("index", 0), ("index", 40), ("timeindex", 3)] {
        let (files, log, _) = failing(LogConfig::default());
        drop(log);
        let start = crashed(&files);
        let whole = open(&files, LogConfig::default(), LogStart::default()).0;
        let file = files.open(&file_path(Path::new(DIR), 0, extension)).unwrap();
        file.write_at(&[0x5a], position).unwrap();
        let (log, report) = open(&files, LogConfig::default(), start);
        assert_eq!(log.active.indexes().unwrap(), whole.active.indexes().unwrap());
        assert_eq!(report, RecoveryReport::default());
    }
}

#[test]
fn an_idle_log_holds_neither_file_nor_indexes() {
    let files = memory();
    let mut log = open(&files, LogConfig::default(), LogStart::default()).0;
    append_written(&mut log, 10, 500, NOW);
    let holds = |log: &Log| format!("{:?}", log.active).contains(", file: OnceLock(<uninit>)");
    log.checkpoint().unwrap();
    assert!(!holds(&log), "it was used a moment ago");
    log.checkpoint().unwrap();
    assert!(holds(&log));
    assert_eq!(offsets_from(&log, 0, 5_000), (0..10).collect::<Vec<_>>());
    append_written(&mut log, 1, 500, NOW);
    assert_eq!(offsets_from(&log, 9, 5_000), [9, 10]);
}

fn log_file_size(files: &Arc<dyn Files>) -> u64 {
    files.open(&file_path(Path::new(DIR), 0, "log")).unwrap().size().unwrap()
}

#[test]
fn room_that_was_taken_ahead_is_no_torn_write() {
    for room in [Room::Whole, Room::Ahead] {
        let config = LogConfig { room, segment_bytes: 4 << 20, ..LogConfig::default() };
        let files = memory();
        let mut log = open(&files, config.clone(), LogStart::default()).0;
        for _ in 0..30 {
            append_written(&mut log, 10, 5_000, NOW);
        }
        let size = log.active.size();
        assert!(log_file_size(&files) > size, "{room:?}");
        drop(log);
        let (mut log, report) = open(&files, config.clone(), LogStart::default());
        assert_eq!((report, log.active.size()), (RecoveryReport::default(), size));
        append_written(&mut log, 10, 5_000, NOW);
        log.close().unwrap();
        assert_eq!(log_file_size(&files), log.active.size());
        assert_eq!(offsets_from(&log, 0, 100_000), (0..310).collect::<Vec<_>>());
    }
}

#[test]
fn a_segment_gives_its_room_back_when_it_is_sealed_and_small_ones_take_none() {
    let files = memory();
    let config = LogConfig { room: Room::Ahead, segment_bytes: 2 << 20, ..LogConfig::default() };
    let mut log = open(&files, config, LogStart::default()).0;
    append_written(&mut log, 10, 5_000, NOW);
    assert_eq!(log_file_size(&files), log.active.size());
    while log.sealed.is_empty() {
        append_written(&mut log, 10, 5_000, NOW);
    }
    assert_eq!(log_file_size(&files), log.sealed[0].size());
}

#[test]
fn zeros_at_the_end_of_a_sealed_segment_are_damage_only_where_records_are_missing() {
    for missing in [false, true] {
        let files = memory();
        let mut log =
            open(&files, LogConfig { segment_bytes: 2_000, ..LogConfig::default() }, LogStart::default()).0;
        while log.sealed.len() < 2 {
            append_written(&mut log, 1, 100, NOW);
        }
        let (size, batch_size) =
            (log.sealed[0].size(), log.sealed[0].find(0, |_| true).unwrap().unwrap().end());
        let end = log.log_end_offset();
        drop(log);
        let file = files.open(&file_path(Path::new(DIR), 0, "log")).unwrap();
        if missing {
            file.write_at(&vec![0; usize::try_from(batch_size).unwrap()], size - batch_size).unwrap();
        }
        file.truncate(size + 1_000).unwrap();
        let (log, report) = open(&files, LogConfig::default(), LogStart::default());
        assert_eq!((report.damaged.is_some(), report.cut), (missing, None));
        assert!(missing || log.log_end_offset() == end);
    }
}

#[test]
fn a_log_whose_files_are_gone_gives_no_offset_twice() {
    let files = memory();
    let start = LogStart { recovery_point: 42, ..LogStart::default() };
    let (mut log, report) = open(&files, LogConfig::default(), start);
    assert!(report.missing);
    assert_eq!(append_written(&mut log, 1, 10, NOW), 42);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Appends, writes, reopenings and deletions in any order lead to what a simple list of offsets says.
    #[test]
    fn a_log_is_a_list(steps in prop::collection::vec((0..10_u8, 1..5_usize, 0..300_usize), 1..60)) {
        let files = memory();
        let mut log = fresh(&files);
        let (mut start, mut end) = (0_i64, 0_i64);
        for (what, count, size) in steps {
            match what {
                0 => {
                    log.close().unwrap();
                    drop(log);
                    let clean = LogStart { clean: true, recovery_point: end, log_start_offset: start, ..LogStart::default() };
                    log = open(&files, small_segments(), clean).0;
                }
                1 => {
                    log.write().unwrap();
                    drop(log);
                    log = open(&files, small_segments(), LogStart { log_start_offset: start, ..LogStart::default() }).0;
                }
                2 => start = log.delete_records((start + size as i64).min(end)),
                _ => {
                    prop_assert_eq!(append_written(&mut log, count, size, NOW), end);
                    end += count as i64;
                }
            }
            prop_assert_eq!((log.log_start_offset(), log.log_end_offset()), (start, end));
        }
        prop_assert_eq!(offsets_from(&log, start, 700), (start..end).collect::<Vec<_>>());
    }
}

/// Room taken ahead must not come back with the power: behind it there are intact batches by then.
#[test]
fn a_sealed_segment_ends_where_its_batches_do_even_after_a_loss_of_power() {
    let disk = crate::env::files::simulated::SimulatedFiles::new();
    disk.create_dir_all(Path::new(DIR)).unwrap();
    disk.sync_all(Path::new(DIR)).unwrap();
    let files: Arc<dyn Files> = Arc::new(disk.clone());
    let config = LogConfig { room: crate::storage::segment::Room::Whole, ..small_segments() };
    let mut log = open(&files, config, LogStart::default()).0;
    while log.sealed.is_empty() {
        append_written(&mut log, 2, 100, NOW);
    }
    let mut outlived = 0;
    for seed in 0..200 {
        let left = disk.power_loss(&mut fastrand::Rng::with_seed(seed));
        if left.exists(&log.active.path()) {
            outlived += 1;
            let size = left.open(&log.sealed[0].path()).unwrap().size().unwrap();
            assert_eq!(size, log.sealed[0].size(), "seed {seed}");
        }
    }
    assert!(outlived > 50, "the next segment is there often enough: {outlived}");
}

#[test]
fn a_lost_write_may_end_within_the_offset_of_an_intact_batch() {
    let size = (50..150).find(|size| batch(1, *size, NOW).build().unwrap().len() == 169).unwrap();
    let files = memory();
    let mut log = open(&files, LogConfig::default(), LogStart::default()).0;
    for _ in 0..5 {
        append_written(&mut log, 1, size, NOW);
    }
    let mut lost = crate::env::files::read_all(&*files, &log.active.path()).unwrap();
    // The third batch ends, and the fourth begins, five bytes before the end of the sector.
    lost[2 * 169..512].fill(0);
    let (log, report) = reopened_with(&lost);
    assert_eq!((report.damaged, log.log_end_offset()), (None, 2));
}
