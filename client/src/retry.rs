//! Waiting between attempts, and when to stop.

use std::time::Duration;

use tokio::time::Instant;

/// Exponential back-off with jitter: doubles from `initial` to `max`, each wait 20 % off in either direction, so that
/// many clients do not come back in the same instant (KIP-580).
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    initial: Duration,
    max: Duration,
    attempts: u32,
}

impl Backoff {
    pub(crate) fn new(initial: Duration, max: Duration) -> Self {
        Backoff { initial, max, attempts: 0 }
    }

    /// Back to the shortest wait.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }

    /// How long to wait before the next attempt.
    pub(crate) fn next(&mut self) -> Duration {
        let doubled = self.initial.saturating_mul(1 << self.attempts.min(20)).min(self.max);
        self.attempts = self.attempts.saturating_add(1);
        doubled.mul_f64(0.8 + 0.4 * fastrand::f64())
    }
}

/// A moment after which something is given up, with the span that led to it for the error's words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) after: Duration,
}

impl Deadline {
    pub(crate) fn after(after: Duration) -> Self {
        Deadline { at: Instant::now() + after, after }
    }

    pub(crate) fn is_past(&self) -> bool {
        Instant::now() >= self.at
    }

    pub(crate) fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Sleeps for `wait`, or until the deadline when that comes first. Whether there is time left.
    pub(crate) async fn sleep(&self, wait: Duration) -> bool {
        tokio::time::sleep(wait.min(self.left())).await;
        !self.is_past()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_maximum_with_a_fifth_of_jitter() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(500));
        for expected_ms in [100.0, 200.0, 400.0, 500.0, 500.0] {
            let wait_ms = backoff.next().as_secs_f64() * 1000.0;
            assert!(
                (expected_ms * 0.8..=expected_ms * 1.2).contains(&wait_ms),
                "{wait_ms} for {expected_ms}"
            );
        }
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(120));
    }
}
