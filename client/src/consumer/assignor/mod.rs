//! Who of a consumer group reads which partitions. The group's leader works it out from what every member asked for;
//! nothing here does I/O.
//!
//! Names, bytes and results are those of Kafka's own client, so that members of different makers share a group:
//! whoever leads, the others understand what they get.

mod balance;
mod cooperative;
mod range;
mod round_robin;
mod sticky;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use fluxmq_protocol::consumer_protocol::{self, Subscription};

use crate::error::ClientError;
use crate::metadata_cache::TopicMetadata;
use crate::pool::BrokerInfo;
use crate::topic_partition::TopicPartition;

/// A way of sharing partitions out, by the name under which members agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssignmentStrategy {
    /// Neighbouring partitions of each topic go to one member; topics with equally many partitions are split alike.
    Range,
    /// All partitions of all topics are dealt out one by one.
    RoundRobin,
    /// Evenly, and as much as can be stays where it was.
    Sticky,
    /// The same while members keep reading what does not move.
    CooperativeSticky,
}

/// What members do with their partitions while a group rebalances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RebalanceProtocol {
    /// They give all up before they join again.
    Eager,
    /// They keep what they have, and give up what moves once they are told; a second rebalance hands it on.
    Cooperative,
}

/// A member of a group, as its leader sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupMember {
    /// The id that the coordinator knows it by.
    pub id: String,
    /// Its `group.instance.id`, where it has one.
    pub instance_id: Option<String>,
    /// What it asks for.
    pub subscription: Subscription,
}

/// A topic, as far as sharing it out goes. Its partitions are numbered from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicLayout {
    /// How many partitions it has.
    pub partition_count: i32,
    /// The racks that hold a replica of each partition; empty where racks are not known.
    pub racks: Vec<BTreeSet<String>>,
}

/// The topics that a group's members ask for and that exist.
pub type Topics = BTreeMap<String, TopicLayout>;

/// The partitions of each member, by its id. Every member is there, also one that gets nothing.
pub type Assignments = BTreeMap<String, Vec<TopicPartition>>;

/// Shares partitions out among the members of a group, and remembers of its own member what the next time needs.
pub trait Assignor: fmt::Debug + Send {
    /// The name under which members agree on it.
    fn name(&self) -> &'static str;

    /// What members do with their partitions while the group rebalances.
    fn protocol(&self) -> RebalanceProtocol {
        RebalanceProtocol::Eager
    }

    /// What this member tells the leader beyond the fields that every subscription has.
    fn user_data(&self) -> Option<Bytes> {
        None
    }

    /// Shares the partitions out. Topics that nobody asks for stay unassigned.
    fn assign(&self, members: &[GroupMember], topics: &Topics) -> Assignments;

    /// Learns what this member was given, and in which generation.
    fn on_assignment(&mut self, _partitions: &[TopicPartition], _generation: i32) {}

    /// What this member asks for when it joins, given what it owns and since which generation.
    fn subscription(
        &self,
        topics: &BTreeSet<String>,
        owned: &[TopicPartition],
        generation: i32,
        rack: Option<&str>,
    ) -> Subscription {
        Subscription {
            topics: topics.iter().cloned().collect(),
            user_data: self.user_data(),
            owned_partitions: consumer_protocol::by_topic(
                owned.iter().map(|owned| (owned.topic.as_str(), owned.partition)),
            ),
            generation_id: generation,
            rack_id: rack.map(str::to_owned),
        }
    }
}

impl AssignmentStrategy {
    /// Every strategy, in the order in which a reader wants them listed.
    pub const ALL: [AssignmentStrategy; 4] = [
        AssignmentStrategy::Range,
        AssignmentStrategy::RoundRobin,
        AssignmentStrategy::Sticky,
        AssignmentStrategy::CooperativeSticky,
    ];

