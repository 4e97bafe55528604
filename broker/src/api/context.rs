//! What every handler may reach: the broker's parts, the call, and who makes it.

use std::net::SocketAddr;
use std::sync::Arc;

use fluxmq_protocol::{ErrorCode, Uuid};
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::consumer::ConsumerGroupCoordinator;
use crate::env::clock::Clock;
use crate::metadata::Metadata;
use crate::metrics::MetricsRegistry;
use crate::partition::{HostedTopic, Partitions};
use crate::topic_manager::TopicManager;
use crate::transaction::producer_ids::ProducerIds;

/// One broker's parts, as the handlers use them.
#[derive(Debug)]
pub(crate) struct Broker {
    pub(crate) settings: Arc<Settings>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metadata: Arc<Metadata>,
    pub(crate) partitions: Arc<Partitions>,
    pub(crate) topics: TopicManager,
    pub(crate) producer_ids: ProducerIds,
    /// `None` where `enable_consumer_groups` is off.
    pub(crate) groups: Option<ConsumerGroupCoordinator>,
    pub(crate) metrics: Arc<MetricsRegistry>,
    /// In the order that [`Peer::listener`] counts.
    pub(crate) listeners: Vec<Listener>,
    /// Cancelled when the broker is told to stop: nobody begins to wait for anything then.
    pub(crate) stopping: CancellationToken,
}

impl Broker {
    /// The hosted topic that a request means: by its id, or by a name as it stands in the request.
    pub(super) fn find_topic(
        &self,
        name: &[u8],
        topic_id: Uuid,
        by_id: bool,
    ) -> Result<Arc<HostedTopic>, ErrorCode> {
        if by_id {
            return self.partitions.topic_by_id(topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID);
        }
        std::str::from_utf8(name)
            .ok()
            .and_then(|name| self.partitions.topic(name))
            .ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
    }
}

/// One of the broker's doors.
#[derive(Debug, Clone)]
pub(crate) struct Listener {
    /// What clients that came in here are told to connect to; `None` means the address that they reached.
    pub(crate) advertised: Option<(String, u16)>,
}

/// One request, as its handler sees it.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) broker: &'a Broker,
    pub(crate) version: i16,
    /// Empty when the client named none.
    pub(crate) client_id: &'a str,
    pub(crate) peer: &'a Peer,
}

impl Call<'_> {
    /// Host and port that the client is told for this broker: those of the listener that it came in on.
    pub(crate) fn advertised(&self) -> (String, u16) {
        let listener = self.broker.listeners.get(self.peer.listener);
        listener
            .and_then(|listener| listener.advertised.clone())
            .unwrap_or_else(|| (self.peer.local.ip().to_string(), self.peer.local.port()))
    }
}

/// Who is at the other end of a connection, and through which door it came.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) remote: SocketAddr,
    /// The address that the client reached.
    pub(crate) local: SocketAddr,
    /// Which of the broker's listeners it came in on.
    pub(crate) listener: usize,
    introduced: bool,
}

impl Peer {
    /// A door that is open to both kinds of addresses says IPv4 in words of IPv6; clients and their users know it as IPv4.
    pub(crate) fn new(remote: SocketAddr, local: SocketAddr, listener: usize) -> Self {
        let plain = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
        Peer { remote: plain(remote), local: plain(local), listener, introduced: false }
    }

    /// Logs, once, what the client says it is.
    pub(super) fn introduce(&mut self, client_id: &str, software_name: &str, software_version: &str) {
        if !std::mem::replace(&mut self.introduced, true) {
            tracing::info!(remote = %self.remote, client_id = %client_id.escape_default(), software_name, software_version, "client connected");
        }
    }
}

/// Every operation on a topic, as the bits of an authorized-operations mask (KIP-430): what anybody may do while there is no
/// authorizer.
pub(super) const TOPIC_OPERATIONS: i32 = 3576;

/// Every operation on the cluster, likewise.
pub(super) const CLUSTER_OPERATIONS: i32 = 8096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ipv4_is_one_whatever_door_it_came_in_by() {
        let peer =
            Peer::new("[::ffff:10.1.2.3]:5".parse().unwrap(), "[::ffff:10.1.2.4]:6".parse().unwrap(), 0);
        assert_eq!(
            (peer.remote.to_string(), peer.local.to_string()),
            ("10.1.2.3:5".into(), "10.1.2.4:6".into())
        );
        let peer = Peer::new("[::1]:5".parse().unwrap(), "[::1]:6".parse().unwrap(), 0);
        assert_eq!(peer.remote.to_string(), "[::1]:5");
    }
}
