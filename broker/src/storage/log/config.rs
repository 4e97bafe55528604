//! How a log rolls and indexes.

/// The largest file that a segment may be: positions in its index are 32 bits wide.
pub(crate) const SEGMENT_BYTES_MAX: u64 = 2_147_483_647;

/// How a log rolls and indexes; Kafka's topic keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogConfig {
    /// `segment.bytes`
    pub(crate) segment_bytes: u64,
    /// `segment.ms`
    pub(crate) segment_ms: i64,
    /// `segment.index.bytes`
    pub(crate) segment_index_bytes: usize,
    /// `index.interval.bytes`
    pub(crate) index_interval_bytes: u64,
    /// `flush.messages`: after as many records nothing is answered before they are durable.
    pub(crate) flush_messages: i64,
    /// `flush.ms`: records are durable after this time at the latest.
    pub(crate) flush_ms: i64,
    /// `producer.id.expiration.ms`
    pub(crate) producer_id_expiration_ms: i64,
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: 604_800_000,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            producer_id_expiration_ms: 86_400_000,
        }
    }
}
