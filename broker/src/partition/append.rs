//! The way into a partition's log.

use super::{Partition, Pending, State};
use crate::storage::StorageError;
use crate::storage::log::{AppendError, Appended};
use crate::storage::validate::CheckedBatch;

impl Partition {
    /// Appends a batch to the log. It is not written yet: [`Self::write`] does that for all appends that one read of
    /// a socket brought; then [`Self::settle`] tells whether it is committed.
    pub(crate) fn append(
        &self,
        batch: &mut CheckedBatch<'_>,
        acks_all: bool,
        now_ms: i64,
    ) -> Result<(Appended, Pending), AppendError> {
        self.check_room(batch.header().total_len())?;
        self.append_to(&mut self.lock(), batch, acks_all, now_ms)
    }

    /// As [`Self::append`] with acks=all, for what the broker itself has to write down, without a producer's sequence: also where
    /// the disk has no room left for what others produce.
    pub(crate) fn append_own(
        &self,
        batch: &mut CheckedBatch<'_>,
        now_ms: i64,
    ) -> Result<Pending, StorageError> {
        if self.is_offline() {
            return Err(StorageError::Offline);
        }
        match self.append_to(&mut self.lock(), batch, true, now_ms) {
            Ok((_, pending)) => Ok(pending),
            Err(AppendError::Storage(error)) => Err(error),
            Err(AppendError::OutOfOrderSequence | AppendError::StaleProducerEpoch) => {
                Err(StorageError::Offline)
            }
        }
    }

    /// Appends batches one after the other with nothing in between; returns the base offset of the first, and the fate of all. When it
    /// fails, the first of them may have been appended.
    pub(crate) fn append_all(
        &self,
        batches: &mut [CheckedBatch<'_>],
        acks_all: bool,
        now_ms: i64,
    ) -> Result<(i64, Pending), AppendError> {
        self.check_room(batches.iter().map(|batch| batch.header().total_len()).sum())?;
        let mut state = self.lock();
        let base_offset = state.log.log_end_offset();
        let mut pending = Pending {
            end_offset: base_offset,
            taken_back: state.taken_back,
            must_commit: acks_all,
            must_sync: false,
        };
        for batch in batches {
            (_, pending) = self.append_to(&mut state, batch, acks_all, now_ms)?;
        }
        Ok((base_offset, pending))
    }

    fn check_room(&self, bytes: usize) -> Result<(), StorageError> {
        if self.is_offline() {
            return Err(StorageError::Offline);
        }
        match &self.durable {
            Some(durable) if !durable.has_room(bytes) => Err(StorageError::Full),
            _ => Ok(()),
        }
    }

    fn append_to(
        &self,
        state: &mut State,
        batch: &mut CheckedBatch<'_>,
        acks_all: bool,
        now_ms: i64,
    ) -> Result<(Appended, Pending), AppendError> {
        let appended = state.log.append(batch, self.leader_epoch, now_ms)?;
        let log_end_offset = state.log.log_end_offset();
        let must_sync = self.durable.as_ref().is_some_and(|durable| durable.must_sync(acks_all, &state.log));
        let end_offset = match appended {
            Appended::Batch { base_offset } => {
                if must_sync {
                    state.commits.must_sync(base_offset..log_end_offset);
                }
                log_end_offset
            }
            Appended::Duplicate { last_offset, .. } => last_offset + 1,
        };
        let must_commit = acks_all || must_sync;
        Ok((appended, Pending { end_offset, taken_back: state.taken_back, must_commit, must_sync }))
    }
}
