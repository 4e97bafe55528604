//! The foreign clients and what each of them can do.

use serde_json::Value;

use super::install::Toolchain;
use super::job::{Job, Offsets, Seen, Start, Written};
use super::{console, kcat, program};

/// Every codec of a record batch.
pub const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

/// A client that others wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    /// confluent-kafka for Python, on librdkafka.
    Confluent,
    /// kafka-python.
    KafkaPython,
    /// kafkajs, which cannot consume without a group.
    Kafkajs,
    /// Kafka's own clients for Java.
    Java,
    /// franz-go.
    FranzGo,
    /// kcat, on librdkafka.
    Kcat,
    /// Kafka's console producer and console consumer.
    Console,
}

/// How a client chooses the partition of a record with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyHash {
    /// As Kafka's own clients: murmur2.
    Murmur2,
    /// As librdkafka: CRC-32, where keys without content count as none.
    Crc32,
}

/// What of the samples a client can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a table of abilities is a list of yes and no")]
pub struct Writes {
    pub headers_without_value: bool,
    pub timestamps: bool,
    /// Keys, values and headers that are no text.
    pub binary: bool,
    /// Keys and values of no bytes that are not null.
    pub empty_keys: bool,
}

impl Client {
    pub const ALL: [Client; 7] = [
        Client::Confluent,
        Client::KafkaPython,
        Client::Kafkajs,
        Client::Java,
        Client::FranzGo,
        Client::Kcat,
        Client::Console,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Client::Confluent => "confluent_kafka",
            Client::KafkaPython => "kafka_python",
            Client::Kafkajs => "kafkajs",
            Client::Java => "kafka_clients",
            Client::FranzGo => "franz_go",
            Client::Kcat => "kcat",
            Client::Console => "kafka_console",
        }
    }

    /// What must be there for it to run.
    pub fn toolchain(self) -> Toolchain {
        match self {
            Client::Confluent | Client::KafkaPython => Toolchain::Python,
            Client::Kafkajs => Toolchain::Node,
            Client::Java | Client::Console => Toolchain::Java,
            Client::FranzGo => Toolchain::Go,
            Client::Kcat => Toolchain::Kcat,
        }
    }

    pub fn key_hash(self) -> KeyHash {
        match self {
            Client::Confluent | Client::Kcat => KeyHash::Crc32,
            _ => KeyHash::Murmur2,
        }
    }

    pub fn writes(self) -> Writes {
        let all = Writes { headers_without_value: true, timestamps: true, binary: true, empty_keys: true };
        match self {
            // They insist on a value for every header.
            Client::Kafkajs | Client::KafkaPython => Writes { headers_without_value: false, ..all },
            // What they write comes as arguments and lines.
            Client::Kcat | Client::Console => Writes { timestamps: false, binary: false, ..all },
            _ => all,
        }
    }

    pub fn consumes(self) -> bool {
        self != Client::Kafkajs
    }

    /// Whether records can be sent to partitions by number.
    pub fn chooses_partitions(self) -> bool {
        self != Client::Console
    }

    pub fn lists_offsets(self) -> bool {
        self != Client::Console
    }

    pub fn administers(self) -> bool {
        !matches!(self, Client::Kcat | Client::Console)
    }

    /// Writes records. Where the client tells where they went, in no particular order, so does the answer.
    pub fn produce(self, bootstrap: &str, job: &Job<'_>) -> Result<Vec<Written>, String> {
        match self {
            Client::Kcat => kcat::produce(bootstrap, job).map(|()| Vec::new()),
            Client::Console => console::produce(bootstrap, job).map(|()| Vec::new()),
            Client::Kafkajs => program::run(self, bootstrap, job).map(|_| Vec::new()),
            _ => Ok(program::run(self, bootstrap, job)?.iter().map(program::written).collect()),
        }
    }

    /// Reads partitions to their end by assignment; in the order of partitions and offsets.
    pub fn consume(
        self,
        bootstrap: &str,
        topic: &str,
        partitions: &[i32],
        start: Start,
    ) -> Result<Vec<Seen>, String> {
        let mut seen = match self {
            Client::Kcat => kcat::consume(bootstrap, topic, partitions, start)?,
            Client::Console => console::consume(bootstrap, topic, partitions, start)?,
            _ => {
                let lines = program::run(self, bootstrap, &Job::Consume { topic, partitions, start })?;
                lines.iter().map(Seen::from_json).collect()
            }
        };
        seen.sort_by_key(|record| (record.partition, record.offset));
        Ok(seen)
    }

    /// Asks for the first and last offsets of partitions, and for those at a time.
    pub fn offsets(
        self,
        bootstrap: &str,
        topic: &str,
        partitions: &[i32],
        timestamp_ms: i64,
    ) -> Result<Vec<Offsets>, String> {
        if self == Client::Kcat {
            return kcat::offsets(bootstrap, topic, partitions, timestamp_ms);
        }
        let lines = program::run(self, bootstrap, &Job::Offsets { topic, partitions, timestamp_ms })?;
        Ok(lines.iter().map(Offsets::from_json).collect())
    }

    /// Creates a topic twice, describes it, deletes it, and says what came of it.
    pub fn administer(self, bootstrap: &str, topic: &str) -> Result<Value, String> {
        let mut lines = program::run(self, bootstrap, &Job::Admin { topic })?;
        lines.pop().ok_or_else(|| "nothing was answered".to_owned())
    }
}
