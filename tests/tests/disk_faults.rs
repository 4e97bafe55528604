//! A disk that is full, and one that fails at an fsync: what was acknowledged stays, and nobody is told anything else.
//!
//! The first needs root, to mount file systems of its own, the second strace, to answer an fsync in the kernel's place;
//! without them the cases are ignored by name.

#![expect(clippy::expect_used, reason = "this is test code")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::record::builder::BatchBuilder;
use fluxmq_protocol::record::compression::Compression;
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::connection::Connection;
use fluxmq_tests::mounted::{Mounted, is_installed};
use fluxmq_tests::stored;
use libtest_mimic::{Arguments, Trial};

const PRODUCE_VERSION: i16 = 9;
const DISK_SIZE: u64 = 96 << 20;
/// What takes half of the disk, and is removed to make room.
const BALLAST: usize = 48 << 20;
const BATCH_SIZE: usize = 500_000;
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    let arguments = Arguments::from_args();
    let without_mounts = Mounted::absent();
    let without_strace = (!can_trace()).then(|| "strace".to_owned());
    let trial = |name: &str, absent: Option<&String>, run: fn() -> Result<(), String>| {
        let kind = absent.map_or_else(String::new, |absent| format!("without {absent}"));
        let ignored = absent.is_some();
        Trial::test(name, move || Ok(run()?)).with_kind(kind).with_ignored_flag(ignored)
    };
    let trials = vec![
        trial("a_full_disk_refuses_records_until_there_is_room", without_mounts.as_ref(), || {
            full(&Mounted::ext4(DISK_SIZE)?)
        }),
        trial(
            "a_full_file_system_in_memory_refuses_records_until_there_is_room",
            without_mounts.as_ref(),
            || full(&Mounted::tmpfs(DISK_SIZE)?),
        ),
        trial("a_failed_fsync_ends_the_broker_and_loses_nothing", without_strace.as_ref(), failed_sync),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

/// Records are refused while the disk is full and taken again, by the same process, once it is not; reading never ends.
fn full(disk: &Mounted) -> Result<(), String> {
    let ballast = disk.folder().join("ballast");
    std::fs::write(&ballast, vec![b'x'; BALLAST]).map_err(|error| error.to_string())?;
    let mut broker = Broker::start_in(&disk.folder().join("data"), &[]);
    let topic = stored::create_topic(&broker.address(), "full", 1);
    let mut connection = Connection::open(&broker.address()).map_err(|error| error.to_string())?;
    let mut acknowledged = fill(&mut connection, &topic, 0)?;
    if acknowledged == 0 {
        return Err("half of the disk is free, and nothing is taken".to_owned());
    }
    check(&broker, &topic, acknowledged)?;
    // A full disk keeps nobody from starting. What a start clears away may make room for a little more.
    broker.kill();
    broker.restart();
    check(&broker, &topic, acknowledged)?;
    let mut connection = Connection::open(&broker.address()).map_err(|error| error.to_string())?;
    acknowledged = fill(&mut connection, &topic, acknowledged)?;
    std::fs::remove_file(ballast).map_err(|error| error.to_string())?;
    let deadline = Instant::now() + PATIENCE;
    // A journaling file system gives space back a moment after the file is gone.
    while produce(&mut connection, &topic, acknowledged)? != ErrorCode::NONE {
        if Instant::now() > deadline {
            return Err("there is room again, and records are still refused".to_owned());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    check(&broker, &topic, acknowledged + 1)
}

/// Writes until the disk is full. Returns how many batches are there then.
fn fill(connection: &mut Connection, topic: &str, mut acknowledged: u64) -> Result<u64, String> {
    while acknowledged * (BATCH_SIZE as u64) < DISK_SIZE {
        match produce(connection, topic, acknowledged)? {
            ErrorCode::NONE => acknowledged += 1,
            ErrorCode::KAFKA_STORAGE_ERROR => return Ok(acknowledged),
            other => return Err(format!("after {acknowledged} batches a full disk is told as {other}")),
        }
    }
    Err("more was acknowledged than the disk holds".to_owned())
}

/// The kernel reports an I/O error for a sync: the producer hears of it at once, and the broker, left without a directory, ends.
fn failed_sync() -> Result<(), String> {
    let mut broker = Broker::start(Storage::Disk, &[]);
    let topic = stored::create_topic(&broker.address(), "failing", 1);
    let mut connection = Connection::open(&broker.address()).map_err(|error| error.to_string())?;
    for number in 0..10 {
        let answer = produce(&mut connection, &topic, number)?;
        if answer != ErrorCode::NONE {
            return Err(format!("the disk is well, and the answer is {answer}"));
        }
    }
    let mut tracer = Command::new("strace");
    tracer.args(["-f", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO", "-p"]);
    tracer
        .arg(broker.process_id().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut tracer = tracer.spawn().map_err(|error| error.to_string())?;
    let mut said = BufReader::new(tracer.stderr.take().ok_or("it is piped")?).lines();
    let attached = said.by_ref().map_while(Result::ok).any(|line| line.contains("attached"));
    // What else it says must find a reader.
    let rest = std::thread::spawn(move || said.for_each(drop));
    let answer = produce(&mut connection, &topic, 10);
    let ended = broker.wait_for_end();
    tracer.wait().map_err(|error| error.to_string())?;
    rest.join().map_err(|_| "the reader broke down")?;
    if !attached {
        return Err("strace did not attach".to_owned());
    }
    if answer != Ok(ErrorCode::KAFKA_STORAGE_ERROR) {
        return Err(format!("the producer hears {answer:?}"));
    }
    if ended.is_none_or(|status| status.success()) {
        return Err(format!("the broker has no directory left, and its end is {ended:?}"));
    }
    broker.restart();
    // The eleventh was written and may be there.
    let stored = stored::records_of(&broker.address(), &topic, 0).len();
    if (10..=11).contains(&stored) {
        check(&broker, &topic, stored as u64)
    } else {
        Err(format!("{stored} are left"))
    }
}

/// Writes one batch of one record, and returns how that was answered.
fn produce(connection: &mut Connection, topic: &str, number: u64) -> Result<ErrorCode, String> {
    let request = stored::produce_request(topic, 0, batch(number));
    let response = connection.call(&request, PRODUCE_VERSION).map_err(|error| error.to_string())?;
    Ok(response.responses[0].partition_responses[0].error_code)
}

fn batch(number: u64) -> Bytes {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_millis();
    let value = [number.to_be_bytes().as_slice(), &vec![b'x'; BATCH_SIZE]].concat();
    let mut batch = BatchBuilder::new(Compression::None, None);
    batch.append(now_ms as i64, None, Some(&value), &[]);
    batch.build().expect("it can be built")
}

/// Whether exactly the first so many batches are there, in order.
fn check(broker: &Broker, topic: &str, count: u64) -> Result<(), String> {
    let records = stored::records_of(&broker.address(), topic, 0);
    let numbers = records.iter().filter_map(|record| record.value.as_deref()?.first_chunk().copied());
    let numbers: Vec<u64> = numbers.map(u64::from_be_bytes).collect();
    if numbers == (0..count).collect::<Vec<_>>() {
        return Ok(());
    }
    Err(format!("{count} were acknowledged, and there are {numbers:?}"))
}

/// Whether strace is there and allowed to look at other processes.
fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    is_installed("strace") && tried.is_ok_and(|status| status.success())
}
