//! rskafka's own integration tests, each as a case.

use std::sync::Arc;

use fluxmq_tests::interop::install::Toolchain;
use fluxmq_tests::interop::{World, rskafka};
use libtest_mimic::Trial;

use super::case;

pub(super) fn cases(world: &Arc<World>) -> Vec<Trial> {
    let one = |test: &'static str| {
        let world = Arc::clone(world);
        let run = move || rskafka::outcome(&world.bootstrap(), test);
        case(format!("rskafka::{test}"), &[Toolchain::Rskafka], run)
    };
    rskafka::TESTS.into_iter().map(one).collect()
}
