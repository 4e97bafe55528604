//! Retention, by a clock that stands where the test sets it.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::env::files::File;

const DAY: i64 = 86_400_000;

/// Every batch of this size has a segment of its own.
const BATCH: usize = 1_500;

/// A log of `timestamps.len()` batches of two records, each in its own segment with its own timestamp.
fn log_of(config: LogConfig, timestamps: &[i64]) -> (Arc<dyn Files>, Log) {
    let files = memory();
    let mut log = open(&files, config, LogStart::default()).0;
    for timestamp in timestamps {
        append_at(&mut log, *timestamp);
    }
    assert_eq!(log.sealed.len() + 1, timestamps.len(), "each batch has its own segment");
    (files, log)
}

fn append_at(log: &mut Log, timestamp: i64) {
    let mut builder = BatchBuilder::new(Compression::None, None);
    builder.append(timestamp, None, Some(&vec![b'v'; BATCH / 2]), &[]);
    builder.append(timestamp, None, Some(&vec![b'v'; BATCH / 2]), &[]);
    append(log, &builder).unwrap();
    log.write().unwrap();
}

fn kept_for(retention_ms: i64) -> LogConfig {
    LogConfig { retention_ms, segment_ms: i64::MAX, ..small_segments() }
}

fn kept_up_to(retention_bytes: i64) -> LogConfig {
    LogConfig { retention_bytes, ..kept_for(-1) }
}

/// One pass as the owner of a log makes it, everything below the log's end being committed.
fn pass(log: &mut Log, now_ms: i64) -> bool {
    let any = log.enforce_retention(log.written_end_offset(), now_ms).unwrap();
    while log.retire_oldest(now_ms).unwrap() {}
    any
}

fn start_and_end(log: &Log) -> (i64, i64) {
    (log.log_start_offset(), log.log_end_offset())
}

fn names(files: &Arc<dyn Files>) -> Vec<String> {
    let mut names = files.list(Path::new(DIR)).unwrap();
    names.retain(|name| name.contains(".log") || name.ends_with(".deleted"));
    names.sort();
    names
}

#[test]
fn segments_go_by_the_largest_timestamp_of_their_records_and_the_oldest_first() {
    let (_, mut log) = log_of(kept_for(DAY), &[NOW - 3 * DAY, NOW - 2 * DAY, NOW - DAY, NOW]);
    assert!(pass(&mut log, NOW));
    // A record that is as old as allowed stays.
    assert_eq!(start_and_end(&log), (4, 8));
    assert_eq!(offsets_from(&log, 4, 1 << 20), [4, 5, 6, 7]);
    assert!(matches!(log.read(3, 100, 8, true), Err(ReadError::OutOfRange { .. })));
    assert!(!pass(&mut log, NOW));
    assert!(pass(&mut log, NOW + 1));
    assert_eq!(start_and_end(&log), (6, 8));
}

#[test]
fn a_young_segment_protects_those_behind_it() {
    let (_, mut log) = log_of(kept_for(DAY), &[NOW, NOW - 9 * DAY, NOW - 9 * DAY]);
    assert!(!pass(&mut log, NOW));
    assert_eq!(start_and_end(&log), (0, 6));
}

#[test]
fn an_active_segment_that_is_too_old_is_rolled_and_goes_as_well() {
    let (files, mut log) = log_of(kept_for(DAY), &[NOW - 9 * DAY, NOW - 9 * DAY]);
    assert!(pass(&mut log, NOW));
    assert_eq!((start_and_end(&log), log.sealed.len()), ((4, 4), 0));
    assert!(!pass(&mut log, NOW + 9 * DAY), "an empty active segment stays");
    append_at(&mut log, NOW - 9 * DAY);
    assert_eq!(offsets_from(&log, 4, 100), [4, 5]);
    drop(log);
    let (log, _) = open(&files, kept_for(DAY), LogStart::default());
    assert_eq!(start_and_end(&log), (4, 6), "where the log starts is known from its files alone");
}

#[test]
fn nothing_goes_that_is_not_committed() {
    let (_, mut log) = log_of(kept_for(DAY), &[0, 0, 0]);
    assert!(!log.enforce_retention(1, NOW).unwrap());
    assert!(log.enforce_retention(5, NOW).unwrap());
    assert_eq!(start_and_end(&log), (4, 6));
    assert!(log.enforce_retention(6, NOW).unwrap());
    assert_eq!(start_and_end(&log), (6, 6));
}

#[test]
fn zero_keeps_what_is_of_now_and_minus_one_keeps_all() {
    let (_, mut log) = log_of(kept_for(0), &[NOW - 1, NOW]);
    assert!(pass(&mut log, NOW));
    assert_eq!(start_and_end(&log), (2, 4));
    let (_, mut log) = log_of(kept_for(-1), &[0, 0]);
    assert!(!pass(&mut log, i64::MAX));
    let (_, mut log) = log_of(kept_up_to(0), &[NOW, NOW]);
    assert!(pass(&mut log, NOW));
    assert_eq!(start_and_end(&log), (4, 4));
}

