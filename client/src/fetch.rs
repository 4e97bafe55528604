//! Single requests about one partition, for those who keep their own books: a fetch, and the end of a leader epoch.

use std::time::Duration;

use bytes::Bytes;
use fluxmq_protocol::messages::fetch::{FetchPartition, FetchRequest, FetchTopic, PartitionData};
use fluxmq_protocol::messages::offset_for_leader_epoch::{
    OffsetForLeaderEpochRequest, OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use fluxmq_protocol::record::{DECOMPRESSED_BYTES_MAX, Header};
use fluxmq_protocol::{ErrorCode, Uuid};

use crate::client::Client;
use crate::connection::Connection;
use crate::consumer::VisibleBatches;
use crate::error::ClientError;
use crate::topic_partition::TopicPartition;

const VERSION_MIN: i16 = 4;
const TOPIC_ID_VERSION: i16 = 13;

/// One record of a single-partition fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedRecord {
    /// The offset.
    pub offset: i64,
    /// The key; `None` (null) is not the same as empty.
    pub key: Option<Bytes>,
    /// The value; `None` (null) is a tombstone on compacted topics.
    pub value: Option<Bytes>,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// Headers, in order.
    pub headers: Vec<Header>,
}

/// The records of a single-partition fetch and where the next one goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedRecords {
    /// The records at or after the offset that was asked for.
    pub records: Vec<FetchedRecord>,
    /// Where to go on: behind all that was answered, control batches and aborted records included, so that a range of
    /// nothing but those is passed.
    pub next_offset: i64,
    /// The end of what is committed (exclusive).
    pub high_watermark: i64,
    /// The end of what committed reads see (exclusive).
    pub last_stable_offset: i64,
    /// The first offset there is.
    pub log_start_offset: i64,
}

/// The end of a leader epoch in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochEndOffset {
    /// The partition.
    pub partition: i32,
    /// The largest epoch not above the one that was asked for, -1 where there is none.
    pub leader_epoch: i32,
    /// Where that epoch ends (exclusive), -1 where it is not known.
    pub end_offset: i64,
    /// The broker's error code.
    pub error_code: ErrorCode,
}

/// Fetches about `partition_max_bytes` of one partition from `fetch_offset` on, all records, and waits up to `max_wait`
/// for the first. `topic_id` may be nil; the topic is then called by its name.
pub async fn fetch_partition(
    connection: &Connection,
    topic: &str,
    topic_id: Uuid,
    partition: i32,
    fetch_offset: i64,
    max_wait: Duration,
    partition_max_bytes: i32,
) -> Result<Vec<FetchedRecord>, ClientError> {
    let question = FetchQuestion { topic, topic_id, partition, fetch_offset, max_wait, partition_max_bytes };
    Ok(fetch_partition_with_isolation(connection, question, 0).await?.records)
}

/// What [`fetch_partition_with_isolation`] asks for.
#[derive(Debug, Clone, Copy)]
pub struct FetchQuestion<'a> {
    /// The topic's name.
    pub topic: &'a str,
    /// The topic's id, or nil to call it by its name.
    pub topic_id: Uuid,
    /// The partition.
    pub partition: i32,
    /// The first offset that is wanted.
    pub fetch_offset: i64,
    /// How long the broker may wait for the first record.
    pub max_wait: Duration,
    /// About how many bytes to answer with at most.
    pub partition_max_bytes: i32,
}

/// As [`fetch_partition`], with an isolation level (0 reads all records, 1 those of committed transactions alone), and
/// with where to go on.
pub async fn fetch_partition_with_isolation(
    connection: &Connection,
    question: FetchQuestion<'_>,
    isolation_level: i8,
) -> Result<FetchedRecords, ClientError> {
    let version_max = if question.topic_id.is_nil() { TOPIC_ID_VERSION - 1 } else { i16::MAX };
    let version = connection.versions().negotiate_within::<FetchRequest>(VERSION_MIN, version_max)?;
    let request = FetchRequest {
        max_wait_ms: i32::try_from(question.max_wait.as_millis()).unwrap_or(i32::MAX),
        min_bytes: 1,
        isolation_level,
        topics: vec![FetchTopic {
            topic: question.topic.to_owned(),
            topic_id: question.topic_id,
            partitions: vec![FetchPartition {
                partition: question.partition,
                fetch_offset: question.fetch_offset,
                partition_max_bytes: question.partition_max_bytes,
                ..FetchPartition::default()
            }],
        }],
        ..FetchRequest::default()
    };
    let timeout = question.max_wait + connection.options().request_timeout;
    let response = connection.send_version(&request, version, timeout).await?;
    let name = TopicPartition::new(question.topic, question.partition);
    let context = || format!("fetch from `{name}` at offset {}", question.fetch_offset);
    ClientError::check(response.error_code, context)?;
    let answer = response.responses.into_iter().flat_map(|topic| topic.partitions).next();
    let Some(answer) = answer else {
        let message = Some("the broker's answer leaves the partition out".to_owned());
        return Err(ClientError::server(ErrorCode::UNKNOWN_SERVER_ERROR, context(), message));
    };
    ClientError::check(answer.error_code, context)?;
    records_of(answer, question.fetch_offset, &name)
}

