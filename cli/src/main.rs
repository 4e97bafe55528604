//! `fluxctl`: the command line for Kafka-protocol clusters, with a whole broker inside.

mod format;
mod grammar;
mod record;

fn main() {}
