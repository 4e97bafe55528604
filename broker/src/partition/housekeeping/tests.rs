use std::collections::BTreeMap;
use std::path::PathBuf;

use fluxmq_protocol::record::{BatchBuilder, Compression, batches};
use uuid::Uuid;

use super::super::{Store, WantedTopic};
use super::*;
use crate::config::TopicSettings;
use crate::env::clock::{Clock, SetClock};
use crate::storage::data_dir::DataDir;
use crate::storage::log::Appended;
use crate::storage::validate;

const NOW: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400_000;
const TOPIC: &str = "orders";

/// Partitions in memory, or on a disk that nothing is synced to, by a clock that the test sets.
struct Bench {
    partitions: Arc<Partitions>,
    clock: Arc<SetClock>,
    values: BrokerValues,
}

impl Bench {
    fn over(data_dir: DataDir, broker: &[(&str, &str)], topic: &[(&str, &str)]) -> Bench {
        let clock = Arc::new(SetClock::default());
        clock.set(NOW);
        let partitions = Arc::new(Partitions::new(Store {
            data_dir: Arc::new(data_dir),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            durable: None,
        }));
        let mut values = BrokerValues::default();
        for (key, value) in broker {
            values.set(key, *value).unwrap();
        }
        let own: BTreeMap<String, String> =
            topic.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        TopicSettings::check(&own, &values).unwrap();
        let settings = TopicSettings::resolve(&own, &values);
        let topic = WantedTopic { name: TOPIC.into(), id: Uuid::from_u128(1), partitions: 2, settings };
        partitions.host(vec![topic]).unwrap();
        Bench { partitions, clock, values }
    }

    fn in_memory(topic: &[(&str, &str)]) -> Bench {
        Bench::over(DataDir::in_memory(1).unwrap(), &[], topic)
    }

    fn partition(&self) -> Arc<Partition> {
        Arc::clone(self.partitions.topic(TOPIC).unwrap().partition(0).unwrap())
    }

    /// Produces one record, as a client whose clock says `timestamp`.
    fn produce(&self, timestamp: i64) {
        self.produce_key(timestamp, None);
    }

    fn produce_key(&self, timestamp: i64, key: Option<&[u8]>) {
        let hosted = self.partitions.topic(TOPIC).unwrap();
        let rules = hosted.settings.load().produce_rules(self.clock.now_ms(), true, false);
        let mut builder = BatchBuilder::new(Compression::None, None);
        builder.append(timestamp, key, Some(&[0; 600]), &[]);
        let mut bytes = builder.build().unwrap().to_vec();
        let mut batch = validate::check(&mut bytes, &rules).unwrap();
        self.partition().append(&mut batch, false, self.clock.now_ms()).unwrap();
        self.partition().write();
    }

    /// Where the log starts and ends.
    fn log(&self) -> (i64, i64) {
        let marks = self.partition().watermarks();
        (marks.log_start_offset, marks.high_watermark)
    }

    fn enforce(&self) {
        self.partitions.enforce_retention(self.clock.now_ms(), &|| false);
    }

    fn keeper(&self) -> Keeper {
        Keeper::new(Arc::clone(&self.partitions), Intervals::of(&self.values), Arc::default())
    }
}

/// Each record has a segment of its own.
const SMALL: (&str, &str) = ("internal.segment.bytes", "700");

fn log_files(dir: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.contains(".log"));
    names.sort();
    names
}

#[test]
fn a_pass_moves_the_start_writes_it_down_and_retires_what_is_before() {
    let home = tempfile::tempdir().unwrap();
    let open = || DataDir::open(home.path(), 1, None).unwrap();
    let bench =
        Bench::over(open(), &[], &[SMALL, ("retention.ms", "86400000"), ("file.delete.delay.ms", "5000")]);
    for age in [3, 2, 1, 0] {
        bench.produce(NOW - age * DAY);
    }
    bench.enforce();
    assert_eq!(bench.log(), (2, 4));
    let checkpoint = std::fs::read_to_string(home.path().join("log-start-offset-checkpoint")).unwrap();
    assert!(checkpoint.contains("orders 0 2\n"), "{checkpoint}");
    let dir: PathBuf = home.path().join("orders-0");
    let [first, second] = ["00000000000000000000.log", "00000000000000000001.log"];
    let rest = ["00000000000000000002.log", "00000000000000000003.log"];
    assert_eq!(
        log_files(&dir),
        [&format!("{first}.deleted"), &format!("{second}.deleted"), rest[0], rest[1]]
    );
    assert_eq!(bench.partitions.remove_due_files(), Some(Duration::from_secs(5)));
    bench.clock.set(NOW + 5_000);
    assert_eq!(bench.partitions.remove_due_files(), None);
    assert_eq!(log_files(&dir), rest);
    let (topic, partitions) = (bench.partitions.topic(TOPIC).unwrap(), Arc::clone(&bench.partitions));
    drop((topic, partitions, bench));
    let again = Bench::over(open(), &[], &[SMALL]);
    assert_eq!(again.log(), (2, 4));
}

