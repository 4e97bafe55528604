use std::collections::BTreeSet;
use std::fs;

use fluxmq_protocol::record::batches;

use super::super::tests::{Stored, append, batch, log_name};
use super::super::{Severity, files};
use super::*;

/// The offsets of all records that the log serves, opened as a broker does after a crash.
fn served(stored: &Stored) -> Vec<i64> {
    let log = stored.open();
    let (mut offsets, mut next) = (Vec::new(), log.log_start_offset());
    while let Some(slice) = log.read(next, 1 << 20, log.written_end_offset(), true).unwrap() {
        let mut bytes = vec![0; slice.len];
        slice.read_into(&mut bytes).unwrap();
        for batch in batches(bytes.into()) {
            offsets.extend(batch.unwrap().records(1 << 20).unwrap().map(|record| record.unwrap().offset));
        }
        next = offsets.last().unwrap() + 1;
    }
    offsets
}

/// The log takes a batch, at `offset`, and has it after the next start.
fn takes_a_batch_at(stored: &Stored, offset: i64) {
    let mut log = stored.open();
    assert_eq!(log.log_end_offset(), offset);
    append(&mut log, 1);
    log.close().unwrap();
    drop(log);
    assert_eq!(served(stored).last(), Some(&(offset + 1)));
}

fn put_aside(stored: &Stored) -> Vec<String> {
    files::names_in(&stored.path("quarantine")).unwrap_or_default()
}

/// A log whose fourth batch of the second segment is damaged: offsets 16 and 17.
fn damaged() -> Stored {
    let stored = Stored::new();
    let size = batch(0).len();
    stored.change(&log_name(10), |bytes| bytes[3 * size + 80] ^= 1);
    stored
}

#[test]
fn nothing_is_decided_unless_somebody_decides() {
    let stored = damaged();
    let before = stored.names();
    let repaired = repair(&stored.dir, Choice::Leave).unwrap();
    assert_eq!(repaired.steps, []);
    assert_eq!(repaired.left.len(), 1);
    assert_eq!(repaired.left[0].file, format!("orders-0/{}", log_name(10)));
    assert_eq!(stored.names(), before);
}

#[test]
fn a_log_can_end_before_the_damage() {
    let stored = damaged();
    let size = batch(0).len() as u64;
    let log_bytes = |name: &str| fs::read(stored.path(name)).unwrap();
    let (rest, later) = (log_bytes(&log_name(10))[3 * size as usize..].to_vec(), log_bytes(&log_name(20)));
    let planned = plan_repair(&stored.dir, Choice::Truncate).unwrap();
    assert_eq!(stored.verify().damages(), 1, "a plan changes nothing");
    assert_eq!(repair(&stored.dir, Choice::Truncate).unwrap(), planned);
    assert_eq!(planned.left, []);
    let cut = planned.steps.iter().find(|step| step.file == log_name(10)).unwrap();
    assert_eq!(cut.bytes_put_aside, 2 * size);
    assert_eq!(
        cut.what,
        format!("end it at position {}, before offset 16; 1 intact batch put aside with the rest", 3 * size)
    );
    assert_eq!(served(&stored), (0..16).collect::<Vec<_>>());
    assert_eq!(stored.verify().worst(), Some(Severity::Leftover), "{:?}", stored.verify());
    let kept = |name: &str| fs::read(stored.path("quarantine").join(name)).unwrap();
    assert_eq!(kept(&format!("{:020}-at-{}.log", 10, 3 * size)), rest);
    assert_eq!(kept(&log_name(20)), later);
    takes_a_batch_at(&stored, 16);
}

#[test]
fn damage_can_be_skipped() {
    let stored = damaged();
    let size = batch(0).len();
    stored.change(&log_name(30), |bytes| bytes[..size].fill(0));
    let repaired = repair(&stored.dir, Choice::SkipDamage).unwrap();
    assert_eq!(repaired.left, []);
    let expected: Vec<i64> = (0..40).filter(|offset| ![16, 17, 30, 31].contains(offset)).collect();
    assert_eq!(served(&stored), expected);
    assert_eq!(stored.verify().worst(), Some(Severity::Leftover), "{:?}", stored.verify());
    let names = put_aside(&stored);
    assert!(names.contains(&format!("{:020}-at-{}.log", 10, 3 * size)), "{names:?}");
    assert!(names.contains(&format!("{:020}-at-0.log", 30)), "{names:?}");
    takes_a_batch_at(&stored, 40);
    assert_eq!(plan_repair(&stored.dir, Choice::SkipDamage).unwrap().steps, [], "nothing is left to do");
}

