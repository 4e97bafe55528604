//! A member's own connection to its group's coordinator.
//!
//! It is no part of the pool: a coordinator answers JoinGroup when all members have joined, and until then nothing
//! else that comes on the same connection. Two members in one process would wait for each other.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fluxmq_protocol::{ErrorCode, ProtocolRequest};
use tokio_util::task::AbortOnDropHandle;

use crate::client::Client;
use crate::connection::Connection;
use crate::error::ClientError;
use crate::sync::lock;

#[derive(Debug, Clone)]
pub(super) struct Coordinator {
    client: Client,
    group: Arc<str>,
    /// Never held over an await.
    current: Arc<Mutex<Option<Arc<Connection>>>>,
    /// Held while connecting, so that many callers make one connection.
    connecting: Arc<tokio::sync::Mutex<()>>,
}

/// Which versions of a request fit what it has to say (both inclusive).
pub(super) const ANY_VERSION: (i16, i16) = (0, i16::MAX);

impl Coordinator {
    pub(super) fn new(client: Client, group: String) -> Self {
        Coordinator { client, group: group.into(), current: Arc::default(), connecting: Arc::default() }
    }

    /// Sends a request, as it stands in the version that both sides speak, and waits for an answer whose code is good.
    /// Whatever says that the coordinator is another one, or not there, makes the next request look for it anew.
    pub(super) async fn ask<R: ProtocolRequest + Send + Sync>(
        &self,
        (version_min, version_max): (i16, i16),
        request: impl FnOnce(i16) -> R + Send,
        timeout: Duration,
        error_code: impl FnOnce(&R::Response) -> ErrorCode + Send,
    ) -> Result<R::Response, ClientError> {
        let connection = self.connection().await?;
        let version = connection.versions().negotiate_within::<R>(version_min, version_max)?;
        let answer = connection.send_version(&request(version), version, timeout).await;
        let answer = answer.and_then(|response| {
            let context = || format!("{} of group `{}`", R::API_KEY, self.group);
            ClientError::check(error_code(&response), context).map(|()| response)
        });
        if answer.as_ref().is_err_and(is_elsewhere) {
            self.forget(&connection);
        }
        answer
    }

    /// A task connects: the handle is polled when the application asks for records, and must not keep the turn from the
    /// member's heartbeats while it works on them.
    async fn connection(&self) -> Result<Arc<Connection>, ClientError> {
        if let Some(connection) = self.open() {
            return Ok(connection);
        }
        let this = self.clone();
        let connected = AbortOnDropHandle::new(tokio::spawn(async move { this.connect().await }));
        connected.await.unwrap_or(Err(ClientError::Closed("runtime")))
    }

    async fn connect(&self) -> Result<Arc<Connection>, ClientError> {
        let _turn = self.connecting.lock().await;
        if let Some(connection) = self.open() {
            return Ok(connection);
        }
        let timeout = self.client.connection_options().request_timeout;
        let found = match self.client.find_coordinator(&self.group, timeout).await {
            Ok(found) => found,
            Err(error) => {
                // Whoever was asked may be about to go, or to hear of the coordinator later than others.
                if error.is_retriable() && self.client.refresh_metadata().await.is_err() {
                    tracing::debug!(group = %self.group, "no broker answers");
                }
                return Err(error);
            }
        };
        let connection = Arc::new(self.client.pool().connect_apart(&found.address()).await?);
        *lock(&self.current) = Some(Arc::clone(&connection));
        Ok(connection)
    }

    fn open(&self) -> Option<Arc<Connection>> {
        lock(&self.current).as_ref().filter(|connection| !connection.is_closed()).cloned()
    }

    fn forget(&self, connection: &Arc<Connection>) {
        let mut current = lock(&self.current);
        if current.as_ref().is_some_and(|known| Arc::ptr_eq(known, connection)) {
            *current = None;
        }
    }

    /// Closes the connection, such as one on which a request waits that nobody wants answered any more.
    pub(super) fn close(&self) {
        if let Some(connection) = lock(&self.current).take() {
            connection.close();
        }
    }
}

/// Whether an error says that the coordinator must be looked for anew.
fn is_elsewhere(error: &ClientError) -> bool {
    match error {
        ClientError::Server { error_code, .. } => {
            matches!(*error_code, ErrorCode::NOT_COORDINATOR | ErrorCode::COORDINATOR_NOT_AVAILABLE)
        }
        error => error.is_retriable(),
    }
}
