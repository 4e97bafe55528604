//! Administrative requests: item by item, to the right broker.

use std::time::Duration;

use fluxmq_protocol::messages::create_topics::{
    CreatableTopicResult, CreateTopicsRequest, CreateTopicsResponse,
};
use fluxmq_protocol::messages::find_coordinator::{
    Coordinator, FindCoordinatorRequest, FindCoordinatorResponse,
};
use fluxmq_protocol::messages::metadata::{MetadataResponse, MetadataResponseBroker};
use fluxmq_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitResponse, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use fluxmq_protocol::{ApiKey, ErrorCode};

use super::cluster::FakeCluster;
use crate::admin::{NewTopic, OffsetToCommit, TopicState};
use crate::mock::{MockBroker, MockReply, MockRequest};
use crate::{Client, IsolationLevel, OffsetSpec, TopicPartition};

/// A broker with id 3 that names itself as the only one and answers the rest by `handler`.
pub(super) async fn lone_broker(
    handler: impl Fn(&MockRequest) -> MockReply + Send + Sync + 'static,
) -> (MockBroker, Client) {
    let port = std::sync::Arc::new(std::sync::OnceLock::new());
    let own = std::sync::Arc::clone(&port);
    let broker = MockBroker::start(move |request| match request.api_key {
        ApiKey::Metadata => request.reply(&MetadataResponse {
            brokers: vec![MetadataResponseBroker {
                node_id: 3,
                host: "127.0.0.1".to_owned(),
                port: *own.get().unwrap(),
                rack: None,
            }],
            controller_id: 3,
            ..MetadataResponse::default()
        }),
        _ => handler(request),
    })
    .await
    .unwrap();
    port.set(i32::from(broker.port())).unwrap();
    let client = Client::builder()
        .bootstrap(broker.address())
        .retry_backoff(Duration::from_millis(5), Duration::from_millis(20))
        .build()
        .await
        .unwrap();
    (broker, client)
}

#[tokio::test]
async fn one_topic_that_fails_does_not_hide_the_others() {
    let attempts = std::sync::atomic::AtomicUsize::new(0);
    let (_broker, client) = lone_broker(move |request| {
        let Some(asked) = request.decode::<CreateTopicsRequest>() else { return MockReply::Default };
        let moved = attempts.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        let results = asked.topics.into_iter().map(|topic| {
            let exists = topic.name == "old";
            CreatableTopicResult {
                error_code: match (moved, exists) {
                    (true, _) => ErrorCode::NOT_CONTROLLER,
                    (_, true) => ErrorCode::TOPIC_ALREADY_EXISTS,
                    _ => ErrorCode::NONE,
                },
                num_partitions: topic.num_partitions,
                name: topic.name,
                ..CreatableTopicResult::default()
            }
        });
        request.reply(&CreateTopicsResponse { topics: results.collect(), ..CreateTopicsResponse::default() })
    })
    .await;
    let topics = [NewTopic::new("new", 3), NewTopic::new("old", 1)];
    let outcomes = client.admin().create_topics(&topics, false).await.unwrap();
    assert_eq!(outcomes[0].1.as_ref().unwrap().partitions, Some(3));
    let error = outcomes[1].1.as_ref().unwrap_err();
    assert_eq!(
        error.to_string(),
        "create topic `old`: a topic of this name exists already (TOPIC_ALREADY_EXISTS)"
    );
}

