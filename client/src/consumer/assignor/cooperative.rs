//! `cooperative-sticky`: shares out as `sticky` does, while members keep reading. A partition that moves is given to
//! nobody at first; once its owner has given it up and joined again, the next rebalance hands it on.

use bytes::Bytes;
use fluxmq_protocol::wire::Reader;

use super::balance::{Board, Claim};
use super::{Assignments, Assignor, GroupMember, RebalanceProtocol, Topics};
use crate::topic_partition::TopicPartition;

/// The generation of a member that has not been in any.
const NO_GENERATION: i32 = -1;

#[derive(Debug)]
pub(super) struct CooperativeSticky {
    /// The generation in which this member was last given anything.
    generation: i32,
}

impl Default for CooperativeSticky {
    fn default() -> Self {
        CooperativeSticky { generation: NO_GENERATION }
    }
}

impl Assignor for CooperativeSticky {
    fn name(&self) -> &'static str {
        "cooperative-sticky"
    }

    fn protocol(&self) -> RebalanceProtocol {
        RebalanceProtocol::Cooperative
    }

    /// Leaders from before subscriptions had a generation look for it here.
    fn user_data(&self) -> Option<Bytes> {
        Some(Bytes::copy_from_slice(&self.generation.to_be_bytes()))
    }

    fn assign(&self, members: &[GroupMember], topics: &Topics) -> Assignments {
        let board = Board::new(members, topics, claim);
        let mut holders = board.balance();
        board.withhold_moves(&mut holders);
        board.assignments(&holders)
    }

    fn on_assignment(&mut self, _: &[TopicPartition], generation: i32) {
        self.generation = generation;
    }
}

fn claim(member: &GroupMember) -> Claim {
    let subscription = &member.subscription;
    let generation = if subscription.generation_id >= 0 {
        subscription.generation_id
    } else {
        let data = subscription.user_data.as_deref().unwrap_or_default();
        Reader::over(data).i32().unwrap_or(NO_GENERATION)
    };
    Claim { partitions: subscription.owned_partitions.clone(), generation }
}
