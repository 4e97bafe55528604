//! The storage that lives as long as the process.

use super::{Engine, Message};
use crate::config::BrokerConfig;
use crate::error::Result;
use crate::partition::Housekeeping;
use crate::topic_manager::TopicManager;

/// Records in memory alone: what a broker without a data directory runs on, for development and tests. All is as with a
/// [`HybridStorage`](super::HybridStorage), but nothing waits for a disk and nothing is there afterwards.
///
/// ```
/// use fluxmq::Message;
/// use fluxmq::storage::InMemoryStorage;
///
/// # #[tokio::main]
/// # async fn main() -> fluxmq::Result<()> {
/// let storage = InMemoryStorage::new();
///
/// let messages = vec![
///     Message { value: b"hello".to_vec(), ..Default::default() },
///     Message { value: b"world".to_vec(), ..Default::default() },
/// ];
///
/// let offset = storage.append("test-topic", 0, messages).await?;
/// # let values: Vec<_> = storage.fetch("test-topic", 0, offset, 100).await?.into_iter().map(|(_, message)| message.value).collect();
/// # assert_eq!(values, [b"hello", b"world"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct InMemoryStorage {
    pub(super) engine: Engine,
    _housekeeping: Housekeeping,
}

impl InMemoryStorage {
    /// An empty storage.
    #[expect(
        clippy::expect_used,
        reason = "the default configuration is valid and memory can be opened; tests hold this"
    )]
    pub fn new() -> Self {
        let (engine, housekeeping) =
            Engine::with(&BrokerConfig::default()).expect("memory can be opened, and a thread be started");
        InMemoryStorage { engine, _housekeeping: housekeeping }
    }

    /// Appends messages as [`HybridStorage::append`](super::HybridStorage::append) does.
    pub async fn append(&self, topic: &str, partition: i32, messages: Vec<Message>) -> Result<i64> {
        self.engine.append(topic, partition, messages).await
    }

    /// Reads messages as [`HybridStorage::fetch`](super::HybridStorage::fetch) does.
    pub async fn fetch(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
        max_records: usize,
    ) -> Result<Vec<(i64, Message)>> {
        self.engine.fetch(topic, partition, offset, max_records).await
    }

    /// The topics of this storage, to list, to create with a configuration, or to delete.
    pub fn topics(&self) -> TopicManager {
        self.engine.topics.clone()
    }
}

impl Default for InMemoryStorage {
    fn default() -> Self {
        Self::new()
    }
}
