//! What a broker does for its logs while nobody asks: retention, compaction, checkpoints, forgetting silent producers,
//! removing files whose delay is over. One thread for all partitions, and one for compaction, which may take long; for a log that has nothing to do it looks at what is in
//! memory and opens no file.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Partition, Partitions};
use crate::config::BrokerValues;
use crate::env::priority;
use crate::storage::StorageError;

/// Nothing is put off for longer; also keeps sums of times within what an [`Instant`] can be.
const INTERVAL_MAX: Duration = Duration::from_hours(24 * 365);

/// Checkpoints are not written, and logs not looked through for compaction, more often, whatever is configured.
const INTERVAL_MIN: Duration = Duration::from_millis(100);

/// How often what is done; Kafka's broker keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intervals {
    /// `log.initial.task.delay.ms`: before anything is done for the first time.
    initial_delay: Duration,
    /// `log.retention.check.interval.ms`
    retention: Duration,
    /// `log.flush.offset.checkpoint.interval.ms` and `log.flush.start.offset.checkpoint.interval.ms`, the shorter one.
    checkpoint: Duration,
    /// `producer.id.expiration.check.interval.ms`
    producers: Duration,
    /// `log.cleaner.backoff.ms`; `None` where `log.cleaner.enable` says not to.
    compaction: Option<Duration>,
}

impl Intervals {
    pub(crate) fn of(values: &BrokerValues) -> Intervals {
        let interval = |key| {
            let ms = u64::try_from(values.number(key)).unwrap_or(0);
            Duration::from_millis(ms).min(INTERVAL_MAX)
        };
        let checkpoint = interval("log.flush.offset.checkpoint.interval.ms")
            .min(interval("log.flush.start.offset.checkpoint.interval.ms"));
        Intervals {
            initial_delay: interval("log.initial.task.delay.ms"),
            retention: interval("log.retention.check.interval.ms"),
            checkpoint: checkpoint.max(INTERVAL_MIN),
            producers: interval("producer.id.expiration.check.interval.ms"),
            compaction: values
                .boolean("log.cleaner.enable")
                .then(|| interval("log.cleaner.backoff.ms").max(INTERVAL_MIN)),
        }
    }
}

/// The threads. They end when this is dropped, after what they are at.
pub(crate) struct Housekeeping {
    orders: Arc<Orders>,
    threads: Vec<JoinHandle<()>>,
}

impl Housekeeping {
    /// Starts the threads.
    pub(crate) fn start(partitions: Arc<Partitions>, intervals: Intervals) -> std::io::Result<Housekeeping> {
        let orders = Arc::new(Orders::default());
        let for_checkpoints = Arc::clone(&orders);
        partitions.on_much_since_checkpoint(move || for_checkpoints.checkpoint());
        let mut housekeeping = Housekeeping { orders, threads: Vec::new() };
        let every = intervals.compaction;
        let keeper = Keeper::new(Arc::clone(&partitions), intervals, Arc::clone(&housekeeping.orders));
        housekeeping.spawn("housekeeping", move || keeper.run())?;
        if let Some(every) = every {
            let orders = Arc::clone(&housekeeping.orders);
            housekeeping.spawn("log-cleaner", move || {
                while !orders.stops_within(every) {
                    partitions.compact(&|| orders.is_stopping());
                }
            })?;
        }
        Ok(housekeeping)
    }

