//! A rebalance from its beginning to the moment when all members have joined, and members that are given up.

use fluxmq_protocol::ErrorCode;

use super::super::turn::{Answer, Turn};
use super::join::refused;
use super::{ClassicGroup, Gathering, Phase};

/// How long is waited at least when nobody at all has joined again: a member may claim to need no time.
const ANOTHER_ROUND_MIN_MS: i64 = 1_000;

impl ClassicGroup {
    /// Begins a rebalance, or goes on with the one that is under way.
    pub(super) fn rebalance(&mut self, turn: &mut Turn<'_>, because: &str) {
        match self.phase {
            Phase::PreparingRebalance { .. } => self.complete_joining_if_all_have(turn),
            Phase::Empty => self.begin_gathering(turn, because),
            Phase::CompletingRebalance { .. } => {
                self.take_assignments_back(turn, ErrorCode::REBALANCE_IN_PROGRESS);
                self.begin_rebalance(turn, because);
            }
            Phase::Stable { .. } => self.begin_rebalance(turn, because),
        }
    }

    fn begin_rebalance(&mut self, turn: &mut Turn<'_>, because: &str) {
        tracing::info!(group = self.id, generation = self.generation, because, "a rebalance begins");
        let until_ms = turn.now_ms + self.members.rebalance_timeout_ms();
        self.enter(turn, Phase::PreparingRebalance { until_ms, gathering: None });
        self.complete_joining_if_all_have(turn);
    }

    /// The first rebalance: nobody knows how many members there will be.
    fn begin_gathering(&mut self, turn: &mut Turn<'_>, because: &str) {
        tracing::info!(group = self.id, generation = self.generation, because, "the first members gather");
        let delay_ms = i64::from(turn.config.initial_rebalance_delay_ms).max(0);
        let remaining_ms = (self.members.rebalance_timeout_ms() - delay_ms).max(0);
        let gathering = Some(Gathering { delay_ms, remaining_ms, has_newcomer: false });
        self.enter(turn, Phase::PreparingRebalance { until_ms: turn.now_ms + delay_ms, gathering });
        if delay_ms == 0 {
            self.complete_joining(turn);
        }
    }

    /// The time to join is up.
    pub(super) fn end_joining(&mut self, turn: &mut Turn<'_>, gathering: Option<Gathering>) {
        match gathering {
            Some(Gathering { delay_ms, remaining_ms, has_newcomer: true }) if remaining_ms > 0 => {
                let next_ms = i64::from(turn.config.initial_rebalance_delay_ms).min(remaining_ms);
                let remaining_ms = (remaining_ms - delay_ms).max(0);
                let gathering = Some(Gathering { delay_ms: next_ms, remaining_ms, has_newcomer: false });
                self.phase = Phase::PreparingRebalance { until_ms: turn.now_ms + next_ms, gathering };
            }
            _ => self.complete_joining(turn),
        }
    }

    pub(super) fn complete_joining_if_all_have(&mut self, turn: &mut Turn<'_>) {
        let may_complete = matches!(self.phase, Phase::PreparingRebalance { gathering: None, .. });
        if may_complete && self.members.all_are_joining() {
            self.complete_joining(turn);
        }
    }

