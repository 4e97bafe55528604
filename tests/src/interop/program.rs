//! The programs under `tests/interop`: each takes a job in a JSON file and answers with lines of JSON.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::NamedTempFile;

use super::client::Client;
use super::install;
use super::job::{self, Job, Written};
use crate::command;

/// Each program gives up by itself after half a minute without progress.
const PATIENCE: Duration = Duration::from_secs(120);

/// Puts a job to a client and returns the lines that it answers.
pub fn run(client: Client, bootstrap: &str, job: &Job<'_>) -> Result<Vec<Value>, String> {
    run_json(client, &job.to_json(bootstrap))
}

/// [`run`] for a job that is no more than JSON.
pub fn run_json(client: Client, job: &Value) -> Result<Vec<Value>, String> {
    run_command(command_of(client), job)
}

/// Puts a job to a program.
pub fn run_command(mut program: Command, job: &Value) -> Result<Vec<Value>, String> {
    let file = job_file(job);
    let out = command::succeed(program.arg(file.path()), b"", PATIENCE)?;
    let lines = out.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).map_err(|error| error.to_string())).collect()
}

/// A job in a file that lives as long as it is held.
pub fn job_file(job: &Value) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file can be made");
    serde_json::to_writer(&mut file, job).expect("a job can be written");
    file.flush().expect("a job can be written");
    file
}

/// Where a record went, as a program says it.
pub fn written(line: &Value) -> Written {
    Written { partition: job::partition(line), offset: job::number(&line["offset"]) }
}

/// The program of a client, without its job.
pub fn command_of(client: Client) -> Command {
    let (sources, installed) = (install::sources(), install::folder());
    let mut command;
    match client {
        Client::Confluent | Client::KafkaPython => {
            let file = if client == Client::Confluent { "confluent.py" } else { "kafka_python.py" };
            command = scrubbed(installed.join("python/bin/python"));
            command.env("PYTHONDONTWRITEBYTECODE", "1").arg(sources.join("python").join(file));
        }
        Client::Kafkajs => {
            command = scrubbed("node".into());
            command.env("NODE_PATH", installed.join("node/node_modules"));
            command.env("KAFKAJS_NO_PARTITIONER_WARNING", "1").arg(sources.join("node/kafkajs.js"));
        }
        Client::Java => {
            command = java();
            command.arg("Interop");
        }
        Client::FranzGo => command = scrubbed(installed.join("go/franz-go")),
        Client::Kcat | Client::Console => panic!("{} has a command line of its own", client.name()),
    }
    command
}

/// Java with everything on the class path, waiting for the name of a class.
pub fn java() -> Command {
    java_in(&install::folder().join("java"))
}

/// The same for a folder that was installed.
pub fn java_in(folder: &Path) -> Command {
    let mut class_path = OsString::from(folder.join("classes"));
    class_path.push(":");
    class_path.push(folder.join("lib/*"));
    let mut command = scrubbed("java".into());
    command.arg("-cp").arg(class_path);
    // Starting fast matters more than running fast here.
    command.args(["-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx256m"]);
    command.arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    command
}

fn scrubbed(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command::scrub(&mut command, &std::env::temp_dir());
    command
}
