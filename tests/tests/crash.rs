//! A broker killed under load, again and again: what it acknowledged is there, once, in order.
//!
//! The same with a foreign producer is a case of `interop`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "this is test code")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{io, iter};

use bytes::Bytes;
use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::init_producer_id::InitProducerIdRequest;
use fluxmq_protocol::record::builder::BatchBuilder;
use fluxmq_protocol::record::compression::Compression;
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::connection::Connection;
use fluxmq_tests::stored;
use fluxmq_tests::variables::{rounds, seed};

const PARTITIONS: i32 = 3;
/// How often the broker is killed where `FLUXMQ_KILLS` does not say.
const KILLS: usize = 6;
const PRODUCE_VERSION: i16 = 9;
/// As many as a broker remembers for each producer.
const UNDER_WAY_MAX: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn every_acknowledged_record_is_there_once_and_in_order() {
    let seed = seed();
    let mut random = fastrand::Rng::with_seed(seed);
    // Small segments, so that several have to be looked through after a crash.
    let mut broker = Broker::start(Storage::Disk, &["-c", "log.segment.bytes=1048576"]);
    let topic = stored::create_topic(&broker.address(), "crash", PARTITIONS);
    let load =
        Load { address: broker.address(), topic, stop: AtomicBool::new(false), batches: AtomicU64::new(0) };
    let (load, random) = (&load, &mut random);
    let written = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..PARTITIONS)
            .map(|partition| (partition, random.fork()))
            .map(|(partition, random)| scope.spawn(move || Writer::new(load, partition, random).run()))
            .collect();
        for _ in 0..rounds("FLUXMQ_KILLS", KILLS) {
            load.wait_for(random.u64(100..1500));
            broker.kill();
            broker.restart();
        }
        load.wait_for(100);
        load.stop.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().expect("a writer does not panic")).collect::<Vec<_>>()
    });
    // Once more, with nothing under way: what is on the disk is all there is.
    broker.kill();
    broker.restart();
    for (partition, batches) in (0..).zip(&written) {
        check(load, partition, batches);
    }
}

/// The segment was rolled between batches whose answers may still be under way when the broker dies.
#[test]
fn batches_on_both_sides_of_a_roll_are_known_after_a_crash() {
    let mut broker = Broker::start(Storage::Disk, &["-c", "log.segment.bytes=1048576"]);
    let topic = stored::create_topic(&broker.address(), "rolled", 1);
    // The fifth does not fit into the first segment any more.
    let batches: Vec<Bytes> = (0..5).map(|sequence| numbered(7, sequence, 240 << 10)).collect();
    let append_all = |broker: &Broker| -> Vec<i64> {
        let mut connection = Connection::open(&broker.address()).unwrap();
        batches.iter().map(|batch| stored::append(&mut connection, &topic, 0, batch)).collect()
    };
    assert_eq!(append_all(&broker), [0, 1, 2, 3, 4]);
    broker.kill();
    broker.restart();
    assert_eq!(append_all(&broker), [0, 1, 2, 3, 4], "a batch that was there is appended again");
    assert_eq!(stored::records_of(&broker.address(), &topic, 0).len(), 5);
}

/// A batch of one record by an idempotent producer.
fn numbered(producer_id: i64, sequence: i32, size: usize) -> Bytes {
    let mut batch = BatchBuilder::new(Compression::None, None);
    batch.append(now_ms(), None, Some(&vec![b'x'; size]), &[]);
    batch.set_producer(producer_id, 0, sequence);
    batch.build().unwrap()
}

/// A broker forgets producers whose last record is a day old.
fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

/// A batch that was acknowledged: its base offset, its first number, its records.
#[derive(Debug, Clone, Copy)]
struct Acknowledged {
    base_offset: i64,
    first: u64,
    count: u64,
}

/// The numbers of a partition are 0, 1, 2 and so on, and every batch lies where its answer said.
fn check(load: &Load, partition: i32, batches: &[Acknowledged]) {
    let records = stored::records_of(&load.address, &load.topic, partition);
    let numbers: Vec<u64> = records.iter().map(|record| number(record.value.as_deref().unwrap())).collect();
    for (index, &number) in (0..).zip(&numbers) {
        assert_eq!(number, index, "partition {partition}: a record is missing, doubled or out of order");
    }
    for batch in batches {
        let at = usize::try_from(batch.base_offset).unwrap();
        assert_eq!(
            numbers.get(at),
            Some(&batch.first),
            "partition {partition}: {batch:?} is not where it should be"
        );
    }
    let acknowledged: u64 = batches.iter().map(|batch| batch.count).sum();
    assert_eq!(
        numbers.len() as u64,
        acknowledged,
        "partition {partition}: other than the acknowledged records"
    );
}

