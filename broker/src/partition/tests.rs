use std::path::Path;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::record::{BatchBuilder, Compression};

use super::durability::SinceCheckpoint;
use super::*;
use crate::config::{BrokerConfig, Settings, TopicSettings};
use crate::env::files::{Disk, FaultyFiles, Files};
use crate::storage::flusher::Flusher;
use crate::storage::log::{AppendError, LogConfig, LogStart};
use crate::storage::validate;

const DIR: &str = "/data";

fn partition(files: &FaultyFiles, config: LogConfig, strict: bool) -> Arc<Partition> {
    files.create_dir_all(Path::new(DIR)).unwrap();
    let (files, disk) = Disk::watch(Arc::new(files.clone()), Path::new(DIR), None);
    let (log, _) = Log::open(files, Path::new(DIR), config, LogStart::default(), 0).unwrap();
    let flusher = Arc::new(Flusher::start().unwrap());
    Arc::new(Partition::new(
        "orders".into(),
        0,
        log,
        Some(Durable { flusher, disk, strict, since_checkpoint: Arc::default() }),
    ))
}

/// Appends one record, without writing it.
fn append(partition: &Partition, acks_all: bool) -> Result<Pending, AppendError> {
    let mut builder = BatchBuilder::new(Compression::None, None);
    builder.append(0, None, Some(b"value"), &[]);
    let mut bytes = builder.build().unwrap().to_vec();
    let values = Settings::resolve(&BrokerConfig::default()).unwrap().values;
    let settings = TopicSettings::resolve(&std::collections::BTreeMap::new(), &values);
    let mut batch = validate::check(&mut bytes, &settings.produce_rules(0, true, false)).unwrap();
    partition.append(&mut batch, acks_all, 0).map(|(_, pending)| pending)
}

#[tokio::test]
async fn strict_acks_all_is_settled_by_a_sync_and_acks_one_by_the_write() {
    let files = FaultyFiles::default();
    let partition = partition(&files, LogConfig::default(), true);
    let one = append(&partition, false).unwrap();
    assert!(matches!(partition.fate(one), Some(Ok(()))));
    let all = append(&partition, true).unwrap();
    assert!(partition.fate(all).is_none());
    partition.write();
    partition.settle(all).await.unwrap();
    assert!(files.faults.syncs.load(Ordering::SeqCst) > 0);
    assert_eq!(partition.watermarks().high_watermark, 2);
}

#[tokio::test]
async fn the_record_that_completes_flush_messages_waits_for_the_disk_even_where_nothing_else_does() {
    let files = FaultyFiles::default();
    let partition = partition(&files, LogConfig { flush_messages: 3, ..LogConfig::default() }, false);
    for _ in 0..2 {
        let pending = append(&partition, true).unwrap();
        partition.write();
        partition.settle(pending).await.unwrap();
    }
    assert_eq!(files.faults.syncs.load(Ordering::SeqCst), 0);
    let third = append(&partition, false).unwrap();
    assert!(partition.fate(third).is_none());
    partition.write();
    partition.settle(third).await.unwrap();
    assert!(files.faults.syncs.load(Ordering::SeqCst) > 0);
}

#[test]
fn flush_ms_brings_the_flusher_where_nothing_else_does() {
    let after = |flush_ms, strict| {
        let partition =
            partition(&FaultyFiles::default(), LogConfig { flush_ms, ..LogConfig::default() }, strict);
        let durable = partition.durable.as_ref().unwrap();
        durable.flush_after(false, 10, &partition.lock().log).map(|delay| delay.as_millis())
    };
    assert_eq!((after(i64::MAX, false), after(i64::MAX, true)), (None, Some(100)));
    assert_eq!(
        (after(2_000, false), after(2_000, true), after(20, true)),
        (Some(2_000), Some(100), Some(20))
    );
}

#[tokio::test]
async fn a_failed_sync_is_heard_of_at_once_and_nothing_is_taken_any_more() {
    let files = FaultyFiles::default();
    let partition = partition(&files, LogConfig::default(), true);
    files.faults.syncs_fail.store(true, Ordering::SeqCst);
    let pending = append(&partition, true).unwrap();
    partition.write();
    assert!(matches!(partition.settle(pending).await, Err(StorageError::Offline)));
    files.faults.syncs_fail.store(false, Ordering::SeqCst);
    let refused = append(&partition, false).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::KAFKA_STORAGE_ERROR);
    assert_eq!(partition.watermarks().high_watermark, 0, "what is not durable is not seen");
}

#[test]
fn a_full_disk_takes_no_records_until_there_is_room() {
    let files = FaultyFiles::default();
    let partition = partition(&files, LogConfig::default(), true);
    files.faults.free.store(60, Ordering::SeqCst);
    let refused = append(&partition, true).unwrap_err();
    assert!(matches!(refused, AppendError::Storage(StorageError::Full)));
    assert_eq!(refused.code(), ErrorCode::KAFKA_STORAGE_ERROR);
    files.faults.free.store(900, Ordering::SeqCst);
    append(&partition, true).unwrap();
}

#[test]
fn a_checkpoint_is_asked_for_once_when_much_has_become_durable() {
    let since = SinceCheckpoint::default();
    let (sender, asked) = std::sync::mpsc::channel();
    since.on_much(move || sender.send(()).unwrap());
    for _ in 0..300 {
        since.synced(1 << 20);
    }
    assert_eq!(asked.try_iter().count(), 1);
    since.begins();
    since.synced(1 << 30);
    assert_eq!(asked.try_iter().count(), 1);
}