#[test]
fn a_segment_without_an_intact_batch_goes_as_a_whole() {
    let stored = Stored::new();
    stored.change(&log_name(10), |bytes| bytes.fill(0xff));
    repair(&stored.dir, Choice::SkipDamage).unwrap();
    assert!(!stored.path(&log_name(10)).exists());
    assert!(put_aside(&stored).contains(&log_name(10)));
    assert_eq!(served(&stored), (0..10).chain(20..40).collect::<Vec<_>>());
    let findings = stored.verify().findings;
    assert!(findings.iter().any(|finding| finding.severity == Severity::Gap), "{findings:?}");
    assert!(findings.iter().all(|finding| finding.severity != Severity::Damage), "{findings:?}");
}

#[test]
fn what_loses_nothing_is_done_without_a_decision() {
    let stored = Stored::new();
    let size = batch(0).len();
    stored.change(&log_name(30), |bytes| bytes.truncate(5 * size - 1));
    stored.change("00000000000000000000.index", |bytes| bytes[7] += 1);
    stored.change("00000000000000000010.snapshot", |bytes| bytes[10] ^= 1);
    fs::write(stored.path("leader-epoch-checkpoint"), "nonsense").unwrap();
    fs::write(stored.path("00000000000000000000.log.cleaned"), "half").unwrap();
    fs::write(stored.path("00000000000000000000.log.swap"), "to be finished").unwrap();
    repair(&stored.dir, Choice::Leave).unwrap();
    let findings = stored.verify().findings;
    let left: Vec<&str> = findings.iter().map(|finding| finding.file.as_str()).collect();
    assert_eq!(left, ["00000000000000000000.log.swap", "quarantine"], "{findings:?}");
    assert_eq!(fs::read_to_string(stored.path("leader-epoch-checkpoint")).unwrap(), "0\n1\n3 0\n");
    let names = put_aside(&stored);
    for name in [
        "00000000000000000000.index",
        "00000000000000000000.log.cleaned",
        "00000000000000000010.snapshot",
        "00000000000000000040.snapshot",
        "leader-epoch-checkpoint",
        &format!("{:020}-at-{}.log", 30, 4 * size),
    ] {
        assert!(names.iter().any(|kept| kept == name), "{name}: {names:?}");
    }
    assert_eq!(served(&stored), (0..38).collect::<Vec<_>>());
    takes_a_batch_at(&stored, 38);
}

#[test]
fn the_next_start_looks_through_what_was_repaired() {
    let stored = damaged();
    let home = stored.dir.parent().unwrap();
    fs::write(home.join("meta.properties"), "version=1\ncluster.id=x\nnode.id=1\n").unwrap();
    let points = home.join("recovery-point-offset-checkpoint");
    fs::write(&points, "0\n2\norders 0 40\npayments 0 7\n").unwrap();
    repair(home, Choice::SkipDamage).unwrap();
    assert_eq!(fs::read_to_string(&points).unwrap(), "0\n2\norders 0 16\npayments 0 7\n");
}

#[test]
fn a_directory_in_use_is_not_repaired() {
    let stored = damaged();
    let home = stored.dir.parent().unwrap();
    let lock = fs::File::create(home.join(".lock")).unwrap();
    lock.lock().unwrap();
    for path in [home, &stored.dir] {
        assert!(matches!(repair(path, Choice::Truncate), Err(OfflineError::Held { .. })));
        assert_eq!(plan_repair(path, Choice::Truncate).unwrap().left, []);
    }
    drop(lock);
    repair(&stored.dir, Choice::Truncate).unwrap();
}

/// Whatever is damaged, both ways out leave a log that a broker opens and writes to, and nothing that was intact is lost
/// where the damage is skipped.
#[test]
fn any_damage_can_be_repaired() {
    for seed in 0..60 {
        for choice in [Choice::Truncate, Choice::SkipDamage] {
            let stored = Stored::new();
            let mut random = fastrand::Rng::with_seed(seed);
            for _ in 0..random.usize(1..5) {
                let name = log_name(10 * random.i64(0..4));
                stored.change(&name, |bytes| spoil(bytes, &mut random));
            }
            let before = stored.verify();
            repair(&stored.dir, choice).unwrap();
            let after = stored.verify();
            assert_eq!(after.damages(), 0, "seed {seed}, {choice:?}: {after:?}");
            let offsets = served(&stored);
            let distinct: BTreeSet<i64> = offsets.iter().copied().collect();
            assert!(distinct.len() == offsets.len() && offsets.is_sorted(), "seed {seed}: {offsets:?}");
            if choice == Choice::SkipDamage {
                assert_eq!(offsets.len() as u64, before.records, "seed {seed}: {before:?}");
            }
            takes_a_batch_at(&stored, after.end_offset);
        }
    }
}

/// Damages bytes in one of the ways in which disks and people do.
fn spoil(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = random.usize(..bytes.len());
    let end = (at + random.usize(1..400)).min(bytes.len());
    match random.u8(..5) {
        0 => bytes[at] ^= 1 << random.u8(..8),
        1 => bytes[at..end].fill(0),
        2 => drop(bytes.drain(at..end)),
        3 => bytes.truncate(at),
        _ => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
    }
}
