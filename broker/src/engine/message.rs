//! What a storage keeps: a message, and how it becomes a record of a batch and comes back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::record::{BatchBuilder, Compression, Header, Record};

use crate::error::{FluxmqError, Result};
use crate::storage::StorageError;

/// A record, as the storages of this crate take and give it.
///
/// ```
/// use fluxmq::Message;
///
/// let message = Message { key: Some(b"user123".to_vec()), value: b"login".to_vec(), ..Default::default() };
/// assert!(message.headers.is_empty() && !message.tombstone);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What groups and compacts messages; `None` (null) is not the same as empty.
    pub key: Option<Vec<u8>>,
    /// The content.
    pub value: Vec<u8>,
    /// When it happened; now, unless it is set. Kept in whole milliseconds since 1970; 1970 where a record has none.
    pub timestamp: SystemTime,
    /// Headers, in order; the same key may come more than once.
    pub headers: Vec<MessageHeader>,
    /// Whether the value is absent (null), which deletes the key from a compacted topic. `value` is empty then.
    pub tombstone: bool,
}

/// A header of a [`Message`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageHeader {
    /// Its name; what is no UTF-8 in a stored record is read as U+FFFD.
    pub key: String,
    /// Its content; `None` (null) is not the same as empty.
    pub value: Option<Vec<u8>>,
}

impl Default for Message {
    fn default() -> Self {
        Message {
            key: None,
            value: Vec::new(),
            timestamp: SystemTime::now(),
            headers: Vec::new(),
            tombstone: false,
        }
    }
}

impl From<Record> for Message {
    fn from(record: Record) -> Self {
        let since_1970 = Duration::from_millis(u64::try_from(record.timestamp).unwrap_or(0));
        let header = |header: Header| MessageHeader {
            key: String::from_utf8_lossy(&header.key).into_owned(),
            value: header.value.map(Vec::from),
        };
        Message {
            key: record.key.map(Vec::from),
            tombstone: record.value.is_none(),
            value: record.value.map(Vec::from).unwrap_or_default(),
            timestamp: UNIX_EPOCH.checked_add(since_1970).unwrap_or(UNIX_EPOCH),
            headers: record.headers.into_iter().map(header).collect(),
        }
    }
}

/// Encodes messages as record batches, none larger than `batch_bytes_max` where that can be: a message that is too large by itself
/// has a batch to itself, for the topic's rules to refuse.
pub(super) fn to_batches(messages: Vec<Message>, batch_bytes_max: usize) -> Result<Vec<Vec<u8>>> {
    let mut batches = Vec::new();
    let mut builder = BatchBuilder::new(Compression::None, None);
    for message in messages {
        let timestamp_ms = timestamp_ms(&message)?;
        let headers: Vec<Header> = message.headers.into_iter().map(Header::from).collect();
        let key = message.key.as_deref();
        let value = (!message.tombstone).then_some(message.value.as_slice());
        let size = builder.record_size(timestamp_ms, key, value, &headers);
        if !builder.is_empty() && builder.estimated_size() + size > batch_bytes_max {
            let full = std::mem::replace(&mut builder, BatchBuilder::new(Compression::None, None));
            batches.push(built(&full)?);
        }
        builder.append(timestamp_ms, key, value, &headers);
    }
    if !builder.is_empty() {
        batches.push(built(&builder)?);
    }
    Ok(batches)
}

fn built(builder: &BatchBuilder) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(builder.estimated_size());
    builder.build_into(&mut bytes).map_err(StorageError::from)?;
    Ok(bytes)
}

/// The message's time in milliseconds since 1970.
fn timestamp_ms(message: &Message) -> Result<i64> {
    let refused = |code, what: &str| Err(FluxmqError::Refused { code, message: what.to_owned() });
    if message.tombstone && !message.value.is_empty() {
        return refused(ErrorCode::INVALID_RECORD, "a tombstone has no value; leave `value` empty");
    }
    let since_1970 =
        message.timestamp.duration_since(UNIX_EPOCH).map(|since| i64::try_from(since.as_millis()));
    match since_1970 {
        Ok(Ok(timestamp_ms)) => Ok(timestamp_ms),
        _ => refused(ErrorCode::INVALID_TIMESTAMP, "a message cannot be of a time before 1970"),
    }
}

impl From<MessageHeader> for Header {
    fn from(header: MessageHeader) -> Self {
        Header { key: Bytes::from(header.key), value: header.value.map(Bytes::from) }
    }
}
