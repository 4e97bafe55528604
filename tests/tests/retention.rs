//! What retention leaves of a partition, seen through the wire: the expected log starts are those of Apache Kafka 4.3.1, to
//! which the same requests were sent. They can be sent to any broker that checks retention often:
//!
//! ```text
//! log.retention.check.interval.ms=200  log.initial.task.delay.ms=0  log.cleaner.backoff.ms=200
//! FLUXMQ_RETENTION_OF=127.0.0.1:9092 cargo test -p fluxmq-tests --test retention
//! ```

#![expect(clippy::expect_used, reason = "this is test code")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use fluxmq_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use fluxmq_protocol::record::builder::BatchBuilder;
use fluxmq_protocol::record::compression::Compression;
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::connection::Connection;
use fluxmq_tests::stored;

const DELETE_RECORDS_VERSION: i16 = 2;
const PATIENCE: Duration = Duration::from_secs(60);
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Two of these do not fit into the smallest segment that may be configured.
const LARGE: usize = 600_000;
const SMALL: usize = 100;

/// One topic, what is written to it, and where its log starts in the end.
struct Scenario {
    name: &'static str,
    configs: &'static [(&'static str, &'static str)],
    /// How old each record is, in milliseconds; one batch each.
    ages: &'static [i64],
    size: usize,
    /// Records before this offset are deleted on request.
    delete_before: Option<i64>,
    log_start: i64,
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "by-age",
        configs: &[("retention.ms", "86400000")],
        ages: &[3 * DAY, 2 * DAY, HOUR, 0],
        size: LARGE,
        delete_before: None,
        log_start: 2,
    },
    Scenario {
        name: "a-young-one-first",
        configs: &[("retention.ms", "86400000")],
        ages: &[HOUR, 9 * DAY, 9 * DAY, 9 * DAY],
        size: LARGE,
        delete_before: None,
        log_start: 0,
    },
    Scenario {
        name: "a-young-one-between",
        configs: &[("retention.ms", "86400000")],
        ages: &[9 * DAY, HOUR, 9 * DAY, 9 * DAY],
        size: LARGE,
        delete_before: None,
        log_start: 1,
    },
    Scenario {
        name: "the-active-one-too",
        configs: &[("retention.ms", "86400000")],
        ages: &[9 * DAY, 9 * DAY],
        size: LARGE,
        delete_before: None,
        log_start: 2,
    },
    Scenario {
        name: "one-segment-of-old-and-young",
        configs: &[("retention.ms", "86400000"), ("segment.ms", "9223372036854775807")],
        ages: &[9 * DAY, HOUR, 9 * DAY],
        size: SMALL,
        delete_before: None,
        log_start: 0,
    },
    Scenario {
        name: "of-the-future",
        configs: &[("retention.ms", "86400000"), ("message.timestamp.after.max.ms", "9223372036854775807")],
        ages: &[9 * DAY, -9 * DAY, 9 * DAY],
        size: LARGE,
        delete_before: None,
        log_start: 1,
    },
    Scenario {
        name: "for-ever",
        configs: &[("retention.ms", "-1")],
        ages: &[9000 * DAY, 9 * DAY],
        size: LARGE,
        delete_before: None,
        log_start: 0,
    },
    Scenario {
        name: "not-at-all",
        configs: &[("retention.ms", "0")],
        ages: &[DAY, HOUR],
        size: LARGE,
        delete_before: None,
        log_start: 2,
    },
    Scenario {
        name: "by-size",
        configs: &[("retention.bytes", "1300000")],
        ages: &[HOUR; 5],
        size: LARGE,
        delete_before: None,
        log_start: 2,
    },
    Scenario {
        name: "by-size-below-one-segment",
        configs: &[("retention.bytes", "1")],
        ages: &[HOUR; 3],
        size: LARGE,
        delete_before: None,
        log_start: 2,
    },
    Scenario {
        name: "no-bytes",
        configs: &[("retention.bytes", "0")],
        ages: &[HOUR; 3],
        size: LARGE,
        delete_before: None,
        log_start: 3,
    },
    Scenario {
        name: "by-size-and-age",
        configs: &[("retention.bytes", "1900000"), ("retention.ms", "86400000")],
        ages: &[9 * DAY, 9 * DAY, 9 * DAY, HOUR, HOUR],
        size: LARGE,
        delete_before: None,
        log_start: 3,
    },
    Scenario {
        name: "only-compacted",
        configs: &[("cleanup.policy", "compact"), ("retention.ms", "0"), ("retention.bytes", "0")],
        ages: &[9 * DAY; 3],
        size: LARGE,
        delete_before: None,
        log_start: 0,
    },
    Scenario {
        name: "compacted-and-deleted",
        configs: &[("cleanup.policy", "compact,delete"), ("retention.ms", "86400000")],
        ages: &[9 * DAY, 9 * DAY, HOUR],
        size: LARGE,
        delete_before: None,
        log_start: 2,
    },
    Scenario {
        name: "no-policy",
        configs: &[("cleanup.policy", ""), ("retention.ms", "0"), ("retention.bytes", "0")],
        ages: &[9 * DAY; 3],
        size: LARGE,
        delete_before: None,
        log_start: 0,
    },
    Scenario {
        name: "on-request",
        configs: &[],
        ages: &[HOUR; 6],
        size: SMALL,
        delete_before: Some(4),
        log_start: 4,
    },
    Scenario {
        name: "on-request-and-by-age",
        configs: &[("retention.ms", "86400000")],
        ages: &[9 * DAY, HOUR, 9 * DAY, HOUR],
        size: LARGE,
        delete_before: Some(2),
        log_start: 3,
    },
    // Two hours later than the first of a segment begins the next: 0 1 2 | 3 4 | 5.
    Scenario {
        name: "rolled-by-time",
        configs: &[("segment.ms", "7200000"), ("retention.ms", "828000000")],
        ages: &[
            10 * DAY,
            10 * DAY - HOUR,
            10 * DAY - 2 * HOUR,
            10 * DAY - 3 * HOUR,
            10 * DAY - 4 * HOUR,
            HOUR,
        ],
        size: SMALL,
        delete_before: None,
        log_start: 5,
    },
    Scenario {
        name: "rolled-by-time-and-kept",
        configs: &[("segment.ms", "7200000"), ("retention.ms", "853200000")],
        ages: &[
            10 * DAY,
            10 * DAY - HOUR,
            10 * DAY - 2 * HOUR,
            10 * DAY - 3 * HOUR,
            10 * DAY - 4 * HOUR,
            HOUR,
        ],
        size: SMALL,
        delete_before: None,
        log_start: 3,
    },
];

