//! Producer ids, each given out once for ever (KIP-98).

use std::ops::Range;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::metadata::command::{Command, Outcome};
use crate::metadata::{Metadata, MetadataError};

/// How many ids one durable reservation takes. What a stop leaves over is never used.
const BLOCK: i32 = 1000;

/// Gives out producer ids from blocks that are durable before their first id leaves: an id that came back after a restart would have
/// new data taken for duplicates.
#[derive(Debug)]
pub(crate) struct ProducerIds {
    metadata: Arc<Metadata>,
    /// Held over the reservation of a block, so that many who wait reserve one.
    block: Mutex<Range<i64>>,
}

impl ProducerIds {
    pub(crate) fn new(metadata: Arc<Metadata>) -> Self {
        ProducerIds { metadata, block: Mutex::new(0..0) }
    }

    /// An id that nobody has had.
    pub(crate) async fn next(&self) -> Result<i64, MetadataError> {
        let mut block = self.block.lock().await;
        loop {
            if let Some(id) = block.next() {
                return Ok(id);
            }
            if let Outcome::ProducerIds(reserved) =
                self.metadata.submit(Command::ReserveProducerIds { count: BLOCK }).await?
            {
                *block = reserved;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::Path;

    use super::*;
    use crate::env::files::{Files, MemoryFiles};

    fn open(files: &Arc<MemoryFiles>) -> ProducerIds {
        let files = Arc::clone(files) as Arc<dyn Files>;
        ProducerIds::new(Arc::new(Metadata::open(files, Path::new("/data"), "a-cluster").unwrap()))
    }

    #[tokio::test]
    async fn no_id_comes_twice_not_even_after_restarts() {
        let files = Arc::new(MemoryFiles::default());
        files.create_dir_all(Path::new("/data")).unwrap();
        let mut seen = HashSet::new();
        for count in [1, 1500, 3] {
            let ids = open(&files);
            for _ in 0..count {
                assert!(seen.insert(ids.next().await.unwrap()));
            }
        }
    }
}
