//! Managing a cluster: topics, configurations, groups, offsets, brokers.
//!
//! Requests about many things answer for each of them: one that fails does not hide the others. Topics, groups and
//! brokers come as objects of `spec` (what was asked for) and `status` (what is).

mod cluster;
mod configs;
mod coordinator;
mod groups;
pub(crate) mod offsets;
mod partitions;
mod topics;

use std::time::Duration;

pub use cluster::{Broker, BrokerState, BrokerStatus, ClusterDescription};
pub use configs::{ConfigEntry, ConfigResource, ConfigResourceKind, ConfigSource, ConfigSynonym};
pub use groups::{
    Group, GroupFilter, GroupListing, GroupMember, GroupSpec, GroupState, GroupStatus, GroupType,
};
pub use offsets::{CommittedOffset, OffsetToCommit};
pub use topics::{
    CreatedTopic, NewTopic, PartitionStatus, Topic, TopicListing, TopicSpec, TopicState, TopicStatus,
};

use crate::client::Client;
use crate::error::{ClientError, is_stale_metadata};
use crate::retry::{Backoff, Deadline};
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

    fn attempts(&self) -> Attempts<'_> {
        Attempts {
            client: &self.client,
            deadline: Deadline::after(self.timeout),
            backoff: self.client.backoff(),
        }
    }
}

/// Attempts of one call, until its deadline.
struct Attempts<'a> {
    client: &'a Client,
    deadline: Deadline,
    backoff: Backoff,
}

impl Attempts<'_> {
    /// Waits before the next attempt, where that may succeed; gives the error back where it will not. A cluster that
    /// cannot be reached at all is no case for waiting: that is told at once.
    async fn again(&mut self, error: ClientError) -> Result<(), ClientError> {
        let again = matches!(error, ClientError::Disconnected { .. })
            || error.error_code().is_some_and(|code| is_moved(code) || code.is_retriable());
        if !again || !self.deadline.sleep(self.backoff.next()).await {
            return Err(error);
        }
        self.client.refresh_metadata().await.map(|_| ())
    }
}

/// Evaluates to what `$attempt` succeeds with, at last; returns from the function where it does not.
macro_rules! retry {
    ($admin:ident, $attempt:expr) => {{
        let mut attempts = $admin.attempts();
        loop {
            match $attempt.await {
                Ok(value) => break value,
                Err(error) => attempts.again(error).await?,
            }
        }
    }};
}
use retry;

/// Whether another broker is the one to ask.
fn is_moved(code: ErrorCode) -> bool {
    is_stale_metadata(code) || code == ErrorCode::NOT_CONTROLLER || code == ErrorCode::NOT_COORDINATOR
}