fn records_of(
    answer: PartitionData,
    fetch_offset: i64,
    name: &TopicPartition,
) -> Result<FetchedRecords, ClientError> {
    let mut fetched = FetchedRecords {
        records: Vec::new(),
        next_offset: fetch_offset,
        high_watermark: answer.high_watermark,
        last_stable_offset: answer.last_stable_offset,
        log_start_offset: answer.log_start_offset,
    };
    let unreadable = |error| ClientError::codec(format!("a record batch of `{name}`"), error);
    let aborted = answer.aborted_transactions.unwrap_or_default();
    for batch in VisibleBatches::new(answer.records.unwrap_or_default(), aborted) {
        let (batch, is_aborted) = batch.map_err(unreadable)?;
        fetched.next_offset = fetched.next_offset.max(batch.header().next_offset());
        if is_aborted || batch.header().attributes.is_control() {
            continue;
        }
        for record in batch.records(DECOMPRESSED_BYTES_MAX).map_err(unreadable)? {
            let record = record.map_err(unreadable)?;
            if record.offset >= fetch_offset {
                fetched.records.push(FetchedRecord {
                    offset: record.offset,
                    key: record.key,
                    value: record.value,
                    timestamp: record.timestamp,
                    headers: record.headers,
                });
            }
        }
    }
    Ok(fetched)
}

/// Asks a broker for the end of a leader epoch (KIP-320). `current_leader_epoch` is the one that the caller believes to
/// be current, -1 for none; an older one than the broker's is refused.
pub async fn offset_for_leader_epoch(
    connection: &Connection,
    topic: &str,
    partition: i32,
    current_leader_epoch: i32,
    leader_epoch: i32,
) -> Result<EpochEndOffset, ClientError> {
    let request = OffsetForLeaderEpochRequest {
        replica_id: -1,
        topics: vec![OffsetForLeaderTopic {
            topic: topic.to_owned(),
            partitions: vec![OffsetForLeaderPartition { partition, current_leader_epoch, leader_epoch }],
        }],
    };
    let response = connection.send(request).await?;
    let answer = response.topics.into_iter().flat_map(|topic| topic.partitions).next();
    answer
        .map(|answer| EpochEndOffset {
            partition: answer.partition,
            leader_epoch: answer.leader_epoch,
            end_offset: answer.end_offset,
            error_code: answer.error_code,
        })
        .ok_or_else(|| {
            let context = format!("the end of leader epoch {leader_epoch} of `{topic}-{partition}`");
            let message = Some("the broker's answer leaves the partition out".to_owned());
            ClientError::server(ErrorCode::UNKNOWN_SERVER_ERROR, context, message)
        })
}

impl Client {
    /// As [`fetch_partition_with_isolation`], on the connection to a broker.
    pub async fn fetch_partition_with_isolation_on(
        &self,
        broker: i32,
        question: FetchQuestion<'_>,
        isolation_level: i8,
    ) -> Result<FetchedRecords, ClientError> {
        let connection = self.broker(broker).connection().await?;
        fetch_partition_with_isolation(&connection, question, isolation_level).await
    }

    /// As [`offset_for_leader_epoch`], on the connection to the partition's leader.
    pub async fn offset_for_leader_epoch(
        &self,
        topic: &str,
        partition: i32,
        current_leader_epoch: i32,
        leader_epoch: i32,
    ) -> Result<EpochEndOffset, ClientError> {
        let name = TopicPartition::new(topic, partition);
        let deadline = crate::retry::Deadline::after(self.connection_options().request_timeout);
        let leader = self.leader_of(&name, deadline).await?;
        self.offset_for_leader_epoch_on(leader, topic, partition, current_leader_epoch, leader_epoch).await
    }

    /// As [`offset_for_leader_epoch`], on the connection to a broker.
    pub async fn offset_for_leader_epoch_on(
        &self,
        broker: i32,
        topic: &str,
        partition: i32,
        current_leader_epoch: i32,
        leader_epoch: i32,
    ) -> Result<EpochEndOffset, ClientError> {
        let connection = self.broker(broker).connection().await?;
        offset_for_leader_epoch(&connection, topic, partition, current_leader_epoch, leader_epoch).await
    }
}
