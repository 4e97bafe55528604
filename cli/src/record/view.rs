//! A record to be shown, with what is known about its batch and its partition.

use fluxmq_protocol::record::{Compression, Header, TimestampType};

/// Borrowed, so that showing a record copies nothing but its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordView<'a> {
    pub(crate) topic: &'a str,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// Milliseconds since 1970; -1 when the record has none.
    pub(crate) timestamp_ms: i64,
    pub(crate) timestamp_type: TimestampType,
    pub(crate) leader_epoch: i32,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) headers: &'a [Header],
    pub(crate) compression: Compression,
    pub(crate) is_transactional: bool,
    pub(crate) is_control: bool,
    /// -1 for a producer without one.
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    pub(crate) log_start_offset: i64,
    pub(crate) last_stable_offset: i64,
    pub(crate) high_watermark: i64,
}

impl<'a> RecordView<'a> {
    /// The view of a record that was just produced or of which only this is known.
    pub(crate) fn new(topic: &'a str, partition: i32, offset: i64) -> Self {
        Self {
            topic,
            partition,
            offset,
            timestamp_ms: -1,
            timestamp_type: TimestampType::CreateTime,
            leader_epoch: -1,
            key: None,
            value: None,
            headers: &[],
            compression: Compression::None,
            is_transactional: false,
            is_control: false,
            producer_id: -1,
            producer_epoch: -1,
            log_start_offset: -1,
            last_stable_offset: -1,
            high_watermark: -1,
        }
    }
}
