//! A member of a classic group that speaks in plain requests, and so small that thousands fit into one process.
//!
//! What is divided are not partitions but numbers: the leader gives each member its own, from 0 up, with the number of members.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use fluxmq_protocol::header::ResponseHeader;
use fluxmq_protocol::messages::heartbeat::HeartbeatRequest;
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use fluxmq_protocol::messages::sync_group::{
    SyncGroupRequest, SyncGroupRequestAssignment, SyncGroupResponse,
};
use fluxmq_protocol::wire::Reader;
use fluxmq_protocol::{Decode, ErrorCode, ProtocolRequest, frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::connection::framed;

/// The newest version of JoinGroup.
pub const JOIN_VERSION: i16 = 9;
/// The newest version of SyncGroup.
pub const SYNC_VERSION: i16 = 5;
const HEARTBEAT_VERSION: i16 = 4;
const PROTOCOL: &str = "numbers";
/// How soon a coordinator that is not ready is asked again.
const AGAIN: Duration = Duration::from_millis(20);
/// How long a member that gathers with others waits between two heartbeats.
const BEAT: Duration = Duration::from_millis(50);

/// A member, or somebody who wants to be one.
#[derive(Debug)]
pub struct Joiner {
    stream: TcpStream,
    address: String,
    correlation_id: i32,
    pub group_id: String,
    pub member_id: String,
    pub instance_id: Option<String>,
    pub generation: i32,
    pub session_timeout_ms: i32,
    /// Its number, and how many there are.
    pub assignment: (usize, usize),
    /// How often it was told that it is not a member, or not of this generation.
    pub refusals: usize,
}

impl Joiner {
    pub async fn connect(address: &str, group_id: &str) -> io::Result<Joiner> {
        Ok(Joiner {
            stream: connect(address).await?,
            address: address.to_owned(),
            correlation_id: 0,
            group_id: group_id.to_owned(),
            member_id: String::new(),
            instance_id: None,
            generation: -1,
            session_timeout_ms: 45_000,
            assignment: (0, 0),
            refusals: 0,
        })
    }

    /// A new connection under the same member id.
    pub async fn reconnect(&mut self) -> io::Result<()> {
        self.stream = connect(&self.address).await?;
        Ok(())
    }

    pub async fn send<R: ProtocolRequest>(&mut self, request: &R, version: i16) -> io::Result<()> {
        self.correlation_id += 1;
        self.stream.write_all(&framed(request, version, self.correlation_id)).await
    }

    pub async fn receive<R: ProtocolRequest>(&mut self, version: i16) -> io::Result<R::Response> {
        let mut length = [0; frame::LENGTH_SIZE];
        self.stream.read_exact(&mut length).await?;
        let mut body = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut body).await?;
        let body = Bytes::from(body);
        let mut reader = Reader::new(&body);
        ResponseHeader::read(&mut reader, R::API_KEY, version).map_err(io::Error::other)?;
        R::Response::decode(&mut reader, version).map_err(io::Error::other)
    }

    pub async fn call<R: ProtocolRequest>(&mut self, request: &R, version: i16) -> io::Result<R::Response> {
        self.send(request, version).await?;
        self.receive::<R>(version).await
    }

    /// Joins, and joins again, until it has an assignment. What the group is told is remembered here.
    pub async fn settle(&mut self) -> io::Result<()> {
        loop {
            let joined = self.call(&self.join_request(), JOIN_VERSION).await?;
            if joined.error_code == ErrorCode::MEMBER_ID_REQUIRED {
                self.member_id = joined.member_id;
                continue;
            }
            if !self.goes_on(joined.error_code).await? {
                continue;
            }
            self.member_id.clone_from(&joined.member_id);
            self.generation = joined.generation_id;
            let synced: SyncGroupResponse = self.call(&self.sync_request(&joined), SYNC_VERSION).await?;
            if self.goes_on(synced.error_code).await? {
                self.assignment = numbers(&synced.assignment);
                return Ok(());
            }
        }
    }

    /// Whether there is no error. After one, what is to be done before joining again is done.
    async fn goes_on(&mut self, error_code: ErrorCode) -> io::Result<bool> {
        match error_code {
            ErrorCode::NONE => return Ok(true),
            ErrorCode::REBALANCE_IN_PROGRESS => {}
            ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
            | ErrorCode::COORDINATOR_NOT_AVAILABLE
            | ErrorCode::NOT_COORDINATOR => tokio::time::sleep(AGAIN).await,
            ErrorCode::ILLEGAL_GENERATION => self.refusals += 1,
            ErrorCode::UNKNOWN_MEMBER_ID => {
                self.refusals += 1;
                self.member_id.clear();
            }
            other => return Err(io::Error::other(format!("a member is told {other:?}"))),
        }
        Ok(false)
    }

    /// One heartbeat; asks again while the coordinator is not ready.
    pub async fn heartbeat(&mut self) -> io::Result<ErrorCode> {
        let request = HeartbeatRequest {
            group_id: self.group_id.clone(),
            generation_id: self.generation,
            member_id: self.member_id.clone(),
            group_instance_id: self.instance_id.clone(),
        };
        loop {
            let error_code = self.call(&request, HEARTBEAT_VERSION).await?.error_code;
            if !error_code.is_retriable() {
                return Ok(error_code);
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Joins, or heartbeats, and joins again when that says so. Whether it joined.
    pub async fn go_on(&mut self) -> io::Result<bool> {
        let joins = self.generation < 0 || {
            let error_code = self.heartbeat().await?;
            !self.goes_on(error_code).await?
        };
        if joins {
            self.settle().await?;
        }
        Ok(joins)
    }

    pub fn join_request(&self) -> JoinGroupRequest {
        JoinGroupRequest {
            group_id: self.group_id.clone(),
            session_timeout_ms: self.session_timeout_ms,
            rebalance_timeout_ms: 60_000,
            member_id: self.member_id.clone(),
            group_instance_id: self.instance_id.clone(),
            protocol_type: "test".to_owned(),
            protocols: vec![JoinGroupRequestProtocol { name: PROTOCOL.to_owned(), metadata: Bytes::new() }],
            reason: None,
        }
    }

    /// Asks for what it is assigned; a leader says what all are.
    pub fn sync_request(&self, joined: &JoinGroupResponse) -> SyncGroupRequest {
        let count = joined.members.len();
        let assignments =
            joined.members.iter().enumerate().map(|(number, member)| SyncGroupRequestAssignment {
                member_id: member.member_id.clone(),
                assignment: format!("{number}/{count}").into(),
            });
        SyncGroupRequest {
            group_id: self.group_id.clone(),
            generation_id: joined.generation_id,
            member_id: joined.member_id.clone(),
            group_instance_id: self.instance_id.clone(),
            protocol_type: joined.protocol_type.clone(),
            protocol_name: joined.protocol_name.clone(),
            assignments: assignments.collect(),
        }
    }
}

/// What a member was assigned.
pub fn numbers(assignment: &[u8]) -> (usize, usize) {
    let text = std::str::from_utf8(assignment).expect("assignments of these members are text");
    let (number, count) = text.split_once('/').unwrap_or_else(|| panic!("`{text}` is no assignment"));
    (number.parse().expect("a number"), count.parse().expect("a number"))
}

async fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Lets the members of one group go on, each at its own pace, until they share it: one generation, and a number for each.
pub async fn gather(members: Vec<Joiner>) -> io::Result<Vec<Joiner>> {
    let board = Arc::new(Mutex::new(vec![(-1, (0, 0)); members.len()]));
    let tasks: Vec<_> = (0..)
        .zip(members)
        .map(|(place, mut member)| {
            let board = Arc::clone(&board);
            tokio::spawn(async move {
                loop {
                    member.go_on().await?;
                    let is_shared = {
                        let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
                        board[place] = (member.generation, member.assignment);
                        is_shared(&board)
                    };
                    if is_shared {
                        return Ok(member);
                    }
                    tokio::time::sleep(BEAT).await;
                }
            })
        })
        .collect();
    let mut members = Vec::with_capacity(tasks.len());
    for task in tasks {
        let member: io::Result<Joiner> = task.await.expect("a member does not panic");
        members.push(member?);
    }
    Ok(members)
}

fn is_shared(board: &[(i32, (usize, usize))]) -> bool {
    let mut numbers: Vec<_> = board.iter().map(|(_, assignment)| *assignment).collect();
    numbers.sort_unstable();
    board.iter().all(|(generation, _)| Some(*generation) == board.first().map(|(first, _)| *first))
        && numbers.into_iter().eq((0..board.len()).map(|number| (number, board.len())))
}
