//! The same input as Apache Kafka's cleaner: segments that it wrote, and what it made of them. They come from a topic with
//! plain, idempotent and transactional producers in all codecs, with tombstones, commits and aborts, and with
//! `delete.retention.ms=4000`. Kafka's clock is known from the delete horizons that it wrote.

use std::collections::BTreeMap;

use fluxmq_protocol::record::{BATCH_HEADER_LEN, Compression};

use super::*;

/// Segments by their base offsets.
type Segments = BTreeMap<i64, Vec<u8>>;

const DELETE_RETENTION_MS: i64 = 4_000;

#[derive(Debug, Default)]
struct Round {
    before: Segments,
    after: Segments,
    clean_before: i64,
    clean_after: i64,
}

fn rounds_of(text: &str) -> BTreeMap<usize, Round> {
    let mut rounds: BTreeMap<usize, Round> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap();
        let round = rounds.entry(word().parse().unwrap()).or_default();
        let is_before = word() == "before";
        match (word(), word(), is_before) {
            ("clean", offset, true) => round.clean_before = offset.parse().unwrap(),
            ("clean", offset, false) => round.clean_after = offset.parse().unwrap(),
            (base, hex, true) => drop(round.before.insert(base.parse().unwrap(), bytes_of(hex))),
            (base, hex, false) => drop(round.after.insert(base.parse().unwrap(), bytes_of(hex))),
        }
    }
    rounds
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn batches_of(segments: &Segments) -> Vec<RecordBatch> {
    segments.values().flat_map(|bytes| batches(bytes.clone().into()).map(Result::unwrap)).collect()
}

/// Kafka's time of the round: it wrote a new delete horizon.
fn time_of(round: &Round) -> i64 {
    let horizons = |segments: &Segments| -> Vec<i64> {
        batches_of(segments).iter().filter_map(|batch| StoredBatch::of(batch).horizon_ms).collect()
    };
    let old = horizons(&round.before);
    horizons(&round.after).into_iter().find(|horizon| !old.contains(horizon)).unwrap() - DELETE_RETENTION_MS
}

/// What two cleaned batches have in common: everything, but that compressors need not agree.
fn comparable(batch: &RecordBatch) -> (StoredBatch, Vec<u8>) {
    let stored = StoredBatch::of(batch);
    let is_plain = stored.codec == Compression::None;
    let bytes = if is_plain { batch.bytes().to_vec() } else { batch.bytes()[21..BATCH_HEADER_LEN].to_vec() };
    (stored, bytes)
}

fn agrees_with_kafka(text: &str) {
    let mut dropped = 0;
    for (number, round) in rounds_of(text) {
        let files = memory();
        for (base_offset, bytes) in &round.before {
            let path = file_path(Path::new(DIR), *base_offset, "log");
            files.open(&path).unwrap().write_at(bytes, 0).unwrap();
        }
        let config = LogConfig { segment_bytes: 1 << 20, ..LogConfig::default() };
        let log = open(&files, &config, round.clean_before);
        let settings = CompactionSettings {
            min_dirty_ratio: 0.01,
            delete_retention_ms: DELETE_RETENTION_MS,
            ..CompactionSettings::default()
        };
        let stats = clean_if_due(&log, &settings, time_of(&round)).unwrap().unwrap();
        assert_eq!(stats.end_offset, round.clean_after, "round {number}");
        let sizes = log.0.lock().segments_by_size();
        let ours: Segments = sizes
            .iter()
            .map(|(base_offset, size)| {
                let (file, _) = log.0.lock().open_segment(*base_offset).unwrap().unwrap();
                let mut bytes = vec![0; *size as usize];
                file.read_at(&mut bytes, 0).unwrap();
                (*base_offset, bytes)
            })
            .collect();
        assert!(
            ours.keys().eq(round.after.keys()),
            "round {number}: {:?} {:?}",
            ours.keys(),
            round.after.keys()
        );
        let (ours, kafkas) = (batches_of(&ours), batches_of(&round.after));
        for (ours, kafkas) in ours.iter().zip(&kafkas) {
            assert_eq!(comparable(ours), comparable(kafkas), "round {number}");
        }
        assert_eq!(ours.len(), kafkas.len());
        dropped += stats.records_read - stats.records_kept;
    }
    assert!(dropped > 100, "{dropped} records were dropped");
}

#[test]
fn the_same_is_left_as_by_kafka() {
    agrees_with_kafka(include_str!("kafka_create_time.txt"));
    agrees_with_kafka(include_str!("kafka_append_time.txt"));
}
