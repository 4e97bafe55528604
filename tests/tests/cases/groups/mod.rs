//! Clients in consumer groups: each by itself, and all kinds in one group.

mod alone;
mod mixed;
mod next_gen;
mod restart;

use std::sync::Arc;

use fluxmq_tests::groups::kind::Kind;
use fluxmq_tests::interop::World;
use libtest_mimic::Trial;

pub(super) fn cases(world: &Arc<World>) -> Vec<Trial> {
    let mut all = alone::cases(world);
    all.extend(mixed::cases(world));
    all.extend(next_gen::cases(world));
    all.extend(restart::cases());
    all
}

/// A case for some kinds of clients.
fn case(name: String, kinds: &[Kind], run: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
    let mut tools: Vec<_> = kinds.iter().filter_map(|kind| kind.toolchain()).collect();
    tools.dedup();
    super::case(format!("groups::{name}"), &tools, run)
}

fn kinds(able: fn(Kind) -> bool) -> Vec<Kind> {
    Kind::ALL.into_iter().filter(|&kind| able(kind)).collect()
}
