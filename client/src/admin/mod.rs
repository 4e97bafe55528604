//! Managing a cluster: topics, configurations, offsets, brokers.
//!
//! Requests about many things answer for each of them: one that fails does not hide the others. Topics and brokers come
//! as objects of `spec` (what was asked for) and `status` (what is).

mod cluster;
mod configs;
mod coordinator;
mod offsets;
mod partitions;
mod topics;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use cluster::{Broker, BrokerState, BrokerStatus, ClusterDescription};
pub use configs::{ConfigEntry, ConfigResource, ConfigResourceKind, ConfigSource, ConfigSynonym};
pub use offsets::{CommittedOffset, OffsetToCommit};
pub use topics::{
    CreatedTopic, NewTopic, PartitionStatus, Topic, TopicListing, TopicSpec, TopicState, TopicStatus,
};

use crate::client::Client;
use crate::connection::Connection;
use crate::error::{ClientError, is_stale_metadata};
use crate::retry::Deadline;
use fluxmq_protocol::ErrorCode;

/// What became of each thing of a request.
pub type Outcomes<K, T> = Vec<(K, Result<T, ClientError>)>;

/// Administrative requests of a [`Client`]. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Admin {
    client: Client,
    timeout: Duration,
}

impl Client {
    /// Administrative requests.
    pub fn admin(&self) -> Admin {
        Admin { client: self.clone(), timeout: self.connection_options().request_timeout }
    }
}

impl Admin {
    /// How long each call may take, retries included. Default the client's request timeout.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The client that the requests go through.
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn timeout_ms(&self) -> i32 {
        i32::try_from(self.timeout.as_millis()).unwrap_or(i32::MAX)
    }

    /// Runs `ask` on the controller's connection, again after a connection failed or the controller moved.
    async fn with_controller<T, F>(&self, mut ask: impl FnMut(Arc<Connection>) -> F) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        self.retrying(async || ask(self.client.controller_connection().await?).await).await
    }

    /// Tries again what may succeed later, until the deadline. A cluster that cannot be reached at all is no case for
    /// waiting: that is told at once.
    async fn retrying<T>(
        &self,
        mut attempt: impl AsyncFnMut() -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let deadline = Deadline::after(self.timeout);
        let mut backoff = self.client.backoff();
        loop {
            let error = match attempt().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let again = matches!(error, ClientError::Disconnected { .. })
                || error.error_code().is_some_and(|code| is_moved(code) || code.is_retriable());
            if !again || !deadline.sleep(backoff.next()).await {
                return Err(error);
            }
            self.client.refresh_metadata().await?;
        }
    }
}

/// Whether another broker is the one to ask.
fn is_moved(code: ErrorCode) -> bool {
    is_stale_metadata(code) || code == ErrorCode::NOT_CONTROLLER || code == ErrorCode::NOT_COORDINATOR
}
