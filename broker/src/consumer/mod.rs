//! Consumer groups and the offsets that they commit.

#[allow(dead_code, reason = "the coordinator is being built on it")]
pub(crate) mod classic;
pub(crate) mod committed;
mod config;
#[allow(dead_code, reason = "the coordinator is being built on it")]
pub(crate) mod log;
#[allow(dead_code, reason = "the machine of the newer protocol is being built on it")]
pub(crate) mod next_gen;
#[allow(dead_code, reason = "the coordinator is being built on it")]
pub(crate) mod offsets;
#[allow(dead_code, unused_imports, reason = "the group machines are being built on it")]
mod turn;

pub use config::{AssignmentStrategy, ConsumerGroupConfig, MigrationPolicy, UnknownStrategy};
