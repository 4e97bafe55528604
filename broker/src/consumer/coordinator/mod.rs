//! The group coordinator: it brings each event to its group, writes down what becomes of it, and gives the answers.
//!
//! ```text
//! request -> entry of its group (locked) -> machine, with a turn -> records appended -> answers, which leave when those are durable
//! timer   -> entry of its group (locked) -> machine, with a turn -> the same
//! ```
//! A group's state is ahead of what is durable, and nobody is told of it before it is: every answer, also that of a request which
//! only reads, waits for what was appended to the group's log before.

mod entry;
mod loading;
mod membership;
mod overview;
mod positions;
#[cfg(test)]
mod tests;
mod timer;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use fluxmq_protocol::stored::groups::GroupRecord;
use fluxmq_protocol::{ErrorCode, Uuid};
use tokio_util::sync::CancellationToken;

use self::entry::{Entry, Reply};
pub(crate) use self::positions::Committer;
use self::timer::{Timer, Whom};
use super::config::ConsumerGroupConfig;
use super::log::{OffsetsTopic, Written};
use super::turn::{GroupLog, Ticket, Turn};
use crate::env::clock::{Clock, SystemClock};
use crate::metadata::Metadata;
use crate::metadata::image::MetadataImage;

/// Coordinates consumer groups: membership by the classic protocol and by that of KIP-848, and committed offsets.
///
/// One made by [`ConsumerGroupCoordinator::new`] keeps everything in memory and needs no socket; a broker's own keeps it in the
/// topic `__consumer_offsets`. Clones are the same coordinator.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> fluxmq::Result<()> {
/// use fluxmq::consumer::{
///     AssignmentStrategy, ConsumerGroupConfig, ConsumerGroupCoordinator, ConsumerGroupMessage, ConsumerGroupReply,
/// };
///
/// let config = ConsumerGroupConfig {
///     default_session_timeout_ms: 30000,
///     default_assignment_strategy: AssignmentStrategy::RoundRobin,
///     ..Default::default()
/// };
/// let coordinator = ConsumerGroupCoordinator::new(config);
///
/// let join_request = ConsumerGroupMessage::JoinGroup {
///     group_id: "my-consumer-group".to_string(),
///     consumer_id: "".to_string(),
///     client_id: "my-app-v1.0".to_string(),
///     client_host: "10.0.0.100".to_string(),
///     session_timeout_ms: 30000,
///     rebalance_timeout_ms: 300000,
///     protocol_type: "consumer".to_string(),
///     group_protocols: vec![],
/// };
/// let ConsumerGroupReply::JoinGroup { generation_id, consumer_id, leader_id, protocol, .. } =
///     coordinator.handle(join_request).await?
/// else {
///     unreachable!("a join is answered as a join");
/// };
/// assert_eq!((generation_id, protocol.as_str()), (1, "roundrobin"));
/// assert_eq!(consumer_id, leader_id);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ConsumerGroupCoordinator {
    inner: Arc<Inner>,
}

struct Inner {
    config: ConsumerGroupConfig,
    store: Store,
    clock: Arc<dyn Clock>,
    /// What deadlines are counted from.
    started: Instant,
    /// By group id. Never held while a group is locked.
    groups: RwLock<HashMap<Arc<str>, Arc<Slot>>>,
    tickets: AtomicU64,
    timer: Timer,
    /// Cancelled when nobody who waits will be answered any more.
    stopping: CancellationToken,
}

/// A group's place. The lock is never held over an await.
type Slot = Mutex<Entry>;

/// Where groups are written down.
enum Store {
    /// Nowhere: they end with the process.
    Memory(Arc<MetadataImage>),
    Topic {
        topic: OffsetsTopic,
        metadata: Arc<Metadata>,
    },
}

/// A value that may be told when what was appended before is durable.
#[derive(Debug)]
struct Settling<T> {
    value: T,
    after: Option<Written>,
}

