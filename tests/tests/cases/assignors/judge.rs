//! What an assignment has to be, and how good it is.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fluxmq_client::TopicPartition;
use fluxmq_client::consumer::assignor::{AssignmentStrategy, Assignments, GroupMember};
use fluxmq_protocol::consumer_protocol::{
    Assignment, StickyUserData, Subscription, TopicPartitions, VERSION_MAX,
};
use serde_json::Value;

use super::groups::Asked;

/// The generation in which the members of `Assignors.java` are given what it assigns.
const GENERATION: i32 = 7;

/// Who gets what.
#[derive(Debug, PartialEq)]
pub(super) struct Shares(BTreeMap<String, BTreeSet<TopicPartition>>);

impl Shares {
    pub(super) fn of(assigned: &Assignments) -> Self {
        Shares(
            assigned
                .iter()
                .map(|(id, partitions)| (id.clone(), partitions.iter().cloned().collect()))
                .collect(),
        )
    }

    /// Reads the bytes that Kafka's assignor would send, and those that its members would keep.
    pub(super) fn read(asked: &Asked, answer: &Value) -> Result<Self, String> {
        let mut shares = BTreeMap::new();
        for member in &asked.members {
            let echo = bytes(&answer["subscriptions"][&member.id])?;
            let understood = Subscription::decode(&echo).map_err(|error| error.to_string())?;
            if understood != member.subscription
                || (asked.version == VERSION_MAX && echo != asked.sent(&member.id))
            {
                return Err(format!("of {member:?} it understands {understood:?}"));
            }
            let assignment = bytes(&answer["assignments"][&member.id])?;
            let assignment = Assignment::decode(&assignment).map_err(|error| error.to_string())?;
            let partitions = partitions(&assignment.assigned_partitions);
            check_user_data(asked.strategy, &partitions, &answer["user_data"][&member.id])?;
            shares.insert(member.id.clone(), partitions);
        }
        Ok(Shares(shares))
    }

    fn holders(&self) -> BTreeMap<&TopicPartition, &str> {
        self.0
            .iter()
            .flat_map(|(id, all)| all.iter().map(move |partition| (partition, id.as_str())))
            .collect()
    }

    fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<usize> = self.0.values().map(BTreeSet::len).collect();
        sizes.sort_unstable();
        sizes
    }
}

fn bytes(value: &Value) -> Result<Vec<u8>, String> {
    STANDARD.decode(value.as_str().unwrap_or_default()).map_err(|error| error.to_string())
}

fn partitions(by_topic: &[TopicPartitions]) -> BTreeSet<TopicPartition> {
    let of_topic = |of: &TopicPartitions| -> Vec<TopicPartition> {
        of.partitions.iter().map(|partition| TopicPartition::new(&of.topic, *partition)).collect()
    };
    by_topic.iter().flat_map(of_topic).collect()
}

/// Whether what a Java member keeps for the next time is what our leader would read.
fn check_user_data(
    strategy: AssignmentStrategy,
    assigned: &BTreeSet<TopicPartition>,
    user_data: &Value,
) -> Result<(), String> {
    let kept = bytes(user_data)?;
    let is_right = match strategy {
        AssignmentStrategy::Range | AssignmentStrategy::RoundRobin => user_data.is_null(),
        AssignmentStrategy::CooperativeSticky => kept == GENERATION.to_be_bytes(),
        AssignmentStrategy::Sticky => {
            let data = StickyUserData::decode(&kept).map_err(|error| error.to_string())?;
            data.generation == GENERATION && partitions(&data.previous_assignment) == *assigned
        }
    };
    if is_right { Ok(()) } else { Err(format!("{strategy} keeps {user_data} of {assigned:?}")) }
}

/// How good an assignment is.
#[derive(Debug, Default)]
pub(super) struct Score {
    /// By how much any two members differ in how many partitions they have, summed up.
    uneven: usize,
    /// Partitions that stay where they were.
    kept: usize,
    /// Partitions that somebody near has.
    near: usize,
}

