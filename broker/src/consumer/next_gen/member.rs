//! One member: what it wants, and what it holds.

use std::collections::BTreeMap;

use fluxmq_protocol::messages::consumer_group_heartbeat::TopicPartitions;
use fluxmq_protocol::stored::groups::{
    ConsumerGroupCurrentMemberAssignmentValue, ConsumerGroupMemberMetadataValue,
    ConsumerGroupTargetAssignmentMemberValue, CurrentTopicPartitions, TargetTopicPartitions,
};
use uuid::Uuid;

pub(super) use super::assignor::Partitions;

/// Partitions by the id of their topic, each with the epoch in which its holder got it.
pub(super) type Holdings = BTreeMap<Uuid, BTreeMap<i32, i32>>;

/// The epoch that a member names to join.
pub(super) const JOIN: i32 = 0;
/// The epoch that a member names to leave.
pub(super) const LEAVE: i32 = -1;
/// The epoch that a static member names to leave for a while.
pub(super) const LEAVE_FOR_A_WHILE: i32 = -2;

/// How far a member has come on its way to what it is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberState {
    /// It holds all that was meant for it in its epoch.
    Stable,
    /// It has to give partitions back before it goes on.
    Unrevoked,
    /// It waits for partitions that others have not given back.
    Unreleased,
    /// Written down by a newer broker.
    Unknown,
}

impl MemberState {
    fn code(self) -> i8 {
        match self {
            MemberState::Stable => 0,
            MemberState::Unrevoked => 1,
            MemberState::Unreleased => 2,
            MemberState::Unknown => 127,
        }
    }

    fn of(code: i8) -> Self {
        match code {
            0 => MemberState::Stable,
            1 => MemberState::Unrevoked,
            2 => MemberState::Unreleased,
            _ => MemberState::Unknown,
        }
    }
}

/// A member of the group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    /// As it is written down. Topics are sorted; the regular expression is empty where there is none.
    pub(super) wants: ConsumerGroupMemberMetadataValue,
    pub(super) epoch: i32,
    /// The epoch before: a member whose answer got lost still names it.
    pub(super) previous_epoch: i32,
    pub(super) state: MemberState,
    pub(super) assigned: Holdings,
    /// What it has to give back; nobody else gets it until it said that it did.
    pub(super) revoking: Holdings,
}

impl Default for Member {
    fn default() -> Self {
        Member {
            wants: ConsumerGroupMemberMetadataValue {
                subscribed_topic_regex: Some(String::new()),
                ..Default::default()
            },
            epoch: 0,
            previous_epoch: -1,
            state: MemberState::Stable,
            assigned: Holdings::new(),
            revoking: Holdings::new(),
        }
    }
}

impl Member {
    pub(super) fn instance_id(&self) -> Option<&str> {
        self.wants.instance_id.as_deref()
    }

    /// The regular expression that it subscribes to.
    pub(super) fn pattern(&self) -> Option<&str> {
        self.wants.subscribed_topic_regex.as_deref().filter(|pattern| !pattern.is_empty())
    }

    /// Whether it speaks the classic protocol.
    pub(super) fn is_classic(&self) -> bool {
        self.wants.classic_member_metadata.is_some()
    }

    /// The names of the classic protocols that it supports, its favourite first.
    pub(super) fn protocols(&self) -> impl Iterator<Item = &str> {
        let classic = self.wants.classic_member_metadata.iter();
        classic.flat_map(|classic| &classic.supported_protocols).map(|protocol| protocol.name.as_str())
    }

    /// Whether it holds all that is meant for it in `epoch`.
    pub(super) fn is_at(&self, epoch: i32) -> bool {
        self.state == MemberState::Stable && self.epoch == epoch
    }

    /// Every partition that nobody else may get.
    pub(super) fn held(&self) -> impl Iterator<Item = (Uuid, i32)> {
        [&self.assigned, &self.revoking].into_iter().flat_map(partitions)
    }

    /// The same by topic.
    pub(super) fn may_read(&self) -> Partitions {
        let mut all = Partitions::new();
        for (topic, partition) in self.held() {
            all.entry(topic).or_default().insert(partition);
        }
        all
    }

