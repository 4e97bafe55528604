mod joining;
mod leaving;
mod model;
mod static_members;
mod stored;
mod syncing;

use std::collections::HashMap;

use bytes::Bytes;
use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::heartbeat::HeartbeatRequest;
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use fluxmq_protocol::messages::leave_group::MemberIdentity;
use fluxmq_protocol::messages::sync_group::{
    SyncGroupRequest, SyncGroupRequestAssignment, SyncGroupResponse,
};

use super::super::turn::testing::World;
use super::super::turn::{Answer, Client, Ticket, Turn};
use super::{ClassicGroup, ClassicState};

/// The newest version of JoinGroup.
const NEWEST: i16 = 9;
const SESSION_MS: i32 = 10_000;
const REBALANCE_MS: i32 = 60_000;

/// A group, and all answers that were given in it.
#[derive(Debug)]
struct Stage {
    world: World,
    group: ClassicGroup,
    tickets: u64,
    answers: HashMap<Ticket, Answer>,
}

impl Stage {
    fn new() -> Stage {
        Stage { world: World::new(&[]), group: ClassicGroup::new("g"), tickets: 0, answers: HashMap::new() }
    }

    /// The broker ends and begins again; only what was written down is left.
    fn restart(&mut self) {
        let record = self.world.log.batches.last().and_then(|batch| batch.last()).expect("a record");
        let fluxmq_protocol::stored::groups::GroupRecord::GroupMetadata(_, Some(value)) = record else {
            panic!("no group's record: {record:?}");
        };
        self.group = ClassicGroup::load("g", value, self.world.now_ms, &self.world.config);
    }

