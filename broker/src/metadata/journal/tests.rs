use std::sync::atomic::Ordering;

use super::*;
use crate::env::files::{Faults, FaultyFiles, MemoryFiles};

const PATH: &str = "/data/some.journal";

fn memory() -> Arc<dyn Files> {
    let files = MemoryFiles::default();
    files.create_dir_all(Path::new("/data")).unwrap();
    Arc::new(files)
}

fn open(files: &Arc<dyn Files>) -> io::Result<(Journal, Vec<Vec<u8>>)> {
    Journal::open(Arc::clone(files), Path::new(PATH))
}

fn entries(files: &Arc<dyn Files>) -> Vec<Vec<u8>> {
    open(files).unwrap().1
}

fn bytes(files: &Arc<dyn Files>) -> Vec<u8> {
    crate::env::files::read_all(&**files, Path::new(PATH)).unwrap()
}

fn put(files: &Arc<dyn Files>, bytes: &[u8]) {
    let file = files.open(Path::new(PATH)).unwrap();
    file.truncate(0).unwrap();
    file.write_at(bytes, 0).unwrap();
}

fn written(payloads: &[&[u8]]) -> (Arc<dyn Files>, Vec<u8>) {
    let files = memory();
    let (mut journal, _) = open(&files).unwrap();
    for payload in payloads {
        journal.append(&[payload.to_vec()]).unwrap();
    }
    let bytes = bytes(&files);
    (files, bytes)
}

#[test]
fn entries_come_back_in_order() {
    let (files, _) = written(&[b"one", b"", b"three"]);
    assert_eq!(entries(&files), [b"one".to_vec(), Vec::new(), b"three".to_vec()]);
    let (mut journal, _) = open(&files).unwrap();
    journal.append(&[b"four".to_vec(), b"five".to_vec()]).unwrap();
    assert_eq!(entries(&files).len(), 5);
}

#[test]
fn a_file_cut_anywhere_keeps_all_whole_entries() {
    let (files, whole) = written(&[b"one", b"second", b"the third"]);
    let ends = [HEADER_LEN, HEADER_LEN + 11, HEADER_LEN + 25, HEADER_LEN + 42];
    assert_eq!(whole.len(), ends[3]);
    for cut in 0..whole.len() {
        put(&files, &whole[..cut]);
        let expected = ends.iter().filter(|end| cut >= **end).count().saturating_sub(1);
        let (mut journal, payloads) = open(&files).unwrap();
        assert_eq!(payloads.len(), expected, "cut at {cut}");
        journal.append(&[b"more".to_vec()]).unwrap();
        assert_eq!(entries(&files).len(), expected + 1, "cut at {cut}");
    }
}

#[test]
fn a_flipped_bit_before_the_last_entry_refuses_the_start() {
    let (files, whole) = written(&[b"one", b"second", b"the third"]);
    for at in HEADER_LEN..HEADER_LEN + 25 {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        put(&files, &damaged);
        let error = open(&files).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "at {at}");
        assert!(error.to_string().contains(PATH) && error.to_string().contains("position"), "{error}");
    }
}

#[test]
fn a_flipped_bit_in_the_last_entry_refuses_the_start_unless_it_may_end_later() {
    let (files, whole) = written(&[b"one", b"second"]);
    let last = HEADER_LEN + 11;
    for at in last..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        put(&files, &damaged);
        // An entry that is said to be longer than the file may be an append that was cut short.
        let says_longer = at < last + 4;
        assert_eq!(open(&files).is_err(), !says_longer, "at {at}");
    }
}

#[test]
fn of_entries_written_together_a_power_loss_may_leave_the_last() {
    let files = memory();
    let (mut journal, _) = open(&files).unwrap();
    journal.append(&[b"first".to_vec()]).unwrap();
    let answered = journal.end as usize;
    journal.append(&[vec![7; 1_500], b"last".to_vec()]).unwrap();
    let whole = bytes(&files);
    for sector in 1..3 {
        let mut lost = whole.clone();
        lost[sector * 512..(sector + 1) * 512].fill(0);
        put(&files, &lost);
        assert_eq!(entries(&files), [b"first".to_vec()], "without sector {sector}");
        assert_eq!(bytes(&files).len(), answered);
    }
}

#[test]
fn a_header_that_never_reached_the_disk_is_written_again() {
    let files = memory();
    for size in 0..=HEADER_LEN {
        put(&files, &vec![0; size]);
        let (mut journal, payloads) = open(&files).unwrap();
        assert!(payloads.is_empty());
        journal.append(&[b"one".to_vec()]).unwrap();
        assert_eq!(entries(&files), [b"one".to_vec()], "{size} zeros");
    }
}

#[test]
fn zeros_at_the_end_are_cut() {
    let (files, mut whole) = written(&[b"one"]);
    whole.extend_from_slice(&[0; 100]);
    put(&files, &whole);
    assert_eq!(entries(&files), [b"one".to_vec()]);
    assert_eq!(bytes(&files).len(), HEADER_LEN + 11);
}

#[test]
fn other_files_and_later_versions_are_refused() {
    let (files, whole) = written(&[b"one"]);
    put(&files, b"something else entirely");
    assert!(open(&files).unwrap_err().to_string().contains("not a journal"));
    let mut later = whole;
    later[11] = 2;
    put(&files, &later);
    assert!(open(&files).unwrap_err().to_string().contains("version 2"));
}

#[test]
fn a_rewrite_replaces_everything_and_takes_more() {
    let (files, _) = written(&[b"one", b"two", b"three"]);
    let (mut journal, _) = open(&files).unwrap();
    journal.rewrite(&[b"all".to_vec()]).unwrap();
    journal.append(&[b"more".to_vec()]).unwrap();
    assert_eq!(entries(&files), [b"all".to_vec(), b"more".to_vec()]);
    assert!(!files.exists(Path::new("/data/some.journal.tmp")));
}

/// Files that fail when they are told to.
fn failing() -> (Arc<dyn Files>, Arc<Faults>) {
    let files = FaultyFiles::default();
    files.create_dir_all(Path::new("/data")).unwrap();
    let faults = Arc::clone(&files.faults);
    (Arc::new(files), faults)
}

#[test]
fn a_failed_write_leaves_nothing_and_the_next_one_works() {
    let (files, faults) = failing();
    let (mut journal, _) = open(&files).unwrap();
    journal.append(&[b"one".to_vec()]).unwrap();
    faults.writes_left.store(1, Ordering::SeqCst);
    journal.append(&[b"lost".to_vec()]).unwrap_err();
    journal.append(&[b"three".to_vec()]).unwrap();
    assert_eq!(entries(&files), [b"one".to_vec(), b"three".to_vec()]);
}

#[test]
fn after_a_failed_sync_nothing_is_taken_any_more() {
    let (files, faults) = failing();
    let (mut journal, _) = open(&files).unwrap();
    journal.append(&[b"one".to_vec()]).unwrap();
    faults.syncs_fail.store(true, Ordering::SeqCst);
    journal.append(&[b"unknown".to_vec()]).unwrap_err();
    faults.syncs_fail.store(false, Ordering::SeqCst);
    let error = journal.append(&[b"three".to_vec()]).unwrap_err();
    assert!(error.to_string().contains("offline"), "{error}");
    assert_eq!(entries(&files).first().map(Vec::as_slice), Some(&b"one"[..]));
}
