//! Directories of Apache Kafka that are taken over, ours that its tools read, and ours that it opens.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fluxmq_tests::broker::Broker;
use fluxmq_tests::interop::apache_kafka::ApacheKafka;
use fluxmq_tests::interop::install::Toolchain;
use fluxmq_tests::interop::world::foreign_bootstrap;
use fluxmq_tests::{command, fluxctl};
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

use super::case;

const PATIENCE: Duration = Duration::from_secs(60);

/// What Kafka's dump tool calls what it does not like.
const COMPLAINTS: [&str; 6] =
    ["mismatch", "out of order", "not found", "non-consecutive", "exception", "could not"];

pub(super) fn cases() -> Vec<Trial> {
    // The directory of another broker is not ours to look into.
    if foreign_bootstrap().is_some() {
        return Vec::new();
    }
    let kafka = |name: &str, run: fn() -> Result<(), String>| {
        case(format!("kafka_dir::{name}"), &[Toolchain::ApacheKafka], run)
    };
    vec![
        kafka("is_taken_over_and_given_back", taken_over_and_given_back),
        kafka("of_a_killed_kafka_is_taken_over", of_a_killed_kafka),
    ]
}

/// A Kafka that has been stopped and started, so that there are two leader epochs, and the lines that tell what it serves.
fn filled_kafka() -> Result<(ApacheKafka, String), String> {
    let mut kafka = ApacheKafka::start(&["log.cleaner.backoff.ms=100"])?;
    ApacheKafka::program("write", &kafka.address())?;
    kafka.stop()?;
    kafka.restart()?;
    ApacheKafka::program("more", &kafka.address())?;
    let served = ApacheKafka::program("dump", &kafka.address())?;
    Ok((kafka, served))
}

fn taken_over_and_given_back() -> Result<(), String> {
    let (mut kafka, served) = filled_kafka()?;
    let home = TempDir::new().map_err(|error| error.to_string())?;
    let data_dir = home.path().join("data");
    let refused = import(&kafka.data_dir(), &data_dir, &[]).err().unwrap_or_default();
    if !refused.contains("in use by a broker") {
        return Err(format!("a running Kafka is not refused: {refused}"));
    }
    kafka.stop()?;
    let report = import(&kafka.data_dir(), &data_dir, &[])?;
    check_report(&report)?;
    let after = {
        let mut broker = Broker::start_in(&data_dir, &["-c", "log.cleaner.enable=false"]);
        same_lines("what is served", &ApacheKafka::program("dump", &broker.address())?, &served)?;
        let gone_on = ApacheKafka::program("go-on", &broker.address())?;
        same_lines("how a consumer goes on", &gone_on, "committed 3 first 3 written true\n")?;
        let after = ApacheKafka::program("dump", &broker.address())?;
        broker.stop();
        after
    };
    readable_by_kafka(&data_dir)?;
    groups_are_readable_by_kafka(&data_dir)?;
    give_back(&data_dir, &kafka.data_dir())?;
    kafka.restart()?;
    let again = ApacheKafka::program("dump", &kafka.address())?;
    same_lines("what Kafka serves of our files", &again, &after)
}

/// Nothing was written down at the end: files are longer than what is known of them, indexes are full of zeros.
fn of_a_killed_kafka() -> Result<(), String> {
    let (mut kafka, served) = filled_kafka()?;
    kafka.kill();
    let home = TempDir::new().map_err(|error| error.to_string())?;
    let data_dir = home.path().join("data");
    import(&kafka.data_dir(), &data_dir, &["--move", "--yes"])?;
    let mut broker = Broker::start_in(&data_dir, &["-c", "log.cleaner.enable=false"]);
    same_lines("what is served", &ApacheKafka::program("dump", &broker.address())?, &served)?;
    broker.kill();
    broker.restart();
    same_lines("what is served after a crash", &ApacheKafka::program("dump", &broker.address())?, &served)
}

/// Runs `fluxctl log import`; returns its report.
fn import(from: &Path, to: &Path, more: &[&str]) -> Result<Value, String> {
    let home = TempDir::new().map_err(|error| error.to_string())?;
    let mut fluxctl = Command::new(fluxctl::path());
    command::scrub(&mut fluxctl, home.path()).args(["log", "import", "-O", "json"]).arg(from);
    let out = command::succeed(fluxctl.arg("--data-dir").arg(to).args(more), b"", PATIENCE)?;
    serde_json::from_slice(&out).map_err(|error| error.to_string())
}

