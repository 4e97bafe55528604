//! Consumer groups of the next generation (KIP-848) as a state machine: the broker assigns, members heartbeat.
//!
//! A group is what its records say, so that it comes back from its log as it was: an event works out records, appends them as one
//! batch, and only then takes them in, through the same [`ConsumerGroup::replay`] that loads a log. When the append fails nothing
//! has changed.
//!
//! ```text
//! heartbeat -> what the member wants     (heartbeat)   -> group epoch + 1 when topics or subscriptions changed (subscriptions)
//!           -> what everybody is to hold (target)      -> assignment epoch = group epoch, at most once a second
//!           -> what the member may hold  (reconcile)   -> member epoch = assignment epoch, once it gave back what it had to
//! ```
//!
//! A partition that a member holds or has yet to give back is held: nobody else gets it.

pub(crate) mod assignor;
mod classic_member;
mod commit;
mod deadlines;
mod describe;
pub(crate) mod heartbeat;
mod leave;
mod member;
pub(crate) mod migration;
mod reconcile;
mod records;
pub(crate) mod regex;
mod step;
mod subscriptions;
mod target;
mod topic_hash;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::stored::groups::{ConsumerGroupRegularExpressionValue, GroupRecord};
use uuid::Uuid;

use self::deadlines::{Deadlines, Duty};
use self::member::{Holdings, Member, MemberState, Partitions};
use self::subscriptions::Subscriptions;
use super::config::ConsumerGroupConfig;
use super::turn::Turn;

/// How long it takes until a member is put out again whose end could not be written down.
const RETRY_MS: i64 = 1_000;

/// Where the epochs of a group begin.
const FIRST_EPOCH: i32 = 1;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct GroupError {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl GroupError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        GroupError { code, message: message.into() }
    }
}

impl From<ErrorCode> for GroupError {
    fn from(code: ErrorCode) -> Self {
        GroupError::new(code, code.to_string())
    }
}

/// What a group is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConsumerState {
    /// Nobody is in it.
    Empty,
    /// It is not yet worked out who is to hold what.
    Assigning,
    /// Some member is on its way to what it is to hold.
    Reconciling,
    Stable,
}

impl fmt::Display for ConsumerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConsumerState::Empty => "Empty",
            ConsumerState::Assigning => "Assigning",
            ConsumerState::Reconciling => "Reconciling",
            ConsumerState::Stable => "Stable",
        })
    }
}

/// A consumer group.
#[derive(Debug, Clone)]
pub(crate) struct ConsumerGroup {
    id: String,
    /// Counts what may change who holds what.
    epoch: i32,
    /// The topics that the group was last balanced for.
    metadata_hash: i64,
    /// The group epoch that the target was made for.
    assignment_epoch: i32,
    /// When that was, in milliseconds since 1970; 0 when it is not known.
    assigned_at_ms: i64,
    members: BTreeMap<Arc<str>, Member>,
    /// What each member is to hold in the end.
    targets: BTreeMap<Arc<str>, Partitions>,
    /// What each regular expression that members subscribe to stands for.
    patterns: BTreeMap<String, ConsumerGroupRegularExpressionValue>,
    /// Whether its log has a record of the kind that Kafka 4.0 kept instead of the hash.
    has_partition_metadata: bool,

    /// Who holds a partition, or has yet to give it back.
    holders: HashMap<(Uuid, i32), Arc<str>>,
    static_members: HashMap<String, Arc<str>>,
    subscriptions: Subscriptions,

    /// Records that go before the next ones: those of a group that was a classic one until now.
    unwritten: Vec<GroupRecord>,

    /// What follows is not written down.
    deadlines: Deadlines,
    /// Whether topics may be others than those that the hash was made of.
    topics_changed: bool,
    /// When it was last looked which topics the regular expressions stand for.
    patterns_resolved_ms: i64,
}

