//! What a model by seed may never come to.

use fluxmq_protocol::record::{Compression, record::Record};

use super::*;

/// A batch of plain records: key, and value or tombstone.
fn batch(base_offset: i64, records: &[(&str, Option<&str>)]) -> StoredBatch {
    let record = |(delta, (key, value)): (i64, &(&str, Option<&str>))| Record {
        offset: base_offset + delta,
        timestamp: NOW,
        key: Some(key.as_bytes().to_vec().into()),
        value: value.map(|value| value.as_bytes().to_vec().into()),
        headers: Vec::new(),
    };
    StoredBatch {
        base_offset,
        last_offset: base_offset + records.len() as i64 - 1,
        codec: Compression::None,
        append_time: false,
        transactional: false,
        control: false,
        producer: (-1, -1, -1),
        horizon_ms: None,
        records: (0..).zip(records).map(record).collect(),
    }
}

/// A log of segments, each of batches.
fn log_of(segments: &[&[StoredBatch]], config: &LogConfig) -> Alone {
    let files = memory();
    segments.iter().for_each(|segment| write_segment(&files, segment));
    open(&files, config, 0)
}

fn offsets(log: &Alone) -> Vec<i64> {
    stored(log).iter().flat_map(|batch| batch.records.iter().map(|record| record.offset)).collect()
}

fn rounds(log: &Alone, settings: &CompactionSettings, now_ms: i64) -> usize {
    (0..100).take_while(|_| clean_if_due(log, settings, now_ms).unwrap().is_some()).count()
}

#[test]
fn of_a_key_that_comes_twice_in_a_batch_the_last_stays() {
    let log = log_of(
        &[
            &[batch(0, &[("a", Some("1")), ("b", Some("2")), ("a", Some("3"))])],
            &[batch(3, &[("c", Some("4"))])],
        ],
        &LogConfig::default(),
    );
    assert_eq!(rounds(&log, &eager(), NOW), 1);
    assert_eq!(offsets(&log), [1, 2, 3]);
}

#[test]
fn a_segment_may_lose_all_records_and_the_offsets_stay() {
    let segments = [
        [batch(0, &[("a", Some("1"))]), batch(1, &[("b", Some("2"))])],
        [batch(2, &[("a", Some("3"))]), batch(3, &[("b", Some("4"))])],
        [batch(4, &[("a", Some("5"))]), batch(5, &[("b", Some("6"))])],
        [batch(6, &[("a", Some("7"))]), batch(7, &[("c", Some("8"))])],
    ];
    // Too small for two segments in one.
    let config = LogConfig { segment_bytes: 150, ..LogConfig::default() };
    let log = log_of(&[&segments[0], &segments[1], &segments[2], &segments[3]], &config);
    assert_eq!(rounds(&log, &eager(), NOW), 1);
    assert_eq!(offsets(&log), [4, 5, 6, 7]);
    assert_eq!(log.turn(|log| (log.log_start_offset(), log.log_end_offset())), Some((0, 8)));
    for offset in 0..=4 {
        assert_eq!(stored_from(&log.0.lock(), offset)[0].base_offset, 4);
    }
    assert_eq!(log.0.lock().segments_by_size()[..2], [(0, 0), (2, 0)]);
    // The next round has less to copy, and puts the empty ones together.
    log.0.lock().set_first_dirty_offset(0);
    assert_eq!(rounds(&log, &eager(), NOW), 1);
    assert_eq!(log.0.lock().segments_by_size().len(), 2);
    assert_eq!(offsets(&log), [4, 5, 6, 7]);
}

