//! Finding the broker that coordinates a group.

use std::sync::Arc;
use std::time::Duration;

use fluxmq_protocol::messages::find_coordinator::FindCoordinatorRequest;

use super::Admin;
use crate::client::Client;
use crate::connection::Connection;
use crate::error::ClientError;
use crate::pool::BrokerInfo;

/// From this version on one request asks for many coordinators (KIP-699).
const MANY_KEYS_VERSION: i16 = 4;

impl Admin {
    /// The connection to a group's coordinator.
    pub(super) async fn coordinator(&self, group: &str) -> Result<Arc<Connection>, ClientError> {
        let found = self.client.find_coordinator(group, self.timeout).await?;
        self.client.broker(found.id).connection().await
    }
}

impl Client {
    /// The broker that coordinates a group.
    pub(crate) async fn find_coordinator(
        &self,
        group: &str,
        timeout: Duration,
    ) -> Result<BrokerInfo, ClientError> {
        let connection = self.any_connection().await?;
        let version = connection.versions().negotiate::<FindCoordinatorRequest>()?;
        let request = FindCoordinatorRequest {
            key: group.to_owned(),
            key_type: 0,
            coordinator_keys: if version >= MANY_KEYS_VERSION { vec![group.to_owned()] } else { Vec::new() },
        };
        let response = connection.send_version(&request, version, timeout).await?;
        let (error_code, id, host, port) = match response.coordinators.into_iter().next() {
            Some(found) => (found.error_code, found.node_id, found.host, found.port),
            None => (response.error_code, response.node_id, response.host, response.port),
        };
        let port = u16::try_from(port).unwrap_or_default();
        if error_code.is_ok() {
            Ok(BrokerInfo { id, host, port, rack: None })
        } else {
            Err(ClientError::NoCoordinator { group: group.to_owned(), error_code })
        }
    }
}
