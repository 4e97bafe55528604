//! Those who wait for a partition to grow: fetches below their `min_bytes`. A waiter is told once as many bytes as it
//! lacks have become readable in the partitions it watches together; nobody polls.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Somebody who waits for bytes in one or more partitions.
#[derive(Debug)]
pub(crate) struct Waiter {
    /// How many bytes are missing; the waiter is told when this is no longer positive.
    missing: AtomicI64,
    notify: Notify,
}

impl Waiter {
    /// A waiter for `missing` more bytes.
    pub(crate) fn new(missing: i64) -> Arc<Waiter> {
        Arc::new(Waiter { missing: AtomicI64::new(missing), notify: Notify::new() })
    }

    /// Begins another wait, for `missing` bytes. To be called before looking at what is there, and [`Self::seen`]
    /// after: growth in between is then counted twice, which wakes early, and never missed.
    pub(crate) fn reset(&self, missing: i64) {
        self.missing.store(missing, Ordering::Release);
    }

    /// Counts what was found to be there already.
    pub(crate) fn seen(&self, bytes: i64) {
        self.grown(bytes);
    }

    /// Ends when the bytes are there, or when something happened to a partition that the waiter should look at.
    pub(crate) async fn wait(&self) {
        self.notify.notified().await;
    }

    fn grown(&self, bytes: i64) {
        if self.missing.fetch_sub(bytes, Ordering::AcqRel) <= bytes {
            self.notify.notify_one();
        }
    }
}

/// The waiters of one partition.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    /// Kept beside the list so that an append with nobody waiting costs one load.
    count: AtomicUsize,
    list: Mutex<Vec<Arc<Waiter>>>,
}

impl Waiters {
    pub(crate) fn add(&self, waiter: &Arc<Waiter>) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.push(Arc::clone(waiter));
        self.count.store(list.len(), Ordering::SeqCst);
    }

    pub(crate) fn remove(&self, waiter: &Arc<Waiter>) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|other| !Arc::ptr_eq(other, waiter));
        self.count.store(list.len(), Ordering::SeqCst);
    }

    /// Tells the waiters that `bytes` more are readable.
    pub(crate) fn grown(&self, bytes: u64) {
        if self.count.load(Ordering::SeqCst) == 0 {
            return;
        }
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        for waiter in self.list.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            waiter.grown(bytes);
        }
    }

    /// Wakes everybody, whatever they wait for: the partition is gone, or cannot be read.
    pub(crate) fn wake_all(&self) {
        self.grown(u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(waiter: &Waiter) -> bool {
        let wait = std::pin::pin!(waiter.wait());
        wait.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready()
    }

    #[test]
    fn a_waiter_is_told_when_its_partitions_together_have_grown_enough() {
        let (left, right) = (Waiters::default(), Waiters::default());
        let waiter = Waiter::new(100);
        left.add(&waiter);
        right.add(&waiter);
        left.grown(60);
        assert!(!told(&waiter));
        right.grown(40);
        assert!(told(&waiter));
    }

    #[test]
    fn a_waiter_that_has_left_hears_nothing() {
        let waiters = Waiters::default();
        let waiter = Waiter::new(1);
        waiters.add(&waiter);
        waiters.remove(&waiter);
        waiters.grown(10);
        assert!(!told(&waiter));
    }

    #[test]
    fn a_deleted_partition_wakes_whoever_waits() {
        let waiters = Waiters::default();
        let waiter = Waiter::new(i64::MAX);
        waiters.add(&waiter);
        waiters.wake_all();
        assert!(told(&waiter));
    }
}
