//! Groups as a program that looks after them sees them.

use std::collections::BTreeSet;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::consumer_protocol::{Assignment, PROTOCOL_TYPE, TopicPartitions};
use fluxmq_protocol::messages::consumer_group_describe::DescribedGroup as DescribedConsumerGroup;
use fluxmq_protocol::messages::describe_groups::DescribedGroup;
use fluxmq_protocol::messages::list_groups::{ListGroupsRequest, ListedGroup};

use super::config::ConsumerGroupConfig;
use super::coordinator::ConsumerGroupCoordinator;
use crate::error::{FluxmqError, Result};

/// Lists, describes and counts consumer groups. [`BrokerServer::groups`](crate::BrokerServer::groups) gives that of a broker; one
/// made by [`ConsumerGroupManager::new`] has a coordinator of its own, in memory.
///
/// ```
/// use fluxmq::consumer::{ConsumerGroupManager, GroupStats};
/// # use fluxmq::consumer::{ConsumerGroupMessage, GroupState};
///
/// # #[tokio::main]
/// # async fn main() -> fluxmq::Result<()> {
/// let group_manager = ConsumerGroupManager::new();
/// # group_manager.coordinator()?.handle(ConsumerGroupMessage::JoinGroup {
/// #     group_id: "my-group".to_string(),
/// #     consumer_id: "consumer-001".to_string(),
/// #     client_id: "my-app-v1.0".to_string(),
/// #     client_host: "10.0.0.100".to_string(),
/// #     session_timeout_ms: 30000,
/// #     rebalance_timeout_ms: 300000,
/// #     protocol_type: "consumer".to_string(),
/// #     group_protocols: vec![],
/// # }).await?;
///
/// // List consumer groups
/// let groups = group_manager.list_groups().await?;
/// # assert_eq!(groups.len(), 1);
/// for group in groups {
///     println!("Group: {} (state: {:?})", group.group_id, group.state);
///     # assert_eq!(group.state, GroupState::CompletingRebalance);
/// }
/// // Get group details
/// let group_info = group_manager.describe_group("my-group").await?;
/// println!("Group {} has {} members", group_info.group_id, group_info.members.len());
/// # assert_eq!(group_info.members[0].member_id, "consumer-001");
/// // Get group statistics
/// let stats = group_manager.get_group_stats("my-group").await?;
/// println!("Group stats: {} partitions assigned", stats.total_assigned_partitions);
/// # assert_eq!(stats, GroupStats { members: 1, total_assigned_partitions: 0, topics: 0, committed_offsets: 0 });
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ConsumerGroupManager {
    /// `None` where groups are off.
    coordinator: Option<ConsumerGroupCoordinator>,
}

/// What a group is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupState {
    /// It has no members.
    Empty,
    /// Members are joining.
    PreparingRebalance,
    /// The leader assigns.
    CompletingRebalance,
    /// The coordinator assigns (KIP-848).
    Assigning,
    /// Members give up and take over partitions (KIP-848).
    Reconciling,
    /// Everybody has what it should have.
    Stable,
    /// It is about to be gone.
    Dead,
}

/// The protocol that a group speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupType {
    /// The members assign.
    Classic,
    /// The coordinator assigns (KIP-848).
    Consumer,
}

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOverview {
    /// Its id.
    pub group_id: String,
    /// What it is about to do.
    pub state: GroupState,
    /// The protocol that it speaks.
    pub group_type: GroupType,
    /// `consumer` for consumers, `connect` for Kafka Connect; empty where no member has said so.
    pub protocol_type: String,
}

/// A group with its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupInfo {
    /// Its id.
    pub group_id: String,
    /// What it is about to do.
    pub state: GroupState,
    /// The protocol that it speaks.
    pub group_type: GroupType,
    /// `consumer` for consumers.
    pub protocol_type: String,
    /// How partitions are assigned, such as `range`; empty while it is not known.
    pub assignor: String,
    /// Its members.
    pub members: Vec<GroupMember>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// Its id.
    pub member_id: String,
    /// Its own name, where it is a static member (KIP-345).
    pub group_instance_id: Option<String>,
    /// What program it is.
    pub client_id: String,
    /// Where it runs.
    pub client_host: String,
    /// The partitions that it reads; none where its assignment is no consumer's.
    pub assignment: Vec<(String, i32)>,
}

/// A group in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupStats {
    /// How many members it has.
    pub members: usize,
    /// How many partitions they read.
    pub total_assigned_partitions: usize,
    /// Of how many topics these are.
    pub topics: usize,
    /// Of how many partitions offsets are committed.
    pub committed_offsets: usize,
}

impl Default for ConsumerGroupManager {
    fn default() -> Self {
        Self::new()
    }
}

impl ConsumerGroupManager {
    /// A manager of groups that live in memory, with a coordinator of its own.
    pub fn new() -> Self {
        Self::over(ConsumerGroupCoordinator::new(ConsumerGroupConfig::default()))
    }

    /// A manager of a coordinator's groups.
    pub fn over(coordinator: ConsumerGroupCoordinator) -> Self {
        ConsumerGroupManager { coordinator: Some(coordinator) }
    }

    /// A manager of no groups: they are off, and every question is refused.
    pub(crate) fn off() -> Self {
        ConsumerGroupManager { coordinator: None }
    }

