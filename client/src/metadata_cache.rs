//! What the client knows about topics and their leaders, and for how long.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use fluxmq_protocol::messages::metadata::{MetadataResponse, MetadataResponseTopic};
use fluxmq_protocol::{ErrorCode, Uuid};
use tokio::time::Instant;

use crate::error::ClientError;
use crate::pool::BrokerInfo;
use crate::sync::lock;

/// One topic, as the cluster's metadata describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicMetadata {
    /// The topic's name.
    pub name: Arc<str>,
    /// The topic's id; nil where the broker has none.
    pub topic_id: Uuid,
    /// Whether the topic belongs to the cluster itself, such as `__consumer_offsets`.
    pub is_internal: bool,
    /// Why the topic cannot be used, else [`ErrorCode::NONE`].
    pub error_code: ErrorCode,
    /// Its partitions, in the order of their numbers.
    pub partitions: Vec<PartitionMetadata>,
}

/// One partition, as the cluster's metadata describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionMetadata {
    /// The partition's number.
    pub partition: i32,
    /// Why the partition cannot be used, else [`ErrorCode::NONE`].
    pub error_code: ErrorCode,
    /// The broker that leads it, `None` while there is none.
    pub leader: Option<i32>,
    /// How often the leader has changed, -1 where the broker does not say.
    pub leader_epoch: i32,
    /// The brokers that hold it.
    pub replicas: Vec<i32>,
    /// Those that are in sync.
    pub in_sync_replicas: Vec<i32>,
    /// Those that are not there.
    pub offline_replicas: Vec<i32>,
}

impl TopicMetadata {
    pub(crate) fn from_response(topic: MetadataResponseTopic) -> Self {
        let mut partitions: Vec<PartitionMetadata> = topic
            .partitions
            .into_iter()
            .map(|partition| PartitionMetadata {
                partition: partition.partition_index,
                error_code: partition.error_code,
                leader: (partition.leader_id >= 0).then_some(partition.leader_id),
                leader_epoch: partition.leader_epoch,
                replicas: partition.replica_nodes,
                in_sync_replicas: partition.isr_nodes,
                offline_replicas: partition.offline_replicas,
            })
            .collect();
        partitions.sort_by_key(|partition| partition.partition);
        TopicMetadata {
            name: topic.name.unwrap_or_default().into(),
            topic_id: topic.topic_id,
            is_internal: topic.is_internal,
            error_code: topic.error_code,
            partitions,
        }
    }

    /// The partition with this number.
    pub fn partition(&self, partition: i32) -> Option<&PartitionMetadata> {
        let at = self.partitions.binary_search_by_key(&partition, |known| known.partition);
        at.ok().and_then(|at| self.partitions.get(at))
    }

    /// The error for a partition that the topic does not have.
    pub(crate) fn no_partition(&self, partition: i32) -> ClientError {
        ClientError::InvalidArgument(format!(
            "topic `{}` has no partition {partition}, its {} are numbered from 0",
            self.name,
            self.partitions.len()
        ))
    }

    /// Whether every partition has a leader.
    pub(crate) fn is_led(&self) -> bool {
        !self.partitions.is_empty() && self.partitions.iter().all(|partition| partition.leader.is_some())
    }
}

/// What one metadata answer said, in this client's types.
#[derive(Debug, Clone)]
pub struct ClusterMetadata {
    /// The cluster's id, where the broker says.
    pub cluster_id: Option<String>,
    /// The broker to send changes of topics to, where the broker says.
    pub controller_id: Option<i32>,
    /// The brokers that are there.
    pub brokers: Vec<BrokerInfo>,
    /// The topics that were asked for.
    pub topics: Vec<TopicMetadata>,
}

