//! One member of a classic group that sends what it is told to, over a connection of its own.

use bytes::Bytes;
use fluxmq_protocol::messages::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, LeaveGroupResponse, MemberIdentity};
use fluxmq_protocol::messages::sync_group::{
    SyncGroupRequest, SyncGroupRequestAssignment, SyncGroupResponse,
};
use fluxmq_protocol::wire::Writer;
use fluxmq_protocol::{ErrorCode, ProtocolRequest};

use super::Scene;
use super::transcript::Tidy;
use crate::connection::Connection;

/// The versions that clients of one time speak.
#[derive(Debug, Clone, Copy)]
pub(super) struct Era {
    pub(super) join: i16,
    pub(super) sync: i16,
    pub(super) heartbeat: i16,
    pub(super) leave: i16,
}

/// From the first to the last: rebalance time-outs from 1, ids that are required from 4, static members from 5, types from 7,
/// reasons and assignments that may be skipped from 9.
pub(super) const ERAS: [Era; 6] = [
    Era { join: 0, sync: 0, heartbeat: 0, leave: 0 },
    Era { join: 2, sync: 1, heartbeat: 1, leave: 1 },
    Era { join: 4, sync: 2, heartbeat: 2, leave: 2 },
    Era { join: 5, sync: 3, heartbeat: 3, leave: 3 },
    Era { join: 7, sync: 5, heartbeat: 4, leave: 4 },
    NOW,
];
pub(super) const NOW: Era = Era { join: 9, sync: 5, heartbeat: 4, leave: 5 };

/// A member, or somebody who would like to be one.
pub(super) struct Actor {
    pub(super) name: &'static str,
    pub(super) connection: Connection,
    pub(super) era: Era,
    /// What it asks for next time.
    pub(super) join: JoinGroupRequest,
    pub(super) generation: i32,
    /// What the group has chosen.
    protocol: Option<String>,
}

impl Actor {
    pub(super) fn new(name: &'static str, group: &str, connection: Connection) -> Actor {
        let join = JoinGroupRequest {
            group_id: group.to_owned(),
            session_timeout_ms: 30_000,
            rebalance_timeout_ms: 30_000,
            protocol_type: "consumer".to_owned(),
            protocols: protocols(&[("range", &subscription(&["orders"]))]),
            ..Default::default()
        };
        Actor { name, connection, era: NOW, join, generation: -1, protocol: None }
    }

    pub(super) fn in_era(mut self, era: Era) -> Actor {
        self.era = era;
        self
    }

    pub(super) fn static_as(mut self, instance: &str) -> Actor {
        self.join.group_instance_id = Some(instance.to_owned());
        self
    }

    pub(super) fn says(&self, what: &str) -> String {
        format!("{} {what}", self.name)
    }

    /// Sends its request, which is answered once all have joined. A member of later days asks for an id first.
    pub(super) fn send_join(&mut self, scene: &mut Scene) {
        let dynamic = self.join.group_instance_id.is_none();
        if self.era.join >= 4 && dynamic && self.join.member_id.is_empty() {
            let said = self.says("asks for an id");
            let answer = scene.ask(&mut self.connection, &said, &self.join, self.era.join);
            assert_eq!(answer.error_code, ErrorCode::MEMBER_ID_REQUIRED, "{said}");
            self.takes_id(scene, &answer.member_id);
        }
        self.connection.send(&self.join, self.era.join).expect("a request can be sent");
    }

    pub(super) fn hear_join(&mut self, scene: &mut Scene) -> JoinGroupResponse {
        let said = self.says("has joined");
        // It is named before it is written down.
        let answer = self.connection.receive::<JoinGroupRequest>(self.era.join).expect("a join is answered");
        if answer.error_code.is_ok() {
            self.takes_id(scene, &answer.member_id);
            self.generation = answer.generation_id;
            self.protocol.clone_from(&answer.protocol_name);
        }
        scene.transcript.question(&said);
        scene.transcript.answer::<JoinGroupRequest>(self.era.join, self.era.join, answer.clone());
        answer
    }

    pub(super) fn join(&mut self, scene: &mut Scene) -> JoinGroupResponse {
        self.send_join(scene);
        self.hear_join(scene)
    }

    pub(super) fn takes_id(&mut self, scene: &mut Scene, id: &str) {
        scene.transcript.name(id, self.name);
        id.clone_into(&mut self.join.member_id);
    }

