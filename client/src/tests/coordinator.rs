//! A group with one real member, whose every answer a test can bend.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use fluxmq_protocol::consumer_protocol::Subscription;
use fluxmq_protocol::messages::consumer_group_heartbeat::{
    Assignment, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, TopicPartitionsResponse,
};
use fluxmq_protocol::messages::find_coordinator::{
    Coordinator, FindCoordinatorRequest, FindCoordinatorResponse,
};
use fluxmq_protocol::messages::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember};
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, LeaveGroupResponse};
use fluxmq_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitResponse, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use fluxmq_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchResponse, OffsetFetchResponseGroup, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopics,
};
use fluxmq_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};
use fluxmq_protocol::{ApiKey, ErrorCode, Uuid};

use crate::mock::{MockReply, MockRequest};

#[derive(Default)]
pub(super) struct FakeGroup {
    /// The broker that coordinates.
    pub(super) coordinator: i32,
    /// How long it takes to say which that is.
    pub(super) finding: Duration,
    /// Error codes that the next requests of an API are answered with.
    pub(super) script: HashMap<ApiKey, VecDeque<ErrorCode>>,
    pub(super) generation: i32,
    pub(super) member_id: String,
    members_made: u32,
    /// Other members, who lead nothing and do nothing but have their share.
    pub(super) others: BTreeMap<String, Subscription>,
    pub(super) committed: BTreeMap<(String, i32), i64>,
    /// What happened, in words.
    pub(super) story: Vec<String>,
    /// What the coordinator of the newer protocol wants the member to own.
    pub(super) target: Vec<i32>,
    /// What the member says it owns.
    pub(super) owned: BTreeSet<i32>,
    target_told: Option<Vec<i32>>,
    /// How many of the next requests of an API are obeyed and not answered.
    pub(super) unanswered: HashMap<ApiKey, usize>,
}

impl FakeGroup {
    pub(super) fn fail(&mut self, api_key: ApiKey, error_code: ErrorCode) {
        self.script.entry(api_key).or_default().push_back(error_code);
    }

    /// How often the story has a line.
    pub(super) fn times(&self, line: &str) -> usize {
        self.story.iter().filter(|told| *told == line).count()
    }

    /// The story without what comes at intervals.
    pub(super) fn deeds(&self) -> Vec<&str> {
        let lines = self.story.iter().map(String::as_str);
        lines.filter(|line| !line.starts_with("heartbeat")).collect()
    }

    pub(super) fn answer(&mut self, broker: i32, ports: &[u16], request: &MockRequest) -> Option<MockReply> {
        if let Some(asked) = request.decode::<FindCoordinatorRequest>() {
            let found = Coordinator {
                key: asked.coordinator_keys.into_iter().next()?,
                node_id: self.coordinator,
                host: "127.0.0.1".to_owned(),
                port: i32::from(ports[self.coordinator as usize]),
                ..Coordinator::default()
            };
            let coordinators = vec![found];
            let reply = request
                .reply(&FindCoordinatorResponse { coordinators, ..FindCoordinatorResponse::default() });
            return Some(if self.finding.is_zero() { reply } else { reply.after(self.finding) });
        }
        let scripted = self.script.get_mut(&request.api_key).and_then(VecDeque::pop_front);
        let code = if broker == self.coordinator { scripted } else { Some(ErrorCode::NOT_COORDINATOR) };
        let reply = match request.api_key {
            ApiKey::JoinGroup => request.reply(&self.join(request.decode()?, code)),
            ApiKey::SyncGroup => request.reply(&self.sync(request.decode()?, code)),
            ApiKey::Heartbeat => request.reply(&self.heartbeat(&request.decode()?, code)),
            ApiKey::LeaveGroup => request.reply(&self.leave(&request.decode()?)),
            ApiKey::OffsetCommit => request.reply(&self.commit(request.decode()?, code)),
            ApiKey::OffsetFetch => request.reply(&self.fetch(request.decode()?, code)),
            ApiKey::ConsumerGroupHeartbeat => request.reply(&self.next_gen(request.decode()?, code)),
            _ => return None,
        };
        let unanswered = self.unanswered.get_mut(&request.api_key).filter(|left| **left > 0);
        Some(unanswered.map_or(reply, |left| {
            *left -= 1;
            MockReply::Silence
        }))
    }