    /// The epoch in which it got a partition that it still holds.
    pub(super) fn assignment_epoch(&self, topic: Uuid, partition: i32) -> Option<i32> {
        [&self.assigned, &self.revoking]
            .into_iter()
            .find_map(|held| held.get(&topic)?.get(&partition))
            .copied()
    }

    /// Moves on, or stays, remembering the epoch that it comes from.
    pub(super) fn enter(&mut self, epoch: i32) {
        self.previous_epoch = std::mem::replace(&mut self.epoch, epoch);
    }

    /// Takes in what is written down of what it holds.
    pub(super) fn hold(&mut self, value: &ConsumerGroupCurrentMemberAssignmentValue) {
        self.epoch = value.member_epoch;
        self.previous_epoch = value.previous_member_epoch;
        self.state = MemberState::of(value.state);
        self.assigned = holdings(&value.assigned_partitions, value.member_epoch);
        self.revoking = holdings(&value.partitions_pending_revocation, value.member_epoch);
    }

    /// What is written down of what it holds.
    pub(super) fn holding(&self) -> ConsumerGroupCurrentMemberAssignmentValue {
        ConsumerGroupCurrentMemberAssignmentValue {
            member_epoch: self.epoch,
            previous_member_epoch: self.previous_epoch,
            state: self.state.code(),
            assigned_partitions: stored(&self.assigned),
            partitions_pending_revocation: stored(&self.revoking),
        }
    }
}

/// Sorted, each once.
pub(super) fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

fn partitions(held: &Holdings) -> impl Iterator<Item = (Uuid, i32)> {
    held.iter().flat_map(|(topic, partitions)| partitions.keys().map(|partition| (*topic, *partition)))
}

/// The same without epochs.
pub(super) fn held(held: &Holdings) -> Partitions {
    held.iter().map(|(topic, partitions)| (*topic, partitions.keys().copied().collect())).collect()
}

/// Records of before KIP-1251 do not tell the epochs of partitions; that of the member stands for them.
fn holdings(topics: &[CurrentTopicPartitions], epoch: i32) -> Holdings {
    let mut held = Holdings::new();
    for topic in topics {
        let epochs = topic.assignment_epochs.iter().flatten().copied().chain(std::iter::repeat(epoch));
        held.entry(topic.topic_id).or_default().extend(topic.partitions.iter().copied().zip(epochs));
    }
    held
}

fn stored(held: &Holdings) -> Vec<CurrentTopicPartitions> {
    held.iter()
        .map(|(topic, partitions)| CurrentTopicPartitions {
            topic_id: *topic,
            partitions: partitions.keys().copied().collect(),
            assignment_epochs: Some(partitions.values().copied().collect()),
        })
        .collect()
}

/// A target as it is written down.
pub(super) fn stored_target(target: &Partitions) -> ConsumerGroupTargetAssignmentMemberValue {
    let topics = target.iter().map(|(topic, partitions)| TargetTopicPartitions {
        topic_id: *topic,
        partitions: partitions.iter().copied().collect(),
    });
    ConsumerGroupTargetAssignmentMemberValue { topic_partitions: topics.collect() }
}

/// A target from what is written down.
pub(super) fn target_of(value: &ConsumerGroupTargetAssignmentMemberValue) -> Partitions {
    let mut target = Partitions::new();
    for topic in &value.topic_partitions {
        target.entry(topic.topic_id).or_default().extend(&topic.partitions);
    }
    target
}

/// Whether one of these partitions, as a member names them, is among those held.
pub(super) fn any_held(named: &[TopicPartitions], held: &Holdings) -> bool {
    named.iter().any(|topic| {
        held.get(&topic.topic_id)
            .is_some_and(|held| topic.partitions.iter().any(|partition| held.contains_key(partition)))
    })
}

/// Whether each of these partitions is among those held.
pub(super) fn all_held(named: &[TopicPartitions], held: &Holdings) -> bool {
    named.iter().all(|topic| {
        held.get(&topic.topic_id)
            .is_some_and(|held| topic.partitions.iter().all(|partition| held.contains_key(partition)))
    })
}
