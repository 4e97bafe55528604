//! Sharing partitions out evenly with as few moves as can be: the ground on which both sticky assignors stand.
//!
//! Members, topics and partitions are numbers here, in the order of ids and names, so that equal groups get equal
//! results whoever leads.

mod equal;
mod mixed;

use std::collections::{BTreeSet, HashMap};

use fluxmq_protocol::consumer_protocol::TopicPartitions;

use super::{Assignments, GroupMember, TopicLayout, Topics, nothing_for, racks_matter, readers_by_topic};
use crate::topic_partition::TopicPartition;

/// What a member says that it has.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) partitions: Vec<TopicPartitions>,
    /// Since which generation; a later one is believed before an earlier one.
    pub(super) generation: i32,
}

/// Everything that is known before anything is shared out.
#[derive(Debug)]
pub(super) struct Board<'a> {
    members: Vec<&'a GroupMember>,
    topics: Vec<TopicPlace<'a>>,
    partitions: Vec<PartitionPlace>,
    racks_matter: bool,
}

/// A topic that somebody reads.
#[derive(Debug)]
struct TopicPlace<'a> {
    name: &'a str,
    layout: &'a TopicLayout,
    /// Where its partitions begin.
    first: usize,
    /// Who reads it, ascending.
    readers: Vec<usize>,
}

#[derive(Debug, Clone, Default)]
struct PartitionPlace {
    topic: usize,
    number: i32,
    /// Who has it, if exactly one member says so in the latest generation that anybody names.
    owner: Option<usize>,
    /// Whether somebody says that it has it.
    is_claimed: bool,
    /// The latest generation in which it was claimed.
    generation: i32,
    /// Who had it before the owner took it over.
    former_owner: Option<usize>,
}

/// Who gets each partition.
type Holders = Vec<Option<usize>>;

impl<'a> Board<'a> {
    pub(super) fn new(
        members: &'a [GroupMember],
        topics: &'a Topics,
        claim: impl Fn(&GroupMember) -> Claim,
    ) -> Self {
        let mut members: Vec<_> = members.iter().collect();
        members.sort_by(|one, other| one.id.cmp(&other.id));
        let mut board = Board { topics: Vec::new(), partitions: Vec::new(), racks_matter: false, members };
        let mut by_topic = readers_by_topic(&board.members);
        for (name, layout) in topics {
            let Some(readers) = by_topic.remove(name.as_str()) else { continue };
            let topic = board.topics.len();
            board.topics.push(TopicPlace { name, layout, first: board.partitions.len(), readers });
            let place = |number| PartitionPlace { topic, number, ..PartitionPlace::default() };
            board.partitions.extend(layout.partitions().map(place));
        }
        board.racks_matter =
            racks_matter(board.members.iter().copied(), board.topics.iter().map(|topic| topic.layout));
        board.learn_owners(claim);
        board
    }

    fn learn_owners(&mut self, claim: impl Fn(&GroupMember) -> Claim) {
        let places: HashMap<&str, usize> =
            self.topics.iter().enumerate().map(|(place, topic)| (topic.name, place)).collect();
        for (member, claim) in self.members.iter().map(|member| claim(member)).enumerate() {
            for claimed in &claim.partitions {
                let Some(topic) =
                    places.get(claimed.topic.as_str()).and_then(|place| self.topics.get(*place))
                else {
                    continue;
                };
                let numbers: BTreeSet<i32> = claimed.partitions.iter().copied().collect();
                for number in numbers.into_iter().filter(|number| topic.layout.partitions().contains(number))
                {
                    let at = usize::try_from(number).map_or(usize::MAX, |number| topic.first + number);
                    if let Some(partition) = self.partitions.get_mut(at) {
                        partition.claim(member, claim.generation);
                    }
                }
            }
        }
    }

    /// Shares everything out.
    pub(super) fn balance(&self) -> Holders {
        if self.topics.iter().all(|topic| topic.readers.len() == self.members.len()) {
            equal::balance(self)
        } else {
            mixed::balance(self)
        }
    }

    /// Takes back what another member has, or may have.
    pub(super) fn withhold_moves(&self, holders: &mut Holders) {
        for (partition, holder) in self.partitions.iter().zip(holders) {
            if partition.is_claimed && partition.owner != *holder {
                *holder = None;
            }
        }
    }

    pub(super) fn assignments(&self, holders: &Holders) -> Assignments {
        let mut assignments = nothing_for(self.members.iter().copied());
        for (partition, holder) in self.partitions.iter().zip(holders) {
            let member = holder.and_then(|holder| self.members.get(holder));
            let partitions = member.and_then(|member| assignments.get_mut(&member.id));
            if let (Some(partitions), Some(topic)) = (partitions, self.topics.get(partition.topic)) {
                partitions.push(TopicPartition::new(topic.name, partition.number));
            }
        }
        assignments
    }

    /// Whether a member stands where the partition has a replica. `None` where that makes no difference to it.
    fn is_near(&self, member: usize, partition: &PartitionPlace) -> Option<bool> {
        let rack = self.members.get(member).filter(|_| self.racks_matter)?.rack()?;
        Some(self.topics.get(partition.topic)?.layout.is_in(partition.number, rack))
    }

    /// Who keeps each partition to begin with: its owner, if it reads the topic and stands near.
    fn kept(&self) -> Holders {
        let keeps = |partition: &PartitionPlace| {
            let owner = partition.owner?;
            let reads = self.topics.get(partition.topic)?.readers.binary_search(&owner).is_ok();
            (reads && self.is_near(owner, partition) != Some(false)).then_some(owner)
        };
        self.partitions.iter().map(keeps).collect()
    }
}

impl PartitionPlace {
    fn claim(&mut self, member: usize, generation: i32) {
        if !self.is_claimed || generation > self.generation {
            self.former_owner = self.owner;
            self.owner = Some(member);
            self.generation = generation;
        } else if generation == self.generation {
            self.owner = None;
        } else {
            self.former_owner = Some(member);
        }
        self.is_claimed = true;
    }
}