impl Score {
    pub(super) fn of(asked: &Asked, shares: &Shares) -> Self {
        let sizes = shares.sizes();
        let uneven =
            sizes.iter().flat_map(|one| sizes.iter().map(|other| one.abs_diff(*other))).sum::<usize>() / 2;
        let holders = shares.holders();
        let kept =
            asked.owners.iter().filter(|(partition, owner)| holders.get(partition) == Some(&owner.as_str()));
        let near = holders.iter().filter(|(partition, holder)| is_near(asked, partition, holder));
        Score { uneven, kept: kept.count(), near: near.count() }
    }

    pub(super) fn add(&mut self, other: &Score) {
        self.uneven += other.uneven;
        self.kept += other.kept;
        self.near += other.near;
    }

    /// All groups together: single ones may come out either way, because Kafka's depend on the order in which its maps happen
    /// to be. What is kept and what is near may be a little less, and what is withheld for a moment a little more.
    pub(super) fn is_no_worse_than(&self, other: &Score) -> Result<(), String> {
        let nearly = |ours: usize, theirs: usize| ours + theirs / 50 + 5 >= theirs;
        if nearly(other.uneven, self.uneven) && nearly(self.kept, other.kept) && nearly(self.near, other.near)
        {
            Ok(())
        } else {
            Err(format!("all together ours come out as {self:?}, Kafka's as {other:?}"))
        }
    }
}

fn is_near(asked: &Asked, partition: &TopicPartition, holder: &str) -> bool {
    let member = asked.members.iter().find(|member| member.id == holder);
    let rack = member.and_then(|member| member.subscription.rack_id.as_ref());
    let number = usize::try_from(partition.partition).unwrap_or(usize::MAX);
    let racks = asked.topics.get(&partition.topic).and_then(|topic| topic.racks.get(number));
    rack.is_some_and(|rack| racks.is_some_and(|racks| racks.contains(rack)))
}

pub(super) fn compare(asked: &Asked, ours: &Shares, theirs: &Shares) -> Result<(), String> {
    check_whole(asked, ours)?;
    match asked.strategy {
        AssignmentStrategy::Range | AssignmentStrategy::RoundRobin if ours != theirs => {
            Err("ours is not what Kafka's is".to_owned())
        }
        AssignmentStrategy::Range | AssignmentStrategy::RoundRobin => Ok(()),
        AssignmentStrategy::Sticky | AssignmentStrategy::CooperativeSticky => {
            let (our_score, their_score) = (Score::of(asked, ours), Score::of(asked, theirs));
            // What is withheld is uneven for as long as it is.
            let is_even = asked.strategy == AssignmentStrategy::CooperativeSticky
                || our_score.uneven <= their_score.uneven;
            // Where all read the same, wherever they stand, how many can stay is known beforehand.
            let is_sticky = !asked.is_equal() || asked.has_racks() || our_score.kept >= their_score.kept;
            if is_even && is_sticky {
                Ok(())
            } else {
                Err(format!("ours {our_score:?}, Kafka's {their_score:?}"))
            }
        }
    }
}

fn reads(member: &GroupMember, topic: &str) -> bool {
    member.subscription.topics.iter().any(|read| read == topic)
}

/// Everything that somebody reads goes to exactly one member, and to one that reads it, unless somebody else still has it.
fn check_whole(asked: &Asked, ours: &Shares) -> Result<(), String> {
    let holders = ours.holders();
    if holders.len() != ours.0.values().map(BTreeSet::len).sum::<usize>() {
        return Err("a partition has two holders".to_owned());
    }
    for (topic, layout) in &asked.topics {
        for partition in (0..layout.partition_count).map(|number| TopicPartition::new(topic, number)) {
            let holder = holders.get(&partition).copied();
            let owner = asked.owners.get(&partition).map(String::as_str);
            let readers: Vec<&str> = asked
                .members
                .iter()
                .filter(|member| reads(member, topic))
                .map(|member| member.id.as_str())
                .collect();
            let cooperates = asked.strategy == AssignmentStrategy::CooperativeSticky;
            let is_right = match holder {
                Some(holder) => {
                    readers.contains(&holder) && (!cooperates || owner.is_none() || owner == Some(holder))
                }
                None => readers.is_empty() || (cooperates && owner.is_some()),
            };
            if !is_right {
                return Err(format!("{partition} of {owner:?} goes to {holder:?}"));
            }
        }
    }
    Ok(())
}
