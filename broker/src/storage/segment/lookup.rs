//! Finding batches in a segment, by what its indexes say.

use fluxmq_protocol::record::BatchHeader;

use super::super::StorageError;
use super::super::scan::{Located, Scan};
use super::{Indexes, REBUILT_INTERVAL_BYTES, Segment, relative};

impl Segment {
    /// The first batch whose last offset is at or after `offset`. Fails where the walk to it ends at something that is no batch:
    /// what follows must not be taken for the next there is.
    pub(crate) fn locate(&self, offset: i64) -> Result<Option<Located>, StorageError> {
        let (mut scan, mut next) = self.scan_before(offset)?;
        while let Some(located) = next {
            if located.header.last_offset() >= offset {
                return Ok(Some(located));
            }
            next = scan.next().map_err(StorageError::at(self.path()))?;
        }
        if scan.position() < self.size {
            let what = format!(
                "there is no batch at position {}; stop the broker and repair the log",
                scan.position()
            );
            return Err(StorageError::Malformed { path: self.path(), what });
        }
        Ok(None)
    }

    /// Where to begin to look for an offset.
    pub(crate) fn position_before(&self, offset: i64) -> Result<u64, StorageError> {
        Ok(self.scan_before(offset)?.1.map_or(0, |first| first.position))
    }

    /// A walk that begins at or before an offset, and its first batch. What the index says is held against that batch: the
    /// index could be of another time, or damaged, and would hide records.
    fn scan_before(&self, offset: i64) -> Result<(Scan<'_>, Option<Located>), StorageError> {
        let position = self.indexes()?.offsets.position_before(relative(offset, self.base_offset));
        let mut scan = Scan::new(&**self.file()?, position, self.size);
        let mut first = scan.next().map_err(StorageError::at(self.path()))?;
        let fits = |first: Located| (self.base_offset..=offset).contains(&first.header.last_offset());
        if position > 0 && !first.is_some_and(fits) {
            tracing::warn!(segment = %self.path().display(), offset, "the index is wrong here; the whole segment is searched");
            scan = Scan::new(&**self.file()?, 0, self.size);
            first = scan.next().map_err(StorageError::at(self.path()))?;
        }
        Ok((scan, first))
    }

    /// The first batch from a position on that is `wanted`.
    pub(crate) fn find(
        &self,
        position: u64,
        wanted: impl Fn(&BatchHeader) -> bool,
    ) -> Result<Option<Located>, StorageError> {
        let mut scan = Scan::new(&**self.file()?, position, self.size);
        while let Some(located) = scan.next().map_err(StorageError::at(self.path()))? {
            if wanted(&located.header) {
                return Ok(Some(located));
            }
        }
        Ok(None)
    }

    /// The largest timestamp of all batches below `upper_bound`, and the last offset of the first batch that has it.
    pub(crate) fn max_timestamp_below(&self, upper_bound: i64) -> Result<Option<(i64, i64)>, StorageError> {
        match self.indexes()?.max_timestamp {
            Some((_, offset)) if offset >= upper_bound => {
                let mut below = Indexes::default();
                let mut scan = Scan::new(&**self.file()?, 0, self.size);
                while let Some(located) = scan.next().map_err(StorageError::at(self.path()))? {
                    if located.header.base_offset >= upper_bound {
                        break;
                    }
                    below.note(self.base_offset, &located.header, located.position, REBUILT_INTERVAL_BYTES);
                }
                Ok(below.max_timestamp)
            }
            known => Ok(known),
        }
    }

    /// Where the first batch at or after `offset` begins; the segment's size when there is none.
    pub(crate) fn position_of(&self, offset: i64) -> Result<u64, StorageError> {
        Ok(self.locate(offset)?.map_or(self.size, |located| located.position))
    }
}