#[tokio::test]
async fn offsets_are_committed_with_the_coordinator() {
    let loading = std::sync::atomic::AtomicBool::new(true);
    let (_broker, client) = lone_broker(move |request| {
        if let Some(asked) = request.decode::<FindCoordinatorRequest>() {
            let coordinator =
                Coordinator { key: asked.coordinator_keys[0].clone(), node_id: 3, ..Coordinator::default() };
            let response = FindCoordinatorResponse {
                coordinators: vec![coordinator],
                ..FindCoordinatorResponse::default()
            };
            return request.reply(&response);
        }
        let Some(asked) = request.decode::<OffsetCommitRequest>() else { return MockReply::Default };
        assert_eq!((asked.generation_id_or_member_epoch, asked.member_id.as_str()), (-1, ""));
        let is_loading = loading.swap(false, std::sync::atomic::Ordering::Relaxed);
        let topics = asked.topics.into_iter().map(|topic| OffsetCommitResponseTopic {
            partitions: topic
                .partitions
                .iter()
                .map(|partition| OffsetCommitResponsePartition {
                    partition_index: partition.partition_index,
                    error_code: match partition.committed_offset {
                        _ if is_loading => ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
                        7 => ErrorCode::NONE,
                        _ => ErrorCode::OFFSET_METADATA_TOO_LARGE,
                    },
                })
                .collect(),
            name: topic.name,
            ..OffsetCommitResponseTopic::default()
        });
        request.reply(&OffsetCommitResponse { topics: topics.collect(), ..OffsetCommitResponse::default() })
    })
    .await;
    let offsets = [OffsetToCommit::new(("t", 0), 7), OffsetToCommit::new(("t", 1), 8)];
    let outcomes = client.admin().commit_offsets("g", &offsets).await.unwrap();
    assert!(outcomes[0].1.is_ok());
    let error = outcomes[1].1.as_ref().unwrap_err().to_string();
    assert!(error.starts_with("commit of group `g` for `t-1`: "), "{error}");
}

#[tokio::test]
async fn topics_come_as_spec_and_status() {
    let cluster = FakeCluster::start(2, 3).await;
    let admin = cluster.client().await.admin();
    let listed = admin.list_topics(false).await.unwrap();
    assert_eq!(
        listed.iter().map(|topic| (topic.name.as_str(), topic.partitions)).collect::<Vec<_>>(),
        [("t", 3)]
    );
    let described = admin.timeout(Duration::from_millis(200)).describe_topics(&["t", "wrong"]).await.unwrap();
    let topic = described[0].1.as_ref().unwrap();
    assert_eq!((topic.spec.partitions, topic.status.state), (3, TopicState::Online));
    let json = serde_json::to_value(topic).unwrap();
    assert_eq!(json["status"]["partitions"][2]["leader"], 0);
    let error = described[1].1.as_ref().unwrap_err();
    assert_eq!(error.error_code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
}

#[tokio::test]
async fn offsets_are_listed_one_by_one() {
    let cluster = FakeCluster::start(2, 2).await;
    cluster.state().log(0).append_values(&["a", "b"]);
    cluster.state().log(1).leader = 1;
    let queries = [
        (TopicPartition::new("t", 0), OffsetSpec::Earliest),
        (TopicPartition::new("t", 0), OffsetSpec::Latest),
        (TopicPartition::new("t", 1), OffsetSpec::Latest),
        (TopicPartition::new("t", 1), OffsetSpec::Timestamp(5)),
        (TopicPartition::new("t", 9), OffsetSpec::Latest),
    ];
    let admin = cluster.client().await.admin();
    let listed = admin.list_offsets(&queries, IsolationLevel::ReadUncommitted).await;
    let offsets: Vec<_> = listed[..4].iter().map(|(_, listed)| listed.as_ref().unwrap().offset).collect();
    assert_eq!(offsets, [Some(0), Some(2), Some(0), None]);
    assert!(listed[4].1.is_err());
}

#[tokio::test]
async fn every_future_can_be_spawned() {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let cluster = FakeCluster::start(1, 1).await;
    let admin = cluster.client().await.admin();
    drop(sendable(admin.create_topics(&[], false)));
    drop(sendable(admin.describe_topics(&["t"])));
    drop(sendable(admin.committed_offsets("g", None)));
    drop(sendable(admin.describe_cluster()));
    drop(sendable(admin.delete_records(&[])));
}
