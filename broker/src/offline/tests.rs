use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use fluxmq_protocol::record::{BATCH_HEADER_LEN, BatchBuilder, BatchHeader, Compression};
use tempfile::TempDir;

use super::*;
use crate::env::files::DiskFiles;
use crate::storage::log::{Log, LogConfig, LogStart};
use crate::storage::validate::{self, ProduceRules};

pub(super) const NOW: i64 = 1_700_000_000_000;
const FIRST: &str = "00000000000000000000";

/// A log of four segments with five batches each, of which every fifth has a producer. A batch has two records.
pub(super) struct Stored {
    _home: TempDir,
    pub(super) dir: PathBuf,
}

impl Stored {
    pub(super) fn new() -> Stored {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("orders-0");
        fs::create_dir(&dir).unwrap();
        let stored = Stored { _home: home, dir };
        let mut log = stored.open();
        for number in 0..20 {
            append(&mut log, number);
        }
        log.close().unwrap();
        let segments = stored.names().iter().filter(|name| name.ends_with(".log")).count();
        assert_eq!(segments, 4, "{:?}", stored.names());
        stored
    }

    pub(super) fn open(&self) -> Log {
        let size = batch(0).len() as u64;
        let config = LogConfig {
            segment_bytes: 5 * size + size / 2,
            index_interval_bytes: size,
            ..LogConfig::default()
        };
        let (log, report) =
            Log::open(Arc::new(DiskFiles), &self.dir, config, LogStart::default(), NOW).unwrap();
        assert_eq!((report.damaged, report.cut), (None, None));
        log
    }

    pub(super) fn names(&self) -> Vec<String> {
        files::names_in(&self.dir).unwrap()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub(super) fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.path(name)).unwrap();
        change(&mut bytes);
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(super) fn verify(&self) -> VerifiedLog {
        verify(&self.dir).unwrap().logs.remove(0)
    }

    /// Severity, file, position and offset of each finding.
    fn found(&self) -> Vec<(Severity, String, Option<u64>, Option<i64>)> {
        let findings = self.verify().findings.into_iter();
        findings.map(|finding| (finding.severity, finding.file, finding.position, finding.offset)).collect()
    }

    /// The same of the one finding that is expected, with what it says.
    fn one(&self) -> (Severity, String, String) {
        let mut findings = self.verify().findings;
        assert_eq!(findings.len(), 1, "{findings:?}");
        let finding = findings.remove(0);
        (finding.severity, finding.file, finding.what)
    }
}

pub(super) fn batch(number: usize) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Compression::None, None);
    for _ in 0..2 {
        builder.append(NOW + number as i64, Some(b"key"), Some(&[b'x'; 100]), &[]);
    }
    if number.is_multiple_of(5) {
        builder.set_producer(7, 0, 2 * (number / 5) as i32);
    }
    builder.build().unwrap().to_vec()
}

pub(super) fn append(log: &mut Log, number: usize) {
    let mut bytes = batch(number);
    let mut checked = validate::check(&mut bytes, &ProduceRules::lenient(NOW)).unwrap();
    log.append(&mut checked, 3, NOW).unwrap();
    log.write().unwrap();
}

pub(super) fn log_name(base_offset: i64) -> String {
    format!("{base_offset:020}.log")
}

#[test]
fn a_good_log_has_no_findings() {
    let verified = Stored::new().verify();
    assert_eq!(verified.findings, []);
    assert_eq!((verified.segments, verified.batches, verified.records), (4, 20, 40));
    assert_eq!((verified.start_offset, verified.end_offset), (0, 40));
    assert_eq!(verified.bytes, 20 * batch(0).len() as u64);
}

/// The base offset, which no checksum covers, and every other part of a header, and the records.
#[test]
fn damage_in_the_middle_is_told_wherever_it_is() {
    let size = batch(0).len();
    for at in [0, 3, 7, 8, 11, 16, 17, 21, 26, 57, BATCH_HEADER_LEN, size - 1] {
        let stored = Stored::new();
        stored.change(&log_name(10), |bytes| bytes[2 * size + at] ^= 0x55);
        let expected = (Severity::Damage, log_name(10), Some(2 * size as u64), Some(14));
        assert_eq!(stored.found(), [expected], "byte {at}");
        assert_eq!(stored.verify().batches, 19, "byte {at}");
    }
}

