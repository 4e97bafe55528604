//! One message: reading and writing it.

use super::super::attributes::{Attributes, TimestampType};
use super::super::compression::Compression;
use super::error::MessageSetError;
use crate::wire::{Reader, Writer};

/// The bytes before those that a message's size counts: offset and size.
const OVERHEAD: usize = 12;
/// The bytes of a checksum, which does not cover itself.
const CRC_LEN: usize = 4;
/// What the size of a message of magic 0 without key and value is; no message is smaller.
const SIZE_MIN: usize = 14;

/// The format of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Magic {
    /// Until Kafka 0.9: no timestamps.
    V0,
    /// Kafka 0.10: timestamps, and offsets in wrappers that count from 0.
    V1,
}

impl Magic {
    /// The number on the wire.
    pub fn code(self) -> i8 {
        match self {
            Magic::V0 => 0,
            Magic::V1 => 1,
        }
    }

    fn from_code(code: i8) -> Result<Self, MessageSetError> {
        match code {
            0 => Ok(Magic::V0),
            1 => Ok(Magic::V1),
            other => Err(MessageSetError::Magic(other)),
        }
    }

    /// What a message's size counts besides key and value.
    fn size_min(self) -> usize {
        match self {
            Magic::V0 => SIZE_MIN,
            Magic::V1 => SIZE_MIN + 8,
        }
    }
}

/// One message, borrowed from a set. A wrapper is a message like any other here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    pub offset: i64,
    pub magic: Magic,
    pub attributes: Attributes,
    /// Milliseconds since 1970; -1 in magic 0.
    pub timestamp: i64,
    /// Null and empty are different things.
    pub key: Option<&'a [u8]>,
    /// Null and empty are different things.
    pub value: Option<&'a [u8]>,
}

impl<'a> Message<'a> {
    /// Reads the message that `reader` stands at. Its checksum is right, and its fields fill its size exactly.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, MessageSetError> {
        let have = reader.remaining();
        let truncated = |needed| MessageSetError::Truncated { needed, have };
        let offset = reader.i64().map_err(|_| truncated(OVERHEAD))?;
        let size = reader.i32().map_err(|_| truncated(OVERHEAD))?;
        let length = usize::try_from(size)
            .ok()
            .filter(|length| *length >= SIZE_MIN)
            .ok_or(MessageSetError::Size(size))?;
        let mut body = reader.sub_reader(length).map_err(|_| truncated(OVERHEAD.saturating_add(length)))?;
        let stored = body.u32()?;
        let computed = crc(body.rest());
        if computed != stored {
            return Err(MessageSetError::Crc { stored, computed });
        }
        let magic = Magic::from_code(body.i8()?)?;
        let attributes = Attributes(i16::from(body.i8()?));
        let timestamp = if magic == Magic::V1 { body.i64()? } else { -1 };
        let key = body.nullable_slice(false)?;
        let value = body.nullable_slice(false)?;
        body.finish()?;
        Ok(Message { offset, magic, attributes, timestamp, key, value })
    }

    /// The codec of a wrapper, `None` for a message that is none.
    pub fn codec(&self) -> Result<Compression, MessageSetError> {
        match self.attributes.compression()? {
            Compression::Zstd => Err(MessageSetError::Codec(Compression::Zstd)),
            codec => Ok(codec),
        }
    }

    /// Whether the timestamp is the broker's. Magic 0 has none.
    pub fn has_log_append_time(&self) -> bool {
        self.magic == Magic::V1 && self.attributes.timestamp_type() == TimestampType::LogAppendTime
    }

    /// The bytes that the message takes.
    pub fn size(&self) -> usize {
        let of = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
        OVERHEAD + self.magic.size_min() + of(self.key) + of(self.value)
    }

    /// Appends the message to `out`, which stays as it was when the message is larger than its size field can say.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), MessageSetError> {
        let size = self.size() - OVERHEAD;
        let limit = i32::MAX as usize;
        let size = i32::try_from(size).map_err(|_| MessageSetError::TooLarge { limit })?;
        let start = out.len();
        let mut writer = Writer::new(out);
        writer.i64(self.offset);
        writer.i32(size);
        writer.i32(0);
        writer.i8(self.magic.code());
        writer.i8(self.attributes.0 as i8);
        if self.magic == Magic::V1 {
            writer.i64(self.timestamp);
        }
        writer.nullable_bytes(self.key, false)?;
        writer.nullable_bytes(self.value, false)?;
        let checksum = crc(out.get(start + OVERHEAD + CRC_LEN..).unwrap_or_default());
        Writer::new(out).set_i32(start + OVERHEAD, checksum.cast_signed());
        Ok(())
    }
}

/// CRC-32 as zip files have it, not the CRC-32C of record batches.
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
