//! The load of the benches: the same requests against any Kafka-protocol broker, built once and sent again and again, so that
//! what is measured is the broker.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use fluxmq_protocol::header::ResponseHeader;
use fluxmq_protocol::messages::create_topics::{CreatableTopic, CreateTopicsRequest};
use fluxmq_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};
use fluxmq_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use fluxmq_protocol::record::builder::BatchBuilder;
use fluxmq_protocol::record::compression::Compression;
use fluxmq_protocol::wire::Reader;
use fluxmq_protocol::{Decode, ProtocolRequest};

use crate::connection;
use crate::process::cpu_seconds;

const PRODUCE_VERSION: i16 = 9;
const FETCH_VERSION: i16 = 12;
const RECORD_SIZE: usize = 100;

/// What records to send, and how.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub batch_records: usize,
    pub records: usize,
    /// Requests that are sent at once and waited for together.
    pub in_flight: usize,
}

/// What a load took.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub records: usize,
    pub requests: usize,
    pub seconds: f64,
    /// Of the broker's process; 0 where its process id is not known.
    pub cpu_seconds: f64,
}

impl Figures {
    pub fn records_per_second(&self) -> f64 {
        self.records as f64 / self.seconds
    }

    pub fn cpu_seconds_per_million(&self) -> f64 {
        self.cpu_seconds / self.records as f64 * 1e6
    }

    pub fn cpu_micros_per_request(&self) -> f64 {
        self.cpu_seconds / self.requests as f64 * 1e6
    }
}

/// Durations, of which shares are asked for.
#[derive(Debug)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn new(mut taken: Vec<Duration>) -> Latencies {
        taken.sort_unstable();
        Latencies(taken)
    }

    /// The time, in milliseconds, within which this share of all was done.
    pub fn at_ms(&self, share: f64) -> f64 {
        self.0[(self.0.len() as f64 * share) as usize].as_secs_f64() * 1e3
    }
}

/// One connection to a broker, and topics of its own.
#[derive(Debug)]
pub struct Load {
    stream: TcpStream,
    process_id: u32,
    acks: i16,
    run: String,
    answer: Vec<u8>,
}

impl Load {
    /// Connects and creates topics of one partition each.
    pub fn start(broker: &str, process_id: u32, acks: i16, topics: &[&str]) -> io::Result<Load> {
        let run = format!("load-{}", fastrand::u64(..));
        let mut load = Load { stream: connect(broker)?, process_id, acks, run, answer: Vec::new() };
        load.create_topics(topics)?;
        Ok(load)
    }

    /// Another connection, to the same topics.
    fn another(&self) -> io::Result<Load> {
        let (stream, run) = (connect(self.stream.peer_addr()?)?, self.run.clone());
        Ok(Load { stream, process_id: self.process_id, acks: self.acks, run, answer: Vec::new() })
    }

    fn topic(&self, name: &str) -> String {
        format!("{}-{name}", self.run)
    }

