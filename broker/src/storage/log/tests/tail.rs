//! The newest batches in memory are the file's bytes, whatever happened to the log.

use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::*;
use crate::env::files::FaultyFiles;

/// A seed of its own for each run; `FLUXMQ_SEED` repeats one.
fn random() -> fastrand::Rng {
    let seed = std::env::var("FLUXMQ_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("FLUXMQ_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

fn log(config: LogConfig) -> (FaultyFiles, Log) {
    let layer = FaultyFiles::default();
    layer.create_dir_all(Path::new(DIR)).unwrap();
    let files: Arc<dyn Files> = Arc::new(layer.clone());
    let log = open(&files, config, LogStart::default()).0;
    (layer, log)
}

/// The bytes that a read finds, and how many were read from files for it.
fn read(layer: &FaultyFiles, log: &Log, offset: i64, max_bytes: usize) -> (Option<Bytes>, u64) {
    let before = layer.faults.bytes_read.load(Ordering::SeqCst);
    let slice = log.read(offset, max_bytes, log.written_end_offset(), true).unwrap();
    let bytes = slice.map(|slice| slice.bytes().unwrap());
    (bytes, layer.faults.bytes_read.load(Ordering::SeqCst) - before)
}

#[test]
fn what_memory_says_is_what_the_file_says() {
    let mut random = random();
    let mut from_memory = 0;
    for _ in 0..30 {
        let segment_bytes = random.u64(2_000..60_000);
        let (layer, mut log) = log(LogConfig { segment_bytes, ..LogConfig::default() });
        for _ in 0..200 {
            for _ in 0..random.usize(1..4) {
                let large = random.u8(..20) == 0;
                let size = if large { random.usize(1..20_000) } else { random.usize(1..400) };
                // What cannot be written is taken back, and must not be seen.
                let _ = append(&mut log, &batch(random.usize(1..4), size, NOW));
            }
            if random.u8(..15) == 0 {
                layer.faults.writes_left.store(random.u64(1..3), Ordering::SeqCst);
            }
            let _ = log.write();
            layer.faults.writes_left.store(u64::MAX, Ordering::SeqCst);
            match random.u8(..30) {
                0 => drop(log.delete_records(random.i64(log.log_start_offset()..=log.written_end_offset()))),
                1 => drop(log.checkpoint()),
                _ => {}
            }
            let end = log.written_end_offset();
            for _ in 0..random.usize(..4) {
                // Mostly near the end, up to anywhere between two batches, as a high watermark is.
                let offset = (end - random.i64(0..20)).max(log.log_start_offset());
                let bound = random.i64(offset..=end);
                let bound = log.read_file(bound, 1, end, true).ok().flatten();
                let bound =
                    bound.map(|slice| BatchHeader::parse(&slice.bytes().unwrap()).unwrap().base_offset);
                let bound = bound.unwrap_or(end);
                let max_bytes = random.usize(..30_000);
                let whole = random.bool();
                let read = log.read(offset, max_bytes, bound, whole).unwrap();
                from_memory += usize::from(read.as_ref().is_some_and(LogSlice::is_in_memory));
                let read = read.map(|slice| slice.bytes().unwrap());
                let filed = if offset < bound {
                    log.read_file(offset, max_bytes, bound, whole).unwrap()
                } else {
                    None
                };
                let filed = filed.map(|slice| slice.bytes().unwrap());
                assert!(read == filed, "{offset} up to {bound}, {max_bytes} bytes");
            }
        }
    }
    assert!(from_memory > 100, "memory is at work: {from_memory}");
}

#[test]
fn who_follows_reads_no_file() {
    let (layer, mut log) = log(LogConfig::default());
    assert!(log.read(0, 1000, 0, true).unwrap().is_none());
    for round in 0..500 {
        append_written(&mut log, 1, 100, NOW);
        let (bytes, from_file) = read(&layer, &log, round, 1 << 20);
        assert_eq!((BatchHeader::parse(&bytes.unwrap()).unwrap().base_offset, from_file), (round, 0));
    }
}

#[test]
fn a_log_that_nobody_follows_keeps_nothing() {
    let (layer, mut log) = log(LogConfig::default());
    for _ in 0..100 {
        append_written(&mut log, 1, 100, NOW);
    }
    assert!(log.tail.is_empty());
    // The first look finds it in the file, and begins to follow.
    let mut next = 99;
    for _ in 0..3 {
        let (_, from_file) = read(&layer, &log, next, 1 << 20);
        assert_eq!(from_file > 0, next == 99);
        assert!(read(&layer, &log, next + 1, 1 << 20).0.is_none());
        next = append_written(&mut log, 1, 100, NOW);
    }
    // The one who followed is gone.
    for _ in 0..1000 {
        append_written(&mut log, 1, 100, NOW);
    }
    assert!(log.tail.is_empty());
}

#[test]
fn a_log_at_rest_gives_its_memory_back() {
    let (_, mut log) = log(LogConfig::default());
    assert!(log.read(0, 1000, 0, true).unwrap().is_none());
    append_written(&mut log, 1, 100, NOW);
    log.checkpoint().unwrap();
    assert!(!log.tail.is_empty(), "it was written to since the last look");
    log.checkpoint().unwrap();
    assert!(log.tail.is_empty());
}

#[test]
fn large_writes_and_large_reads_are_left_to_the_file() {
    let (layer, mut log) = log(LogConfig::default());
    assert!(log.read(0, 1000, 0, true).unwrap().is_none());
    for round in 0..30 {
        append_written(&mut log, 1, 1_000, NOW);
        assert!(read(&layer, &log, round, 1000).0.is_some());
    }
    assert!(log.read(10, 1 << 20, 30, true).unwrap().unwrap().on_disk().is_none());
    assert!(!log.read(10, 1 << 20, 30, true).unwrap().unwrap().is_in_memory(), "20 kB go by the file");
    assert!(log.read(20, 1 << 20, 30, true).unwrap().unwrap().is_in_memory());
    append_written(&mut log, 1, 20_000, NOW);
    assert!(log.tail.is_empty());
}
