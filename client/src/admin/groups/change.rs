//! Deleting groups and committed offsets, and sending members away.

use std::collections::BTreeMap;

use fluxmq_protocol::messages::delete_groups::DeleteGroupsRequest;
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, MemberIdentity};
use fluxmq_protocol::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};

use super::super::coordinator::Coordinated;
use super::super::topics::outcome_of;
use super::super::{Admin, Outcomes, retry};
use crate::error::ClientError;
use crate::topic_partition::TopicPartition;

/// The first version in which others than the member itself may say that it leaves (KIP-345).
const LEAVE_OF_OTHERS_VERSION: i16 = 3;

impl Admin {
    /// Deletes groups without members, with all that they have committed.
    pub async fn delete_groups(&self, groups: &[&str]) -> Outcomes<String, ()> {
        self.of_coordinators(groups, |coordinated| self.delete_groups_of(coordinated)).await
    }

    async fn delete_groups_of(&self, asked: Coordinated) -> Result<Outcomes<String, ()>, ClientError> {
        let request = DeleteGroupsRequest { groups_names: asked.groups };
        let version = asked.connection.versions().negotiate::<DeleteGroupsRequest>()?;
        let response = asked.connection.send_version(&request, version, self.timeout).await?;
        let outcomes = response.results.into_iter().map(|result| {
            let name = result.group_id;
            let context = || format!("delete group `{name}`");
            let outcome = outcome_of(result.error_code, result.error_message, (), context);
            (name, outcome)
        });
        Ok(outcomes.collect())
    }

    /// Forgets what a group has committed of partitions. A partition whose topic a member still reads is refused with
    /// `GROUP_SUBSCRIBED_TO_TOPIC`.
    pub async fn delete_offsets(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<Outcomes<TopicPartition, ()>, ClientError> {
        let mut topics: BTreeMap<&str, Vec<OffsetDeleteRequestPartition>> = BTreeMap::new();
        for partition in partitions {
            let index = OffsetDeleteRequestPartition { partition_index: partition.partition };
            topics.entry(&partition.topic).or_default().push(index);
        }
        let topic =
            |(name, partitions): (&str, _)| OffsetDeleteRequestTopic { name: name.to_owned(), partitions };
        let request = OffsetDeleteRequest {
            group_id: group.to_owned(),
            topics: topics.into_iter().map(topic).collect(),
        };
        let response = retry!(self, async {
            let coordinator = self.coordinator(group).await?;
            let version = coordinator.versions().negotiate::<OffsetDeleteRequest>()?;
            let response = coordinator.send_version(&request, version, self.timeout).await?;
            ClientError::check(response.error_code, || format!("delete offsets of group `{group}`"))?;
            Ok::<_, ClientError>(response)
        });
        let outcomes = response.topics.into_iter().flat_map(|topic| {
            let name = topic.name;
            topic.partitions.into_iter().map(move |answer| {
                let partition = TopicPartition::new(name.clone(), answer.partition_index);
                let context = || format!("delete offset of group `{group}` for `{partition}`");
                let outcome = ClientError::check(answer.error_code, context);
                (partition, outcome)
            })
        });
        Ok(outcomes.collect())
    }

    /// Sends static members (KIP-345) away by their instance ids, so that their partitions are shared out before their
    /// sessions time out. `reason` is what the coordinator logs.
    pub async fn remove_members(
        &self,
        group: &str,
        instance_ids: &[&str],
        reason: &str,
    ) -> Result<Outcomes<String, ()>, ClientError> {
        let member = |instance_id: &&str| MemberIdentity {
            member_id: String::new(),
            group_instance_id: Some((*instance_id).to_owned()),
            reason: Some(reason.to_owned()),
        };
        let request = LeaveGroupRequest {
            group_id: group.to_owned(),
            members: instance_ids.iter().map(member).collect(),
            ..LeaveGroupRequest::default()
        };
        let response = retry!(self, async {
            let coordinator = self.coordinator(group).await?;
            let versions = coordinator.versions();
            let version =
                versions.negotiate_within::<LeaveGroupRequest>(LEAVE_OF_OTHERS_VERSION, i16::MAX)?;
            let response = coordinator.send_version(&request, version, self.timeout).await?;
            ClientError::check(response.error_code, || format!("remove members of group `{group}`"))?;
            Ok::<_, ClientError>(response)
        });
        let outcomes = response.members.into_iter().map(|member| {
            let instance_id = member.group_instance_id.unwrap_or_default();
            let context = || format!("remove member `{instance_id}` of group `{group}`");
            let outcome = ClientError::check(member.error_code, context);
            (instance_id, outcome)
        });
        Ok(outcomes.collect())
    }
}
