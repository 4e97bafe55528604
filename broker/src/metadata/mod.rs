//! What exists: topics, their configurations, producer ids.
//!
//! A change is a [`command::Command`]. It is held against the [`image`], made durable by the [`journal`], and only then a pure function
//! applies it to the next image, which everybody sees at once. On one node the journal is a local file; nothing above this module
//! knows, so that a cluster can put a consensus group in its place.

pub(crate) mod command;
pub(crate) mod image;
pub(crate) mod journal;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use self::command::{Command, Outcome};
use self::image::{MetadataImage, Refusal};
use self::journal::Journal;
use crate::env::files::{Files, MemoryFiles};

/// The journal's file in the data directory.
pub(crate) const FILE_NAME: &str = "metadata.journal";

/// Why a change did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetadataError {
    /// It does not fit what exists.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// It could not be made durable.
    #[error("the metadata journal could not be written: {0}")]
    Journal(#[from] io::Error),
    /// The task that wrote it was ended: the broker is stopping.
    #[error("the broker is stopping")]
    Stopping,
}

/// The metadata of this broker.
#[derive(Debug)]
pub(crate) struct Metadata {
    image: ArcSwap<MetadataImage>,
    /// Held from the check of a command until its image is published, over the fsync between; never over an await.
    journal: Mutex<Journal>,
}

impl Metadata {
    /// Reads the journal in `dir`, which must exist, and begins one where there is none.
    pub(crate) fn open(files: Arc<dyn Files>, dir: &Path, cluster_id: &str) -> io::Result<Metadata> {
        let (journal, payloads) = Journal::open(files, &dir.join(FILE_NAME))?;
        let mut image = MetadataImage::new(cluster_id.to_owned());
        for payload in payloads {
            let command = Command::decode(&payload).map_err(|error| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("`{}`: {error}", dir.join(FILE_NAME).display()),
                )
            })?;
            image = image.apply(&command).0;
        }
        Ok(Metadata { image: ArcSwap::from_pointee(image), journal: Mutex::new(journal) })
    }

    /// Metadata that live in memory alone.
    pub(crate) fn in_memory(cluster_id: &str) -> io::Result<Metadata> {
        let files = Arc::new(MemoryFiles::default());
        files.create_dir_all(Path::new("/"))?;
        Metadata::open(files, Path::new("/"), cluster_id)
    }

    /// What exists now.
    pub(crate) fn image(&self) -> Arc<MetadataImage> {
        self.image.load_full()
    }

    /// Makes a change, or refuses it. Does not return before the change is durable and everybody sees it.
    pub(crate) async fn submit(self: &Arc<Self>, command: Command) -> Result<Outcome, MetadataError> {
        let metadata = Arc::clone(self);
        let submitted = tokio::task::spawn_blocking(move || metadata.submit_blocking(&command));
        submitted.await.map_err(|_| MetadataError::Stopping)?
    }

    /// Makes several changes that become durable together, or refuses them all. Blocks.
    pub(crate) fn submit_all(&self, commands: &[Command]) -> Result<(), MetadataError> {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let mut image = MetadataImage::clone(&self.image.load());
        for command in commands {
            image.check(command)?;
            image = image.apply(command).0;
        }
        journal.append(&commands.iter().map(Command::encode).collect::<Vec<_>>())?;
        self.image.store(Arc::new(image));
        Ok(())
    }

    /// As [`Self::submit`], for callers that may block.
    pub(crate) fn submit_blocking(&self, command: &Command) -> Result<Outcome, MetadataError> {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let image = self.image.load();
        image.check(command)?;
        journal.append(&[command.encode()])?;
        let (next, outcome) = image.apply(command);
        let next = Arc::new(next);
        self.image.store(Arc::clone(&next));
        if journal.wants_rewrite() {
            // The change is durable either way; a journal that stays long is tried again with the next one.
            let commands: Vec<Vec<u8>> = next.commands().map(|command| command.encode()).collect();
            if let Err(error) = journal.rewrite(&commands) {
                tracing::warn!(%error, "the metadata journal could not be shortened");
            }
        }
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::*;

    fn open(files: &Arc<MemoryFiles>) -> Metadata {
        Metadata::open(Arc::clone(files) as Arc<dyn Files>, Path::new("/data"), "a-cluster").unwrap()
    }

    fn files() -> Arc<MemoryFiles> {
        let files = Arc::new(MemoryFiles::default());
        files.create_dir_all(Path::new("/data")).unwrap();
        files
    }

    fn create(name: &str, id: u128) -> Command {
        Command::CreateTopic {
            name: name.to_owned(),
            id: Uuid::from_u128(id),
            partitions: 3,
            replication_factor: 1,
            configs: BTreeMap::from([("retention.ms".to_owned(), "5".to_owned())]),
        }
    }

    #[test]
    fn what_was_submitted_is_there_after_a_restart() {
        let files = files();
        let metadata = open(&files);
        metadata.submit_blocking(&create("orders", 7)).unwrap();
        metadata.submit_blocking(&create("gone", 8)).unwrap();
        metadata.submit_blocking(&Command::DeleteTopic { id: Uuid::from_u128(8) }).unwrap();
        let first = metadata.submit_blocking(&Command::ReserveProducerIds { count: 1000 }).unwrap();
        assert_eq!(first, Outcome::ProducerIds(0..1000));
        let before = metadata.image();
        drop(metadata);
        let again = open(&files);
        assert_eq!(*again.image(), *before);
        assert!(again.image().topic("gone").is_none());
        let next = again.submit_blocking(&Command::ReserveProducerIds { count: 1000 }).unwrap();
        assert_eq!(next, Outcome::ProducerIds(1000..2000));
    }

    #[test]
    fn a_refused_command_changes_nothing() {
        let files = files();
        let metadata = open(&files);
        metadata.submit_blocking(&create("orders", 7)).unwrap();
        let before = metadata.image();
        assert!(matches!(metadata.submit_blocking(&create("orders", 9)), Err(MetadataError::Refused(_))));
        assert_eq!(*metadata.image(), *before);
        assert_eq!(*open(&files).image(), *before);
    }

    #[test]
    fn a_long_journal_is_rewritten_and_means_the_same() {
        let files = files();
        let metadata = open(&files);
        metadata.submit_blocking(&create("orders", 7)).unwrap();
        let length = || files.open(Path::new("/data/metadata.journal")).unwrap().size().unwrap();
        let mut longest = 0;
        for _ in 0..80_000 {
            metadata.submit_blocking(&Command::ReserveProducerIds { count: 1 }).unwrap();
            longest = longest.max(length());
        }
        assert!(longest > length(), "it was never rewritten");
        let image = metadata.image();
        assert_eq!(image.topics().count(), 1);
        assert_eq!(*open(&files).image(), *image);
    }
}
