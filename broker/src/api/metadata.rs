//! Metadata 0-13: brokers, topics and partitions.
//!
//! - 0: no topics named means all of them. From 1 on null means all, and an empty list none.
//! - 1: rack, controller, internal topics. 2: cluster id. 4: the client says whether topics may be created (KIP-204).
//!   5: offline replicas. 7: leader epochs (KIP-320). 8-10: authorized operations of the cluster, 8: of topics (KIP-430).
//!   9: flexible. 10: topic ids (KIP-516). 12: topics named by id. 13: a top-level error code (KIP-1102).
//! - A topic that is named and missing is created if broker and request allow it, and is ready when the answer leaves: there
//!   is no LEADER_NOT_AVAILABLE in between. A name that collides with another (`a.b` and `a_b`) answers UNKNOWN_TOPIC_OR_PARTITION.
//! - The broker's address is that of the listener which the request came in on.

use std::collections::HashSet;

use fluxmq_protocol::messages::metadata::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse, MetadataResponseBroker,
    MetadataResponsePartition, MetadataResponseTopic,
};
use fluxmq_protocol::{ErrorCode, Uuid};

use super::context::{CLUSTER_OPERATIONS, Call, TOPIC_OPERATIONS};
use crate::partition::HostedTopic;
use crate::topic_manager::is_internal;

pub(super) async fn handle(call: &Call<'_>, request: &MetadataRequest) -> MetadataResponse {
    let node_id = call.broker.settings.node_id;
    let (host, port) = call.advertised();
    let mut response = MetadataResponse {
        brokers: vec![MetadataResponseBroker {
            node_id,
            host,
            port: port.into(),
            rack: call.broker.settings.rack.clone(),
        }],
        cluster_id: Some(call.broker.metadata.image().cluster_id.clone()),
        controller_id: node_id,
        topics: topics(call, request).await,
        ..Default::default()
    };
    if request.include_cluster_authorized_operations {
        response.cluster_authorized_operations = CLUSTER_OPERATIONS;
    }
    if request.include_topic_authorized_operations {
        // As in Kafka, also for topics that were named and are not there: nothing is denied to anybody.
        for topic in
            response.topics.iter_mut().filter(|topic| topic.error_code != ErrorCode::UNKNOWN_TOPIC_ID)
        {
            topic.topic_authorized_operations = TOPIC_OPERATIONS;
        }
    }
    response
}

async fn topics(call: &Call<'_>, request: &MetadataRequest) -> Vec<MetadataResponseTopic> {
    let named = request.topics.as_deref().filter(|topics| call.version > 0 || !topics.is_empty());
    let Some(named) = named else {
        let mut all = call.broker.partitions.topics();
        all.sort_by(|left, right| left.name.cmp(&right.name));
        return all.iter().map(|topic| described(call, topic)).collect();
    };
    let may_create = call.version < 4 || request.allow_auto_topic_creation;
    let mut seen = HashSet::new();
    let mut topics = Vec::with_capacity(named.len());
    for topic in named {
        // A topic that is named twice is described once.
        if seen.insert((topic.name.as_deref(), topic.topic_id)) {
            topics.push(one(call, topic, may_create).await);
        }
    }
    topics
}

