//! A broker in memory for the tests of handlers.

use std::net::{Ipv4Addr, SocketAddr};

use super::context::{Broker, Call, Peer};
use crate::config::BrokerConfig;
use crate::consumer::Committer;
use crate::consumer::offsets::{CommittedOffset, GroupOffsets, OffsetCommit};
use crate::topic_manager::NewTopic;

/// A broker that serves nobody but the test.
pub(super) struct Bench {
    pub(super) broker: Broker,
    peer: Peer,
}

impl Bench {
    /// With groups, and these keys set.
    pub(super) async fn with(settings: &[(&str, &str)]) -> Bench {
        let mut config = BrokerConfig {
            host: "127.0.0.1".to_owned(),
            port: 0,
            enable_consumer_groups: true,
            ..Default::default()
        };
        for (key, value) in settings {
            config.set(key, value).unwrap();
        }
        let opened = crate::opening::open(config).await.unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 9092));
        Bench { broker: opened.broker, peer: Peer::new(address, address, 0) }
    }

    pub(super) async fn new() -> Bench {
        Bench::with(&[]).await
    }

    /// A call in some version.
    pub(super) fn call(&self, version: i16) -> Call<'_> {
        Call { broker: &self.broker, version, client_id: "test", peer: &self.peer }
    }

    /// Creates a topic with some partitions and its own values, and returns its id.
    pub(super) async fn topic(&self, name: &str, partitions: i32, configs: &[(&str, &str)]) -> uuid::Uuid {
        let configs = configs.iter().map(|(key, value)| ((*key).to_owned(), Some((*value).to_owned())));
        let topic = NewTopic {
            name: name.to_owned(),
            partitions,
            replication_factor: -1,
            assignments: Vec::new(),
            configs: configs.collect(),
        };
        self.broker.topics.create(topic, false).await.unwrap().id
    }

    /// Commits an offset of a group without members.
    pub(super) async fn commit(&self, group: &str, topic: &str, partition: i32, offset: i64) {
        let topic_id = self.broker.partitions.topic(topic).unwrap().id;
        let (leader_epoch, metadata) = (0, "m".to_owned());
        let (commit_timestamp_ms, expire_timestamp_ms) = (0, None);
        let offset = CommittedOffset {
            offset,
            leader_epoch,
            metadata,
            commit_timestamp_ms,
            expire_timestamp_ms,
            topic_id,
        };
        let commit = OffsetCommit { topic: topic.to_owned(), partition, offset };
        let committer = Committer { member_id: "", instance_id: None, epoch: -1, version: 9 };
        self.broker.groups.as_ref().unwrap().commit(group, committer, vec![commit]).await.unwrap();
    }

    /// The offset that a group has committed.
    pub(super) async fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<i64> {
        let look = |offsets: &GroupOffsets| offsets.get(topic, partition).map(|found| found.offset);
        self.broker.groups.as_ref().unwrap().committed(group, None, -1, look).await.unwrap().flatten()
    }
}