impl ClusterMetadata {
    pub(crate) fn from_response(response: MetadataResponse) -> Self {
        let broker = |broker: fluxmq_protocol::messages::metadata::MetadataResponseBroker| {
            let port = u16::try_from(broker.port).ok()?;
            Some(BrokerInfo { id: broker.node_id, host: broker.host, port, rack: broker.rack })
        };
        ClusterMetadata {
            cluster_id: response.cluster_id,
            controller_id: (response.controller_id >= 0).then_some(response.controller_id),
            brokers: response.brokers.into_iter().filter_map(broker).collect(),
            topics: response.topics.into_iter().map(TopicMetadata::from_response).collect(),
        }
    }
}

/// Topics by name, each with the moment it was learned.
#[derive(Debug, Default)]
pub(crate) struct MetadataCache {
    /// Never held over an await.
    state: Mutex<CacheState>,
}

#[derive(Debug, Default)]
struct CacheState {
    controller_id: Option<i32>,
    topics: HashMap<Arc<str>, (Arc<TopicMetadata>, Instant)>,
}

impl MetadataCache {
    /// Takes over an answer. A topic that it refuses is forgotten.
    pub(crate) fn update(&self, metadata: &ClusterMetadata) {
        let mut state = lock(&self.state);
        state.controller_id = metadata.controller_id;
        for topic in &metadata.topics {
            if topic.error_code.is_ok() {
                let known = state.topics.get(&topic.name).map(|(known, _)| known);
                let topic = Arc::new(newest_leaders(known.map(Arc::as_ref), topic));
                state.topics.insert(Arc::clone(&topic.name), (topic, Instant::now()));
            } else {
                state.topics.remove(&topic.name);
            }
        }
    }

    /// What is known about a topic, however old.
    pub(crate) fn topic(&self, name: &str) -> Option<Arc<TopicMetadata>> {
        lock(&self.state).topics.get(name).map(|(topic, _)| Arc::clone(topic))
    }

    /// The name of the topic with this id, where it is known.
    pub(crate) fn name_of(&self, topic_id: Uuid) -> Option<Arc<str>> {
        let state = lock(&self.state);
        state
            .topics
            .values()
            .find(|(topic, _)| topic.topic_id == topic_id)
            .map(|(topic, _)| Arc::clone(&topic.name))
    }

    pub(crate) fn controller_id(&self) -> Option<i32> {
        lock(&self.state).controller_id
    }
}

/// `new`, but with the leaders of `known` where those are of a later epoch: a broker that lags behind must not send
/// clients back to a former leader (KIP-320). A topic that was created anew starts afresh.
fn newest_leaders(known: Option<&TopicMetadata>, new: &TopicMetadata) -> TopicMetadata {
    let mut merged = new.clone();
    let Some(known) = known.filter(|known| known.topic_id == new.topic_id) else { return merged };
    for partition in &mut merged.partitions {
        if let Some(known) = known.partition(partition.partition)
            && known.leader_epoch > partition.leader_epoch
            && partition.leader_epoch >= 0
        {
            *partition = known.clone();
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(topic_id: u128, leader: i32, leader_epoch: i32) -> TopicMetadata {
        TopicMetadata {
            name: "t".into(),
            topic_id: Uuid::from_u128(topic_id),
            is_internal: false,
            error_code: ErrorCode::NONE,
            partitions: vec![PartitionMetadata {
                partition: 0,
                error_code: ErrorCode::NONE,
                leader: Some(leader),
                leader_epoch,
                replicas: vec![],
                in_sync_replicas: vec![],
                offline_replicas: vec![],
            }],
        }
    }

    #[test]
    fn an_older_leader_does_not_replace_a_newer_one() {
        let merged = |new| newest_leaders(Some(&topic(7, 1, 5)), &new).partitions[0].leader;
        assert_eq!(merged(topic(7, 2, 4)), Some(1));
        assert_eq!(merged(topic(7, 2, 6)), Some(2));
        assert_eq!(merged(topic(8, 2, 0)), Some(2), "another topic of the same name");
        assert_eq!(merged(topic(7, 2, -1)), Some(2), "a broker without epochs");
    }
}
