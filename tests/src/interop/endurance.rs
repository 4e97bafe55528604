//! A foreign producer that goes on while its broker dies and comes back, and a reader beside it: what was acknowledged and
//! what was read must be there in the end, once and in order.
//!
//! ```text
//!                      producer --> plain      every record stays
//!  acknowledged <------         --> compacted  the last record of each key stays
//!                               --> retained   the last megabytes stay
//!                      reader <--- plain
//! ```

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::client::Client;
use super::{job, program};
use crate::connection::Connection;
use crate::{command, stored};

const PARTITIONS: i32 = 2;
/// How many keys the records have in turn; odd, so that every partition meets them all.
const KEYS: i64 = 1_001;
const FILLING: usize = 600;
const PATIENCE: Duration = Duration::from_secs(120);
/// What the broker is to be started with, so that cleaning and retention go on all the time.
pub const BUSY_CLEANING: [&str; 4] =
    ["-c", "log.retention.check.interval.ms=200", "-c", "log.cleaner.backoff.ms=100"];

/// A topic-partition.
type Place = (String, i32);

/// The topics, by what stays in them.
#[derive(Debug, Clone)]
struct Topics {
    plain: String,
    compacted: String,
    retained: String,
}

/// The number of each record by its offset, for each partition.
type Numbers = BTreeMap<Place, BTreeMap<i64, i64>>;

/// What the producer has been told so far.
#[derive(Debug, Default)]
struct Heard {
    acknowledged: Numbers,
    count: usize,
    sent: Option<i64>,
}

/// A producer under way, and a reader.
#[derive(Debug)]
pub struct Endurance {
    topics: Topics,
    producer: Child,
    heard: Arc<Mutex<Heard>>,
    listener: JoinHandle<Result<(), String>>,
    reader: Reader,
    complaints: NamedTempFile,
    _job: NamedTempFile,
}

