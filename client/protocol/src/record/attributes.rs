//! The attribute bits of a record batch.

use super::compression::{Compression, CompressionError};

const COMPRESSION_MASK: i16 = 0x07;
const LOG_APPEND_TIME: i16 = 1 << 3;
const TRANSACTIONAL: i16 = 1 << 4;
const CONTROL: i16 = 1 << 5;
const DELETE_HORIZON: i16 = 1 << 6;

/// The 16 attribute bits of a record batch. Bits that nobody knows are kept as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attributes(pub i16);

/// Whose clock the records' timestamps come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer's; each record has its own.
    #[default]
    CreateTime,
    /// The broker's; all records have the batch's maximum timestamp.
    LogAppendTime,
}

impl Attributes {
    /// The codec of the records. Numbers 5 to 7 belong to none.
    pub fn compression(self) -> Result<Compression, CompressionError> {
        Compression::from_code(self.0 & COMPRESSION_MASK)
    }

    /// Whose clock the timestamps come from.
    pub fn timestamp_type(self) -> TimestampType {
        if self.has(LOG_APPEND_TIME) { TimestampType::LogAppendTime } else { TimestampType::CreateTime }
    }

    /// Whether the batch belongs to a transaction.
    pub fn is_transactional(self) -> bool {
        self.has(TRANSACTIONAL)
    }

    /// Whether the batch holds control records, which no consumer shows.
    pub fn is_control(self) -> bool {
        self.has(CONTROL)
    }

    /// Whether the base timestamp is the time from which tombstones may go (KIP-534).
    pub fn has_delete_horizon(self) -> bool {
        self.has(DELETE_HORIZON)
    }

    #[must_use]
    pub fn with_compression(self, compression: Compression) -> Self {
        Attributes(self.0 & !COMPRESSION_MASK | compression.code())
    }

    #[must_use]
    pub fn with_timestamp_type(self, timestamp_type: TimestampType) -> Self {
        self.with(LOG_APPEND_TIME, timestamp_type == TimestampType::LogAppendTime)
    }

    #[must_use]
    pub fn with_transactional(self, transactional: bool) -> Self {
        self.with(TRANSACTIONAL, transactional)
    }

    #[must_use]
    pub fn with_control(self, control: bool) -> Self {
        self.with(CONTROL, control)
    }

    #[must_use]
    pub fn with_delete_horizon(self, delete_horizon: bool) -> Self {
        self.with(DELETE_HORIZON, delete_horizon)
    }

    fn has(self, bit: i16) -> bool {
        self.0 & bit != 0
    }

    fn with(self, bit: i16, set: bool) -> Self {
        Attributes(if set { self.0 | bit } else { self.0 & !bit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_is_set_and_cleared_alone() {
        let all = Attributes(-1);
        assert_eq!(all.with_compression(Compression::None), Attributes(!7));
        assert_eq!(all.with_timestamp_type(TimestampType::CreateTime), Attributes(!8));
        assert_eq!(all.with_transactional(false), Attributes(!16));
        assert_eq!(all.with_control(false), Attributes(!32));
        assert_eq!(all.with_delete_horizon(false), Attributes(!64));
        let none = Attributes::default();
        assert_eq!(none.with_compression(Compression::Zstd), Attributes(4));
        assert_eq!(none.with_timestamp_type(TimestampType::LogAppendTime), Attributes(8));
        assert!(none.with_transactional(true).is_transactional());
        assert!(none.with_control(true).is_control());
        assert!(none.with_delete_horizon(true).has_delete_horizon());
    }

    #[test]
    fn three_codec_numbers_belong_to_none() {
        for code in 0..8 {
            assert_eq!(Attributes(code).compression().is_ok(), code < 5, "{code}");
        }
    }
}
