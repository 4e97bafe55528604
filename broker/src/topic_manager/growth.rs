//! Topics that grow because somebody appends to a partition that is not there.

use std::sync::PoisonError;

use fluxmq_protocol::ErrorCode;

use super::new_topic::{NewTopic, check_count};
use super::{Inner, TopicError, TopicManager};
use crate::metadata::command::Command;

impl TopicManager {
    /// Sees to it that a topic has a partition: creates the topic, with as many partitions as the broker's default and this one need,
    /// or adds those that it lacks.
    pub(crate) async fn ensure_partition(&self, name: &str, index: i32) -> Result<(), TopicError> {
        let (inner, name) = (self.inner.clone(), name.to_owned());
        let ensured = tokio::task::spawn_blocking(move || inner.ensure_partition(&name, index));
        ensured.await.map_err(|_| TopicError::stopping())?
    }
}

impl Inner {
    fn ensure_partition(&self, name: &str, index: i32) -> Result<(), TopicError> {
        if index < 0 {
            let message = format!("a partition cannot have the number {index}");
            return Err(TopicError::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message));
        }
        let needed = i64::from(index) + 1;
        check_count(needed)?;
        let needed = i32::try_from(needed).unwrap_or(i32::MAX);
        if self.metadata.image().topic(name).is_none() {
            let partitions = needed.max(self.settings.num_partitions);
            match self.create(&NewTopic { partitions, ..NewTopic::with_defaults(name) }, false) {
                // Somebody else was faster.
                Err(error) if error.code == ErrorCode::TOPIC_ALREADY_EXISTS => {}
                created => return created.map(|_| ()),
            }
        }
        self.grow(name, needed)
    }

    fn grow(&self, name: &str, needed: i32) -> Result<(), TopicError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let image = self.metadata.image();
        let topic = image.topic(name).ok_or_else(|| TopicError::unknown(name))?;
        if topic.partitions < needed {
            self.metadata.submit_blocking(&Command::AddPartitions { id: topic.id, partitions: needed })?;
            tracing::info!(topic = name, partitions = needed, "partitions added");
        }
        // Also when the metadata know them: an earlier attempt may have ended between the two steps.
        if let Some(partitions) = &self.partitions {
            partitions.host(
                self.metadata.image().topic(name).map(|topic| self.wanted(topic)).into_iter().collect(),
            )?;
        }
        Ok(())
    }
}
