//! A partition: one log, its high watermark, and those who wait for it. Here an appended batch becomes committed.

mod append;
mod compaction;
mod durability;
mod hosted;
mod housekeeping;
mod journal;
mod waiter;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use self::journal::Commits;
use self::waiter::Waiters;
use crate::storage::flusher::Flush;
use crate::storage::log::{Log, LogSlice, ReadError};
use crate::storage::{StorageError, TimestampOffset};

pub(crate) use self::durability::Durable;
pub(crate) use self::hosted::{HostedTopic, Partitions, Store, WantedTopic};
pub(crate) use self::housekeeping::{Housekeeping, Intervals};
pub(crate) use self::waiter::Waiter;

/// The leader epoch of a partition that was made here.
const LEADER_EPOCH: i32 = 0;

/// One partition of a topic.
#[derive(Debug)]
pub(crate) struct Partition {
    topic: Arc<str>,
    index: i32,
    /// The same as long as this broker leads, which it always does; above all that were before, where another broker has led.
    leader_epoch: i32,
    /// Never held over an await.
    state: Mutex<State>,
    waiters: Waiters,
    /// Tells those who wait for an acks=all batch that the commits have moved, or that an append was taken back.
    settled: Notify,
    /// `None` where nothing is synced: in memory.
    durable: Option<Durable>,
    /// Set while the flusher has this partition in its queue, for a lazy and for an urgent flush.
    lazy_flush: AtomicBool,
    urgent_flush: AtomicBool,
    deleted: AtomicBool,
    /// Set for good when a flush failed: what it was to make durable is not known to be.
    failed: AtomicBool,
    /// Held by the one flush that is under way: the next one must not be done before it.
    flushing: Mutex<()>,
}

#[derive(Debug)]
struct State {
    log: Log,
    commits: Commits,
    /// How often a write failed and appends were taken back, and why the last time.
    taken_back: u64,
    failure: Option<io::ErrorKind>,
    unsynced_bytes: u64,
}

/// An append whose fate [`Partition::settle`] tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pending {
    /// Exclusive.
    end_offset: i64,
    taken_back: u64,
    /// Whether it counts only once it is committed; else, once it is written.
    must_commit: bool,
    /// Whether it counts only once it is durable, also where its batch was appended before by one who did not wait for that.
    must_sync: bool,
}

/// What the partition's offsets are. `log_start_offset <= last_stable_offset <= high_watermark`, both ends exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watermarks {
    pub(crate) log_start_offset: i64,
    pub(crate) last_stable_offset: i64,
    pub(crate) high_watermark: i64,
}

/// What a read found.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) watermarks: Watermarks,
    /// `None` when there is nothing to read at the offset yet.
    pub(crate) slice: Option<LogSlice>,
    /// Set, with no slice, when the reader's last batch is not in this log: the epoch and its exclusive end (KIP-595).
    pub(crate) diverging_epoch: Option<(i32, i64)>,
}

