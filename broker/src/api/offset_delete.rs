//! OffsetDelete 0: deletes offsets that a group has committed of partitions it does not read (KIP-496).
//!
//! - A topic that members are subscribed to is GROUP_SUBSCRIBED_TO_TOPIC; so is every topic where that cannot be known.
//! - A group with members that are no consumers is NON_EMPTY_GROUP.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestTopic, OffsetDeleteResponse, OffsetDeleteResponsePartition,
    OffsetDeleteResponseTopic,
};

use super::context::Call;
use super::groups;

pub(super) async fn handle(call: &Call<'_>, request: &OffsetDeleteRequest) -> OffsetDeleteResponse {
    let existing = existing(call, request);
    let known: Vec<_> = existing.iter().flatten().cloned().collect();
    let deleted = match groups::coordinator_of(call, &request.group_id) {
        Ok(groups) => groups.delete_offsets(&request.group_id, &known).await,
        Err(error_code) => Err(error_code),
    };
    let outcomes = match deleted {
        Ok(outcomes) => outcomes,
        Err(error_code) => return OffsetDeleteResponse { error_code, ..Default::default() },
    };
    let (mut existing, mut outcomes) = (existing.into_iter(), outcomes.into_iter());
    let topics = request.topics.iter().filter(|topic| !topic.partitions.is_empty()).map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let error_code = match existing.next().flatten() {
                Some(_) => outcomes.next().and_then(Result::err).unwrap_or_default(),
                None => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            };
            OffsetDeleteResponsePartition { partition_index: partition.partition_index, error_code }
        });
        OffsetDeleteResponseTopic { name: topic.name.clone(), partitions: partitions.collect() }
    });
    OffsetDeleteResponse { topics: topics.collect(), ..Default::default() }
}

/// The partitions of a request in its order, `None` for one that does not exist. Asked once: a topic that comes or goes meanwhile
/// must not shift the outcomes of others.
fn existing(call: &Call<'_>, request: &OffsetDeleteRequest) -> Vec<Option<(String, i32)>> {
    let of_topic = |topic: &OffsetDeleteRequestTopic| {
        let hosted = call.broker.partitions.topic(&topic.name);
        let found = topic.partitions.iter().map(|partition| {
            let index = partition.partition_index;
            hosted.as_ref().and_then(|hosted| hosted.partition(index)).map(|_| (topic.name.clone(), index))
        });
        found.collect::<Vec<_>>()
    };
    request.topics.iter().flat_map(of_topic).collect()
}