    /// The name under which members agree on it.
    pub fn name(self) -> &'static str {
        match self {
            AssignmentStrategy::Range => "range",
            AssignmentStrategy::RoundRobin => "roundrobin",
            AssignmentStrategy::Sticky => "sticky",
            AssignmentStrategy::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// One that remembers nothing yet.
    pub fn assignor(self) -> Box<dyn Assignor> {
        match self {
            AssignmentStrategy::Range => Box::new(range::Range),
            AssignmentStrategy::RoundRobin => Box::new(round_robin::RoundRobin),
            AssignmentStrategy::Sticky => Box::new(sticky::Sticky::default()),
            AssignmentStrategy::CooperativeSticky => Box::new(cooperative::CooperativeSticky::default()),
        }
    }
}

impl fmt::Display for AssignmentStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AssignmentStrategy {
    type Err = ClientError;

    fn from_str(name: &str) -> Result<Self, ClientError> {
        Self::ALL.into_iter().find(|strategy| strategy.name() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|strategy| format!("`{strategy}`")).collect();
            ClientError::InvalidArgument(format!(
                "`{name}` is no assignment strategy, there are {}",
                known.join(", ")
            ))
        })
    }
}

impl TopicLayout {
    /// A topic whose racks are not known.
    pub fn new(partition_count: i32) -> Self {
        TopicLayout { partition_count, racks: Vec::new() }
    }

    /// A topic as the cluster's metadata has it.
    pub fn of(topic: &TopicMetadata, brokers: &[BrokerInfo]) -> Self {
        let rack = |id: &i32| brokers.iter().find(|broker| broker.id == *id)?.rack.clone();
        let racks: Vec<BTreeSet<String>> = topic
            .partitions
            .iter()
            .map(|partition| partition.replicas.iter().filter_map(rack).collect())
            .collect();
        TopicLayout {
            partition_count: topic.partitions.len().try_into().unwrap_or(i32::MAX),
            racks: if racks.iter().all(BTreeSet::is_empty) { Vec::new() } else { racks },
        }
    }

    /// Its partitions.
    fn partitions(&self) -> std::ops::Range<i32> {
        0..self.partition_count
    }

    /// Whether a partition has a replica in a rack.
    fn is_in(&self, partition: i32, rack: &str) -> bool {
        let racks = usize::try_from(partition).ok().and_then(|partition| self.racks.get(partition));
        racks.is_some_and(|racks| racks.contains(rack))
    }
}

impl GroupMember {
    /// The rack that it stands in; an empty name is none.
    fn rack(&self) -> Option<&str> {
        self.subscription.rack_id.as_deref().filter(|rack| !rack.is_empty())
    }

    /// Where the member stands in line: static members by their instance id, after them the others by their id.
    fn rank(&self) -> impl Ord + '_ {
        (self.instance_id.is_none(), self.instance_id.as_deref(), self.id.as_str())
    }
}

/// An assignment in which nobody has anything.
fn nothing_for<'a>(members: impl IntoIterator<Item = &'a GroupMember>) -> Assignments {
    members.into_iter().map(|member| (member.id.clone(), Vec::new())).collect()
}

fn in_line(members: &[GroupMember]) -> Vec<&GroupMember> {
    let mut line: Vec<_> = members.iter().collect();
    line.sort_by(|one, other| one.rank().cmp(&other.rank()));
    line
}

/// Who asks for each topic, as ascending places in a line.
fn readers_by_topic<'a>(line: &[&'a GroupMember]) -> HashMap<&'a str, Vec<usize>> {
    let mut readers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, member) in line.iter().enumerate() {
        for topic in &member.subscription.topics {
            let places = readers.entry(topic).or_default();
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
    }
    readers
}

/// Whether racks make a difference: some member stands where a replica is, and not every partition is in every rack.
fn racks_matter<'a>(
    members: impl IntoIterator<Item = &'a GroupMember>,
    topics: impl IntoIterator<Item = &'a TopicLayout, IntoIter: Clone>,
) -> bool {
    let topics = topics.into_iter();
    let racks: BTreeSet<&String> = topics.clone().flat_map(|topic| &topic.racks).flatten().collect();
    let is_everywhere = |topic: &TopicLayout| {
        let known = topic.partitions().zip(&topic.racks);
        known.filter(|(_, held)| held.len() == racks.len()).count() == topic.partitions().count()
    };
    let mut near = members.into_iter().filter_map(GroupMember::rack);
    near.any(|rack| racks.iter().any(|known| *known == rack)) && !topics.clone().all(is_everywhere)
}

#[cfg(test)]
mod tests;
