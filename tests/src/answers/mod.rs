//! What a broker answers to requests about groups, written down so that two brokers can be held side by side.
//!
//! [`SCRIPTS`] lists sequences of requests, normal and odd: [`joins`], [`members`] and [`groups`] send
//! what needs no state or little, [`life`] walks a group from its first member to its deletion, [`rebalances`] lets members
//! fall silent, [`instances`] are static members, [`offsets`] what a group commits, [`next_generation`] the groups of KIP-848,
//! [`migration`] those in which both protocols meet, [`setbacks`] what their members do when not all goes well.
//! [`transcript`] is what is kept of the answers, [`actor`] one member of a group that does as it is told.

mod actor;
mod groups;
mod instances;
mod joins;
mod life;
mod members;
mod migration;
mod next_generation;
mod offsets;
mod rebalances;
mod setbacks;
mod transcript;

use std::time::{Duration, Instant};

use fluxmq_protocol::{ApiKey, ProtocolRequest, Uuid};

use self::actor::Actor;
pub use self::transcript::differences;
use self::transcript::{Tidy, Transcript};
use crate::connection::Connection;
use crate::stored;

/// What a broker must be told before the scenes are played to it.
pub const SETTINGS: [&str; 4] = [
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "group.max.size=3",
    "group.consumer.assignment.interval.ms=0",
];

const PATIENCE: Duration = Duration::from_secs(30);
const GLANCE: Duration = Duration::from_millis(5);

/// A sequence of requests.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    /// Of the file that holds Kafka's answers.
    pub name: &'static str,
    play: fn(&mut Scene),
}

/// Every one.
pub const SCRIPTS: [Script; 12] = [
    Script { name: "joins", play: joins::play },
    Script { name: "members", play: members::play },
    Script { name: "groups", play: groups::play },
    Script { name: "life", play: life::play },
    Script { name: "votes", play: life::votes },
    Script { name: "rebalances", play: rebalances::play },
    Script { name: "instances", play: instances::play },
    Script { name: "commits", play: offsets::commits },
    Script { name: "offsets", play: offsets::play },
    Script { name: "next_generation", play: next_generation::play },
    Script { name: "migration", play: migration::play },
    Script { name: "setbacks", play: setbacks::play },
];

impl Script {
    /// Plays it to the broker at `address`; returns the lines that tell what was answered.
    pub fn play(self, address: &str) -> String {
        let mut scene =
            Scene { address: address.to_owned(), transcript: Transcript::new(stored::unique("")) };
        scene.wait_for_coordinator();
        (self.play)(&mut scene);
        scene.transcript.into_text()
    }
}

/// The versions that Kafka 4.3.1 answers.
fn served<R: ProtocolRequest>() -> (i16, i16) {
    match R::API_KEY {
        ApiKey::OffsetCommit => (2, R::MAX_VERSION),
        ApiKey::OffsetFetch => (1, R::MAX_VERSION),
        ApiKey::DeleteGroups => (0, 2),
        _ => (R::MIN_VERSION, R::MAX_VERSION),
    }
}

/// A broker that is asked, and what it said.
pub(crate) struct Scene {
    address: String,
    transcript: Transcript,
}

impl Scene {
    fn connect(&self) -> Connection {
        Connection::open(&self.address).expect("the broker takes connections")
    }

    /// A name that no other run uses; it is written down as it was given.
    fn own(&self, name: &str) -> String {
        format!("{name}{}", self.transcript.run())
    }

    fn topic(&mut self, name: &str, partitions: i32) -> (String, Uuid) {
        let topic = self.own(name);
        let mut connection = self.connect();
        let id = stored::create_topic_named(&mut connection, &topic, partitions, &[]);
        self.transcript.name(&id.to_string(), &format!("id of {name}"));
        (topic, id)
    }

    fn heading(&mut self, text: &str) {
        self.transcript.heading(text);
    }

