//! How a broker comes up and goes down: configuration, data directory, metadata, logs, listeners, in that order; and back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::{Broker, Listener};
use crate::config::{BrokerConfig, ListenerSettings, Settings};
use crate::consumer::log::OffsetsTopic;
use crate::consumer::{ConsumerGroupConfig, ConsumerGroupCoordinator};
use crate::engine::Engine;
use crate::error::{FluxmqError, Result};
use crate::metrics::MetricsRegistry;
use crate::net::{ConnectionLimits, MemoryBudget, NetworkLimits};
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
    // The doors first: another broker on the port is found out before anything is touched.
    let (listeners, doors) = bind_all(&settings.listeners).await?;
    let Engine { clock, data_dir, metadata, partitions, topics } = Engine::open(&settings)?;
    let groups = if settings.enable_consumer_groups {
        let (partitions, of_topic) = (Arc::clone(&partitions), Arc::clone(&clock));
        let topic = OffsetsTopic::new(topics.clone(), partitions, Arc::clone(&settings), of_topic);
        let config = ConsumerGroupConfig::of(&settings);
        let groups = ConsumerGroupCoordinator::over(config, topic, Arc::clone(&metadata), Arc::clone(&clock));
        groups.load()?;
        groups.forget_missing_topics().await.map_err(|code| FluxmqError::Refused {
            code,
            message: "offsets of deleted topics could not be dropped".to_owned(),
        })?;
        Some(groups)
    } else {
        None
    };
    let network = NetworkLimits {
        idle_max: settings.connections_idle_max.unwrap_or(NEVER),
        request_size_max: settings.request_size_max,
        buffer_size: settings.buffer_size,
        memory: MemoryBudget::new(settings.queued_request_bytes_max.unwrap_or(QUEUED_REQUEST_BYTES)),
    };
    let connections = ConnectionLimits::new(settings.max_connections, settings.max_connections_per_ip);
    let producer_ids = ProducerIds::new(Arc::clone(&metadata));
    let stopping = CancellationToken::new();
    if let Some(disk) = data_dir.disk() {
        // Nothing can be promised any more: those who wait are told, and the broker ends.
        let stopping = stopping.clone();
        disk.on_failure(move || stopping.cancel());
    }
    let broker = Broker {
        settings,
        clock,
        metadata,
        partitions,
        topics,
        producer_ids,
        groups,
        metrics: Arc::new(MetricsRegistry::new()),
        listeners: doors,
        stopping,
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

#[cfg(test)]
mod tests {
    use fluxmq_protocol::record::{BatchBuilder, Compression};

    use super::*;
    use crate::metadata::command::Command;
    use crate::storage::validate;

    async fn open_in(dir: &std::path::Path) -> Broker {
        let config = BrokerConfig {
            host: "127.0.0.1".to_owned(),
            port: 0,
            data_dir: Some(dir.to_owned()),
            ..Default::default()
        };
        open(config).await.unwrap().broker
    }

    fn produce(broker: &Broker, topic: &str, count: usize) {
        let hosted = broker.partitions.topic(topic).unwrap();
        let partition = hosted.partition(0).unwrap();
        let rules = hosted.settings.load().produce_rules(0, true, false);
        for _ in 0..count {
            let mut builder = BatchBuilder::new(Compression::None, None);
            builder.append(0, None, Some(b"value"), &[]);
            let mut bytes = builder.build().unwrap().to_vec();
            let mut batch = validate::check(&mut bytes, &rules).unwrap();
            partition.append(&mut batch, false, 0).unwrap();
        }
        partition.write();
    }

    fn ends(broker: &Broker, topic: &str) -> (i64, i64) {
        let marks = broker.partitions.topic(topic).unwrap().partition(0).unwrap().watermarks();
        (marks.log_start_offset, marks.high_watermark)
    }

    #[tokio::test]
    async fn a_topic_that_comes_again_after_a_restart_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let broker = open_in(dir.path()).await;
        broker.topics.auto_create("orders").await.unwrap();
        produce(&broker, "orders", 10);
        broker.partitions.topic("orders").unwrap().partition(0).unwrap().delete_records(7).unwrap();
        close(&broker).unwrap();
        drop(broker);
        let broker = open_in(dir.path()).await;
        assert_eq!(ends(&broker, "orders"), (7, 10));
        broker.topics.delete("orders").await.unwrap();
        broker.topics.auto_create("orders").await.unwrap();
        assert_eq!(ends(&broker, "orders"), (0, 0));
        produce(&broker, "orders", 3);
        assert_eq!(ends(&broker, "orders"), (0, 3));
        drop(broker);
        let broker = open_in(dir.path()).await;
        assert_eq!(ends(&broker, "orders"), (0, 3));
    }

    #[tokio::test]
    async fn a_deletion_that_a_crash_cut_short_leaves_nothing_for_the_next_topic() {
        let dir = tempfile::tempdir().unwrap();
        let broker = open_in(dir.path()).await;
        let id = broker.topics.auto_create("orders").await.unwrap().id;
        produce(&broker, "orders", 10);
        // As if the broker had ended between the two steps of a deletion.
        broker.metadata.submit(Command::DeleteTopic { id }).await.unwrap();
        drop(broker);
        let broker = open_in(dir.path()).await;
        assert!(broker.topics.list_topics().is_empty());
        broker.topics.auto_create("orders").await.unwrap();
        assert_eq!(ends(&broker, "orders"), (0, 0));
    }
}
