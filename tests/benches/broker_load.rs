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

use std::io;

use fluxmq_tests::load::{Figures, Load, Shape};

fn main() -> io::Result<()> {
    let options = Options::parse();
    let topics = ["batches", "singles", "followed", "followed-by-4", "followed-batches", "latency"];
    let mut load = Load::start(&options.broker, options.pid, options.acks, &topics)?;
    let batches = Shape { batch_records: 100, records: options.records, in_flight: 5 };
    let singles = Shape { batch_records: 1, records: options.records / 20, in_flight: 5 };
    report("warm-up", load.produce("batches", Shape { records: options.records / 10, ..batches })?);
    report("produce, batches of 100", load.produce("batches", batches)?);
    report("fetch", load.fetch("batches")?);
    report("produce, single records, 5 in flight", load.produce("singles", singles)?);
    let one_by_one = Shape { records: options.records / 40, in_flight: 1, ..singles };
    report("produce, single records, 1 in flight", load.produce("singles", one_by_one)?);
    report("single records with a follower", load.follow("followed", one_by_one, 1)?);
    report("single records with 4 followers", load.follow("followed-by-4", one_by_one, 4)?);
    let batch_by_batch = Shape { records: options.records / 2, in_flight: 1, ..batches };
    report("batches of 100 with a follower", load.follow("followed-batches", batch_by_batch, 1)?);
    let taken = load.latencies("latency", 5_000)?;
    println!(
        "latency at 1,000 records/s: p50 {:.3} ms, p99 {:.3} ms, p99.9 {:.3} ms",
        taken.at_ms(0.5),
        taken.at_ms(0.99),
        taken.at_ms(0.999)
    );
    Ok(())
}

fn report(what: &str, figures: Figures) {
    println!(
        "{what}: {} records in {} requests, {:.0} records/s; broker CPU {:.3} s per million records, {:.2} us per request",
        figures.records,
        figures.requests,
        figures.records_per_second(),
        figures.cpu_seconds_per_million(),
        figures.cpu_micros_per_request(),
    );
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