impl ConsumerGroup {
    pub(crate) fn new(group_id: &str) -> Self {
        ConsumerGroup {
            id: group_id.to_owned(),
            epoch: FIRST_EPOCH,
            metadata_hash: 0,
            assignment_epoch: FIRST_EPOCH,
            assigned_at_ms: 0,
            members: BTreeMap::new(),
            targets: BTreeMap::new(),
            patterns: BTreeMap::new(),
            has_partition_metadata: false,
            holders: HashMap::new(),
            static_members: HashMap::new(),
            subscriptions: Subscriptions::default(),
            unwritten: Vec::new(),
            deadlines: Deadlines::default(),
            topics_changed: true,
            patterns_resolved_ms: i64::MIN,
        }
    }

    /// Takes in a record of its own: at load, and after each successful append.
    pub(crate) fn replay(&mut self, record: &GroupRecord) {
        match record {
            GroupRecord::ConsumerGroupMetadata(_, value) => {
                if let Some(value) = value {
                    (self.epoch, self.metadata_hash) = (value.epoch, value.metadata_hash);
                } else {
                    (self.epoch, self.metadata_hash, self.assignment_epoch) = (FIRST_EPOCH, 0, FIRST_EPOCH);
                }
            }
            GroupRecord::ConsumerGroupPartitionMetadata(_, value) => {
                self.has_partition_metadata = value.is_some();
            }
            GroupRecord::ConsumerGroupMemberMetadata(key, Some(value)) => {
                self.update(&key.member, |member| {
                    member.wants = value.clone();
                    member.wants.subscribed_topic_names =
                        member::sorted(value.subscribed_topic_names.clone());
                });
            }
            GroupRecord::ConsumerGroupMemberMetadata(key, None) => self.remove(&key.member),
            GroupRecord::ConsumerGroupTargetAssignmentMetadata(_, value) => {
                (self.assignment_epoch, self.assigned_at_ms) = value
                    .as_ref()
                    .map_or((-1, 0), |value| (value.assignment_epoch, value.assignment_timestamp));
            }
            GroupRecord::ConsumerGroupTargetAssignmentMember(key, Some(value)) => {
                self.targets.insert(key.member.as_str().into(), member::target_of(value));
            }
            GroupRecord::ConsumerGroupTargetAssignmentMember(key, None) => {
                self.targets.remove(key.member.as_str());
            }
            GroupRecord::ConsumerGroupCurrentMemberAssignment(key, Some(value)) => {
                self.update(&key.member, |member| member.hold(value));
            }
            GroupRecord::ConsumerGroupCurrentMemberAssignment(key, None) => {
                if self.members.contains_key(key.member.as_str()) {
                    self.update(&key.member, |member| {
                        (member.epoch, member.previous_epoch) = (member::LEAVE, member::LEAVE);
                        (member.assigned, member.revoking) = (Holdings::new(), Holdings::new());
                    });
                }
            }
            GroupRecord::ConsumerGroupRegularExpression(key, Some(value)) => {
                self.patterns.insert(key.regular_expression.clone(), value.clone());
            }
            GroupRecord::ConsumerGroupRegularExpression(key, None) => {
                self.patterns.remove(&key.regular_expression);
            }
            GroupRecord::OffsetCommit(..) | GroupRecord::GroupMetadata(..) => (),
        }
    }

    /// Begins to watch over members that came out of a log.
    pub(crate) fn loaded(&mut self, now_ms: i64, config: &ConsumerGroupConfig) {
        for (id, member) in &self.members {
            self.deadlines.set(id, Duty::Heartbeat, now_ms.saturating_add(session_ms(member, config)));
            if member.state == MemberState::Unrevoked {
                self.deadlines.set(id, Duty::Revoke, now_ms.saturating_add(rebalance_ms(member)));
            }
        }
    }

    pub(crate) fn state(&self) -> ConsumerState {
        if self.members.is_empty() {
            ConsumerState::Empty
        } else if self.epoch > self.assignment_epoch {
            ConsumerState::Assigning
        } else if self.members.values().all(|member| member.is_at(self.assignment_epoch)) {
            ConsumerState::Stable
        } else {
            ConsumerState::Reconciling
        }
    }

