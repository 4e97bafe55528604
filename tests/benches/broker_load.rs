//! What a broker costs: the same load against any Kafka-protocol broker, with the broker's own CPU time read from /proc.
//!
//! ```text
//! cargo bench -p fluxmq-tests --bench broker_load -- --broker 127.0.0.1:9092 --pid PID [--records 2000000] [--acks 1]
//! ```
//! Figures of two brokers compare only when both were taken in one run on one machine.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "it prints figures and ends at the first surprise"
)]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::Bytes;
use fluxmq_protocol::header::{RequestHeader, ResponseHeader};
use fluxmq_protocol::messages::create_topics::{CreatableTopic, CreateTopicsRequest};
use fluxmq_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};
use fluxmq_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use fluxmq_protocol::record::builder::BatchBuilder;
use fluxmq_protocol::record::compression::Compression;
use fluxmq_protocol::wire::{Reader, Writer};
use fluxmq_protocol::{Decode, ProtocolRequest};
use fluxmq_tests::process::cpu_seconds;

const PRODUCE_VERSION: i16 = 9;
const FETCH_VERSION: i16 = 12;
const RECORD_SIZE: usize = 100;
const BATCH_RECORDS: usize = 100;
const IN_FLIGHT: usize = 5;

fn main() -> io::Result<()> {
    let options = Options::parse();
    let mut load = Load::connect(&options)?;
    load.create_topics()?;
    load.produce("warm-up", "batches", BATCH_RECORDS, options.records / 10, IN_FLIGHT)?;
    load.produce("produce, batches of 100", "batches", BATCH_RECORDS, options.records, IN_FLIGHT)?;
    load.fetch("fetch", "batches")?;
    load.produce("produce, single records, 5 in flight", "singles", 1, options.records / 20, IN_FLIGHT)?;
    load.produce("produce, single records, 1 in flight", "singles", 1, options.records / 40, 1)?;
    load.latency()
}

struct Options {
    broker: String,
    pid: u32,
    records: usize,
    acks: i16,
}

impl Options {
    fn parse() -> Options {
        let mut options =
            Options { broker: "127.0.0.1:9092".to_owned(), pid: 0, records: 2_000_000, acks: 1 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
            match word.as_str() {
                "--broker" => options.broker = value(),
                "--pid" => options.pid = value().parse().expect("--pid takes a number"),
                "--records" => options.records = value().parse().expect("--records takes a number"),
                "--acks" => options.acks = value().parse().expect("--acks takes -1, 0 or 1"),
                "--bench" => {}
                other => panic!("unknown argument {other}"),
            }
        }
        options
    }
}

struct Load {
    stream: TcpStream,
    pid: u32,
    acks: i16,
    run: String,
    answer: Vec<u8>,
}

impl Load {
    fn connect(options: &Options) -> io::Result<Load> {
        let stream = TcpStream::connect(&options.broker)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let run = format!("load-{}", fastrand::u64(..));
        Ok(Load { stream, pid: options.pid, acks: options.acks, run, answer: Vec::new() })
    }

    fn topic(&self, name: &str) -> String {
        format!("{}-{name}", self.run)
    }

    fn create_topics(&mut self) -> io::Result<()> {
        let topics = ["batches", "singles", "latency"].map(|name| CreatableTopic {
            name: self.topic(name),
            num_partitions: 1,
            replication_factor: 1,
            ..Default::default()
        });
        let request = CreateTopicsRequest { topics: topics.into(), timeout_ms: 10_000, ..Default::default() };
        let response = self.call(&request, 5)?;
        for topic in response.topics {
            assert!(topic.error_code.is_ok(), "{}: {}", topic.name, topic.error_code);
        }
        // Apache Kafka answers before the leader is ready.
        std::thread::sleep(Duration::from_secs(1));
        Ok(())
    }

    fn call<R: ProtocolRequest>(&mut self, request: &R, version: i16) -> io::Result<R::Response> {
        self.stream.write_all(&framed(request, version))?;
        self.read_answer()?;
        let frame = Bytes::from(std::mem::take(&mut self.answer));
        let mut reader = Reader::new(&frame);
        ResponseHeader::read(&mut reader, R::API_KEY, version).map_err(io::Error::other)?;
        R::Response::decode(&mut reader, version).map_err(io::Error::other)
    }

