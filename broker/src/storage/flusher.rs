//! Makes appended bytes durable: a few threads per data directory for all partitions. While a partition is synced, its next
//! round collects; nothing ticks while nobody appends.
//!
//! Several threads, because a disk that is asked for many syncs at a time does them together: twelve files took a tenth of the time
//! of one after the other, and half the CPU.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Something whose bytes the flusher makes durable.
pub(crate) trait Flush: Send + Sync {
    /// Makes durable what was written before the call, and tells whoever waits, also of a failure. A failed sync is never
    /// tried again, because the second try may succeed for bytes that are lost.
    fn flush(&self);
}

/// The flusher of one data directory. It ends, after a last round, when it is dropped.
pub(crate) struct Flusher {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// How many syncs may be under way at a time.
const THREADS: usize = 4;

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    now: VecDeque<Arc<dyn Flush>>,
    /// By deadline; the number tells apart those with the same one.
    later: BTreeMap<(Instant, u64), Arc<dyn Flush>>,
    asked: u64,
    stopping: bool,
}

impl Flusher {
    /// Starts the threads.
    pub(crate) fn start() -> std::io::Result<Flusher> {
        let mut flusher = Flusher { shared: Arc::default(), threads: Vec::new() };
        for _ in 0..THREADS {
            let shared = Arc::clone(&flusher.shared);
            let thread = std::thread::Builder::new().name("flusher".to_owned()).spawn(move || {
                while let Some(target) = shared.next() {
                    target.flush();
                }
            })?;
            flusher.threads.push(thread);
        }
        Ok(flusher)
    }

    /// A flusher that does nothing until it is told to.
    #[cfg(test)]
    pub(crate) fn by_hand() -> Flusher {
        Flusher { shared: Arc::default(), threads: Vec::new() }
    }

    /// Flushes all that waits, due or not.
    #[cfg(test)]
    pub(crate) fn run(&self) {
        self.forget().iter().for_each(|target| target.flush());
    }

    /// Takes what waits off the queue.
    #[cfg(test)]
    pub(crate) fn forget(&self) -> Vec<Arc<dyn Flush>> {
        let Queue { now, later, .. } = std::mem::take(&mut *self.shared.lock());
        now.into_iter().chain(later.into_values()).collect()
    }

    /// Flushes `target` as soon as can be.
    pub(crate) fn now(&self, target: Arc<dyn Flush>) {
        self.shared.lock().now.push_back(target);
        self.shared.wake.notify_one();
    }

    /// Flushes `target` once `delay` is over.
    pub(crate) fn later(&self, target: Arc<dyn Flush>, delay: Duration) {
        let mut queue = self.shared.lock();
        queue.asked += 1;
        let key = (Instant::now() + delay, queue.asked);
        queue.later.insert(key, target);
        if queue.later.first_key_value().is_some_and(|(first, _)| *first == key) {
            self.shared.wake.notify_one();
        }
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            // The last owner may be a target that a thread itself lets go of: it cannot wait for its own end, and ends by itself.
            if thread.thread().id() != std::thread::current().id() {
                // A panic in the thread has been reported by it; there is nobody left to tell.
                let _ = thread.join();
            }
        }
    }
}

impl Shared {
    /// Waits for something to do. `None` when there is nothing left to do and the flusher is stopping.
    fn next(&self) -> Option<Arc<dyn Flush>> {
        let mut queue = self.lock();
        loop {
            if let Some(target) = queue.now.pop_front() {
                return Some(target);
            }
            let now = Instant::now();
            let all = queue.stopping;
            if let Some(first) = queue.later.first_entry().filter(|first| all || first.key().0 <= now) {
                return Some(first.remove());
            }
            if queue.stopping {
                return None;
            }
            let next = queue.later.first_key_value().map(|((due, _), _)| due.saturating_duration_since(now));
            queue = match next {
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
        f.debug_struct("Flusher").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const SOON: Duration = Duration::from_millis(20);

    struct Told(Mutex<mpsc::Sender<&'static str>>, &'static str);

    impl Flush for Told {
        fn flush(&self) {
            self.0.lock().unwrap().send(self.1).unwrap();
        }
    }

    /// Tells when it begins, and ends when it is let.
    struct Held(Mutex<mpsc::Sender<()>>, Mutex<mpsc::Receiver<()>>);

    impl Flush for Held {
        fn flush(&self) {
            self.0.lock().unwrap().send(()).unwrap();
            self.1.lock().unwrap().recv().unwrap();
        }
    }

    #[test]
    fn several_are_flushed_at_a_time() {
        let (began, begins) = mpsc::channel();
        let flusher = Flusher::start().unwrap();
        let letters: Vec<_> = (0..THREADS)
            .map(|_| {
                let (letter, letting) = mpsc::channel();
                flusher.now(Arc::new(Held(Mutex::new(began.clone()), Mutex::new(letting))));
                letter
            })
            .collect();
        for _ in 0..THREADS {
            begins.recv().unwrap();
        }
        letters.iter().for_each(|letter| letter.send(()).unwrap());
    }

    #[test]
    fn what_is_asked_for_now_comes_before_what_may_wait() {
        let (sender, receiver) = mpsc::channel();
        let told = |name| Arc::new(Told(Mutex::new(sender.clone()), name));
        let flusher = Flusher::start().unwrap();
        flusher.later(told("much later"), 2 * SOON);
        flusher.later(told("later"), SOON);
        flusher.now(told("now"));
        let order: Vec<_> = receiver.iter().take(3).collect();
        assert_eq!(order, ["now", "later", "much later"]);
    }

    #[test]
    fn dropping_the_flusher_flushes_what_waits() {
        let (sender, receiver) = mpsc::channel();
        let flusher = Flusher::start().unwrap();
        flusher.later(Arc::new(Told(Mutex::new(sender), "later")), Duration::from_hours(1));
        drop(flusher);
        assert_eq!(receiver.recv().unwrap(), "later");
    }

    #[test]
    fn the_flusher_may_be_dropped_by_its_own_thread() {
        struct Last(Mutex<Option<Arc<Flusher>>>, mpsc::Sender<()>);
        impl Flush for Last {
            fn flush(&self) {
                self.0.lock().unwrap().take();
                self.1.send(()).unwrap();
            }
        }
        let (sender, receiver) = mpsc::channel();
        let flusher = Arc::new(Flusher::start().unwrap());
        let queue = Arc::clone(&flusher.shared);
        let last = Arc::new(Last(Mutex::new(Some(flusher)), sender));
        queue.lock().now.push_back(last);
        queue.wake.notify_one();
        receiver.recv().expect("the thread came through");
    }
}
