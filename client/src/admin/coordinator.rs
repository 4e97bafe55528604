//! Finding the broker that coordinates a group.

use std::sync::Arc;

use fluxmq_protocol::messages::find_coordinator::FindCoordinatorRequest;

use super::Admin;
use crate::connection::Connection;
use crate::error::ClientError;

/// From this version on one request asks for many coordinators (KIP-699).
const MANY_KEYS_VERSION: i16 = 4;

impl Admin {
    /// The connection to a group's coordinator.
    pub(super) async fn coordinator(&self, group: &str) -> Result<Arc<Connection>, ClientError> {
        let connection = self.client.any_connection().await?;
        let version = connection.versions().negotiate::<FindCoordinatorRequest>()?;
        let request = FindCoordinatorRequest {
            key: group.to_owned(),
            key_type: 0,
            coordinator_keys: if version >= MANY_KEYS_VERSION { vec![group.to_owned()] } else { Vec::new() },
        };
        let response = connection.send_version(&request, version, self.timeout).await?;
        let (error_code, node_id) = match response.coordinators.into_iter().next() {
            Some(coordinator) => (coordinator.error_code, coordinator.node_id),
            None => (response.error_code, response.node_id),
        };
        if !error_code.is_ok() {
            return Err(ClientError::NoCoordinator { group: group.to_owned(), error_code });
        }
        self.client.broker(node_id).connection().await
    }
}
