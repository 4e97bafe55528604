//! The broker is stopped and killed under groups of all kinds of clients.

use std::time::Duration;

use fluxmq_tests::groups::crowd::Crowd;
use fluxmq_tests::groups::history::What;
use fluxmq_tests::groups::host::Host;
use fluxmq_tests::groups::kind::Kind;
use fluxmq_tests::groups::member::{Role, SHORT, Timeouts};
use fluxmq_tests::interop::world::{GROUP_SETTINGS, foreign_bootstrap};
use fluxmq_tests::variables::{rounds, seed};
use libtest_mimic::Trial;

use super::{alone, case, kinds};

const PARTITIONS: i32 = 12;
/// How often the broker is restarted where `FLUXMQ_RESTARTS` does not say.
const RESTARTS: usize = 6;
/// After so many restarts the group is left alone until it has come to rest.
const IN_A_ROW: usize = 3;
/// A restart, even a slow one, is over before anybody is given up.
const PATIENT: Timeouts =
    Timeouts { session: Duration::from_secs(10), max_poll: Duration::from_secs(45), ..SHORT };
const FEWEST: usize = 3;
const MOST: usize = 8;

pub(super) fn cases() -> Vec<Trial> {
    // Another broker is not ours to end.
    if foreign_bootstrap().is_some() {
        return Vec::new();
    }
    let busy = |name: &str, assignor: &'static str, kinds: Vec<Kind>| {
        case(name.to_owned(), &kinds.clone(), move || {
            let seed = seed();
            amid_rebalances(assignor, &kinds, seed).map_err(|why| format!("with seed {seed}: {why}"))
        })
    };
    let quiet = kinds(Kind::is_patient);
    vec![
        case("a_restart_disturbs_nobody".to_owned(), &quiet.clone(), move || disturbs_nobody(&quiet)),
        busy("restarts_amid_rebalances", "roundrobin", Kind::ALL.to_vec()),
        busy(
            "restarts_amid_rebalances_of_the_consumer_protocol",
            "consumer",
            kinds(Kind::speaks_consumer_protocol),
        ),
    ]
}

/// A group at rest outlives an orderly restart and a kill: same generation, same partitions, and nobody hears of it.
fn disturbs_nobody(kinds: &[Kind]) -> Result<(), String> {
    let mut broker = Host::start(&GROUP_SETTINGS)?;
    let mut crowd = Crowd::gather(&broker.address(), "quiet", PARTITIONS, alone::LONG_SESSION);
    let names = crowd.join_all(kinds.iter().map(|&kind| Role::new(kind, "roundrobin")))?;
    crowd.settle()?;
    let before = at_rest(&mut crowd, &names)?;
    for kills in [false, true] {
        crowd.without_broker(|| restart(&mut broker, kills, Duration::ZERO))?;
        crowd.settle()?;
        let after = at_rest(&mut crowd, &names)?;
        if after != before {
            return Err(format!(
                "killed {kills}: it was {before:?} and is {after:?}\n{}",
                crowd.last_words()
            ));
        }
    }
    crowd.end().map(drop)
}

/// The generation, and what each member was told.
fn at_rest(crowd: &mut Crowd, names: &[String]) -> Result<(i64, Vec<Vec<What>>), String> {
    let generation = crowd.generation(&names[0])?;
    let changes = |name: &String| Ok(alone::changes(&crowd.member(name)?.history()));
    Ok((generation, names.iter().map(changes).collect::<Result<_, String>>()?))
}

/// Members come and go, and the broker ends while they are about it. No acknowledged commit is lost, and the group comes
/// to rest every time.
fn amid_rebalances(assignor: &str, kinds: &[Kind], seed: u64) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut broker = Host::start(&GROUP_SETTINGS)?;
    let mut crowd = Crowd::gather(&broker.address(), "restarts", PARTITIONS, PATIENT);
    crowd.join_all(kinds.iter().map(|&kind| Role::new(kind, assignor)))?;
    crowd.settle()?;
    for round in 1..=rounds("FLUXMQ_RESTARTS", RESTARTS) {
        let names = crowd.names();
        if names.len() <= FEWEST || (names.len() < MOST && random.bool()) {
            crowd.join(Role::new(kinds[random.usize(..kinds.len())], assignor))?;
        } else {
            crowd.leave(&names[random.usize(..names.len())])?;
        }
        std::thread::sleep(Duration::from_millis(random.u64(..2_000)));
        let (kills, gone) = (random.bool(), Duration::from_millis(random.u64(..500)));
        crowd.without_broker(|| restart(&mut broker, kills, gone))?;
        if round % IN_A_ROW == 0 {
            crowd.settle()?;
        }
    }
    crowd.settle()?;
    crowd.end().map(drop)
}

fn restart(broker: &mut Host, kills: bool, gone: Duration) -> Result<(), String> {
    if kills {
        broker.kill();
    } else {
        broker.stop()?;
    }
    std::thread::sleep(gone);
    broker.restart()
}
