//! What a program says to a coordinator of its own, and what it hears: the classic protocol without a socket.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::heartbeat::HeartbeatRequest;
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol};
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, MemberIdentity};
use fluxmq_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment};

use super::coordinator::{Committer, ConsumerGroupCoordinator};
use super::offsets::{CommittedOffset, OffsetCommit};
use super::turn::Client;
use crate::error::{FluxmqError, Result};

/// The version of JoinGroup in which a member id may be empty, and is made up by the coordinator.
const JOIN_VERSION: i16 = 3;

/// The version of LeaveGroup from which on each member has an outcome of its own.
const LEAVE_VERSION: i16 = 3;

/// The version of OffsetCommit that knows unknown groups.
const COMMIT_VERSION: i16 = 9;

/// Messages of consumers to [`ConsumerGroupCoordinator::handle`].
///
/// ```
/// use fluxmq::consumer::{ConsumerGroupMessage, TopicPartitionOffset};
///
/// let offset_commit = ConsumerGroupMessage::OffsetCommit {
///     group_id: "my-group".to_string(),
///     consumer_id: "consumer-001".to_string(),
///     generation_id: 1,
///     retention_time_ms: -1,
///     offsets: vec![
///         TopicPartitionOffset {
///             topic: "events".to_string(),
///             partition: 0,
///             offset: 12345,
///             metadata: Some("processed batch".to_string()),
///         },
///     ],
/// };
/// # assert!(matches!(offset_commit, ConsumerGroupMessage::OffsetCommit { generation_id: 1, .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsumerGroupMessage {
    /// Joins a group; answered when the rebalance completes.
    JoinGroup {
        /// The group.
        group_id: String,
        /// The id that the consumer gives itself; made up by the coordinator when it is empty.
        consumer_id: String,
        /// What program it is, for those who look at the group.
        client_id: String,
        /// Where it runs, likewise.
        client_host: String,
        /// After how much silence it counts as gone; 0 means the coordinator's default.
        session_timeout_ms: i32,
        /// How long it may take to join again when the group rebalances; 0 means the coordinator's default.
        rebalance_timeout_ms: i32,
        /// `consumer` for consumers.
        protocol_type: String,
        /// The ways to assign that it knows, the best first; the coordinator's default when there is none.
        group_protocols: Vec<GroupProtocol>,
    },
    /// Asks for its assignment; the leader brings everybody's.
    SyncGroup {
        /// The group.
        group_id: String,
        /// The generation that it joined.
        generation_id: i32,
        /// Who asks.
        consumer_id: String,
        /// What each member gets, from the leader; empty from others.
        assignments: Vec<MemberAssignment>,
    },
    /// Says that it is there.
    Heartbeat {
        /// The group.
        group_id: String,
        /// The generation that it joined.
        generation_id: i32,
        /// Who says so.
        consumer_id: String,
    },
    /// Leaves a group.
    LeaveGroup {
        /// The group.
        group_id: String,
        /// Who leaves.
        consumer_id: String,
    },
    /// Stores how far it has read.
    OffsetCommit {
        /// The group.
        group_id: String,
        /// Who commits; empty for who belongs to no generation.
        consumer_id: String,
        /// The generation that it joined; -1 for who belongs to none.
        generation_id: i32,
        /// How long the offsets are kept at least; -1 leaves it to the coordinator.
        retention_time_ms: i64,
        /// The offsets of the next records to read.
        offsets: Vec<TopicPartitionOffset>,
    },
    /// Asks how far a group has read.
    OffsetFetch {
        /// The group.
        group_id: String,
        /// Topics and partitions; everything that is committed when there is none.
        partitions: Vec<(String, i32)>,
    },
}

/// A way to assign partitions, and what the consumer has to say to whoever does it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupProtocol {
    /// Such as `range`.
    pub name: String,
    /// Bytes that the coordinator does not look into: the subscription.
    pub metadata: Vec<u8>,
}

/// What a member gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberAssignment {
    /// The member.
    pub consumer_id: String,
    /// Bytes that the coordinator does not look into.
    pub assignment: Vec<u8>,
}

/// How far a partition has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicPartitionOffset {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset of the next record to read.
    pub offset: i64,
    /// The consumer's own words.
    pub metadata: Option<String>,
}