    fn read_answer(&mut self) -> io::Result<()> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        self.answer.resize(u32::from_be_bytes(length) as usize, 0);
        self.stream.read_exact(&mut self.answer)
    }

    fn produce(
        &mut self,
        what: &str,
        topic: &str,
        batch: usize,
        records: usize,
        in_flight: usize,
    ) -> io::Result<()> {
        let request = framed(&produce_request(&self.topic(topic), batch, self.acks), PRODUCE_VERSION);
        let started = (Instant::now(), cpu_seconds(self.pid));
        let requests = records / batch;
        let burst = request.repeat(in_flight);
        let mut left = requests;
        while left > 0 {
            let now = left.min(in_flight);
            self.stream.write_all(&burst[..now * request.len()])?;
            if self.acks != 0 {
                for _ in 0..now {
                    self.read_answer()?;
                }
                // Correlation id, tags, one topic, its name, one partition, index: then the error code.
                let at = 4 + 1 + 1 + 1 + self.topic(topic).len() + 1 + 4;
                assert_eq!(self.answer[at..at + 2], [0, 0], "the broker refused a batch");
            }
            left -= now;
        }
        self.report(what, requests * batch, requests, started);
        Ok(())
    }

    fn fetch(&mut self, what: &str, topic: &str) -> io::Result<()> {
        let started = (Instant::now(), cpu_seconds(self.pid));
        let (mut offset, mut requests) = (0, 0);
        loop {
            let request = fetch_request(&self.topic(topic), offset, 0);
            self.stream.write_all(&framed(&request, FETCH_VERSION))?;
            self.read_answer()?;
            requests += 1;
            match next_offset(&self.answer, self.topic(topic).len()) {
                Some(next) => offset = next,
                None => break,
            }
        }
        self.report(what, usize::try_from(offset).unwrap_or(0), requests, started);
        Ok(())
    }

    /// One record each millisecond for five seconds, from write to answer.
    fn latency(&mut self) -> io::Result<()> {
        let request = framed(&produce_request(&self.topic("latency"), 1, self.acks), PRODUCE_VERSION);
        let mut taken = Vec::with_capacity(5_000);
        let begin = Instant::now();
        for index in 0..5_000_u32 {
            let due = begin + Duration::from_millis(1) * index;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let sent = Instant::now();
            self.stream.write_all(&request)?;
            self.read_answer()?;
            taken.push(sent.elapsed());
        }
        taken.sort_unstable();
        let at = |share: f64| taken[(taken.len() as f64 * share) as usize].as_secs_f64() * 1e3;
        println!(
            "latency at 1,000 records/s: p50 {:.3} ms, p99 {:.3} ms, p99.9 {:.3} ms",
            at(0.5),
            at(0.99),
            at(0.999)
        );
        Ok(())
    }

    fn report(&self, what: &str, records: usize, requests: usize, started: (Instant, f64)) {
        let seconds = started.0.elapsed().as_secs_f64();
        let cpu = cpu_seconds(self.pid) - started.1;
        println!(
            "{what}: {records} records in {requests} requests, {:.0} records/s; broker CPU {:.3} s per million records, {:.2} us per request",
            records as f64 / seconds,
            cpu / records as f64 * 1e6,
            cpu / requests as f64 * 1e6
        );
    }
}

fn framed<R: ProtocolRequest>(request: &R, version: i16) -> Vec<u8> {
    let mut out = Vec::new();
    fluxmq_protocol::frame::write_frame(&mut out, |out| {
        let mut writer = Writer::new(out);
        let header = RequestHeader {
            api_key: R::API_KEY.code(),
            api_version: version,
            correlation_id: 1,
            client_id: Some("load"),
        };
        header.write(&mut writer)?;
        request.encode(&mut writer, version)
    })
    .expect("the request can be encoded");
    out
}

fn produce_request(topic: &str, batch: usize, acks: i16) -> ProduceRequest {
    let mut builder = BatchBuilder::new(Compression::None, None);
    let value = [b'x'; RECORD_SIZE];
    let now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    for _ in 0..batch {
        builder.append(now_ms.as_millis() as i64, None, Some(&value), &[]);
    }
    let records = builder.build().expect("the batch can be built");
    let partition = PartitionProduceData { index: 0, records: Some(records) };
    let data =
        TopicProduceData { name: topic.to_owned(), partition_data: vec![partition], ..Default::default() };
    ProduceRequest { transactional_id: None, acks, timeout_ms: 30_000, topic_data: vec![data] }
}

fn fetch_request(topic: &str, offset: i64, max_wait_ms: i32) -> FetchRequest {
    let partition = FetchPartition {
        partition: 0,
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    };
    let topic = FetchTopic { topic: topic.to_owned(), partitions: vec![partition], ..Default::default() };
    FetchRequest { max_wait_ms, min_bytes: 1, max_bytes: 50 << 20, topics: vec![topic], ..Default::default() }
}

/// The offset after the last whole batch of a fetch answer, found without looking at records; `None` when it is empty.
fn next_offset(answer: &[u8], topic_len: usize) -> Option<i64> {
    // Correlation id, tags, throttle time, error, session, one topic, its name, one partition, index, error, high watermark,
    // last stable offset, log start offset, aborted transactions, preferred replica.
    let mut at = 4 + 1 + 4 + 2 + 4 + 1 + 1 + topic_len + 1 + 4 + 2 + 8 + 8 + 8 + 1 + 4;
    while answer[at] & 0x80 != 0 {
        at += 1;
    }
    at += 1;
    let mut next = None;
    while let Some(header) = answer.get(at..at + 61) {
        let base = i64::from_be_bytes(header[..8].try_into().expect("8 bytes"));
        let length = i32::from_be_bytes(header[8..12].try_into().expect("4 bytes"));
        let last_delta = i32::from_be_bytes(header[23..27].try_into().expect("4 bytes"));
        at += 12 + usize::try_from(length).expect("a batch has a length");
        if at > answer.len() {
            break;
        }
        next = Some(base + i64::from(last_delta) + 1);
    }
    next
}
