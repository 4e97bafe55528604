//! Connections by broker id, made when first needed and kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::ConnectionOptions;
use crate::connection::Connection;
use crate::error::{ClientError, ConnectAttempt};
use crate::retry::Backoff;
use crate::sync::lock;

/// One broker, as the cluster's metadata names it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BrokerInfo {
    /// The broker's id in the cluster.
    pub id: i32,
    /// The host that it advertises.
    pub host: String,
    /// The port that it advertises.
    pub port: u16,
    /// The rack that it stands in, where it says so.
    pub rack: Option<String>,
}

impl BrokerInfo {
    /// `host:port`, with an IPv6 address in brackets.
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// Connections to the brokers of one cluster.
#[derive(Debug)]
pub struct BrokerPool {
    bootstrap: Vec<String>,
    options: Arc<ConnectionOptions>,
    bootstrap_slot: Arc<Slot>,
    /// Never held over an await.
    state: Mutex<PoolState>,
}

#[derive(Debug, Default)]
struct PoolState {
    brokers: BTreeMap<i32, BrokerInfo>,
    slots: HashMap<i32, Arc<Slot>>,
}

/// The place of one connection.
#[derive(Debug)]
struct Slot {
    /// Never held over an await.
    current: Mutex<Option<Arc<Connection>>>,
    /// Held while connecting, so that many callers make one connection.
    connecting: tokio::sync::Mutex<Connecting>,
}

#[derive(Debug)]
struct Connecting {
    backoff: Backoff,
    setup_timeout: Backoff,
    failed: Option<(Instant, Duration, ClientError)>,
}

impl Slot {
    fn new(options: &ConnectionOptions) -> Arc<Self> {
        let setup = (options.socket_connection_setup_timeout, options.socket_connection_setup_timeout_max);
        Arc::new(Slot {
            current: Mutex::default(),
            connecting: tokio::sync::Mutex::new(Connecting {
                backoff: Backoff::new(options.reconnect_backoff, options.reconnect_backoff_max),
                setup_timeout: Backoff::new(setup.0, setup.1),
                failed: None,
            }),
        })
    }

    fn open(&self) -> Option<Arc<Connection>> {
        lock(&self.current).as_ref().filter(|connection| !connection.is_closed()).cloned()
    }

    fn close(&self) {
        if let Some(connection) = lock(&self.current).take() {
            connection.close();
        }
    }

    /// The open connection, or a new one to the first of `addresses` that answers.
    ///
    /// A task connects: a caller who looks after other things meanwhile must not keep the turn from all others. The
    /// application that works on a record polls no fetches, and the heartbeats of its group go on.
    async fn connect(
        self: &Arc<Self>,
        addresses: &[String],
        options: &Arc<ConnectionOptions>,
    ) -> Result<Arc<Connection>, ClientError> {
        if let Some(connection) = self.open() {
            return Ok(connection);
        }
        let (slot, addresses, options) = (Arc::clone(self), addresses.to_vec(), Arc::clone(options));
        let connected = tokio::spawn(async move { slot.connect_in_turn(&addresses, &options).await });
        connected.await.unwrap_or(Err(ClientError::Closed("runtime")))
    }

    async fn connect_in_turn(
        &self,
        addresses: &[String],
        options: &Arc<ConnectionOptions>,
    ) -> Result<Arc<Connection>, ClientError> {
        let asked_at = Instant::now();
        let mut connecting = self.connecting.lock().await;
        if let Some(connection) = self.open() {
            return Ok(connection);
        }
        if let Some((failed_at, wait, error)) = &connecting.failed {
            // Somebody else has just tried for this caller as well.
            if *failed_at >= asked_at {
                return Err(error.clone());
            }
            tokio::time::sleep_until(*failed_at + *wait).await;
        }
        let setup_timeout = connecting.setup_timeout.next();
        match connect_to_any(addresses, options, setup_timeout).await {
            Ok(connection) => {
                connecting.backoff.reset();
                connecting.setup_timeout.reset();
                connecting.failed = None;
                let connection = Arc::new(connection);
                *lock(&self.current) = Some(Arc::clone(&connection));
                Ok(connection)
            }
            Err(error) => {
                let wait = connecting.backoff.next();
                connecting.failed = Some((Instant::now(), wait, error.clone()));
                Err(error)
            }
        }
    }
}

async fn connect_to_any(
    addresses: &[String],
    options: &Arc<ConnectionOptions>,
    setup_timeout: Duration,
) -> Result<Connection, ClientError> {
    let mut failures: Vec<ConnectAttempt> = Vec::new();
    for address in addresses {
        match Connection::connect_within(address, Arc::clone(options), setup_timeout).await {
            Ok(connection) => return Ok(connection),
            Err(ClientError::Connect { attempts }) => failures.extend(attempts),
            Err(error @ ClientError::IncompatibleVersion { .. }) => return Err(error),
            Err(error) => failures.push(ConnectAttempt { address: address.clone(), reason: reason(&error) }),
        }
    }
    Err(ClientError::Connect { attempts: failures })
}

fn reason(error: &ClientError) -> String {
    match error {
        ClientError::Disconnected { reason, .. } => format!("{reason} before it named its API versions"),
        error => error.to_string(),
    }
}

impl BrokerPool {
    /// A pool that knows only where to start. Nothing is connected yet.
    pub fn new(bootstrap: Vec<String>, options: ConnectionOptions) -> Self {
        BrokerPool {
            bootstrap,
            bootstrap_slot: Slot::new(&options),
            options: Arc::new(options),
            state: Mutex::default(),
        }
    }