    /// Whoever has joined by now makes the next generation. Static members stay for a session even if they have not.
    fn complete_joining(&mut self, turn: &mut Turn<'_>) {
        let missing = |member: &super::member::Member| member.waits_for_join.is_none();
        for member_id in self.members.ids_where(|member| missing(member) && member.instance_id.is_none()) {
            tracing::info!(
                group = self.id,
                member = member_id,
                "a member did not join again in time and is removed"
            );
            self.remove(turn, &member_id);
        }
        if self.members.is_empty() {
            self.become_empty(turn);
            return;
        }
        if !self.elect_leader() {
            let wait_ms = self.members.rebalance_timeout_ms().max(ANOTHER_ROUND_MIN_MS);
            self.phase = Phase::PreparingRebalance { until_ms: turn.now_ms + wait_ms, gathering: None };
            return;
        }
        self.generation = next(self.generation);
        self.protocol = self.members.select_protocol();
        let sync_until_ms = turn.now_ms + self.members.rebalance_timeout_ms();
        self.enter(turn, Phase::CompletingRebalance { sync_until_ms });
        tracing::info!(
            group = self.id,
            generation = self.generation,
            members = self.members.len(),
            protocol = self.protocol,
            "all members have joined"
        );
        for member_id in self.members.ids_where(|_| true) {
            if let Some(ticket) = self.members.end_join(&member_id) {
                turn.answer(ticket, Answer::Join(self.joined(&member_id, self.is_leader(&member_id))));
            }
            self.members.arm(&member_id, turn.now_ms);
        }
        for (_, member) in self.members.iter_mut() {
            member.is_new = false;
            member.owes_sync = true;
            member.former_generation = None;
        }
    }

    /// The leader remains if it has joined again; otherwise it is who has been here longest of those who have. `false` when nobody
    /// has.
    fn elect_leader(&mut self) -> bool {
        let leader = self.leader.as_deref().and_then(|leader| self.members.get(leader));
        if leader.is_some_and(|leader| leader.waits_for_join.is_some()) {
            return true;
        }
        let Some(elected) = self.members.first_where(|member| member.waits_for_join.is_some()) else {
            return false;
        };
        self.leader = Some(elected.to_owned());
        true
    }

    fn become_empty(&mut self, turn: &mut Turn<'_>) {
        self.generation = next(self.generation);
        self.protocol = None;
        self.leader = None;
        self.enter(turn, Phase::Empty);
        tracing::info!(group = self.id, generation = self.generation, "the group is empty");
        // If this is lost the last generation comes back after a restart, and its members are found to be silent once more.
        if let Err(error) = turn.log.append(&[self.record()]) {
            tracing::warn!(group = self.id, %error, "it could not be written down that the group is empty");
        }
    }

    /// Removes a member; whoever waits in its name is told.
    pub(super) fn remove(&mut self, turn: &mut Turn<'_>, member_id: &str) {
        let Some(member) = self.members.remove(member_id) else { return };
        if self.is_leader(member_id) {
            self.leader = self.members.first_where(|_| true).map(str::to_owned);
        }
        if let Some(ticket) = member.waits_for_join {
            turn.answer(ticket, refused(String::new(), ErrorCode::UNKNOWN_MEMBER_ID));
        }
        if let Some(ticket) = member.waits_for_sync {
            turn.answer(ticket, super::sync::refused(ErrorCode::UNKNOWN_MEMBER_ID));
        }
    }

    /// Gives up the members that have been silent for too long.
    pub(super) fn expire_members(&mut self, turn: &mut Turn<'_>) {
        let expired = self.members.expired(turn.now_ms);
        self.give_up(turn, &expired, "silent for longer than its session");
        // Somebody who did not come back with the member id it was given may have been the last to be waited for.
        self.complete_joining_if_all_have(turn);
    }

    /// Gives up the members that have joined and never asked for their assignment.
    pub(super) fn expire_syncs(&mut self, turn: &mut Turn<'_>) {
        let owing = self.members.ids_where(|member| member.owes_sync);
        match &mut self.phase {
            Phase::Stable { sync_until_ms } if owing.is_empty() => *sync_until_ms = None,
            _ => self.give_up(turn, &owing, "did not ask for its assignment in time"),
        }
    }

    fn give_up(&mut self, turn: &mut Turn<'_>, member_ids: &[String], because: &str) {
        for member_id in member_ids {
            tracing::info!(group = self.id, member = member_id, because, "a member is given up");
            self.remove(turn, member_id);
        }
        if !member_ids.is_empty() {
            self.rebalance(turn, because);
        }
    }
}

/// Generations are counted on, and begin anew after the last.
fn next(generation: i32) -> i32 {
    generation.checked_add(1).unwrap_or(1)
}
