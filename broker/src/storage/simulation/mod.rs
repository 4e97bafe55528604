//! A broker's engine on a disk that loses its power, run by seed: random operations, the power cut after any step, the
//! engine opened on what is left, and an oracle that knows what was promised. `FLUXMQ_SEED` repeats one run,
//! `FLUXMQ_POWER_LOSSES=10000` asks for a long one.
//!
//! In reading order: [`engine`] is a broker without its network over simulated files, [`model`] what it must hold,
//! [`workload`] what is done to it, [`run`] one seed from the first start to the last check. Then the tests: [`power_loss`],
//! [`faults`] of the disk, and [`damage`] done by hand.

mod damage;
mod engine;
mod faults;
mod model;
mod power_loss;
mod run;
mod workload;

use std::fmt;
use std::sync::Arc;

/// Why a run ended before its end.
#[derive(Debug)]
#[expect(dead_code, reason = "the words are read where a test prints them")]
pub(super) enum Halt {
    /// The power is out.
    Dark,
    /// The disk failed, and the engine said so.
    Refused(String),
    /// A promise was broken.
    Broken(String),
}

type Outcome<T = ()> = Result<T, Halt>;

fn runtime() -> Arc<tokio::runtime::Runtime> {
    Arc::new(tokio::runtime::Builder::new_current_thread().build().unwrap())
}

fn broken<T>(what: impl fmt::Display) -> Outcome<T> {
    Err(Halt::Broken(what.to_string()))
}
