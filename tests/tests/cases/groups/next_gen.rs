//! The protocol in which the broker assigns, and the way from the classic one to it and back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fluxmq_tests::groups::crowd::Crowd;
use fluxmq_tests::groups::host::Host;
use fluxmq_tests::groups::kind::Kind;
use fluxmq_tests::groups::member::{Role, SHORT};
use fluxmq_tests::interop::world::{GROUP_SETTINGS, foreign_bootstrap};
use fluxmq_tests::interop::{Client, World};
use fluxmq_tests::variables::seed;
use libtest_mimic::Trial;

use super::{alone, case, kinds, mixed};

pub(super) fn cases(world: &Arc<World>) -> Vec<Trial> {
    let mut all = Vec::new();
    let mut add = |name: &str, kind: Kind, run: fn(&str, Kind) -> Result<(), String>| {
        let world = Arc::clone(world);
        let run = move || run(&world.bootstrap(), kind);
        all.push(case(format!("consumer_protocol::{}_{name}", kind.name()), &[kind], run));
    };
    let members = kinds(Kind::speaks_consumer_protocol);
    for &kind in &members {
        add("joins_rebalances_commits_and_resumes", kind, |bootstrap, kind| {
            alone::resumes(bootstrap, &Role::new(kind, "consumer"))
        });
        add("uses_the_range_assignor", kind, |bootstrap, kind| {
            alone::resumes(bootstrap, &Role::new(kind, "consumer:range"))
        });
        add("returns_as_a_static_member", kind, returns);
        add("subscribes_to_a_pattern", kind, pattern);
        add("migrates_and_back", kind, migrates);
    }
    let world = Arc::clone(world);
    all.push(case("consumer_protocol::mixed".to_owned(), &members.clone(), move || {
        let seed = seed();
        mixed::mixed(&world.bootstrap(), "consumer", &members, seed)
            .map_err(|why| format!("with seed {seed}: {why}"))
    }));
    all
}

/// The session of the shared broker would be over before a slow client has started again.
fn returns(bootstrap: &str, kind: Kind) -> Result<(), String> {
    let role = Role::new(kind, "consumer");
    if foreign_bootstrap().is_some() {
        return alone::returns(bootstrap, &role);
    }
    let patient = [&GROUP_SETTINGS[..], &["group.consumer.session.timeout.ms=60000"]].concat();
    alone::returns(&Host::start(&patient)?.address(), &role)
}

/// A member that names its topics by a pattern finds those that are there, and those that come later.
fn pattern(bootstrap: &str, kind: Kind) -> Result<(), String> {
    let mut crowd = Crowd::gather(bootstrap, "pattern", 4, SHORT);
    let pattern = format!("{}(-later.*)?", crowd.work.topic);
    let role = Role { pattern: Some(pattern), ..Role::new(kind, "consumer") };
    crowd.join_all([role.clone(), role])?;
    crowd.settle()?;
    let later = fluxmq_tests::stored::create_topic(bootstrap, &format!("{}-later", crowd.work.topic), 2);
    let deadline = Instant::now() + Duration::from_secs(120);
    crowd.wait(deadline, "the new topic is not found", |crowd| {
        let found = crowd.owned().filter(|(topic, _)| *topic == later).count();
        if found == 2 { Ok(()) } else { Err(format!("{found} of its 2 partitions have an owner")) }
    })?;
    crowd.end().map(drop)
}

/// Classic members go one by one, and come back with the other protocol; then the same the other way.
fn migrates(bootstrap: &str, kind: Kind) -> Result<(), String> {
    let mut crowd = Crowd::gather(bootstrap, "migration", 6, SHORT);
    // librdkafka's sticky assignor hands out data of its own, which a broker, Apache Kafka's too, would not lose.
    let first = if kind == Kind::Foreign(Client::Confluent) { "roundrobin" } else { "cooperative-sticky" };
    for assignor in [first, "range"] {
        let classic = crowd.join_all(vec![Role::new(kind, assignor); 3])?;
        crowd.settle()?;
        let next = roll(&mut crowd, classic, &Role::new(kind, "consumer"))?;
        let classic = roll(&mut crowd, next, &Role::new(kind, assignor))?;
        for name in classic {
            crowd.leave(&name)?;
        }
    }
    crowd.join(Role::new(kind, "consumer"))?;
    crowd.settle()?;
    crowd.end().map(drop)
}

fn roll(crowd: &mut Crowd, old: Vec<String>, to: &Role) -> Result<Vec<String>, String> {
    let mut new = Vec::new();
    for name in old {
        crowd.leave(&name)?;
        new.push(crowd.join(to.clone())?);
        crowd.settle()?;
    }
    Ok(new)
}
