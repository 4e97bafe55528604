//! What our assignors make of groups, and what Kafka's own do.

mod groups;
mod judge;

use fluxmq_client::consumer::assignor::AssignmentStrategy;
use fluxmq_tests::interop::install::Toolchain;
use fluxmq_tests::interop::program;
use fluxmq_tests::variables;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::case;
use groups::{Asked, Group};
use judge::{Score, Shares};

/// How many groups of each strategy live through how many changes.
const GROUPS: usize = 40;
const CHANGES: usize = 6;

pub(super) fn cases() -> Vec<Trial> {
    let client = |strategy: AssignmentStrategy| {
        case(format!("assignors::client::{strategy}"), &[Toolchain::Java], move || client(strategy))
    };
    let mut cases = vec![case("assignors::broker".to_owned(), &[Toolchain::Java], broker)];
    cases.extend(AssignmentStrategy::ALL.map(client));
    cases
}

/// Puts the same groups to the client's assignor and to Kafka's, in the bytes that members exchange.
fn client(strategy: AssignmentStrategy) -> Result<(), String> {
    let seed = variables::seed();
    let groups = variables::rounds("FLUXMQ_ASSIGNOR_GROUPS", GROUPS);
    let asked: Vec<Asked> = (0..groups as u64)
        .flat_map(|group| Group::new(strategy, seed.wrapping_add(group)).live(CHANGES))
        .collect();
    let answers = kafka(&json!({ "groups": asked.iter().map(Asked::to_json).collect::<Vec<_>>() }))?;
    if answers.len() != asked.len() {
        return Err(format!("{} groups were asked about, {} answered", asked.len(), answers.len()));
    }
    let (mut our_total, mut their_total) = (Score::default(), Score::default());
    for (asked, answer) in asked.iter().zip(&answers) {
        let explained = |what: String| format!("{what}\n{}\n{answer}", asked.to_json());
        let theirs = Shares::read(asked, answer).map_err(explained)?;
        let ours = Shares::of(&asked.assigned);
        judge::compare(asked, &ours, &theirs).map_err(explained)?;
        our_total.add(&Score::of(asked, &ours));
        their_total.add(&Score::of(asked, &theirs));
    }
    println!("{strategy}: ours {our_total:?}, Kafka's {their_total:?}");
    our_total.is_no_worse_than(&their_total)
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