fn check_report(report: &Value) -> Result<(), String> {
    let topics = report["topics"].as_array().cloned().unwrap_or_default();
    let taken: Vec<_> = topics.iter().filter(|topic| topic["outcome"] == "taken").collect();
    let names: Vec<_> = taken.iter().filter_map(|topic| topic["name"].as_str()).collect();
    let expected = ["compacted", "empty", "plain", "segments", "stamped", "transactions", "trimmed"];
    if names != expected {
        return Err(format!("taken were {names:?}"));
    }
    let remarks = report["remarks"].to_string();
    for remark in ["aborted transactions", "transaction `open`"] {
        if !remarks.contains(remark) {
            return Err(format!("no remark on {remark}: {remarks}"));
        }
    }
    if report["cluster_id"] != "kpsojLBQQYqrFNmMEXmVHA" || report["committed_offsets"] != 4 {
        return Err(format!("not as expected: {report}"));
    }
    Ok(())
}

/// Compares line by line.
fn same_lines(what: &str, got: &str, expected: &str) -> Result<(), String> {
    let brief = |line: Option<&str>| line.unwrap_or("nothing").chars().take(300).collect::<String>();
    let (mut got, mut expected) = (got.lines(), expected.lines());
    loop {
        match (got.next(), expected.next()) {
            (None, None) => return Ok(()),
            (got, expected) if got == expected => {}
            (got, expected) => {
                return Err(format!("{what}:\n     got {}\nexpected {}", brief(got), brief(expected)));
            }
        }
    }
}

/// Kafka's dump tool reads every segment, index and snapshot, and finds nothing wrong.
fn readable_by_kafka(data_dir: &Path) -> Result<(), String> {
    let files: Vec<String> = files_in(data_dir).iter().map(|path| path.display().to_string()).collect();
    let named = |extensions: &[&str]| {
        let fits = |file: &&String| extensions.iter().any(|extension| file.ends_with(extension));
        files.iter().filter(fits).cloned().collect::<Vec<_>>().join(",")
    };
    let indexes = [".index", ".timeindex"];
    for (kinds, flags) in [
        (&[".log"][..], &["--deep-iteration", "--print-data-log"][..]),
        (&[".snapshot"], &[]),
        (&indexes, &[]),
        (&indexes, &["--verify-index-only"]),
        (&indexes, &["--index-sanity-check"]),
    ] {
        let mut arguments = vec!["--files".to_owned(), named(kinds)];
        arguments.extend(flags.iter().map(|&flag| flag.to_owned()));
        let said = ApacheKafka::tool("org.apache.kafka.tools.DumpLogSegments", &arguments)?;
        let complaint = said.lines().find(|line| {
            let line = line.to_lowercase();
            COMPLAINTS.iter().any(|complaint| line.contains(complaint))
        });
        if let Some(line) = complaint {
            return Err(format!("{kinds:?} with {flags:?}: {line}"));
        }
        if said.matches("Dumping ").count() != arguments[1].split(',').count() {
            return Err(format!("not every file was read: {said}"));
        }
    }
    Ok(())
}

/// The tool that decodes what Kafka writes down of groups decodes what we do, and finds what `go-on` has committed.
fn groups_are_readable_by_kafka(data_dir: &Path) -> Result<(), String> {
    let is_of_groups = |path: &&PathBuf| {
        let path = path.to_string_lossy();
        path.contains("/__consumer_offsets-") && path.ends_with(".log")
    };
    let files = files_in(data_dir);
    let logs: Vec<String> =
        files.iter().filter(is_of_groups).map(|path| path.display().to_string()).collect();
    let arguments = ["--offsets-decoder", "--files", &logs.join(",")].map(str::to_owned);
    let said = ApacheKafka::tool("org.apache.kafka.tools.DumpLogSegments", &arguments)?;
    let is_committed =
        |line: &str| line.contains(r#""topic":"plain","partition":2"#) && line.contains(r#""topicId":""#);
    if said.lines().filter(|line| is_committed(line)).count() < 2 {
        return Err(format!("the decoder does not find the committed offsets: {said}"));
    }
    Ok(())
}

/// Files of partitions, of those that hold more than markers of our own.
fn files_in(data_dir: &Path) -> Vec<PathBuf> {
    let entries = |dir: &Path| fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let dirs = entries(data_dir).filter(|path| path.join("partition.metadata").exists());
    dirs.flat_map(|dir| entries(&dir).collect::<Vec<_>>()).filter(|path| path.is_file()).collect()
}

/// Puts our partitions in the place of Kafka's. Those with groups are our own, and keep the id that Kafka knows them by.
fn give_back(data_dir: &Path, kafka: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let stays = |file: &Path| file.ends_with("partition.metadata");
    let is_of_groups = |file: &Path| file.to_string_lossy().contains("/__consumer_offsets-");
    for stale in files_in(kafka).iter().filter(|file| is_of_groups(file) && !stays(file)) {
        fs::remove_file(stale).map_err(failed)?;
    }
    for file in files_in(data_dir).iter().filter(|file| !(is_of_groups(file) && stays(file))) {
        let to = kafka.join(file.parent().and_then(Path::file_name).unwrap_or_default());
        fs::create_dir_all(&to).map_err(failed)?;
        fs::copy(file, to.join(file.file_name().unwrap_or_default())).map_err(failed)?;
    }
    Ok(())
}
