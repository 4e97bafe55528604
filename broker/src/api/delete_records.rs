//! DeleteRecords 0-2: moves the log start offset of partitions forward (KIP-107). 2: flexible.
//!
//! - Offset -1 means the high watermark; beyond it, or below -1, is OFFSET_OUT_OF_RANGE.
//! - The new log start is durable before the answer; `low_watermark` in the answer is where the log starts then. Segments
//!   that lie before it altogether are out of the log at once.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsPartitionResult, DeleteRecordsRequest, DeleteRecordsResponse,
    DeleteRecordsTopicResult,
};

use super::context::Call;

pub(super) async fn handle(call: &Call<'_>, request: &DeleteRecordsRequest) -> DeleteRecordsResponse {
    let mut topics: Vec<DeleteRecordsTopicResult> = request
        .topics
        .iter()
        .map(|topic| DeleteRecordsTopicResult {
            name: topic.name.clone(),
            partitions: topic
                .partitions
                .iter()
                .map(|part| {
                    let (low_watermark, error_code) = match delete(call, &topic.name, part) {
                        Ok(low_watermark) => (low_watermark, ErrorCode::NONE),
                        Err(error_code) => (-1, error_code),
                    };
                    DeleteRecordsPartitionResult {
                        partition_index: part.partition_index,
                        low_watermark,
                        error_code,
                    }
                })
                .collect(),
        })
        .collect();
    if let Err(error) = call.broker.partitions.checkpoint() {
        tracing::error!(%error, "new log starts could not be made durable");
        for part in topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            (part.low_watermark, part.error_code) = (-1, ErrorCode::KAFKA_STORAGE_ERROR);
        }
    }
    for topic in &topics {
        let Some(hosted) = call.broker.partitions.topic(&topic.name) else { continue };
        for part in topic.partitions.iter().filter(|part| part.error_code.is_ok()) {
            if let Some(partition) = hosted.partition(part.partition_index) {
                partition.retire_segments(call.broker.clock.now_ms());
            }
        }
    }
    DeleteRecordsResponse { topics, ..Default::default() }
}

fn delete(call: &Call<'_>, topic: &str, part: &DeleteRecordsPartition) -> Result<i64, ErrorCode> {
    let hosted = call.broker.partitions.topic(topic).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let partition = hosted.partition(part.partition_index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    if !hosted.settings.load().allows_delete_records() {
        return Err(ErrorCode::POLICY_VIOLATION);
    }
    partition.delete_records(part.offset).map_err(|_| ErrorCode::OFFSET_OUT_OF_RANGE)
}