    fn create_topics(&mut self, names: &[&str]) -> io::Result<()> {
        let topic = |name: &&str| CreatableTopic {
            name: self.topic(name),
            num_partitions: 1,
            replication_factor: 1,
            ..Default::default()
        };
        let topics = names.iter().map(topic).collect();
        let request = CreateTopicsRequest { topics, timeout_ms: 10_000, ..Default::default() };
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

    /// Sends records of 100 bytes as fast as they are answered.
    pub fn produce(&mut self, topic: &str, shape: Shape) -> io::Result<Figures> {
        let topic = self.topic(topic);
        let request = framed(&produce_request(&topic, shape.batch_records, self.acks), PRODUCE_VERSION);
        let started = self.begin();
        let requests = shape.records / shape.batch_records;
        let burst = request.repeat(shape.in_flight);
        let mut left = requests;
        while left > 0 {
            let now = left.min(shape.in_flight);
            self.stream.write_all(&burst[..now * request.len()])?;
            if self.acks != 0 {
                for _ in 0..now {
                    self.read_answer()?;
                }
                self.check_answer(&topic);
            }
            left -= now;
        }
        Ok(self.figures(requests * shape.batch_records, requests, started))
    }

    /// Reads a topic from its beginning to its end.
    pub fn fetch(&mut self, topic: &str) -> io::Result<Figures> {
        let topic = self.topic(topic);
        let started = self.begin();
        let (mut offset, mut requests) = (0, 0);
        loop {
            self.stream.write_all(&framed(&fetch_request(&topic, offset, 0), FETCH_VERSION))?;
            self.read_answer()?;
            requests += 1;
            match next_offset(&self.answer, topic.len()) {
                Some(next) => offset = next,
                None => break,
            }
        }
        Ok(self.figures(usize::try_from(offset).unwrap_or(0), requests, started))
    }

    /// Sends batch after batch to a new topic, while so many consumers wait for each at its end. Requests are counted that send.
    pub fn follow(&mut self, topic: &str, shape: Shape, followers: usize) -> io::Result<Figures> {
        let topic = self.topic(topic);
        let request = framed(&produce_request(&topic, shape.batch_records, self.acks), PRODUCE_VERSION);
        let followers = std::iter::repeat_with(|| self.another()).take(followers);
        let mut followers = followers.collect::<io::Result<Vec<Load>>>()?;
        let started = self.begin();
        let requests = shape.records / shape.batch_records;
        let mut end = 0;
        for _ in 0..requests {
            let fetch = framed(&fetch_request(&topic, end, 30_000), FETCH_VERSION);
            for follower in &mut followers {
                follower.stream.write_all(&fetch)?;
            }
            self.stream.write_all(&request)?;
            self.read_answer()?;
            end += shape.batch_records as i64;
            for follower in &mut followers {
                follower.read_answer()?;
                assert_eq!(next_offset(&follower.answer, topic.len()), Some(end), "a follower reads all");
            }
        }
        Ok(self.figures(requests * shape.batch_records, requests, started))
    }

    /// One record each millisecond, from write to answer.
    pub fn latencies(&mut self, topic: &str, records: u32) -> io::Result<Latencies> {
        let topic = self.topic(topic);
        let request = framed(&produce_request(&topic, 1, self.acks), PRODUCE_VERSION);
        let mut taken = Vec::with_capacity(records as usize);
        let begin = Instant::now();
        for index in 0..records {
            let due = begin + Duration::from_millis(1) * index;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let sent = Instant::now();
            self.stream.write_all(&request)?;
            if self.acks != 0 {
                self.read_answer()?;
                self.check_answer(&topic);
            }
            taken.push(sent.elapsed());
        }
        Ok(Latencies::new(taken))
    }

    fn check_answer(&self, topic: &str) {
        // Correlation id, tags, one topic, its name, one partition, index: then the error code.
        let at = 4 + 1 + 1 + 1 + topic.len() + 1 + 4;
        assert_eq!(self.answer[at..at + 2], [0, 0], "the broker refused a batch");
    }

    fn begin(&self) -> (Instant, f64) {
        (Instant::now(), cpu_seconds(self.process_id))
    }

    fn figures(&self, records: usize, requests: usize, (begin, cpu_before): (Instant, f64)) -> Figures {
        let seconds = begin.elapsed().as_secs_f64();
        Figures { records, requests, seconds, cpu_seconds: cpu_seconds(self.process_id) - cpu_before }
    }
}

fn connect(broker: impl ToSocketAddrs) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(broker)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

fn framed<R: ProtocolRequest>(request: &R, version: i16) -> Vec<u8> {
    connection::framed(request, version, 1)
}

fn produce_request(topic: &str, batch: usize, acks: i16) -> ProduceRequest {
    let mut builder = BatchBuilder::new(Compression::None, None);
    let value = [b'x'; RECORD_SIZE];
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    for _ in 0..batch {
        builder.append(now_ms as i64, None, Some(&value), &[]);
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
