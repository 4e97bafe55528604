//! Members by chance, each behaving as a client does, in a group whose broker, log and clock are not kind to it.

use std::collections::{BTreeMap, HashSet};

use fastrand::Rng;
use fluxmq_protocol::stored::groups::GroupRecord;

use super::super::Phase;
use super::*;

const PROTOCOLS: [&str; 3] = ["range", "roundrobin", "sticky"];

/// What a client is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Doing {
    Nothing,
    Joins(Ticket),
    Joined,
    Syncs(Ticket),
    Works,
}

#[derive(Debug)]
struct Actor {
    instance_id: Option<String>,
    protocols: Vec<&'static str>,
    /// What it says of itself.
    words: String,
    version: i16,
    doing: Doing,
    member_id: String,
    generation: i32,
    /// Who is to be assigned something, for a leader.
    leads: Vec<String>,
    /// Whether it had to wait for the others to join, and whether it has left meanwhile.
    has_waited: bool,
    has_left: bool,
}

/// What is known of a generation since the broker began.
#[derive(Debug, Default)]
struct Generation {
    protocol: String,
    told_to_lead: HashSet<String>,
}

struct Model {
    rng: Rng,
    stage: Stage,
    actors: Vec<Actor>,
    generations: BTreeMap<i32, Generation>,
    last_generation: i32,
    asked: Vec<Ticket>,
    /// Of members that were written down only the protocol is known that they had agreed on. So where the broker restarts, all support
    /// the same ones: others would be refused until everybody had joined again.
    restarts: bool,
}

impl Model {
    fn new(seed: u64) -> Model {
        let mut rng = Rng::with_seed(seed);
        let mut stage = Stage::new();
        stage.world.config.initial_rebalance_delay_ms = *rng.choice([0, 0, 3_000].iter()).unwrap();
        let restarts = rng.bool();
        let actors = (0..rng.usize(1..8)).map(|number| Actor {
            instance_id: rng.bool().then(|| format!("i{number}")),
            protocols: Vec::new(),
            words: String::new(),
            version: rng.i16(5..=NEWEST),
            doing: Doing::Nothing,
            member_id: String::new(),
            generation: -1,
            leads: Vec::new(),
            has_waited: false,
            has_left: false,
        });
        let mut model = Model {
            actors: actors.collect(),
            rng,
            stage,
            generations: BTreeMap::new(),
            last_generation: 0,
            asked: Vec::new(),
            restarts,
        };
        for at in 0..model.actors.len() {
            model.change_words(at);
        }
        model
    }

    /// All support `range`, and others by chance.
    fn change_words(&mut self, at: usize) {
        let is_spoken = |name: &&str| self.restarts || *name == "range" || self.rng.bool();
        let mut protocols: Vec<_> = PROTOCOLS.into_iter().filter(is_spoken).collect();
        self.rng.shuffle(&mut protocols);
        self.actors[at].protocols = protocols;
        self.actors[at].words = self.rng.u8(..).to_string();
    }

    /// What a client does next that goes on with what it does.
    fn go_on(&mut self, at: usize) {
        let actor = &self.actors[at];
        let (member_id, generation) = (actor.member_id.clone(), actor.generation);
        match actor.doing {
            Doing::Nothing => self.join(at),
            Doing::Joined => {
                let assignments: Vec<_> = actor.leads.iter().map(|id| (id.as_str(), id.as_str())).collect();
                let request = SyncGroupRequest {
                    group_instance_id: actor.instance_id.clone(),
                    ..sync(&member_id, generation, &assignments)
                };
                let ticket = self.stage.sync(&request);
                self.asked.push(ticket);
                self.actors[at].doing = Doing::Syncs(ticket);
            }
            Doing::Works => {
                let request = HeartbeatRequest {
                    generation_id: generation,
                    member_id,
                    group_instance_id: actor.instance_id.clone(),
                    ..Default::default()
                };
                let error_code = self.stage.turn(|group, turn| group.heartbeat(turn, &request));
                self.hear(at, error_code);
            }
            Doing::Joins(_) | Doing::Syncs(_) => {}
        }
        self.take_answers();
    }

    fn join(&mut self, at: usize) {
        let actor = &self.actors[at];
        let protocols: Vec<_> = actor.protocols.iter().map(|name| (*name, actor.words.as_str())).collect();
        let request = JoinGroupRequest {
            group_instance_id: actor.instance_id.clone(),
            rebalance_timeout_ms: 20_000,
            ..request(&actor.member_id, &protocols)
        };
        let ticket = self.stage.join_as(&request, actor.version);
        self.asked.push(ticket);
        self.actors[at].doing = Doing::Joins(ticket);
        self.actors[at].has_waited = self.stage.waits(ticket);
        self.actors[at].has_left = false;
    }

