//! Groups as brokers of different ages and protocols tell of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use fluxmq_protocol::consumer_protocol::{self, Assignment, Subscription};
use fluxmq_protocol::messages::api_versions::{ApiVersion, ApiVersionsResponse};
use fluxmq_protocol::messages::consumer_group_describe as next;
use fluxmq_protocol::messages::delete_groups::{
    DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse,
};
use fluxmq_protocol::messages::describe_groups as classic;
use fluxmq_protocol::messages::find_coordinator::{
    Coordinator, FindCoordinatorRequest, FindCoordinatorResponse,
};
use fluxmq_protocol::messages::list_groups::{ListGroupsRequest, ListGroupsResponse, ListedGroup};
use fluxmq_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchResponse, OffsetFetchResponseGroup, OffsetFetchResponsePartition,
    OffsetFetchResponseTopic,
};
use fluxmq_protocol::{ApiKey, ErrorCode};

use super::admin::lone_broker;
use crate::TopicPartition;
use crate::admin::{GroupFilter, GroupState, GroupType};
use crate::mock::{MockReply, MockRequest};

/// Broker 3 coordinates everything.
fn coordinators(request: &MockRequest) -> Option<MockReply> {
    let asked = request.decode::<FindCoordinatorRequest>()?;
    let coordinator = |key: String| Coordinator { key, node_id: 3, ..Coordinator::default() };
    let coordinators = asked.coordinator_keys.into_iter().map(coordinator).collect();
    Some(request.reply(&FindCoordinatorResponse {
        node_id: 3,
        coordinators,
        ..FindCoordinatorResponse::default()
    }))
}

fn classic_group(name: String) -> classic::DescribedGroup {
    if name != "old" {
        return classic::DescribedGroup {
            group_id: name,
            group_state: "Dead".to_owned(),
            ..classic::DescribedGroup::default()
        };
    }
    let topics = vec!["t".to_owned()];
    let subscription = Subscription { topics, ..Subscription::default() };
    let assigned_partitions = consumer_protocol::by_topic([("t", 1), ("t", 0)]);
    let assignment = Assignment { assigned_partitions, ..Assignment::default() };
    let member = classic::DescribedGroupMember {
        member_id: "m-1".to_owned(),
        client_id: "m".to_owned(),
        client_host: "/10.0.0.1".to_owned(),
        member_metadata: subscription.encode(1).unwrap(),
        member_assignment: assignment.encode(1).unwrap(),
        ..classic::DescribedGroupMember::default()
    };
    let nonsense = classic::DescribedGroupMember {
        member_id: "n-1".to_owned(),
        client_id: "n".to_owned(),
        member_metadata: b"\x00".as_slice().into(),
        member_assignment: b"\xff\xff".as_slice().into(),
        ..classic::DescribedGroupMember::default()
    };
    classic::DescribedGroup {
        group_id: name,
        group_state: "Stable".to_owned(),
        protocol_type: "consumer".to_owned(),
        protocol_data: "range".to_owned(),
        members: vec![nonsense, member],
        ..classic::DescribedGroup::default()
    }
}

fn next_group(name: String) -> next::DescribedGroup {
    if name != "new" {
        return next::DescribedGroup {
            error_code: ErrorCode::GROUP_ID_NOT_FOUND,
            group_id: name,
            ..next::DescribedGroup::default()
        };
    }
    let partitions = |partitions: &[i32]| next::Assignment {
        topic_partitions: vec![next::TopicPartitions {
            topic_name: "t".to_owned(),
            partitions: partitions.to_vec(),
            ..next::TopicPartitions::default()
        }],
    };
    let member = next::Member {
        member_id: "x".to_owned(),
        member_epoch: 4,
        assignment: partitions(&[2]),
        target_assignment: partitions(&[3, 2]),
        ..next::Member::default()
    };
    next::DescribedGroup {
        group_id: name,
        group_state: "Reconciling".to_owned(),
        group_epoch: 5,
        assignment_epoch: 5,
        assignor_name: "uniform".to_owned(),
        members: vec![member],
        ..next::DescribedGroup::default()
    }
}

