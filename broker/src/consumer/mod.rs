//! Consumer groups and the offsets that they commit.

mod config;
pub(crate) mod offsets;
#[allow(dead_code, unused_imports, reason = "the group machines are being built on it")]
mod turn;

pub use config::{AssignmentStrategy, ConsumerGroupConfig, MigrationPolicy, UnknownStrategy};
