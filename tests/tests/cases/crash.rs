//! A broker killed under the load of a foreign producer.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::interop::client::Client;
use fluxmq_tests::interop::world::foreign_bootstrap;
use fluxmq_tests::interop::{job, program};
use fluxmq_tests::{command, stored};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::case;

const PARTITIONS: i32 = 3;
const KILLS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) fn cases() -> Vec<Trial> {
    // Another broker is not ours to kill.
    if foreign_bootstrap().is_some() {
        return Vec::new();
    }
    let name = "crash::idempotent_confluent_producer_survives_kill_9".to_owned();
    let run = || {
        let seed = fastrand::u64(..);
        idempotent_producer(seed).map_err(|why| format!("with seed {seed}: {why}"))
    };
    vec![case(name, &[Client::Confluent.toolchain()], run)]
}

/// Every record that was acknowledged is there where it was said to be, every record at most once, and in order.
fn idempotent_producer(seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut broker = Broker::start(Storage::Disk, &[]);
    let topic = stored::create_topic(&broker.address(), "crash", PARTITIONS);
    let job = json!({
        "action": "load", "bootstrap": broker.address(), "topic": topic, "idempotent": true,
        "partitions": (0..PARTITIONS).collect::<Vec<_>>(),
    });
    let file = program::job_file(&job);
    let mut producer = program::command_of(Client::Confluent);
    producer.arg(file.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut producer = producer.spawn().map_err(|error| error.to_string())?;
    let mut lines = BufReader::new(producer.stdout.take().ok_or("it is piped")?).lines();
    let mut acknowledged = Vec::new();
    for _ in 0..KILLS {
        take(&mut lines, random.usize(500..5000), &mut acknowledged)?;
        broker.kill();
        broker.restart();
    }
    take(&mut lines, 500, &mut acknowledged)?;
    let sent = finish(&mut producer, lines, &mut acknowledged)?;
    check(&broker, &topic, &acknowledged, sent)
}

#[derive(Debug)]
struct Acknowledged {
    partition: i32,
    offset: i64,
    number: i64,
}

type Lines = std::io::Lines<BufReader<ChildStdout>>;

fn take(lines: &mut Lines, count: usize, acknowledged: &mut Vec<Acknowledged>) -> Result<(), String> {
    for _ in 0..count {
        let line = lines.next().ok_or("the producer ended early")?.map_err(|error| error.to_string())?;
        acknowledged.push(read(&line)?.ok_or("the producer ended early")?);
    }
    Ok(())
}

/// Ends the producer's input, which ends the load, and takes what is still acknowledged. Returns how many were sent.
fn finish(producer: &mut Child, lines: Lines, acknowledged: &mut Vec<Acknowledged>) -> Result<i64, String> {
    drop(producer.stdin.take());
    let mut sent = None;
    for line in lines {
        let line = line.map_err(|error| error.to_string())?;
        match read(&line)? {
            Some(one) => acknowledged.push(one),
            None => sent = serde_json::from_str::<Value>(&line).ok().and_then(|line| line["sent"].as_i64()),
        }
    }
    match command::wait(producer, PATIENCE) {
        Some(status) if status.success() => sent.ok_or_else(|| "the producer did not count".to_owned()),
        status => Err(format!("the producer did not end well: {status:?}")),
    }
}

fn read(line: &str) -> Result<Option<Acknowledged>, String> {
    let line: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if line.get("sent").is_some() {
        return Ok(None);
    }
    let (offset, number) = (job::number(&line["offset"]), job::number(&line["number"]));
    Ok(Some(Acknowledged { partition: job::partition(&line), offset, number }))
}

fn check(broker: &Broker, topic: &str, acknowledged: &[Acknowledged], sent: i64) -> Result<(), String> {
    let stored: Vec<Vec<i64>> = (0..PARTITIONS)
        .map(|partition| stored::records_of(&broker.address(), topic, partition))
        .map(|records| records.iter().map(|record| number_in(record.value.as_deref())).collect())
        .collect();
    for one in acknowledged {
        let records = &stored[usize::try_from(one.partition).map_err(|error| error.to_string())?];
        let offset = usize::try_from(one.offset).map_err(|_| format!("{one:?} has no offset"))?;
        if records.get(offset) != Some(&one.number) {
            return Err(format!("{one:?} was acknowledged, and {:?} is there", records.get(offset)));
        }
    }
    for (partition, numbers) in stored.iter().enumerate() {
        if let Some([earlier, later]) = numbers.array_windows().find(|[earlier, later]| earlier >= later) {
            return Err(format!("partition {partition} holds {earlier} before {later}"));
        }
    }
    let count: usize = stored.iter().map(Vec::len).sum();
    let acknowledged = acknowledged.len();
    if i64::try_from(count) != Ok(sent) || count != acknowledged {
        return Err(format!("{sent} were sent, {acknowledged} acknowledged and {count} are stored"));
    }
    Ok(())
}

fn number_in(value: Option<&[u8]>) -> i64 {
    let digits = &value.expect("every record has a value")[..12];
    std::str::from_utf8(digits).expect("digits are text").parse().expect("digits are a number")
}