#[test]
fn the_last_batch_of_a_round_stays_even_without_records() {
    let files = memory();
    let tombstone = [batch(0, &[("a", Some("1"))]), batch(1, &[("a", None)])];
    write_segment(&files, &tombstone);
    write_segment(&files, &[batch(2, &[("b", Some("2"))])]);
    let log = open(&files, &LogConfig::default(), 0);
    assert_eq!(rounds(&log, &eager(), NOW), 1);
    assert_eq!(stored(&log)[0].horizon_ms, Some(NOW + 1_000));
    log.0.lock().set_first_dirty_offset(0);
    assert_eq!(rounds(&log, &eager(), NOW + 999), 1);
    assert_eq!(offsets(&log), [1, 2], "its time has not come");
    log.0.lock().set_first_dirty_offset(0);
    assert_eq!(rounds(&log, &eager(), NOW + 1_000), 1);
    assert_eq!(offsets(&log), [2]);
    let left = &stored(&log)[0];
    assert_eq!((left.base_offset, left.last_offset, left.horizon_ms), (1, 1, None));
}

#[test]
fn a_map_that_is_full_cleans_a_part_and_goes_on() {
    let keys: Vec<String> = (0..100).map(|key| format!("key {key}")).collect();
    let of = |base: i64| {
        let records: Vec<_> = keys.iter().map(|key| (key.as_str(), Some("value"))).collect();
        batch(base, &records)
    };
    let segments = [[of(0)], [of(100)], [of(200)], [of(300)]];
    let files = memory();
    segments.iter().for_each(|segment| write_segment(&files, segment));
    let log = open(&files, &LogConfig::default(), 0);
    let small = CompactionSettings { map_bytes: 2_000, ..eager() };
    let first = clean_if_due(&log, &small, NOW).unwrap().unwrap();
    assert!(first.map_was_full && first.end_offset < 100, "{first:?}");
    assert!(rounds(&log, &small, NOW) > 3);
    // The newest record of each key, but for those of the active segment, which is not looked at.
    assert_eq!(offsets(&log), (200..400).collect::<Vec<_>>());
}

#[test]
fn a_large_batch_is_cleaned_like_a_small_one() {
    for codec in Compression::ALL {
        let value = "v".repeat(3 << 20);
        let mut large = batch(0, &[("a", Some(&value)), ("b", Some("1")), ("c", Some(&value))]);
        large.codec = codec;
        let log = log_of(&[&[large], &[batch(3, &[("c", None)])], &[batch(4, &[])]], &LogConfig::default());
        assert_eq!(rounds(&log, &eager(), NOW), 1);
        assert_eq!(offsets(&log), [0, 1, 3]);
        assert_eq!(stored(&log)[0].records[0].value.as_ref().unwrap().len(), 3 << 20);
        assert_eq!(stored(&log)[0].codec, codec);
    }
}

#[test]
fn nothing_is_cleaned_before_it_is_worth_it() {
    let segments =
        [[batch(0, &[("a", Some("1"))])], [batch(1, &[("a", Some("2"))])], [batch(2, &[("a", Some("3"))])]];
    let log = || log_of(&[&segments[0], &segments[1], &segments[2]], &LogConfig::default());
    let half = CompactionSettings { min_dirty_ratio: 0.5, ..eager() };
    assert_eq!(rounds(&log(), &half, NOW), 1, "all is dirty");
    let cleaned = log();
    cleaned.0.lock().set_first_dirty_offset(1);
    assert_eq!(rounds(&cleaned, &half, NOW), 0, "half is not more than half");
    let overdue = CompactionSettings { max_lag_ms: 10, ..half };
    assert_eq!(rounds(&cleaned, &overdue, NOW + 10), 0);
    assert_eq!(rounds(&cleaned, &overdue, NOW + 11), 1, "the active segment is sealed and cleaned as well");
    assert_eq!(offsets(&cleaned), [2]);
    let young = CompactionSettings { min_lag_ms: 10, ..eager() };
    assert_eq!(rounds(&log(), &young, NOW + 9), 0);
    assert_eq!(rounds(&log(), &young, NOW + 10), 1);
}

