//! What many partitions cost: creating them, and starting over them after a kill and after an orderly stop.
//!
//! ```text
//! cargo bench -p fluxmq-tests --bench scale                        this workspace's own broker
//! cargo bench -p fluxmq-tests --bench scale -- --start 'java .. kafka.Kafka server.properties' \
//!     --broker 127.0.0.1:9092 --data-dir DIR                       any other, whose command stays in the foreground
//! ```
//! `--only crash`, `--only create` and `--only clean` run one part; `--topics`, `--partitions` and `--gigabytes` change the
//! sizes. Each part leaves its topics to those after it. Figures of two brokers compare only when both
//! were taken on one machine.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "it prints figures and ends at the first surprise"
)]

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use fluxmq_protocol::messages::create_topics::{CreatableTopic, CreateTopicsRequest};
use fluxmq_protocol::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use fluxmq_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use fluxmq_protocol::record::builder::BatchBuilder;
use fluxmq_protocol::record::compression::Compression;
use fluxmq_tests::connection::Connection;
use fluxmq_tests::{command, fluxctl, process};
use tempfile::TempDir;

const PRODUCE_VERSION: i16 = 9;
const LIST_OFFSETS_VERSION: i16 = 7;
const PATIENCE: Duration = Duration::from_secs(300);
/// How many records a sparse log holds, each of nearly a megabyte of zeros.
const SPARSE_RECORDS: usize = 100;
const SPARSE_RECORD_SIZE: usize = 1_000_000;
/// What a file system leaves out of a file, if all of it is zero.
const BLOCK: usize = 4096;

fn main() {
    let (options, only) = Options::parse();
    let mut broker = Host::start(options);
    let wanted = |part: &str| only.is_empty() || only == part;
    if wanted("crash") {
        crash(&mut broker);
    }
    if wanted("create") {
        creation(&mut broker);
    }
    // Last: a start after a kill would look through the files that it has put in the place of others.
    if wanted("clean") {
        clean(&mut broker);
    }
}

/// Many topics, one request each.
fn creation(broker: &mut Host) {
    let (topics, partitions) = (broker.options.topics, broker.options.partitions);
    println!("-- {topics} topics of {partitions} partitions");
    let (memory, files) = (broker.resident_mib(), broker.open_files());
    let begin = Instant::now();
    for number in 0..topics {
        broker.create(&format!("many-{number}"), partitions);
    }
    row("created and led", &seconds(begin.elapsed()));
    row("more memory", &format!("{:.0} MiB", broker.resident_mib() - memory));
    row("more open files", &(broker.open_files() - files).to_string());
    let last = format!("many-{}", topics - 1);
    broker.kill();
    broker.restart("after kill -9", &last);
    broker.stop();
    broker.restart("after an orderly stop", &last);
}

/// Gigabytes of records in many partitions, then a kill.
fn crash(broker: &mut Host) {
    let (partitions, bytes) = (broker.options.partitions, broker.options.gigabytes * 1e9);
    println!("-- {} GB in {partitions} partitions", broker.options.gigabytes);
    broker.create("data", partitions);
    let batch = batch(100, 1000, b'x');
    let rounds = (bytes / f64::from(partitions) / batch.len() as f64).ceil() as usize;
    let begin = Instant::now();
    for _ in 0..rounds {
        broker.produce_to_all("data", &batch);
    }
    row("written with acks=1", &seconds(begin.elapsed()));
    row("memory", &format!("{:.0} MiB", broker.resident_mib()));
    broker.kill();
    broker.restart("after kill -9", "data");
    broker.kill();
    broker.restart("after kill -9 again", "data");
}

/// 100 MB in each partition, nearly all of it zeros that take no place on the disk; an orderly stop and a start.
fn clean(broker: &mut Host) {
    let partitions = broker.options.partitions;
    println!("-- {partitions} partitions x {} MB, sparse", SPARSE_RECORDS * SPARSE_RECORD_SIZE / 1_000_000);
    broker.create("sparse", partitions + 1);
    // The pattern lies in the first partition. The others get as many records, so that what the broker writes down about
    // their ends stays true when the pattern's files take the place of theirs.
    let large = batch(1, SPARSE_RECORD_SIZE, 0);
    for _ in 0..SPARSE_RECORDS {
        broker.produce("sparse", &[0], &large);
    }
    broker.produce_to_all_but_first("sparse", &batch(SPARSE_RECORDS, 1, 0));
    broker.stop();
    for name in ["log", "index", "timeindex"] {
        let pattern = Pattern::of(&broker.file("sparse", 0, name));
        (1..=partitions).for_each(|partition| pattern.put(&broker.file("sparse", partition, name)));
    }
    broker.restart("after an orderly stop", "sparse");
    row("memory", &format!("{:.0} MiB", broker.resident_mib()));
    let ends = broker.ends("sparse").expect("every partition answers");
    assert!(ends.iter().all(|end| *end == SPARSE_RECORDS as i64), "a partition ends elsewhere: {ends:?}");
}