/// Answers of [`ConsumerGroupCoordinator::handle`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsumerGroupReply {
    /// The consumer is in.
    JoinGroup {
        /// The generation that begins.
        generation_id: i32,
        /// Who assigns.
        leader_id: String,
        /// The consumer's own id.
        consumer_id: String,
        /// How it is assigned.
        protocol: String,
        /// For the leader: every member and what it has to say.
        members: Vec<(String, Vec<u8>)>,
    },
    /// The consumer's assignment.
    SyncGroup {
        /// As the leader wrote it.
        assignment: Vec<u8>,
    },
    /// The group goes on as it is.
    Heartbeat,
    /// The consumer is out.
    LeaveGroup,
    /// The offsets are stored.
    OffsetCommit,
    /// What is stored of the partitions that were asked for, in order of topic and partition; those of which nothing is are left out.
    OffsetFetch {
        /// The offsets.
        offsets: Vec<TopicPartitionOffset>,
    },
}

impl ConsumerGroupCoordinator {
    /// Handles a consumer's message as the broker handles a client's.
    ///
    /// # Errors
    /// [`FluxmqError::Refused`] with the code that a Kafka client would be answered with:
    /// [`ErrorCode::REBALANCE_IN_PROGRESS`] tells a member to join again, for one.
    pub async fn handle(&self, message: ConsumerGroupMessage) -> Result<ConsumerGroupReply> {
        match message {
            ConsumerGroupMessage::JoinGroup { .. } => self.handle_join(message).await,
            ConsumerGroupMessage::SyncGroup { group_id, generation_id, consumer_id, assignments } => {
                let assignments = assignments.into_iter().map(|one| SyncGroupRequestAssignment {
                    member_id: one.consumer_id,
                    assignment: one.assignment.into(),
                });
                let request = SyncGroupRequest {
                    group_id,
                    generation_id,
                    member_id: consumer_id,
                    assignments: assignments.collect(),
                    ..Default::default()
                };
                let answer = self.sync(&request).await;
                check(answer.error_code, "sync", &request.group_id)?;
                Ok(ConsumerGroupReply::SyncGroup { assignment: answer.assignment.to_vec() })
            }
            ConsumerGroupMessage::Heartbeat { group_id, generation_id, consumer_id } => {
                let request = HeartbeatRequest {
                    group_id,
                    generation_id,
                    member_id: consumer_id,
                    ..Default::default()
                };
                check(self.heartbeat(&request).await, "heartbeat", &request.group_id)?;
                Ok(ConsumerGroupReply::Heartbeat)
            }
            ConsumerGroupMessage::LeaveGroup { group_id, consumer_id } => {
                let members = vec![MemberIdentity { member_id: consumer_id, ..Default::default() }];
                let request = LeaveGroupRequest { group_id, members, ..Default::default() };
                let left = self.leave(&request, LEAVE_VERSION).await;
                let code = match &left {
                    Ok(left) => left.first().map_or(ErrorCode::NONE, |member| member.error_code),
                    Err(code) => *code,
                };
                check(code, "leave", &request.group_id)?;
                Ok(ConsumerGroupReply::LeaveGroup)
            }
            ConsumerGroupMessage::OffsetCommit { .. } => self.handle_commit(message).await,
            ConsumerGroupMessage::OffsetFetch { group_id, partitions } => {
                let is_wanted = |topic: &str, partition| {
                    partitions.is_empty()
                        || partitions.iter().any(|(name, index)| name == topic && *index == partition)
                };
                let look = |offsets: &super::offsets::GroupOffsets| {
                    let wanted = offsets.iter().filter(|(topic, partition, _)| is_wanted(topic, *partition));
                    let found = wanted.map(|(topic, partition, committed)| TopicPartitionOffset {
                        topic: topic.to_owned(),
                        partition,
                        offset: committed.offset,
                        metadata: Some(committed.metadata.clone()).filter(|words| !words.is_empty()),
                    });
                    found.collect()
                };
                let found = self.committed(&group_id, None, -1, look).await;
                let offsets = found.map_err(|code| refused(code, "offset fetch", &group_id))?;
                Ok(ConsumerGroupReply::OffsetFetch { offsets: offsets.unwrap_or_default() })
            }
        }
    }