struct Load {
    address: String,
    topic: String,
    stop: AtomicBool,
    /// How many batches were acknowledged to all writers together.
    batches: AtomicU64,
}

impl Load {
    fn wait_for(&self, more: u64) {
        let (target, deadline) = (self.batches.load(Ordering::Relaxed) + more, Instant::now() + PATIENCE);
        while self.batches.load(Ordering::Relaxed) < target {
            assert!(Instant::now() < deadline, "the writers do not get on");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// An idempotent producer of one partition. What was not acknowledged is sent again over the next connection.
struct Writer<'a> {
    load: &'a Load,
    partition: i32,
    random: fastrand::Rng,
    producer_id: i64,
    next: u64,
    under_way: VecDeque<(Acknowledged, Bytes)>,
    acknowledged: Vec<Acknowledged>,
}

impl<'a> Writer<'a> {
    fn new(load: &'a Load, partition: i32, random: fastrand::Rng) -> Writer<'a> {
        Writer {
            load,
            partition,
            random,
            producer_id: -1,
            next: 0,
            under_way: VecDeque::new(),
            acknowledged: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<Acknowledged> {
        let mut deadline = Instant::now() + PATIENCE;
        let mut progress = 0;
        while self.converse().is_err() {
            if self.acknowledged.len() > progress {
                (progress, deadline) = (self.acknowledged.len(), Instant::now() + PATIENCE);
            }
            assert!(Instant::now() < deadline, "partition {} takes nothing any more", self.partition);
            std::thread::sleep(Duration::from_millis(2));
        }
        self.acknowledged
    }

    /// Writes over one connection until that breaks, or until the load is over and all is acknowledged.
    fn converse(&mut self) -> io::Result<()> {
        let mut connection = Connection::open(&self.load.address)?;
        if self.producer_id < 0 {
            let request = InitProducerIdRequest { transactional_id: None, ..Default::default() };
            let response = connection.call(&request, 2)?;
            assert!(response.error_code.is_ok(), "no producer id: {}", response.error_code);
            self.producer_id = response.producer_id;
        }
        for (_, batch) in &self.under_way {
            self.send(&mut connection, batch)?;
        }
        loop {
            while self.under_way.len() < UNDER_WAY_MAX && !self.load.stop.load(Ordering::Relaxed) {
                let (about, batch) = self.next_batch();
                self.under_way.push_back((about, batch.clone()));
                self.send(&mut connection, &batch)?;
            }
            if self.under_way.is_empty() {
                return Ok(());
            }
            self.take_answer(&mut connection)?;
        }
    }

    fn send(&self, connection: &mut Connection, batch: &Bytes) -> io::Result<()> {
        let request = stored::produce_request(&self.load.topic, self.partition, batch.clone());
        connection.send(&request, PRODUCE_VERSION)
    }

    fn take_answer(&mut self, connection: &mut Connection) -> io::Result<()> {
        let response =
            connection.receive::<fluxmq_protocol::messages::produce::ProduceRequest>(PRODUCE_VERSION)?;
        let answer = &response.responses[0].partition_responses[0];
        // The one before it may have been on its way to the disk when the broker died: begin again.
        if answer.error_code == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER || answer.error_code.is_retriable() {
            return Err(io::Error::other(answer.error_code.to_string()));
        }
        assert!(answer.error_code.is_ok(), "a batch was refused: {}", answer.error_code);
        let (about, _) = self.under_way.pop_front().expect("an answer has a request");
        self.acknowledged.push(Acknowledged { base_offset: answer.base_offset, ..about });
        self.load.batches.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn next_batch(&mut self) -> (Acknowledged, Bytes) {
        let codec = Compression::ALL[self.random.usize(..Compression::ALL.len())];
        let mut batch = BatchBuilder::new(codec, None);
        let (first, count) = (self.next, self.random.u64(1..40));
        for number in first..first + count {
            let filling: Vec<u8> = iter::repeat_with(|| self.random.u8(..)).take(1000).collect();
            let value = [number.to_be_bytes().as_slice(), &filling].concat();
            batch.append(now_ms(), None, Some(&value), &[]);
        }
        batch.set_producer(self.producer_id, 0, i32::try_from(first).unwrap());
        self.next += count;
        (Acknowledged { base_offset: -1, first, count }, batch.build().unwrap())
    }
}

fn number(value: &[u8]) -> u64 {
    u64::from_be_bytes(value[..8].try_into().unwrap())
}
