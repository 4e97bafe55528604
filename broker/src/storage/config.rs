//! What a topic's configuration means for its logs.

/// The settings of one log, named as Kafka's topic configs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogConfig {
    /// A segment that would grow beyond this is rolled. At most [`SEGMENT_BYTES_MAX`].
    pub(crate) segment_bytes: u32,
    /// A segment is rolled when its records span more than this.
    pub(crate) segment_ms: i64,
    /// Up to this much less than `segment_ms`, drawn anew for each segment, so that not all roll at once.
    pub(crate) segment_jitter_ms: i64,
    /// A segment is rolled when an index would grow beyond this.
    pub(crate) segment_index_bytes: usize,
    /// How many bytes lie between two index entries.
    pub(crate) index_interval_bytes: usize,
    /// How long a silent idempotent producer is remembered.
    pub(crate) producer_id_expiration_ms: i64,
}

/// Positions in a segment are 31 bits wide in Kafka's index format.
pub(crate) const SEGMENT_BYTES_MAX: u32 = i32::MAX as u32;

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 60 * 60 * 1000,
            segment_jitter_ms: 0,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            producer_id_expiration_ms: 24 * 60 * 60 * 1000,
        }
    }
}