impl<T> Settling<T> {
    async fn durable(self) -> Result<T, ErrorCode> {
        if let Some(written) = self.after {
            written.durable().await?;
        }
        Ok(self.value)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("config", &self.config).finish_non_exhaustive()
    }
}

impl ConsumerGroupCoordinator {
    /// A coordinator that keeps its groups in memory.
    pub fn new(config: ConsumerGroupConfig) -> Self {
        Self::with(config, Store::Memory(Arc::default()), Arc::new(SystemClock))
    }

    /// A coordinator whose groups live in the topic `__consumer_offsets`.
    pub(crate) fn over(
        config: ConsumerGroupConfig,
        topic: OffsetsTopic,
        metadata: Arc<Metadata>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self::with(config, Store::Topic { topic, metadata }, clock)
    }

    fn with(config: ConsumerGroupConfig, store: Store, clock: Arc<dyn Clock>) -> Self {
        let started = Instant::now();
        let inner = Arc::new_cyclic(|inner| Inner {
            config,
            store,
            clock,
            started,
            groups: RwLock::default(),
            tickets: AtomicU64::new(0),
            timer: Timer::new(inner.clone(), started),
            stopping: CancellationToken::new(),
        });
        inner.expire_offsets_later();
        ConsumerGroupCoordinator { inner }
    }

    /// The settings that its groups live by.
    pub fn config(&self) -> &ConsumerGroupConfig {
        &self.inner.config
    }

    /// Milliseconds since 1970.
    pub(crate) fn wall_ms(&self) -> i64 {
        self.inner.clock.now_ms()
    }

    /// Whether a group can be served: everything that was written down of it could be read.
    pub(crate) fn check(&self, group_id: &str) -> Result<(), ErrorCode> {
        self.inner.check(group_id)
    }

    /// The id of a topic that has such a partition; nil where groups live in memory, and nothing is known of topics.
    pub(crate) fn topic_id(&self, topic: &str, partition: i32) -> Result<Uuid, ErrorCode> {
        let Store::Topic { metadata, .. } = &self.inner.store else { return Ok(Uuid::nil()) };
        let image = metadata.image();
        let found = image.topic(topic).filter(|found| (0..found.partitions).contains(&partition));
        found.map(|found| found.id).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
    }

    /// Whether a note beside an offset is too long to be stored.
    pub(crate) fn is_too_long(&self, metadata: &str) -> bool {
        metadata.encode_utf16().count() > self.inner.config.offset_metadata_max
    }

    /// Ends all waiting, and lets no more time pass: what members of groups do while the broker is away is not held against them.
    pub(crate) fn stop(&self) {
        self.inner.timer.stop();
        self.inner.stopping.cancel();
    }
}

impl Inner {
    /// Makes sure that there is where groups can be written down.
    async fn ready(&self) -> Result<(), ErrorCode> {
        match &self.store {
            Store::Memory(_) => Ok(()),
            Store::Topic { topic, .. } => topic.ensure().await,
        }
    }