#[test]
fn every_damaged_place_is_told() {
    let stored = Stored::new();
    let size = batch(0).len();
    stored.change(&log_name(0), |bytes| bytes[size..2 * size].fill(0));
    stored.change(&log_name(0), |bytes| bytes[3 * size + 70] ^= 1);
    stored.change(&log_name(30), |bytes| bytes[70] ^= 1);
    let findings = stored.verify().findings;
    let what: Vec<&str> = findings.iter().map(|finding| finding.what.as_str()).collect();
    assert_eq!(what.len(), 3, "{findings:?}");
    assert_eq!(what[0], format!("{size} bytes are zero; an intact batch follows at position {}", 2 * size));
    assert!(what[1].contains("has the checksum"), "{findings:?}");
    assert_eq!((findings[2].offset, findings[2].position), (Some(30), Some(0)));
    assert!(findings.iter().all(|finding| finding.severity == Severity::Damage));
}

#[test]
fn a_torn_tail_is_no_damage_unless_it_was_durable() {
    let size = batch(0).len();
    for (left, offset) in [(size - 1, 38), (1, 38), (BATCH_HEADER_LEN, 38)] {
        let stored = Stored::new();
        stored.change(&log_name(30), |bytes| bytes.truncate(4 * size + left));
        fs::remove_file(stored.path("00000000000000000040.snapshot")).unwrap();
        assert_eq!(
            stored.found(),
            [(Severity::TornTail, log_name(30), Some(4 * size as u64), Some(offset))],
            "{left} bytes are left"
        );
        let home = stored.dir.parent().unwrap();
        fs::write(home.join("meta.properties"), "version=1\ncluster.id=x\nnode.id=1\n").unwrap();
        fs::write(home.join("recovery-point-offset-checkpoint"), "0\n1\norders 0 40\n").unwrap();
        let findings = verify(home).unwrap().logs.remove(0).findings;
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].severity, Severity::Damage, "{findings:?}");
        assert_eq!(findings[0].file, format!("orders-0/{}", log_name(30)));
    }
}

#[test]
fn records_that_are_gone_from_the_end_are_missed() {
    let stored = Stored::new();
    let home = stored.dir.parent().unwrap();
    fs::write(home.join("meta.properties"), "version=1\ncluster.id=x\nnode.id=1\n").unwrap();
    fs::write(home.join("recovery-point-offset-checkpoint"), "0\n1\norders 0 40\n").unwrap();
    assert_eq!(verify(home).unwrap().damages(), 0);
    stored.change(&log_name(30), |bytes| bytes.truncate(bytes.len() - batch(0).len()));
    let verification = verify(home).unwrap();
    let damages: Vec<_> =
        verification.all_findings().filter(|finding| finding.severity == Severity::Damage).collect();
    assert_eq!(damages.len(), 1, "{verification:?}");
    assert_eq!(damages[0].what, "everything below offset 40 was durable, but the log ends at 38");
}

#[test]
fn a_missing_segment_is_missed() {
    let stored = Stored::new();
    fs::remove_file(stored.path(&log_name(10))).unwrap();
    let findings = stored.verify().findings;
    assert_eq!(findings[0].what, "the offsets 10 to 19 before this segment are missing");
    assert_eq!((findings[0].severity, findings[0].file.as_str()), (Severity::Damage, log_name(20).as_str()));
    assert!(findings[1..].iter().all(|finding| finding.what == "its segment is gone"), "{findings:?}");
}

#[test]
fn segments_in_each_other_s_place_are_not_taken_for_right() {
    let stored = Stored::new();
    let (second, third) = (stored.path(&log_name(10)), stored.path(&log_name(20)));
    let bytes = fs::read(&second).unwrap();
    fs::rename(&third, &second).unwrap();
    fs::write(&third, bytes).unwrap();
    let found = stored.found();
    let damaged: Vec<_> = found.iter().filter(|found| found.0 == Severity::Damage).collect();
    assert_eq!(damaged.len(), 2, "{found:?}");
    assert_eq!((damaged[0].1.as_str(), damaged[0].3), (log_name(10).as_str(), Some(10)));
    assert_eq!((damaged[1].1.as_str(), damaged[1].3), (log_name(20).as_str(), Some(20)));
    assert_eq!(stored.verify().batches, 10);
}

#[test]
fn indexes_that_lead_astray_are_told() {
    let stored = Stored::new();
    for (extension, change) in [
        ("index", (|bytes| bytes[7] += 1) as fn(&mut Vec<u8>)),
        ("index", |bytes| bytes[3] = 0),
        ("index", |bytes| bytes[8..16].fill(1)),
        ("index", |bytes| bytes.truncate(11)),
        ("timeindex", |bytes| bytes[7] -= 1),
        ("timeindex", |bytes| bytes[12..20].fill(0)),
        ("timeindex", |bytes| bytes[22..24].fill(0x7f)),
    ] {
        let name = format!("{FIRST}.{extension}");
        let before = fs::read(stored.path(&name)).unwrap();
        stored.change(&name, change);
        let (severity, file, what) = stored.one();
        assert_eq!((severity, file), (Severity::Rebuildable, name.clone()), "{what}");
        fs::write(stored.path(&name), before).unwrap();
    }
    // Room for entries to come, as Apache Kafka makes it.
    for extension in ["index", "timeindex"] {
        stored.change(&format!("{FIRST}.{extension}"), |bytes| bytes.resize(9_600, 0));
    }
    assert_eq!(stored.found(), []);
}

