//! What a member of a consumer group reads, and how it takes part.

use std::time::Duration;

use super::super::assignor::{AssignmentStrategy, RebalanceProtocol};
use super::super::config::{ConsumerConfig, OffsetReset, StartOffset};
use crate::error::ClientError;
use crate::list_offsets::IsolationLevel;

/// How members and coordinator agree on who reads what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupProtocol {
    /// One of the members assigns the partitions. Every broker knows it.
    #[default]
    Classic,
    /// The coordinator assigns the partitions (KIP-848).
    Consumer,
}

/// Settings of a member of a consumer group.
#[derive(Debug, Clone)]
pub struct GroupConfig {
    /// The group's name.
    pub group: String,
    /// The topics to read, by name or pattern, and how they are fetched. Which partitions of them, and from where, is
    /// the group's business: `partitions`, `ranges`, `start` and `offset_reset` are not looked at.
    pub consumer: ConsumerConfig,
    /// What to do about a partition of which the group has committed nothing, and about a position that is not in the
    /// log. Default the end.
    pub auto_offset_reset: OffsetReset,
    /// Where a partition of which the group has committed nothing is read from, where that is something else than
    /// `auto_offset_reset` says.
    pub start: Option<StartOffset>,
    /// How members and coordinator agree. Default classic, as with Java clients.
    pub protocol: GroupProtocol,
    /// How partitions are assigned in the classic protocol, in order of preference; all members must have one in
    /// common. With cooperative sticky alone, members keep what they have while the group rebalances. Default range.
    pub assignors: Vec<AssignmentStrategy>,
    /// How the coordinator assigns partitions in the newer protocol; its own choice when there is none.
    pub server_assignor: Option<String>,
    /// The name under which this member comes back after a restart, so that the group need not rebalance (KIP-345).
    pub group_instance_id: Option<String>,
    /// How long the coordinator waits for a heartbeat of a classic member. Default 45 s.
    pub session_timeout: Duration,
    /// How often a classic member sends one. Default 3 s.
    pub heartbeat_interval: Duration,
    /// How long the records that were yielded last may be worked on. A member that does not ask for more within this
    /// leaves the group, and joins again when it does. Default 5 min.
    pub max_poll_interval: Duration,
    /// Whether positions are committed without being told to: at intervals, before partitions are given up, and on
    /// close. Default true.
    pub auto_commit: bool,
    /// How often. Default 5 s.
    pub auto_commit_interval: Duration,
    /// How long commits, looks at committed offsets, and closing may take. Default 60 s.
    pub timeout: Duration,
}

impl GroupConfig {
    /// Reads topics as a member of a group.
    pub fn new<T: Into<String>>(group: impl Into<String>, topics: impl IntoIterator<Item = T>) -> Self {
        GroupConfig {
            group: group.into(),
            consumer: ConsumerConfig::topics(topics),
            auto_offset_reset: OffsetReset::End,
            start: None,
            protocol: GroupProtocol::default(),
            assignors: vec![AssignmentStrategy::Range],
            server_assignor: None,
            group_instance_id: None,
            session_timeout: Duration::from_secs(45),
            heartbeat_interval: Duration::from_secs(3),
            max_poll_interval: Duration::from_secs(300),
            auto_commit: true,
            auto_commit_interval: Duration::from_secs(5),
            timeout: Duration::from_secs(60),
        }
    }

    /// Reads the topics whose whole names match a regular expression.
    pub fn pattern(group: impl Into<String>, pattern: impl Into<String>) -> Self {
        let mut config = GroupConfig::new(group, Vec::<String>::new());
        config.consumer.topic_pattern = Some(pattern.into());
        config
    }

    /// Sets what to do where there is no committed offset, or none that is in the log.
    #[must_use]
    pub fn auto_offset_reset(mut self, auto_offset_reset: OffsetReset) -> Self {
        self.auto_offset_reset = auto_offset_reset;
        self
    }

    /// Sets how members and coordinator agree on who reads what.
    #[must_use]
    pub fn protocol(mut self, protocol: GroupProtocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Sets how partitions are assigned in the classic protocol, in order of preference.
    #[must_use]
    pub fn assignors(mut self, assignors: impl IntoIterator<Item = AssignmentStrategy>) -> Self {
        self.assignors = assignors.into_iter().collect();
        self
    }

    /// Makes this a static member.
    #[must_use]
    pub fn group_instance_id(mut self, group_instance_id: impl Into<String>) -> Self {
        self.group_instance_id = Some(group_instance_id.into());
        self
    }

    /// Sets whether positions are committed without being told to.
    #[must_use]
    pub fn auto_commit(mut self, auto_commit: bool) -> Self {
        self.auto_commit = auto_commit;
        self
    }

    /// Refuses settings that cannot work.
    pub fn validate(&self) -> Result<(), ClientError> {
        self.consumer.validate()?;
        let refuse = |message: &str| Err(ClientError::InvalidConfig(message.to_owned()));
        if self.group.is_empty() {
            return refuse("a group needs a name");
        }
        if self.protocol == GroupProtocol::Classic && self.assignors.is_empty() {
            return refuse("a member of a classic group needs at least one assignor");
        }
        if self.group_instance_id.as_ref().is_some_and(String::is_empty) {
            return refuse("`group_instance_id` must not be empty; leave it out for a dynamic member");
        }
        if self.heartbeat_interval.is_zero() || self.heartbeat_interval >= self.session_timeout {
            return refuse("`heartbeat_interval` must be longer than 0 and shorter than `session_timeout`");
        }
        if self.max_poll_interval.is_zero() || self.auto_commit_interval.is_zero() || self.timeout.is_zero() {
            return refuse("`max_poll_interval`, `auto_commit_interval` and `timeout` must be longer than 0");
        }
        Ok(())
    }

    /// Whether members keep their partitions while the classic group rebalances: only where all that it speaks allows
    /// that.
    pub(super) fn is_cooperative(&self) -> bool {
        self.assignors.iter().all(|assignor| assignor.assignor().protocol() == RebalanceProtocol::Cooperative)
    }

    /// Whether commits of unfinished transactions are waited for.
    pub(super) fn requires_stable(&self) -> bool {
        self.consumer.isolation == IsolationLevel::ReadCommitted
    }

    /// Where a partition without a committed offset is read from; `None` where that is an error.
    pub(super) fn start_uncommitted(&self) -> Option<StartOffset> {
        self.start.or(match self.auto_offset_reset {
            OffsetReset::Error => None,
            OffsetReset::Beginning => Some(StartOffset::Beginning),
            OffsetReset::End => Some(StartOffset::End),
        })
    }

    /// What the fetching part is told. Its topics are those of the partitions that it is given.
    pub(super) fn reading(&self) -> ConsumerConfig {
        ConsumerConfig {
            topics: Vec::new(),
            topic_pattern: None,
            partitions: Vec::new(),
            ranges: Default::default(),
            offset_reset: self.auto_offset_reset,
            ..self.consumer.clone()
        }
    }
}
