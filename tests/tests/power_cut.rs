//! The power is cut under a broker, again and again, while a foreign producer writes: what was acknowledged is there.
//!
//! An ext4 in a file is shut down without a last write, which leaves of it what a cut leaves. Without root, or without the
//! producer, the cases are ignored by name; `FLUXMQ_POWER_CUTS=20` cuts that often.

#![expect(clippy::print_stdout, reason = "this is test code")]

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use fluxmq_tests::broker::Broker;
use fluxmq_tests::interop::client::Client;
use fluxmq_tests::interop::endurance::{BUSY_CLEANING, Endurance};
use fluxmq_tests::interop::install;
use fluxmq_tests::mounted::Mounted;
use fluxmq_tests::variables::{rounds, seed};
use libtest_mimic::{Arguments, Failed, Trial};

/// How often the power is cut where `FLUXMQ_POWER_CUTS` does not say.
const POWER_CUTS: usize = 2;
const DISK_SIZE: u64 = 4 << 30;
const PRODUCER: Client = Client::Confluent;

type Case = fn(u64) -> Result<(), String>;

fn main() {
    let mut arguments = Arguments::from_args();
    // Each has a disk and a producer of its own.
    arguments.test_threads.get_or_insert(1);
    let cases: [(&str, Case); 3] = [
        ("what_was_acknowledged_is_there_after_power_cuts", acknowledged_is_there),
        ("a_cut_takes_what_was_not_synced", unsynced_is_gone),
        ("a_missing_batch_is_noticed", a_loss_is_seen),
    ];
    let toolchain = PRODUCER.toolchain();
    let without_client = !toolchain.is_installed() && !install::required();
    let absent = if without_client { Some(toolchain.name().to_owned()) } else { Mounted::absent() };
    let trial = |(name, case): (&str, Case)| {
        let run = move || -> Result<(), Failed> {
            PRODUCER.toolchain().ensure()?;
            let seed = seed();
            case(seed).map_err(|why| format!("with seed {seed}: {why}").into())
        };
        let kind = absent.as_ref().map_or_else(String::new, |absent| format!("without {absent}"));
        Trial::test(name, run).with_kind(kind).with_ignored_flag(absent.is_some())
    };
    libtest_mimic::run(&arguments, cases.map(trial).into()).exit();
}

fn acknowledged_is_there(seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let disk = Mounted::ext4(DISK_SIZE)?;
    let mut broker = Broker::start_in(&disk.folder().join("data"), &BUSY_CLEANING);
    let load = Endurance::begin(PRODUCER, &broker.address())?;
    let mut recoveries = Vec::new();
    for _ in 0..rounds("FLUXMQ_POWER_CUTS", POWER_CUTS) {
        load.wait_for(random.usize(1..5000))?;
        std::thread::sleep(Duration::from_micros(random.u64(..20_000)));
        disk.cut_power()?;
        broker.kill();
        disk.restore_power()?;
        let begin = Instant::now();
        broker.restart();
        load.wait_for_answer(&broker.address());
        recoveries.push(begin.elapsed());
    }
    load.wait_for(500)?;
    let expected = load.end()?;
    expected.check(&broker.address())?;
    recoveries.sort_unstable();
    println!(
        "{} acknowledged, {} read meanwhile, {} cuts; the longest start took {:.1?}",
        expected.acknowledged(),
        expected.seen(),
        recoveries.len(),
        recoveries.last().copied().unwrap_or_default(),
    );
    Ok(())
}

/// Shows that the cut is one: what was synced is there after it, and what was only written is not.
fn unsynced_is_gone(_: u64) -> Result<(), String> {
    let disk = Mounted::ext4(DISK_SIZE)?;
    let path = |name| disk.folder().join(name);
    let written = |name| {
        let mut file = File::create(path(name))?;
        file.write_all(&vec![b'x'; 100_000]).map(|()| file)
    };
    let synced = written("synced").and_then(|file| file.sync_all());
    let unsynced = written("unsynced");
    synced.and(unsynced.map(drop)).map_err(|error| error.to_string())?;
    disk.cut_power()?;
    disk.restore_power()?;
    let size = |name| std::fs::metadata(path(name)).map_or(0, |about| about.len());
    match (size("synced"), size("unsynced")) {
        (100_000, 0) => Ok(()),
        other => Err(format!("the synced and the other file hold {other:?} bytes")),
    }
}

/// Shows that a loss would be seen: the last batch that was acknowledged is taken away by hand.
fn a_loss_is_seen(_: u64) -> Result<(), String> {
    let disk = Mounted::ext4(DISK_SIZE)?;
    let data = disk.folder().join("data");
    let mut broker = Broker::start_in(&data, &BUSY_CLEANING);
    let load = Endurance::begin(PRODUCER, &broker.address())?;
    load.wait_for(500)?;
    let expected = load.end()?;
    expected.check(&broker.address())?;
    broker.kill();
    let (topic, partition) = expected.plain_place();
    let folder = data.join(format!("{topic}-{partition}"));
    let logs = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let logs = logs
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "log"));
    let last = logs
        .filter(|path| path.metadata().is_ok_and(|about| about.len() > 0))
        .max()
        .ok_or("nothing is stored")?;
    let shorter = last.metadata().map_err(|error| error.to_string())?.len() - 1;
    let torn = File::options().write(true).open(last).and_then(|file| file.set_len(shorter));
    torn.map_err(|error| error.to_string())?;
    broker.restart();
    match expected.check(&broker.address()) {
        Err(missing) if missing.contains("was acknowledged") => Ok(()),
        other => Err(format!("a batch is missing, and the check says {other:?}")),
    }
}
