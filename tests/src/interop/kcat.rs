//! kcat by its command line: one process for each record that it writes, because headers and partition hold for all
//! records of a run.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::job::{Job, Offsets, Sample, Seen, Start};
use crate::command;

const PATIENCE: Duration = Duration::from_secs(60);
/// Before each record: numbers and headers on a line, then key and value by their lengths, then another line's end.
const FORMAT: &str = "%p %o %T %K %S %h\n%k%s\n";

/// Writes records.
pub fn produce(bootstrap: &str, job: &Job<'_>) -> Result<(), String> {
    let Job::Produce { topic, samples, codec, idempotent } = job else { panic!("kcat was asked to {job:?}") };
    let folder = TempDir::new().expect("a temporary folder can be made");
    for sample in *samples {
        let mut kcat = kcat(bootstrap);
        kcat.args(["-P", "-t", topic, "-z", codec, "-X", "message.max.bytes=2000000"]);
        kcat.args(["-X", &format!("enable.idempotence={idempotent}")]);
        if let Some(partition) = sample.partition {
            kcat.args(["-p", &partition.to_string()]);
        }
        for (name, content) in &sample.headers {
            let header = match content {
                Some(content) => [name.as_bytes(), b"=", content].concat(),
                None => name.as_bytes().to_vec(),
            };
            kcat.arg("-H").arg(OsStr::from_bytes(&header));
        }
        let input = payload(&mut kcat, sample, &folder);
        command::succeed(&mut kcat, &input, PATIENCE)?;
    }
    Ok(())
}

/// Says how key and value reach kcat, and returns its standard input.
fn payload(kcat: &mut Command, sample: &Sample, folder: &TempDir) -> Vec<u8> {
    match &sample.value {
        // A file is one record, whatever is in it, unless it is empty.
        Some(value) if !value.is_empty() => {
            if let Some(key) = &sample.key {
                kcat.arg("-k").arg(OsStr::from_bytes(key));
            }
            let file = folder.path().join("value");
            fs::write(&file, value).expect("a temporary file can be written");
            kcat.arg(file);
            Vec::new()
        }
        value => {
            if value.is_none() {
                kcat.arg("-Z");
            }
            kcat.args(["-K", ":"]);
            let key = sample.key.as_ref().expect("without a value there is a key");
            [key.as_slice(), b":\n"].concat()
        }
    }
}

/// Reads partitions to their end.
pub fn consume(bootstrap: &str, topic: &str, partitions: &[i32], start: Start) -> Result<Vec<Seen>, String> {
    let from = match start {
        Start::Beginning => "beginning".to_owned(),
        Start::Offset(offset) => offset.to_string(),
        Start::Timestamp(timestamp_ms) => format!("s@{timestamp_ms}"),
    };
    let mut seen = Vec::new();
    for partition in partitions {
        let mut kcat = kcat(bootstrap);
        kcat.args(["-C", "-t", topic, "-p", &partition.to_string(), "-o", &from, "-e", "-q", "-f", FORMAT]);
        kcat.args(["-X", "check.crcs=true"]);
        let out = command::succeed(&mut kcat, b"", PATIENCE)?;
        let mut rest = out.as_slice();
        while !rest.is_empty() {
            let (record, after) = read_record(rest)?;
            seen.push(record);
            rest = after;
        }
    }
    Ok(seen)
}

/// Asks for offsets. kcat has no word for the first and the last one but the special times of the protocol.
pub fn offsets(
    bootstrap: &str,
    topic: &str,
    partitions: &[i32],
    timestamp_ms: i64,
) -> Result<Vec<Offsets>, String> {
    let mut found = Vec::new();
    for &partition in partitions {
        let ask = |time: i64| -> Result<i64, String> {
            let mut kcat = kcat(bootstrap);
            kcat.args(["-Q", "-t", &format!("{topic}:{partition}:{time}")]);
            let out = String::from_utf8_lossy(&command::succeed(&mut kcat, b"", PATIENCE)?).into_owned();
            let number = out.trim().rsplit(' ').next().and_then(|number| number.parse().ok());
            number.ok_or_else(|| format!("`{out}` names no offset"))
        };
        let at = Some(ask(timestamp_ms)?).filter(|&offset| offset >= 0);
        found.push(Offsets { partition, earliest: ask(-2)?, latest: ask(-1)?, at });
    }
    Ok(found)
}

/// What kcat knows about a topic.
pub fn metadata(bootstrap: &str, topic: &str) -> Result<serde_json::Value, String> {
    let out = command::succeed(kcat(bootstrap).args(["-L", "-J", "-t", topic]), b"", PATIENCE)?;
    serde_json::from_slice(&out).map_err(|error| error.to_string())
}

fn kcat(bootstrap: &str) -> Command {
    let mut kcat = Command::new("kcat");
    command::scrub(&mut kcat, &std::env::temp_dir()).args(["-b", bootstrap, "-m", "30"]);
    kcat
}

fn read_record(out: &[u8]) -> Result<(Seen, &[u8]), String> {
    let end = out.iter().position(|&byte| byte == b'\n').ok_or("a record's line has no end")?;
    let (line, rest) = (&out[..end], &out[end + 1..]);
    let mut words = line.splitn(6, |&byte| byte == b' ');
    let mut number = || -> Result<i64, String> {
        let word = String::from_utf8_lossy(words.next().unwrap_or_default());
        word.parse().map_err(|_| format!("`{word}` is no number"))
    };
    let (partition, offset, timestamp_ms) = (number()?, number()?, number()?);
    let (key_len, value_len) = (number()?, number()?);
    let headers = words.next().unwrap_or_default();
    let (key, rest) = cut(rest, key_len);
    let (value, rest) = cut(rest, value_len);
    let headers = headers.split(|&byte| byte == b',').filter(|header| !header.is_empty());
    let record = Seen {
        partition: i32::try_from(partition).map_err(|error| error.to_string())?,
        offset,
        timestamp_ms,
        key,
        value,
        headers: headers.map(header).collect(),
    };
    Ok((record, rest.strip_prefix(b"\n").ok_or("a record has no end")?))
}

fn cut(bytes: &[u8], length: i64) -> (Option<Vec<u8>>, &[u8]) {
    match usize::try_from(length) {
        Ok(length) => (Some(bytes[..length].to_vec()), &bytes[length..]),
        Err(_) => (None, bytes),
    }
}

/// kcat writes `NULL` for a value that is not there; the samples have no value that says so.
fn header(text: &[u8]) -> (String, Option<Vec<u8>>) {
    let equals = text.iter().position(|&byte| byte == b'=').unwrap_or(text.len());
    let value = text.get(equals + 1..).filter(|&value| value != b"NULL").map(<[u8]>::to_vec);
    (String::from_utf8_lossy(&text[..equals]).into_owned(), value)
}
