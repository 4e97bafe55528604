//! The client: typed requests to the brokers of one cluster.

use std::sync::Arc;
use std::time::Duration;

use fluxmq_protocol::messages::api_versions::FinalizedFeatureKey;
use fluxmq_protocol::{ApiKey, ProtocolRequest};

use crate::builder::ClientBuilder;
use crate::config::{ConnectionOptions, MetadataRecovery};
use crate::connection::Connection;
use crate::error::ClientError;
use crate::metadata_cache::MetadataCache;
use crate::pool::{BrokerInfo, BrokerPool};

/// A client of one cluster. Cheap to clone; all clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) inner: Arc<ClientInner>,
}

#[derive(Debug)]
pub(crate) struct ClientInner {
    pub(crate) pool: BrokerPool,
    pub(crate) cache: MetadataCache,
    pub(crate) settings: ClientSettings,
}

/// What the builder settles beyond single connections.
#[derive(Debug, Clone)]
pub(crate) struct ClientSettings {
    pub(crate) metadata_recovery: MetadataRecovery,
    pub(crate) metadata_max_age: Duration,
    pub(crate) retry_backoff: Duration,
    pub(crate) retry_backoff_max: Duration,
    pub(crate) topic_wait: Duration,
    pub(crate) default_topic: Option<String>,
}

impl Client {
    /// Starts to configure a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Sends a request to any broker, in the highest version that both sides speak, and waits for the answer.
    pub async fn send<R: ProtocolRequest + Send + Sync>(
        &self,
        request: R,
    ) -> Result<R::Response, ClientError> {
        self.any_connection().await?.send(request).await
    }

    /// As [`Self::send`], in no version below `version_min`.
    pub async fn send_at_least<R: ProtocolRequest + Send + Sync>(
        &self,
        request: R,
        version_min: i16,
    ) -> Result<R::Response, ClientError> {
        let connection = self.any_connection().await?;
        let version = connection.versions().negotiate_within::<R>(version_min, R::MAX_VERSION)?;
        connection.send_version(&request, version, self.connection_options().request_timeout).await
    }

    /// Sends a request that no broker answers to any broker.
    pub async fn send_no_response<R: ProtocolRequest + Send + Sync>(
        &self,
        request: R,
    ) -> Result<(), ClientError> {
        self.any_connection().await?.send_no_response(request).await
    }

    /// Requests to one broker. Nothing is sent yet, and the broker need not be known.
    pub fn broker(&self, id: i32) -> BrokerHandle<'_> {
        BrokerHandle { client: self, id }
    }

    /// Whether the last metadata named this broker.
    pub fn knows_broker(&self, id: i32) -> bool {
        self.inner.pool.knows_broker(id)
    }

    /// The brokers that the last metadata named.
    pub fn brokers(&self) -> Vec<BrokerInfo> {
        self.inner.pool.brokers()
    }

    /// Closes the connection to a broker; the next request makes a new one.
    pub fn evict_broker(&self, id: i32) {
        self.inner.pool.evict(id);
    }

    /// Closes the connection to the bootstrap server and makes a new one.
    pub async fn reconnect_bootstrap(&self) -> Result<(), ClientError> {
        self.inner.pool.reconnect_bootstrap().await.map(|_| ())
    }

    /// The features that the cluster has finalized (KIP-584), as the broker of any connection names them.
    pub async fn finalized_features(&self) -> Result<Vec<FinalizedFeatureKey>, ClientError> {
        Ok(self.any_connection().await?.announced().finalized_features.clone())
    }

    /// The options of every connection.
    pub fn connection_options(&self) -> &ConnectionOptions {
        self.inner.pool.options()
    }

    /// The connections of this client.
    pub fn pool(&self) -> &BrokerPool {
        &self.inner.pool
    }

    /// The topic that the profile names for when none is given.
    pub fn default_topic(&self) -> Option<&str> {
        self.inner.settings.default_topic.as_deref()
    }

    /// The lowest and highest version (both inclusive) that a broker speaks of an API.
    pub async fn api_range(&self, api_key: ApiKey) -> Result<Option<(i16, i16)>, ClientError> {
        Ok(self.any_connection().await?.advertised_api_range(api_key))
    }

    /// Closes every connection. Requests under way fail.
    pub fn close(&self) {
        self.inner.pool.close_all();
    }

    /// The open connection with the least to do; else a new one to a known broker; else one to where we started.
    pub(crate) async fn any_connection(&self) -> Result<Arc<Connection>, ClientError> {
        let pool = &self.inner.pool;
        if let Some(connection) = pool.least_loaded() {
            return Ok(connection);
        }
        let mut ids = pool.broker_ids();
        fastrand::shuffle(&mut ids);
        let mut attempts = Vec::new();
        for id in ids {
            match pool.get(id).await {
                Ok(connection) => return Ok(connection),
                Err(ClientError::Connect { attempts: failed }) => attempts.extend(failed),
                Err(error) => return Err(error),
            }
        }
        if !attempts.is_empty() && self.inner.settings.metadata_recovery == MetadataRecovery::None {
            return Err(ClientError::Connect { attempts });
        }
        pool.bootstrap_connection().await
    }

    /// The controller's connection where it is known, else any.
    pub(crate) async fn controller_connection(&self) -> Result<Arc<Connection>, ClientError> {
        match self.inner.cache.controller_id().filter(|id| self.knows_broker(*id)) {
            Some(id) => self.inner.pool.get(id).await,
            None => self.any_connection().await,
        }
    }
}

/// Requests to one broker of a [`Client`].
#[derive(Debug, Clone, Copy)]
pub struct BrokerHandle<'a> {
    client: &'a Client,
    id: i32,
}

impl BrokerHandle<'_> {
    /// The broker's id.
    pub fn id(&self) -> i32 {
        self.id
    }

    /// Sends a request to this broker and waits for its answer.
    pub async fn send<R: ProtocolRequest + Send + Sync>(
        &self,
        request: R,
    ) -> Result<R::Response, ClientError> {
        self.connection().await?.send(request).await
    }

    /// Sends a request that the broker does not answer.
    pub async fn send_no_response<R: ProtocolRequest + Send + Sync>(
        &self,
        request: R,
    ) -> Result<(), ClientError> {
        self.connection().await?.send_no_response(request).await
    }

    /// The connection to this broker; made when there is none.
    pub async fn connection(&self) -> Result<Arc<Connection>, ClientError> {
        if !self.client.knows_broker(self.id) {
            self.client.refresh_metadata().await?;
        }
        self.client.inner.pool.get(self.id).await
    }
}
