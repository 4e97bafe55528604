//! Message sets become record batches: what an old producer sends, in the form that logs have.

use super::super::attributes::TimestampType;
use super::super::builder::BatchBuilder;
use super::super::compression::Compression;
use super::super::header::BatchHeader;
use super::super::stamp::set_attributes;
use super::error::MessageSetError;
use super::read::{Tail, messages, visit};

/// One record batch of all records in `set`: with the codec of its last wrapper, base offset 0 and no producer. Records
/// of magic 0 have the timestamp -1. A claim that timestamps are the broker's is kept, for whoever judges the batch.
///
/// All wrappers together may decompress to at most `limit` bytes; a set that is cut off is refused.
pub fn up(set: &[u8], limit: usize) -> Result<Vec<u8>, MessageSetError> {
    let mut codec = Compression::None;
    let mut log_append_time = false;
    for message in messages(set) {
        let message = message?;
        log_append_time |= message.has_log_append_time();
        match message.codec()? {
            Compression::None => {}
            wrapped => codec = wrapped,
        }
    }
    let mut builder = BatchBuilder::new(codec, None);
    visit(set, limit, Tail::Refused, |record| {
        builder.append(record.timestamp, record.key, record.value, &[]);
    })?;
    if builder.is_empty() {
        return Err(MessageSetError::Empty);
    }
    let mut batch = Vec::new();
    builder.build_into(&mut batch)?;
    if log_append_time {
        let attributes = BatchHeader::parse(&batch)?.attributes;
        set_attributes(&mut batch, attributes.with_timestamp_type(TimestampType::LogAppendTime))?;
    }
    Ok(batch)
}
