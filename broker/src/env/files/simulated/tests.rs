use std::collections::BTreeSet;

use super::*;
use crate::env::files::{read_all, replace};

const PATH: &str = "/data/file";

fn disk() -> SimulatedFiles {
    let files = SimulatedFiles::new();
    files.create_dir_all(Path::new("/data")).unwrap();
    files.sync_dir(Path::new("/")).unwrap();
    files
}

/// What many power losses leave of a file; `None` where it is gone.
fn outcomes(files: &SimulatedFiles) -> BTreeSet<Option<Vec<u8>>> {
    let outcome = |seed| {
        let after = files.power_loss(&mut fastrand::Rng::with_seed(seed));
        let exists = after.exists(Path::new(PATH));
        exists.then(|| read_all(&after, Path::new(PATH)).unwrap())
    };
    (0..500).map(outcome).collect()
}

#[test]
fn what_was_synced_is_there_and_nothing_else_is_certain() {
    let files = disk();
    let file = files.open(Path::new(PATH)).unwrap();
    file.write_at(b"synced", 0).unwrap();
    file.sync_data().unwrap();
    let gone_or_whole = BTreeSet::from([None, Some(b"synced".to_vec())]);
    assert_eq!(outcomes(&files), gone_or_whole, "its name is not durable");
    files.sync_dir(Path::new("/data")).unwrap();
    assert_eq!(outcomes(&files), BTreeSet::from([Some(b"synced".to_vec())]));
    file.write_at(b" and more", 6).unwrap();
    let left = outcomes(&files);
    assert!(left.iter().all(|left| left.as_ref().unwrap().starts_with(b"synced")));
    assert!(left.contains(&Some(b"synced and more".to_vec())) && left.contains(&Some(b"synced".to_vec())));
    assert!(left.contains(&Some(b"synced and".to_vec())), "torn");
    assert!(left.contains(&Some(b"synced\0\0\0\0\0\0\0\0\0".to_vec())), "it grew, the data did not come");
}

#[test]
fn sectors_reach_the_disk_in_any_order() {
    let files = disk();
    let file = files.open(Path::new(PATH)).unwrap();
    files.sync_dir(Path::new("/data")).unwrap();
    file.write_at(&[1; 600], 0).unwrap();
    file.write_at(&[2; 600], 600).unwrap();
    let left = outcomes(&files);
    let later_alone = |left: &Vec<u8>| left.len() == 1200 && left[..512] == [0; 512] && left[1100] == 2;
    assert!(left.iter().flatten().any(later_alone));
    let earlier_of_one_sector = |left: &Vec<u8>| left.len() > 1000 && left[550] == 0 && left[650] == 2;
    assert!(!left.iter().flatten().any(earlier_of_one_sector), "a sector is written as a whole");
}

#[test]
fn a_replaced_file_is_the_old_or_the_new_one() {
    let files = disk();
    replace(&files, Path::new(PATH), b"old").unwrap();
    assert_eq!(outcomes(&files), BTreeSet::from([Some(b"old".to_vec())]));
    files.lie(Lies { sync_dir: true, ..Lies::default() });
    replace(&files, Path::new(PATH), b"new").unwrap();
    let both = BTreeSet::from([Some(b"old".to_vec()), Some(b"new".to_vec())]);
    assert_eq!(outcomes(&files), both);
    files.lie(Lies { sync_data: true, sync_dir: false, truncate: 0 });
    replace(&files, Path::new(PATH), b"newest").unwrap();
    assert!(outcomes(&files).contains(&Some(Vec::new())));
}

#[test]
fn a_truncation_and_a_removal_can_be_undone() {
    let files = disk();
    replace(&files, Path::new(PATH), b"whole").unwrap();
    files.open(Path::new(PATH)).unwrap().truncate(2).unwrap();
    // The end of the cut sector may have been cleared before the size was written.
    let possible = [&b"whole"[..], b"wh", b"wh\0\0\0"];
    assert_eq!(outcomes(&files), possible.into_iter().map(|left| Some(left.to_vec())).collect());
    files.remove(Path::new(PATH)).unwrap();
    assert!(!files.exists(Path::new(PATH)));
    assert!(outcomes(&files).contains(&None) && outcomes(&files).contains(&Some(b"wh".to_vec())));
}

#[test]
fn after_the_power_is_cut_nothing_changes() {
    let files = disk();
    let file = files.open(Path::new(PATH)).unwrap();
    files.sync_dir(Path::new("/data")).unwrap();
    files.cut_power_after(2);
    file.write_at(b"a", 0).unwrap();
    file.sync_data().unwrap();
    assert!(!files.is_dark());
    file.write_at(b"b", 1).unwrap_err();
    file.sync_data().unwrap_err();
    files.remove(Path::new(PATH)).unwrap_err();
    assert!(files.is_dark());
    assert_eq!(outcomes(&files), BTreeSet::from([Some(b"a".to_vec())]));
}

#[test]
fn a_failed_sync_is_told_once_and_its_bytes_are_lost() {
    let files = disk();
    let file = files.open(Path::new(PATH)).unwrap();
    files.sync_dir(Path::new("/data")).unwrap();
    let fault = Fault { operation: Operation::SyncData, after: 0, times: 1, error: Errno::Io };
    files.fail(&[fault]);
    file.write_at(b"lost", 0).unwrap();
    file.sync_data().unwrap_err();
    file.sync_data().unwrap();
    assert_eq!(outcomes(&files), BTreeSet::from([Some(Vec::new())]));
}

#[test]
fn a_failed_write_may_have_begun() {
    let files = disk();
    let file = files.open(Path::new(PATH)).unwrap();
    let fault = Fault { operation: Operation::Write, after: 1, times: 1, error: Errno::NoSpace };
    files.fail(&[fault]);
    file.write_at(b"first", 0).unwrap();
    let error = file.write_at(b"next", 5).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(read_all(&files, Path::new(PATH)).unwrap(), b"firstne");
}

#[test]
fn directories_move_with_what_they_hold() {
    let files = disk();
    files.create_dir_all(Path::new("/data/a/b")).unwrap();
    files.open(Path::new("/data/a/b/c")).unwrap().write_at(b"x", 0).unwrap();
    files.rename(Path::new("/data/a"), Path::new("/data/z")).unwrap();
    assert_eq!(read_all(&files, Path::new("/data/z/b/c")).unwrap(), b"x");
    files.remove_dir_all(Path::new("/data/z")).unwrap();
    assert!(files.list(Path::new("/data")).unwrap().is_empty());
}
