//! The rules that groups live by.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::next_gen::assignor::ServerAssignor;
use crate::config::Settings;

/// How the partitions of topics are spread over the members of a group, by the names of Kafka's assignors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssignmentStrategy {
    /// `range`: per topic, neighbouring partitions to the same member.
    Range,
    /// `roundrobin`: one partition after the other, member by member.
    RoundRobin,
    /// `sticky`: balanced, and as much as can be stays where it is.
    Sticky,
    /// `cooperative-sticky`: the same, and members keep reading what they do not have to give up (KIP-429).
    CooperativeSticky,
}

impl AssignmentStrategy {
    /// The assignor's name, as members say it when they join.
    pub fn name(self) -> &'static str {
        match self {
            AssignmentStrategy::Range => "range",
            AssignmentStrategy::RoundRobin => "roundrobin",
            AssignmentStrategy::Sticky => "sticky",
            AssignmentStrategy::CooperativeSticky => "cooperative-sticky",
        }
    }
}

impl fmt::Display for AssignmentStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no assignor's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no assignment strategy; use range, roundrobin, sticky or cooperative-sticky")]
pub struct UnknownStrategy(String);

impl FromStr for AssignmentStrategy {
    type Err = UnknownStrategy;

    fn from_str(name: &str) -> Result<Self, UnknownStrategy> {
        [Self::Range, Self::RoundRobin, Self::Sticky, Self::CooperativeSticky]
            .into_iter()
            .find(|strategy| strategy.name() == name)
            .ok_or_else(|| UnknownStrategy(name.to_owned()))
    }
}

/// Whether groups move between the classic protocol and that of KIP-848 while members are in them:
/// `group.consumer.migration.policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationPolicy {
    /// Not at all.
    Disabled,
    /// From KIP-848 to classic.
    Downgrade,
    /// From classic to KIP-848.
    Upgrade,
    /// Both ways.
    Bidirectional,
}

/// Settings of a [`ConsumerGroupCoordinator`](super::ConsumerGroupCoordinator). Times are in milliseconds. A broker takes
/// them from Kafka's keys, which stand at the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerGroupConfig {
    /// The session time-out of a member that names none. Default 30,000.
    pub default_session_timeout_ms: i32,
    /// The rebalance time-out of a member that names none. Default 300,000.
    pub default_rebalance_timeout_ms: i32,
    /// The assignor of a member that names no protocol. Default `range`.
    pub default_assignment_strategy: AssignmentStrategy,
    /// The shortest session time-out that a classic member may have, `group.min.session.timeout.ms`. Default 6,000.
    pub min_session_timeout_ms: i32,
    /// The longest, `group.max.session.timeout.ms`. Default 1,800,000.
    pub max_session_timeout_ms: i32,
    /// How long the first rebalance of an empty group waits for more members, `group.initial.rebalance.delay.ms`. Default 0.
    pub initial_rebalance_delay_ms: i32,
    /// How many members a classic group may have, `group.max.size`.
    pub max_size: usize,
    /// How long offsets are kept that nobody needs, `offsets.retention.minutes`. Default seven days.
    pub offsets_retention_ms: i64,
    /// How often it is looked for such offsets, `offsets.retention.check.interval.ms`. Default ten minutes.
    pub offsets_retention_check_interval_ms: i64,
    /// How long a note beside an offset may be, in UTF-16 units, `offset.metadata.max.bytes`. Default 4,096.
    pub offset_metadata_max: usize,
    /// How long a member of KIP-848 may be silent, `group.consumer.session.timeout.ms`. Default 45,000.
    pub consumer_session_timeout_ms: i32,
    /// How often it says that it is there, `group.consumer.heartbeat.interval.ms`. Default 5,000.
    pub consumer_heartbeat_interval_ms: i32,
    /// How many members a group of KIP-848 may have, `group.consumer.max.size`.
    pub consumer_max_size: usize,
    /// How long it takes at least from one assignment of a group of KIP-848 to the next, `group.consumer.assignment.interval.ms`
    /// (KIP-1263). Default 1,000.
    pub consumer_assignment_interval_ms: i32,
    /// The assignors of KIP-848 by name, the first is the default, `group.consumer.assignors`. Default `uniform`, `range`.
    pub consumer_assignors: Vec<String>,
    /// How often a regular expression is held against all topics again, `group.consumer.regex.refresh.interval.ms`. Default
    /// ten minutes.
    pub consumer_regex_refresh_interval_ms: i64,
    /// Which protocols may follow which, `group.consumer.migration.policy`. Default both.
    pub migration_policy: MigrationPolicy,
}