    /// What clients do when a question is answered with an error.
    fn hear(&mut self, at: usize, error_code: ErrorCode) {
        let actor = &mut self.actors[at];
        match error_code {
            ErrorCode::NONE => return,
            ErrorCode::REBALANCE_IN_PROGRESS | ErrorCode::NOT_COORDINATOR => {}
            ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::ILLEGAL_GENERATION | ErrorCode::FENCED_INSTANCE_ID => {
                actor.member_id.clear();
                actor.generation = -1;
            }
            other => panic!("a client does not expect {other:?}"),
        }
        actor.doing = Doing::Nothing;
    }

    fn take_answers(&mut self) {
        for at in 0..self.actors.len() {
            match self.actors[at].doing {
                Doing::Joins(ticket) if !self.stage.waits(ticket) => self.take_joined(at, ticket),
                Doing::Syncs(ticket) if !self.stage.waits(ticket) => self.take_synced(at, ticket),
                _ => {}
            }
        }
    }

    fn take_joined(&mut self, at: usize, ticket: Ticket) {
        let answer = self.stage.joined(ticket);
        let actor = &mut self.actors[at];
        match answer.error_code {
            ErrorCode::NONE => {}
            ErrorCode::MEMBER_ID_REQUIRED => {
                actor.member_id = answer.member_id;
                actor.doing = Doing::Nothing;
                return;
            }
            ErrorCode::UNKNOWN_MEMBER_ID => {
                assert!(!actor.has_waited || actor.has_left, "given up while it waited: {actor:?}");
                return self.hear(at, answer.error_code);
            }
            error_code => return self.hear(at, error_code),
        }
        let protocol = answer.protocol_name.expect("a protocol");
        assert!(
            actor.protocols.contains(&protocol.as_str()),
            "{protocol} is not among {:?}",
            actor.protocols
        );
        let known = self.generations.entry(answer.generation_id).or_default();
        assert!(known.protocol.is_empty() || known.protocol == protocol, "{} and {protocol}", known.protocol);
        known.protocol = protocol;
        actor.leads.clear();
        if answer.leader == answer.member_id {
            // A static leader that comes back leads under another member id.
            known.told_to_lead.insert(actor.instance_id.clone().unwrap_or_else(|| answer.leader.clone()));
            assert_eq!(known.told_to_lead.len(), 1, "{known:?}");
            assert!(answer.members.iter().any(|member| member.member_id == answer.member_id));
            if !answer.skip_assignment {
                actor.leads = answer.members.into_iter().map(|member| member.member_id).collect();
            }
        } else {
            assert!(answer.members.is_empty());
        }
        actor.member_id = answer.member_id;
        actor.generation = answer.generation_id;
        actor.doing = Doing::Joined;
    }

    fn take_synced(&mut self, at: usize, ticket: Ticket) {
        let answer = self.stage.synced(ticket);
        let actor = &mut self.actors[at];
        if answer.error_code != ErrorCode::NONE {
            return self.hear(at, answer.error_code);
        }
        actor.doing = Doing::Works;
        let written = self.stage.world.log.batches.iter().rev().flatten().find_map(|record| match record {
            GroupRecord::GroupMetadata(_, Some(value)) if value.generation == actor.generation => Some(value),
            _ => None,
        });
        let written = written.expect("the generation is written down");
        let member = written.members.iter().find(|member| member.member_id == actor.member_id);
        assert_eq!(member.expect("a member of it").assignment, answer.assignment);
    }

    /// Something that nobody expects.
    fn disturb(&mut self) {
        let at = self.rng.usize(0..self.actors.len());
        match self.rng.u8(0..10) {
            // The client dies, and begins again without knowing what it was.
            0 | 1 => {
                let actor = &mut self.actors[at];
                actor.doing = Doing::Nothing;
                actor.member_id.clear();
                actor.generation = -1;
            }
            // It loses its connection while it waits.
            2 => self.actors[at].doing = Doing::Nothing,
            // It wants something else.
            3 => {
                self.change_words(at);
                self.actors[at].doing = Doing::Nothing;
            }
            4 | 5 => {
                let member_id = self.actors[at].member_id.clone();
                self.actors[at].has_left = true;
                self.stage.leave(&[&member_id]);
                self.take_answers();
                let actor = &mut self.actors[at];
                actor.doing = Doing::Nothing;
                actor.member_id.clear();
            }
            6 => self.pass(15_000),
            7 => self.pass(45_000),
            8 => self.stage.world.log.failure = Some(ErrorCode::KAFKA_STORAGE_ERROR),
            _ if self.restarts => self.restart(),
            _ => {}
        }
    }

