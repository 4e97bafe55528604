//! All kinds of clients in one group, which come and go, crash, pause and freeze.

use std::sync::Arc;
use std::time::Duration;

use fluxmq_tests::groups::crowd::Crowd;
use fluxmq_tests::groups::kind::Kind;
use fluxmq_tests::groups::member::{Role, SHORT};
use fluxmq_tests::interop::World;
use fluxmq_tests::variables::{rounds, seed};
use libtest_mimic::Trial;

use super::{case, kinds};

const PARTITIONS: i32 = 12;
/// How many things are done to the members where `FLUXMQ_STEPS` does not say.
const STEPS: usize = 6;
/// So many are always there, so that what is done to one is felt by others.
const FEWEST: usize = 3;

/// What can be done to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Join,
    Leave,
    Crash,
    Pause,
    Freeze,
}

pub(super) fn cases(world: &Arc<World>) -> Vec<Trial> {
    let mixes = [
        ("roundrobin", Kind::ALL.to_vec()),
        ("range", kinds(Kind::is_modern)),
        ("sticky", kinds(Kind::is_sticky)),
        ("cooperative-sticky", kinds(Kind::is_modern)),
    ];
    let one = |(assignor, kinds): (&'static str, Vec<Kind>)| {
        let world = Arc::clone(world);
        case(format!("mixed_{assignor}"), &kinds.clone(), move || {
            let seed = seed();
            mixed(&world.bootstrap(), assignor, &kinds, seed)
                .map_err(|why| format!("with seed {seed}: {why}"))
        })
    };
    mixes.into_iter().map(one).collect()
}

pub(super) fn mixed(bootstrap: &str, assignor: &str, kinds: &[Kind], seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut crowd = Crowd::gather(bootstrap, "mixed", PARTITIONS, SHORT);
    crowd.join_all(kinds.iter().map(|&kind| Role::new(kind, assignor)))?;
    crowd.settle()?;
    for step in schedule(&mut random, rounds("FLUXMQ_STEPS", STEPS)) {
        take(&mut crowd, step, assignor, kinds, &mut random)?;
        // Sometimes the next thing happens while the group is busy with the last.
        if random.bool() {
            crowd.settle()?;
        }
    }
    crowd.settle()?;
    crowd.end().map(drop)
}

/// Every kind of step at least once, if there are enough of them.
fn schedule(random: &mut fastrand::Rng, count: usize) -> Vec<Step> {
    const ALL: [Step; 5] = [Step::Crash, Step::Freeze, Step::Join, Step::Pause, Step::Leave];
    let mut steps: Vec<Step> = ALL.into_iter().cycle().take(count).collect();
    random.shuffle(&mut steps);
    steps
}

fn take(
    crowd: &mut Crowd,
    step: Step,
    assignor: &str,
    kinds: &[Kind],
    random: &mut fastrand::Rng,
) -> Result<(), String> {
    const LONG: Duration = Duration::from_secs(10);
    let names = crowd.names();
    let victim = names[random.usize(..names.len())].clone();
    let step =
        if names.len() < FEWEST && matches!(step, Step::Leave | Step::Crash) { Step::Join } else { step };
    println!("{assignor}: {step:?} {victim}");
    match step {
        Step::Join => crowd.join(Role::new(kinds[random.usize(..kinds.len())], assignor)).map(drop),
        Step::Leave => crowd.leave(&victim).map(drop),
        Step::Crash => crowd.crash(&victim).map(drop),
        Step::Pause => crowd.member(&victim)?.pause(LONG),
        Step::Freeze => crowd.member(&victim)?.freeze(LONG),
    }
}
