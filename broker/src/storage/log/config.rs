//! How a log rolls, indexes and forgets.

use super::super::segment::Room;

/// The largest file that a segment may be: positions in its index are 32 bits wide.
pub(crate) const SEGMENT_BYTES_MAX: u64 = 2_147_483_647;

/// How a log rolls, indexes and forgets; Kafka's topic keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogConfig {
    /// `segment.bytes`
    pub(crate) segment_bytes: u64,
    /// `preallocate`, or what the durability makes worth its while.
    pub(crate) room: Room,
    /// `segment.ms`
    pub(crate) segment_ms: i64,
    /// `segment.jitter.ms`
    pub(crate) segment_jitter_ms: i64,
    /// `segment.index.bytes`
    pub(crate) segment_index_bytes: usize,
    /// `index.interval.bytes`
    pub(crate) index_interval_bytes: u64,
    /// `flush.messages`: after as many records nothing is answered before they are durable.
    pub(crate) flush_messages: i64,
    /// `flush.ms`: records are durable after this time at the latest.
    pub(crate) flush_ms: i64,
    /// `cleanup.policy` has `delete`.
    pub(crate) delete: bool,
    /// `retention.ms`; below 0: for ever.
    pub(crate) retention_ms: i64,
    /// `retention.bytes`; below 0: as many as there are.
    pub(crate) retention_bytes: i64,
    /// `file.delete.delay.ms`
    pub(crate) file_delete_delay_ms: i64,
    /// `producer.id.expiration.ms`
    pub(crate) producer_id_expiration_ms: i64,
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig {
            segment_bytes: 1 << 30,
            room: Room::AsWritten,
            segment_ms: 604_800_000,
            segment_jitter_ms: 0,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            delete: true,
            retention_ms: 604_800_000,
            retention_bytes: -1,
            file_delete_delay_ms: 60_000,
            producer_id_expiration_ms: 86_400_000,
        }
    }
}