impl Default for ConsumerGroupConfig {
    fn default() -> Self {
        ConsumerGroupConfig {
            default_session_timeout_ms: 30_000,
            default_rebalance_timeout_ms: 300_000,
            default_assignment_strategy: AssignmentStrategy::Range,
            min_session_timeout_ms: 6_000,
            max_session_timeout_ms: 1_800_000,
            initial_rebalance_delay_ms: 0,
            max_size: i32::MAX as usize,
            offsets_retention_ms: 7 * 24 * 60 * 60 * 1_000,
            offsets_retention_check_interval_ms: 600_000,
            offset_metadata_max: 4_096,
            consumer_session_timeout_ms: 45_000,
            consumer_heartbeat_interval_ms: 5_000,
            consumer_max_size: i32::MAX as usize,
            consumer_assignment_interval_ms: 1_000,
            consumer_assignors: vec!["uniform".to_owned(), "range".to_owned()],
            consumer_regex_refresh_interval_ms: 600_000,
            migration_policy: MigrationPolicy::Bidirectional,
        }
    }
}

impl ConsumerGroupConfig {
    /// Whether a classic member may be silent for so long.
    pub(crate) fn allows_session(&self, timeout_ms: i32) -> bool {
        (self.min_session_timeout_ms..=self.max_session_timeout_ms).contains(&timeout_ms)
    }

    /// Whether a group of KIP-848 with so many members may become a classic one.
    pub(crate) fn allows_downgrade(&self, members: usize) -> bool {
        matches!(self.migration_policy, MigrationPolicy::Downgrade | MigrationPolicy::Bidirectional)
            && members <= self.max_size
    }

    /// The settings of a broker's groups.
    pub(crate) fn of(settings: &Settings) -> Self {
        let values = &settings.values;
        let millis = |key| i32::try_from(values.number(key)).unwrap_or(i32::MAX);
        let count = |key| usize::try_from(values.number(key)).unwrap_or(usize::MAX);
        let minutes = Duration::from_mins(values.number("offsets.retention.minutes").unsigned_abs());
        ConsumerGroupConfig {
            min_session_timeout_ms: millis("group.min.session.timeout.ms"),
            max_session_timeout_ms: millis("group.max.session.timeout.ms"),
            initial_rebalance_delay_ms: millis("group.initial.rebalance.delay.ms"),
            max_size: count("group.max.size"),
            offsets_retention_ms: i64::try_from(minutes.as_millis()).unwrap_or(i64::MAX),
            offsets_retention_check_interval_ms: values.number("offsets.retention.check.interval.ms"),
            offset_metadata_max: count("offset.metadata.max.bytes"),
            consumer_session_timeout_ms: millis("group.consumer.session.timeout.ms"),
            consumer_heartbeat_interval_ms: millis("group.consumer.heartbeat.interval.ms"),
            consumer_max_size: count("group.consumer.max.size"),
            consumer_assignment_interval_ms: millis("group.consumer.assignment.interval.ms"),
            consumer_assignors: values
                .items("group.consumer.assignors")
                .into_iter()
                .filter_map(ServerAssignor::from_name)
                .map(|assignor| assignor.name().to_owned())
                .collect(),
            consumer_regex_refresh_interval_ms: values.number("group.consumer.regex.refresh.interval.ms"),
            migration_policy: match values.text("group.consumer.migration.policy").unwrap_or_default() {
                policy if policy.eq_ignore_ascii_case("disabled") => MigrationPolicy::Disabled,
                policy if policy.eq_ignore_ascii_case("downgrade") => MigrationPolicy::Downgrade,
                policy if policy.eq_ignore_ascii_case("upgrade") => MigrationPolicy::Upgrade,
                _ => MigrationPolicy::Bidirectional,
            },
            ..Default::default()
        }
    }
}