    /// Asks, and writes the answer down.
    fn ask<R>(&mut self, connection: &mut Connection, what: &str, request: &R, version: i16) -> R::Response
    where
        R: ProtocolRequest,
        R::Response: Tidy,
    {
        let answer = connection.call(request, version).expect("a request is answered");
        self.transcript.question(what);
        self.transcript.answer::<R>(version, version, answer.clone());
        answer
    }

    /// Takes the answer to a request that was sent earlier, and writes it down.
    fn hear<R>(&mut self, connection: &mut Connection, what: &str, version: i16) -> R::Response
    where
        R: ProtocolRequest,
        R::Response: Tidy,
    {
        let answer = connection.receive::<R>(version).expect("a request is answered");
        self.transcript.question(what);
        self.transcript.answer::<R>(version, version, answer.clone());
        answer
    }

    /// Asks in every version; answers that are alike are written down once.
    fn sweep<R>(&mut self, connection: &mut Connection, what: &str, request: impl Fn(i16) -> R)
    where
        R: ProtocolRequest,
        R::Response: Tidy,
    {
        self.sweep_from(0, connection, what, request);
    }

    /// [`Scene::sweep`] for what only later versions can say.
    fn sweep_from<R>(
        &mut self,
        first: i16,
        connection: &mut Connection,
        what: &str,
        request: impl Fn(i16) -> R,
    ) where
        R: ProtocolRequest,
        R::Response: Tidy,
    {
        self.transcript.question(what);
        let mut alike: Option<(i16, R::Response)> = None;
        let (min, max) = served::<R>();
        for version in first.max(min)..=max {
            let answer = connection.call(&request(version), version).unwrap_or_else(|error| {
                panic!("{what}: {} {version} is not answered: {error}", R::API_KEY);
            });
            match &alike {
                Some((_, earlier)) if self.transcript.is_alike(earlier, &answer) => {}
                _ => {
                    if let Some((from, earlier)) = alike.replace((version, answer)) {
                        self.transcript.answer::<R>(from, version - 1, earlier);
                    }
                }
            }
        }
        if let Some((from, earlier)) = alike {
            self.transcript.answer::<R>(from, max, earlier);
        }
    }

    /// Asks again until the answer is as it will be, and writes that one down: what another connection has sent takes a
    /// moment to have its effect.
    fn until<R>(
        &mut self,
        connection: &mut Connection,
        what: &str,
        request: &R,
        version: i16,
        done: impl Fn(&R::Response) -> bool,
    ) -> R::Response
    where
        R: ProtocolRequest,
        R::Response: Tidy,
    {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = connection.call(request, version).expect("a request is answered");
            if done(&answer) {
                self.transcript.question(what);
                self.transcript.answer::<R>(version, version, answer.clone());
                return answer;
            }
            assert!(Instant::now() < deadline, "{what}: it stays at {answer:?}");
            std::thread::sleep(GLANCE);
        }
    }

    /// A Kafka that has just started creates the topic of its coordinator when somebody asks for it.
    fn wait_for_coordinator(&self) {
        use fluxmq_protocol::messages::describe_groups::DescribeGroupsRequest;
        use fluxmq_protocol::messages::find_coordinator::FindCoordinatorRequest;
        let group = self.own("first");
        let (find, describe) = (
            FindCoordinatorRequest { key: group.clone(), ..Default::default() },
            DescribeGroupsRequest { groups: vec![group], ..Default::default() },
        );
        let mut connection = self.connect();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = connection.call(&find, 3).expect("a request is answered").error_code;
            let described = connection.call(&describe, 0).expect("a request is answered");
            if found.is_ok() && described.groups[0].error_code.is_ok() {
                return;
            }
            assert!(Instant::now() < deadline, "there is no coordinator: {found}");
            std::thread::sleep(GLANCE);
        }
    }

    fn actor(&mut self, name: &'static str, group: &str) -> Actor {
        let connection = self.connect();
        Actor::new(name, group, connection)
    }
}
