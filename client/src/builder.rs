//! Configuring a client.

use std::sync::Arc;
use std::time::Duration;

use crate::client::{Client, ClientInner, ClientSettings};
use crate::config::{ConnectionOptions, DnsLookup, MetadataRecovery, bootstrap_addresses};
use crate::error::ClientError;
use crate::metadata_cache::MetadataCache;
use crate::pool::BrokerPool;

/// Settings of a [`Client`]; all but the bootstrap servers have defaults.
#[derive(Debug, Clone)]
pub struct ClientBuilder {
    bootstrap: String,
    pub(crate) options: ConnectionOptions,
    pub(crate) settings: ClientSettings,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        ClientBuilder {
            bootstrap: String::new(),
            options: ConnectionOptions::default(),
            settings: ClientSettings {
                metadata_recovery: MetadataRecovery::default(),
                metadata_max_age: Duration::from_secs(5 * 60),
                retry_backoff: Duration::from_millis(100),
                retry_backoff_max: Duration::from_secs(1),
                topic_wait: Duration::from_secs(1),
                default_topic: None,
            },
        }
    }
}

impl ClientBuilder {
    /// Where to start: `host:port`, several separated by commas. The port is 9092 when it is left out.
    #[must_use]
    pub fn bootstrap(mut self, servers: impl Into<String>) -> Self {
        self.bootstrap = servers.into();
        self
    }

    /// How the client calls itself in each request.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.options.client_id = client_id.into();
        self
    }

    /// Options of every connection, all at once.
    #[must_use]
    pub fn connection_options(mut self, options: ConnectionOptions) -> Self {
        self.options = options;
        self
    }

    /// How long an answer may take. Default 30 s.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.options.request_timeout = timeout;
        self
    }

    /// How long resolving a host name may take. Default 5 s.
    #[must_use]
    pub fn dns_timeout(mut self, timeout: Duration) -> Self {
        self.options.dns_timeout = timeout;
        self
    }

    /// How long a connection may take to stand, and the longest that this grows to with failures.
    #[must_use]
    pub fn socket_connection_setup_timeout(mut self, timeout: Duration, max: Duration) -> Self {
        self.options.socket_connection_setup_timeout = timeout;
        self.options.socket_connection_setup_timeout_max = max.max(timeout);
        self
    }

    /// The first and the longest wait after a failed connect. Default 50 ms and 1 s.
    #[must_use]
    pub fn reconnect_backoff(mut self, first: Duration, max: Duration) -> Self {
        self.options.reconnect_backoff = first;
        self.options.reconnect_backoff_max = max;
        self
    }

    /// A connection that nothing has used for this long is closed. Default 9 min.
    #[must_use]
    pub fn connections_max_idle(mut self, idle: Duration) -> Self {
        self.options.connections_max_idle = idle;
        self
    }

    /// Which addresses of a host name are tried.
    #[must_use]
    pub fn dns_lookup(mut self, lookup: DnsLookup) -> Self {
        self.options.dns_lookup = lookup;
        self
    }

    /// Sizes of the socket's send and receive buffers in bytes; `None` leaves the system's choice.
    #[must_use]
    pub fn socket_buffers(mut self, send: Option<usize>, receive: Option<usize>) -> Self {
        self.options.send_buffer = send;
        self.options.receive_buffer = receive;
        self
    }

    /// How many requests may wait to be written on one connection. Default 1024.
    #[must_use]
    pub fn dispatch_queue_capacity(mut self, requests: usize) -> Self {
        self.options.dispatch_queue_capacity = requests;
        self
    }

    /// The largest answer accepted, in bytes. Default 104,857,600.
    #[must_use]
    pub fn frame_max(mut self, bytes: usize) -> Self {
        self.options.frame_max = bytes;
        self
    }

    /// What to do when none of the known brokers can be reached (KIP-899).
    #[must_use]
    pub fn metadata_recovery(mut self, recovery: MetadataRecovery) -> Self {
        self.settings.metadata_recovery = recovery;
        self
    }

    /// After how long producers and consumers ask for leaders and new partitions anew. Default 5 min.
    #[must_use]
    pub fn metadata_max_age(mut self, age: Duration) -> Self {
        self.settings.metadata_max_age = age;
        self
    }

    /// The first and the longest wait between attempts of one operation. Default 100 ms and 1 s.
    #[must_use]
    pub fn retry_backoff(mut self, first: Duration, max: Duration) -> Self {
        self.settings.retry_backoff = first;
        self.settings.retry_backoff_max = max.max(first);
        self
    }

    /// How long a topic that the cluster does not know is waited for, since a topic created a moment ago may not have
    /// reached every broker. Default 1 s.
    #[must_use]
    pub fn topic_wait(mut self, wait: Duration) -> Self {
        self.settings.topic_wait = wait;
        self
    }

    /// The topic that [`Client::default_topic`] gives back.
    #[must_use]
    pub fn default_topic(mut self, topic: Option<String>) -> Self {
        self.settings.default_topic = topic;
        self
    }

    /// Connects to the first bootstrap server that answers. Fails when none does, naming each that was tried.
    pub async fn build(self) -> Result<Client, ClientError> {
        let client = self.build_unconnected()?;
        client.inner.pool.bootstrap_connection().await?;
        Ok(client)
    }

    /// As [`Self::build`], but connects when the first request is sent.
    pub fn build_unconnected(self) -> Result<Client, ClientError> {
        self.options.validate()?;
        let bootstrap = bootstrap_addresses(&self.bootstrap)?;
        let inner = ClientInner {
            pool: BrokerPool::new(bootstrap, self.options),
            cache: MetadataCache::default(),
            settings: self.settings,
        };
        Ok(Client { inner: Arc::new(inner) })
    }
}
