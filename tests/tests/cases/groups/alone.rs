//! Groups of one kind of client.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fluxmq_tests::groups::crowd::Crowd;
use fluxmq_tests::groups::history::{History, Place, What};
use fluxmq_tests::groups::kind::Kind;
use fluxmq_tests::groups::member::{Role, SHORT, Timeouts};
use fluxmq_tests::interop::{Client, World};
use libtest_mimic::Trial;

use super::case;

/// Long enough for a member to end and come back.
pub(super) const LONG_SESSION: Timeouts =
    Timeouts { session: Duration::from_secs(60), max_poll: Duration::from_secs(60), ..SHORT };

pub(super) fn cases(world: &Arc<World>) -> Vec<Trial> {
    let mut all = Vec::new();
    let mut add = |name: &str, kind: Kind, run: fn(&str, Kind) -> Result<(), String>| {
        let world = Arc::clone(world);
        let run = move || run(&world.bootstrap(), kind);
        all.push(case(format!("{}_{name}", kind.name()), &[kind], run));
    };
    for kind in Kind::ALL {
        add("joins_rebalances_commits_and_resumes", kind, |bootstrap, kind| {
            // What kafkajs calls its own assignor is known to it alone.
            let own = kind == Kind::Foreign(Client::Kafkajs);
            resumes(bootstrap, &Role::new(kind, if own { "" } else { "range" }))
        });
        if kind.is_modern() {
            add("returns_as_a_static_member", kind, |bootstrap, kind| {
                returns(bootstrap, &Role::new(kind, "range"))
            });
            add("gives_up_only_what_it_must", kind, gives_up_only_what_it_must);
        }
    }
    all
}

/// Two share the partitions, one is left with all, and a third goes on where both have stopped.
pub(super) fn resumes(bootstrap: &str, role: &Role) -> Result<(), String> {
    let mut crowd = Crowd::gather(bootstrap, "alone", 4, SHORT);
    let first = crowd.join(role.clone())?;
    crowd.settle()?;
    let second = crowd.join(role.clone())?;
    crowd.settle()?;
    crowd.leave(&first)?;
    crowd.settle()?;
    crowd.leave(&second)?;
    crowd.join(role.clone())?;
    crowd.settle()?;
    crowd.end().map(drop)
}

/// A static member ends and comes back within its session: the other one does not even notice.
pub(super) fn returns(bootstrap: &str, role: &Role) -> Result<(), String> {
    let mut crowd = Crowd::gather(bootstrap, "static", 4, LONG_SESSION);
    let named = |instance: &str| Role { instance: Some(instance.to_owned()), ..role.clone() };
    let first = crowd.join(named("one"))?;
    let second = crowd.join(named("two"))?;
    crowd.settle()?;
    let before = crowd.member(&second)?.history();
    let (had, changes) = (owned(&crowd.member(&first)?.history()), changes(&before));
    // In order, and without a word: neither tells the group.
    crowd.leave(&first)?;
    let again = crowd.join(named("one"))?;
    crowd.settle()?;
    // Where the broker assigns, an id is taken until its member says that it goes, or its session is over.
    let again = if role.assignor.starts_with("consumer") {
        again
    } else {
        crowd.crash(&again)?;
        crowd.join(named("one"))?
    };
    crowd.settle()?;
    let has = owned(&crowd.member(&again)?.history());
    if has != had {
        return Err(format!("it had {had:?} and has {has:?}"));
    }
    let after = crowd.member(&second)?.history();
    if self::changes(&after) != changes {
        return Err(format!("the other one was disturbed: {}", crowd.last_words()));
    }
    crowd.end().map(drop)
}

/// A third member joins two with twelve partitions; each of them keeps four all the time.
fn gives_up_only_what_it_must(bootstrap: &str, kind: Kind) -> Result<(), String> {
    let role = Role::new(kind, "cooperative-sticky");
    let mut crowd = Crowd::gather(bootstrap, "cooperative", 12, SHORT);
    let old = crowd.join_all([role.clone(), role.clone()])?;
    crowd.settle()?;
    let mut kept = Vec::new();
    for name in &old {
        kept.push(crowd.member(name)?.history());
    }
    crowd.join(role)?;
    crowd.settle()?;
    for before in kept {
        let after = crowd.member(&before.name)?.history();
        let given_up: usize =
            after.events[before.events.len()..].iter().map(|event| given_up(&event.what)).sum();
        if given_up != 2 || !owned(&after).is_subset(&owned(&before)) {
            return Err(format!(
                "{} gave up {given_up} partitions, not 2: {}",
                before.name,
                crowd.last_words()
            ));
        }
    }
    crowd.end().map(drop)
}

fn given_up(what: &What) -> usize {
    match what {
        What::Revoked(places) | What::Lost(places) => places.len(),
        _ => 0,
    }
}

fn owned(history: &History) -> BTreeSet<Place> {
    history.owned().into_iter().collect()
}

/// What changed hands, as far as a member was told.
pub(super) fn changes(history: &History) -> Vec<What> {
    let all = history.events.iter().map(|event| &event.what);
    let change = |what: &&What| matches!(what, What::Assigned(_) | What::Revoked(_) | What::Lost(_));
    all.filter(change).cloned().collect()
}
