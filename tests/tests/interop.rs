//! Foreign clients against the broker, and what one of them wrote read by another.
//!
//! Cases of clients that are not installed are ignored by name; `FLUXMQ_REQUIRE_CLIENTS=1` installs them, and makes
//! absence a failure. `FLUXMQ_TEST_BOOTSTRAP=HOST:PORT` puts the same cases to another broker.

#![expect(clippy::print_stdout, reason = "this is test code")]

mod cases;

use std::sync::Arc;

use fluxmq_tests::interop::World;
use libtest_mimic::Arguments;

fn main() {
    let mut arguments = Arguments::from_args();
    // More at once would starve the clients with patience of their own.
    arguments.test_threads.get_or_insert(2);
    let world = Arc::new(World::default());
    let conclusion = libtest_mimic::run(&arguments, cases::all(&world));
    world.end();
    conclusion.exit();
}
