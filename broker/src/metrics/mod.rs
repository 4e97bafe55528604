//! Counters of a running broker. Recording is one relaxed atomic addition; reading takes a snapshot.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How often [`MetricsRegistry::start_background_tasks`] measures rates.
const RATE_INTERVAL: Duration = Duration::from_secs(1);

/// All metrics of one broker.
#[derive(Debug)]
pub struct MetricsRegistry {
    /// Records and requests that went through.
    pub throughput: Throughput,
    /// Connections that came and went.
    pub connections: Connections,
    rate: Mutex<Rate>,
}

/// Counts what is produced and consumed.
#[derive(Debug, Default)]
pub struct Throughput {
    records_produced: AtomicU64,
    records_consumed: AtomicU64,
    produce_requests: AtomicU64,
    produce_bytes: AtomicU64,
    refused_batches: AtomicU64,
    fetch_requests: AtomicU64,
    fetch_bytes: AtomicU64,
}

/// Counts connections.
#[derive(Debug, Default)]
pub struct Connections {
    active: AtomicUsize,
    accepted: AtomicU64,
    refused: AtomicU64,
}

/// Records per second, measured over the last interval.
#[derive(Debug)]
struct Rate {
    since: Instant,
    records: u64,
    per_second: f64,
}

/// Every metric at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsSnapshot {
    /// Records produced and consumed per second over the last whole second; over the whole life before that.
    pub messages_per_second: f64,
    /// Open client connections.
    pub active_connections: usize,
    /// Connections accepted so far.
    pub accepted_connections: u64,
    /// Connections closed at once because there were too many.
    pub refused_connections: u64,
    /// Records appended so far.
    pub records_produced: u64,
    /// Records handed to `record_message_consumed` so far; a broker sends batches without looking inside.
    pub records_consumed: u64,
    /// Produce requests answered so far.
    pub produce_requests: u64,
    /// Bytes of produce requests so far.
    pub produce_bytes: u64,
    /// Record batches refused so far.
    pub refused_batches: u64,
    /// Fetch requests answered so far.
    pub fetch_requests: u64,
    /// Bytes of record batches sent to consumers so far.
    pub fetch_bytes: u64,
}

impl MetricsRegistry {
    /// A registry that starts at zero.
    pub fn new() -> Self {
        MetricsRegistry {
            throughput: Throughput::default(),
            connections: Connections::default(),
            rate: Mutex::new(Rate { since: Instant::now(), records: 0, per_second: 0.0 }),
        }
    }

    /// Measures rates once a second, for as long as the returned future is polled.
    pub async fn start_background_tasks(&self) {
        let mut ticks = tokio::time::interval(RATE_INTERVAL);
        loop {
            ticks.tick().await;
            self.measure_rate();
        }
    }

    fn measure_rate(&self) {
        let records = self.throughput.records();
        let mut rate = self.rate.lock();
        let elapsed = rate.since.elapsed();
        if elapsed >= RATE_INTERVAL {
            let per_second = (records - rate.records) as f64 / elapsed.as_secs_f64();
            *rate = Rate { since: Instant::now(), records, per_second };
        }
    }

    /// Every metric as it is now.
    #[expect(
        clippy::unused_async,
        reason = "the documented signature; figures of the system will need to wait"
    )]
    pub async fn get_snapshot(&self) -> MetricsSnapshot {
        self.measure_rate();
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let throughput = &self.throughput;
        MetricsSnapshot {
            messages_per_second: self.rate.lock().per_second,
            active_connections: self.connections.active.load(Ordering::Relaxed),
            accepted_connections: load(&self.connections.accepted),
            refused_connections: load(&self.connections.refused),
            records_produced: load(&throughput.records_produced),
            records_consumed: load(&throughput.records_consumed),
            produce_requests: load(&throughput.produce_requests),
            produce_bytes: load(&throughput.produce_bytes),
            refused_batches: load(&throughput.refused_batches),
            fetch_requests: load(&throughput.fetch_requests),
            fetch_bytes: load(&throughput.fetch_bytes),
        }
    }
}

impl Default for MetricsRegistry {
    fn default() -> Self {
        MetricsRegistry::new()
    }
}

impl Throughput {
    /// Counts `records` that were appended.
    pub fn record_message_produced(&self, records: u64) {
        self.records_produced.fetch_add(records, Ordering::Relaxed);
    }

    /// Counts `records` that were handed to a consumer.
    pub fn record_message_consumed(&self, records: u64) {
        self.records_consumed.fetch_add(records, Ordering::Relaxed);
    }

    pub(crate) fn record_produce_request(&self, bytes: usize, refused_batches: usize) {
        self.produce_requests.fetch_add(1, Ordering::Relaxed);
        self.produce_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.refused_batches.fetch_add(refused_batches as u64, Ordering::Relaxed);
    }

    pub(crate) fn record_fetch_request(&self, bytes: usize) {
        self.fetch_requests.fetch_add(1, Ordering::Relaxed);
        self.fetch_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn records(&self) -> u64 {
        self.records_produced.load(Ordering::Relaxed) + self.records_consumed.load(Ordering::Relaxed)
    }
}

impl Connections {
    pub(crate) fn opened(&self) {
        self.active.fetch_add(1, Ordering::Relaxed);
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.active.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_snapshot_shows_what_was_counted() {
        let metrics = MetricsRegistry::new();
        metrics.throughput.record_message_produced(100);
        metrics.throughput.record_message_consumed(1);
        metrics.throughput.record_produce_request(5_000, 1);
        metrics.connections.opened();
        metrics.connections.opened();
        metrics.connections.closed();
        metrics.connections.refused();
        let snapshot = metrics.get_snapshot().await;
        assert_eq!((snapshot.records_produced, snapshot.records_consumed), (100, 1));
        assert_eq!(
            (snapshot.produce_requests, snapshot.produce_bytes, snapshot.refused_batches),
            (1, 5_000, 1)
        );
        assert_eq!((snapshot.active_connections, snapshot.accepted_connections), (1, 2));
        assert_eq!(snapshot.refused_connections, 1);
    }
}