async fn one(call: &Call<'_>, named: &MetadataRequestTopic, may_create: bool) -> MetadataResponseTopic {
    let refused = |error_code| MetadataResponseTopic {
        error_code,
        name: named.name.clone(),
        topic_id: named.topic_id,
        ..Default::default()
    };
    if !named.topic_id.is_nil() {
        return match call.broker.partitions.topic_by_id(named.topic_id) {
            Some(topic) => described(call, &topic),
            None => MetadataResponseTopic { name: None, ..refused(ErrorCode::UNKNOWN_TOPIC_ID) },
        };
    }
    let Some(name) = named.name.as_deref() else { return refused(ErrorCode::UNKNOWN_TOPIC_ID) };
    if let Some(topic) = call.broker.partitions.topic(name) {
        return described(call, &topic);
    }
    if !crate::topic_manager::is_legal_name(name) {
        return refused(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    if may_create && call.broker.settings.auto_create_topics {
        // Whoever else creates it at the same moment: what counts is whether it is there now.
        if let Err(error) = call.broker.topics.auto_create(name).await {
            tracing::info!(topic = name, %error, "topic was not created on demand");
        }
        if let Some(topic) = call.broker.partitions.topic(name) {
            return described(call, &topic);
        }
    }
    MetadataResponseTopic { topic_id: Uuid::nil(), ..refused(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) }
}

fn described(call: &Call<'_>, topic: &HostedTopic) -> MetadataResponseTopic {
    let node_id = call.broker.settings.node_id;
    let partitions = topic.partitions().iter().map(|partition| MetadataResponsePartition {
        error_code: ErrorCode::NONE,
        partition_index: partition.index(),
        leader_id: node_id,
        leader_epoch: partition.leader_epoch(),
        replica_nodes: vec![node_id],
        isr_nodes: vec![node_id],
        offline_replicas: Vec::new(),
    });
    MetadataResponseTopic {
        error_code: ErrorCode::NONE,
        name: Some(topic.name.to_string()),
        topic_id: topic.id,
        is_internal: is_internal(&topic.name),
        partitions: partitions.collect(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    fn named(names: &[&str], allow_auto_topic_creation: bool) -> MetadataRequest {
        let topic =
            |name: &&str| MetadataRequestTopic { name: Some((*name).to_owned()), ..Default::default() };
        MetadataRequest {
            topics: Some(names.iter().map(topic).collect()),
            allow_auto_topic_creation,
            ..Default::default()
        }
    }

    async fn codes(bench: &Bench, version: i16, request: &MetadataRequest) -> Vec<ErrorCode> {
        let response = handle(&bench.call(version), request).await;
        response.topics.iter().map(|topic| topic.error_code).collect()
    }

    #[tokio::test]
    async fn a_missing_topic_comes_only_where_client_and_broker_want_it() {
        let missing = [ErrorCode::UNKNOWN_TOPIC_OR_PARTITION];
        let closed = Bench::with(&[("auto.create.topics.enable", "false")]).await;
        assert_eq!(codes(&closed, 12, &named(&["orders"], true)).await, missing);
        let bench = Bench::with(&[("num.partitions", "2")]).await;
        assert_eq!(codes(&bench, 12, &named(&["orders"], false)).await, missing);
        let response = handle(&bench.call(12), &named(&["orders"], true)).await;
        assert_eq!(response.topics[0].error_code, ErrorCode::NONE);
        assert_eq!(response.topics[0].partitions.len(), 2);
        assert!(!response.topics[0].topic_id.is_nil());
        // Before version 4 the client cannot say no.
        assert_eq!(codes(&bench, 3, &named(&["others"], false)).await, [ErrorCode::NONE]);
    }

    #[tokio::test]
    async fn names_that_cannot_be() {
        let bench = Bench::new().await;
        bench.topic("a.b", 1, &[]).await;
        assert_eq!(
            codes(&bench, 12, &named(&["", "a b", "a_b"], true)).await,
            [
                ErrorCode::INVALID_TOPIC_EXCEPTION,
                ErrorCode::INVALID_TOPIC_EXCEPTION,
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            ]
        );
    }

    #[tokio::test]
    async fn the_brokers_own_topics_are_marked_and_made_as_the_broker_needs_them() {
        let bench = Bench::with(&[("offsets.topic.num.partitions", "7")]).await;
        let response = handle(&bench.call(12), &named(&["__consumer_offsets", "orders"], true)).await;
        let seen: Vec<_> =
            response.topics.iter().map(|topic| (topic.is_internal, topic.partitions.len())).collect();
        assert_eq!(seen, [(true, 7), (false, 1)]);
        let image = bench.broker.metadata.image();
        let policy = image.topic("__consumer_offsets").unwrap().configs.get("cleanup.policy").cloned();
        assert_eq!(policy.as_deref(), Some("compact"));
    }

    #[tokio::test]
    async fn all_none_twice_and_by_id() {
        let bench = Bench::new().await;
        let id = bench.topic("b", 1, &[]).await;
        bench.topic("a", 1, &[]).await;
        let all = MetadataRequest { topics: None, ..Default::default() };
        let response = handle(&bench.call(12), &all).await;
        let names: Vec<_> = response.topics.iter().filter_map(|topic| topic.name.as_deref()).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(codes(&bench, 12, &named(&[], false)).await.is_empty());
        assert_eq!(codes(&bench, 0, &named(&[], false)).await.len(), 2);
        assert_eq!(codes(&bench, 12, &named(&["a", "a"], false)).await, [ErrorCode::NONE]);
        let by_id = |topic_id| MetadataRequest {
            topics: Some(vec![MetadataRequestTopic { topic_id, name: None }]),
            ..Default::default()
        };
        let response = handle(&bench.call(12), &by_id(id)).await;
        assert_eq!(response.topics[0].name.as_deref(), Some("b"));
        assert_eq!(codes(&bench, 12, &by_id(Uuid::from_u128(5))).await, [ErrorCode::UNKNOWN_TOPIC_ID]);
    }

    #[tokio::test]
    async fn masks_only_when_they_are_asked_for() {
        let bench = Bench::new().await;
        bench.topic("a", 1, &[]).await;
        let mut request = named(&["a"], false);
        let response = handle(&bench.call(8), &request).await;
        assert_eq!(response.topics[0].topic_authorized_operations, i32::MIN);
        assert_eq!(response.cluster_authorized_operations, i32::MIN);
        request.include_topic_authorized_operations = true;
        request.include_cluster_authorized_operations = true;
        let response = handle(&bench.call(8), &request).await;
        assert_eq!(response.topics[0].topic_authorized_operations, TOPIC_OPERATIONS);
        assert_eq!(response.cluster_authorized_operations, CLUSTER_OPERATIONS);
    }
}