#[test]
fn segments_that_go_meanwhile_end_the_round() {
    /// Deletes records when the cleaner's turns have come to `left`.
    struct Deleting(Alone, Mutex<usize>);
    impl SharedLog for Deleting {
        fn turn<T>(&self, with: impl FnOnce(&mut Log) -> T) -> Option<T> {
            let mut left = self.1.lock();
            *left = left.wrapping_sub(1);
            if *left == 0 {
                self.0.turn(|log| {
                    log.delete_records(3);
                    while log.retire_oldest(NOW).unwrap() {}
                });
            }
            drop(left);
            self.0.turn(with)
        }
        fn last_stable_offset(&self) -> i64 {
            self.0.last_stable_offset()
        }
    }
    let segments: Vec<[StoredBatch; 1]> = (0..5).map(|base| [batch(base, &[("a", Some("1"))])]).collect();
    let segments: Vec<&[StoredBatch]> = segments.iter().map(|segment| &segment[..]).collect();
    let mut ended = 0;
    for left in 1..100 {
        let log = Deleting(log_of(&segments, &LogConfig::default()), Mutex::new(left));
        let cleaned = clean_if_due(&log, &eager(), NOW).unwrap();
        let not_taken = *log.1.lock();
        if (1..100).contains(&not_taken) {
            assert!(ended > 3, "in the end the round is over first: {ended} of {left}");
            return;
        }
        ended += usize::from(cleaned.is_none());
        rounds(&log.0, &eager(), NOW);
        assert_eq!(offsets(&log.0), [3, 4]);
        let (files, dir) = log.0.turn(|log| log.place()).unwrap();
        assert_eq!(log.0.turn(|log| log.log_start_offset()), Some(3));
        assert!(!files.list(&dir).unwrap().iter().any(|name| name.contains("cleaned")));
    }
}

#[test]
fn a_batch_that_cannot_be_read_stays_and_is_told_once() {
    let files = memory();
    write_segment(&files, &[batch(0, &[("a", Some("1"))])]);
    write_segment(&files, &[batch(1, &[("a", Some("2"))])]);
    let log = open(&files, &LogConfig::default(), 0);
    let path = file_path(Path::new(DIR), 0, "log");
    files.open(&path).unwrap().write_at(b"?", 66).unwrap();
    assert!(matches!(clean_if_due(&log, &eager(), NOW), Err(StorageError::Batch(_))));
    assert_eq!(clean_if_due(&log, &eager(), NOW).unwrap(), None);
    assert_eq!(log.0.lock().segments_by_size().len(), 2);
}

#[test]
fn a_damaged_segment_does_not_take_the_place_of_good_ones() {
    let files = memory();
    let segments =
        [[batch(0, &[("a", Some("1"))])], [batch(1, &[("b", Some("2"))])], [batch(2, &[("c", Some("3"))])]];
    segments.iter().for_each(|segment| write_segment(&files, segment));
    let whole: Vec<u8> = segments[..2].iter().flat_map(|segment| segment[0].to_bytes()).collect();
    let swap = file_path(Path::new(DIR), 0, "log.swap");
    for damaged in [&b"garbage"[..], &whole[..whole.len() - 1]] {
        let file = files.open(&swap).unwrap();
        file.truncate(0).unwrap();
        file.write_at(damaged, 0).unwrap();
        let log = open(&files, &LogConfig::default(), 0);
        assert_eq!(offsets(&log), [0, 1, 2]);
        assert!(!files.exists(&swap));
        assert!(files.exists(&Path::new(DIR).join("quarantine").join(swap.file_name().unwrap())));
    }
    // A whole one does, and an empty one as well: all of its records may be gone.
    for (content, left) in [(&whole[..], vec![0, 1, 2]), (&[], vec![2])] {
        files.open(&swap).unwrap().write_at(content, 0).unwrap();
        let log = open(&files, &LogConfig::default(), 0);
        let sizes = log.0.lock().segments_by_size();
        assert_eq!((sizes.len(), sizes[0]), (2, (0, content.len() as u64)));
        assert_eq!(offsets(&log), left);
    }
}