impl Partition {
    /// A partition over a log that was opened. `durable` is `None` where there is no disk.
    pub(crate) fn new(topic: Arc<str>, index: i32, log: Log, durable: Option<Durable>) -> Partition {
        let commits = Commits::opened(log.log_end_offset());
        Partition {
            topic,
            index,
            leader_epoch: log.leader_epoch().unwrap_or(LEADER_EPOCH),
            state: Mutex::new(State { log, commits, taken_back: 0, failure: None, unsynced_bytes: 0 }),
            waiters: Waiters::default(),
            settled: Notify::new(),
            durable,
            lazy_flush: AtomicBool::new(false),
            urgent_flush: AtomicBool::new(false),
            deleted: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            flushing: Mutex::default(),
        }
    }

    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }

    pub(crate) fn index(&self) -> i32 {
        self.index
    }

    /// What appended batches are stamped with, and what clients may know.
    pub(crate) fn leader_epoch(&self) -> i32 {
        self.leader_epoch
    }

    /// Writes what was appended and makes it visible as far as it is committed.
    pub(crate) fn write(self: &Arc<Self>) {
        let mut state = self.lock();
        let grown = match state.log.write() {
            Ok(grown) => grown,
            Err(error) => {
                tracing::error!(topic = %self.topic, partition = self.index, %error, "records could not be written");
                state.taken_back += 1;
                state.failure = Some(error.kind());
                let log_end_offset = state.log.log_end_offset();
                state.commits.taken_back(log_end_offset);
                drop(state);
                self.settled.notify_waiters();
                return;
            }
        };
        let written_end = state.log.written_end_offset();
        state.commits.written(written_end);
        let is_visible = state.commits.high_watermark() == written_end;
        state.unsynced_bytes += grown;
        let flush_after = self.durable.as_ref().and_then(|durable| {
            durable.flush_after(state.commits.needs_sync(), state.unsynced_bytes, &state.log)
        });
        drop(state);
        if is_visible {
            self.waiters.grown(grown);
        }
        if let Some(delay) = flush_after {
            self.flush_after(delay);
        }
    }

    /// Asks for a flush, unless one is due by then.
    fn flush_after(self: &Arc<Self>, delay: Duration) {
        let Some(durable) = &self.durable else { return };
        let target = Arc::clone(self) as Arc<dyn Flush>;
        if delay.is_zero() {
            if !self.urgent_flush.swap(true, Ordering::AcqRel) {
                durable.flusher.now(target);
            }
        } else if !self.lazy_flush.swap(true, Ordering::AcqRel) {
            durable.flusher.later(target, delay);
        }
    }

    /// Whether the topic has been deleted.
    pub(crate) fn is_deleted(&self) -> bool {
        self.deleted.load(Ordering::Acquire)
    }

    /// Waits until an append is settled. Fails when it was taken back, or when the disk has failed.
    pub(crate) async fn settle(&self, pending: Pending) -> Result<(), StorageError> {
        loop {
            let mut settled = std::pin::pin!(self.settled.notified());
            settled.as_mut().enable();
            if let Some(fate) = self.fate(pending) {
                return fate;
            }
            settled.await;
        }
    }

    /// What is known of an append; `None` while it is neither settled nor lost.
    pub(crate) fn fate(&self, pending: Pending) -> Option<Result<(), StorageError>> {
        let state = self.lock();
        if state.taken_back != pending.taken_back {
            return Some(Err(state.failure.map_or(StorageError::Offline, StorageError::TakenBack)));
        }
        let is_durable = !pending.must_sync || state.commits.durable_end() >= pending.end_offset;
        let is_committed = state.commits.high_watermark() >= pending.end_offset && is_durable;
        if !pending.must_commit || is_committed {
            return Some(Ok(()));
        }
        self.is_offline().then_some(Err(StorageError::Offline))
    }

    /// Reads from `offset` up to the high watermark, or to the last stable offset for readers of committed records.
    pub(crate) fn read(
        &self,
        offset: i64,
        last_fetched_epoch: i32,
        max_bytes: usize,
        committed_only: bool,
        at_least_one: bool,
    ) -> Result<Read, ReadError> {
        let state = self.lock();
        let watermarks = state.watermarks();
        if last_fetched_epoch >= 0 {
            let (epoch, end_offset) = state.log.end_offset_for_epoch(last_fetched_epoch);
            if epoch < 0 {
                let (log_start_offset, log_end_offset) =
                    (state.log.log_start_offset(), state.log.log_end_offset());
                return Err(ReadError::OutOfRange { offset, log_start_offset, log_end_offset });
            }
            if epoch < last_fetched_epoch || end_offset < offset {
                return Ok(Read { watermarks, slice: None, diverging_epoch: Some((epoch, end_offset)) });
            }
        }
        let upper_bound =
            if committed_only { watermarks.last_stable_offset } else { watermarks.high_watermark };
        let slice = state.log.read(offset, max_bytes, upper_bound, at_least_one)?;
        Ok(Read { watermarks, slice, diverging_epoch: None })
    }

    pub(crate) fn watermarks(&self) -> Watermarks {
        self.lock().watermarks()
    }

    /// The first record at or after `timestamp_ms` that readers may see.
    pub(crate) fn offset_for_timestamp(
        &self,
        timestamp_ms: i64,
        committed_only: bool,
    ) -> Result<Option<TimestampOffset>, StorageError> {
        let state = self.lock();
        let upper_bound = state.upper_bound(committed_only);
        state.log.offset_for_timestamp(timestamp_ms, upper_bound)
    }

    /// The record with the largest timestamp that readers may see.
    pub(crate) fn max_timestamp_offset(
        &self,
        committed_only: bool,
    ) -> Result<Option<TimestampOffset>, StorageError> {
        let state = self.lock();
        let upper_bound = state.upper_bound(committed_only);
        state.log.max_timestamp_offset(upper_bound)
    }

    /// Moves the log start forward to `offset`, -1 meaning the high watermark. Returns the new log start offset.
    pub(crate) fn delete_records(&self, offset: i64) -> Result<i64, OutOfRange> {
        let mut state = self.lock();
        let watermarks = state.watermarks();
        let before = if offset == -1 { watermarks.high_watermark } else { offset };
        if before < 0 || before > watermarks.high_watermark {
            return Err(OutOfRange);
        }
        Ok(state.log.delete_records(before))
    }

    /// Tells `waiter` when this partition grows.
    pub(crate) fn watch(&self, waiter: &Arc<Waiter>) {
        self.waiters.add(waiter);
    }

    pub(crate) fn unwatch(&self, waiter: &Arc<Waiter>) {
        self.waiters.remove(waiter);
    }

    /// The partition is gone: whoever waits for it looks again and finds out.
    pub(crate) fn deleted(&self) {
        self.deleted.store(true, Ordering::Release);
        // Whoever is at work on the log's files ends before their directory is renamed.
        drop(self.lock());
        self.settled.notify_waiters();
        self.waiters.wake_all();
    }

    /// Runs `with` on the log, for what only opening and closing a broker does.
    pub(crate) fn with_log<T>(&self, with: impl FnOnce(&mut Log) -> T) -> T {
        with(&mut self.lock().log)
    }

    fn is_offline(&self) -> bool {
        self.deleted.load(Ordering::Acquire)
            || self.failed.load(Ordering::Acquire)
            || self.durable.as_ref().is_some_and(|durable| durable.disk.has_failed())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The offset is beyond the high watermark.
#[derive(Debug)]
pub(crate) struct OutOfRange;

impl State {
    fn watermarks(&self) -> Watermarks {
        let high_watermark = self.commits.high_watermark();
        Watermarks {
            log_start_offset: self.log.log_start_offset(),
            // There are no transactions yet, so all that is committed is stable.
            last_stable_offset: high_watermark,
            high_watermark,
        }
    }

    fn upper_bound(&self, committed_only: bool) -> i64 {
        let watermarks = self.watermarks();
        if committed_only { watermarks.last_stable_offset } else { watermarks.high_watermark }
    }
}

impl Flush for Partition {
    fn flush(&self) {
        let _flushing = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        self.lazy_flush.store(false, Ordering::Release);
        self.urgent_flush.store(false, Ordering::Release);
        if self.is_offline() {
            // Those who wait look, and find out.
            self.settled.notify_waiters();
            return;
        }
        let (end_offset, bytes, dirty) = {
            let mut state = self.lock();
            let bytes = std::mem::take(&mut state.unsynced_bytes);
            (state.log.written_end_offset(), bytes, state.log.dirty_files())
        };
        let synced = dirty.and_then(|dirty| {
            dirty.sync().inspect_err(|_| {
                let mut state = self.lock();
                state.log.still_dirty(dirty);
                state.unsynced_bytes += bytes;
            })
        });
        if let Err(error) = synced {
            if !self.is_deleted() {
                tracing::error!(topic = %self.topic, partition = self.index, %error, "records could not be made durable");
            }
            self.failed.store(true, Ordering::Release);
            self.settled.notify_waiters();
            return;
        }
        let mut state = self.lock();
        let before = state.commits.high_watermark();
        let written_end = state.log.written_end_offset();
        state.commits.synced(end_offset, written_end);
        state.log.set_recovery_point(end_offset);
        let moved = state.commits.high_watermark() > before;
        drop(state);
        if let Some(durable) = &self.durable {
            durable.since_checkpoint.synced(bytes);
        }
        self.settled.notify_waiters();
        if moved {
            // How many bytes the records between two high watermarks take is not known here: let waiters look.
            self.waiters.wake_all();
        }
    }
}

#[cfg(test)]
mod tests;
