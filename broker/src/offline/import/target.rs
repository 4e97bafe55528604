//! The data directory that takes an import, looked at without changing anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::OfflineError;
use super::super::files::{read, read_text};
use super::super::place::holder_of;
use crate::env::files::{Files, MemoryFiles};
use crate::metadata::image::MetadataImage;
use crate::metadata::{self, Metadata};
use crate::storage::data_dir::{IMPORT, META};

/// What is in the data directory.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) path: PathBuf,
    /// `None`: it has not been used yet.
    pub(super) cluster_id: Option<String>,
    pub(super) image: Arc<MetadataImage>,
}

impl Target {
    pub(super) fn look(path: &Path) -> Result<Target, OfflineError> {
        if let Some(holder) = holder_of(path)? {
            return Err(OfflineError::Held { dir: path.to_owned(), holder });
        }
        let meta = read_text(&path.join(META))?.unwrap_or_default();
        let cluster_id = meta.lines().find_map(|line| line.strip_prefix("cluster.id=")).map(str::to_owned);
        // A copy in memory: opening the file itself would cut what a crash has left behind its last entry.
        let files = MemoryFiles::default();
        let (root, name) = (Path::new("/"), metadata::FILE_NAME);
        let journal = read(&path.join(name))?;
        let copied = files.create_dir_all(root).and_then(|()| match &journal {
            Some(bytes) => files.open(&root.join(name))?.write_at(bytes, 0),
            None => Ok(()),
        });
        let opened = copied
            .and_then(|()| Metadata::open(Arc::new(files), root, cluster_id.as_deref().unwrap_or_default()));
        let image = opened.map_err(OfflineError::at(&path.join(name)))?.image();
        Ok(Target { path: path.to_owned(), cluster_id, image })
    }

    /// Where an import keeps what does not count yet.
    pub(super) fn staging(&self) -> PathBuf {
        self.path.join(IMPORT)
    }
}
