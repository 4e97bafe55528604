//! `sticky`: as even as can be, and as much as can be stays where it was. Members give everything up while the group
//! rebalances, so what they had travels in the user data.

use bytes::Bytes;
use fluxmq_protocol::consumer_protocol::{StickyUserData, by_topic};

use super::balance::{Board, Claim};
use super::{Assignments, Assignor, GroupMember, Topics};
use crate::topic_partition::TopicPartition;

#[derive(Debug, Default)]
pub(super) struct Sticky {
    /// What this member was given last; `None` before it was given anything.
    previous: Option<StickyUserData>,
}

impl Assignor for Sticky {
    fn name(&self) -> &'static str {
        "sticky"
    }

    fn user_data(&self) -> Option<Bytes> {
        self.previous.as_ref().and_then(|previous| previous.encode().ok())
    }

    fn assign(&self, members: &[GroupMember], topics: &Topics) -> Assignments {
        let board = Board::new(members, topics, claim);
        let holders = board.balance();
        board.assignments(&holders)
    }

    fn on_assignment(&mut self, partitions: &[TopicPartition], generation: i32) {
        let previous_assignment =
            by_topic(partitions.iter().map(|partition| (partition.topic.as_str(), partition.partition)));
        self.previous = Some(StickyUserData { previous_assignment, generation });
    }
}

/// What cannot be read is forgotten: the member starts with nothing.
fn claim(member: &GroupMember) -> Claim {
    let data = member.subscription.user_data.as_deref().filter(|data| !data.is_empty());
    let data = data.and_then(|data| StickyUserData::decode(data).ok()).unwrap_or_default();
    Claim { partitions: data.previous_assignment, generation: data.generation }
}
