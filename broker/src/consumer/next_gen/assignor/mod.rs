//! Who of a group reads which partitions, worked out by the broker: what Kafka calls server-side assignors.
//!
//! Nothing but these functions knows about fairness; who calls them knows when the outcome may take effect.

mod range;
mod uniform;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

/// A way of sharing partitions out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ServerAssignor {
    /// As even as can be over all topics together, and as much as can be stays where it is.
    Uniform,
    /// Neighbouring partitions of each topic go to one member; topics with equally many partitions are split alike.
    Range,
}

/// A member, as far as sharing out goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AssignMember<'a> {
    /// Its `group.instance.id`, where it has one.
    pub(crate) instance_id: Option<&'a str>,
    /// The ids of the topics that it reads.
    pub(crate) topics: &'a BTreeSet<Uuid>,
    /// What was meant for it until now.
    pub(crate) assigned: &'a Partitions,
}

/// Partitions by the id of their topic.
pub(crate) type Partitions = BTreeMap<Uuid, BTreeSet<i32>>;

/// Partitions by the id of the member that is to have them. Every member is there, also one that gets nothing.
pub(crate) type Targets = BTreeMap<String, Partitions>;

type Members<'a> = BTreeMap<&'a str, AssignMember<'a>>;

impl ServerAssignor {
    /// Its name, as members and settings say it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ServerAssignor::Uniform => "uniform",
            ServerAssignor::Range => "range",
        }
    }

    /// The assignor with this name; settings may say Kafka's class as well.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let name = match name.strip_prefix("org.apache.kafka.coordinator.group.assignor.") {
            Some("UniformAssignor") => "uniform",
            Some("RangeAssignor") => "range",
            Some(_) => return None,
            None => name,
        };
        [ServerAssignor::Uniform, ServerAssignor::Range].into_iter().find(|assignor| assignor.name() == name)
    }
}

/// Shares out all partitions of the topics that somebody reads. `partitions` is how many each topic has; a topic that is not
/// in it is not there. `homogeneous` says that all members read the same topics.
pub(crate) fn assign(
    assignor: ServerAssignor,
    members: &Members<'_>,
    partitions: &BTreeMap<Uuid, i32>,
    homogeneous: bool,
) -> Targets {
    match assignor {
        ServerAssignor::Range => range::assign(members, partitions),
        ServerAssignor::Uniform if homogeneous => uniform::assign_homogeneous(members, partitions),
        ServerAssignor::Uniform => uniform::assign_heterogeneous(members, partitions),
    }
}

/// Targets in which nobody has anything.
fn nothing_for(members: &Members<'_>) -> Targets {
    members.keys().map(|id| ((*id).to_owned(), Partitions::new())).collect()
}

#[cfg(test)]
mod tests;
