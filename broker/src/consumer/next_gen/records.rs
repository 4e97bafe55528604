//! The records of a group, as Kafka writes them.

use fluxmq_protocol::stored::groups::{
    ConsumerGroupMetadataValue, ConsumerGroupRegularExpressionValue,
    ConsumerGroupTargetAssignmentMetadataValue, GroupKey, GroupMemberKey, GroupRecord,
    GroupRegularExpressionKey,
};

use super::ConsumerGroup;
use super::member::{Member, Partitions, stored_target};

impl ConsumerGroup {
    fn key(&self) -> GroupKey {
        GroupKey { group: self.id.clone() }
    }

    fn member_key(&self, id: &str) -> GroupMemberKey {
        GroupMemberKey { group: self.id.clone(), member: id.to_owned() }
    }

    /// What the member wants.
    pub(super) fn wants_record(&self, id: &str, member: &Member) -> GroupRecord {
        GroupRecord::ConsumerGroupMemberMetadata(self.member_key(id), Some(member.wants.clone()))
    }

    /// What the member holds.
    pub(super) fn holding_record(&self, id: &str, member: &Member) -> GroupRecord {
        GroupRecord::ConsumerGroupCurrentMemberAssignment(self.member_key(id), Some(member.holding()))
    }

    /// What the member is to hold.
    pub(super) fn target_record(&self, id: &str, target: &Partitions) -> GroupRecord {
        GroupRecord::ConsumerGroupTargetAssignmentMember(self.member_key(id), Some(stored_target(target)))
    }

    pub(super) fn epoch_record(&self, epoch: i32, metadata_hash: i64) -> GroupRecord {
        let value = ConsumerGroupMetadataValue { epoch, metadata_hash };
        GroupRecord::ConsumerGroupMetadata(self.key(), Some(value))
    }

    pub(super) fn assignment_epoch_record(
        &self,
        assignment_epoch: i32,
        assignment_timestamp: i64,
    ) -> GroupRecord {
        let value = ConsumerGroupTargetAssignmentMetadataValue { assignment_epoch, assignment_timestamp };
        GroupRecord::ConsumerGroupTargetAssignmentMetadata(self.key(), Some(value))
    }

    pub(super) fn pattern_record(
        &self,
        pattern: &str,
        value: Option<ConsumerGroupRegularExpressionValue>,
    ) -> GroupRecord {
        let (group, regular_expression) = (self.id.clone(), pattern.to_owned());
        GroupRecord::ConsumerGroupRegularExpression(
            GroupRegularExpressionKey { group, regular_expression },
            value,
        )
    }

    /// Takes back the record that Kafka 4.0 kept of the group's topics.
    pub(super) fn no_partition_metadata_record(&self) -> GroupRecord {
        GroupRecord::ConsumerGroupPartitionMetadata(self.key(), None)
    }

    /// Takes back what is written down of a member.
    pub(super) fn member_tombstones(&self, id: &str) -> [GroupRecord; 3] {
        [
            GroupRecord::ConsumerGroupCurrentMemberAssignment(self.member_key(id), None),
            GroupRecord::ConsumerGroupTargetAssignmentMember(self.member_key(id), None),
            GroupRecord::ConsumerGroupMemberMetadata(self.member_key(id), None),
        ]
    }

    /// Takes back all that is written down of the group.
    pub(crate) fn tombstones(&self) -> Vec<GroupRecord> {
        self.tombstones_of(self.members.keys().map(|id| &**id))
    }

    /// The same with these members.
    pub(super) fn tombstones_of<'a>(
        &self,
        members: impl Iterator<Item = &'a str> + Clone,
    ) -> Vec<GroupRecord> {
        let each = |record: fn(GroupMemberKey) -> GroupRecord| {
            members.clone().map(move |id| record(self.member_key(id)))
        };
        let mut records: Vec<GroupRecord> =
            each(|key| GroupRecord::ConsumerGroupCurrentMemberAssignment(key, None)).collect();
        records.extend(each(|key| GroupRecord::ConsumerGroupTargetAssignmentMember(key, None)));
        records.push(GroupRecord::ConsumerGroupTargetAssignmentMetadata(self.key(), None));
        records.extend(each(|key| GroupRecord::ConsumerGroupMemberMetadata(key, None)));
        records.extend(self.patterns.keys().map(|pattern| self.pattern_record(pattern, None)));
        records.push(self.no_partition_metadata_record());
        records.push(GroupRecord::ConsumerGroupMetadata(self.key(), None));
        records
    }
}
