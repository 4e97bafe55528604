//! Single records: what a group reads next, and what lies around it.

use std::time::Duration;

use fluxmq_client::{
    Client, ConsumerConfig, ConsumerRecord, EndOffset, FetchQuestion, StartOffset, TopicPartition, Uuid,
};
use futures_util::stream::{self, StreamExt};

use super::positions::Log;
use crate::error::CommandError;

/// How many partitions are looked at side by side.
const AT_ONCE: usize = 16;
/// A broker answers with one whole batch at least, whatever is asked for.
const ONE_BATCH_BYTES: i32 = 1;
/// Enough for a handful of records, little for those who wait for them.
const FEW_BYTES: i32 = 64 * 1024;

/// A partition, its log, and an offset in it.
pub(crate) type Place = (TopicPartition, Log, i64);

/// The timestamps of the first records at or after places, milliseconds since 1970. `None` where there is no record,
/// it has no timestamp, or it cannot be read now.
pub(crate) async fn timestamps(client: &Client, places: Vec<Place>) -> Vec<Option<i64>> {
    let found = places
        .into_iter()
        .map(|(partition, log, offset)| async move { timestamp(client, &partition, log, offset).await });
    stream::iter(found).buffered(AT_ONCE).collect().await
}

async fn timestamp(client: &Client, partition: &TopicPartition, log: Log, offset: i64) -> Option<i64> {
    let mut fetch_offset = offset.max(log.bounds.log_start_offset);
    while fetch_offset < log.bounds.end_offset {
        let question = FetchQuestion {
            topic: &partition.topic,
            topic_id: Uuid::nil(),
            partition: partition.partition,
            fetch_offset,
            max_wait: Duration::ZERO,
            partition_max_bytes: ONE_BATCH_BYTES,
        };
        let fetched = client.fetch_partition_with_isolation_on(log.leader, question, 0).await.ok()?;
        if let Some(record) = fetched.records.first() {
            return (record.timestamp >= 0).then_some(record.timestamp);
        }
        // Markers alone, or a gap: what comes behind them.
        if fetched.next_offset <= fetch_offset {
            return None;
        }
        fetch_offset = fetched.next_offset;
    }
    None
}

/// Up to `count` records from places on, for each place by itself.
pub(crate) async fn after(
    client: &Client,
    places: Vec<Place>,
    count: usize,
) -> Result<Vec<Vec<ConsumerRecord>>, CommandError> {
    let found = places.into_iter().map(|(partition, log, offset)| async move {
        let start = StartOffset::Offset(offset.max(log.bounds.log_start_offset));
        some(client, &partition, start, log.bounds.end_offset, count).await
    });
    stream::iter(found).buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter().collect()
}

/// The last `count` records before an offset.
pub(crate) async fn before(
    client: &Client,
    (partition, log, offset): &Place,
    count: usize,
) -> Result<Vec<ConsumerRecord>, CommandError> {
    let end = (*offset).clamp(log.bounds.log_start_offset, log.bounds.end_offset);
    let wanted = i64::try_from(count).unwrap_or(i64::MAX);
    some(client, partition, StartOffset::FromEnd(wanted), end, count).await
}

async fn some(
    client: &Client,
    partition: &TopicPartition,
    start: StartOffset,
    end: i64,
    count: usize,
) -> Result<Vec<ConsumerRecord>, CommandError> {
    let mut records = Vec::new();
    let is_empty = matches!(start, StartOffset::Offset(start) if start >= end);
    if count == 0 || is_empty {
        return Ok(records);
    }
    let bytes = if count == 1 { ONE_BATCH_BYTES } else { FEW_BYTES };
    let config = ConsumerConfig { max_partition_bytes: bytes, ..ConsumerConfig::topic(&partition.topic) }
        .partitions([partition.partition])
        .range(partition.clone(), start, EndOffset::Offset(end));
    let mut consumer = client.consumer(config).await?;
    while records.len() < count
        && let Some(batch) = consumer.next_batch().await
    {
        records.extend(batch?);
    }
    records.truncate(count);
    Ok(records)
}