#[test]
fn the_clock_jumps_back_and_forward_and_retention_and_log_append_time_survive() {
    let topic = [SMALL, ("retention.ms", "86400000"), ("message.timestamp.type", "LogAppendTime")];
    let bench = Bench::in_memory(&topic);
    let mut keeper = bench.keeper();
    let interval_ms = i64::try_from(keeper.intervals.retention.as_millis()).unwrap();
    let mut at = |now_ms| {
        bench.clock.set(now_ms);
        keeper.enforce_retention();
        bench.log().0
    };
    for _ in 0..3 {
        bench.produce(0);
    }
    assert_eq!(at(NOW), 0);
    assert_eq!(at(NOW + 9 * 365 * DAY), 0, "a moment in a later year deletes nothing");
    assert_eq!(at(NOW + interval_ms), 0, "the clock is right again");
    assert_eq!(at(0), 0, "nor does one in 1970");
    bench.produce(0); // stamped 1970
    assert_eq!(at(NOW + 2 * interval_ms), 0);
    assert_eq!(at(NOW + 3 * interval_ms), 0, "older segments of today protect it");
    bench.clock.set(NOW + 9 * 365 * DAY);
    bench.produce(0); // stamped nine years ahead
    bench.clock.set(NOW + DAY);
    bench.produce(0);
    assert_eq!(bench.log(), (0, 6));
    let read = |offset| bench.partition().read(offset, -1, 1 << 20, false, true).unwrap().slice.is_some();
    assert!((0..6).all(read), "every record is there");
    let found = |timestamp| bench.partition().offset_for_timestamp(timestamp, false).unwrap();
    assert_eq!(found(NOW).map(|found| found.offset), Some(0));
    assert_eq!(found(NOW + 1).map(|found| found.offset), Some(4));
    // A day is over: what was stamped today goes, what was stamped ahead stays, and what follows it too.
    assert_eq!(at(NOW + 2 * DAY), 0, "not believed at the first look");
    assert_eq!(at(NOW + 2 * DAY + interval_ms), 4);
    assert_eq!(bench.log(), (4, 6));
}

#[test]
fn producers_are_forgotten_in_idle_logs_and_not_for_a_moment_in_a_later_year() {
    let bench = Bench::in_memory(&[]);
    let mut keeper = bench.keeper();
    let is_known = || {
        let hosted = bench.partitions.topic(TOPIC).unwrap();
        let rules = hosted.settings.load().produce_rules(NOW, true, false);
        let mut builder = BatchBuilder::new(Compression::None, None);
        builder.append(NOW, None, Some(b"value"), &[]);
        builder.set_producer(7, 0, 0);
        let mut bytes = builder.build().unwrap().to_vec();
        let mut batch = validate::check(&mut bytes, &rules).unwrap();
        let (appended, _) = bench.partition().append(&mut batch, false, NOW).unwrap();
        bench.partition().write();
        matches!(appended, Appended::Duplicate { .. })
    };
    assert!(!is_known() && is_known());
    for now_ms in [NOW + 900 * DAY, NOW, NOW + DAY] {
        bench.clock.set(now_ms);
        keeper.expire_producers();
        assert!(is_known(), "at {now_ms}");
    }
    bench.clock.set(NOW + DAY + 1);
    keeper.expire_producers();
    assert!(!is_known());
}

#[test]
fn in_memory_no_room_is_taken_ahead() {
    let data_dir = DataDir::in_memory(1).unwrap();
    let files = Arc::clone(data_dir.files());
    let dir = data_dir.path().join("orders-0");
    let bench = Bench::over(data_dir, &[], &[("preallocate", "true")]);
    bench.produce(NOW);
    let size = files.open(&dir.join("00000000000000000000.log")).unwrap().size().unwrap();
    assert!(size < 1_000, "{size} bytes are taken for one record");
}

#[test]
fn a_time_far_ahead_is_believed_at_the_second_look() {
    let mut believed = BelievedTime { last_ms: 1_000, ahead_max: Duration::from_millis(100) };
    let seen = [1_050, 1_150, 9_000, 1_200, 9_000, 9_010, 0, i64::MAX, i64::MAX];
    let expected = [1_050, 1_150, 1_250, 1_200, 1_300, 9_010, 0, 100, i64::MAX];
    assert_eq!(seen.map(|now_ms| believed.at(now_ms)), expected);
}

