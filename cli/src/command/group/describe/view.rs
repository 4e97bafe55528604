//! What is shown of a group.

use fluxmq_client::admin::{CommittedOffset, Group, GroupMember, GroupState, GroupType};
use fluxmq_client::{BrokerInfo, TopicPartition};
use serde::Serialize;

use super::Part;
use crate::group::positions::{self, Log};
use crate::group::text::{number, or_dash, span};
use crate::output::{Column, Section, View};

/// A group.
#[derive(Debug, Serialize)]
pub(super) struct GroupView {
    pub(super) name: String,
    state: GroupState,
    #[serde(rename = "type")]
    group_type: GroupType,
    /// The protocol that the members speak among themselves.
    protocol_type: String,
    /// How partitions are shared out.
    assignor: Option<String>,
    coordinator: Option<BrokerInfo>,
    group_epoch: Option<i32>,
    assignment_epoch: Option<i32>,
    /// The sum over the partitions of which it is known.
    lag: Option<i64>,
    /// The oldest of all records that wait to be read, milliseconds.
    lag_ms: Option<i64>,
    members: Vec<GroupMember>,
    /// `None` where they were not asked for.
    pub(super) partitions: Option<Vec<PartitionView>>,
}

/// A partition that a group reads, or has read.
#[derive(Debug, Serialize)]
pub(super) struct PartitionView {
    group: String,
    topic: String,
    partition: i32,
    pub(super) committed_offset: Option<i64>,
    log_start_offset: Option<i64>,
    log_end_offset: Option<i64>,
    pub(super) lag: Option<i64>,
    /// The age of the next record to be read, milliseconds; `None` where none waits, or it cannot be read.
    pub(super) lag_ms: Option<i64>,
    member_id: Option<String>,
    instance_id: Option<String>,
    host: Option<String>,
    client_id: Option<String>,
    /// What the committer noted.
    metadata: Option<String>,
}

impl PartitionView {
    pub(super) fn new(
        group: &str,
        partition: TopicPartition,
        committed: Option<&CommittedOffset>,
        log: Option<&Log>,
        owner: Option<&GroupMember>,
    ) -> Self {
        let committed_offset = committed.map(|committed| committed.offset);
        PartitionView {
            group: group.to_owned(),
            topic: partition.topic,
            partition: partition.partition,
            committed_offset,
            log_start_offset: log.map(|log| log.bounds.log_start_offset),
            log_end_offset: log.map(|log| log.bounds.end_offset),
            lag: committed_offset.zip(log).map(|(offset, log)| positions::lag(offset, log.bounds)),
            lag_ms: None,
            member_id: owner.map(|owner| owner.member_id.clone()),
            instance_id: owner.and_then(|owner| owner.instance_id.clone()),
            host: owner.map(|owner| owner.host.clone()),
            client_id: owner.map(|owner| owner.client_id.clone()),
            metadata: committed.map(|committed| committed.metadata.clone()).filter(|noted| !noted.is_empty()),
        }
    }

    pub(super) fn partition_name(&self) -> TopicPartition {
        TopicPartition::new(self.topic.clone(), self.partition)
    }
}

impl View for &PartitionView {
    const COLUMNS: &'static [Column] = &[
        Column::new("GROUP"),
        Column::new("TOPIC"),
        Column::number("PARTITION"),
        Column::number("COMMITTED"),
        Column::number("LOG END"),
        Column::number("LAG"),
        Column::number("LAG TIME"),
        Column::new("MEMBER"),
        Column::new("HOST"),
        Column::new("CLIENT ID"),
        Column::number("LOG START").wide(),
        Column::new("INSTANCE ID").wide(),
        Column::new("METADATA").wide(),
    ];

    fn name(&self) -> String {
        self.partition_name().to_string()
    }

    fn cells(&self) -> Vec<String> {
        let known = |value: &Option<String>| or_dash(value.as_deref().unwrap_or_default());
        vec![
            self.group.clone(),
            self.topic.clone(),
            self.partition.to_string(),
            number(self.committed_offset),
            number(self.log_end_offset),
            number(self.lag),
            span(self.lag_ms),
            known(&self.member_id),
            known(&self.host),
            known(&self.client_id),
            number(self.log_start_offset),
            known(&self.instance_id),
            known(&self.metadata),
        ]
    }
}

/// Of a group by itself the first column goes without saying.
const PARTITION_COLUMNS: &[Column] = <&PartitionView as View>::COLUMNS.split_at(1).1;

/// A group in one row.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct StateRow<'a>(pub(super) &'a GroupView);

impl View for StateRow<'_> {
    const COLUMNS: &'static [Column] = &[
        Column::new("GROUP"),
        Column::new("STATE"),
        Column::new("TYPE"),
        Column::new("PROTOCOL"),
        Column::new("ASSIGNOR"),
        Column::number("COORDINATOR"),
        Column::number("MEMBERS"),
        Column::number("LAG"),
        Column::number("LAG TIME"),
    ];

    fn name(&self) -> String {
        self.0.name.clone()
    }

    fn cells(&self) -> Vec<String> {
        let group = self.0;
        vec![
            group.name.clone(),
            group.state.to_string(),
            group.group_type.to_string(),
            or_dash(&group.protocol_type),
            or_dash(group.assignor.as_deref().unwrap_or_default()),
            number(group.coordinator.as_ref().map(|coordinator| coordinator.id)),
            group.members.len().to_string(),
            number(group.lag),
            span(group.lag_ms),
        ]
    }
}

/// A member in one row.
#[derive(Debug, Serialize)]
pub(super) struct MemberRow<'a> {
    group: &'a str,
    #[serde(flatten)]
    member: &'a GroupMember,
}

