//! What a producer is given, and what it gives back.

use std::sync::Arc;

use bytes::Bytes;
use fluxmq_protocol::record::Header;

/// A record on its way to a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerRecord {
    /// The topic; empty for the topic that the producer was made for.
    pub topic: String,
    /// The partition; `None` leaves the choice to the partitioner.
    pub partition: Option<i32>,
    /// The key. `None` (null) is not the same as empty.
    pub key: Option<Bytes>,
    /// The value. `None` (null) is a tombstone on compacted topics.
    pub value: Option<Bytes>,
    /// Headers, in order; the same key may come more than once.
    pub headers: Vec<Header>,
    /// Milliseconds since 1970; `None` takes the moment of the call.
    pub timestamp: Option<i64>,
}

impl ProducerRecord {
    /// A record without key and headers.
    pub fn new(topic: impl Into<String>, value: impl Into<Bytes>) -> Self {
        ProducerRecord { value: Some(value.into()), ..Self::tombstone(topic) }
    }

    /// A record without key, value and headers.
    pub fn tombstone(topic: impl Into<String>) -> Self {
        ProducerRecord {
            topic: topic.into(),
            partition: None,
            key: None,
            value: None,
            headers: Vec::new(),
            timestamp: None,
        }
    }

    /// Sets the key.
    #[must_use]
    pub fn key(mut self, key: impl Into<Bytes>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the partition.
    #[must_use]
    pub fn partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// Sets the timestamp, in milliseconds since 1970.
    #[must_use]
    pub fn timestamp(mut self, timestamp_ms: i64) -> Self {
        self.timestamp = Some(timestamp_ms);
        self
    }

    /// Appends a header.
    #[must_use]
    pub fn header(mut self, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        self.headers.push(Header { key: key.into(), value: Some(value.into()) });
        self
    }

    /// About how many bytes the record takes in a batch, never too few.
    pub(crate) fn size_max(&self) -> usize {
        // Attributes, two varlongs' worth of deltas, and the lengths, at 5 bytes each at most.
        const OVERHEAD: usize = 40;
        let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let headers: usize =
            self.headers.iter().map(|header| 10 + header.key.len() + length(&header.value)).sum();
        OVERHEAD + length(&self.key) + length(&self.value) + headers
    }
}

/// Where a record was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordMetadata {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset; -1 with [`Acks::None`](super::Acks::None), and for a batch that the broker had already and whose
    /// offset it no longer knows.
    pub offset: i64,
    /// Milliseconds since 1970: the record's own, or the broker's where the topic is configured so.
    pub timestamp: i64,
}