    fn image(&self) -> Arc<MetadataImage> {
        match &self.store {
            Store::Memory(image) => Arc::clone(image),
            Store::Topic { metadata, .. } => metadata.image(),
        }
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Whether a group's past is known.
    fn check(&self, group_id: &str) -> Result<(), ErrorCode> {
        match &self.store {
            Store::Memory(_) => Ok(()),
            Store::Topic { topic, .. } => topic.check(group_id),
        }
    }

    /// Lets something happen to a group that is there; `None` where there is none. An error where that cannot be known.
    fn with_group<T>(
        &self,
        group_id: &str,
        event: impl FnOnce(&mut Entry, &mut Turn<'_>) -> T,
    ) -> Result<Option<Settling<T>>, ErrorCode> {
        self.check(group_id)?;
        loop {
            let known = self.groups.read().unwrap_or_else(PoisonError::into_inner).get(group_id).cloned();
            let Some(slot) = known else { return Ok(None) };
            let entry = lock(&slot);
            if !entry.is_removed {
                return Ok(Some(self.turn(group_id, &slot, entry, event)));
            }
        }
    }

    /// Lets something happen to a group, which begins to exist with it unless it is there.
    fn with_group_or_new<T>(
        &self,
        group_id: &str,
        event: impl FnOnce(&mut Entry, &mut Turn<'_>) -> T,
    ) -> Result<Settling<T>, ErrorCode> {
        self.check(group_id)?;
        loop {
            let known = self.groups.read().unwrap_or_else(PoisonError::into_inner).get(group_id).cloned();
            let slot = known.unwrap_or_else(|| {
                let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(groups.entry(group_id.into()).or_default())
            });
            let entry = lock(&slot);
            if !entry.is_removed {
                return Ok(self.turn(group_id, &slot, entry, event));
            }
        }
    }

    /// One event: the machine's turn, then the answers, then the next deadline.
    fn turn<T>(
        &self,
        group_id: &str,
        slot: &Arc<Slot>,
        mut entry: MutexGuard<'_, Entry>,
        event: impl FnOnce(&mut Entry, &mut Turn<'_>) -> T,
    ) -> Settling<T> {
        let image = self.image();
        entry.see(&image);
        let mut log = StoreLog { store: &self.store, group_id, written: None };
        let mut turn = Turn {
            now_ms: self.now_ms(),
            wall_ms: self.clock.now_ms(),
            config: &self.config,
            image: &image,
            log: &mut log,
            answers: Vec::new(),
        };
        let value = event(&mut entry, &mut turn);
        let answers = turn.answers;
        if let Some(written) = log.written {
            entry.written = Some(written);
        }
        let after = entry.written.clone();
        for (ticket, answer) in answers {
            entry.answer(ticket, Reply { answer, after: after.clone() });
        }
        if entry.is_unused() {
            entry.is_removed = true;
            drop(entry);
            self.forget(group_id, slot);
        } else if let Some(wake_at) = entry.wants_to_wake() {
            drop(entry);
            self.timer.wake(Whom::Group(group_id.into()), wake_at);
        }
        Settling { value, after }
    }

    /// Takes a group that was removed out of the map, unless another one has its place already.
    fn forget(&self, group_id: &str, slot: &Arc<Slot>) {
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        if groups.get(group_id).is_some_and(|found| Arc::ptr_eq(found, slot)) {
            groups.remove(group_id);
        }
    }

    /// Every group, in no order.
    fn slots(&self) -> Vec<(Arc<str>, Arc<Slot>)> {
        let groups = self.groups.read().unwrap_or_else(PoisonError::into_inner);
        groups.iter().map(|(id, slot)| (Arc::clone(id), Arc::clone(slot))).collect()
    }

    fn ticket(&self) -> Ticket {
        Ticket(self.tickets.fetch_add(1, Ordering::Relaxed))
    }

    /// A deadline has come.
    fn wake(&self, whom: &Whom, deadline: i64) {
        match whom {
            Whom::Group(group_id) => {
                // There is nobody to tell.
                drop(self.with_group(group_id, |entry, turn| entry.wake(deadline, turn)));
            }
            Whom::Offsets => {
                self.expire_offsets();
                self.expire_offsets_later();
            }
        }
    }

    fn expire_offsets_later(&self) {
        // At least a moment, so that there is time for others.
        let interval_ms = self.config.offsets_retention_check_interval_ms.max(1);
        let at_ms = self.now_ms().saturating_add(interval_ms);
        self.timer.wake(Whom::Offsets, at_ms);
    }
}

/// The log of one group, for one turn.
struct StoreLog<'a> {
    store: &'a Store,
    group_id: &'a str,
    written: Option<Written>,
}

impl GroupLog for StoreLog<'_> {
    fn append(&mut self, records: &[GroupRecord]) -> Result<(), ErrorCode> {
        if let Store::Topic { topic, .. } = self.store
            && !records.is_empty()
        {
            self.written = Some(topic.append(topic.partition_of(self.group_id), records)?);
        }
        Ok(())
    }
}

fn lock(slot: &Slot) -> MutexGuard<'_, Entry> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
