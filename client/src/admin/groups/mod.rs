//! Groups: list, describe, delete, and what they have committed.

mod change;
mod describe;
mod list;
mod names;

use serde::Serialize;

pub use list::GroupFilter;
pub use names::{GroupState, GroupType};

use crate::pool::BrokerInfo;
use crate::topic_partition::TopicPartition;

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupListing {
    /// Its name.
    pub name: String,
    /// The protocol that its members speak among themselves: `consumer`, `connect`, empty for a group that was never
    /// joined.
    pub protocol_type: String,
    /// Its state, where the broker says (KIP-518).
    pub state: Option<GroupState>,
    /// Its type, where the broker says (KIP-848).
    pub group_type: Option<GroupType>,
    /// The broker that coordinates it.
    pub coordinator: i32,
}

/// A group: what was asked for and what is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What was asked for.
    pub spec: GroupSpec,
    /// What is.
    pub status: GroupStatus,
}

/// What a group was made as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupSpec {
    /// The group's name.
    pub name: String,
    /// How it is coordinated.
    pub group_type: GroupType,
    /// The protocol that its members speak among themselves: `consumer`, `connect`, empty for a group that was never
    /// joined.
    pub protocol_type: String,
}

/// What a group is at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupStatus {
    /// Its state.
    pub state: GroupState,
    /// How partitions are shared out; empty while nothing is agreed upon.
    pub assignor: String,
    /// The broker that coordinates it.
    pub coordinator: Option<BrokerInfo>,
    /// The epoch of the group (KIP-848).
    pub group_epoch: Option<i32>,
    /// The epoch of the assignment that the members are moving to (KIP-848).
    pub assignment_epoch: Option<i32>,
    /// Its members, by client id and member id.
    pub members: Vec<GroupMember>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupMember {
    /// The id that the coordinator knows it by.
    pub member_id: String,
    /// The name that it keeps over restarts (KIP-345), where it has one.
    pub instance_id: Option<String>,
    /// The name that it gave itself.
    pub client_id: String,
    /// Where it connects from.
    pub host: String,
    /// The rack that it stands in, where it says so.
    pub rack: Option<String>,
    /// The epoch that it has reached (KIP-848).
    pub epoch: Option<i32>,
    /// The topics that it wants to read. Empty also where its protocol is not that of consumers.
    pub topics: Vec<String>,
    /// The regular expression that names more topics (KIP-848).
    pub topics_regex: Option<String>,
    /// The partitions that it reads, in order.
    pub assignment: Vec<TopicPartition>,
    /// The partitions that it is to read, in order, where the coordinator decides (KIP-848).
    pub target_assignment: Option<Vec<TopicPartition>>,
}

impl GroupStatus {
    /// The member that a partition is assigned to.
    pub fn owner(&self, partition: &TopicPartition) -> Option<&GroupMember> {
        self.members.iter().find(|member| member.assignment.binary_search(partition).is_ok())
    }
}
