//! Where partitions that were handed out are read from: where the group has committed, else where the configuration says.

use std::sync::Arc;

use fluxmq_protocol::ErrorCode;

use super::super::config::{EndOffset, StartOffset};
use super::super::partition::PartitionState;
use super::super::start::bounded;
use super::offsets;
use super::shared::Shared;
use crate::error::ClientError;
use crate::topic_partition::TopicPartition;

/// A partition that can be read, or whose reading has failed before it began.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) name: TopicPartition,
    pub(super) committed: Option<i64>,
    pub(super) state: PartitionState,
    pub(super) error: Option<ClientError>,
}

pub(super) async fn starts(
    shared: Arc<Shared>,
    partitions: Vec<TopicPartition>,
) -> Result<Vec<Started>, ClientError> {
    let mut config = shared.config.reading();
    let uncommitted = shared.config.start_uncommitted();
    let mut started = Vec::with_capacity(partitions.len());
    let mut unknown = Vec::new();
    for (name, committed) in offsets::committed(&shared, &partitions).await? {
        let committed = committed?.map(|committed| committed.offset);
        let topic: Arc<str> = name.topic.as_str().into();
        let start = committed.map(StartOffset::Offset).or(uncommitted);
        match start {
            Some(StartOffset::Offset(offset)) if config.end == EndOffset::Never => {
                let state = state(&shared, topic, &name, offset);
                started.push(Started { name, committed, state, error: None });
            }
            Some(start) => {
                config.ranges.insert(name.clone(), (start, config.end));
                unknown.push((topic, name, committed));
            }
            None => {
                let mut state = state(&shared, topic, &name, -1);
                state.failed = true;
                let context = format!("group `{}` has committed no offset of `{name}`", shared.config.group);
                let error = Some(ClientError::server(ErrorCode::OFFSET_OUT_OF_RANGE, context, None));
                started.push(Started { name, committed, state, error });
            }
        }
    }
    let names = unknown.iter().map(|(topic, name, _)| (Arc::clone(topic), name.clone())).collect();
    let states = bounded(&shared.client, &config, names).await?;
    for ((_, name, committed), state) in unknown.into_iter().zip(states) {
        started.push(Started { name, committed, state, error: None });
    }
    Ok(started)
}

fn state(shared: &Shared, topic: Arc<str>, name: &TopicPartition, offset: i64) -> PartitionState {
    let bytes = shared.config.consumer.max_partition_bytes;
    PartitionState::new(topic, name.partition, offset, None, bytes, shared.client.backoff())
}
