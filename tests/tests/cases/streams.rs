//! A word count of Kafka Streams: an internal topic between its halves, a compacted one behind its store.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use fluxmq_protocol::record::builder::BatchBuilder;
use fluxmq_protocol::record::compression::Compression;
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::connection::Connection;
use fluxmq_tests::interop::apache_kafka::ApacheKafka;
use fluxmq_tests::interop::install::Toolchain;
use fluxmq_tests::interop::running::Running;
use fluxmq_tests::interop::world::foreign_bootstrap;
use fluxmq_tests::{stored, variables};
use libtest_mimic::Trial;
use tempfile::TempDir;

use super::case;

const PARTITIONS: i32 = 2;

pub(super) fn cases() -> Vec<Trial> {
    // Another broker is not ours to stop.
    if foreign_bootstrap().is_some() {
        return Vec::new();
    }
    let name = "streams::word_count_survives_the_broker".to_owned();
    vec![case(name, &[Toolchain::ApacheKafka], word_count)]
}

fn word_count() -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(variables::seed());
    let mut broker = Broker::start(Storage::Disk, &[]);
    let mut text = Text::new(&broker.address());
    let state = TempDir::new().map_err(|error| error.to_string())?;
    let mut program = start(&text, &state)?;
    text.grows(&mut random)?;
    text.is_counted(&mut program)?;

    broker.stop();
    broker.restart();
    text.grows(&mut random)?;
    text.is_counted(&mut program)?;

    broker.kill();
    broker.restart();
    text.grows(&mut random)?;
    text.is_counted(&mut program)?;

    // A new process without the store of the old one reads it from its topic, and goes on where the group was.
    program.end()?;
    let state = TempDir::new().map_err(|error| error.to_string())?;
    let mut program = start(&text, &state)?;
    text.grows(&mut random)?;
    text.is_counted(&mut program)?;
    program.end()
}

fn start(text: &Text, state: &TempDir) -> Result<Running, String> {
    let state = state.path().display().to_string();
    // The default of half a minute between commits would be the length of this test.
    ApacheKafka::run(
        "WordCount",
        &[&text.address, "word-count", &text.input, &text.output, &state, "commit.interval.ms=200"],
    )
}

/// What is counted, by the program and by the test.
struct Text {
    address: String,
    input: String,
    output: String,
    counts: BTreeMap<String, u64>,
}

impl Text {
    fn new(address: &str) -> Text {
        Text {
            address: address.to_owned(),
            input: stored::create_topic_with(address, "lines", PARTITIONS, &[]),
            output: stored::create_topic_with(address, "counts", 1, &[]),
            counts: BTreeMap::new(),
        }
    }

    fn grows(&mut self, random: &mut fastrand::Rng) -> Result<(), String> {
        let mut connection = Connection::open(&self.address).map_err(|error| error.to_string())?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?;
        for partition in 0..PARTITIONS {
            let mut batch = BatchBuilder::new(Compression::None, None);
            for _ in 0..100 {
                let words: Vec<String> = (0..8).map(|_| format!("word{}", random.u8(..50))).collect();
                batch.append(now.as_millis() as i64, None, Some(words.join(" ").as_bytes()), &[]);
                words.into_iter().for_each(|word| *self.counts.entry(word).or_default() += 1);
            }
            let batch = batch.build().map_err(|error| error.to_string())?;
            stored::append(&mut connection, &self.input, partition, &batch);
        }
        Ok(())
    }

    /// The last count of each word is right, and no count has ever gone back.
    fn is_counted(&self, program: &mut Running) -> Result<(), String> {
        let mut seen = BTreeMap::new();
        let all_of = |seen: &BTreeMap<String, u64>| seen.values().sum::<u64>();
        let mut went_back = None;
        let waited = program.wait_until("not all is counted", || {
            seen.clear();
            for record in stored::records_of(&self.address, &self.output, 0) {
                let text = |bytes: Option<bytes::Bytes>| {
                    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
                };
                let (word, count) = (text(record.key), text(record.value).parse().unwrap_or_default());
                if seen.insert(word.clone(), count).is_some_and(|before| before > count) {
                    went_back = Some(word);
                }
            }
            all_of(&seen) >= all_of(&self.counts)
        });
        waited.map_err(|why| format!("{} of {}: {why}", all_of(&seen), all_of(&self.counts)))?;
        if let Some(word) = went_back {
            return Err(format!("the count of `{word}` went back"));
        }
        if seen == self.counts { Ok(()) } else { Err(format!("counted {seen:?}, and not {:?}", self.counts)) }
    }
}
