//! OffsetDelete 0: deletes offsets that a group has committed of partitions it does not read (KIP-496).
//!
//! - A topic that members are subscribed to is GROUP_SUBSCRIBED_TO_TOPIC; so is every topic where that cannot be known.
//! - A group with members that are no consumers is NON_EMPTY_GROUP.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteResponse, OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};

use super::context::Call;
use super::groups;

pub(super) async fn handle(call: &Call<'_>, request: &OffsetDeleteRequest) -> OffsetDeleteResponse {
    let exists = |topic: &str, partition: i32| {
        call.broker.partitions.topic(topic).is_some_and(|hosted| hosted.partition(partition).is_some())
    };
    let wanted = request.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| (topic.name.clone(), partition.partition_index))
    });
    let (known, _): (Vec<_>, Vec<_>) = wanted.partition(|(topic, partition)| exists(topic, *partition));
    let deleted = match groups::coordinator_of(call, &request.group_id) {
        Ok(groups) => groups.delete_offsets(&request.group_id, &known).await,
        Err(error_code) => Err(error_code),
    };
    let outcomes = match deleted {
        Ok(outcomes) => outcomes,
        Err(error_code) => return OffsetDeleteResponse { error_code, ..Default::default() },
    };
    // Those that exist, in the request's order.
    let mut outcomes = outcomes.into_iter();
    let topics = request.topics.iter().filter(|topic| !topic.partitions.is_empty()).map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let partition_index = partition.partition_index;
            let error_code = if exists(&topic.name, partition_index) {
                outcomes.next().and_then(Result::err).unwrap_or_default()
            } else {
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            };
            OffsetDeleteResponsePartition { partition_index, error_code }
        });
        OffsetDeleteResponseTopic { name: topic.name.clone(), partitions: partitions.collect() }
    });
    OffsetDeleteResponse { topics: topics.collect(), ..Default::default() }
}
