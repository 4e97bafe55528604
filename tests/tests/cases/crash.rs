//! A broker killed under the load of a foreign producer.

use std::time::{Duration, Instant};

use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::interop::client::Client;
use fluxmq_tests::interop::endurance::{BUSY_CLEANING, Endurance};
use fluxmq_tests::interop::world::foreign_bootstrap;
use fluxmq_tests::variables::{rounds, seed};
use libtest_mimic::Trial;

use super::case;

/// How often the broker is killed where `FLUXMQ_KILLS` does not say.
const KILLS: usize = 3;

pub(super) fn cases() -> Vec<Trial> {
    // Another broker is not ours to kill.
    if foreign_bootstrap().is_some() {
        return Vec::new();
    }
    let case_of = |client: Client| {
        let name = format!("crash::idempotent_{}_producer_survives_kill_9", client.name());
        let run = move || {
            let seed = seed();
            idempotent_producer(client, seed).map_err(|why| format!("with seed {seed}: {why}"))
        };
        case(name, &[client.toolchain()], run)
    };
    [Client::Confluent, Client::Java].map(case_of).into()
}

/// Every record that was acknowledged is there where it was said to be, every record at most once, and in order.
fn idempotent_producer(client: Client, seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut broker = Broker::start(Storage::Disk, &BUSY_CLEANING);
    let load = Endurance::begin(client, &broker.address())?;
    let mut recoveries = Vec::new();
    for _ in 0..rounds("FLUXMQ_KILLS", KILLS) {
        load.wait_for(random.usize(1..2000))?;
        // What the producer hears comes in bursts; the broker is not to die at their ends alone.
        std::thread::sleep(Duration::from_micros(random.u64(..20_000)));
        broker.kill();
        // One death in five comes while the logs are opened.
        if random.u8(..5) == 0 {
            broker.begin_restart();
            std::thread::sleep(Duration::from_micros(random.u64(..30_000)));
            broker.kill();
        }
        let begin = Instant::now();
        broker.restart();
        load.wait_for_answer(&broker.address());
        recoveries.push(begin.elapsed());
    }
    load.wait_for(500)?;
    let expected = load.end()?;
    expected.check(&broker.address())?;
    // Once more, with nothing under way: what is on the disk is all there is.
    broker.kill();
    broker.restart();
    expected.check(&broker.address())?;
    report(client, &mut recoveries, expected.acknowledged(), expected.seen());
    Ok(())
}

/// Says how long the restarts took, for those who raise `FLUXMQ_KILLS` to find out.
fn report(client: Client, recoveries: &mut [Duration], acknowledged: usize, seen: usize) {
    recoveries.sort_unstable();
    let (Some(middle), Some(longest)) = (recoveries.get(recoveries.len() / 2), recoveries.last()) else {
        return;
    };
    println!(
        "{}: {acknowledged} acknowledged, {seen} read meanwhile, {} restarts: from start to first answer {middle:.1?} in the middle, {longest:.1?} at most",
        client.name(),
        recoveries.len(),
    );
}
