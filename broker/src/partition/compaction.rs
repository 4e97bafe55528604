//! Compaction of partitions' logs, beside their readers and writers.

use super::{Partition, Partitions};
use crate::storage::StorageError;
use crate::storage::cleaner::{CleanerStats, CompactionSettings, SharedLog, clean_if_due};
use crate::storage::log::Log;

impl Partitions {
    /// Compacts one log after the other, as far as they are due. It takes as long as reading and writing them does.
    pub(crate) fn compact(&self, is_stopping: &dyn Fn() -> bool) {
        for topic in self.topics() {
            for partition in topic.partitions().iter().take_while(|_| !is_stopping()) {
                // Looked at for each: it may have been changed meanwhile.
                let Some(settings) = topic.settings.load().compaction else { break };
                match partition.compact(&settings, self.now_ms(), is_stopping) {
                    Ok(None) => {}
                    Ok(Some(stats)) => partition.tell(&stats),
                    Err(error) => partition.warn(&error, "the log could not be compacted"),
                }
            }
        }
    }
}

impl Partition {
    /// Compacts the log when it is due; `None` when it is not. What did not fit into the memory for keys is left to the next
    /// round. One call for a partition at a time.
    fn compact(
        &self,
        settings: &CompactionSettings,
        now_ms: i64,
        is_stopping: &dyn Fn() -> bool,
    ) -> Result<Option<CleanerStats>, StorageError> {
        clean_if_due(&Compacted { partition: self, is_stopping }, settings, now_ms)
    }

    /// Says in the broker's own log what was done.
    fn tell(&self, stats: &CleanerStats) {
        tracing::info!(
            topic = self.topic(),
            partition = self.index(),
            end_offset = stats.end_offset,
            records_read = stats.records_read,
            records_kept = stats.records_kept,
            records_without_key = stats.records_keyless,
            bytes_before = stats.bytes_before,
            bytes_after = stats.bytes_after,
            "the log was compacted"
        );
    }
}

/// A partition during a round.
struct Compacted<'a> {
    partition: &'a Partition,
    is_stopping: &'a dyn Fn() -> bool,
}

impl SharedLog for Compacted<'_> {
    fn turn<T>(&self, with: impl FnOnce(&mut Log) -> T) -> Option<T> {
        let mut state = self.partition.lock();
        // Looked at under the lock: a directory that is renamed meanwhile may belong to another topic of the same name.
        let is_over = self.partition.is_deleted() || (self.is_stopping)();
        (!is_over).then(|| with(&mut state.log))
    }

    fn last_stable_offset(&self) -> i64 {
        self.partition.watermarks().last_stable_offset
    }
}