#[derive(Debug)]
struct Options {
    broker: String,
    start: String,
    data_dir: PathBuf,
    topics: i32,
    partitions: i32,
    gigabytes: f64,
    /// The broker's home, and its data where nothing else is named; removed at the end.
    home: TempDir,
}

impl Options {
    fn parse() -> (Options, String) {
        let home = TempDir::new().expect("a temporary folder can be made");
        let data_dir = home.path().join("data");
        let mut options = Options {
            broker: "127.0.0.1:29792".to_owned(),
            start: String::new(),
            data_dir,
            topics: 10,
            partitions: 1000,
            gigabytes: 4.2,
            home,
        };
        let mut only = String::new();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
            match word.as_str() {
                "--broker" => options.broker = value(),
                "--start" => options.start = value(),
                "--data-dir" => options.data_dir = value().into(),
                "--topics" => options.topics = value().parse().expect("--topics takes a number"),
                "--partitions" => options.partitions = value().parse().expect("--partitions takes a number"),
                "--gigabytes" => options.gigabytes = value().parse().expect("--gigabytes takes a number"),
                "--only" => only = value(),
                "--bench" => {}
                other => panic!("unknown argument {other}"),
            }
        }
        if options.start.is_empty() {
            let port = options.broker.rsplit(':').next().unwrap_or_default();
            options.start = format!(
                "'{}' broker start --no-profile --log-level warn --port {port} --data-dir '{}'",
                fluxctl::path().display(),
                options.data_dir.display()
            );
        }
        (options, only)
    }

    /// What the broker says on standard error.
    fn log(&self) -> PathBuf {
        self.home.path().join("broker.log")
    }
}

/// A broker that is ended and started again.
#[derive(Debug)]
struct Host {
    options: Options,
    child: Child,
}

impl Host {
    fn start(options: Options) -> Host {
        let mut host = Host { child: spawn(&options), options };
        let answered = host.wait_for(|address| Connection::open(address).map(drop).ok());
        row("the broker listens", &seconds(answered));
        host
    }

    fn kill(&mut self) {
        self.child.kill().expect("an own child can be killed");
        self.child.wait().expect("an own child can be waited for");
    }

    fn stop(&mut self) {
        let begin = Instant::now();
        process::terminate(self.child.id());
        assert!(command::wait(&mut self.child, PATIENCE).is_some(), "the broker does not stop");
        row("an orderly stop", &seconds(begin.elapsed()));
    }

    /// Starts the broker, and tells how long it took until it answered for one partition, and for all of `topic`.
    fn restart(&mut self, what: &str, topic: &str) {
        let begin = Instant::now();
        self.child = spawn(&self.options);
        self.wait_for(|address| ends(address, topic, 1));
        row(&format!("start {what}, first answer"), &seconds(begin.elapsed()));
        let partitions = self.options.partitions;
        self.wait_for(|address| ends(address, topic, partitions));
        row(&format!("start {what}, all partitions of `{topic}`"), &seconds(begin.elapsed()));
    }

    /// Asks again and again until there is an answer; how long that took.
    fn wait_for<T>(&mut self, answer: impl Fn(&str) -> Option<T>) -> Duration {
        let begin = Instant::now();
        while answer(&self.options.broker).is_none() {
            let ended = self.child.try_wait().expect("an own child can be looked at");
            assert!(ended.is_none(), "the broker ended: {ended:?}");
            assert!(begin.elapsed() < PATIENCE, "the broker does not answer");
            std::thread::sleep(Duration::from_millis(1));
        }
        begin.elapsed()
    }

    /// Creates a topic and waits until every partition has an end.
    fn create(&mut self, name: &str, partitions: i32) {
        let topic = CreatableTopic {
            name: name.to_owned(),
            num_partitions: partitions,
            replication_factor: 1,
            ..Default::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 120_000, ..Default::default() };
        let mut connection = Connection::open(&self.options.broker).unwrap();
        let response = connection.call(&request, 5).expect("topics can be created");
        assert!(response.topics[0].error_code.is_ok(), "`{name}`: {}", response.topics[0].error_code);
        self.wait_for(|address| ends(address, name, partitions));
    }

