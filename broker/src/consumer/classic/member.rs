//! One member of a classic group.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol};
use fluxmq_protocol::stored::groups::MemberMetadata;

use super::super::turn::{Client, Ticket};

/// A protocol that a member supports, and what it says of itself in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Protocol {
    pub(crate) name: String,
    pub(crate) metadata: Bytes,
}

/// A member of a classic group.
#[derive(Debug)]
pub(crate) struct Member {
    /// That of a static member (KIP-345), which is known by it even after a restart.
    pub(crate) instance_id: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    pub(crate) timeouts: Timeouts,
    /// What it supports, its favourite first; each name once.
    pub(super) protocols: Vec<Protocol>,
    pub(crate) assignment: Bytes,
    /// How many members the group had seen before this one.
    pub(super) number: u64,
    /// Whether it has not been through a rebalance yet.
    pub(super) is_new: bool,
    /// When it is given up, unless it is waited for by then.
    pub(super) expires_at_ms: i64,
    pub(super) waits_for_join: Option<Ticket>,
    pub(super) waits_for_sync: Option<Ticket>,
    /// Whether it has joined this generation and not yet asked for its assignment.
    pub(super) owes_sync: bool,
    /// The generation that it knows until the next one begins, where that is not the group's.
    pub(super) former_generation: Option<i32>,
}

/// How long a member may be silent, and how long it may take to join again. In milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeouts {
    pub(crate) session_ms: i32,
    pub(crate) rebalance_ms: i32,
}

impl Timeouts {
    pub(super) fn of(request: &JoinGroupRequest, version: i16) -> Timeouts {
        let session_ms = request.session_timeout_ms;
        // The first version has one time-out for both.
        let rebalance_ms = if version == 0 { session_ms } else { request.rebalance_timeout_ms };
        Timeouts { session_ms, rebalance_ms }
    }
}

impl Member {
    pub(super) fn joining(client: Client<'_>, request: &JoinGroupRequest, version: i16) -> Member {
        Member {
            instance_id: request.group_instance_id.clone(),
            client_id: client.id.to_owned(),
            client_host: client.host.to_owned(),
            timeouts: Timeouts::of(request, version),
            protocols: protocols_of(request),
            assignment: Bytes::new(),
            number: 0,
            is_new: true,
            expires_at_ms: i64::MAX,
            waits_for_join: None,
            waits_for_sync: None,
            owes_sync: false,
            former_generation: None,
        }
    }

    /// A member as it was written down in a group that had agreed on `protocol`.
    pub(super) fn stored(stored: &MemberMetadata, protocol: Option<&str>) -> Member {
        let session_ms = stored.session_timeout;
        let rebalance_ms = if stored.rebalance_timeout < 0 { session_ms } else { stored.rebalance_timeout };
        let metadata = own(&stored.subscription);
        Member {
            instance_id: stored.group_instance_id.clone(),
            client_id: stored.client_id.clone(),
            client_host: stored.client_host.clone(),
            timeouts: Timeouts { session_ms, rebalance_ms },
            protocols: protocol
                .map(|name| Protocol { name: name.to_owned(), metadata })
                .into_iter()
                .collect(),
            assignment: own(&stored.assignment),
            number: 0,
            is_new: false,
            expires_at_ms: i64::MAX,
            waits_for_join: None,
            waits_for_sync: None,
            owes_sync: false,
            former_generation: None,
        }
    }

    /// What it says of itself in a protocol.
    pub(crate) fn metadata(&self, protocol: &str) -> Option<&Bytes> {
        self.protocols.iter().find(|known| known.name == protocol).map(|known| &known.metadata)
    }

    /// Whether it supports what the request says, in the same words.
    pub(super) fn says_the_same(&self, asked: &[JoinGroupRequestProtocol]) -> bool {
        self.protocols.len() == asked.len()
            && self
                .protocols
                .iter()
                .zip(asked)
                .all(|(known, asked)| known.name == asked.name && known.metadata == asked.metadata)
    }

    /// Its favourite among the protocols that all `members` support.
    pub(super) fn vote(&self, supported: &HashMap<String, usize>, members: usize) -> Option<&str> {
        self.protocols
            .iter()
            .map(|known| known.name.as_str())
            .find(|name| supported.get(*name) == Some(&members))
    }

    /// When it is given up. Who waits for others is there, but a newcomer may have gone away meanwhile without anybody noticing.
    pub(super) fn expires_at_ms(&self) -> Option<i64> {
        let is_waiting = self.waits_for_sync.is_some() || (self.waits_for_join.is_some() && !self.is_new);
        (!is_waiting).then_some(self.expires_at_ms)
    }
}

/// The protocols that a request names, each once.
pub(super) fn protocols_of(request: &JoinGroupRequest) -> Vec<Protocol> {
    let mut names = HashSet::with_capacity(request.protocols.len());
    let named_first = request.protocols.iter().filter(|asked| names.insert(asked.name.as_str()));
    named_first.map(|asked| Protocol { name: asked.name.clone(), metadata: own(&asked.metadata) }).collect()
}

/// Bytes of their own: those of a request hold on to all that was read from the socket with them.
pub(super) fn own(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}