    /// The topics that members want, by name or by regular expression.
    pub(crate) fn subscribed_topics(&self) -> BTreeSet<String> {
        self.subscriptions.topics(&self.patterns).map(str::to_owned).collect()
    }

    /// Says that a topic came, went or grew. Whether that concerns the group is found out at its next heartbeat.
    pub(crate) fn topics_changed(&mut self) {
        self.topics_changed = true;
    }

    /// Nobody is in it: once it has no offsets either it may go.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Nobody ever was in it, so that nothing is written down of it.
    pub(crate) fn is_unused(&self) -> bool {
        self.members.is_empty() && self.epoch == FIRST_EPOCH
    }

    /// Before this moment nobody runs out of time.
    pub(crate) fn wake_at(&self) -> Option<i64> {
        self.deadlines.next()
    }

    /// Appends records and takes them in.
    fn write(&mut self, turn: &mut Turn<'_>, records: &[GroupRecord]) -> Result<(), ErrorCode> {
        if !records.is_empty() {
            if self.unwritten.is_empty() {
                turn.log.append(records)?;
            } else {
                turn.log.append(&[&self.unwritten, records].concat())?;
                self.unwritten.clear();
            }
            records.iter().for_each(|record| self.replay(record));
        }
        Ok(())
    }

    /// Changes a member, which may be new.
    fn update(&mut self, id: &str, change: impl FnOnce(&mut Member)) {
        let known = self.members.remove_entry(id);
        if let Some((id, member)) = &known {
            release(&mut self.holders, id, member);
            self.subscriptions.remove(member);
            self.forget_instance(id, member);
        }
        let (id, mut member) = known.unwrap_or_else(|| (id.into(), Member::default()));
        change(&mut member);
        self.subscriptions.add(&member);
        self.holders.extend(member.held().map(|partition| (partition, Arc::clone(&id))));
        if let Some(instance) = member.instance_id() {
            self.static_members.insert(instance.to_owned(), Arc::clone(&id));
        }
        self.members.insert(id, member);
    }

    fn remove(&mut self, id: &str) {
        let Some((id, member)) = self.members.remove_entry(id) else { return };
        release(&mut self.holders, &id, &member);
        self.subscriptions.remove(&member);
        self.forget_instance(&id, &member);
        self.deadlines.forget(&id);
    }

    /// Another member may go by the instance id already.
    fn forget_instance(&mut self, id: &Arc<str>, member: &Member) {
        if let Some(instance) = member.instance_id()
            && self.static_members.get(instance) == Some(id)
        {
            self.static_members.remove(instance);
        }
    }

    fn member(&self, id: &str) -> Result<&Member, GroupError> {
        self.members.get(id).ok_or_else(|| {
            let group = &self.id;
            GroupError::new(
                ErrorCode::UNKNOWN_MEMBER_ID,
                format!("member `{id}` is not in group `{group}`; join it again"),
            )
        })
    }

    /// The member that goes by an instance id.
    fn static_member(&self, instance: &str) -> Option<(&Arc<str>, &Member)> {
        self.members.get_key_value(self.static_members.get(instance)?)
    }
}

/// A partition may have passed on to somebody else before the word came that it was given back: a log that was compacted has
/// lost the records between.
fn release(holders: &mut HashMap<(Uuid, i32), Arc<str>>, id: &Arc<str>, member: &Member) {
    for partition in member.held() {
        if holders.get(&partition) == Some(id) {
            holders.remove(&partition);
        }
    }
}

/// How long a member may be silent.
fn session_ms(member: &Member, config: &ConsumerGroupConfig) -> i64 {
    let classic = member.wants.classic_member_metadata.as_ref();
    classic.map_or(config.consumer_session_timeout_ms, |classic| classic.session_timeout_ms).into()
}

/// How long a member may take to give partitions back.
fn rebalance_ms(member: &Member) -> i64 {
    member.wants.rebalance_timeout_ms.into()
}
