//! A group of the classic protocol, as a state machine without clock, files or sockets.
//!
//! ```text
//!            first join                  all have joined,              the leader's
//!                                        or the time is up             assignment is written
//!  Empty ----------------> Preparing ----------------> Completing ----------------> Stable
//!    ^                     Rebalance <---------------- Rebalance                      |
//!    |                      |     ^     join, leave, silence, failed write            |
//!    +----------------------+     +---------------------------------------------------+
//!        nobody is left                       join, leave, silence
//! ```
//!
//! What members say of themselves and what the leader assigns are bytes that nobody looks into here, except to know which topics a
//! group of consumers reads.

mod commit;
mod join;
mod leave;
mod member;
mod members;
mod migration;
mod overview;
mod rebalance;
mod static_member;
mod stored;
mod sync;
#[cfg(test)]
mod tests;

use std::fmt;

use members::Members;

use super::turn::Turn;

/// A group whose members divide the work among themselves: one of them, the leader, assigns.
#[derive(Debug)]
pub(crate) struct ClassicGroup {
    id: String,
    phase: Phase,
    /// When it came into its phase, in milliseconds since 1970; `None` where it was never in another one.
    phase_since_ms: Option<i64>,
    /// Goes up whenever members have joined, and when the last one is gone.
    generation: i32,
    /// What kind of members these are, `consumer` or `connect` for instance. Stays when the last one leaves.
    protocol_type: Option<String>,
    /// What the members of this generation agreed on.
    protocol: Option<String>,
    /// A member, whenever there are any.
    leader: Option<String>,
    members: Members,
}

/// What a group shows of its phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClassicState {
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
    Dead,
}

impl fmt::Display for ClassicState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClassicState::Empty => "Empty",
            ClassicState::PreparingRebalance => "PreparingRebalance",
            ClassicState::CompletingRebalance => "CompletingRebalance",
            ClassicState::Stable => "Stable",
            ClassicState::Dead => "Dead",
        })
    }
}

/// Where a group stands, with what it waits for there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Empty,
    /// Members are to join, those of the last generation again.
    PreparingRebalance {
        until_ms: i64,
        /// While the group has come from nothing, and waits for more members instead of those it knows.
        gathering: Option<Gathering>,
    },
    /// Members are to fetch what they are assigned, and wait for the leader to say it.
    CompletingRebalance {
        sync_until_ms: i64,
    },
    /// Everybody has an assignment, or may fetch it.
    Stable {
        /// Until when those who have not fetched it may stay; `None` when nobody is looked for any more.
        sync_until_ms: Option<i64>,
    },
}

/// The first rebalance of a group waits for more members, as long as they keep coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gathering {
    delay_ms: i64,
    /// What is left for further delays.
    remaining_ms: i64,
    has_newcomer: bool,
}

impl ClassicGroup {
    /// A group that nobody has joined yet.
    pub(crate) fn new(group_id: &str) -> Self {
        ClassicGroup {
            id: group_id.to_owned(),
            phase: Phase::Empty,
            phase_since_ms: None,
            generation: 0,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: Members::default(),
        }
    }

    pub(crate) fn state(&self) -> ClassicState {
        match self.phase {
            Phase::Empty => ClassicState::Empty,
            Phase::PreparingRebalance { .. } => ClassicState::PreparingRebalance,
            Phase::CompletingRebalance { .. } => ClassicState::CompletingRebalance,
            Phase::Stable { .. } => ClassicState::Stable,
        }
    }

    pub(crate) fn protocol_type(&self) -> Option<&str> {
        self.protocol_type.as_deref()
    }

    /// Whether members join, or wait to hear what they are assigned.
    pub(crate) fn is_rebalancing(&self) -> bool {
        matches!(self.phase, Phase::PreparingRebalance { .. } | Phase::CompletingRebalance { .. })
    }

    /// When the last member went, in milliseconds since 1970. `None` for a group that has members or never had any.
    pub(crate) fn empty_since(&self) -> Option<i64> {
        if self.phase == Phase::Empty { self.phase_since_ms } else { None }
    }

    /// Whether nobody has ever been in it, nor is about to be. One that had members is shown until it expires; Kafka
    /// shows as empty also what was only asked for.
    pub(crate) fn is_unused(&self) -> bool {
        let nobody_is = self.phase == Phase::Empty && self.members.pending().is_empty();
        let nobody_was = self.phase_since_ms.is_none() && self.generation == 0;
        nobody_is && nobody_was
    }

    /// Everything that is due by now.
    pub(crate) fn on_time(&mut self, turn: &mut Turn<'_>) {
        if self.members.earliest_ms().is_some_and(|earliest| earliest <= turn.now_ms) {
            self.expire_members(turn);
        }
        if self.phase.until_ms().is_some_and(|until| until <= turn.now_ms) {
            match self.phase {
                Phase::Empty => {}
                Phase::PreparingRebalance { gathering, .. } => self.end_joining(turn, gathering),
                Phase::CompletingRebalance { .. } | Phase::Stable { .. } => self.expire_syncs(turn),
            }
        }
    }

    /// When something is due; may be too early, never too late.
    pub(crate) fn wake_at(&self) -> Option<i64> {
        [self.members.earliest_ms(), self.phase.until_ms()].into_iter().flatten().min()
    }

    fn enter(&mut self, turn: &Turn<'_>, phase: Phase) {
        self.phase = phase;
        self.phase_since_ms = Some(turn.wall_ms);
    }

    fn is_leader(&self, member_id: &str) -> bool {
        self.leader.as_deref() == Some(member_id)
    }
}

impl Phase {
    fn until_ms(self) -> Option<i64> {
        match self {
            Phase::Empty => None,
            Phase::PreparingRebalance { until_ms, .. } => Some(until_ms),
            Phase::CompletingRebalance { sync_until_ms } => Some(sync_until_ms),
            Phase::Stable { sync_until_ms } => sync_until_ms,
        }
    }
}
