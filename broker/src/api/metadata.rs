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
use crate::partition::{HostedTopic, LEADER_EPOCH};

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
        leader_epoch: LEADER_EPOCH,
        replica_nodes: vec![node_id],
        isr_nodes: vec![node_id],
        offline_replicas: Vec::new(),
    });
    MetadataResponseTopic {
        error_code: ErrorCode::NONE,
        name: Some(topic.name.to_string()),
        topic_id: topic.id,
        is_internal: false,
        partitions: partitions.collect(),
        ..Default::default()
    }
}
