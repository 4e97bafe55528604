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

/// What is told can be looked into again.
#[test]
fn a_seed_leads_to_the_same_run() {
    let runtime = runtime();
    for seed in 0..20 {
        let twice = [(); 2].map(|()| run(Plan::new(seed), &runtime).unwrap());
        assert_eq!(twice[0], twice[1], "seed {seed}");
    }
}

/// Holds that a planted bug breaks a promise, and soon.
fn is_found(plan: Plan) {
    let runtime = runtime();
    let found = (0..300).find_map(|seed| run(Plan { seed, ..plan }, &runtime).err());
    println!("{}", found.expect("the planted bug is not found"));
}

#[test]
fn an_answer_before_the_fsync_is_found() {
    is_found(Plan { lies: Lies { sync_data: true, ..Lies::default() }, ..Plan::new(0) });
}

#[test]
fn a_rename_without_a_sync_of_its_directory_is_found() {
    is_found(Plan { lies: Lies { sync_dir: true, ..Lies::default() }, ..Plan::new(0) });
}

#[test]
fn a_cut_at_the_wrong_byte_is_found() {
    is_found(Plan { lies: Lies { truncate: 1, ..Lies::default() }, ..Plan::new(0) });
}

#[test]
fn a_checkpoint_of_what_is_not_durable_is_found() {
    is_found(Plan { recovery_points_too_far: true, ..Plan::new(0) });
}
