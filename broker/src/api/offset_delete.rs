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
    let known: Vec<_> = existing.iter().flatten().copied().collect();
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
fn existing<'a>(call: &Call<'_>, request: &'a OffsetDeleteRequest) -> Vec<Option<(&'a str, i32)>> {
    let of_topic = |topic: &'a OffsetDeleteRequestTopic| {
        let hosted = call.broker.partitions.topic(&topic.name);
        let found = topic.partitions.iter().map(|partition| {
            let index = partition.partition_index;
            hosted.as_ref().and_then(|hosted| hosted.partition(index)).map(|_| (topic.name.as_str(), index))
        });
        found.collect::<Vec<_>>()
    };
    request.topics.iter().flat_map(of_topic).collect()
}

#[cfg(test)]
mod tests {
    use fluxmq_protocol::messages::offset_delete::OffsetDeleteRequestPartition;

    use super::super::testing::Bench;
    use super::*;

    #[tokio::test]
    async fn every_partition_is_answered_and_goes_once() {
        let bench = Bench::new().await;
        bench.topic("orders", 2, &[]).await;
        bench.commit("g", "orders", 0, 5).await;
        bench.commit("g", "orders", 1, 6).await;
        let partition = |partition_index| OffsetDeleteRequestPartition { partition_index };
        let topic = OffsetDeleteRequestTopic {
            name: "orders".to_owned(),
            partitions: [0, 9, 0].map(partition).to_vec(),
        };
        let request = OffsetDeleteRequest { group_id: "g".to_owned(), topics: vec![topic.clone(), topic] };
        let topics = handle(&bench.call(0), &request).await.topics;
        let parts = topics.iter().flat_map(|topic| &topic.partitions);
        let codes: Vec<_> = parts.map(|part| (part.partition_index, part.error_code)).collect();
        let (ok, unknown) = (ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        assert_eq!(codes, [(0, ok), (9, unknown), (0, ok), (0, ok), (9, unknown), (0, ok)]);
        assert_eq!(bench.committed("g", "orders", 0).await, None);
        assert_eq!(bench.committed("g", "orders", 1).await, Some(6));
    }
    #[tokio::test]
    async fn a_group_outlives_its_last_offset() {
        let bench = Bench::new().await;
        bench.topic("orders", 1, &[]).await;
        bench.commit("g", "orders", 0, 5).await;
        let groups = bench.broker.groups.as_ref().unwrap();
        assert_eq!(groups.delete_offsets("g", &[("orders", 0)]).await, Ok(vec![Ok(())]));
        assert!(groups.describe_classic("g").await.unwrap().is_some());
        assert_eq!(groups.delete("g").await, Ok(()));
        assert!(groups.describe_classic("g").await.unwrap().is_none());
    }
}
