use std::fs;

use fluxmq_protocol::record::{ControlType, EndTransactionMarker, stamp};

use super::super::tests::{NOW, Stored, batch, log_name};
use super::*;

fn dumped(path: &Path, offsets: Range<i64>, all_files: bool) -> Vec<(String, Item)> {
    let mut items = Vec::new();
    let each = |file: &str, item: Item| {
        items.push((file.to_owned(), item));
        ControlFlow::Continue(())
    };
    dump(path, &offsets, all_files, each).unwrap();
    items
}

fn bases(items: &[(String, Item)]) -> Vec<i64> {
    let base = |item: &Item| match item {
        Item::Batch(batch) => batch.base_offset,
        Item::Damaged { offset, .. } => -offset,
        other => panic!("{other:?}"),
    };
    items.iter().map(|(_, item)| base(item)).collect()
}

/// The offsets of readable records; of what cannot be read below zero.
fn records(path: &Path, offsets: Range<i64>) -> Vec<i64> {
    let mut seen = Vec::new();
    dump_records(path, &offsets, |record| {
        seen.push(match record {
            Ok(record) => {
                assert_eq!((record.topic, record.partition), ("orders", 0));
                assert_eq!(record.record.key.as_deref(), Some(&b"key"[..]));
                record.record.offset
            }
            Err(unreadable) => -unreadable.offset,
        });
        ControlFlow::Continue(())
    })
    .unwrap();
    seen
}

#[test]
fn batches_and_records_are_shown_within_offsets() {
    let stored = Stored::new();
    let all = dumped(&stored.dir, 0..i64::MAX, false);
    assert_eq!(bases(&all), (0..40).step_by(2).collect::<Vec<_>>());
    assert_eq!(all[7].0, log_name(10));
    let Item::Batch(shown) = &all[5].1 else { panic!("{all:?}") };
    assert_eq!((shown.position, shown.size, shown.records), (0, batch(0).len(), 2));
    assert_eq!((shown.producer_id, shown.base_sequence, shown.last_sequence), (7, 2, 3));
    assert_eq!((shown.compression, shown.max_timestamp, shown.leader_epoch), ("none", NOW + 5, 3));
    assert_eq!(bases(&dumped(&stored.dir, 13..23, false)), [12, 14, 16, 18, 20, 22]);
    assert_eq!(records(&stored.dir, 13..23), (13..23).collect::<Vec<_>>());
    assert_eq!(records(&stored.path(&log_name(20)), 0..i64::MAX), (20..30).collect::<Vec<_>>());
    // Whoever has seen enough is shown no more.
    let mut count = 0;
    dump_records(&stored.dir, &(0..i64::MAX), |_| {
        count += 1;
        if count == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(count, 3);
}

#[test]
fn damage_is_shown_where_it_is_and_what_follows_it_too() {
    let stored = Stored::new();
    stored.change(&log_name(10), |bytes| bytes[100] ^= 1);
    let shown = dumped(&stored.dir, 8..16, false);
    assert_eq!(bases(&shown), [8, -10, 12, 14]);
    assert_eq!(records(&stored.dir, 9..15), [9, -10, 12, 13, 14]);
}

#[test]
fn small_files_show_their_entries() {
    let stored = Stored::new();
    let items = dumped(&stored.dir, 0..i64::MAX, true);
    let of = |name: &str| -> Vec<&Item> {
        items.iter().filter(|(file, _)| file == name).map(|(_, item)| item).collect()
    };
    let size = batch(0).len() as u64;
    assert_eq!(
        of("00000000000000000010.index"),
        [
            &Item::OffsetIndexEntry { offset: 15, position: 2 * size },
            &Item::OffsetIndexEntry { offset: 19, position: 4 * size },
        ]
    );
    assert_eq!(
        of("00000000000000000010.timeindex")[0],
        &Item::TimeIndexEntry { timestamp: NOW + 7, offset: 15 }
    );
    assert_eq!(of("leader-epoch-checkpoint"), [&Item::LeaderEpoch { epoch: 3, start_offset: 0 }]);
    let producer = of("00000000000000000010.snapshot");
    assert!(
        matches!(producer[..], [Item::Producer { producer_id: 7, last_sequence: 1, last_offset: 1, .. }]),
        "{producer:?}"
    );
    fs::write(stored.path("leader-epoch-checkpoint"), "nonsense").unwrap();
    let shown = dumped(&stored.path("leader-epoch-checkpoint"), 0..i64::MAX, false);
    assert!(matches!(shown[..], [(_, Item::Unreadable { .. })]), "{shown:?}");
    let home = stored.dir.parent().unwrap();
    fs::write(home.join("meta.properties"), "#\nversion=1\ncluster.id=x\n").unwrap();
    fs::write(home.join("log-start-offset-checkpoint"), "0\n1\norders 0 4\n").unwrap();
    let shown = dumped(home, 0..0, true);
    let checkpoint = Item::Checkpoint { topic: "orders".to_owned(), partition: 0, offset: 4 };
    let property = Item::Property { name: "cluster.id".to_owned(), value: "x".to_owned() };
    for item in [checkpoint, property] {
        assert!(shown.iter().any(|(_, shown)| *shown == item), "{item:?}: {shown:?}");
    }
    let other = dump_records(&stored.path("leader-epoch-checkpoint"), &(0..9), |_| ControlFlow::Continue(()));
    assert!(matches!(other, Err(OfflineError::Unsuitable { .. })));
}

#[test]
fn the_end_of_a_transaction_is_read() {
    let stored = Stored::new();
    let marker = EndTransactionMarker { coordinator_epoch: 5 };
    let mut bytes = marker.batch(ControlType::Abort, 7, 1, NOW).unwrap().to_vec();
    stamp(&mut bytes, 40, 3).unwrap();
    stored.change(&log_name(30), |log| log.extend_from_slice(&bytes));
    let shown = dumped(&stored.dir, 40..41, false);
    let [(_, Item::Batch(shown))] = &shown[..] else { panic!("{shown:?}") };
    assert!(shown.control && shown.transactional);
    assert_eq!(
        shown.end_of_transaction,
        Some(EndOfTransaction { outcome: "abort", coordinator_epoch: Some(5) })
    );
}