    /// The broker ends and begins again: everybody who waits loses the connection.
    fn restart(&mut self) {
        if self.stage.world.log.batches.is_empty() {
            self.stage.group = ClassicGroup::new("g");
        } else {
            self.stage.restart();
        }
        self.last_generation = 0;
        self.generations.clear();
        self.asked.clear();
        for actor in &mut self.actors {
            if matches!(actor.doing, Doing::Joins(_) | Doing::Syncs(_)) {
                actor.doing = Doing::Nothing;
            }
        }
    }

    fn pass(&mut self, ms: i64) {
        self.stage.pass(ms);
        self.take_answers();
    }

    fn check(&mut self) {
        let group = &self.stage.group;
        assert!(
            group.generation >= self.last_generation,
            "{} after {}",
            group.generation,
            self.last_generation
        );
        self.last_generation = group.generation;
        let members = &group.members;
        assert_eq!(group.phase == Phase::Empty, group.phase == Phase::Empty && members.is_empty());
        assert_eq!(members.is_empty(), group.leader.is_none());
        assert!(group.leader.as_deref().is_none_or(|leader| members.get(leader).is_some()));
        assert_eq!(members.joining(), members.ids_where(|member| member.waits_for_join.is_some()).len());
        for name in PROTOCOLS {
            let all = members.iter().all(|(_, member)| member.metadata(name).is_some());
            assert_eq!(members.all_support(name), all, "{name}");
        }
        let earliest = members.iter().filter_map(|(_, member)| member.expires_at_ms()).min();
        assert!(earliest.is_none_or(|earliest| group.wake_at().is_some_and(|wake_at| wake_at <= earliest)));
        let waits_to_join = members.joining() > 0;
        assert!(!waits_to_join || matches!(group.phase, Phase::PreparingRebalance { .. }), "{group:?}");
        let waits_to_sync = !members.ids_where(|member| member.waits_for_sync.is_some()).is_empty();
        assert!(!waits_to_sync || matches!(group.phase, Phase::CompletingRebalance { .. }), "{group:?}");
    }

    fn run(&mut self) {
        for _ in 0..self.rng.usize(20..200) {
            if self.rng.u8(0..4) == 0 {
                self.disturb();
            } else {
                let at = self.rng.usize(0..self.actors.len());
                self.go_on(at);
            }
            if self.rng.bool() {
                self.stage.world.log.failure = None;
            }
            self.check();
            let ms = self.rng.i64(0..2_000);
            self.pass(ms);
            self.check();
        }
        self.stage.world.log.failure = None;
    }

    /// Everybody behaves: the group becomes stable, with all of them in it.
    fn settle(&mut self) {
        for _ in 0..120 {
            for at in 0..self.actors.len() {
                self.go_on(at);
                self.check();
            }
            self.pass(1_000);
        }
        assert_eq!(self.stage.group.state(), ClassicState::Stable, "{:#?}", self.actors);
        assert!(self.actors.iter().all(|actor| actor.doing == Doing::Works), "{:#?}", self.actors);
        assert_eq!(self.stage.group.members.len(), self.actors.len());
    }

    /// Nobody is heard of any more: the group becomes empty, and waits for nothing.
    fn end(&mut self) {
        self.stage.pass(400_000);
        assert_eq!(self.stage.group.state(), ClassicState::Empty);
        assert_eq!(self.stage.group.wake_at(), None);
        for ticket in &self.asked {
            assert!(!self.stage.waits(*ticket), "{ticket:?} was never answered");
        }
    }
}

/// By the seed in `FLUXMQ_SEED` alone, or by many.
#[test]
fn whatever_members_do_the_group_settles_and_everybody_is_answered() {
    let given = std::env::var("FLUXMQ_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = given.map_or(0..400, |seed: u64| seed..seed + 1);
    for seed in seeds {
        println!("FLUXMQ_SEED={seed}");
        let mut model = Model::new(seed);
        model.run();
        let settles = model.rng.bool();
        if settles {
            model.settle();
        }
        model.end();
    }
}