    /// The coordinator of these groups.
    ///
    /// # Errors
    /// [`FluxmqError::Refused`] with [`ErrorCode::COORDINATOR_NOT_AVAILABLE`] where the broker's `enable_consumer_groups` is off; so
    /// does everything else here.
    pub fn coordinator(&self) -> Result<&ConsumerGroupCoordinator> {
        self.coordinator.as_ref().ok_or_else(|| FluxmqError::Refused {
            code: ErrorCode::COORDINATOR_NOT_AVAILABLE,
            message: "consumer groups are off; set `enable_consumer_groups`".to_owned(),
        })
    }

    /// All groups, in order of their ids.
    pub async fn list_groups(&self) -> Result<Vec<GroupOverview>> {
        let listed = self.coordinator()?.list(&ListGroupsRequest::default()).await;
        Ok(listed.map_err(|code| refused(code, "all groups"))?.into_iter().map(overview).collect())
    }

    /// A group with its members.
    ///
    /// # Errors
    /// [`FluxmqError::Refused`] with [`ErrorCode::GROUP_ID_NOT_FOUND`] where there is none of that id.
    pub async fn describe_group(&self, group_id: &str) -> Result<GroupInfo> {
        let classic = self.coordinator()?.describe_classic(group_id).await;
        if let Some(group) = classic.map_err(|code| refused(code, group_id))? {
            return Ok(classic_info(group));
        }
        let consumer = self.coordinator()?.describe_consumer(group_id).await;
        let consumer = consumer.map_err(|code| refused(code, group_id))?;
        consumer.map(consumer_info).ok_or_else(|| refused(ErrorCode::GROUP_ID_NOT_FOUND, group_id))
    }

    /// A group in figures.
    ///
    /// # Errors
    /// [`FluxmqError::Refused`] with [`ErrorCode::GROUP_ID_NOT_FOUND`] where there is none of that id.
    pub async fn get_group_stats(&self, group_id: &str) -> Result<GroupStats> {
        let group = self.describe_group(group_id).await?;
        let partitions: Vec<_> = group.members.iter().flat_map(|member| &member.assignment).collect();
        let topics: BTreeSet<_> = partitions.iter().map(|(topic, _)| topic).collect();
        let committed =
            self.coordinator()?.committed(group_id, None, -1, |offsets| offsets.iter().count()).await;
        Ok(GroupStats {
            members: group.members.len(),
            total_assigned_partitions: partitions.len(),
            topics: topics.len(),
            committed_offsets: committed.map_err(|code| refused(code, group_id))?.unwrap_or_default(),
        })
    }
}

impl GroupState {
    /// The state by Kafka's name for it; the groups here have no others.
    fn named(name: &str) -> Self {
        match name {
            "PreparingRebalance" => GroupState::PreparingRebalance,
            "CompletingRebalance" => GroupState::CompletingRebalance,
            "Assigning" => GroupState::Assigning,
            "Reconciling" => GroupState::Reconciling,
            "Stable" => GroupState::Stable,
            "Dead" => GroupState::Dead,
            _ => GroupState::Empty,
        }
    }
}

fn overview(group: ListedGroup) -> GroupOverview {
    GroupOverview {
        state: GroupState::named(&group.group_state),
        group_type: if group.group_type == "consumer" { GroupType::Consumer } else { GroupType::Classic },
        group_id: group.group_id,
        protocol_type: group.protocol_type,
    }
}

fn classic_info(group: DescribedGroup) -> GroupInfo {
    let is_consumers = group.protocol_type == PROTOCOL_TYPE;
    let members = group.members.into_iter().map(|member| {
        // What is no consumer's assignment, or none yet, names no partitions.
        let assigned = Assignment::decode(&member.member_assignment).ok().filter(|_| is_consumers);
        GroupMember {
            member_id: member.member_id,
            group_instance_id: member.group_instance_id,
            client_id: member.client_id,
            client_host: member.client_host,
            assignment: assigned.map(|assigned| flat(assigned.assigned_partitions)).unwrap_or_default(),
        }
    });
    GroupInfo {
        state: GroupState::named(&group.group_state),
        group_type: GroupType::Classic,
        group_id: group.group_id,
        protocol_type: group.protocol_type,
        assignor: group.protocol_data,
        members: members.collect(),
    }
}

fn consumer_info(group: DescribedConsumerGroup) -> GroupInfo {
    let members = group.members.into_iter().map(|member| {
        let topics = member.assignment.topic_partitions.into_iter();
        let assigned = topics.flat_map(|topic| {
            let name = topic.topic_name;
            topic.partitions.into_iter().map(move |partition| (name.clone(), partition))
        });
        GroupMember {
            member_id: member.member_id,
            group_instance_id: member.instance_id,
            client_id: member.client_id,
            client_host: member.client_host,
            assignment: assigned.collect(),
        }
    });
    GroupInfo {
        state: GroupState::named(&group.group_state),
        group_type: GroupType::Consumer,
        group_id: group.group_id,
        protocol_type: PROTOCOL_TYPE.to_owned(),
        assignor: group.assignor_name,
        members: members.collect(),
    }
}

fn flat(topics: Vec<TopicPartitions>) -> Vec<(String, i32)> {
    let of_topic = |topic: TopicPartitions| {
        topic
            .partitions
            .into_iter()
            .map(move |partition| (topic.topic.clone(), partition))
            .collect::<Vec<_>>()
    };
    topics.into_iter().flat_map(of_topic).collect()
}

fn refused(code: ErrorCode, group_id: &str) -> FluxmqError {
    FluxmqError::Refused { code, message: format!("group `{group_id}`: {}", code.sentence()) }
}
