//! One run: a disk, some lives of a broker on it, a power loss at the end of most.

use std::path::Path;
use std::sync::Arc;

use super::engine::{DATA, Engine, new_disk};
use super::model::{Model, PartitionModel, TopicModel};
use super::workload::{Next, go_on, log_starts, note_log_starts, resend_everything, step};
use super::{Halt, Outcome};
use crate::env::files::simulated::{Lies, SimulatedFiles};
use crate::storage::checkpoint;
use crate::storage::data_dir::RECOVERY_POINTS;

/// How often a power loss may come while a recovery is under way.
const LOSSES_WHILE_OPENING: u32 = 3;

/// How one run goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) seed: u64,
    /// Lives that end with a power loss.
    pub(super) lives: u32,
    /// The most operations of a life.
    pub(super) operations: u32,
    /// Cuts the power of each life after this step; `None` lets the seed choose.
    pub(super) cut_after: Option<u64>,
    pub(super) lies: Lies,
    /// The checkpoint that is found after a loss of power speaks of what was written, and not of what was durable.
    pub(super) recovery_points_too_far: bool,
}

impl Plan {
    pub(super) fn new(seed: u64) -> Plan {
        Plan {
            seed,
            lives: 3,
            operations: 40,
            cut_after: None,
            lies: Lies::default(),
            recovery_points_too_far: false,
        }
    }
}

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) power_losses: u32,
    /// Steps of the last life.
    pub(super) steps: u64,
}

/// A run with all that it needs.
struct Run {
    plan: Plan,
    random: fastrand::Rng,
    model: Model,
    files: SimulatedFiles,
    runtime: Arc<tokio::runtime::Runtime>,
    tally: Tally,
}

/// Runs a plan; what is broken is the error.
pub(super) fn run(plan: Plan, runtime: &Arc<tokio::runtime::Runtime>) -> Result<Tally, String> {
    let files = new_disk();
    files.lie(plan.lies);
    let mut run = Run {
        plan,
        random: fastrand::Rng::with_seed(plan.seed),
        model: Model::default(),
        files,
        runtime: Arc::clone(runtime),
        tally: Tally::default(),
    };
    for life in 0..plan.lives {
        run.live().map_err(|what| format!("seed {}, life {life}: {what}", plan.seed))?;
    }
    Ok(run.tally)
}

impl Run {
    /// From a start to a power loss and what is left then.
    fn live(&mut self) -> Result<(), String> {
        let from = self.files.steps();
        let cut_after = self.plan.cut_after.unwrap_or_else(|| self.random.u64(1..200));
        self.files.cut_power_after(cut_after);
        let mut engine = None;
        let ended = self.work(&mut engine);
        if let Err(Halt::Broken(what)) = ended {
            return Err(what);
        }
        self.tally.steps = self.files.steps() - from;
        self.lose_power(engine);
        match self.recover() {
            Err(Halt::Broken(what)) => Err(format!("after a power loss: {what}")),
            _ => Ok(()),
        }
    }

    fn lose_power(&mut self, engine: Option<Engine>) {
        self.files.cut_power_after(0);
        if let Some(engine) = engine {
            engine.kill();
        }
        self.files = self.files.power_loss(&mut self.random);
        self.tally.power_losses += 1;
        if self.plan.recovery_points_too_far {
            self.write_recovery_points();
        }
    }

    fn write_recovery_points(&self) {
        let of_topic = |(name, topic): (&String, &TopicModel)| {
            let ends = topic.partitions.iter().map(PartitionModel::end).enumerate();
            ends.map(|(index, end)| (name.clone(), index as i32, end)).collect::<Vec<_>>()
        };
        let ends: Vec<_> = self.model.topics.iter().flat_map(of_topic).collect();
        checkpoint::write(&self.files, &Path::new(DATA).join(RECOVERY_POINTS), &ends).unwrap();
    }

    /// Works until the power is out, or enough is done.
    fn work(&mut self, place: &mut Option<Engine>) -> Outcome {
        *place = Some(Engine::open(&self.files, &self.runtime)?);
        for _ in 0..self.random.u32(1..=self.plan.operations) {
            let Some(engine) = place else { break };
            let next = step(engine, &mut self.model, &mut self.random)?;
            if self.files.is_dark() {
                return Err(Halt::Dark);
            }
            if next == Next::Restart {
                let starts = log_starts(engine, &self.model);
                engine.judge("the broker could not be stopped", engine.partitions.close())?;
                note_log_starts(&mut self.model, starts);
            }
            if next != Next::GoOn {
                super::workload::settle(engine, &mut self.model)?;
                place.take().map(Engine::kill);
                let engine = place.insert(Engine::open(&self.files, &self.runtime)?);
                self.model.check_opened(engine, false)?;
            }
        }
        Ok(())
    }

    /// Opens what is left, though the power may be lost again meanwhile, and checks it.
    fn recover(&mut self) -> Outcome {
        for _ in 0..self.random.u32(..=LOSSES_WHILE_OPENING) {
            self.files.cut_power_after(self.random.u64(..20));
            let opened = Engine::open(&self.files, &self.runtime);
            if let Err(Halt::Broken(what)) = opened {
                return Err(Halt::Broken(what));
            }
            self.lose_power(opened.ok());
        }
        let mut engine = Engine::open(&self.files, &self.runtime)?;
        let checked = self.check(&mut engine);
        engine.kill();
        checked
    }

    fn check(&mut self, engine: &mut Engine) -> Outcome {
        self.model.check_opened(engine, true)?;
        resend_everything(engine, &mut self.model)?;
        go_on(engine, &mut self.model, &mut self.random)
    }
}
