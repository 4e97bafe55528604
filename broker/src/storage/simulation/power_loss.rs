//! The runs: many seeds, every step of a few, and planted bugs that must be found.

use super::run::{Plan, run};
use super::runtime;
use crate::env::files::simulated::Lies;

/// As many seeds are told at most that found something.
const FAILURES_SHOWN: usize = 40;

/// `FLUXMQ_SEED` repeats one run.
fn given_seed() -> Option<u64> {
    std::env::var("FLUXMQ_SEED").ok().and_then(|seed| seed.parse().ok())
}

#[test]
fn nothing_that_was_acknowledged_is_lost_with_the_power() {
    let wanted = std::env::var("FLUXMQ_POWER_LOSSES").ok().and_then(|count| count.parse().ok());
    let wanted: u32 = wanted.unwrap_or(1_000);
    let runtime = runtime();
    if let Some(seed) = given_seed() {
        run(Plan::new(seed), &runtime).unwrap();
        return;
    }
    let (mut power_losses, mut failures) = (0, Vec::new());
    for seed in 0.. {
        if power_losses >= wanted {
            break;
        }
        match run(Plan::new(seed), &runtime) {
            Ok(tally) => power_losses += tally.power_losses,
            Err(what) => {
                power_losses += 1;
                failures.push(what);
            }
        }
    }
    failures.truncate(FAILURES_SHOWN);
    assert!(failures.is_empty(), "FLUXMQ_SEED repeats one of these:\n{}", failures.join("\n"));
}

/// The power is cut after each step of a short life.
#[test]
fn no_step_is_a_bad_one_to_lose_the_power_after() {
    let runtime = runtime();
    for seed in 0..4 {
        let plan = Plan { lives: 1, operations: 12, ..Plan::new(seed) };
        let steps = run(Plan { cut_after: Some(u64::MAX / 2), ..plan }, &runtime).unwrap().steps;
        for cut_after in 0..=steps {
            let ended = run(Plan { cut_after: Some(cut_after), ..plan }, &runtime);
            assert!(ended.is_ok(), "power cut after step {cut_after}: {}", ended.unwrap_err());
        }
    }
}

/// The seed at which a broken promise was found, if one was.
fn found(lies: Lies) -> Option<(u64, String)> {
    let runtime = runtime();
    (0..200).find_map(|seed| {
        let ended = run(Plan { lies, ..Plan::new(seed) }, &runtime);
        ended.err().map(|what| (seed, what))
    })
}

#[test]
fn an_answer_before_the_fsync_is_found() {
    let (_, what) = found(Lies { sync_data: true, ..Lies::default() }).unwrap();
    println!("{what}");
}

#[test]
fn a_rename_without_a_sync_of_its_directory_is_found() {
    let (_, what) = found(Lies { sync_dir: true, ..Lies::default() }).unwrap();
    println!("{what}");
}

#[test]
fn a_cut_at_the_wrong_byte_is_found() {
    let (_, what) = found(Lies { truncate: 1, ..Lies::default() }).unwrap();
    println!("{what}");
}
