//! What a request of a member comes to, whichever protocol the member speaks: what it wants from now on, the group's epoch, what
//! everybody is to hold, and what the member may hold now.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::consumer_group_heartbeat::TopicPartitions;
use fluxmq_protocol::stored::groups::{ConsumerGroupRegularExpressionValue, GroupRecord};

use super::member::{Member, Partitions};
use super::reconcile::Goal;
use super::subscriptions::Subscriptions;
use super::target::subscribed_ids;
use super::{ConsumerGroup, Duty, GroupError, MemberState, rebalance_ms, regex, topic_hash};
use crate::consumer::turn::Turn;

/// What regular expressions stand for.
pub(super) type Patterns = BTreeMap<String, ConsumerGroupRegularExpressionValue>;

/// A member's request on its way through the group: what the member was and will be, and the records that make it so.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) id: Arc<str>,
    /// As it is known. Of a static member that comes back under another id: as it went.
    pub(super) before: Member,
    pub(super) after: Member,
    /// Whether the group gets larger.
    pub(super) is_new: bool,
    /// The id that a static member went by before.
    pub(super) replaces: Option<Arc<str>>,
    pub(super) records: Vec<GroupRecord>,
}

/// What the group will be.
struct Outlook<'a> {
    epoch: i32,
    subscriptions: Cow<'a, Subscriptions>,
    patterns: Cow<'a, Patterns>,
}

impl ConsumerGroup {
    /// Works out what a request comes to. `owned` is what the member says that it still holds.
    pub(super) fn work_out(
        &self,
        turn: &Turn<'_>,
        step: &mut Step,
        owned: Option<&[TopicPartitions]>,
    ) -> Result<(), GroupError> {
        let outlook = self.outlook(turn, step)?;
        let (assignment_epoch, target) = self.target_after(turn, step, &outlook);
        let resubscribed = step.before.wants.subscribed_topic_names
            != step.after.wants.subscribed_topic_names
            || step.before.pattern() != step.after.pattern();
        if !resubscribed && step.after.is_at(assignment_epoch) {
            return Ok(());
        }
        let goal = Goal {
            epoch: assignment_epoch,
            target: &target,
            subscribed: subscribed_ids(&step.after, &outlook.patterns, turn),
            holders: &self.holders,
            resubscribed,
            owned,
        };
        let reconciled = goal.reconcile(&step.after)?;
        if reconciled != step.after {
            step.records.push(self.holding_record(&step.id, &reconciled));
            step.after = reconciled;
        }
        Ok(())
    }

    /// Writes down what was worked out, and sets the deadlines that follow from it.
    pub(super) fn take(&mut self, turn: &mut Turn<'_>, step: &Step) -> Result<(), ErrorCode> {
        self.write(turn, &step.records)?;
        if self.topics_changed || self.patterns_stale(turn) {
            self.patterns_resolved_ms = turn.now_ms;
        }
        self.topics_changed = false;
        if step.after.is_classic() || step.after.state != MemberState::Unrevoked {
            self.deadlines.cancel(&step.id, Duty::Revoke);
        } else if step
            .records
            .iter()
            .any(|record| matches!(record, GroupRecord::ConsumerGroupCurrentMemberAssignment(..)))
        {
            let at_ms = turn.now_ms.saturating_add(rebalance_ms(&step.after));
            self.deadlines.set(&step.id, Duty::Revoke, at_ms);
        }
        Ok(())
    }

