//! Kafka's console producer and console consumer. They speak in lines of text: headers, key and value between tabs.

use std::fmt::Write;
use std::time::Duration;

use super::job::{Job, Sample, Seen, Start};
use super::program;
use crate::command;

const PATIENCE: Duration = Duration::from_secs(120);
/// How long the consumer waits for another record before it ends; a machine that is busy with much else may need the
/// second, which is tried where the first saw nothing.
const IDLE_MS: [&str; 2] = ["5000", "30000"];
/// What stands for null, in both directions.
const NULL: &str = "<null>";

/// Writes records; it cannot be told a partition.
pub fn produce(bootstrap: &str, job: &Job<'_>) -> Result<(), String> {
    let Job::Produce { topic, samples, codec, idempotent } = job else {
        panic!("the console producer was asked to {job:?}")
    };
    let mut java = program::java();
    java.arg("org.apache.kafka.tools.ConsoleProducer");
    java.args(["--bootstrap-server", bootstrap, "--topic", topic, "--compression-codec", codec]);
    java.args(["--command-property", &format!("enable.idempotence={idempotent}")]);
    java.args(["--command-property", "linger.ms=100", "--batch-size", "1000000"]);
    for property in ["parse.headers=true", "parse.key=true", "headers.separator=;", "headers.key.separator=:"]
    {
        java.args(["--reader-property", property]);
    }
    java.args(["--reader-property", &format!("null.marker={NULL}")]);
    let lines: String = samples.iter().map(line).collect();
    command::succeed(&mut java, lines.as_bytes(), PATIENCE).map(drop)
}

fn line(sample: &Sample) -> String {
    let text = |bytes: &Option<Vec<u8>>| match bytes {
        Some(bytes) => String::from_utf8(bytes.clone()).expect("lines are text"),
        None => NULL.to_owned(),
    };
    let headers: Vec<String> =
        sample.headers.iter().map(|(name, content)| format!("{name}:{}", text(content))).collect();
    let headers = if headers.is_empty() { NULL.to_owned() } else { headers.join(";") };
    let mut line = String::new();
    writeln!(line, "{headers}\t{}\t{}", text(&sample.key), text(&sample.value)).expect("a string takes all");
    line
}

/// Reads partitions, one process for each, until nothing more comes.
pub fn consume(bootstrap: &str, topic: &str, partitions: &[i32], start: Start) -> Result<Vec<Seen>, String> {
    let from = match start {
        Start::Beginning => "earliest".to_owned(),
        Start::Offset(offset) => offset.to_string(),
        Start::Timestamp(_) => return Err("the console consumer does not start at a time".to_owned()),
    };
    let mut seen = Vec::new();
    for &partition in partitions {
        let mut finished = consume_partition(bootstrap, topic, partition, &from, IDLE_MS[0])?;
        if finished.stdout.is_empty() {
            finished = consume_partition(bootstrap, topic, partition, &from, IDLE_MS[1])?;
        }
        let out = String::from_utf8_lossy(&finished.stdout).into_owned();
        for line in out.lines() {
            seen.push(read_line(line).ok_or_else(|| format!("`{line}` is no record; {}", finished.stderr))?);
        }
    }
    Ok(seen)
}

fn consume_partition(
    bootstrap: &str,
    topic: &str,
    partition: i32,
    from: &str,
    idle_ms: &str,
) -> Result<command::Finished, String> {
    let mut java = program::java();
    java.arg("org.apache.kafka.tools.consumer.ConsoleConsumer");
    java.args(["--bootstrap-server", bootstrap, "--topic", topic, "--timeout-ms", idle_ms]);
    java.args(["--partition", &partition.to_string(), "--offset", from]);
    for what in ["timestamp", "partition", "offset", "headers", "key", "value"] {
        java.args(["--formatter-property", &format!("print.{what}=true")]);
    }
    java.args(["--formatter-property", &format!("null.literal={NULL}")]);
    java.args(["--formatter-property", "headers.separator=;"]);
    // It says with a status of 1, and nothing else, that no more records came.
    command::run(&mut java, b"", PATIENCE)
}

/// `CreateTime:1700000000000`, `Partition:0`, `Offset:5`, `a:1;b:2`, key and value, with tabs between.
fn read_line(line: &str) -> Option<Seen> {
    let mut parts = line.splitn(6, '\t');
    let mut number = |label: &str| parts.next()?.strip_prefix(label)?.parse::<i64>().ok();
    let (timestamp_ms, partition, offset) =
        (number("CreateTime:")?, number("Partition:")?, number("Offset:")?);
    let bytes = |text: &str| (text != NULL).then(|| text.as_bytes().to_vec());
    let headers = parts.next()?;
    let header = |text: &str| {
        let (name, content) = text.split_once(':')?;
        Some((name.to_owned(), bytes(content)))
    };
    let headers = match headers {
        "NO_HEADERS" => Vec::new(),
        headers => headers.split(';').map(header).collect::<Option<Vec<_>>>()?,
    };
    let (key, value) = (bytes(parts.next()?), bytes(parts.next()?));
    Some(Seen { partition: i32::try_from(partition).ok()?, offset, timestamp_ms, key, value, headers })
}