    fn join(&mut self, asked: JoinGroupRequest, code: Option<ErrorCode>) -> JoinGroupResponse {
        let refuse = |error_code, member_id: &str| JoinGroupResponse {
            error_code,
            member_id: member_id.to_owned(),
            ..JoinGroupResponse::default()
        };
        if let Some(code) = code {
            self.story.push(format!("join refused: {}", code.name()));
            return refuse(code, &asked.member_id);
        }
        if asked.member_id.is_empty() {
            self.members_made += 1;
            self.member_id = format!("m{}", self.members_made);
            if asked.group_instance_id.is_none() {
                return refuse(ErrorCode::MEMBER_ID_REQUIRED, &self.member_id);
            }
        } else if asked.member_id != self.member_id {
            return refuse(ErrorCode::UNKNOWN_MEMBER_ID, &asked.member_id);
        }
        self.generation += 1;
        let protocol = &asked.protocols[0];
        let subscription = Subscription::decode(&protocol.metadata).unwrap();
        let owned: usize = subscription.owned_partitions.iter().map(|topic| topic.partitions.len()).sum();
        self.story.push(format!(
            "join {} as {} owning {owned}",
            subscription.topics.join(","),
            self.member_id
        ));
        let member = |member_id: &str, metadata: Bytes| JoinGroupResponseMember {
            member_id: member_id.to_owned(),
            metadata,
            ..JoinGroupResponseMember::default()
        };
        let others = self.others.iter().map(|(id, subscription)| member(id, subscription.encode(3).unwrap()));
        JoinGroupResponse {
            generation_id: self.generation,
            protocol_type: Some(asked.protocol_type),
            protocol_name: Some(protocol.name.clone()),
            leader: self.member_id.clone(),
            member_id: self.member_id.clone(),
            members: others.chain([member(&self.member_id, protocol.metadata.clone())]).collect(),
            ..JoinGroupResponse::default()
        }
    }

    fn sync(&mut self, asked: SyncGroupRequest, code: Option<ErrorCode>) -> SyncGroupResponse {
        let own = asked.assignments.into_iter().find(|assignment| assignment.member_id == self.member_id);
        SyncGroupResponse {
            error_code: code.unwrap_or_else(|| self.check(&asked.member_id, asked.generation_id)),
            protocol_type: asked.protocol_type,
            protocol_name: asked.protocol_name,
            assignment: own.map(|own| own.assignment).unwrap_or_default(),
            ..SyncGroupResponse::default()
        }
    }

    fn check(&self, member_id: &str, generation: i32) -> ErrorCode {
        if member_id != self.member_id {
            ErrorCode::UNKNOWN_MEMBER_ID
        } else if generation != self.generation {
            ErrorCode::ILLEGAL_GENERATION
        } else {
            ErrorCode::NONE
        }
    }

    fn heartbeat(&mut self, asked: &HeartbeatRequest, code: Option<ErrorCode>) -> HeartbeatResponse {
        let error_code = code.unwrap_or_else(|| self.check(&asked.member_id, asked.generation_id));
        self.story.push(format!("heartbeat {}", error_code.name()));
        HeartbeatResponse { error_code, ..HeartbeatResponse::default() }
    }

    fn leave(&mut self, asked: &LeaveGroupRequest) -> LeaveGroupResponse {
        let ids: Vec<_> = asked.members.iter().map(|member| member.member_id.as_str()).collect();
        self.story.push(format!("leave {}", ids.join(",")));
        self.member_id.clear();
        LeaveGroupResponse::default()
    }