#[test]
fn snapshots_are_held_against_the_log() {
    let stored = Stored::new();
    let name = |offset: i64| format!("{offset:020}.snapshot");
    stored.change(&name(20), |bytes| bytes[20] ^= 1);
    let (severity, file, _) = stored.one();
    assert_eq!((severity, file), (Severity::Rebuildable, name(20)));
    // A snapshot of another time.
    fs::copy(stored.path(&name(10)), stored.path(&name(20))).unwrap();
    let (_, file, what) = stored.one();
    assert_eq!(file, name(20));
    assert_eq!(what, "it says that producer 7 wrote last at offset 1, and the log says 11");
    fs::copy(stored.path(&name(30)), stored.path(&name(20))).unwrap();
    assert!(stored.one().2.starts_with("it knows of producer 7 at offset 21, which comes later"));
    fs::rename(stored.path(&name(20)), stored.path(&name(50))).unwrap();
    assert_eq!(stored.one().0, Severity::Leftover);
}

#[test]
fn small_files_are_read() {
    let stored = Stored::new();
    stored.change("leader-epoch-checkpoint", |bytes| bytes.truncate(3));
    assert_eq!(stored.one().0, Severity::Rebuildable);
    fs::write(stored.path("leader-epoch-checkpoint"), "0\n1\n3 41\n").unwrap();
    assert_eq!(stored.one().2, "epoch 3 begins at offset 41, behind the log's end at 40");
    fs::write(stored.path("leader-epoch-checkpoint"), "0\n1\n3 0\n").unwrap();
    fs::write(stored.path("partition.metadata"), "version: 0\ntopic_id: short\n").unwrap();
    assert_eq!(stored.one().0, Severity::Damage);
    fs::write(stored.path("partition.metadata"), "version: 0\ntopic_id: ASNFZ4mrze8BI0VniavN7w\n").unwrap();
    for name in
        ["a.tmp", "00000000000000000000.log.deleted", "x.cleaned", "x.swap", "00000000000000000005.index"]
    {
        fs::write(stored.path(name), "").unwrap();
    }
    fs::create_dir(stored.path("quarantine")).unwrap();
    fs::write(stored.path("quarantine/kept.log"), "").unwrap();
    let found = stored.found();
    assert_eq!(found.len(), 6, "{found:?}");
    assert!(found.iter().all(|found| found.0 == Severity::Leftover), "{found:?}");
}

#[test]
fn a_batch_whose_records_lie_is_told_though_its_checksum_is_right() {
    let stored = Stored::new();
    let size = batch(0).len();
    stored.change(&log_name(0), |bytes| {
        // Three records announced, two there.
        bytes[60] = 3;
        let crc = crc32c::crc32c(&bytes[21..size]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(BatchHeader::parse(bytes).unwrap().record_count, 3);
    });
    let (severity, _, what) = stored.one();
    assert_eq!(severity, Severity::Damage);
    assert!(what.contains("its records cannot be read: record 2 of the batch cannot be read: "), "{what}");
}

#[test]
fn one_file_can_be_looked_at() {
    let stored = Stored::new();
    let verified = verify(&stored.path(&log_name(20))).unwrap().logs.remove(0);
    assert_eq!((verified.batches, verified.start_offset, verified.end_offset), (5, 20, 30));
    assert_eq!(verified.findings, []);
    assert!(matches!(verify(&stored.path("nothing")), Err(OfflineError::NotFound(_))));
    let other = verify(&stored.path(&format!("{FIRST}.index")));
    assert!(matches!(other, Err(OfflineError::Unsuitable { .. })), "{other:?}");
    let nothing = tempfile::tempdir().unwrap();
    assert!(matches!(verify(nothing.path()), Err(OfflineError::Unsuitable { .. })));
}

#[test]
fn nothing_is_changed_or_created_by_looking() {
    let stored = Stored::new();
    let home = stored.dir.parent().unwrap();
    fs::write(home.join("meta.properties"), "version=1\n").unwrap();
    let names = (stored.names(), files::names_in(home).unwrap());
    assert_eq!(verify(home).unwrap().damages(), 1, "there is no cluster id");
    assert_eq!((stored.names(), files::names_in(home).unwrap()), names);
}
