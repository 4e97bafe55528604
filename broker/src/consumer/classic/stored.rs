//! A group as it is written down, and as it comes back.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::stored::groups::{GroupKey, GroupMetadataValue, GroupRecord, MemberMetadata};

use super::super::config::ConsumerGroupConfig;
use super::member::Member;
use super::members::Members;
use super::{ClassicGroup, Phase};

impl ClassicGroup {
    /// A group as it was when the broker ended. Nobody is disturbed: each member has a whole session to be heard of again.
    pub(crate) fn load(
        group_id: &str,
        value: &GroupMetadataValue,
        now_ms: i64,
        config: &ConsumerGroupConfig,
    ) -> Self {
        let mut members = Members::default();
        for stored in &value.members {
            members.insert(stored.member_id.clone(), Member::stored(stored, value.protocol.as_deref()));
            members.arm(&stored.member_id, now_ms);
        }
        let leader = value.leader.as_deref().filter(|leader| members.get(leader).is_some());
        let leader = leader.or_else(|| members.first_where(|_| true)).map(str::to_owned);
        let phase = if members.is_empty() {
            Phase::Empty
        } else if members.len() > config.max_size || value.leader.is_none() {
            // The limit was lowered: those who come first stay. Or the group came out of one of KIP-848, and the broker ended
            // before all had joined again: what the others read there is nobody's.
            let until_ms = now_ms + members.rebalance_timeout_ms();
            Phase::PreparingRebalance { until_ms, gathering: None }
        } else {
            Phase::Stable { sync_until_ms: None }
        };
        ClassicGroup {
            id: group_id.to_owned(),
            phase,
            phase_since_ms: (value.current_state_timestamp >= 0).then_some(value.current_state_timestamp),
            generation: value.generation,
            protocol_type: Some(value.protocol_type.clone()).filter(|name| !name.is_empty()),
            protocol: value.protocol.clone(),
            leader,
            members,
        }
    }

    /// The group as it is.
    pub(crate) fn record(&self) -> GroupRecord {
        GroupRecord::GroupMetadata(GroupKey { group: self.id.clone() }, Some(self.value()))
    }

    /// What its record says.
    pub(crate) fn value(&self) -> GroupMetadataValue {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let members = self.members.by_seniority().into_iter().map(|(member_id, member)| MemberMetadata {
            member_id: member_id.to_owned(),
            group_instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            rebalance_timeout: member.timeouts.rebalance_ms,
            session_timeout: member.timeouts.session_ms,
            subscription: member.metadata(protocol).cloned().unwrap_or_default(),
            assignment: member.assignment.clone(),
        });
        GroupMetadataValue {
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            current_state_timestamp: self.phase_since_ms.unwrap_or(-1),
            members: members.collect(),
        }
    }
}

/// What members are told when a group could not be written down: words that make them try again, where that can help.
pub(super) fn as_members_see(error: ErrorCode) -> ErrorCode {
    match error {
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        | ErrorCode::NOT_ENOUGH_REPLICAS
        | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND
        | ErrorCode::REQUEST_TIMED_OUT => ErrorCode::COORDINATOR_NOT_AVAILABLE,
        ErrorCode::NOT_LEADER_OR_FOLLOWER | ErrorCode::KAFKA_STORAGE_ERROR => ErrorCode::NOT_COORDINATOR,
        ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE | ErrorCode::INVALID_FETCH_SIZE => {
            ErrorCode::UNKNOWN_SERVER_ERROR
        }
        other => other,
    }
}