#[test]
fn what_was_asked_to_be_deleted_goes_whatever_the_policy() {
    let bench = Bench::in_memory(&[SMALL, ("cleanup.policy", "")]);
    for _ in 0..4 {
        bench.produce(0);
    }
    bench.enforce();
    assert_eq!(bench.log(), (0, 4));
    bench.partition().delete_records(3).unwrap();
    bench.enforce();
    let size = bench.partition().with_log(|log| log.has_segments_to_retire());
    assert!(!size && bench.log() == (3, 4));
}

#[test]
fn a_deleted_topic_is_nothing_to_warn_of() {
    let bench = Bench::in_memory(&[SMALL, ("retention.ms", "0")]);
    bench.produce(0);
    bench.produce(0);
    let partition = bench.partition();
    bench.partitions.delete_topic(Uuid::from_u128(1)).unwrap();
    // Whoever still holds it finds a directory that is gone.
    let _ = partition.enforce_retention(NOW);
    partition.retire_segments(NOW);
    bench.enforce();
    assert_eq!(bench.partitions.remove_due_files(), None);
}

#[test]
fn the_thread_does_its_chores_until_it_is_dropped() {
    let keys = [
        ("log.initial.task.delay.ms", "0"),
        ("log.retention.check.interval.ms", "1"),
        ("log.flush.offset.checkpoint.interval.ms", "0"),
    ];
    let home = tempfile::tempdir().unwrap();
    let topic = [SMALL, ("retention.ms", "0"), ("file.delete.delay.ms", "0")];
    let bench = Bench::over(DataDir::open(home.path(), 1, None).unwrap(), &keys, &topic);
    for _ in 0..4 {
        bench.produce(NOW - 1);
    }
    let housekeeping =
        Housekeeping::start(Arc::clone(&bench.partitions), Intervals::of(&bench.values)).unwrap();
    let dir = home.path().join("orders-0");
    while log_files(&dir) != ["00000000000000000004.log"] {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(bench.log(), (4, 4));
    drop(housekeeping);
    assert_eq!(Arc::strong_count(&bench.partitions), 1, "nothing is left of the thread");
}

#[test]
fn intervals_are_those_of_kafka() {
    let intervals = Intervals::of(&BrokerValues::default());
    let seconds = Duration::from_secs;
    let expected = Intervals {
        initial_delay: seconds(30),
        retention: seconds(300),
        checkpoint: seconds(60),
        producers: seconds(600),
        compaction: Some(seconds(15)),
    };
    assert_eq!(intervals, expected);
    let mut without = BrokerValues::default();
    without.set("log.cleaner.enable", "false").unwrap();
    assert_eq!(Intervals::of(&without).compaction, None);
    let mut longest = BrokerValues::default();
    longest.set("log.retention.check.interval.ms", i64::MAX.to_string()).unwrap();
    assert_eq!(Intervals::of(&longest).retention, INTERVAL_MAX);
}

/// The offsets of all records that are left.
fn offsets(partition: &Partition) -> Vec<i64> {
    let (mut offset, mut offsets) = (0, Vec::new());
    while let Some(slice) = partition.read(offset, -1, 1 << 20, false, true).unwrap().slice {
        let mut bytes = vec![0; slice.len];
        slice.read_into(&mut bytes).unwrap();
        for batch in batches(bytes.into()) {
            let batch = batch.unwrap();
            offsets.extend(batch.records(0).unwrap().map(|record| record.unwrap().offset));
            offset = batch.header().next_offset();
        }
    }
    offsets
}

#[test]
fn logs_with_the_policy_are_compacted_and_others_are_not() {
    for (policy, is_compacted) in
        [("compact", true), ("delete,compact", true), ("delete", false), ("", false)]
    {
        let home = tempfile::tempdir().unwrap();
        let topic = [SMALL, ("cleanup.policy", policy), ("retention.ms", "-1")];
        let open = || Bench::over(DataDir::open(home.path(), 1, None).unwrap(), &[], &topic);
        let bench = open();
        (0..50).for_each(|round| bench.produce_key(NOW, Some(&[round % 10])));
        bench.partitions.compact(&|| true);
        assert_eq!(offsets(&bench.partition()).len(), 50, "who is to stop does not begin");
        bench.partitions.compact(&|| false);
        let left = offsets(&bench.partition());
        // The active segment is not looked at: the key in it has one record more.
        let expected: Vec<i64> = if is_compacted { (39..50).collect() } else { (0..50).collect() };
        assert_eq!(left, expected, "{policy}");
        bench.partitions.close().unwrap();
        drop(bench);
        let reopened = open();
        assert_eq!(offsets(&reopened.partition()), expected);
        let first_dirty = reopened.partition().with_log(|log| log.first_dirty_offset());
        assert_eq!(first_dirty, if is_compacted { 49 } else { 0 });
    }
}
