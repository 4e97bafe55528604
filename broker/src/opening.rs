//! How a broker comes up and goes down: configuration, data directory, metadata, logs, listeners, in that order; and back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::{Broker, Listener};
use crate::config::{BrokerConfig, Durability, ListenerSettings, Settings};
use crate::consumer::offsets::CommittedOffsets;
use crate::env::clock::{Clock, SystemClock};
use crate::error::{FluxmqError, Result};
use crate::metadata::Metadata;
use crate::metrics::MetricsRegistry;
use crate::net::{ConnectionLimits, MemoryBudget, NetworkLimits};
use crate::partition::{Partitions, Store};
use crate::storage::data_dir::DataDir;
use crate::storage::flusher::Flusher;
use crate::topic_manager::TopicManager;
use crate::transaction::producer_ids::ProducerIds;

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;

/// `queued.max.request.bytes` when nothing is configured.
const QUEUED_REQUEST_BYTES: usize = 512 << 20;

/// For ever, as far as a connection is concerned.
const NEVER: Duration = Duration::from_hours(365 * 24);

/// A broker that is ready to serve.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) broker: Broker,
    pub(crate) listeners: Vec<TcpListener>,
    pub(crate) network: Arc<NetworkLimits>,
    pub(crate) connections: Arc<ConnectionLimits>,
}

/// Opens everything that a configuration names. What fails leaves nothing open.
pub(crate) async fn open(config: BrokerConfig) -> Result<Opened> {
    let settings = Arc::new(Settings::resolve(&config)?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // The doors first: another broker on the port is found out before anything is touched.
    let (listeners, doors) = bind_all(&settings.listeners).await?;
    let data_dir = Arc::new(match &settings.data_dir {
        Some(path) => DataDir::open(path, settings.node_id)?,
        None => DataDir::in_memory(settings.node_id)?,
    });
    let on_disk = settings.data_dir.is_some();
    let flusher = if on_disk { Some(Arc::new(Flusher::start()?)) } else { None };
    let partitions = Arc::new(Partitions::new(Store {
        data_dir: Arc::clone(&data_dir),
        clock: Arc::clone(&clock),
        flusher,
        strict: settings.durability == Durability::Strict,
    }));
    let files = data_dir.files();
    let metadata = Arc::new(Metadata::open(Arc::clone(files), data_dir.path(), data_dir.cluster_id())?);
    let committed_offsets = CommittedOffsets::open(Arc::clone(files), data_dir.path())?;
    let image = metadata.image();
    committed_offsets.forget_topics_unless(|topic| image.topic(topic).is_some())?;
    let topics = TopicManager::over(Arc::clone(&settings), Arc::clone(&metadata), Arc::clone(&partitions));
    topics.open_all()?;
    let network = NetworkLimits {
        idle_max: settings.connections_idle_max.unwrap_or(NEVER),
        request_size_max: settings.request_size_max,
        buffer_size: settings.buffer_size,
        memory: MemoryBudget::new(settings.queued_request_bytes_max.unwrap_or(QUEUED_REQUEST_BYTES)),
    };
    let connections = ConnectionLimits::new(settings.max_connections, settings.max_connections_per_ip);
    let producer_ids = ProducerIds::new(Arc::clone(&metadata));
    let broker = Broker {
        settings,
        clock,
        metadata,
        partitions,
        topics,
        producer_ids,
        committed_offsets,
        metrics: Arc::new(MetricsRegistry::new()),
        listeners: doors,
        stopping: CancellationToken::new(),
    };
    Ok(Opened { broker, listeners, network: Arc::new(network), connections })
}

/// Writes everything down. The data directory is unlocked when the broker is dropped.
pub(crate) fn close(broker: &Broker) -> Result<()> {
    Ok(broker.partitions.close()?)
}

async fn bind_all(wanted: &[ListenerSettings]) -> Result<(Vec<TcpListener>, Vec<Listener>)> {
    let (mut listeners, mut doors) = (Vec::new(), Vec::new());
    for settings in wanted {
        let listener = bind(settings).await?;
        if let Ok(address) = listener.local_addr() {
            tracing::info!(listener = settings.name, %address, "listening");
        }
        listeners.push(listener);
        doors.push(Listener { advertised: settings.advertised.clone() });
    }
    Ok((listeners, doors))
}

async fn bind(settings: &ListenerSettings) -> Result<TcpListener> {
    let failed = |error: std::io::Error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "; another program listens there, choose another port or stop it"
            }
            std::io::ErrorKind::PermissionDenied => "; choose a port above 1023",
            _ => "",
        };
        FluxmqError::Network(format!("cannot listen on {}:{}: {error}{hint}", settings.host, settings.port))
    };
    let addresses = tokio::net::lookup_host((settings.host.as_str(), settings.port)).await.map_err(failed)?;
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match listen(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(failed(last))
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A broker that was just stopped must not keep the port from the next one.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}
