//! When a partition's records must be durable, and how soon.
//!
//! | | acks=all | acks=1 and 0 |
//! |---|---|---|
//! | `strict` | answered once durable | durable within 100 ms or 1 MiB |
//! | `relaxed` | answered once written | when the operating system likes, at the latest with the next segment |
//!
//! A topic's `flush.messages` and `flush.ms` are upper bounds in both: the record that completes `flush.messages` is answered
//! once all of them are durable.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::env::files::Disk;
use crate::storage::flusher::Flusher;
use crate::storage::log::Log;

/// How long bytes that nobody waits for stay in the page cache only, under `strict`.
const LAZY_FLUSH_DELAY: Duration = Duration::from_millis(100);

/// Bytes appended without anybody waiting for the disk, after which the flusher is called at once, under `strict`.
const LAZY_FLUSH_BYTES: u64 = 1 << 20;

/// A checkpoint is written at the latest when as many bytes have become durable since the last one: walking over them takes
/// about a tenth of a second.
const CHECKPOINT_BYTES: u64 = 256 << 20;

/// A `flush.ms` beyond it is never.
const FLUSH_MS_MAX: i64 = 30 * 24 * 3600 * 1000;

/// What makes records durable where there is a disk.
#[derive(Debug, Clone)]
pub(crate) struct Durable {
    pub(crate) flusher: Arc<Flusher>,
    pub(crate) disk: Arc<Disk>,
    /// Whether acks=all waits for the disk.
    pub(crate) strict: bool,
    pub(crate) since_checkpoint: Arc<SinceCheckpoint>,
}

/// How much has become durable since the last checkpoint: after a crash it would be walked over.
#[derive(Default)]
pub(crate) struct SinceCheckpoint {
    bytes: AtomicU64,
    ask: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl SinceCheckpoint {
    /// Calls `ask` when a checkpoint is worth its while.
    pub(super) fn on_much(&self, ask: impl Fn() + Send + Sync + 'static) {
        // There is one who keeps house; a second one would ask in vain.
        let _ = self.ask.set(Box::new(ask));
    }

    pub(super) fn synced(&self, bytes: u64) {
        let before = self.bytes.fetch_add(bytes, Ordering::AcqRel);
        if before < CHECKPOINT_BYTES
            && before + bytes >= CHECKPOINT_BYTES
            && let Some(ask) = self.ask.get()
        {
            ask();
        }
    }

    pub(super) fn begins(&self) {
        self.bytes.store(0, Ordering::Release);
    }
}

impl fmt::Debug for SinceCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinceCheckpoint").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Durable {
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.disk.has_room(bytes)
    }

    /// Whether the batch at the end of `log` is answered only once it is durable.
    pub(super) fn must_sync(&self, acks_all: bool, log: &Log) -> bool {
        let unflushed = log.log_end_offset() - log.recovery_point();
        (self.strict && acks_all) || unflushed >= log.config().flush_messages
    }

    /// How soon the flusher must come, if at all.
    pub(super) fn flush_after(&self, is_awaited: bool, unsynced_bytes: u64, log: &Log) -> Option<Duration> {
        let is_much = self.strict && unsynced_bytes >= LAZY_FLUSH_BYTES;
        if is_awaited || is_much || log.has_unsynced_segments() {
            return Some(Duration::ZERO);
        }
        let flush_ms = log.config().flush_ms;
        let bound = (flush_ms <= FLUSH_MS_MAX)
            .then(|| Duration::from_millis(u64::try_from(flush_ms).unwrap_or(0).max(1)));
        let lazy = self.strict.then_some(LAZY_FLUSH_DELAY);
        let delay = bound.into_iter().chain(lazy).min();
        delay.filter(|_| unsynced_bytes > 0)
    }
}
