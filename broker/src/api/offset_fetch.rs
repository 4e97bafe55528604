//! OffsetFetch 0-10: reads a group's stored positions.
//!
//! - 2: null topics mean all that have an offset. 3: throttle time. 5: leader epoch (KIP-320). 6: flexible. 7: `require_stable`
//!   (KIP-447); without transactions every offset is stable. 8: several groups (KIP-709). 9: member epochs (KIP-848). 10: topic ids.
//! - A partition without a stored offset answers offset -1 and no error, whether or not it exists.
//! - A request that would be answered with more than 128 MiB is INVALID_REQUEST.

use fluxmq_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
    OffsetFetchResponse, OffsetFetchResponseGroup, OffsetFetchResponsePartition,
    OffsetFetchResponsePartitions, OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use fluxmq_protocol::{ErrorCode, Uuid};

use super::context::Call;
use super::groups::{self, Room};
use crate::consumer::offsets::{CommittedOffset, GroupOffsets};

/// The version from which on a group has an error of its own.
const GROUP_ERROR_VERSION: i16 = 2;

/// What a partition without metadata takes of an answer.
const PARTITION_BYTES: usize = 32;

pub(super) async fn handle(call: &Call<'_>, request: &OffsetFetchRequest) -> OffsetFetchResponse {
    let mut room = Room::default();
    if call.version >= 8 {
        let mut groups = Vec::with_capacity(request.groups.len());
        for group in &request.groups {
            groups.push(answer_group(call, group, &mut room).await);
        }
        return OffsetFetchResponse { groups, ..Default::default() };
    }
    let topics = request.topics.as_ref().map(|topics| {
        let topic = |topic: &OffsetFetchRequestTopic| OffsetFetchRequestTopics {
            name: topic.name.clone(),
            topic_id: Uuid::nil(),
            partition_indexes: topic.partition_indexes.clone(),
        };
        topics.iter().map(topic).collect()
    });
    let group = OffsetFetchRequestGroup { group_id: request.group_id.clone(), topics, ..Default::default() };
    let mut answer = answer_group(call, &group, &mut room).await;
    if call.version < GROUP_ERROR_VERSION && !answer.error_code.is_ok() {
        answer.topics = refused(&group, answer.error_code);
    }
    OffsetFetchResponse {
        topics: answer.topics.into_iter().map(in_old_form).collect(),
        error_code: answer.error_code,
        ..Default::default()
    }
}

fn in_old_form(topic: OffsetFetchResponseTopics) -> OffsetFetchResponseTopic {
    let partition = |part: OffsetFetchResponsePartitions| OffsetFetchResponsePartition {
        partition_index: part.partition_index,
        committed_offset: part.committed_offset,
        committed_leader_epoch: part.committed_leader_epoch,
        metadata: part.metadata,
        error_code: part.error_code,
    };
    OffsetFetchResponseTopic {
        name: topic.name,
        partitions: topic.partitions.into_iter().map(partition).collect(),
    }
}

/// Each partition with the error of its group, for versions that cannot tell it otherwise.
fn refused(group: &OffsetFetchRequestGroup, error_code: ErrorCode) -> Vec<OffsetFetchResponseTopics> {
    let topic = |topic: &OffsetFetchRequestTopics| OffsetFetchResponseTopics {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: topic
            .partition_indexes
            .iter()
            .map(|index| OffsetFetchResponsePartitions { error_code, ..position(*index, None) })
            .collect(),
    };
    group.topics.iter().flatten().map(topic).collect()
}

async fn answer_group(
    call: &Call<'_>,
    group: &OffsetFetchRequestGroup,
    room: &mut Room,
) -> OffsetFetchResponseGroup {
    let mut look = |offsets: &GroupOffsets| match &group.topics {
        Some(topics) => topics.iter().map(|topic| named(call, offsets, topic, room)).collect(),
        None => all(call, offsets, room),
    };
    let found = match groups::coordinator(call) {
        Ok(coordinator) => {
            let (member, epoch) = (group.member_id.as_deref(), group.member_epoch);
            coordinator.committed(&group.group_id, member, epoch, &mut look).await
        }
        Err(error_code) => Err(error_code),
    };
    let topics = found.and_then(|found| found.unwrap_or_else(|| look(&GroupOffsets::default())));
    let mut answer = OffsetFetchResponseGroup { group_id: group.group_id.clone(), ..Default::default() };
    match topics {
        Ok(topics) => answer.topics = topics,
        Err(error_code) => answer.error_code = error_code,
    }
    answer
}