    fn commit(&mut self, asked: OffsetCommitRequest, code: Option<ErrorCode>) -> OffsetCommitResponse {
        let check = || self.check(&asked.member_id, asked.generation_id_or_member_epoch);
        let error_code = code.unwrap_or_else(check);
        let mut topics = Vec::new();
        for topic in asked.topics {
            let mut partitions = Vec::new();
            for partition in topic.partitions {
                let (index, offset) = (partition.partition_index, partition.committed_offset);
                self.story.push(format!("commit {}-{index}@{offset} {}", topic.name, error_code.name()));
                if error_code.is_ok() {
                    self.committed.insert((topic.name.clone(), index), offset);
                }
                partitions.push(OffsetCommitResponsePartition { partition_index: index, error_code });
            }
            topics.push(OffsetCommitResponseTopic { name: topic.name, topic_id: Uuid::nil(), partitions });
        }
        OffsetCommitResponse { topics, ..OffsetCommitResponse::default() }
    }

    fn fetch(&mut self, asked: OffsetFetchRequest, code: Option<ErrorCode>) -> OffsetFetchResponse {
        let group = asked.groups.into_iter().next().unwrap();
        let topics = group.topics.unwrap().into_iter().map(|topic| {
            let partition = |index: &i32| OffsetFetchResponsePartitions {
                partition_index: *index,
                committed_offset: self.committed.get(&(topic.name.clone(), *index)).copied().unwrap_or(-1),
                ..OffsetFetchResponsePartitions::default()
            };
            OffsetFetchResponseTopics {
                partitions: topic.partition_indexes.iter().map(partition).collect(),
                name: topic.name,
                topic_id: Uuid::nil(),
            }
        });
        let answer = OffsetFetchResponseGroup {
            group_id: group.group_id,
            topics: topics.collect(),
            error_code: code.unwrap_or_default(),
        };
        OffsetFetchResponse { groups: vec![answer], ..OffsetFetchResponse::default() }
    }

    fn next_gen(
        &mut self,
        asked: ConsumerGroupHeartbeatRequest,
        code: Option<ErrorCode>,
    ) -> ConsumerGroupHeartbeatResponse {
        if let Some(error_code) = code {
            self.story.push(format!("heartbeat {}", error_code.name()));
            return ConsumerGroupHeartbeatResponse {
                error_code,
                ..ConsumerGroupHeartbeatResponse::default()
            };
        }
        match asked.member_epoch {
            -2 | -1 => {
                self.story.push(format!("leave with {}", asked.member_epoch));
                return ConsumerGroupHeartbeatResponse {
                    member_epoch: asked.member_epoch,
                    ..ConsumerGroupHeartbeatResponse::default()
                };
            }
            0 => {
                let topics = asked.subscribed_topic_names.unwrap();
                let pattern = asked.subscribed_topic_regex.map(|pattern| format!(" and /{pattern}/"));
                self.story.push(format!("join {}{}", topics.join(","), pattern.unwrap_or_default()));
                self.member_id = asked.member_id.clone();
                self.generation += 1;
                self.owned.clear();
                self.target_told = None;
            }
            epoch if epoch != self.generation || asked.member_id != self.member_id => {
                let error_code = ErrorCode::FENCED_MEMBER_EPOCH;
                return ConsumerGroupHeartbeatResponse { error_code, ..Default::default() };
            }
            _ => self.story.push("heartbeat NONE".to_owned()),
        }
        if let Some(topics) = asked.topic_partitions {
            let owned: BTreeSet<i32> = topics.into_iter().flat_map(|topic| topic.partitions).collect();
            if owned != self.owned {
                self.story.push(format!("owns {owned:?}"));
            }
            self.owned = owned;
        }
        let news = self.target_told.as_ref() != Some(&self.target);
        let assignment = news.then(|| {
            self.target_told = Some(self.target.clone());
            let partitions = self.target.clone();
            let topic = TopicPartitionsResponse { topic_id: Uuid::from_u128(77), partitions };
            Assignment { topic_partitions: if self.target.is_empty() { vec![] } else { vec![topic] } }
        });
        ConsumerGroupHeartbeatResponse {
            member_id: Some(asked.member_id),
            member_epoch: self.generation,
            heartbeat_interval_ms: 10,
            assignment,
            ..ConsumerGroupHeartbeatResponse::default()
        }
    }
}