#[test]
fn as_many_records_survive_as_in_apache_kafka() {
    let other = std::env::var("FLUXMQ_RETENTION_OF").ok();
    let often = ["-c", "log.retention.check.interval.ms=200", "-c", "log.initial.task.delay.ms=0"];
    let own = other.is_none().then(|| Broker::start(Storage::Disk, &often));
    let address = other.or(own.as_ref().map(Broker::address)).expect("there is a broker");
    let canary = stored::create_topic_with(&address, "canary", 1, &[("retention.ms", "0")]);
    let mut connection = Connection::open(&address).expect("the broker takes connections");
    let topics: Vec<String> =
        SCENARIOS.iter().map(|scenario| write(&mut connection, &address, scenario)).collect();
    // Once to let the pass that is under way end, and once for each time that it may have to look.
    for _ in 0..4 {
        wait_for_a_pass(&mut connection, &address, &canary);
    }
    let found: Vec<(&str, i64)> = SCENARIOS
        .iter()
        .zip(&topics)
        .map(|(scenario, topic)| (scenario.name, stored::log_start_offset(&address, topic, 0)))
        .collect();
    let expected: Vec<(&str, i64)> =
        SCENARIOS.iter().map(|scenario| (scenario.name, scenario.log_start)).collect();
    assert_eq!(found, expected);
    for (scenario, topic) in SCENARIOS.iter().zip(&topics) {
        let offsets: Vec<i64> = stored::records_from(&address, topic, 0, scenario.log_start)
            .iter()
            .map(|record| record.offset)
            .collect();
        let end = i64::try_from(scenario.ages.len()).expect("there are few records");
        assert_eq!(offsets, (scenario.log_start..end).collect::<Vec<_>>(), "{}", scenario.name);
    }
}

/// Creates the scenario's topic and writes its records; returns the topic's name.
fn write(connection: &mut Connection, address: &str, scenario: &Scenario) -> String {
    let configs = [&[("segment.bytes", "1048576")], scenario.configs].concat();
    let topic = stored::create_topic_with(address, scenario.name, 1, &configs);
    let now = now_ms();
    for (number, age) in scenario.ages.iter().enumerate() {
        stored::append(connection, &topic, 0, &batch(number, now - age, scenario.size));
    }
    if let Some(offset) = scenario.delete_before {
        let partition = DeleteRecordsPartition { partition_index: 0, offset };
        let of = DeleteRecordsTopic { name: topic.clone(), partitions: vec![partition] };
        let request = DeleteRecordsRequest { topics: vec![of], timeout_ms: 30_000 };
        let response =
            connection.call(&request, DELETE_RECORDS_VERSION).expect("records are deleted on request");
        assert_eq!(response.topics[0].partitions[0].low_watermark, offset);
    }
    topic
}

/// A batch of one record.
fn batch(number: usize, timestamp: i64, size: usize) -> Bytes {
    let mut batch = BatchBuilder::new(Compression::None, None);
    batch.append(timestamp, Some(format!("key-{number}").as_bytes()), Some(&vec![b'v'; size]), &[]);
    batch.build().expect("a batch can be built")
}

/// Waits until retention has taken a record that was old when it was written: all other logs have been looked at since the
/// last time that this was waited for.
fn wait_for_a_pass(connection: &mut Connection, address: &str, canary: &str) {
    let offset = stored::append(connection, canary, 0, &batch(0, now_ms() - DAY, SMALL));
    let deadline = Instant::now() + PATIENCE;
    while stored::log_start_offset(address, canary, 0) <= offset {
        assert!(Instant::now() < deadline, "retention does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    i64::try_from(since.as_millis()).expect("it is not that late")
}
