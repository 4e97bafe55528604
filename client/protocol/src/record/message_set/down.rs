//! Record batches become message sets: what a log holds, in the form that an old consumer reads.
//!
//! As Apache Kafka 3.x does it: one wrapper for a compressed batch, with the codec of the batch and its largest
//! timestamp; plain messages for one that is not. Headers, producers and control batches have no place in a message set and
//! are left out; so are plain records below the offset that is asked for, while a wrapper keeps its first ones.

use super::super::attributes::Attributes;
use super::super::batch::RecordBatch;
use super::super::compression::{Compression, compress, decompressed};
use super::super::error::BatchError;
use super::super::walk::RecordWalk;
use super::error::MessageSetError;
use super::lz4;
use super::message::{Magic, Message};

/// Appends the records of `batch` from `first_offset` on to `out`. What the batch decompresses to, and the messages that
/// become of it, may have at most `limit` bytes each. When that fails, `out` may hold a part of them.
pub fn down(
    batch: &RecordBatch,
    magic: Magic,
    first_offset: i64,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), MessageSetError> {
    let header = batch.header();
    if header.attributes.is_control() {
        return Ok(());
    }
    let attributes = match magic {
        Magic::V0 => Attributes::default(),
        Magic::V1 => Attributes::default().with_timestamp_type(header.attributes.timestamp_type()),
    };
    match batch.compression()? {
        Compression::Zstd => Err(MessageSetError::Codec(Compression::Zstd)),
        Compression::None => {
            let plain = Plain { magic, attributes, first_offset, base_offset: 0, limit };
            plain.write(batch, &batch.payload(), out).map(drop)
        }
        codec => {
            let payload = batch.payload();
            let records = decompressed(codec, &payload, limit).map_err(BatchError::from)?;
            let base_offset = match (magic, RecordWalk::new(&records, header.record_count).next()) {
                (Magic::V0, _) | (_, None) => 0,
                (Magic::V1, Some(first)) => header.base_offset + i64::from(first?.offset_delta),
            };
            let plain = Plain { magic, attributes, first_offset: i64::MIN, base_offset, limit };
            let mut inner = Vec::new();
            let Some(last) = plain.write(batch, &records, &mut inner)? else { return Ok(()) };
            wrap(codec, Message { attributes, ..last }, &inner, out)
        }
    }
}

/// How the records of one batch are written as messages.
struct Plain {
    magic: Magic,
    attributes: Attributes,
    /// Records below are left out.
    first_offset: i64,
    /// What the offsets of the messages count from.
    base_offset: i64,
    limit: usize,
}

impl Plain {
    /// Appends one message for each record; what a wrapper around all of them says, if there is any.
    fn write(
        &self,
        batch: &RecordBatch,
        records: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Message<'static>>, MessageSetError> {
        let header = batch.header();
        let end = out.len().saturating_add(self.limit);
        let mut wrapper: Option<Message<'static>> = None;
        for record in RecordWalk::new(records, header.record_count) {
            let record = record?;
            let offset = header.base_offset.wrapping_add(i64::from(record.offset_delta));
            if offset < self.first_offset {
                continue;
            }
            let timestamp =
                if self.magic == Magic::V1 { header.timestamp(record.timestamp_delta) } else { -1 };
            let message = Message {
                offset: offset.wrapping_sub(self.base_offset),
                magic: self.magic,
                attributes: self.attributes,
                timestamp,
                key: record.key,
                value: record.value,
            };
            if message.size() > end.saturating_sub(out.len()) {
                return Err(MessageSetError::TooLarge { limit: self.limit });
            }
            message.write(out)?;
            let largest = wrapper.map_or(timestamp, |wrapper| wrapper.timestamp.max(timestamp));
            wrapper = Some(Message { offset, timestamp: largest, key: None, value: None, ..message });
        }
        Ok(wrapper)
    }
}

/// Appends `inner`, compressed, as the value of `wrapper`.
fn wrap(
    codec: Compression,
    wrapper: Message<'_>,
    inner: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), MessageSetError> {
    let mut value = Vec::new();
    compress(codec, inner, None, &mut value)?;
    if codec == Compression::Lz4 && wrapper.magic == Magic::V0 {
        lz4::write_wrong_checksum(&mut value);
    }
    let attributes = wrapper.attributes.with_compression(codec);
    Message { attributes, value: Some(&value), ..wrapper }.write(out)
}
