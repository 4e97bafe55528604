//! What a consumer yields.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use fluxmq_protocol::record::{Compression, Header, TimestampType};

/// A record that was read, and where from. Key, value and headers share the memory of the fetched batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerRecord {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// Milliseconds since 1970, -1 where there is none.
    pub timestamp: i64,
    /// Whose clock the timestamp is of.
    pub timestamp_type: TimestampType,
    /// The leader epoch under which the record was appended, -1 where it is not known.
    pub leader_epoch: i32,
    /// The key; `None` (null) is not the same as empty.
    pub key: Option<Bytes>,
    /// The value; `None` (null) is a tombstone on compacted topics.
    pub value: Option<Bytes>,
    /// Headers, in order; the same key may come more than once.
    pub headers: Vec<Header>,
    /// The codec of the record's batch.
    pub compression: Compression,
    /// Whether the record was written in a transaction.
    pub is_transactional: bool,
    /// Whether this is a transaction's marker instead of a user's record.
    pub is_control: bool,
    /// The idempotent producer that wrote it, -1 where there is none.
    pub producer_id: i64,
    /// That producer's epoch, -1 where there is none.
    pub producer_epoch: i16,
}

impl ConsumerRecord {
    /// The key as text, with U+FFFD for what is no UTF-8.
    pub fn key_str(&self) -> Option<Cow<'_, str>> {
        self.key.as_deref().map(String::from_utf8_lossy)
    }

    /// The value as text, with U+FFFD for what is no UTF-8.
    pub fn value_str(&self) -> Option<Cow<'_, str>> {
        self.value.as_deref().map(String::from_utf8_lossy)
    }
}

/// A record's key and value as a loop's pair: `for (key, value) in record`.
impl IntoIterator for ConsumerRecord {
    type Item = (Text, Text);
    type IntoIter = std::iter::Once<(Text, Text)>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once((Text(self.key.unwrap_or_default()), Text(self.value.unwrap_or_default())))
    }
}

/// A key or a value that prints as text, with U+FFFD for what is no UTF-8. Null prints as nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub Bytes);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.0).fmt(f)
    }
}