    /// One event. Nobody may be answered twice.
    fn turn<T>(&mut self, event: impl FnOnce(&mut ClassicGroup, &mut Turn<'_>) -> T) -> T {
        let mut turn = self.world.turn();
        let outcome = event(&mut self.group, &mut turn);
        for (ticket, answer) in turn.answers {
            let before = self.answers.insert(ticket, answer);
            assert!(before.is_none(), "{ticket:?} is answered twice");
        }
        outcome
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    fn join_as(&mut self, request: &JoinGroupRequest, version: i16) -> Ticket {
        let ticket = self.ticket();
        let client = Client { id: "client", host: "/127.0.0.1" };
        self.turn(|group, turn| group.join(turn, ticket, client, request, version));
        ticket
    }

    fn join(&mut self, request: &JoinGroupRequest) -> Ticket {
        self.join_as(request, NEWEST)
    }

    /// Joins a dynamic member in both steps; its id, and who waits.
    fn arrive(&mut self, protocols: &[(&str, &str)]) -> (String, Ticket) {
        let first = self.join(&request("", protocols));
        let answer = self.joined(first);
        assert_eq!(answer.error_code, ErrorCode::MEMBER_ID_REQUIRED);
        let ticket = self.join(&request(&answer.member_id, protocols));
        (answer.member_id, ticket)
    }

    fn waits(&self, ticket: Ticket) -> bool {
        !self.answers.contains_key(&ticket)
    }

    fn joined(&self, ticket: Ticket) -> JoinGroupResponse {
        match self.answers.get(&ticket) {
            Some(Answer::Join(answer)) => answer.clone(),
            other => panic!("{ticket:?}: {other:?}"),
        }
    }

    fn sync(&mut self, request: &SyncGroupRequest) -> Ticket {
        let ticket = self.ticket();
        self.turn(|group, turn| group.sync(turn, ticket, request));
        ticket
    }

    fn synced(&self, ticket: Ticket) -> SyncGroupResponse {
        match self.answers.get(&ticket) {
            Some(Answer::Sync(answer)) => answer.clone(),
            other => panic!("{ticket:?}: {other:?}"),
        }
    }

    fn heartbeat(&mut self, member_id: &str, generation_id: i32) -> ErrorCode {
        let request =
            HeartbeatRequest { generation_id, member_id: member_id.to_owned(), ..Default::default() };
        self.turn(|group, turn| group.heartbeat(turn, &request))
    }

    fn leave(&mut self, member_ids: &[&str]) -> Vec<ErrorCode> {
        let members: Vec<_> = member_ids
            .iter()
            .map(|id| MemberIdentity { member_id: (*id).to_owned(), ..Default::default() })
            .collect();
        let answers = self.turn(|group, turn| group.leave(turn, &members));
        answers.iter().map(|answer| answer.error_code).collect()
    }

    fn commit(
        &mut self,
        member_id: &str,
        instance_id: Option<&str>,
        generation: i32,
    ) -> Result<(), ErrorCode> {
        self.turn(|group, turn| group.check_commit(turn, member_id, instance_id, generation))
    }

    /// Time goes by; the group is woken whenever it asked for it.
    fn pass(&mut self, ms: i64) {
        let until = self.world.now_ms + ms;
        while let Some(wake_at) = self.group.wake_at().filter(|wake_at| *wake_at <= until) {
            self.world.now_ms = self.world.now_ms.max(wake_at);
            self.turn(ClassicGroup::on_time);
            let next = self.group.wake_at();
            assert!(next.is_none_or(|next| next > self.world.now_ms), "woken at {wake_at}, wants {next:?}");
        }
        self.world.now_ms = until;
    }

    /// Time goes by, and these members say that they are there.
    fn pass_with(&mut self, ms: i64, member_ids: &[&str]) {
        for _ in 0..ms / 1_000 {
            self.pass(1_000);
            for member_id in member_ids {
                self.heartbeat(member_id, self.group.generation);
            }
        }
    }

    /// A stable group of dynamic members with protocol `range`; the first leads.
    fn stable(count: usize) -> (Stage, Vec<String>) {
        let mut stage = Stage::new();
        let mut ids: Vec<String> = Vec::new();
        let mut tickets = Vec::new();
        for _ in 0..count {
            let (id, ticket) = stage.arrive(RANGE);
            ids.push(id);
            tickets.push(ticket);
        }
        if count > 1 {
            // The first is in a generation of its own, which the second has ended.
            let (id, ticket) = (ids[0].clone(), stage.join(&request(&ids[0], RANGE)));
            assert_eq!(stage.joined(ticket).leader, id);
        }
        let ids_as_str: Vec<&str> = ids.iter().map(String::as_str).collect();
        stage.settle(&ids_as_str);
        (stage, ids)
    }

    /// All members, the leader last, ask for what they are assigned: their own names.
    fn settle(&mut self, ids: &[&str]) -> Vec<SyncGroupResponse> {
        let generation = self.group.generation;
        let leader = self.group.leader.clone().expect("a leader");
        let mut tickets = HashMap::new();
        for id in ids.iter().filter(|id| **id != leader) {
            tickets.insert(*id, self.sync(&sync(id, generation, &[])));
        }
        let assignments: Vec<_> = ids.iter().map(|id| (*id, *id)).collect();
        tickets.insert(&leader, self.sync(&sync(&leader, generation, &assignments)));
        assert_eq!(self.group.state(), ClassicState::Stable);
        ids.iter().map(|id| self.synced(tickets[id])).collect()
    }
}

const RANGE: &[(&str, &str)] = &[("range", "topics")];

fn request(member_id: &str, protocols: &[(&str, &str)]) -> JoinGroupRequest {
    JoinGroupRequest {
        group_id: "g".to_owned(),
        session_timeout_ms: SESSION_MS,
        rebalance_timeout_ms: REBALANCE_MS,
        member_id: member_id.to_owned(),
        protocol_type: "consumer".to_owned(),
        protocols: protocols
            .iter()
            .map(|(name, metadata)| JoinGroupRequestProtocol {
                name: (*name).to_owned(),
                metadata: Bytes::copy_from_slice(metadata.as_bytes()),
            })
            .collect(),
        ..Default::default()
    }
}

fn static_request(instance_id: &str, member_id: &str, protocols: &[(&str, &str)]) -> JoinGroupRequest {
    JoinGroupRequest { group_instance_id: Some(instance_id.to_owned()), ..request(member_id, protocols) }
}

fn sync(member_id: &str, generation_id: i32, assignments: &[(&str, &str)]) -> SyncGroupRequest {
    SyncGroupRequest {
        group_id: "g".to_owned(),
        generation_id,
        member_id: member_id.to_owned(),
        assignments: assignments
            .iter()
            .map(|(member_id, assignment)| SyncGroupRequestAssignment {
                member_id: (*member_id).to_owned(),
                assignment: Bytes::copy_from_slice(assignment.as_bytes()),
            })
            .collect(),
        ..Default::default()
    }
}
