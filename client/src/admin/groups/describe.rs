//! Describing groups, whichever protocol they speak.

use fluxmq_protocol::consumer_protocol::{self, Assignment, Subscription};
use fluxmq_protocol::messages::consumer_group_describe::{
    self as next, ConsumerGroupDescribeRequest, Member,
};
use fluxmq_protocol::messages::describe_groups::{
    self as classic, DescribeGroupsRequest, DescribedGroupMember,
};
use fluxmq_protocol::{ApiKey, ErrorCode};

use super::super::coordinator::Coordinated;
use super::super::topics::outcome_of;
use super::super::{Admin, Outcomes};
use super::{Group, GroupMember, GroupSpec, GroupState, GroupStatus, GroupType};
use crate::error::ClientError;
use crate::pool::BrokerInfo;
use crate::topic_partition::TopicPartition;

impl Admin {
    /// Describes groups: state, members and who reads what. A group that does not exist answers `GROUP_ID_NOT_FOUND`.
    pub async fn describe_groups(&self, groups: &[&str]) -> Outcomes<String, Group> {
        self.of_coordinators(groups, |coordinated| self.describe_groups_of(coordinated)).await
    }

    /// Asks for groups of the next generation first, and for those that are none as classic ones, as brokers do not say
    /// beforehand which is which.
    async fn describe_groups_of(&self, asked: Coordinated) -> Result<Outcomes<String, Group>, ClientError> {
        let Coordinated { broker, connection, mut groups } = asked;
        let coordinator = self.client.brokers().into_iter().find(|known| known.id == broker);
        let mut outcomes = Vec::new();
        if connection.advertised_api_range(ApiKey::ConsumerGroupDescribe).is_some() {
            let request = ConsumerGroupDescribeRequest {
                group_ids: groups.clone(),
                include_authorized_operations: false,
            };
            let version = connection.versions().negotiate::<ConsumerGroupDescribeRequest>()?;
            let response = connection.send_version(&request, version, self.timeout).await?;
            for group in response.groups {
                if !is_other_type(group.error_code) {
                    groups.retain(|name| *name != group.group_id);
                    outcomes.push(of_next_generation(group, coordinator.clone()));
                }
            }
        }
        if !groups.is_empty() {
            let request = DescribeGroupsRequest { groups, include_authorized_operations: false };
            let version = connection.versions().negotiate::<DescribeGroupsRequest>()?;
            let response = connection.send_version(&request, version, self.timeout).await?;
            let described = response.groups.into_iter();
            outcomes.extend(described.map(|group| of_classic(group, coordinator.clone())));
        }
        Ok(outcomes)
    }
}

fn is_other_type(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::GROUP_ID_NOT_FOUND | ErrorCode::UNSUPPORTED_VERSION)
}

fn of_next_generation(
    group: next::DescribedGroup,
    coordinator: Option<BrokerInfo>,
) -> (String, Result<Group, ClientError>) {
    let name = group.group_id;
    let described = Group {
        spec: GroupSpec {
            name: name.clone(),
            group_type: GroupType::Consumer,
            protocol_type: consumer_protocol::PROTOCOL_TYPE.to_owned(),
        },
        status: GroupStatus {
            state: GroupState::from_name(&group.group_state),
            assignor: group.assignor_name,
            coordinator,
            group_epoch: Some(group.group_epoch),
            assignment_epoch: Some(group.assignment_epoch),
            members: sorted(group.members.into_iter().map(member_of_next_generation)),
        },
    };
    let outcome = outcome_of(group.error_code, group.error_message, described, || format!("group `{name}`"));
    (name, outcome)
}

fn member_of_next_generation(member: Member) -> GroupMember {
    let partitions = |assignment: next::Assignment| {
        let topics = assignment.topic_partitions.into_iter();
        in_order(topics.map(|topic| (topic.topic_name, topic.partitions)))
    };
    GroupMember {
        member_id: member.member_id,
        instance_id: member.instance_id,
        client_id: member.client_id,
        host: member.client_host,
        rack: member.rack_id,
        epoch: Some(member.member_epoch),
        topics: member.subscribed_topic_names,
        topics_regex: member.subscribed_topic_regex.filter(|regex| !regex.is_empty()),
        assignment: partitions(member.assignment),
        target_assignment: Some(partitions(member.target_assignment)),
    }
}

fn of_classic(
    group: classic::DescribedGroup,
    coordinator: Option<BrokerInfo>,
) -> (String, Result<Group, ClientError>) {
    let name = group.group_id;
    let state = GroupState::from_name(&group.group_state);
    // Before version 6 a group that does not exist is told as a dead one.
    let is_absent = group.error_code.is_ok() && state == GroupState::Dead && group.members.is_empty();
    let error_code = if is_absent { ErrorCode::GROUP_ID_NOT_FOUND } else { group.error_code };
    let is_consumer = matches!(group.protocol_type.as_str(), "" | consumer_protocol::PROTOCOL_TYPE);
    let members = group.members.into_iter().map(|member| member_of_classic(member, is_consumer));
    let described = Group {
        spec: GroupSpec {
            name: name.clone(),
            group_type: GroupType::Classic,
            protocol_type: group.protocol_type,
        },
        status: GroupStatus {
            state,
            assignor: group.protocol_data,
            coordinator,
            group_epoch: None,
            assignment_epoch: None,
            members: sorted(members),
        },
    };
    let outcome = outcome_of(error_code, group.error_message, described, || format!("group `{name}`"));
    (name, outcome)
}

/// What members of other protocols tell each other is theirs; and a consumer that sends nonsense is shown all the same.
fn member_of_classic(member: DescribedGroupMember, is_consumer: bool) -> GroupMember {
    let read = is_consumer && !member.member_metadata.is_empty();
    let subscription = read.then(|| Subscription::decode(&member.member_metadata).ok()).flatten();
    let subscription = subscription.unwrap_or_default();
    let assignment = is_consumer.then(|| Assignment::decode(&member.member_assignment).ok()).flatten();
    let topics = assignment.unwrap_or_default().assigned_partitions.into_iter();
    GroupMember {
        member_id: member.member_id,
        instance_id: member.group_instance_id,
        client_id: member.client_id,
        host: member.client_host,
        rack: subscription.rack_id,
        epoch: None,
        topics: subscription.topics,
        topics_regex: None,
        assignment: in_order(topics.map(|topic| (topic.topic, topic.partitions))),
        target_assignment: None,
    }
}

fn in_order(topics: impl Iterator<Item = (String, Vec<i32>)>) -> Vec<TopicPartition> {
    let mut partitions: Vec<TopicPartition> = topics
        .flat_map(|(topic, partitions)| {
            partitions.into_iter().map(move |partition| TopicPartition::new(topic.clone(), partition))
        })
        .collect();
    partitions.sort();
    partitions
}

fn sorted(members: impl Iterator<Item = GroupMember>) -> Vec<GroupMember> {
    let mut members: Vec<GroupMember> = members.collect();
    members.sort_by(|a, b| (&a.client_id, &a.member_id).cmp(&(&b.client_id, &b.member_id)));
    members
}