#[tokio::test]
async fn groups_are_described_whichever_protocol_they_speak() {
    let (_broker, client) = lone_broker(|request| {
        if let Some(asked) = request.decode::<next::ConsumerGroupDescribeRequest>() {
            let groups = asked.group_ids.into_iter().map(next_group).collect();
            return request.reply(&next::ConsumerGroupDescribeResponse { groups, throttle_time_ms: 0 });
        }
        if let Some(asked) = request.decode::<classic::DescribeGroupsRequest>() {
            let groups = asked.groups.into_iter().map(classic_group).collect();
            return request.reply(&classic::DescribeGroupsResponse { groups, throttle_time_ms: 0 });
        }
        coordinators(request).unwrap_or(MockReply::Default)
    })
    .await;
    let described = client.admin().describe_groups(&["old", "none", "new"]).await;
    let names: Vec<&str> = described.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["old", "none", "new"]);

    let old = described[0].1.as_ref().unwrap();
    assert_eq!((&old.spec.group_type, &old.status.state), (&GroupType::Classic, &GroupState::Stable));
    assert_eq!(old.status.coordinator.as_ref().unwrap().id, 3);
    assert_eq!(old.status.members[0].topics, ["t"]);
    let owner = old.status.owner(&TopicPartition::new("t", 1)).unwrap();
    assert_eq!((owner.member_id.as_str(), owner.host.as_str()), ("m-1", "/10.0.0.1"));
    assert_eq!(old.status.owner(&TopicPartition::new("t", 2)), None);
    assert!(old.status.members[1].topics.is_empty(), "what cannot be read is shown without topics");

    let error = described[1].1.as_ref().unwrap_err();
    assert_eq!(error.to_string(), "group `none`: the group does not exist (GROUP_ID_NOT_FOUND)");

    let new = described[2].1.as_ref().unwrap();
    assert_eq!((&new.spec.group_type, new.status.group_epoch), (&GroupType::Consumer, Some(5)));
    let member = &new.status.members[0];
    assert_eq!((member.epoch, &member.assignment), (Some(4), &vec![TopicPartition::new("t", 2)]));
    assert_eq!(member.target_assignment.as_ref().unwrap()[0], TopicPartition::new("t", 2));
}

#[tokio::test]
async fn a_coordinator_that_loads_is_asked_again_for_its_groups_alone() {
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&asked);
    let (_broker, client) = lone_broker(move |request| {
        let Some(asked) = request.decode::<DeleteGroupsRequest>() else {
            return coordinators(request).unwrap_or(MockReply::Default);
        };
        let is_first = seen.lock().unwrap().is_empty();
        seen.lock().unwrap().push(asked.groups_names.clone());
        let result = |group_id: String| DeletableGroupResult {
            error_code: match group_id.as_str() {
                "busy" => ErrorCode::NON_EMPTY_GROUP,
                "slow" if is_first => ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
                _ => ErrorCode::NONE,
            },
            group_id,
            ..DeletableGroupResult::default()
        };
        let results = asked.groups_names.into_iter().map(result).collect();
        request.reply(&DeleteGroupsResponse { results, throttle_time_ms: 0 })
    })
    .await;
    let outcomes = client.admin().delete_groups(&["slow", "busy", "done"]).await;
    assert!(outcomes[0].1.is_ok() && outcomes[2].1.is_ok());
    let error = outcomes[1].1.as_ref().unwrap_err();
    assert_eq!(error.to_string(), "delete group `busy`: the group has members (NON_EMPTY_GROUP)");
    let asked = asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        [vec!["busy".to_owned(), "done".to_owned(), "slow".to_owned()], vec!["slow".to_owned()]]
    );
}

