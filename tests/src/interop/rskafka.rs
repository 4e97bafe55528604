//! The integration tests of the Rust client rskafka, built from the crate as it was published and run once; each test is a
//! case of its own here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use super::install::{self, install};
use crate::command;

/// The release whose tests are run.
pub const VERSION: &str = "0.6.0";

/// Every test that passes on Apache Kafka 4.3.1 without a proxy, TLS, SASL or a Java program of rskafka's own.
pub const TESTS: [&str; 42] = [
    "client::test_client_backoff_terminates",
    "client::test_consume_empty",
    "client::test_consume_midbatch",
    "client::test_consume_offset_out_of_range",
    "client::test_delete_records",
    "client::test_get_offset",
    "client::test_non_existing_partition",
    "client::test_partition_client",
    "client::test_plain",
    "client::test_produce_consume_size_cutoff",
    "client::test_produce_empty",
    "client::test_topic_crud",
    "consumer::test_stream_consumer_offset_out_of_range",
    "consumer::test_stream_consumer_start_at_0",
    "consumer::test_stream_consumer_start_at_1",
    "consumer::test_stream_consumer_start_at_earliest",
    "consumer::test_stream_consumer_start_at_earliest_after_deletion",
    "consumer::test_stream_consumer_start_at_earliest_empty",
    "consumer::test_stream_consumer_start_at_latest",
    "consumer::test_stream_consumer_start_at_latest_empty",
    "consumer::test_stream_consumer_start_timestamp_based_offset",
    "produce_consume::test_produce_rdkafka_consume_rdkafka_gzip",
    "produce_consume::test_produce_rdkafka_consume_rdkafka_lz4",
    "produce_consume::test_produce_rdkafka_consume_rdkafka_nocompression",
    "produce_consume::test_produce_rdkafka_consume_rdkafka_snappy",
    "produce_consume::test_produce_rdkafka_consume_rdkafka_zstd",
    "produce_consume::test_produce_rdkafka_consume_rskafka_gzip",
    "produce_consume::test_produce_rdkafka_consume_rskafka_lz4",
    "produce_consume::test_produce_rdkafka_consume_rskafka_nocompression",
    "produce_consume::test_produce_rdkafka_consume_rskafka_snappy",
    "produce_consume::test_produce_rdkafka_consume_rskafka_zstd",
    "produce_consume::test_produce_rskafka_consume_rdkafka_gzip",
    "produce_consume::test_produce_rskafka_consume_rdkafka_lz4",
    "produce_consume::test_produce_rskafka_consume_rdkafka_nocompression",
    "produce_consume::test_produce_rskafka_consume_rdkafka_snappy",
    "produce_consume::test_produce_rskafka_consume_rdkafka_zstd",
    "produce_consume::test_produce_rskafka_consume_rskafka_gzip",
    "produce_consume::test_produce_rskafka_consume_rskafka_lz4",
    "produce_consume::test_produce_rskafka_consume_rskafka_nocompression",
    "produce_consume::test_produce_rskafka_consume_rskafka_snappy",
    "produce_consume::test_produce_rskafka_consume_rskafka_zstd",
    "producer::test_batch_producer",
];

const TARGETS: [&str; 4] = ["client", "consumer", "produce_consume", "producer"];
const PATIENCE: Duration = Duration::from_secs(900);

/// What became of one of the tests. The whole suite runs when the first one is asked for.
pub fn outcome(bootstrap: &str, test: &str) -> Result<(), String> {
    static OUTCOMES: OnceLock<Result<BTreeMap<String, Outcome>, String>> = OnceLock::new();
    let outcomes = OUTCOMES.get_or_init(|| run(bootstrap)).as_ref().map_err(Clone::clone)?;
    match outcomes.get(test) {
        Some(outcome) if outcome.result == "ok" && outcome.said.to_lowercase().contains("skipping") => {
            Err(format!("it skipped itself: {}", outcome.said))
        }
        Some(outcome) if outcome.result == "ok" => Ok(()),
        Some(outcome) => Err(format!("{}\n{}", outcome.result, outcome.said)),
        None => Err("the suite has no such test, or did not come to it".to_owned()),
    }
}

#[derive(Debug, Default)]
struct Outcome {
    result: String,
    said: String,
}

/// Fetches the crate and builds its tests, librdkafka with them.
pub fn build(into: &Path) -> Result<(), String> {
    let source = into.join("src");
    if !source.join(".ready").exists() {
        unpack(into, &source)?;
        fs::write(source.join(".ready"), "").map_err(|error| error.to_string())?;
    }
    install(cargo(&source).args(["test", "--quiet", "--no-run"]).args(selection()))
}