#[test]
fn as_many_segments_go_as_leave_no_less_than_retention_bytes() {
    let segment = {
        let (_, log) = log_of(kept_for(-1), &[NOW]);
        i64::try_from(log.active.size()).unwrap()
    };
    for (kept, start) in
        [(-1, 0), (4 * segment, 0), (3 * segment + 1, 0), (3 * segment, 2), (segment, 6), (1, 6)]
    {
        let (_, mut log) = log_of(kept_up_to(kept), &[NOW; 4]);
        pass(&mut log, NOW);
        assert_eq!(start_and_end(&log), (start, 8), "retention.bytes={kept}");
    }
}

#[test]
fn without_the_policy_only_what_was_deleted_on_request_goes() {
    let config = LogConfig { delete: false, retention_bytes: 0, ..kept_for(0) };
    let (_, mut log) = log_of(config, &[0; 4]);
    assert!(!pass(&mut log, NOW));
    assert_eq!((start_and_end(&log), log.sealed.len()), ((0, 8), 3));
    log.delete_records(5);
    assert!(pass(&mut log, NOW));
    assert_eq!((start_and_end(&log), log.sealed.len()), ((5, 8), 1));
    log.delete_records(8);
    assert!(pass(&mut log, NOW));
    assert_eq!(
        (start_and_end(&log), log.sealed.len()),
        ((8, 8), 0),
        "the active segment is never before the start"
    );
}

#[test]
fn records_of_the_future_stay_until_their_time_has_gone() {
    let (_, mut log) = log_of(kept_for(DAY), &[NOW - 9 * DAY, NOW + 9 * DAY, NOW - 9 * DAY]);
    for at in [NOW, i64::MIN, NOW + 10 * DAY] {
        pass(&mut log, at);
        assert_eq!(offsets_from(&log, 2, 1 << 20), [2, 3, 4, 5], "at {at}");
    }
    pass(&mut log, i64::MAX);
    assert_eq!(start_and_end(&log), (6, 6));
    let (_, mut log) = log_of(kept_for(0), &[i64::MAX, 0]);
    pass(&mut log, NOW);
    assert_eq!(start_and_end(&log), (0, 4));
}

#[test]
fn a_crash_between_two_steps_neither_loses_nor_brings_back() {
    let timestamps = [NOW - 3 * DAY, NOW - 3 * DAY, NOW - 3 * DAY, NOW];
    // How many of the three segments were retired, and whether the new log start was written down before.
    for (retired, checkpointed) in
        [(0, false), (0, true), (1, true), (2, true), (3, true), (1, false), (3, false)]
    {
        let (files, mut log) = log_of(kept_for(DAY), &timestamps);
        assert!(log.enforce_retention(8, NOW).unwrap());
        assert_eq!(log.log_start_offset(), 6);
        for _ in 0..retired {
            assert!(log.retire_oldest(NOW).unwrap());
        }
        drop(log);
        let log_start_offset = if checkpointed { 6 } else { 0 };
        let (mut log, report) =
            open(&files, kept_for(DAY), LogStart { log_start_offset, ..LogStart::default() });
        assert_eq!(report, super::super::super::recovery::RecoveryReport::default());
        let expected = if checkpointed { 6 } else { 2 * retired };
        assert_eq!(start_and_end(&log), (expected, 8), "{retired} retired, checkpointed: {checkpointed}");
        pass(&mut log, NOW);
        assert_eq!((start_and_end(&log), log.sealed.len()), ((6, 8), 0));
        assert_eq!(offsets_from(&log, 6, 1 << 20), [6, 7]);
    }
}

#[test]
fn a_log_that_lost_all_its_segments_goes_on_where_it_started() {
    let (files, mut log) = log_of(kept_for(DAY), &[0, 0]);
    assert!(log.enforce_retention(4, NOW).unwrap());
    // The roll was not durable, the renames were: the checkpoint alone says where the log is.
    let next = log.active.path();
    while log.retire_oldest(NOW).unwrap() {}
    drop(log);
    files.remove(&next).unwrap();
    let start = LogStart { log_start_offset: 4, ..LogStart::default() };
    assert_eq!(start_and_end(&open(&files, kept_for(DAY), start).0), (4, 4));
}

#[test]
fn files_of_retired_segments_stay_for_the_delay() {
    let config = LogConfig { file_delete_delay_ms: 60_000, ..kept_for(DAY) };
    let (files, mut log) = log_of(config.clone(), &[0, NOW]);
    let slice = log.read(0, 1 << 20, 4, true).unwrap().unwrap();
    pass(&mut log, NOW);
    let renamed = "00000000000000000000.log.deleted";
    assert!(names(&files).contains(&renamed.to_owned()));
    assert!(!names(&files).contains(&"00000000000000000000.log".to_owned()));
    let (due, left_ms) = log.take_due(NOW + 59_999);
    assert!(due.is_empty() && left_ms == Some(1));
    // The clock goes back by a year: they stay for another delay, not for a year.
    assert_eq!(log.take_due(NOW - 365 * DAY).1, Some(60_000));
    let (due, left_ms) = log.take_due(NOW - 365 * DAY + 60_000);
    assert!(!due.is_empty() && left_ms.is_none());
    due.remove().unwrap();
    due.remove().unwrap();
    assert_eq!(names(&files), ["00000000000000000002.log"]);
    slice.bytes().unwrap();
}

