//! Groups whose members come, go, and change what they read, by seed.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fluxmq_client::TopicPartition;
use fluxmq_client::consumer::assignor::{
    AssignmentStrategy, Assignments, Assignor, GroupMember, RebalanceProtocol, TopicLayout, Topics,
};
use fluxmq_protocol::consumer_protocol::{Subscription, VERSION_MAX};
use serde_json::{Value, json};

const RACKS: [&str; 3] = ["north", "south", "west"];

/// A group before a rebalance, and what our assignor made of it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) strategy: AssignmentStrategy,
    pub(super) members: Vec<GroupMember>,
    pub(super) topics: Topics,
    /// Who really has each partition: the last to whom it was given.
    pub(super) owners: BTreeMap<TopicPartition, String>,
    pub(super) assigned: Assignments,
    /// The subscriptions as the members sent them, and in which version.
    sent: BTreeMap<String, Vec<u8>>,
    pub(super) version: i16,
}

impl Asked {
    pub(super) fn to_json(&self) -> Value {
        let member = |member: &GroupMember| {
            let subscription = STANDARD.encode(&self.sent[&member.id]);
            json!({ "id": member.id, "instance": member.instance_id, "subscription": subscription })
        };
        let layout = |(topic, layout): (&String, &TopicLayout)| {
            let nowhere = vec![BTreeSet::new(); usize::try_from(layout.partition_count).unwrap_or(0)];
            (topic.clone(), json!(if layout.racks.is_empty() { &nowhere } else { &layout.racks }))
        };
        json!({
            "strategy": self.strategy.name(),
            "members": self.members.iter().map(member).collect::<Vec<_>>(),
            "topics": self.topics.iter().map(layout).collect::<serde_json::Map<_, _>>(),
        })
    }

    pub(super) fn sent(&self, member: &str) -> &[u8] {
        &self.sent[member]
    }

    /// Whether it is known where replicas stand.
    pub(super) fn has_racks(&self) -> bool {
        self.topics.values().any(|layout| !layout.racks.is_empty())
    }

    /// Whether every member reads the same of the topics that exist.
    pub(super) fn is_equal(&self) -> bool {
        let reads = |member: &GroupMember| -> BTreeSet<String> {
            member
                .subscription
                .topics
                .iter()
                .filter(|topic| self.topics.contains_key(*topic))
                .cloned()
                .collect()
        };
        self.members.windows(2).all(|pair| reads(&pair[0]) == reads(&pair[1]))
    }
}

/// A member and what it remembers.
#[derive(Debug)]
struct Seat {
    instance: Option<String>,
    rack: Option<String>,
    topics: BTreeSet<String>,
    assignor: Box<dyn Assignor>,
    owned: Vec<TopicPartition>,
    generation: i32,
}

/// A group that lives.
#[derive(Debug)]
pub(super) struct Group {
    strategy: AssignmentStrategy,
    random: fastrand::Rng,
    topics: Topics,
    seats: BTreeMap<String, Seat>,
    /// Whether all read the same topics.
    equal: bool,
    racks: bool,
    /// The version that members write; in earlier ones they leave out what they own.
    version: i16,
    generation: i32,
    names: u32,
}

impl Group {
    pub(super) fn new(strategy: AssignmentStrategy, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let cooperates = strategy.assignor().protocol() == RebalanceProtocol::Cooperative;
        let version = random.i16(i16::from(cooperates)..=VERSION_MAX);
        Group {
            strategy,
            topics: Topics::new(),
            seats: BTreeMap::new(),
            equal: random.bool(),
            racks: version == VERSION_MAX && random.bool(),
            version,
            generation: 0,
            names: 0,
            random,
        }
    }

    /// Changes and rebalances, as often as that.
    pub(super) fn live(mut self, changes: usize) -> Vec<Asked> {
        let mut all = Vec::new();
        for _ in 0..changes {
            self.change();
            all.push(self.rebalance());
            if self.strategy == AssignmentStrategy::CooperativeSticky {
                // Members that have given something up join again.
                all.push(self.rebalance());
            }
        }
        all
    }

