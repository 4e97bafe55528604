//! One thread that wakes groups for their deadlines. It begins with the first deadline and ends with the coordinator.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::Inner;

/// Who is woken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whom {
    Group(Arc<str>),
    /// Whoever drops expired offsets.
    Offsets,
}

/// The deadlines of groups.
#[derive(Debug)]
pub(super) struct Timer {
    coordinator: Weak<Inner>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// What deadlines are counted from.
    started: Instant,
    /// Never held while a group is woken.
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// When to wake whom; the earliest first.
    deadlines: BinaryHeap<Reverse<(i64, Whom)>>,
    is_running: bool,
    is_stopped: bool,
}

impl Timer {
    pub(super) fn new(coordinator: Weak<Inner>, started: Instant) -> Self {
        let shared = Shared { started, state: Mutex::default(), changed: Condvar::new() };
        Timer { coordinator, shared: Arc::new(shared) }
    }

    /// Wakes somebody at a moment of the coordinator's time.
    pub(super) fn wake(&self, whom: Whom, at_ms: i64) {
        let mut state = self.shared.lock();
        if state.is_stopped {
            return;
        }
        state.deadlines.push(Reverse((at_ms, whom)));
        if !state.is_running {
            let (coordinator, shared) = (self.coordinator.clone(), Arc::clone(&self.shared));
            let thread = std::thread::Builder::new().name("groups".to_owned());
            match thread.spawn(move || shared.run(&coordinator)) {
                Ok(_) => state.is_running = true,
                Err(error) => {
                    tracing::error!(%error, "no thread for the deadlines of groups; the next deadline tries again");
                }
            }
        }
        drop(state);
        self.shared.changed.notify_one();
    }

    /// Wakes nobody any more.
    pub(super) fn stop(&self) {
        self.shared.lock().is_stopped = true;
        self.shared.changed.notify_one();
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, coordinator: &Weak<Inner>) {
        let mut state = self.lock();
        while !state.is_stopped {
            let Some(Reverse((at_ms, _))) = state.deadlines.peek() else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            // From here to the end of the wait the state is not let go: an earlier deadline may come at any time.
            let at = Duration::from_millis(at_ms.unsigned_abs());
            let left = at.saturating_sub(self.started.elapsed());
            if !left.is_zero() {
                state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            let Some(Reverse((deadline, whom))) = state.deadlines.pop() else { continue };
            drop(state);
            let Some(coordinator) = coordinator.upgrade() else { return };
            coordinator.wake(&whom, deadline);
            // The last handle to the coordinator may end here, which takes the state's lock.
            drop(coordinator);
            state = self.lock();
        }
    }
}
