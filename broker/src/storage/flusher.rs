//! Makes appended bytes durable: one thread per data directory, which groups the requests of all partitions. While one
//! round runs, the next collects; nothing ticks while nobody appends.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long bytes that nobody waits for may stay in the page cache only.
pub(crate) const LAZY_FLUSH_DELAY: Duration = Duration::from_millis(100);

/// Something whose bytes the flusher makes durable.
pub(crate) trait Flush: Send + Sync {
    /// Makes durable what was written before the call, and tells whoever waits. Returns false when the disk failed:
    /// a failed sync is never tried again, because the second try may succeed for bytes that are lost.
    fn flush(&self) -> bool;
}

/// The flusher of one data directory. It ends, after a last round, when it is dropped.
pub(crate) struct Flusher {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    failed: AtomicBool,
}

#[derive(Default)]
struct Queue {
    now: Vec<Arc<dyn Flush>>,
    /// In the order of their deadlines, which are all the same delay after their requests.
    later: VecDeque<(Instant, Arc<dyn Flush>)>,
    stopping: bool,
}

impl Flusher {
    /// Starts the thread.
    pub(crate) fn start() -> std::io::Result<Flusher> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
            failed: AtomicBool::new(false),
        });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("flusher".to_owned())
            .spawn(move || while for_thread.round() {})?;
        Ok(Flusher { shared, thread: Some(thread) })
    }

    /// Flushes `target` in the next round.
    pub(crate) fn now(&self, target: Arc<dyn Flush>) {
        self.shared.lock().now.push(target);
        self.shared.wake.notify_one();
    }

    /// Flushes `target` within [`LAZY_FLUSH_DELAY`].
    pub(crate) fn later(&self, target: Arc<dyn Flush>) {
        let mut queue = self.shared.lock();
        queue.later.push_back((Instant::now() + LAZY_FLUSH_DELAY, target));
        if queue.later.len() == 1 {
            self.shared.wake.notify_one();
        }
    }

    /// Whether a sync has failed: from then on nothing in this data directory can be promised.
    pub(crate) fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::Acquire)
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        self.shared.wake.notify_one();
        // The last owner may be a target that the thread itself lets go of: it cannot wait for its own end, and ends by itself.
        let of_another = |thread: &JoinHandle<()>| thread.thread().id() != std::thread::current().id();
        if let Some(thread) = self.thread.take().filter(of_another) {
            // A panic in the thread has been reported by it; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// One round; false when the flusher is to end.
    fn round(&self) -> bool {
        let Some(targets) = self.next_targets() else { return false };
        for target in targets {
            if !target.flush() {
                self.failed.store(true, Ordering::Release);
            }
        }
        true
    }

    /// Waits for something to do. `None` when there is nothing left to do and the flusher is stopping.
    fn next_targets(&self) -> Option<Vec<Arc<dyn Flush>>> {
        let mut queue = self.lock();
        loop {
            let mut targets = std::mem::take(&mut queue.now);
            let now = Instant::now();
            while queue.later.front().is_some_and(|(due, _)| *due <= now || queue.stopping) {
                targets.extend(queue.later.pop_front().map(|(_, target)| target));
            }
            if !targets.is_empty() {
                return Some(targets);
            }
            if queue.stopping {
                return None;
            }
            queue = match queue.later.front().map(|(due, _)| due.saturating_duration_since(now)) {
                Some(delay) => self.wake.wait_timeout(queue, delay).unwrap_or_else(PoisonError::into_inner).0,
                None => self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Flusher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flusher").field("failed", &self.has_failed()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    struct Told(Mutex<mpsc::Sender<&'static str>>, &'static str, bool);

    impl Flush for Told {
        fn flush(&self) -> bool {
            self.0.lock().unwrap().send(self.1).unwrap();
            self.2
        }
    }

    #[test]
    fn what_is_asked_for_now_comes_before_what_may_wait() {
        let (sender, receiver) = mpsc::channel();
        let told = |name, ok| Arc::new(Told(Mutex::new(sender.clone()), name, ok));
        let flusher = Flusher::start().unwrap();
        flusher.later(told("later", true));
        flusher.now(told("now", true));
        assert_eq!(receiver.recv().unwrap(), "now");
        assert_eq!(receiver.recv().unwrap(), "later");
        assert!(!flusher.has_failed());
    }

    #[test]
    fn dropping_the_flusher_flushes_what_waits() {
        let (sender, receiver) = mpsc::channel();
        let flusher = Flusher::start().unwrap();
        flusher.later(Arc::new(Told(Mutex::new(sender), "later", true)));
        drop(flusher);
        assert_eq!(receiver.recv().unwrap(), "later");
    }

    #[test]
    fn the_flusher_may_be_dropped_by_its_own_thread() {
        struct Last(Mutex<Option<Arc<Flusher>>>, mpsc::Sender<()>);
        impl Flush for Last {
            fn flush(&self) -> bool {
                self.0.lock().unwrap().take();
                self.1.send(()).unwrap();
                true
            }
        }
        let (sender, receiver) = mpsc::channel();
        let flusher = Arc::new(Flusher::start().unwrap());
        let queue = Arc::clone(&flusher.shared);
        let last = Arc::new(Last(Mutex::new(Some(flusher)), sender));
        queue.lock().now.push(last);
        queue.wake.notify_one();
        receiver.recv().expect("the thread came through");
    }

    #[test]
    fn a_failed_sync_is_remembered() {
        let (sender, receiver) = mpsc::channel();
        let flusher = Flusher::start().unwrap();
        let told = |name, ok| Arc::new(Told(Mutex::new(sender.clone()), name, ok));
        flusher.now(told("bad", false));
        flusher.now(told("good", true));
        assert_eq!((receiver.recv().unwrap(), receiver.recv().unwrap()), ("bad", "good"));
        let shared = Arc::clone(&flusher.shared);
        drop(flusher);
        assert!(shared.failed.load(Ordering::Acquire));
    }
}
