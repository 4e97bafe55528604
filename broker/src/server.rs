//! The broker as one thing: opened from a configuration, run until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::{Broker, Peer};
use crate::config::BrokerConfig;
use crate::consumer::ConsumerGroupManager;
use crate::error::{FluxmqError, Result};
use crate::metrics::MetricsRegistry;
use crate::net::{Connection, ConnectionLimits, NetworkLimits, Transport};
use crate::opening;
use crate::partition::{Housekeeping, Intervals};

/// How long requests under way may take once the broker is told to stop.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// How long to rest after the system refused to hand over a connection, for want of descriptors for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A Kafka-compatible broker.
///
/// ```
/// use fluxmq::{BrokerConfig, BrokerServer};
///
/// # #[tokio::main]
/// # async fn main() -> fluxmq::Result<()> {
/// let config = BrokerConfig { host: "127.0.0.1".to_string(), port: 0, ..Default::default() };
/// let server = BrokerServer::new(config).await?;
/// println!("listening on {}", server.local_addr());
/// let shutdown = server.shutdown_handle();
/// let running = tokio::spawn(server.run());
/// shutdown.shutdown();
/// running.await.expect("the broker does not panic")?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BrokerServer {
    broker: Arc<Broker>,
    listeners: Vec<TcpListener>,
    local_addr: SocketAddr,
    network: Arc<NetworkLimits>,
    connections: Arc<ConnectionLimits>,
    /// Ends with the server, or before it writes its state down.
    housekeeping: Housekeeping,
}

/// Stops a running [`BrokerServer`].
#[derive(Debug, Clone)]
pub struct ShutdownHandle {
    stopping: CancellationToken,
}

impl ShutdownHandle {
    /// Tells the broker to stop: it accepts nothing more, finishes requests under way, and writes its state down.
    pub fn shutdown(&self) {
        self.stopping.cancel();
    }
}

/// A client's connection that has been accepted and not served yet.
#[derive(Debug)]
pub struct AcceptedConnection {
    connection: Connection,
    metrics: Arc<MetricsRegistry>,
    stopping: CancellationToken,
}

impl AcceptedConnection {
    /// Serves the client until either side ends the connection.
    pub async fn serve(self) {
        self.metrics.connections.opened();
        self.connection.serve(self.stopping).await;
        self.metrics.connections.closed();
    }
}

impl BrokerServer {
    /// Opens data directory and listeners. Every field of `config` is checked first; a field whose feature this
    /// version does not have is refused.
    pub async fn new(config: BrokerConfig) -> Result<Self> {
        let opened = opening::open(config).await?;
        let local_addr = opened
            .listeners
            .first()
            .ok_or_else(|| FluxmqError::Network("no listener is configured".to_owned()))?
            .local_addr()
            .map_err(|error| FluxmqError::Network(format!("the listener has no address: {error}")))?;
        let intervals = Intervals::of(&opened.broker.settings.values);
        let housekeeping = Housekeeping::start(Arc::clone(&opened.broker.partitions), intervals)?;
        Ok(BrokerServer {
            broker: Arc::new(opened.broker),
            listeners: opened.listeners,
            local_addr,
            network: opened.network,
            connections: opened.connections,
            housekeeping,
        })
    }

    /// Where the first listener listens, with the real port when 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The broker's counters.
    pub fn metrics(&self) -> Arc<MetricsRegistry> {
        Arc::clone(&self.broker.metrics)
    }

    /// The broker's consumer groups. Every question about them is refused where `enable_consumer_groups` is off.
    pub fn groups(&self) -> ConsumerGroupManager {
        self.broker.groups.clone().map_or_else(ConsumerGroupManager::off, ConsumerGroupManager::over)
    }

    /// A handle that ends [`Self::run`].
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        ShutdownHandle { stopping: self.broker.stopping.clone() }
    }

    /// Accepts the next connection on any listener. For those who serve connections themselves; [`Self::run`] does
    /// it for everybody else.
    ///
    /// # Errors
    /// [`FluxmqError::Network`] saying "Too many connections" when the limit is reached: that connection has been
    /// closed. Another [`FluxmqError::Network`] when the system hands over none.
    pub async fn accept_connection(&self) -> Result<AcceptedConnection> {
        let (listener, accepted) = self.accept().await;
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                return Err(FluxmqError::Network(format!("no connection could be accepted: {error}")));
            }
        };
        let Some(permit) = self.connections.admit(remote.ip()) else {
            self.broker.metrics.connections.refused();
            return Err(FluxmqError::Network(format!(
                "Too many connections: {} are open, the one from {remote} was closed; raise `max_connections`",
                self.connections.open(),
            )));
        };
        let set_up = stream.set_nodelay(true).and_then(|()| stream.local_addr());
        let local =
            set_up.map_err(|error| FluxmqError::Network(format!("{remote} was gone at once: {error}")))?;
        let peer = Peer::new(remote, local, listener);
        let connection = Connection::new(
            Transport::new(stream),
            peer,
            Arc::clone(&self.broker),
            Arc::clone(&self.network),
            permit,
        );
        Ok(AcceptedConnection { connection, metrics: self.metrics(), stopping: self.broker.stopping.clone() })
    }

    /// Serves clients until the shutdown handle is used, then stops in order: nothing new, what is under way ends,
    /// everything is flushed and the data directory marked as cleanly closed.
    pub async fn run(self) -> Result<()> {
        let tasks = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = self.broker.stopping.cancelled() => break,
                accepted = self.accept_connection() => accepted,
            };
            match accepted {
                Ok(connection) => {
                    tasks.spawn(connection.serve());
                }
                Err(error) => tracing::warn!("{error}"),
            }
        }
        if let Some(groups) = &self.broker.groups {
            groups.stop();
        }
        tasks.close();
        if tokio::time::timeout(DRAIN_MAX, tasks.wait()).await.is_err() {
            tracing::warn!(connections = tasks.len(), "stopping with requests under way");
        }
        let (broker, housekeeping) = (self.broker, self.housekeeping);
        let closed = tokio::task::spawn_blocking(move || {
            drop(housekeeping);
            opening::close(&broker)
        });
        closed.await.map_err(|error| FluxmqError::Storage(io::Error::other(error)))?
    }

    /// The next connection on any listener, with the listener's number.
    async fn accept(&self) -> (usize, io::Result<(TcpStream, SocketAddr)>) {
        std::future::poll_fn(|context| {
            for (index, listener) in self.listeners.iter().enumerate() {
                if let std::task::Poll::Ready(accepted) = listener.poll_accept(context) {
                    return std::task::Poll::Ready((index, accepted));
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}