    /// Notes what the member wants, and counts the epoch on where that or the topics changed.
    fn outlook(&self, turn: &Turn<'_>, step: &mut Step) -> Result<Outlook<'_>, GroupError> {
        let wants_changed = step.is_new || step.before.wants != step.after.wants;
        if wants_changed {
            step.records.push(self.wants_record(&step.id, &step.after));
        }
        let mut outlook = Outlook {
            epoch: self.epoch,
            subscriptions: Cow::Borrowed(&self.subscriptions),
            patterns: Cow::Borrowed(&self.patterns),
        };
        if !wants_changed && !self.topics_changed && !self.patterns_stale(turn) {
            return Ok(outlook);
        }
        if wants_changed {
            let subscriptions = outlook.subscriptions.to_mut();
            if !step.is_new {
                subscriptions.remove(&step.before);
            }
            subscriptions.add(&step.after);
        }
        let mut changed = step.before.wants.subscribed_topic_names != step.after.wants.subscribed_topic_names;
        changed |= self.resolve_patterns(turn, step, &mut outlook)?;
        let hash = topic_hash::hash_of(outlook.subscriptions.topics(&outlook.patterns), turn.image);
        if changed || hash != self.metadata_hash {
            outlook.epoch = self.epoch + 1;
            step.records.push(self.epoch_record(outlook.epoch, hash));
        }
        if self.has_partition_metadata {
            step.records.push(self.no_partition_metadata_record());
        }
        Ok(outlook)
    }

    /// Finds out what regular expressions stand for, where that may have changed. Whether it did, for the member or for anybody.
    fn resolve_patterns(
        &self,
        turn: &Turn<'_>,
        step: &mut Step,
        outlook: &mut Outlook<'_>,
    ) -> Result<bool, GroupError> {
        let (old, new) = (step.before.pattern(), step.after.pattern());
        let mut changed = old != new;
        if let Some(old) = old
            && !outlook.subscriptions.has_pattern(old)
        {
            outlook.patterns.to_mut().remove(old);
            step.records.push(self.pattern_record(old, None));
        }
        let stale = self.topics_changed || self.patterns_stale(turn);
        for pattern in outlook.subscriptions.patterns() {
            let known = outlook.patterns.get(pattern);
            if known.is_some() && !stale {
                continue;
            }
            let topics = match regex::resolve(pattern, turn.image.topics().map(|topic| &*topic.name)) {
                Ok(topics) => topics.into_iter().collect(),
                Err(cause) if new == Some(pattern) && changed => {
                    return Err(GroupError::new(ErrorCode::INVALID_REGULAR_EXPRESSION, cause.to_string()));
                }
                // A log from elsewhere may hold an expression that cannot be read here; it stands for nothing.
                Err(_) => Vec::new(),
            };
            if known.is_some_and(|known| known.topics == topics) {
                continue;
            }
            let value = ConsumerGroupRegularExpressionValue { topics, version: 0, timestamp: turn.wall_ms };
            step.records.push(self.pattern_record(pattern, Some(value.clone())));
            outlook.patterns.to_mut().insert(pattern.to_owned(), value);
            changed = true;
        }
        Ok(changed)
    }

    /// Whether it is time to hold the regular expressions against all topics again.
    fn patterns_stale(&self, turn: &Turn<'_>) -> bool {
        let age_ms = turn.now_ms.saturating_sub(self.patterns_resolved_ms);
        !self.patterns.is_empty() && age_ms >= turn.config.consumer_regex_refresh_interval_ms
    }

    /// What the member is to hold, and since which epoch; it is worked out anew for everybody when the group has moved on.
    fn target_after(&self, turn: &Turn<'_>, step: &mut Step, outlook: &Outlook<'_>) -> (i32, Partitions) {
        if outlook.epoch <= self.assignment_epoch
            || !self.may_assign(turn)
            || self.goes_back_to_classic(turn, step, outlook)
        {
            let known_as = step.replaces.as_ref().unwrap_or(&step.id);
            return (self.assignment_epoch, self.targets.get(known_as).cloned().unwrap_or_default());
        }
        let target = self.assign(turn, step, &outlook.subscriptions, &outlook.patterns);
        step.records.push(self.assignment_epoch_record(outlook.epoch, turn.wall_ms));
        (outlook.epoch, target)
    }

    /// Whether the last assignment is long enough ago. One that seems yet to come was made before the clock was set back.
    fn may_assign(&self, turn: &Turn<'_>) -> bool {
        let since_ms = turn.wall_ms.saturating_sub(self.assigned_at_ms);
        !(0..i64::from(turn.config.consumer_assignment_interval_ms)).contains(&since_ms)
    }

    /// Whether the last consumer has come back as a classic member, so that its group will be a classic one. Its members then
    /// assign themselves: nobody may read by a target that the others, each in an epoch of its own, have not heard of.
    fn goes_back_to_classic(&self, turn: &Turn<'_>, step: &Step, outlook: &Outlook<'_>) -> bool {
        let replaced = step.replaces.as_ref().and_then(|id| self.members.get(id));
        replaced.is_some_and(|replaced| !replaced.is_classic())
            && outlook.subscriptions.are_all_classic()
            && turn.config.allows_downgrade(self.members.len())
    }
}