    /// The connection to a broker; made when there is none.
    pub async fn get(&self, id: i32) -> Result<Arc<Connection>, ClientError> {
        let (address, slot) = {
            let mut state = lock(&self.state);
            let Some(broker) = state.brokers.get(&id) else {
                return Err(ClientError::connect(format!("broker {id}"), "the cluster names no such broker"));
            };
            let address = broker.address();
            let slot = state.slots.entry(id).or_insert_with(|| Slot::new(&self.options));
            (address, Arc::clone(slot))
        };
        if let Some(connection) = slot.open() {
            return Ok(connection);
        }
        self.adopt_bootstrap(&slot, &address);
        slot.connect(&[address], &self.options).await
    }

    /// A connection of the caller's own, for requests that others must not have to wait behind.
    pub(crate) async fn connect_apart(&self, address: &str) -> Result<Connection, ClientError> {
        let setup_timeout = self.options.socket_connection_setup_timeout;
        Connection::connect_within(address, Arc::clone(&self.options), setup_timeout).await
    }

    /// One connection per broker: that to a bootstrap server serves the broker with the same address.
    fn adopt_bootstrap(&self, slot: &Slot, address: &str) {
        if let Some(connection) = self.bootstrap_slot.open()
            && connection.address() == address
        {
            lock(&slot.current).get_or_insert(connection);
        }
    }

    /// Closes the connection to a broker. The next [`Self::get`] makes a new one.
    pub fn evict(&self, id: i32) {
        let slot = lock(&self.state).slots.remove(&id);
        if let Some(slot) = slot {
            slot.close();
        }
    }

    /// A connection to the first bootstrap server that answers.
    pub async fn bootstrap_connection(&self) -> Result<Arc<Connection>, ClientError> {
        self.bootstrap_slot.connect(&self.bootstrap, &self.options).await
    }

    /// Closes the bootstrap connection and makes a new one.
    pub async fn reconnect_bootstrap(&self) -> Result<Arc<Connection>, ClientError> {
        self.bootstrap_slot.close();
        self.bootstrap_connection().await
    }

    /// The open connection with the fewest requests under way.
    pub fn least_loaded(&self) -> Option<Arc<Connection>> {
        let state = lock(&self.state);
        let slots = state.slots.values().chain([&self.bootstrap_slot]);
        slots.filter_map(|slot| slot.open()).min_by_key(|connection| connection.in_flight())
    }

    /// Takes over what the cluster's metadata says. A broker whose address changed is connected to anew.
    pub fn refresh_brokers(&self, brokers: Vec<BrokerInfo>) {
        let mut state = lock(&self.state);
        let new: BTreeMap<i32, BrokerInfo> = brokers.into_iter().map(|broker| (broker.id, broker)).collect();
        let PoolState { brokers: old, slots } = &mut *state;
        slots.retain(|id, _| {
            let address = |brokers: &BTreeMap<i32, BrokerInfo>| brokers.get(id).map(BrokerInfo::address);
            address(&new) == address(old)
        });
        *old = new;
    }

    /// The brokers that the last metadata named.
    pub fn brokers(&self) -> Vec<BrokerInfo> {
        lock(&self.state).brokers.values().cloned().collect()
    }

    /// The ids of the brokers that the last metadata named, in order.
    pub fn broker_ids(&self) -> Vec<i32> {
        lock(&self.state).brokers.keys().copied().collect()
    }

    /// Whether the last metadata named this broker.
    pub fn knows_broker(&self, id: i32) -> bool {
        lock(&self.state).brokers.contains_key(&id)
    }

    /// Where the pool starts from.
    pub fn bootstrap(&self) -> &[String] {
        &self.bootstrap
    }

    /// The options of every connection.
    pub fn options(&self) -> &ConnectionOptions {
        &self.options
    }

    /// Closes every connection.
    pub fn close_all(&self) {
        let slots: Vec<Arc<Slot>> = lock(&self.state).slots.drain().map(|(_, slot)| slot).collect();
        for slot in slots {
            slot.close();
        }
        self.bootstrap_slot.close();
    }
}