#[test]
fn what_waited_for_its_removal_is_gone_at_the_next_start() {
    let (files, mut log) = log_of(kept_for(DAY), &[0, NOW]);
    pass(&mut log, NOW);
    drop(log);
    let (log, _) = open(&files, kept_for(DAY), LogStart::default());
    assert_eq!((names(&files), start_and_end(&log)), (vec!["00000000000000000002.log".to_owned()], (2, 4)));
}

#[test]
fn without_timestamps_the_time_of_the_last_write_counts() {
    let dir = tempfile::tempdir().unwrap();
    let files: Arc<dyn Files> = Arc::new(crate::env::files::DiskFiles);
    let open =
        || Log::open(Arc::clone(&files), dir.path(), kept_for(DAY), LogStart::default(), NOW).unwrap().0;
    let mut log = open();
    append_at(&mut log, -1);
    append_at(&mut log, -1);
    let path = log.sealed[0].path();
    drop(log);
    let written = std::time::UNIX_EPOCH + std::time::Duration::from_millis(NOW as u64);
    std::fs::File::options().write(true).open(path).unwrap().set_modified(written).unwrap();
    let mut log = open();
    assert!(!log.enforce_retention(4, NOW + DAY).unwrap());
    assert!(log.enforce_retention(4, NOW + DAY + 1).unwrap());
    assert_eq!(log.log_start_offset(), 2);
}

/// Files that count how often one is opened.
#[derive(Debug, Default)]
struct Counting(MemoryFiles, AtomicUsize);

impl Files for Counting {
    fn open(&self, path: &Path) -> std::io::Result<Arc<dyn File>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.open(path)
    }
    fn list(&self, dir: &Path) -> std::io::Result<Vec<String>> {
        self.0.list(dir)
    }
    fn exists(&self, path: &Path) -> bool {
        self.0.exists(path)
    }
    fn create_dir_all(&self, dir: &Path) -> std::io::Result<()> {
        self.0.create_dir_all(dir)
    }
    fn rename(&self, from: &Path, to: &Path) -> std::io::Result<()> {
        self.0.rename(from, to)
    }
    fn remove(&self, path: &Path) -> std::io::Result<()> {
        self.0.remove(path)
    }
    fn remove_dir_all(&self, dir: &Path) -> std::io::Result<()> {
        self.0.remove_dir_all(dir)
    }
    fn sync_dir(&self, dir: &Path) -> std::io::Result<()> {
        self.0.sync_dir(dir)
    }
}

#[test]
fn no_file_is_opened_to_find_that_nothing_is_too_old() {
    let counting = Arc::new(Counting::default());
    counting.create_dir_all(Path::new(DIR)).unwrap();
    let files: Arc<dyn Files> = Arc::clone(&counting) as Arc<dyn Files>;
    let mut log = open(&files, kept_for(DAY), LogStart::default()).0;
    for _ in 0..5 {
        append_at(&mut log, NOW);
    }
    let opened = || counting.1.swap(0, Ordering::SeqCst);
    opened();
    assert!(!pass(&mut log, NOW));
    assert_eq!(opened(), 0);
    log.close().unwrap();
    drop(log);
    let start =
        LogStart { clean: true, recovery_point: 10, log_start_offset: 0, index_mark: None, is_new: false };
    let mut log = open(&files, kept_for(DAY), start).0;
    opened();
    assert!(!pass(&mut log, NOW));
    assert!(opened() > 0, "after a start the oldest segment is looked at once");
    assert!(!pass(&mut log, NOW + 1));
    assert_eq!(opened(), 0);
}

#[test]
fn the_jitter_is_below_its_bound_and_differs_from_segment_to_segment() {
    let (_, log) = log_of(kept_for(-1), &[NOW]);
    assert_eq!(log.jitter_ms(0), 0);
    assert_eq!(log.jitter_ms(1000), log.jitter_ms(1000), "it stays the same");
    let drawn: std::collections::BTreeSet<i64> =
        (1..=20).map(|count| log_of(kept_for(-1), &vec![NOW; count]).1.jitter_ms(1_000_000)).collect();
    assert!(drawn.len() > 15 && drawn.iter().all(|jitter| (0..1_000_000).contains(jitter)));
}

#[test]
fn a_segment_is_rolled_earlier_by_its_jitter() {
    let config =
        LogConfig { segment_ms: DAY, segment_jitter_ms: DAY / 2, segment_bytes: 1 << 20, ..small_segments() };
    let files = memory();
    let mut log = open(&files, config, LogStart::default()).0;
    append_written(&mut log, 1, 10, NOW - 2 * DAY);
    let early = log.jitter_ms(DAY / 2);
    assert!(early > 0);
    append_written(&mut log, 1, 10, NOW - 2 * DAY + (DAY - early));
    assert_eq!(log.sealed.len(), 0);
    append_written(&mut log, 1, 10, NOW - 2 * DAY + (DAY - early) + 1);
    assert_eq!(log.sealed.len(), 1);
}
