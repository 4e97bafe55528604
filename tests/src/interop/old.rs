//! Clients from before Kafka 0.11, or those that still speak as such. They know neither record batches nor headers, and
//! those from before 0.10 no timestamps.

use serde_json::{Value, json};

use super::client::Client;
use super::install::{self, Toolchain};
use super::job::{Job, Sample, Seen, Start, Written};
use super::{program, samples};

/// The codecs that there were.
pub const CODECS: [&str; 4] = ["none", "gzip", "snappy", "lz4"];

/// A version of kafka-clients, as Maven Central has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JavaVersion {
    pub number: &'static str,
    /// Whether the consumer in it is more than a sketch.
    pub consumes: bool,
}

/// One for each pair of versions of Produce and Fetch: 0 and none, 1 and 1, 2 and 2, 2 and 3.
pub const JAVA_VERSIONS: [JavaVersion; 4] = [
    JavaVersion { number: "0.8.2.2", consumes: false },
    JavaVersion { number: "0.9.0.1", consumes: true },
    JavaVersion { number: "0.10.0.1", consumes: true },
    JavaVersion { number: "0.10.1.1", consumes: true },
];

/// A client that speaks in message sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldClient {
    /// Kafka's own, as it was.
    Java(JavaVersion),
    /// A client of today, told that its broker is of that version.
    Pretending(Client, &'static str),
}

impl OldClient {
    /// All of them.
    pub fn all() -> Vec<OldClient> {
        let pretending =
            |client| ["0.8.2", "0.9.0", "0.10.0"].map(|version| OldClient::Pretending(client, version));
        let mut all: Vec<_> = JAVA_VERSIONS.into_iter().map(OldClient::Java).collect();
        all.extend(pretending(Client::KafkaPython));
        all.extend(pretending(Client::Confluent));
        // librdkafka asks brokers since 0.10 for their versions whatever it is told.
        all.retain(|client| *client != OldClient::Pretending(Client::Confluent, "0.10.0"));
        all
    }

    pub fn name(self) -> String {
        let (client, version) = match self {
            OldClient::Java(java) => (Client::Java, java.number),
            OldClient::Pretending(client, version) => (client, version),
        };
        format!("old_{}_{version}", client.name())
    }

    pub fn toolchain(self) -> Toolchain {
        match self {
            OldClient::Java(_) => Toolchain::JavaOld,
            OldClient::Pretending(client, _) => client.toolchain(),
        }
    }

    pub fn consumes(self) -> bool {
        !matches!(self, OldClient::Java(JavaVersion { consumes: false, .. }))
    }

    /// Whether records have timestamps for it.
    pub fn has_timestamps(self) -> bool {
        let (OldClient::Java(JavaVersion { number: version, .. }) | OldClient::Pretending(_, version)) = self;
        version.starts_with("0.10")
    }

    /// One record of every shape that it can write.
    pub fn samples(self) -> Vec<Sample> {
        let mut samples = samples::shapes(Client::Java);
        for sample in &mut samples {
            sample.headers.clear();
            sample.timestamp_ms = sample.timestamp_ms.filter(|_| self.has_timestamps());
        }
        samples
    }

    /// What it sees of a record that is stored.
    pub fn sees(self, stored: &Seen) -> Seen {
        let timestamp_ms = if self.has_timestamps() { stored.timestamp_ms } else { -1 };
        Seen { timestamp_ms, headers: Vec::new(), ..stored.clone() }
    }

    pub fn produce(
        self,
        bootstrap: &str,
        topic: &str,
        samples: &[Sample],
        codec: &str,
    ) -> Result<Vec<Written>, String> {
        let job = Job::Produce { topic, samples, codec, idempotent: false }.to_json(bootstrap);
        Ok(self.run("OldProducer", job)?.iter().map(program::written).collect())
    }

    /// Reads `count` records of partition 0 from its beginning, with `max_bytes` for one fetch.
    pub fn consume(
        self,
        bootstrap: &str,
        topic: &str,
        count: usize,
        max_bytes: usize,
    ) -> Result<Vec<Seen>, String> {
        let mut job = Job::Consume { topic, partitions: &[0], start: Start::Beginning }.to_json(bootstrap);
        job["count"] = json!(count);
        job["max_bytes"] = json!(max_bytes);
        Ok(self.run("OldConsumer", job)?.iter().map(Seen::from_json).collect())
    }

    fn run(self, class: &str, mut job: Value) -> Result<Vec<Value>, String> {
        match self {
            OldClient::Java(version) => {
                let mut java = program::java_in(&install::folder().join("java_old").join(version.number));
                java.arg(class);
                program::run_command(java, &job)
            }
            OldClient::Pretending(client, version) => {
                job["broker_version"] = json!(version);
                program::run_json(client, &job)
            }
        }
    }
}