fn named(
    call: &Call<'_>,
    offsets: &GroupOffsets,
    topic: &OffsetFetchRequestTopics,
    room: &mut Room,
) -> Result<OffsetFetchResponseTopics, ErrorCode> {
    let by_id = call.version >= 10;
    let hosted = by_id.then(|| call.broker.partitions.topic_by_id(topic.topic_id)).flatten();
    let name = hosted.as_ref().map_or(topic.name.as_str(), |hosted| &hosted.name);
    let is_unknown = by_id && hosted.is_none();
    let partitions = topic.partition_indexes.iter().map(|index| {
        if is_unknown {
            room.take(PARTITION_BYTES)?;
            let error_code = ErrorCode::UNKNOWN_TOPIC_ID;
            return Ok(OffsetFetchResponsePartitions { error_code, ..position(*index, None) });
        }
        let committed = offsets.get(name, *index);
        room.take(PARTITION_BYTES + committed.map_or(0, |committed| committed.metadata.len()))?;
        Ok(position(*index, committed))
    });
    Ok(OffsetFetchResponseTopics {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: partitions.collect::<Result<_, ErrorCode>>()?,
    })
}

fn all(
    call: &Call<'_>,
    offsets: &GroupOffsets,
    room: &mut Room,
) -> Result<Vec<OffsetFetchResponseTopics>, ErrorCode> {
    let mut topics: Vec<OffsetFetchResponseTopics> = Vec::new();
    for (name, index, offset) in offsets.iter() {
        room.take(PARTITION_BYTES + offset.metadata.len())?;
        let place = position(index, Some(offset));
        match topics.last_mut() {
            Some(topic) if topic.name == name => topic.partitions.push(place),
            _ => {
                let topic_id = call.broker.partitions.topic(name).map_or(Uuid::nil(), |topic| topic.id);
                if call.version >= 10 && topic_id.is_nil() {
                    // It is being deleted, and has no name in this version any more.
                    continue;
                }
                topics.push(OffsetFetchResponseTopics {
                    name: name.to_owned(),
                    topic_id,
                    partitions: vec![place],
                });
            }
        }
    }
    Ok(topics)
}

