//! What our assignors make of groups, and what Kafka's own do.

use fluxmq_tests::interop::install::Toolchain;
use fluxmq_tests::interop::program;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::case;

pub(super) fn cases() -> Vec<Trial> {
    vec![case("assignors::broker".to_owned(), &[Toolchain::Java], broker)]
}

/// What the broker's own tests take for Kafka's answers are Kafka's answers.
fn broker() -> Result<(), String> {
    let kept = include_str!("../../../broker/src/consumer/next_gen/assignor/tests/kafka.jsonl");
    let kept: Vec<Value> = kept
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    let answers = kafka(&json!({ "seed": 848, "groups": 40 }))?;
    match answers.iter().zip(&kept).position(|(answer, kept)| answer != kept) {
        None if answers.len() == kept.len() => Ok(()),
        None => Err(format!("{} lines are kept, Kafka answers {}", kept.len(), answers.len())),
        Some(line) => Err(format!("line {line}: Kafka answers {}, kept is {}", answers[line], kept[line])),
    }
}

fn kafka(job: &Value) -> Result<Vec<Value>, String> {
    let mut program = program::java();
    program.arg("Assignors");
    program::run_command(program, job)
}
