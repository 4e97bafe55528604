//! The storage on a disk, with its newest batches in memory.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Engine, Message};
use crate::config::BrokerConfig;
use crate::error::Result;
use crate::partition::Housekeeping;
use crate::topic_manager::TopicManager;

/// Records on a disk, and in memory the newest batches of the logs whose ends are followed: what a broker with a data directory runs
/// on, for programs that need the log and no network.
///
/// The directory is a broker's own: what is appended here a [`BrokerServer`](crate::BrokerServer) on the same directory serves
/// later, and the other way round. One at a time holds it; it is locked as long as this value lives. [`Self::close`] ends in order
/// and tells what went wrong. Dropping the value does the same and blocks meanwhile. A process that dies leaves a directory which the
/// next one recovers; what [`Self::append`] has answered is there.
///
/// Several tasks may use one storage at a time, by reference or in an [`Arc`].
///
/// ```standalone_crate
/// use fluxmq::Message;
/// use fluxmq::storage::HybridStorage;
/// use std::time::SystemTime;
///
/// # #[tokio::main]
/// # async fn main() -> fluxmq::Result<()> {
/// # let dir = tempfile::tempdir()?;
/// # std::env::set_current_dir(&dir)?;
/// // Create storage instance
/// let storage = HybridStorage::new("./data".into()).await?;
///
/// // Append messages
/// let message = Message {
///     key: Some(b"user123".to_vec()),
///     value: b"user login event".to_vec(),
///     timestamp: SystemTime::now(),
///     ..Default::default()
/// };
///
/// let offset = storage.append("user-events", 0, vec![message]).await?;
/// println!("Message stored at offset: {}", offset);
///
/// // Fetch messages
/// let messages = storage.fetch("user-events", 0, offset, 100).await?;
/// # assert_eq!(messages.len(), 1);
/// for (msg_offset, message) in messages {
///     println!("Message at {}: {:?}", msg_offset, message.value);
/// #   assert_eq!((msg_offset, message.value), (offset, b"user login event".to_vec()));
/// }
/// # storage.close().await
/// # }
/// ```
///
/// Messages that belong together are appended together: they share one batch, one write, and one wait for the disk.
///
/// ```
/// # use fluxmq::{Message, storage::HybridStorage};
/// # #[tokio::main]
/// # async fn main() -> fluxmq::Result<()> {
/// # let dir = tempfile::tempdir()?;
/// # let storage = HybridStorage::new(dir.path().join("data")).await?;
/// # let (topic, partition) = ("user-events", 0);
/// # let [msg1, msg2, msg3, msg4, msg5] = std::array::from_fn(|_| Message::default());
/// // Good: Batch multiple messages
/// let messages = vec![msg1, msg2, msg3, msg4, msg5];
/// storage.append(topic, partition, messages).await?;
///
/// // Avoid: Individual message operations
/// // storage.append(topic, partition, vec![msg1]).await?;
/// // storage.append(topic, partition, vec![msg2]).await?;
/// # assert_eq!(storage.fetch(topic, partition, 0, 100).await?.len(), 5);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct HybridStorage {
    pub(super) engine: Arc<Engine>,
    /// `None` once closed.
    housekeeping: Option<Housekeeping>,
}

impl HybridStorage {
    /// Opens the storage in `data_dir`, which is made when it is missing and recovered after a crash.
    ///
    /// # Errors
    /// [`FluxmqError::Storage`](crate::FluxmqError::Storage): of kind [`ResourceBusy`](std::io::ErrorKind::ResourceBusy) when another
    /// broker or storage holds the directory, else what the disk says.
    pub async fn new(data_dir: PathBuf) -> Result<Self> {
        let config = BrokerConfig { data_dir: Some(data_dir), ..Default::default() };
        let opened = tokio::task::spawn_blocking(move || Engine::with(&config));
        let (engine, housekeeping) = opened.await.map_err(std::io::Error::from)??;
        Ok(HybridStorage { engine: Arc::new(engine), housekeeping: Some(housekeeping) })
    }

    /// Appends messages to a log and returns the offset of the first; the others follow it without a gap. Topic and partition are
    /// made when they are missing, as a broker makes them. Returns when the messages are durable, as a broker answers acks=all.
    /// Without messages it returns the offset that the next one will have.
    ///
    /// Messages that do not fit into one batch by the topic's `max.message.bytes` become several. When an append of several fails,
    /// the first of them may be in the log.
    ///
    /// # Errors
    /// [`FluxmqError::Refused`](crate::FluxmqError::Refused) where a broker refuses the topic or the records;
    /// [`FluxmqError::Storage`](crate::FluxmqError::Storage) when they cannot be stored, of kind
    /// [`WriteZero`](std::io::ErrorKind::WriteZero) when the disk is full.
    ///
    /// ```
    /// use std::io::ErrorKind;
    ///
    /// use fluxmq::FluxmqError;
    /// # use fluxmq::{Message, storage::HybridStorage};
    /// # #[tokio::main]
    /// # async fn main() -> fluxmq::Result<()> {
    /// # let dir = tempfile::tempdir()?;
    /// # let storage = HybridStorage::new(dir.path().join("data")).await?;
    /// # let (topic, partition, messages) = ("user-events", 0, vec![Message::default()]);
    /// // Handle disk space issues
    /// match storage.append(topic, partition, messages).await {
    ///     Err(FluxmqError::Storage(ref e)) if e.kind() == ErrorKind::WriteZero => {
    ///         eprintln!("Disk full! Cannot write more data.");
    ///         // Implement cleanup or alerting logic
    ///     }
    ///     Ok(offset) => println!("Messages stored at offset: {}", offset),
    ///     Err(e) => eprintln!("Storage error: {}", e),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn append(&self, topic: &str, partition: i32, messages: Vec<Message>) -> Result<i64> {
        self.engine.append(topic, partition, messages).await
    }

    /// Up to `max_records` messages from `offset` on, each with its offset: the committed ones, so never what a crash could take
    /// back. Empty at the end of the log. Markers of transactions are left out, and offsets that were compacted away are missing.
    ///
    /// # Errors
    /// [`FluxmqError::Refused`](crate::FluxmqError::Refused) with `UNKNOWN_TOPIC_OR_PARTITION` when there is no such log, with
    /// `OFFSET_OUT_OF_RANGE` when `offset` lies before its start or after its end, and with `CORRUPT_MESSAGE` where it is damaged.
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

    /// Writes everything down, marks the directory as cleanly closed, and unlocks it.
    ///
    /// # Errors
    /// [`FluxmqError::Storage`](crate::FluxmqError::Storage) when something could not be written; the next one who opens the
    /// directory recovers it.
    pub async fn close(mut self) -> Result<()> {
        let (engine, housekeeping) = (Arc::clone(&self.engine), self.housekeeping.take());
        let closed = tokio::task::spawn_blocking(move || {
            drop(housekeeping);
            engine.close()
        });
        closed.await.map_err(std::io::Error::from)?
    }
}

impl Drop for HybridStorage {
    fn drop(&mut self) {
        let Some(housekeeping) = self.housekeeping.take() else { return };
        drop(housekeeping);
        if let Err(error) = self.engine.close() {
            tracing::error!(%error, "a storage could not be closed in order; the next one on its directory recovers it");
        }
    }
}
