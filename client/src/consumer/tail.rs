//! The last n records of a partition.
//!
//! Counting offsets back from the end finds too few: compaction leaves gaps, transaction markers take offsets, aborted
//! records are not yielded. So the end of the log is read, from further and further back, until enough records are in
//! it.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::Consumer;
use super::config::ConsumerConfig;
use super::partition::PartitionState;
use crate::client::Client;
use crate::error::ClientError;

/// The offset of the `count`th-last record within `bounds`, or where the bounds begin when there are fewer.
pub(super) async fn start_of_last(
    client: &Client,
    config: &ConsumerConfig,
    topic: &Arc<str>,
    partition: i32,
    bounds: Range<i64>,
    count: i64,
) -> Result<i64, ClientError> {
    let Ok(wanted @ 1..) = usize::try_from(count) else { return Ok(bounds.end) };
    let mut distance = count;
    loop {
        let from = bounds.end.saturating_sub(distance).max(bounds.start);
        let end = Some(bounds.end);
        let bytes = config.max_partition_bytes;
        let state = PartitionState::new(Arc::clone(topic), partition, from, end, bytes, client.backoff());
        let config = config.clone().partitions([partition]);
        let mut reader = Consumer::from_parts(client.clone(), config, vec![state]);
        // Only the offsets of the last records are kept, never more than are wanted.
        let mut last: VecDeque<i64> = VecDeque::new();
        while let Some(records) = Box::pin(reader.next_batch()).await {
            for record in records? {
                if last.len() == wanted {
                    last.pop_front();
                }
                last.push_back(record.offset);
            }
        }
        if last.len() == wanted || from == bounds.start {
            return Ok(last.front().copied().unwrap_or(bounds.start));
        }
        distance = distance.saturating_mul(2);
    }
}