    async fn handle_join(&self, message: ConsumerGroupMessage) -> Result<ConsumerGroupReply> {
        let ConsumerGroupMessage::JoinGroup {
            group_id,
            consumer_id,
            client_id,
            client_host,
            session_timeout_ms,
            rebalance_timeout_ms,
            protocol_type,
            group_protocols,
        } = message
        else {
            return Err(refused(ErrorCode::INVALID_REQUEST, "join", ""));
        };
        let config = self.config();
        let or = |millis: i32, default| if millis == 0 { default } else { millis };
        let mut protocols: Vec<_> = group_protocols
            .into_iter()
            .map(|protocol| JoinGroupRequestProtocol {
                name: protocol.name,
                metadata: protocol.metadata.into(),
            })
            .collect();
        if protocols.is_empty() {
            let name = config.default_assignment_strategy.name().to_owned();
            protocols.push(JoinGroupRequestProtocol { name, ..Default::default() });
        }
        let request = JoinGroupRequest {
            group_id,
            session_timeout_ms: or(session_timeout_ms, config.default_session_timeout_ms),
            rebalance_timeout_ms: or(rebalance_timeout_ms, config.default_rebalance_timeout_ms),
            member_id: consumer_id,
            protocol_type,
            protocols,
            ..Default::default()
        };
        if !request.member_id.is_empty() {
            self.expect(&request);
        }
        let client = Client { id: &client_id, host: &client_host };
        let answer = self.join(client, &request, JOIN_VERSION).await;
        if !answer.error_code.is_ok() {
            self.expect_no_more(&request);
        }
        check(answer.error_code, "join", &request.group_id)?;
        Ok(ConsumerGroupReply::JoinGroup {
            generation_id: answer.generation_id,
            leader_id: answer.leader,
            consumer_id: answer.member_id,
            protocol: answer.protocol_name.unwrap_or_default(),
            members: answer
                .members
                .into_iter()
                .map(|member| (member.member_id, member.metadata.to_vec()))
                .collect(),
        })
    }

    async fn handle_commit(&self, message: ConsumerGroupMessage) -> Result<ConsumerGroupReply> {
        let ConsumerGroupMessage::OffsetCommit {
            group_id,
            consumer_id,
            generation_id,
            retention_time_ms,
            offsets,
        } = message
        else {
            return Err(refused(ErrorCode::INVALID_REQUEST, "offset commit", ""));
        };
        let now_ms = self.wall_ms();
        let is_long = |words: &Option<String>| words.as_ref().is_some_and(|words| self.is_too_long(words));
        if offsets.iter().any(|offset| is_long(&offset.metadata)) {
            return Err(refused(ErrorCode::OFFSET_METADATA_TOO_LARGE, "offset commit", &group_id));
        }
        let commit = |one: TopicPartitionOffset| {
            let offset = CommittedOffset {
                offset: one.offset,
                leader_epoch: -1,
                metadata: one.metadata.unwrap_or_default(),
                commit_timestamp_ms: now_ms,
                expire_timestamp_ms: (retention_time_ms >= 0)
                    .then(|| now_ms.saturating_add(retention_time_ms)),
                topic_id: self
                    .topic_id(&one.topic, one.partition)
                    .map_err(|code| refused(code, "offset commit", &group_id))?,
            };
            Ok(OffsetCommit { topic: one.topic, partition: one.partition, offset })
        };
        let commits = offsets.into_iter().map(commit).collect::<Result<_>>()?;
        let committer = Committer {
            member_id: &consumer_id,
            instance_id: None,
            epoch: generation_id,
            version: COMMIT_VERSION,
        };
        let stored = self.commit(&group_id, committer, commits).await;
        stored.map_err(|code| refused(code, "offset commit", &group_id))?;
        Ok(ConsumerGroupReply::OffsetCommit)
    }
}

fn check(code: ErrorCode, what: &str, group_id: &str) -> Result<()> {
    if code.is_ok() { Ok(()) } else { Err(refused(code, what, group_id)) }
}

fn refused(code: ErrorCode, what: &str, group_id: &str) -> FluxmqError {
    FluxmqError::Refused { code, message: format!("{what} of group `{group_id}`: {}", code.sentence()) }
}
