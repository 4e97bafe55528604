//! How members go: by themselves, for a while, or because they ran out of time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::consumer_group_heartbeat::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse,
};

use super::member::{Holdings, LEAVE_FOR_A_WHILE, Member};
use super::{ConsumerGroup, Duty, GroupError, MemberState, RETRY_MS, topic_hash};
use crate::consumer::turn::Turn;

impl ConsumerGroup {
    /// Lets a member go that says so.
    pub(super) fn leave(
        &mut self,
        turn: &mut Turn<'_>,
        request: &ConsumerGroupHeartbeatRequest,
    ) -> Result<ConsumerGroupHeartbeatResponse, GroupError> {
        let id = request.member_id.as_str();
        let member = match &request.instance_id {
            None => self.member(id)?,
            Some(instance) => self.known_static_member(instance, id)?,
        };
        if request.member_epoch == LEAVE_FOR_A_WHILE {
            let mut gone = Member { epoch: LEAVE_FOR_A_WHILE, revoking: Holdings::new(), ..member.clone() };
            // Who comes back has held them from its first epoch on, whichever it will name when it commits.
            gone.assigned.values_mut().flat_map(BTreeMap::values_mut).for_each(|epoch| *epoch = 0);
            let record = self.holding_record(id, &gone);
            self.write(turn, &[record])?;
            self.deadlines.cancel(&id.into(), Duty::Revoke);
        } else {
            self.dismiss(turn, &BTreeSet::from([id.into()]))?;
        }
        Ok(ConsumerGroupHeartbeatResponse {
            member_id: Some(id.to_owned()),
            member_epoch: request.member_epoch,
            ..Default::default()
        })
    }

    /// Takes members out of the group; what they were to hold is for others.
    pub(super) fn dismiss(&mut self, turn: &mut Turn<'_>, ids: &BTreeSet<Arc<str>>) -> Result<(), ErrorCode> {
        let leaving: Vec<(&Arc<str>, &Member)> =
            ids.iter().filter_map(|id| self.members.get_key_value(id)).collect();
        if leaving.is_empty() {
            return Ok(());
        }
        let mut records = Vec::new();
        let mut subscriptions = self.subscriptions.clone();
        for (id, member) in leaving {
            records.extend(self.member_tombstones(id));
            subscriptions.remove(member);
        }
        let forgotten = self.patterns.keys().filter(|pattern| !subscriptions.has_pattern(pattern));
        records.extend(forgotten.map(|pattern| self.pattern_record(pattern, None)));
        let hash = topic_hash::hash_of(subscriptions.topics(&self.patterns), turn.image);
        records.push(self.epoch_record(self.epoch + 1, hash));
        self.write(turn, &records)
    }

    /// Puts those out who ran out of time.
    pub(crate) fn on_time(&mut self, turn: &mut Turn<'_>) {
        let passed = self.deadlines.passed(turn.now_ms);
        let late: BTreeSet<Arc<str>> = passed
            .iter()
            .filter(|(id, duty)| self.is_late(id, *duty))
            .map(|(id, _)| Arc::clone(id))
            .collect();
        if let Err(error) = self.dismiss(turn, &late) {
            tracing::warn!(group = self.id, %error, "members that ran out of time could not be put out of the group");
            for (id, duty) in passed {
                self.deadlines.set(&id, duty, turn.now_ms.saturating_add(RETRY_MS));
            }
        }
    }

    /// A static member that went for a while has nothing to give back any more.
    fn is_late(&self, id: &Arc<str>, duty: Duty) -> bool {
        self.members.get(id).is_some_and(|member| {
            duty != Duty::Revoke
                || (member.state == MemberState::Unrevoked && member.epoch != LEAVE_FOR_A_WHILE)
        })
    }
}