    fn change(&mut self) {
        while self.topics.len() < 5 && (self.topics.is_empty() || self.random.u8(..3) > 0) {
            let name = format!("topic-{}", self.topics.len());
            self.topics.insert(name, TopicLayout::default());
            for _ in 0..self.random.u8(1..10) {
                self.grow_last_topic();
            }
        }
        if self.random.u8(..4) == 0 {
            self.grow_last_topic();
        }
        let random = &mut self.random;
        self.seats.retain(|_, _| random.u8(..5) > 0);
        while self.seats.is_empty() || (self.seats.len() < 8 && self.random.u8(..3) > 0) {
            self.seat();
        }
        let all: BTreeSet<String> = self.topics.keys().cloned().collect();
        for seat in self.seats.values_mut() {
            if self.equal {
                seat.topics.clone_from(&all);
            } else if self.random.u8(..4) == 0 || seat.topics.is_empty() {
                seat.topics = all.iter().filter(|_| self.random.u8(..3) > 0).cloned().collect();
                // Kafka's sticky assignors give partitions to a member that asks for no topic at all, if it comes first.
                let asks_in_vain = self.random.bool() || seat.topics.is_empty();
                seat.topics.extend(asks_in_vain.then(|| "no-such-topic".to_owned()));
            }
        }
    }

    fn grow_last_topic(&mut self) {
        let Some(mut topic) = self.topics.last_entry() else { return };
        topic.get_mut().partition_count += 1;
        if self.racks {
            let copies = self.random.usize(1..3);
            let racks = self.random.choose_multiple(RACKS, copies);
            topic.get_mut().racks.push(racks.into_iter().map(str::to_owned).collect());
        }
    }

    fn seat(&mut self) {
        self.names += 1;
        let id = format!("{}-{}", self.random.alphabetic(), self.names);
        let seat = Seat {
            instance: (self.random.u8(..4) == 0).then(|| format!("{}{id}", self.random.alphabetic())),
            rack: if self.racks { self.random.choice(RACKS).map(str::to_owned) } else { None },
            topics: BTreeSet::new(),
            assignor: self.strategy.assignor(),
            owned: Vec::new(),
            generation: -1,
        };
        self.seats.insert(id, seat);
    }

    fn rebalance(&mut self) -> Asked {
        let mut asked = Asked {
            strategy: self.strategy,
            members: Vec::new(),
            topics: self.topics.clone(),
            owners: BTreeMap::new(),
            assigned: Assignments::new(),
            sent: BTreeMap::new(),
            version: self.version,
        };
        for (id, seat) in &self.seats {
            let keeps = seat.assignor.protocol() == RebalanceProtocol::Cooperative;
            let owned = if keeps { &seat.owned[..] } else { &[] };
            let said = seat.assignor.subscription(&seat.topics, owned, seat.generation, seat.rack.as_deref());
            let sent = said.encode(self.version).expect("a subscription can be written").to_vec();
            // The leader knows no more than the bytes say.
            let subscription = Subscription::decode(&sent).expect("what was written can be read");
            asked.members.push(GroupMember {
                id: id.clone(),
                instance_id: seat.instance.clone(),
                subscription,
            });
            asked.owners.extend(seat.owned.iter().map(|owned| (owned.clone(), id.clone())));
            asked.sent.insert(id.clone(), sent);
        }
        asked.assigned = self.strategy.assignor().assign(&asked.members, &asked.topics);
        self.generation += 1;
        for (id, partitions) in &asked.assigned {
            let seat = self.seats.get_mut(id).expect("only members are given something");
            seat.assignor.on_assignment(partitions, self.generation);
            seat.owned.clone_from(partitions);
            seat.generation = self.generation;
        }
        asked
    }
}
