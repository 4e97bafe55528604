//! What it costs that acks=all waits for the disk: this workspace's broker strict and relaxed, beside what the disk itself can
//! do, and beside another broker if one is named.
//!
//! ```text
//! cargo bench -p fluxmq-tests --bench durability
//! cargo bench -p fluxmq-tests --bench durability -- --against 127.0.0.1:19092 --pid PID [--records 2000000] [--rounds 3]
//! ```
//! An Apache Kafka that keeps the same promise is one with `log.flush.interval.messages=1`, its log on the same file system;
//! `TMPDIR` says where ours keeps its own. The brokers are measured in turn, several times, and the median counts.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "it prints figures and ends at the first surprise"
)]

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::load::{Latencies, Load, Shape};

const ACKS_ALL: i16 = -1;
const LATENCY_RECORDS: u32 = 3_000;
/// How often the disk is asked by itself in each round, a batch of one record each time.
const SYNCS: usize = 1_000;
const SYNC_BYTES: usize = 180;

fn main() -> io::Result<()> {
    let options = Options::parse();
    let start =
        |durability: &str| Broker::start(Storage::Disk, &["--durability", durability, "--log-level", "warn"]);
    let (strict, relaxed) = (start("strict"), start("relaxed"));
    let mut subjects = vec![
        Subject::new("fluxmq, strict", &strict.address(), strict.process_id()),
        Subject::new("fluxmq, relaxed", &relaxed.address(), relaxed.process_id()),
    ];
    if let Some(address) = &options.against {
        subjects.push(Subject::new(address, address, options.pid));
    }
    let mut disk = Vec::new();
    for _ in 0..options.rounds {
        disk.extend(sync_durations(&strict.data_dir())?);
        for subject in &mut subjects {
            subject.measure(options.records)?;
        }
    }
    let disk = Latencies::new(disk);
    println!(
        "acks=all over one connection: batches of 100 records of 100 bytes, 5 in flight; then 1,000 records a second"
    );
    println!("{:<24}{:>12}{:>16}{:>10}{:>10}", "", "records/s", "CPU s/million", "p50 ms", "p99 ms");
    println!("{:<52}{:>10.3}{:>10.3}", "fdatasync by itself", disk.at_ms(0.5), disk.at_ms(0.99));
    for subject in &subjects {
        let [records, cpu, p50, p99] = subject.medians();
        println!("{:<24}{records:>12.0}{cpu:>16.3}{p50:>10.3}{p99:>10.3}", subject.name);
    }
    let [records, cpu, p50, p99] = subjects[0].medians();
    for other in &subjects[1..] {
        let [other_records, other_cpu, other_p50, other_p99] = other.medians();
        println!(
            "strict beside {}: {:.1} x the records/s, {:.2} x the CPU, {:.2} x the p50, {:.2} x the p99",
            other.name,
            records / other_records,
            cpu / other_cpu,
            p50 / other_p50,
            p99 / other_p99
        );
    }
    Ok(())
}

struct Options {
    against: Option<String>,
    pid: u32,
    records: usize,
    rounds: usize,
}

impl Options {
    fn parse() -> Options {
        let mut options = Options { against: None, pid: 0, records: 2_000_000, rounds: 3 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
            match word.as_str() {
                "--against" => options.against = Some(value()),
                "--pid" => options.pid = value().parse().expect("--pid takes a number"),
                "--records" => options.records = value().parse().expect("--records takes a number"),
                "--rounds" => options.rounds = value().parse().expect("--rounds takes a number"),
                "--bench" => {}
                other => panic!("unknown argument {other}"),
            }
        }
        options
    }
}

/// A broker and what it took in each round: records per second, CPU seconds per million records, p50 and p99 in ms.
struct Subject {
    name: String,
    address: String,
    process_id: u32,
    rounds: Vec<[f64; 4]>,
}

impl Subject {
    fn new(name: &str, address: &str, process_id: u32) -> Subject {
        Subject { name: name.to_owned(), address: address.to_owned(), process_id, rounds: Vec::new() }
    }

    fn measure(&mut self, records: usize) -> io::Result<()> {
        let mut load = Load::start(&self.address, self.process_id, ACKS_ALL, &["batches", "latency"])?;
        let shape = Shape { batch_records: 100, records, in_flight: 5 };
        load.produce("batches", Shape { records: records / 10, ..shape })?;
        let figures = load.produce("batches", shape)?;
        load.latencies("latency", LATENCY_RECORDS / 10)?;
        let taken = load.latencies("latency", LATENCY_RECORDS)?;
        self.rounds.push([
            figures.records_per_second(),
            figures.cpu_seconds_per_million(),
            taken.at_ms(0.5),
            taken.at_ms(0.99),
        ]);
        Ok(())
    }

    fn medians(&self) -> [f64; 4] {
        [0, 1, 2, 3].map(|column| {
            let mut values: Vec<f64> = self.rounds.iter().map(|round| round[column]).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        })
    }
}

/// How long the disk takes to make a small append durable, with nothing else under way.
fn sync_durations(folder: &Path) -> io::Result<Vec<Duration>> {
    let mut file = File::create(folder.join("sync-alone"))?;
    let mut taken = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        file.write_all(&[b'x'; SYNC_BYTES])?;
        let begin = Instant::now();
        file.sync_data()?;
        taken.push(begin.elapsed());
    }
    std::fs::remove_file(folder.join("sync-alone"))?;
    Ok(taken)
}
