//! Mending what was found. Nothing is deleted: whatever is taken out of a log goes to `quarantine` beside it.
//!
//! ```text
//!   good | damaged | good good      truncate:     good                  the rest in quarantine
//!                                   skip damage:  good | good good      the damaged bytes in quarantine, their offsets missing
//! ```

mod act;
mod plan;

use std::path::Path;

use serde::Serialize;

use super::place::{Place, hold, logs_in};
use super::verify::{Known, survey};
use super::{Finding, OfflineError};

use self::plan::LogPlan;

/// What becomes of damage in the middle of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It is left alone; only what loses nothing is done.
    Leave,
    /// The log ends before it.
    Truncate,
    /// The damaged bytes are taken out; the intact batches that follow stay where they are in the order of offsets.
    SkipDamage,
}

/// What is to be done, or was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// In their order.
    pub steps: Vec<Step>,
    /// Damage that is left.
    pub left: Vec<Finding>,
}

/// One thing to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The log, `topic-partition`.
    pub log: String,
    /// The file in its directory, or in the data directory.
    pub file: String,
    /// What is done to it.
    pub what: String,
    /// How many bytes are put aside.
    pub bytes_put_aside: u64,
}

/// Says what [`repair`] would do. Nothing is changed, and no lock is taken.
///
/// # Errors
/// When a file cannot be read, or the path is neither a data directory nor the directory of a partition.
pub fn plan_repair(path: &Path, choice: Choice) -> Result<Repair, OfflineError> {
    let place = Place::at(path)?;
    plans(&place, choice).map(|plans| told(&plans))
}

/// Mends a data directory, or one partition's. Each step is durable before the next begins; one that is interrupted is begun anew by
/// the next repair, or finished by the next start of a broker.
///
/// # Errors
/// When a broker has the directory open, or a file cannot be read or written: then the steps before have been done.
pub fn repair(path: &Path, choice: Choice) -> Result<Repair, OfflineError> {
    let place = Place::at(path)?;
    let _hold = place.data_dir().map(hold).transpose()?;
    let plans = plans(&place, choice)?;
    for plan in &plans {
        act::carry_out(plan, place.data_dir())?;
    }
    Ok(told(&plans))
}

fn plans(place: &Place, choice: Choice) -> Result<Vec<LogPlan>, OfflineError> {
    let known = place.data_dir().map(Known::read).transpose()?.unwrap_or_default();
    let logs = match place {
        Place::DataDir(dir) => logs_in(dir)?,
        Place::Log(log) => vec![log.clone()],
        Place::File(path) => {
            let what = "a file: the directory that it is in is repaired as a whole".to_owned();
            return Err(OfflineError::Unsuitable { path: path.clone(), what });
        }
    };
    logs.iter().map(|log| LogPlan::of(&survey(log, &known, &log.path)?, choice)).collect()
}

fn told(plans: &[LogPlan]) -> Repair {
    Repair {
        steps: plans.iter().flat_map(LogPlan::steps).collect(),
        left: plans.iter().flat_map(|plan| plan.left.clone()).collect(),
    }
}

#[cfg(test)]
mod tests;
