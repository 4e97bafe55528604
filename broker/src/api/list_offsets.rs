//! ListOffsets 0-11: offsets by timestamp, and the ends of a log.
//!
//! - 0 answers with a list of at most `max_num_offsets` offsets, newest first; 1 with one offset and its timestamp.
//! - 2: isolation level (KIP-98). 4: leader epochs (KIP-320). 6: flexible. 7: -3, the offset of the largest timestamp (KIP-734).
//!   8: -4, the earliest local offset (KIP-405). 9: -5, the latest tiered offset (KIP-1005). 10: a time-out (KIP-1075).
//!   11: -6, the earliest offset that waits for upload (KIP-1023).
//! - Without tiered storage -4 is the log start, and -5 and -6 find nothing: offset -1 without an error.
//! - A special timestamp that the version does not have, or any other negative one, is UNSUPPORTED_VERSION for its partition.
//! - A timestamp finds the first record at or after it, to the record; none is offset -1 without an error.
//! - A partition named twice is INVALID_REQUEST.

use std::collections::HashMap;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse,
    ListOffsetsTopicResponse,
};

use super::context::Call;
use super::fetch::check_leader_epoch;
use crate::partition::Partition;
use crate::storage::TimestampOffset;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

/// The isolation level that sees only up to the last stable offset.
const READ_COMMITTED: i8 = 1;

pub(super) async fn handle(call: &Call<'_>, request: &ListOffsetsRequest) -> ListOffsetsResponse {
    let mut named: HashMap<(&str, i32), usize> = HashMap::new();
    for topic in &request.topics {
        for part in &topic.partitions {
            *named.entry((&topic.name, part.partition_index)).or_default() += 1;
        }
    }
    let topics = request.topics.iter().map(|topic| ListOffsetsTopicResponse {
        name: topic.name.clone(),
        partitions: topic
            .partitions
            .iter()
            .map(|part| {
                let twice = named.get(&(topic.name.as_str(), part.partition_index)).is_some_and(|n| *n > 1);
                let found = if twice {
                    Err(ErrorCode::INVALID_REQUEST)
                } else {
                    find(call, &topic.name, part, request.isolation_level)
                };
                answer(call.version, part, found)
            })
            .collect(),
    });
    ListOffsetsResponse { topics: topics.collect(), ..Default::default() }
}

/// The offset that one partition is asked for; `None` where there is none, which is not an error.
fn find(
    call: &Call<'_>,
    topic: &str,
    part: &ListOffsetsPartition,
    isolation_level: i8,
) -> Result<Option<TimestampOffset>, ErrorCode> {
    let hosted = call.broker.partitions.topic(topic).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let partition = hosted.partition(part.partition_index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    check_leader_epoch(part.current_leader_epoch, partition)?;
    let committed_only = isolation_level == READ_COMMITTED;
    match part.timestamp {
        LATEST => Ok(Some(end(partition, committed_only))),
        EARLIEST => Ok(Some(start(partition))),
        MAX_TIMESTAMP if call.version >= 7 => {
            partition.max_timestamp_offset(committed_only).map_err(|_| ErrorCode::KAFKA_STORAGE_ERROR)
        }
        EARLIEST_LOCAL if call.version >= 8 => Ok(Some(start(partition))),
        LATEST_TIERED if call.version >= 9 => Ok(None),
        EARLIEST_PENDING_UPLOAD if call.version >= 11 => Ok(None),
        timestamp if timestamp < 0 => Err(ErrorCode::UNSUPPORTED_VERSION),
        timestamp => partition
            .offset_for_timestamp(timestamp, committed_only)
            .map_err(|_| ErrorCode::KAFKA_STORAGE_ERROR),
    }
}

fn start(partition: &Partition) -> TimestampOffset {
    TimestampOffset {
        timestamp: -1,
        offset: partition.watermarks().log_start_offset,
        leader_epoch: partition.leader_epoch(),
    }
}

fn end(partition: &Partition, committed_only: bool) -> TimestampOffset {
    let watermarks = partition.watermarks();
    let offset = if committed_only { watermarks.last_stable_offset } else { watermarks.high_watermark };
    TimestampOffset { timestamp: -1, offset, leader_epoch: partition.leader_epoch() }
}

fn answer(
    version: i16,
    part: &ListOffsetsPartition,
    found: Result<Option<TimestampOffset>, ErrorCode>,
) -> ListOffsetsPartitionResponse {
    let mut answer =
        ListOffsetsPartitionResponse { partition_index: part.partition_index, ..Default::default() };
    match found {
        Ok(Some(found)) if version == 0 => {
            if part.max_num_offsets > 0 {
                answer.old_style_offsets.push(found.offset);
            }
        }
        Ok(Some(found)) => {
            (answer.timestamp, answer.offset, answer.leader_epoch) =
                (found.timestamp, found.offset, found.leader_epoch);
        }
        Ok(None) => {}
        Err(error_code) => answer.error_code = error_code,
    }
    answer
}