impl Endurance {
    /// Creates the topics and begins to write and to read.
    pub fn begin(client: Client, address: &str) -> Result<Endurance, String> {
        let small = ("segment.bytes", "1048576");
        let topic = |name, configs: &[(&str, &str)]| {
            stored::create_topic_with(address, name, PARTITIONS, &[&[small], configs].concat())
        };
        let compact = [
            ("cleanup.policy", "compact"),
            ("min.cleanable.dirty.ratio", "0.01"),
            ("file.delete.delay.ms", "0"),
        ];
        let topics = Topics {
            plain: topic("plain", &[("retention.ms", "-1")]),
            compacted: topic("compacted", &compact),
            retained: topic("retained", &[("retention.bytes", "3145728"), ("file.delete.delay.ms", "0")]),
        };
        let job = program::job_file(&json!({
            "action": "load", "bootstrap": address, "idempotent": true, "keys": KEYS, "filling": FILLING,
            "targets": topics.places(),
        }));
        let complaints = NamedTempFile::new().map_err(|error| error.to_string())?;
        let to_complain = complaints.reopen().map_err(|error| error.to_string())?;
        let mut producer = program::command_of(client);
        producer.arg(job.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(to_complain);
        let mut producer = producer.spawn().map_err(|error| error.to_string())?;
        let out = producer.stdout.take().ok_or("it is piped")?;
        let heard = Arc::default();
        let listener = std::thread::spawn({
            let heard = Arc::clone(&heard);
            move || listen(out, &heard)
        });
        let reader = Reader::begin(address, &topics.plain);
        Ok(Endurance { topics, producer, heard, listener, reader, complaints, _job: job })
    }

    /// Waits until so many more records are acknowledged.
    pub fn wait_for(&self, more: usize) -> Result<(), String> {
        let (target, deadline) = (self.heard().count + more, Instant::now() + PATIENCE);
        while self.heard().count < target {
            if self.listener.is_finished() {
                return Err("the producer ended early".to_owned());
            }
            if Instant::now() > deadline {
                return Err("nothing is acknowledged any more".to_owned());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Waits until the broker answers for what it stored.
    pub fn wait_for_answer(&self, address: &str) {
        stored::log_start_offset(address, &self.topics.plain, 0);
    }

    /// Ends the load with everything acknowledged. Returns what is to be found on the broker from then on.
    pub fn end(mut self) -> Result<Expected, String> {
        // The end of its input ends the load.
        drop(self.producer.stdin.take());
        let status = command::wait(&mut self.producer, PATIENCE);
        let told = self.listener.join().map_err(|_| "the listener broke down")?;
        let seen = self.reader.end()?;
        if !status.is_some_and(|status| status.success()) {
            return Err(format!("the producer did not end well: {status:?}{}", complaints(&self.complaints)));
        }
        told?;
        let heard = std::mem::take(&mut *lock(&self.heard));
        let sent = heard.sent.ok_or("the producer did not count")?;
        if usize::try_from(sent) != Ok(heard.count) {
            let (count, complaints) = (heard.count, complaints(&self.complaints));
            return Err(format!("{sent} were sent and {count} acknowledged{complaints}"));
        }
        Ok(Expected { topics: self.topics, acknowledged: heard.acknowledged, seen })
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        lock(&self.heard)
    }
}

impl Topics {
    fn places(&self) -> Vec<Place> {
        let topics = [&self.plain, &self.compacted, &self.retained];
        topics
            .into_iter()
            .flat_map(|topic| (0..PARTITIONS).map(|partition| (topic.clone(), partition)))
            .collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the producer said of failures, each kind once.
fn complaints(file: &NamedTempFile) -> String {
    let text = std::fs::read_to_string(file.path()).unwrap_or_default();
    // The client's own log, which begins its lines with this sign, tells of every connection.
    let kinds: std::collections::BTreeSet<&str> =
        text.lines().filter(|line| !line.starts_with('%')).collect();
    kinds.into_iter().take(20).flat_map(|line| ["\n", line]).collect()
}

/// Takes down what the producer says.
fn listen(out: ChildStdout, heard: &Mutex<Heard>) -> Result<(), String> {
    for line in BufReader::new(out).lines() {
        let line = line.map_err(|error| error.to_string())?;
        let line: Value = serde_json::from_str(&line).map_err(|error| format!("`{line}`: {error}"))?;
        let mut heard = lock(heard);
        if let Some(sent) = line.get("sent") {
            heard.sent = Some(job::number(sent));
            continue;
        }
        let place = (job::text(&line["topic"]), job::partition(&line));
        let (offset, number) = (job::number(&line["offset"]), job::number(&line["number"]));
        heard.count += 1;
        if let Some(other) = heard.acknowledged.entry(place.clone()).or_default().insert(offset, number) {
            return Err(format!("{place:?}: {other} and {number} were both acknowledged at {offset}"));
        }
    }
    Ok(())
}

/// A consumer of the plain topic, which reads on over every death of the broker.
#[derive(Debug)]
struct Reader {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Numbers>,
}

impl Reader {
    fn begin(address: &str, topic: &str) -> Reader {
        let stop = Arc::new(AtomicBool::new(false));
        let (address, topic, stopped) = (address.to_owned(), topic.to_owned(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut seen = Numbers::new();
            while !stopped.load(Ordering::Relaxed) {
                // A connection that breaks is what this is about; the next one goes on where it was.
                let _ = read_on(&address, &topic, &mut seen, &stopped);
                std::thread::sleep(Duration::from_millis(2));
            }
            seen
        });
        Reader { stop, thread }
    }

    fn end(self) -> Result<Numbers, String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the reader broke down".to_owned())
    }
}

fn read_on(address: &str, topic: &str, seen: &mut Numbers, stop: &AtomicBool) -> std::io::Result<()> {
    let mut connection = Connection::open(address)?;
    while !stop.load(Ordering::Relaxed) {
        for partition in 0..PARTITIONS {
            let seen = seen.entry((topic.to_owned(), partition)).or_default();
            let offset = seen.last_key_value().map_or(0, |(offset, _)| offset + 1);
            let fetched = stored::fetch(&mut connection, topic, partition, offset)?;
            let records = stored::records_in(&fetched.batches);
            seen.extend(records.iter().map(|record| (record.offset, number_in(record.value.as_deref()))));
        }
    }
    Ok(())
}

/// What a broker must hold.
#[derive(Debug)]
pub struct Expected {
    topics: Topics,
    acknowledged: Numbers,
    /// What a consumer has read.
    seen: Numbers,
}

impl Expected {
    /// How many records were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.values().map(BTreeMap::len).sum()
    }

    /// How many records were read while the broker died and came back.
    pub fn seen(&self) -> usize {
        self.seen.values().map(BTreeMap::len).sum()
    }

    /// A partition that keeps everything.
    pub fn plain_place(&self) -> (&str, i32) {
        (&self.topics.plain, 0)
    }

    /// Whether the broker holds exactly what was acknowledged, as far as the topic's policy keeps it.
    pub fn check(&self, address: &str) -> Result<(), String> {
        let nothing = BTreeMap::new();
        for place @ (topic, partition) in &self.topics.places() {
            let wrong = |what: String| format!("{topic}-{partition}: {what}");
            let start = stored::log_start_offset(address, topic, *partition);
            let records = stored::records_from(address, topic, *partition, start);
            let numbers: Vec<_> =
                records.iter().map(|record| (record.offset, number_in(record.value.as_deref()))).collect();
            in_order(&numbers).map_err(wrong)?;
            let stored: BTreeMap<i64, i64> = numbers.into_iter().collect();
            let acknowledged = self.acknowledged.get(place).unwrap_or(&nothing);
            if let Some((offset, number)) = stored.iter().find(|(at, _)| !acknowledged.contains_key(at)) {
                return Err(wrong(format!("{number} at {offset} was not acknowledged")));
            }
            let kept = |offset: i64, number: i64| match topic {
                topic if *topic == self.topics.plain => true,
                topic if *topic == self.topics.compacted => {
                    [acknowledged, &stored].iter().all(|numbers| is_last_of_its_key(numbers, offset, number))
                }
                _ => offset >= start,
            };
            if *topic != self.topics.retained && start != 0 {
                return Err(wrong(format!("it begins at {start}")));
            }
            for (what, numbers) in
                [("acknowledged", acknowledged), ("read", self.seen.get(place).unwrap_or(&nothing))]
            {
                for (&offset, &number) in numbers {
                    let found = stored.get(&offset);
                    // Who was taken out by a policy must not come back as another.
                    if found != Some(&number) && (found.is_some() || kept(offset, number)) {
                        return Err(wrong(format!(
                            "{number} was {what} at {offset}, and {found:?} is there"
                        )));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether the numbers rise with the offsets: no record is there twice, and none before an earlier one.
fn in_order(numbers: &[(i64, i64)]) -> Result<(), String> {
    match numbers.array_windows().find(|[earlier, later]| earlier.0 >= later.0 || earlier.1 >= later.1) {
        Some([earlier, later]) => Err(format!("it holds {earlier:?} before {later:?} (offset, number)")),
        None => Ok(()),
    }
}

fn is_last_of_its_key(numbers: &BTreeMap<i64, i64>, offset: i64, number: i64) -> bool {
    !numbers.range(offset + 1..).any(|(_, later)| later % KEYS == number % KEYS)
}

/// The number that a record begins with.
fn number_in(value: Option<&[u8]>) -> i64 {
    let digits = value.and_then(|value| value.get(..12)).expect("every record begins with its number");
    std::str::from_utf8(digits).expect("digits are text").parse().expect("digits are a number")
}