    pub(super) fn sync_request(&self, assignments: &[(&Actor, &[u8])]) -> SyncGroupRequest {
        let assignment = |(member, bytes): &(&Actor, &[u8])| SyncGroupRequestAssignment {
            member_id: member.join.member_id.clone(),
            assignment: Bytes::copy_from_slice(bytes),
        };
        SyncGroupRequest {
            group_id: self.join.group_id.clone(),
            generation_id: self.generation,
            member_id: self.join.member_id.clone(),
            group_instance_id: self.join.group_instance_id.clone(),
            protocol_type: Some(self.join.protocol_type.clone()),
            protocol_name: self.protocol.clone(),
            assignments: assignments.iter().map(assignment).collect(),
        }
    }

    /// As a follower does.
    pub(super) fn send_sync(&mut self) {
        let request = self.sync_request(&[]);
        self.connection.send(&request, self.era.sync).expect("a request can be sent");
    }

    pub(super) fn hear_sync(&mut self, scene: &mut Scene) -> SyncGroupResponse {
        let said = self.says("has its assignment");
        scene.hear::<SyncGroupRequest>(&mut self.connection, &said, self.era.sync)
    }

    pub(super) fn sync(&mut self, scene: &mut Scene, request: &SyncGroupRequest) -> SyncGroupResponse {
        let said = self.says("syncs");
        scene.ask(&mut self.connection, &said, request, self.era.sync)
    }

    pub(super) fn heartbeat_request(&self) -> HeartbeatRequest {
        HeartbeatRequest {
            group_id: self.join.group_id.clone(),
            generation_id: self.generation,
            member_id: self.join.member_id.clone(),
            group_instance_id: self.join.group_instance_id.clone(),
        }
    }

    pub(super) fn heartbeat(&mut self, scene: &mut Scene) -> HeartbeatResponse {
        let (said, request) = (self.says("heartbeats"), self.heartbeat_request());
        scene.ask(&mut self.connection, &said, &request, self.era.heartbeat)
    }

    /// Heartbeats until that is answered with `code`.
    pub(super) fn heartbeat_until(&mut self, scene: &mut Scene, code: ErrorCode) {
        let (said, request) = (self.says("hears of it by heartbeat"), self.heartbeat_request());
        let done = |answer: &HeartbeatResponse| answer.error_code == code;
        scene.until(&mut self.connection, &said, &request, self.era.heartbeat, done);
    }

    pub(super) fn leave_request(&self) -> LeaveGroupRequest {
        let member = MemberIdentity {
            member_id: self.join.member_id.clone(),
            group_instance_id: self.join.group_instance_id.clone(),
            reason: Some("it was told to".to_owned()),
        };
        LeaveGroupRequest {
            group_id: self.join.group_id.clone(),
            member_id: self.join.member_id.clone(),
            members: vec![member],
        }
    }

    pub(super) fn leave(&mut self, scene: &mut Scene) -> LeaveGroupResponse {
        let (said, request) = (self.says("leaves"), self.leave_request());
        scene.ask(&mut self.connection, &said, &request, self.era.leave)
    }

    /// Asks whatever it likes.
    pub(super) fn ask<R>(&mut self, scene: &mut Scene, what: &str, request: &R, version: i16) -> R::Response
    where
        R: ProtocolRequest,
        R::Response: Tidy,
    {
        let said = self.says(what);
        scene.ask(&mut self.connection, &said, request, version)
    }

    /// What it can do from its next request on, best first.
    pub(super) fn offers(&mut self, what: &[(&str, &[u8])]) {
        self.join.protocols = protocols(what);
    }
}

pub(super) fn protocols(list: &[(&str, &[u8])]) -> Vec<JoinGroupRequestProtocol> {
    let protocol = |(name, metadata): &(&str, &[u8])| JoinGroupRequestProtocol {
        name: (*name).to_owned(),
        metadata: Bytes::copy_from_slice(metadata),
    };
    list.iter().map(protocol).collect()
}

/// What a consumer sends as the metadata of its protocol, in version 0.
pub(super) fn subscription(topics: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer.i16(0);
    writer.count(Some(topics.len()), false).expect("there are few topics");
    for topic in topics {
        writer.str(topic, false).expect("a name is short");
    }
    writer.nullable_bytes(None, false).expect("nothing is short");
    out
}
