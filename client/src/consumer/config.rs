//! What a consumer reads, from where to where, and how.

use std::collections::BTreeMap;
use std::time::Duration;

use fluxmq_protocol::record::DECOMPRESSED_BYTES_MAX;

use crate::error::ClientError;
use crate::list_offsets::IsolationLevel;
use crate::topic_partition::TopicPartition;

/// Where a partition is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StartOffset {
    /// The first record there is.
    Beginning,
    /// What is written from now on.
    #[default]
    End,
    /// This many offsets after the first, but not after the end.
    FromBeginning(i64),
    /// This many records before the end: records that the consumer would yield are counted, not offsets, so gaps and
    /// transaction markers do not make them fewer.
    FromEnd(i64),
    /// This offset.
    Offset(i64),
    /// The first record at or after this moment, in milliseconds since 1970; the end where there is none.
    Timestamp(i64),
}

/// Where a partition's reading stops (exclusive). Whatever it is, it is never behind the end that the partition had when
/// the consumer was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EndOffset {
    /// Never: wait for more.
    #[default]
    Never,
    /// The end at the moment the consumer is made.
    Current,
    /// This offset.
    Offset(i64),
    /// The first record at or after this moment, in milliseconds since 1970.
    Timestamp(i64),
    /// This many offsets after the first.
    FromBeginning(i64),
    /// This many offsets before the end.
    FromEnd(i64),
}

/// What to do when the position is not, or no longer, in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OffsetReset {
    /// Yield an error and stop reading the partition.
    #[default]
    Error,
    /// Go on at the first record there is.
    Beginning,
    /// Go on at the end.
    End,
}

/// Settings of a consumer.
#[derive(Debug, Clone)]
pub struct ConsumerConfig {
    /// The topics to read.
    pub topics: Vec<String>,
    /// A regular expression; topics whose whole name it matches are read as well.
    pub topic_pattern: Option<String>,
    /// Whether the pattern may match the cluster's own topics. Default false.
    pub include_internal_topics: bool,
    /// The partitions to read of each topic; all when empty.
    pub partitions: Vec<i32>,
    /// Where each partition is read from. Default the end.
    pub start: StartOffset,
    /// Where each partition's reading stops. Default never.
    pub end: EndOffset,
    /// Other starts and ends for single partitions.
    pub ranges: BTreeMap<TopicPartition, (StartOffset, EndOffset)>,
    /// What to do when a position is not in the log. Default an error.
    pub offset_reset: OffsetReset,
    /// Which records of transactions are read. Default all.
    pub isolation: IsolationLevel,
    /// Whether transaction markers are yielded as records. Default false.
    pub control_records: bool,
    /// How many bytes of batches are fetched ahead. Default 16 MiB.
    pub prefetch_bytes: usize,
    /// How long a broker waits for `min_bytes`. Default 500 ms.
    pub max_wait: Duration,
    /// How many bytes make an answer worth sending. Default 1.
    pub min_bytes: i32,
    /// About how many bytes one answer has at most. Default 50 MiB.
    pub max_bytes: i32,
    /// About how many bytes one answer has of one partition at most. Default 1 MiB.
    pub max_partition_bytes: i32,
    /// How many bytes one batch may decompress to. Default 64 MiB.
    pub decompressed_bytes_max: usize,
    /// Where this consumer stands; brokers may name a nearer replica to read from (KIP-392).
    pub rack: Option<String>,
    /// How long one fetch may take beyond `max_wait`, and how long starting may take. Default 30 s.
    pub request_timeout: Duration,
    /// How long a partition may fail to be read before that is yielded as an error. Default 60 s.
    pub unavailable_timeout: Duration,
}

impl Default for ConsumerConfig {
    fn default() -> Self {
        ConsumerConfig {
            topics: Vec::new(),
            topic_pattern: None,
            include_internal_topics: false,
            partitions: Vec::new(),
            start: StartOffset::default(),
            end: EndOffset::default(),
            ranges: BTreeMap::new(),
            offset_reset: OffsetReset::default(),
            isolation: IsolationLevel::default(),
            control_records: false,
            prefetch_bytes: 16 * 1024 * 1024,
            max_wait: Duration::from_millis(500),
            min_bytes: 1,
            max_bytes: 50 * 1024 * 1024,
            max_partition_bytes: 1024 * 1024,
            decompressed_bytes_max: DECOMPRESSED_BYTES_MAX,
            rack: None,
            request_timeout: Duration::from_secs(30),
            unavailable_timeout: Duration::from_secs(60),
        }
    }
}

impl ConsumerConfig {
    /// Reads one topic.
    pub fn topic(topic: impl Into<String>) -> Self {
        ConsumerConfig { topics: vec![topic.into()], ..ConsumerConfig::default() }
    }

    /// Reads several topics.
    pub fn topics<T: Into<String>>(topics: impl IntoIterator<Item = T>) -> Self {
        let topics = topics.into_iter().map(Into::into).collect();
        ConsumerConfig { topics, ..ConsumerConfig::default() }
    }

    /// Sets where partitions are read from.
    #[must_use]
    pub fn start(mut self, start: StartOffset) -> Self {
        self.start = start;
        self
    }

    /// Sets where the reading of partitions stops.
    #[must_use]
    pub fn end(mut self, end: EndOffset) -> Self {
        self.end = end;
        self
    }

    /// Reads only these partitions.
    #[must_use]
    pub fn partitions(mut self, partitions: impl IntoIterator<Item = i32>) -> Self {
        self.partitions = partitions.into_iter().collect();
        self
    }

    /// Sets another start and end for one partition.
    #[must_use]
    pub fn range(mut self, partition: impl Into<TopicPartition>, start: StartOffset, end: EndOffset) -> Self {
        self.ranges.insert(partition.into(), (start, end));
        self
    }

    /// Sets which records of transactions are read.
    #[must_use]
    pub fn isolation(mut self, isolation: IsolationLevel) -> Self {
        self.isolation = isolation;
        self
    }

    /// Sets whether transaction markers are yielded.
    #[must_use]
    pub fn control_records(mut self, control_records: bool) -> Self {
        self.control_records = control_records;
        self
    }

    /// Sets what to do when a position is not in the log.
    #[must_use]
    pub fn offset_reset(mut self, offset_reset: OffsetReset) -> Self {
        self.offset_reset = offset_reset;
        self
    }

    /// Refuses settings that cannot work.
    pub fn validate(&self) -> Result<(), ClientError> {
        let refuse = |message: &str| Err(ClientError::InvalidConfig(message.to_owned()));
        if self.topics.is_empty() && self.topic_pattern.is_none() {
            return refuse("a consumer needs a topic, or a pattern of topics");
        }
        if self.max_bytes < 1 || self.max_partition_bytes < 1 || self.min_bytes < 0 {
            return refuse(
                "`max_bytes` and `max_partition_bytes` must be at least 1, `min_bytes` at least 0",
            );
        }
        if self.prefetch_bytes == 0 || self.decompressed_bytes_max == 0 {
            return refuse("`prefetch_bytes` and `decompressed_bytes_max` must be at least 1");
        }
        if self.request_timeout.is_zero() {
            return refuse("`request_timeout` must be longer than 0");
        }
        Ok(())
    }

    pub(super) fn range_of(&self, partition: &TopicPartition) -> (StartOffset, EndOffset) {
        self.ranges.get(partition).copied().unwrap_or((self.start, self.end))
    }
}
