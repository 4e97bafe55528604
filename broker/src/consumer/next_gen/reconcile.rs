//! What a member may hold now, on its way to what it is to hold.
//!
//! ```text
//!                  has to give back          gave it back, all others free
//!        Stable ---------------------> Unrevoked ------------------------+
//!          | ^                            | gave it back, others not     |
//!          | |                            v                              v
//!          | +----------------------- Unreleased <---------------------+ |
//!          |       all others free                 others not free       |
//!          +--------------------------------------------------------> Stable
//! ```
//!
//! The member's epoch becomes that of the target when there is nothing to give back any more, even while it waits for others.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::consumer_group_heartbeat::TopicPartitions;
use uuid::Uuid;

use super::GroupError;
use super::member::{Holdings, Member, MemberState, Partitions, any_held};

/// Where a member is to get to.
pub(super) struct Goal<'a> {
    /// The epoch of the target.
    pub(super) epoch: i32,
    pub(super) target: &'a Partitions,
    /// The topics that it is subscribed to, as far as they exist.
    pub(super) subscribed: BTreeSet<Uuid>,
    /// Who holds a partition.
    pub(super) holders: &'a HashMap<(Uuid, i32), Arc<str>>,
    /// Whether it has just changed what it is subscribed to.
    pub(super) resubscribed: bool,
    /// What it says that it holds; `None` when it does not say.
    pub(super) owned: Option<&'a [TopicPartitions]>,
}

impl Goal<'_> {
    /// The member one step further, or as it is.
    pub(super) fn reconcile(&self, member: &Member) -> Result<Member, GroupError> {
        match member.state {
            MemberState::Stable if member.epoch != self.epoch => Ok(self.advance(member)),
            MemberState::Unrevoked if !self.owns_any(&member.revoking) => Ok(self.advance(member)),
            MemberState::Stable | MemberState::Unrevoked if self.resubscribed => {
                Ok(self.drop_unsubscribed(member))
            }
            MemberState::Stable | MemberState::Unrevoked => Ok(member.clone()),
            MemberState::Unreleased => Ok(self.advance(member)),
            MemberState::Unknown if self.owned.is_some_and(<[_]>::is_empty) => Ok(self.advance(member)),
            MemberState::Unknown => Err(GroupError::new(
                ErrorCode::FENCED_MEMBER_EPOCH,
                "the member is in a state that this broker does not know; give up all partitions and join again",
            )),
        }
    }

    fn advance(&self, member: &Member) -> Member {
        let mut next = member.clone();
        let (kept, revoking) = split(&member.assigned, |topic, partition| {
            self.subscribed.contains(&topic)
                && self.target.get(&topic).is_some_and(|target| target.contains(&partition))
        });
        next.assigned = kept;
        if !revoking.is_empty() && self.owns_any(&revoking) {
            next.enter(member.epoch);
            next.state = MemberState::Unrevoked;
            next.revoking = revoking;
            return next;
        }
        next.enter(self.epoch);
        next.state = MemberState::Stable;
        next.revoking = Holdings::new();
        for (topic, partition) in self.wanted() {
            let ours = member.assignment_epoch(topic, partition).is_some();
            if ours || !self.holders.contains_key(&(topic, partition)) {
                next.assigned.entry(topic).or_default().entry(partition).or_insert(self.epoch);
            } else {
                next.state = MemberState::Unreleased;
            }
        }
        next
    }

    /// Takes away what the member is no longer subscribed to, though the target for that is still to be made.
    fn drop_unsubscribed(&self, member: &Member) -> Member {
        let (kept, dropped) = split(&member.assigned, |topic, _| self.subscribed.contains(&topic));
        if dropped.is_empty() {
            return member.clone();
        }
        let mut next = member.clone();
        next.assigned = kept;
        next.enter(member.epoch);
        let mut revoking = member.revoking.clone();
        for (topic, partitions) in dropped {
            revoking.entry(topic).or_default().extend(partitions);
        }
        if self.owns_any(&revoking) {
            next.state = MemberState::Unrevoked;
            next.revoking = revoking;
        }
        next
    }

    fn wanted(&self) -> impl Iterator<Item = (Uuid, i32)> {
        let topics = self.target.iter().filter(|(topic, _)| self.subscribed.contains(*topic));
        topics.flat_map(|(topic, partitions)| partitions.iter().map(|partition| (*topic, *partition)))
    }

    /// Whether the member still holds one of these. Who does not say so is taken to hold them.
    fn owns_any(&self, held: &Holdings) -> bool {
        self.owned.is_none_or(|owned| any_held(owned, held))
    }
}

/// What passes, and what does not.
fn split(held: &Holdings, passes: impl Fn(Uuid, i32) -> bool) -> (Holdings, Holdings) {
    let (mut kept, mut rest) = (Holdings::new(), Holdings::new());
    for (topic, partitions) in held {
        for (partition, epoch) in partitions {
            let side = if passes(*topic, *partition) { &mut kept } else { &mut rest };
            side.entry(*topic).or_default().insert(*partition, *epoch);
        }
    }
    (kept, rest)
}