    fn spawn(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(|| {
            priority::lower_for_this_thread();
            run();
        })?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for Housekeeping {
    fn drop(&mut self) {
        self.orders.stop();
        for thread in self.threads.drain(..) {
            // A panic in the thread has been reported by it; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Housekeeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Housekeeping").finish_non_exhaustive()
    }
}

/// What the thread is told.
#[derive(Debug, Default)]
struct Orders {
    given: Mutex<Given>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Given {
    stop: bool,
    checkpoint: bool,
}

impl Orders {
    fn stop(&self) {
        self.lock().stop = true;
        self.wake.notify_all();
    }

    fn checkpoint(&self) {
        self.lock().checkpoint = true;
        self.wake.notify_all();
    }

    fn is_stopping(&self) -> bool {
        self.lock().stop
    }

    /// Waits for a time, or until the order to stop; returns whether that was given.
    fn stops_within(&self, time: Duration) -> bool {
        let waited = self.wake.wait_timeout_while(self.lock(), time, |given| !given.stop);
        waited.unwrap_or_else(PoisonError::into_inner).0.stop
    }

    /// Waits until `due`, or until there is an order.
    fn wait_until(&self, due: Instant) -> Given {
        let left = due.saturating_duration_since(Instant::now());
        let waited =
            self.wake.wait_timeout_while(self.lock(), left, |given| !given.stop && !given.checkpoint);
        let mut given = waited.unwrap_or_else(PoisonError::into_inner).0;
        Given { stop: given.stop, checkpoint: std::mem::take(&mut given.checkpoint) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something to be done again and again.
struct Chore {
    every: Duration,
    next: Instant,
    run: fn(&mut Keeper),
}

struct Keeper {
    partitions: Arc<Partitions>,
    intervals: Intervals,
    orders: Arc<Orders>,
    retention_time: BelievedTime,
    producers_time: BelievedTime,
    /// When files of retired segments are to be removed next.
    removal: Option<Instant>,
}

impl Keeper {
    fn new(partitions: Arc<Partitions>, intervals: Intervals, orders: Arc<Orders>) -> Keeper {
        let time =
            |interval: Duration| BelievedTime { last_ms: partitions.now_ms(), ahead_max: interval * 2 };
        let (retention_time, producers_time) = (time(intervals.retention), time(intervals.producers));
        Keeper { partitions, intervals, orders, retention_time, producers_time, removal: None }
    }

    fn run(mut self) {
        let first = Instant::now() + self.intervals.initial_delay;
        let chore = |every, run| Chore { every, next: first, run };
        let mut chores = [
            chore(self.intervals.retention, Keeper::enforce_retention as fn(&mut Keeper)),
            chore(self.intervals.producers, Keeper::expire_producers),
            chore(self.intervals.checkpoint, Keeper::checkpoint),
        ];
        loop {
            let due = chores.iter().map(|chore| chore.next).chain(self.removal).min();
            let given = self.orders.wait_until(due.unwrap_or(first));
            if given.stop {
                return;
            }
            if given.checkpoint {
                self.checkpoint();
            }
            for chore in &mut chores {
                if chore.next <= Instant::now() && !self.orders.is_stopping() {
                    (chore.run)(&mut self);
                    chore.next = Instant::now() + chore.every;
                }
            }
            self.remove_due_files();
        }
    }

    fn enforce_retention(&mut self) {
        let now_ms = self.retention_time.at(self.partitions.now_ms());
        self.partitions.enforce_retention(now_ms, &|| self.orders.is_stopping());
    }

    fn expire_producers(&mut self) {
        let now_ms = self.producers_time.at(self.partitions.now_ms());
        for topic in self.partitions.topics() {
            topic
                .partitions()
                .iter()
                .for_each(|partition| partition.with_log(|log| log.expire_producers(now_ms)));
        }
    }

    fn checkpoint(&mut self) {
        if let Err(error) = self.partitions.checkpoint() {
            tracing::warn!(%error, "the checkpoint could not be written; recovery would take longer");
        }
    }

    fn remove_due_files(&mut self) {
        let next = self.partitions.remove_due_files();
        self.removal = next.map(|delay| Instant::now() + delay.min(INTERVAL_MAX));
    }
}

/// A clock that is not believed at once when it jumps ahead: a moment in the next year must not cost every record. As long as
/// it stays there, it is believed at the next look.
#[derive(Debug)]
struct BelievedTime {
    last_ms: i64,
    /// How much later than the last time a time may be.
    ahead_max: Duration,
}

impl BelievedTime {
    fn at(&mut self, now_ms: i64) -> i64 {
        let ahead_max = i64::try_from(self.ahead_max.as_millis()).unwrap_or(i64::MAX);
        let believed = now_ms.min(self.last_ms.saturating_add(ahead_max));
        self.last_ms = now_ms;
        believed
    }
}

impl Partitions {
    /// Moves the log starts over what retention does not keep, makes them durable, and retires the segments before them.
    pub(crate) fn enforce_retention(&self, now_ms: i64, is_stopping: &dyn Fn() -> bool) {
        let mut moved = Vec::new();
        for topic in self.topics() {
            for partition in topic.partitions().iter().take_while(|_| !is_stopping()) {
                match partition.enforce_retention(now_ms) {
                    Ok(false) => {}
                    Ok(true) => moved.push(Arc::clone(partition)),
                    Err(error) => {
                        partition.warn(&error, "retention could not look at the log");
                        // What was found expired before is taken away nevertheless.
                        moved.push(Arc::clone(partition));
                    }
                }
            }
        }
        if moved.is_empty() {
            return;
        }
        if let Err(error) = self.checkpoint() {
            // Goes on: on a full disk removing segments is the way out.
            tracing::warn!(%error, "new log starts could not be written down");
        }
        for partition in moved {
            partition.retire_segments(self.now_ms());
        }
    }

    /// Removes the files of segments whose delay is over. Returns how long the next ones stay.
    pub(crate) fn remove_due_files(&self) -> Option<Duration> {
        let now_ms = self.now_ms();
        let mut next: Option<i64> = None;
        for partition in self.topics().iter().flat_map(|topic| topic.partitions()) {
            let (due, left_ms) = partition.with_log(|log| log.take_due(now_ms));
            next = [next, left_ms].into_iter().flatten().min();
            if !due.is_empty()
                && let Err(error) = due.remove()
            {
                partition.warn(&error, "files of deleted segments stay until the next start");
            }
        }
        next.map(|left_ms| Duration::from_millis(u64::try_from(left_ms).unwrap_or(0)))
    }
}

impl Partition {
    /// Moves the log start over what retention does not keep; returns whether segments lie before it.
    fn enforce_retention(&self, now_ms: i64) -> Result<bool, StorageError> {
        let mut state = self.lock();
        let high_watermark = state.commits.high_watermark();
        state.log.enforce_retention(high_watermark, now_ms)
    }

    /// Takes the segments before the log start out of the log. The log start should have been made durable.
    pub(crate) fn retire_segments(&self, now_ms: i64) {
        let dir = self.with_log(|log| log.has_segments_to_retire().then(|| log.dir_to_sync()));
        let Some(mut dir) = dir else { return };
        loop {
            // Not under the lock. Before the first: a log must not lose its last segment before the next one is there.
            if let Err(error) = dir.sync() {
                return self.warn(&error, "deleted segments could not be made durable");
            }
            match self.with_log(|log| Ok(log.retire_oldest(now_ms)?.then(|| log.dir_to_sync()))) {
                Ok(Some(changed)) => dir = changed,
                Ok(None) => return,
                Err(error) => return self.warn(&error, "a segment could not be deleted"),
            }
        }
    }

    pub(super) fn warn(&self, error: &StorageError, what: &str) {
        // The directory of a topic that has been deleted meanwhile is gone, and that is as it should be.
        if !self.is_deleted() {
            tracing::warn!(topic = self.topic(), partition = self.index(), %error, "{what}");
        }
    }
}

#[cfg(test)]
mod tests;