/// Cargo alone knows how to fetch a crate, and it does so for a package that depends on it.
fn unpack(into: &Path, source: &Path) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    let getter = into.join("get");
    fs::create_dir_all(getter.join("src")).map_err(text)?;
    fs::write(getter.join("src/lib.rs"), "").map_err(text)?;
    let manifest = format!(
        "[package]\nname = \"get\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\nrskafka = \"={VERSION}\"\n\n[workspace]\n"
    );
    fs::write(getter.join("Cargo.toml"), manifest).map_err(text)?;
    install(cargo(&getter).args(["fetch", "--quiet"]))?;
    let about = command::succeed(cargo(&getter).args(["metadata", "--format-version", "1"]), b"", PATIENCE)?;
    let about: serde_json::Value = serde_json::from_slice(&about).map_err(|error| error.to_string())?;
    let packages = about["packages"].as_array().ok_or("cargo names no packages")?;
    let package = packages.iter().find(|package| package["name"] == "rskafka").ok_or("rskafka is missing")?;
    let manifest = package["manifest_path"].as_str().ok_or("a package has a manifest")?;
    let from = Path::new(manifest).parent().ok_or("a manifest lies in a folder")?;
    copy(from, source).map_err(text)?;
    // It pins an older compiler, and would count as part of this workspace.
    fs::remove_file(source.join("rust-toolchain.toml")).ok();
    let manifest = source.join("Cargo.toml");
    let own = fs::read_to_string(&manifest).map_err(text)?;
    fs::write(&manifest, own + "\n[workspace]\n").map_err(text)?;
    // The locked rsasl does not compile any more.
    install(cargo(source).args(["update", "--quiet", "--package", "rsasl"]))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::write(target, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn run(bootstrap: &str) -> Result<BTreeMap<String, Outcome>, String> {
    let source = install::folder().join("rskafka/src");
    let mut tests = cargo(&source);
    tests.args(["test", "--no-fail-fast"]).args(selection()).args(["--", "--show-output"]);
    tests.env("TEST_INTEGRATION", "1").env("TEST_BROKER_IMPL", "kafka").env("KAFKA_CONNECT", bootstrap);
    let finished = command::run(&mut tests, b"", PATIENCE)?;
    // Cargo names each test binary on standard error; the results come on standard output in the same order.
    let targets: Vec<&str> = finished.stderr.lines().filter_map(running).collect();
    let outcomes = read(&String::from_utf8_lossy(&finished.stdout), &targets);
    if outcomes.is_empty() { Err(finished.stderr) } else { Ok(outcomes) }
}

/// `Running tests/client.rs (...)`.
fn running(line: &str) -> Option<&str> {
    line.trim().strip_prefix("Running tests/")?.split('.').next()
}

fn read(out: &str, targets: &[&str]) -> BTreeMap<String, Outcome> {
    let mut outcomes: BTreeMap<String, Outcome> = BTreeMap::new();
    let (mut target, mut section) = (targets.iter(), None);
    let mut prefix = "";
    for line in out.lines() {
        if line.starts_with("running ") && line.trim_end().ends_with(['s', 't']) {
            prefix = target.next().copied().unwrap_or_default();
            section = None;
        } else if let Some((name, result)) =
            line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... "))
        {
            let name = name.split(" - should panic").next().unwrap_or(name);
            let outcome = Outcome { result: result.to_owned(), said: String::new() };
            outcomes.insert(format!("{prefix}::{name}"), outcome);
        } else if let Some(name) =
            line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"))
        {
            section = Some(format!("{prefix}::{name}"));
        } else if line == "successes:" || line == "failures:" {
            section = None;
        } else if let Some(outcome) = section.as_ref().and_then(|name| outcomes.get_mut(name)) {
            outcome.said.push_str(line);
            outcome.said.push('\n');
        }
    }
    outcomes
}

fn selection() -> Vec<&'static str> {
    let targets = TARGETS.iter().flat_map(|target| ["--test", target]);
    ["--features", "full"].into_iter().chain(targets).collect()
}

/// Cargo for another workspace: without what the cargo that runs these tests has set for them.
fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let set_for_us = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
        if set_for_us.iter().any(|prefix| name.starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    cargo.env("CARGO_TARGET_DIR", target()).current_dir(folder);
    cargo
}

fn target() -> PathBuf {
    install::folder().join("rskafka/target")
}