    fn ends(&self, topic: &str) -> Option<Vec<i64>> {
        ends(&self.options.broker, topic, self.options.partitions)
    }

    fn produce_to_all(&self, topic: &str, batch: &Bytes) {
        self.produce(topic, &(0..self.options.partitions).collect::<Vec<_>>(), batch);
    }

    fn produce_to_all_but_first(&self, topic: &str, batch: &Bytes) {
        self.produce(topic, &(1..=self.options.partitions).collect::<Vec<_>>(), batch);
    }

    /// The same batch for each of some partitions, a few megabytes a request.
    fn produce(&self, topic: &str, partitions: &[i32], batch: &Bytes) {
        let mut connection = Connection::open(&self.options.broker).unwrap();
        for partitions in partitions.chunks(20) {
            let data = |&index| PartitionProduceData { index, records: Some(batch.clone()) };
            let topic = TopicProduceData {
                name: topic.to_owned(),
                partition_data: partitions.iter().map(data).collect(),
                ..Default::default()
            };
            let request = ProduceRequest {
                transactional_id: None,
                acks: 1,
                timeout_ms: 30_000,
                topic_data: vec![topic],
            };
            let response = connection.call(&request, PRODUCE_VERSION).expect("produce is answered");
            let answers = &response.responses[0].partition_responses;
            let refused = answers.iter().find(|answer| !answer.error_code.is_ok());
            assert!(refused.is_none(), "a batch was refused: {refused:?}");
        }
    }

    /// The first segment's file of a kind.
    fn file(&self, topic: &str, partition: i32, kind: &str) -> PathBuf {
        self.options.data_dir.join(format!("{topic}-{partition}")).join(format!("{:020}.{kind}", 0))
    }

    fn resident_mib(&self) -> f64 {
        process::resident_bytes(self.child.id()) as f64 / f64::from(1 << 20)
    }

    fn open_files(&self) -> usize {
        process::open_files(self.child.id())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            println!("the broker said: {}", fs::read_to_string(self.options.log()).unwrap_or_default());
        }
    }
}

/// The log end offsets of a topic's first partitions, if the broker answers for each of them.
fn ends(address: &str, topic: &str, partitions: i32) -> Option<Vec<i64>> {
    const LATEST: i64 = -1;
    let partition =
        |partition_index| ListOffsetsPartition { partition_index, timestamp: LATEST, ..Default::default() };
    let topic =
        ListOffsetsTopic { name: topic.to_owned(), partitions: (0..partitions).map(partition).collect() };
    let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
    let response =
        Connection::open(address).and_then(|mut to| to.call(&request, LIST_OFFSETS_VERSION)).ok()?;
    let answers = &response.topics.first()?.partitions;
    answers.iter().map(|answer| answer.error_code.is_ok().then_some(answer.offset)).collect()
}

/// The broker's command, which is to become the process itself, so that it can be measured and killed.
fn spawn(options: &Options) -> Child {
    let mut shell = Command::new("bash");
    command::scrub(&mut shell, options.home.path()).arg("-c").arg(format!("exec {}", options.start));
    let log = File::options().create(true).append(true).open(options.log()).unwrap();
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    shell.spawn().expect("the broker can be started")
}

fn batch(records: usize, size: usize, fill: u8) -> Bytes {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let mut batch = BatchBuilder::new(Compression::None, None);
    for _ in 0..records {
        batch.append(now_ms, None, Some(&vec![fill; size]), &[]);
    }
    batch.build().unwrap()
}

/// What a file holds, without its blocks of zeros.
#[derive(Debug)]
struct Pattern {
    size: u64,
    blocks: Vec<(u64, Vec<u8>)>,
}

impl Pattern {
    fn of(path: &Path) -> Pattern {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()));
        let blocks = (0..).step_by(BLOCK).zip(bytes.chunks(BLOCK));
        let blocks = blocks.filter(|(_, block)| block.iter().any(|byte| *byte != 0));
        Pattern { size: bytes.len() as u64, blocks: blocks.map(|(at, block)| (at, block.to_vec())).collect() }
    }

    /// Puts the same content into another file.
    fn put(&self, path: &Path) {
        let file = File::create(path).unwrap();
        file.set_len(self.size).unwrap();
        self.blocks.iter().for_each(|(at, block)| file.write_all_at(block, *at).unwrap());
    }
}

fn row(what: &str, value: &str) {
    println!("{what:<60} {value:>12}");
}

fn seconds(duration: Duration) -> String {
    format!("{:.3} s", duration.as_secs_f64())
}