impl View for MemberRow<'_> {
    const COLUMNS: &'static [Column] = &[
        Column::new("GROUP"),
        Column::new("MEMBER"),
        Column::new("INSTANCE ID"),
        Column::new("CLIENT ID"),
        Column::new("HOST"),
        Column::number("PARTITIONS"),
        Column::new("ASSIGNMENT"),
        Column::new("TOPICS").wide(),
        Column::new("RACK").wide(),
        Column::number("EPOCH").wide(),
        Column::new("TARGET").wide(),
    ];

    fn name(&self) -> String {
        self.member.member_id.clone()
    }

    fn cells(&self) -> Vec<String> {
        let member = self.member;
        let mut topics = member.topics.clone();
        topics.extend(member.topics_regex.as_ref().map(|regex| format!("/{regex}/")));
        vec![
            self.group.to_owned(),
            member.member_id.clone(),
            or_dash(member.instance_id.as_deref().unwrap_or_default()),
            or_dash(&member.client_id),
            or_dash(&member.host),
            member.assignment.len().to_string(),
            or_dash(&by_topic(&member.assignment)),
            or_dash(&topics.join(",")),
            or_dash(member.rack.as_deref().unwrap_or_default()),
            number(member.epoch),
            or_dash(&by_topic(member.target_assignment.as_deref().unwrap_or_default())),
        ]
    }
}

const MEMBER_COLUMNS: &[Column] = MemberRow::COLUMNS.split_at(1).1;

impl GroupView {
    pub(super) fn new(group: Group, partitions: Option<Vec<PartitionView>>) -> Self {
        let all = || partitions.iter().flatten();
        let lags: Vec<i64> = all().filter_map(|partition| partition.lag).collect();
        GroupView {
            name: group.spec.name,
            state: group.status.state,
            group_type: group.spec.group_type,
            protocol_type: group.spec.protocol_type,
            assignor: Some(group.status.assignor).filter(|assignor| !assignor.is_empty()),
            coordinator: group.status.coordinator,
            group_epoch: group.status.group_epoch,
            assignment_epoch: group.status.assignment_epoch,
            lag: (!lags.is_empty()).then(|| lags.iter().sum()),
            lag_ms: all().filter_map(|partition| partition.lag_ms).max(),
            members: group.status.members,
            partitions,
        }
    }

    pub(super) fn member_rows(&self) -> impl Iterator<Item = MemberRow<'_>> {
        self.members.iter().map(|member| MemberRow { group: &self.name, member })
    }

    /// What people see of it.
    pub(super) fn sections(&self, part: Part, shows_name: bool) -> Vec<Section> {
        let name = || Section::Pairs(vec![("group", self.name.clone())]);
        let mut sections = match part {
            Part::All | Part::State => vec![Section::Pairs(self.summary())],
            Part::Members | Part::Offsets if shows_name => vec![name()],
            Part::Members | Part::Offsets => Vec::new(),
        };
        let without_group = |mut cells: Vec<String>| cells.split_off(1);
        let partitions = self.partitions.as_deref().unwrap_or_default();
        match part {
            Part::State => {}
            Part::Members => {
                let rows = self.member_rows().map(|row| without_group(row.cells())).collect();
                sections.push(Section::Table { columns: MEMBER_COLUMNS, rows });
            }
            Part::All if partitions.is_empty() => {}
            Part::All | Part::Offsets => {
                let rows = partitions.iter().map(|row| without_group(View::cells(&row))).collect();
                sections.push(Section::Table { columns: PARTITION_COLUMNS, rows });
            }
        }
        sections
    }

    fn summary(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![
            ("group", self.name.clone()),
            ("state", self.state.to_string()),
            ("type", self.group_type.to_string()),
            ("protocol", or_dash(&self.protocol_type)),
            ("assignor", or_dash(self.assignor.as_deref().unwrap_or_default())),
        ];
        if let Some(broker) = &self.coordinator {
            pairs.push(("coordinator", format!("{} ({})", broker.id, broker.address())));
        }
        if let (Some(group), Some(assignment)) = (self.group_epoch, self.assignment_epoch) {
            pairs.push(("epoch", format!("{group}, assignment {assignment}")));
        }
        pairs.push(("members", self.members.len().to_string()));
        pairs.push(("lag", number(self.lag)));
        pairs.push(("lag time", span(self.lag_ms)));
        pairs
    }
}

fn follows(a: &TopicPartition, b: &TopicPartition) -> bool {
    a.partition.checked_add(1) == Some(b.partition)
}

/// Partitions that follow each other, as the commands take them: `3`, `3,4`, `3-9`.
fn run(partitions: &[TopicPartition]) -> String {
    match partitions {
        [first, _, .., last] => format!("{}-{}", first.partition, last.partition),
        few => few.iter().map(|name| name.partition.to_string()).collect::<Vec<_>>().join(","),
    }
}

/// `orders:0,2,4-7 payments:1`.
fn by_topic(partitions: &[TopicPartition]) -> String {
    let topic = |same: &[TopicPartition]| {
        let numbers: Vec<String> = same.chunk_by(follows).map(run).collect();
        format!("{}:{}", same.first().map_or("", |first| first.topic.as_str()), numbers.join(","))
    };
    partitions.chunk_by(|a, b| a.topic == b.topic).map(topic).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_told_by_topic() {
        let partitions = [("a", 0), ("a", 2), ("b", 1)].map(TopicPartition::from);
        assert_eq!(by_topic(&partitions), "a:0,2 b:1");
        assert_eq!(by_topic(&[]), "");
        let partitions = [0, 1, 4, 5, 6, 9].map(|number| TopicPartition::new("a", number));
        assert_eq!(by_topic(&partitions), "a:0,1,4-6,9", "as many as there may be, it stays readable");
    }
}