fn position(partition_index: i32, committed: Option<&CommittedOffset>) -> OffsetFetchResponsePartitions {
    let (offset, leader_epoch, metadata) = committed
        .map_or((-1, -1, String::new()), |found| (found.offset, found.leader_epoch, found.metadata.clone()));
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: offset,
        committed_leader_epoch: leader_epoch,
        metadata: Some(metadata),
        error_code: ErrorCode::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    async fn bench() -> (Bench, Uuid) {
        let bench = Bench::new().await;
        let id = bench.topic("orders", 3, &[]).await;
        for partition in [0, 2] {
            bench.commit("g", "orders", partition, 10 + i64::from(partition)).await;
        }
        (bench, id)
    }

    async fn fetch(
        bench: &Bench,
        version: i16,
        group: &str,
        topics: Option<Vec<OffsetFetchRequestTopics>>,
    ) -> Vec<OffsetFetchResponseTopics> {
        let group = OffsetFetchRequestGroup { group_id: group.to_owned(), topics, ..Default::default() };
        let request = OffsetFetchRequest { groups: vec![group], ..Default::default() };
        handle(&bench.call(version), &request).await.groups.remove(0).topics
    }

    fn offsets(topics: &[OffsetFetchResponseTopics]) -> Vec<(i32, i64, ErrorCode)> {
        let partitions = topics.iter().flat_map(|topic| &topic.partitions);
        partitions.map(|part| (part.partition_index, part.committed_offset, part.error_code)).collect()
    }

    #[tokio::test]
    async fn named_partitions_are_answered_and_null_means_all() {
        let (bench, _) = bench().await;
        let topic = OffsetFetchRequestTopics {
            name: "orders".to_owned(),
            partition_indexes: vec![0, 1, 9],
            ..Default::default()
        };
        let ok = ErrorCode::NONE;
        let named = fetch(&bench, 8, "g", Some(vec![topic.clone()])).await;
        assert_eq!(offsets(&named), [(0, 10, ok), (1, -1, ok), (9, -1, ok)]);
        assert_eq!(offsets(&fetch(&bench, 8, "g", None).await), [(0, 10, ok), (2, 12, ok)]);
        assert!(fetch(&bench, 8, "g", Some(Vec::new())).await.is_empty());
        assert_eq!(offsets(&fetch(&bench, 8, "nobody", Some(vec![topic])).await)[0], (0, -1, ok));
        assert!(fetch(&bench, 8, "nobody", None).await.is_empty());
    }

    #[tokio::test]
    async fn topics_by_id() {
        let (bench, topic_id) = bench().await;
        let named = |topic_id| {
            Some(vec![OffsetFetchRequestTopics {
                topic_id,
                partition_indexes: vec![2],
                ..Default::default()
            }])
        };
        let found = fetch(&bench, 10, "g", named(topic_id)).await;
        assert_eq!(offsets(&found), [(2, 12, ErrorCode::NONE)]);
        let unknown = fetch(&bench, 10, "g", named(Uuid::from_u128(5))).await;
        assert_eq!(offsets(&unknown), [(2, -1, ErrorCode::UNKNOWN_TOPIC_ID)]);
        assert_eq!(fetch(&bench, 10, "g", None).await[0].topic_id, topic_id);
        bench.broker.topics.delete("orders").await.unwrap();
        assert!(fetch(&bench, 10, "g", None).await.is_empty(), "it cannot be told of which topic they were");
    }

    #[tokio::test]
    async fn partitions_have_the_errors_of_their_group_where_it_has_none_itself() {
        let bench = Bench::with(&[("enable_consumer_groups", "false")]).await;
        let topic = OffsetFetchRequestTopic { name: "orders".to_owned(), partition_indexes: vec![0, 1] };
        let request =
            OffsetFetchRequest { group_id: "g".to_owned(), topics: Some(vec![topic]), ..Default::default() };
        for (version, partitions) in [(0, 2), (1, 2), (2, 0), (7, 0)] {
            let answer = handle(&bench.call(version), &request).await;
            let refused = answer.topics.iter().flat_map(|topic| &topic.partitions);
            let refused = refused.filter(|part| part.error_code == ErrorCode::COORDINATOR_NOT_AVAILABLE);
            assert_eq!(refused.count(), partitions, "{version}");
            assert_eq!(answer.error_code, ErrorCode::COORDINATOR_NOT_AVAILABLE);
        }
    }

    #[tokio::test]
    async fn nobody_is_answered_without_end() {
        let (bench, _) = bench().await;
        let asked = |times| {
            let topic = OffsetFetchRequestTopics {
                name: "orders".to_owned(),
                partition_indexes: vec![0; times],
                ..Default::default()
            };
            let (group_id, topics) = ("g".to_owned(), Some(vec![topic]));
            OffsetFetchRequestGroup { group_id, topics, ..Default::default() }
        };
        let all = OffsetFetchRequestGroup { topics: None, ..asked(0) };
        let mut room = Room(5 * (PARTITION_BYTES + "m".len()));
        for (group, expected) in [
            (asked(2), ErrorCode::NONE),
            (all.clone(), ErrorCode::NONE),
            (all, ErrorCode::INVALID_REQUEST),
            (asked(1), ErrorCode::INVALID_REQUEST),
        ] {
            let answer = answer_group(&bench.call(8), &group, &mut room).await;
            assert_eq!((answer.error_code, answer.topics.is_empty()), (expected, !expected.is_ok()));
        }
    }

    #[tokio::test]
    async fn the_old_form_says_the_same() {
        let (bench, _) = bench().await;
        let request = OffsetFetchRequest { group_id: "g".to_owned(), topics: None, ..Default::default() };
        let response = handle(&bench.call(5), &request).await;
        let parts: Vec<_> = response.topics[0]
            .partitions
            .iter()
            .map(|part| (part.partition_index, part.committed_offset))
            .collect();
        assert_eq!((response.topics[0].name.as_str(), parts), ("orders", vec![(0, 10), (2, 12)]));
    }
}
