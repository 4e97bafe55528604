//! A disk that fails, once or for a while, at any one of its operations: no answer that was given may turn out wrong, and
//! what comes after it works, or is refused if a sync was what failed.

use std::sync::Arc;

use super::engine::{Engine, new_disk};
use super::model::Model;
use super::workload::{Next, go_on, log_starts, note_log_starts, resend_everything, step};
use super::{Halt, runtime};
use crate::env::files::simulated::{Errno, Fault, Operation, SimulatedFiles};

const OPERATIONS: u32 = 30;

const ALL: [Operation; 7] = [
    Operation::Create,
    Operation::Write,
    Operation::Truncate,
    Operation::SyncData,
    Operation::SyncDir,
    Operation::Rename,
    Operation::Remove,
];

/// So many starts are tried: more than faults are left.
const STARTS_MAX: u32 = 6;

/// At most as many places are tried for each operation.
const PLACES_MAX: u64 = 20;

#[test]
fn a_disk_that_is_full_or_broken_at_any_operation_loses_nothing() {
    let runtime = runtime();
    let mut fired = 0;
    for seed in 0..2 {
        let all_well = live(seed, &[], &runtime).unwrap();
        for (operation, count) in ALL.into_iter().zip(all_well.counts) {
            for place in 0..count.min(PLACES_MAX) {
                let after = place * count / count.min(PLACES_MAX);
                for (error, times) in [(Errno::Io, 1), (Errno::NoSpace, 1), (Errno::NoSpace, 4)] {
                    let fault = Fault { operation, after, times, error };
                    match live(seed, &[fault], &runtime) {
                        Ok(counts) => fired += u32::from(counts.has_failed),
                        Err(what) => panic!("seed {seed}, {fault:?}: {what}"),
                    }
                }
            }
        }
    }
    assert!(fired > 200, "only {fired} faults were met");
}

#[test]
fn a_start_that_fails_with_the_disk_leaves_everything_for_the_next() {
    let runtime = runtime();
    for seed in 0..4 {
        let (files, mut random) = (new_disk(), fastrand::Rng::with_seed(seed));
        let (engine, mut model) = (Engine::open(&files, &runtime).unwrap(), Model::default());
        let engine = work(engine, &mut model, &mut random, &runtime).unwrap().unwrap();
        engine.kill();
        let left = files.power_loss(&mut random);
        for (operation, after) in
            ALL.into_iter().flat_map(|operation| (0..12).map(move |after| (operation, after)))
        {
            for error in [Errno::Io, Errno::NoSpace] {
                let files = left.copy();
                files.fail(&[Fault { operation, after, times: 1, error }]);
                let what = format!("seed {seed}, {operation:?} {after} of a start");
                if let Some(engine) = tolerated(Engine::open(&files, &runtime))
                    .unwrap_or_else(|error| panic!("{what}: {error}"))
                {
                    engine.kill();
                }
                let files = files.power_loss(&mut random);
                let engine = Engine::open(&files, &runtime).unwrap_or_else(|halt| panic!("{what}: {halt:?}"));
                let mut model = model.clone();
                model.check_opened(&engine, true).unwrap_or_else(|halt| panic!("{what}: {halt:?}"));
                engine.kill();
            }
        }
    }
}

/// What was met in a life before its disk was well again.
struct Met {
    /// How often each of [`ALL`] was tried.
    counts: [u64; ALL.len()],
    has_failed: bool,
}

/// A life on a disk with faults, the time after them, and a power loss.
fn live(seed: u64, faults: &[Fault], runtime: &Arc<tokio::runtime::Runtime>) -> Result<Met, String> {
    let files = new_disk();
    let mut random = fastrand::Rng::with_seed(seed);
    let mut model = Model::default();
    let engine = well(Engine::open(&files, runtime))?;
    files.fail(faults);
    let engine = work(engine, &mut model, &mut random, runtime)?;
    let met = Met { counts: ALL.map(|operation| files.count(operation)), has_failed: files.has_failed() };
    if let Some(engine) = engine {
        afterwards(&engine, &mut model, &mut random)?;
        engine.kill();
    }
    let after = files.power_loss(&mut random);
    let engine = well(Engine::open(&after, runtime))?;
    well(model.check_opened(&engine, true))?;
    well(resend_everything(&engine, &mut model))?;
    well(go_on(&engine, &mut model, &mut random))?;
    engine.kill();
    Ok(met)
}

/// Operations, of which some may be refused. `None` where the start after a stop was refused because a sync failed.
fn work(
    mut engine: Engine,
    model: &mut Model,
    random: &mut fastrand::Rng,
    runtime: &Arc<tokio::runtime::Runtime>,
) -> Result<Option<Engine>, String> {
    for _ in 0..OPERATIONS {
        let next = tolerated(step(&engine, model, random))?.unwrap_or(Next::GoOn);
        well(model.take_back(&engine))?;
        if next == Next::Restart {
            let starts = log_starts(&engine, model);
            if tolerated(engine.judge("the broker could not be stopped", engine.partitions.close()))?
                .is_some()
            {
                note_log_starts(model, starts);
            }
        }
        if engine.is_offline() {
            break;
        }
        if next != Next::GoOn {
            well(super::workload::settle(&engine, model))?;
            let files = engine.kill();
            engine = match reopen(&files, runtime)? {
                Some(engine) => engine,
                None => return Ok(None),
            };
            well(model.check_opened(&engine, false))?;
        }
    }
    Ok(Some(engine))
}

/// Starts again, after a start that failed with the disk once more.
fn reopen(files: &SimulatedFiles, runtime: &Arc<tokio::runtime::Runtime>) -> Result<Option<Engine>, String> {
    for _ in 0..STARTS_MAX {
        match tolerated(Engine::open(files, runtime))? {
            Some(engine) if engine.is_offline() => {
                engine.kill();
                return Ok(None);
            }
            Some(engine) => return Ok(Some(engine)),
            // What a failed sync has lost looks as if it were there until the power is lost.
            None if files.failed(Operation::SyncData) + files.failed(Operation::SyncDir) > 0 => {
                return Ok(None);
            }
            None => {}
        }
    }
    Err("the starts are refused although the disk is well again".to_owned())
}

/// The disk is well again. After a failed sync nothing is accepted all the same.
fn afterwards(engine: &Engine, model: &mut Model, random: &mut fastrand::Rng) -> Result<(), String> {
    if engine.is_offline() && model.topics.is_empty() {
        return Ok(());
    }
    if engine.is_offline() {
        return match go_on(engine, model, random) {
            Err(Halt::Refused(_)) => Ok(()),
            other => Err(format!("after a failed sync records were accepted: {other:?}")),
        };
    }
    engine.files.fail(&[]);
    well(go_on(engine, model, random))?;
    well(resend_everything(engine, model))
}

fn well<T>(outcome: super::Outcome<T>) -> Result<T, String> {
    outcome.map_err(|halt| format!("{halt:?}"))
}

/// A refusal is no breach of a promise.
fn tolerated<T>(outcome: super::Outcome<T>) -> Result<Option<T>, String> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Halt::Refused(_)) => Ok(None),
        Err(halt) => Err(format!("{halt:?}")),
    }
}
