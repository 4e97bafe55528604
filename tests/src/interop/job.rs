//! What a foreign client is asked to do, and what it answers.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fluxmq_protocol::record::record::Record;
use serde_json::{Value, json};

/// A record to write. Where a field is `None`, the client decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sample {
    pub partition: Option<i32>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub timestamp_ms: Option<i64>,
}

/// A record that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub partition: i32,
    pub offset: i64,
    pub timestamp_ms: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// Where a record went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    pub partition: i32,
    pub offset: i64,
}

/// Where reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Beginning,
    Offset(i64),
    /// The first record at or after a time.
    Timestamp(i64),
}

/// What a client found out about a partition's offsets; `at` is the first one at or after the time that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offsets {
    pub partition: i32,
    pub earliest: i64,
    pub latest: i64,
    pub at: Option<i64>,
}

/// One thing to do for a client.
#[derive(Debug, Clone)]
pub enum Job<'a> {
    Produce { topic: &'a str, samples: &'a [Sample], codec: &'a str, idempotent: bool },
    Consume { topic: &'a str, partitions: &'a [i32], start: Start },
    Offsets { topic: &'a str, partitions: &'a [i32], timestamp_ms: i64 },
    Admin { topic: &'a str },
}

impl Job<'_> {
    /// The job as the programs under `tests/interop` read it.
    pub fn to_json(&self, bootstrap: &str) -> Value {
        let mut job = match self {
            Job::Produce { topic, samples, codec, idempotent } => json!({
                "action": "produce", "topic": topic, "compression": codec, "idempotent": idempotent,
                "records": samples.iter().map(Sample::to_json).collect::<Vec<_>>(),
            }),
            Job::Consume { topic, partitions, start } => {
                json!({ "action": "consume", "topic": topic, "partitions": partitions, "start": start.to_json() })
            }
            Job::Offsets { topic, partitions, timestamp_ms } => json!({
                "action": "offsets", "topic": topic, "partitions": partitions, "timestamp": timestamp_ms,
            }),
            Job::Admin { topic } => json!({ "action": "admin", "topic": topic }),
        };
        job["bootstrap"] = bootstrap.into();
        job
    }
}

impl Sample {
    fn to_json(&self) -> Value {
        let headers: Vec<Value> =
            self.headers.iter().map(|(name, content)| json!([name, pack(content.as_deref())])).collect();
        json!({
            "partition": self.partition, "key": pack(self.key.as_deref()), "value": pack(self.value.as_deref()),
            "headers": headers, "timestamp": self.timestamp_ms,
        })
    }
}

impl Start {
    fn to_json(self) -> Value {
        match self {
            Start::Beginning => "beginning".into(),
            Start::Offset(offset) => offset.into(),
            Start::Timestamp(timestamp_ms) => json!({ "timestamp": timestamp_ms }),
        }
    }
}

impl Seen {
    /// A record as the broker keeps it.
    pub fn stored(partition: i32, record: Record) -> Seen {
        let text = |name: &[u8]| String::from_utf8(name.to_vec()).expect("the samples have names in UTF-8");
        Seen {
            partition,
            offset: record.offset,
            timestamp_ms: record.timestamp,
            key: record.key.map(Into::into),
            value: record.value.map(Into::into),
            headers: record
                .headers
                .into_iter()
                .map(|header| (text(&header.key), header.value.map(Into::into)))
                .collect(),
        }
    }

    /// A record as a program prints it.
    pub fn from_json(line: &Value) -> Seen {
        let headers = line["headers"].as_array().expect("a record has a list of headers");
        let header = |pair: &Value| (text(&pair[0]), unpack(&pair[1]));
        Seen {
            partition: partition(line),
            offset: number(&line["offset"]),
            timestamp_ms: number(&line["timestamp"]),
            key: unpack(&line["key"]),
            value: unpack(&line["value"]),
            headers: headers.iter().map(header).collect(),
        }
    }
}

impl Offsets {
    /// The offsets as a program prints them.
    pub fn from_json(line: &Value) -> Offsets {
        Offsets {
            partition: partition(line),
            earliest: number(&line["earliest"]),
            latest: number(&line["latest"]),
            at: line["at"].as_i64(),
        }
    }
}

/// The partition that a line is about.
pub fn partition(line: &Value) -> i32 {
    i32::try_from(number(&line["partition"])).expect("a partition is a small number")
}

/// A number that must be there.
pub fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("a number was expected, not {value}"))
}

/// A string that must be there.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a string was expected, not {value}")).to_owned()
}

fn pack(bytes: Option<&[u8]>) -> Option<String> {
    bytes.map(|bytes| BASE64_STANDARD.encode(bytes))
}

fn unpack(value: &Value) -> Option<Vec<u8>> {
    value.as_str().map(|text| BASE64_STANDARD.decode(text).expect("bytes are printed in base64"))
}
