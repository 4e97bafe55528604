//! Topics and partitions that come up while a consumer runs.

use std::sync::Arc;

use regex::Regex;

use super::Consumer;
use super::config::{ConsumerConfig, EndOffset, OffsetReset};
use super::partition::PartitionState;
use crate::error::ClientError;
use crate::metadata_cache::{ClusterMetadata, TopicMetadata};

/// The topics that a configuration's pattern matches by their whole names.
#[derive(Debug)]
pub(super) struct TopicPattern {
    whole: Regex,
    include_internal: bool,
}

impl TopicPattern {
    /// `None` for a configuration without a pattern.
    pub(super) fn of(config: &ConsumerConfig) -> Result<Option<Self>, ClientError> {
        let Some(pattern) = &config.topic_pattern else { return Ok(None) };
        let whole = Regex::new(&format!("^(?:{pattern})$")).map_err(|error| {
            ClientError::InvalidArgument(format!("`{pattern}` is no pattern of topics: {error}"))
        })?;
        Ok(Some(TopicPattern { whole, include_internal: config.include_internal_topics }))
    }

    pub(super) fn matches(&self, topic: &TopicMetadata) -> bool {
        self.whole.is_match(&topic.name) && (self.include_internal || !topic.is_internal)
    }
}

impl Consumer {
    /// What to ask the cluster for: all topics where there is a pattern to match them with.
    pub(super) fn topics_to_refresh(&self) -> Option<Vec<String>> {
        if self.pattern.is_some() {
            return None;
        }
        let mut topics = self.config.topics.clone();
        topics.extend(self.present().map(|state| state.topic.to_string()));
        topics.sort();
        topics.dedup();
        Some(topics)
    }

    /// Takes up partitions that were not there when the consumer was made, from their beginning. A consumer that was
    /// told its partitions, or its end, has no use for others.
    pub(super) fn discover(&mut self, metadata: &ClusterMetadata) {
        if !self.config.partitions.is_empty() || self.config.end != EndOffset::Never {
            return;
        }
        for topic in metadata.topics.iter().filter(|topic| topic.error_code.is_ok()) {
            let is_named = self.config.topics.iter().any(|name| **name == *topic.name);
            if !is_named && !self.pattern.as_ref().is_some_and(|pattern| pattern.matches(topic)) {
                continue;
            }
            for partition in &topic.partitions {
                if self.state(&topic.name, partition.partition).is_some() {
                    continue;
                }
                let (bytes, backoff) = (self.config.max_partition_bytes, self.client.backoff());
                let name = Arc::clone(&topic.name);
                let mut state = PartitionState::new(name, partition.partition, 0, None, bytes, backoff);
                // Its first records may be gone already.
                state.offset_reset = Some(OffsetReset::Beginning);
                self.partitions.push(state);
            }
        }
    }
}