#[tokio::test]
async fn lists_carry_what_the_broker_says_of_states_and_types() {
    let (_broker, client) = lone_broker(|request| {
        let Some(asked) = request.decode::<ListGroupsRequest>() else { return MockReply::Default };
        assert_eq!((asked.states_filter, asked.types_filter), (vec!["Empty".to_owned()], vec![]));
        let group = |name: &str, state: &str, group_type: &str| ListedGroup {
            group_id: name.to_owned(),
            protocol_type: "consumer".to_owned(),
            group_state: state.to_owned(),
            group_type: group_type.to_owned(),
        };
        let groups = vec![group("b", "Empty", "classic"), group("a", "", "")];
        request.reply(&ListGroupsResponse { groups, ..ListGroupsResponse::default() })
    })
    .await;
    let filter = GroupFilter { states: vec![GroupState::Empty], types: vec![] };
    let listed = client.admin().list_groups(&filter).await.unwrap();
    let (broker, groups) = &listed[0];
    let groups = groups.as_ref().unwrap();
    assert_eq!((*broker, groups[0].name.as_str(), &groups[0].state), (3, "a", &None));
    assert_eq!(
        (&groups[1].state, &groups[1].group_type),
        (&Some(GroupState::Empty), &Some(GroupType::Classic))
    );
}

/// Broker 3 with OffsetFetch up to a version; how often it was asked.
async fn offsets_of_groups(version_max: i16) -> usize {
    let count = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&count);
    let (_broker, client) = lone_broker(move |request| {
        if request.api_key == ApiKey::ApiVersions {
            let keys = [ApiKey::ApiVersions, ApiKey::Metadata, ApiKey::FindCoordinator, ApiKey::OffsetFetch];
            let range = |key: ApiKey| ApiVersion {
                api_key: key.code(),
                min_version: 0,
                max_version: if key == ApiKey::OffsetFetch { version_max } else { 3 },
            };
            let api_keys = keys.map(range).to_vec();
            return request.reply(&ApiVersionsResponse { api_keys, ..ApiVersionsResponse::default() });
        }
        let Some(asked) = request.decode::<OffsetFetchRequest>() else {
            return coordinators(request).unwrap_or(MockReply::Default);
        };
        counted.fetch_add(1, Ordering::Relaxed);
        let is_refused = |group: &str| group == "secret";
        let code = |group: &str| {
            if is_refused(group) { ErrorCode::GROUP_AUTHORIZATION_FAILED } else { ErrorCode::NONE }
        };
        let partition = OffsetFetchResponsePartition {
            partition_index: 1,
            committed_offset: 7,
            ..OffsetFetchResponsePartition::default()
        };
        let topic = OffsetFetchResponseTopic { name: "t".to_owned(), partitions: vec![partition] };
        let groups = asked.groups.iter().map(|group| OffsetFetchResponseGroup {
            group_id: group.group_id.clone(),
            error_code: code(&group.group_id),
            ..OffsetFetchResponseGroup::default()
        });
        let is_one = request.version < 8;
        request.reply(&OffsetFetchResponse {
            topics: if is_one && !is_refused(&asked.group_id) { vec![topic] } else { vec![] },
            error_code: if is_one { code(&asked.group_id) } else { ErrorCode::NONE },
            groups: groups.collect(),
            ..OffsetFetchResponse::default()
        })
    })
    .await;
    let outcomes = client.admin().committed_offsets_of_groups(&["g", "secret", "h"]).await;
    let is_known = outcomes.iter().map(|(_, committed)| committed.is_ok()).collect::<Vec<_>>();
    assert_eq!(is_known, [true, false, true]);
    if version_max < 8 {
        assert_eq!(outcomes[2].1.as_ref().unwrap()[&TopicPartition::new("t", 1)].offset, 7);
    }
    count.load(Ordering::Relaxed)
}

#[tokio::test]
async fn offsets_of_many_groups_come_in_one_answer_where_the_broker_can() {
    assert_eq!(offsets_of_groups(9).await, 1);
    assert_eq!(offsets_of_groups(5).await, 3);
}
