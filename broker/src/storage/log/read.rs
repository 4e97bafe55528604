//! Reading a log: ranges of its files by offset, offsets by timestamp.

use std::io::{self, Read};
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use bytes::Bytes;
use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::record::{
    BATCH_HEADER_LEN, BatchHeader, DECOMPRESSED_BYTES_MAX, RecordWalk, decompressed,
};

use super::super::scan::{Located, read_batch};
use super::super::segment::Segment;
use super::super::{StorageError, TimestampOffset};
use super::Log;
use crate::env::files::File;

/// Batches as they were stored, beginning with a whole one: a range of a segment file, or a piece of the log's tail.
#[derive(Debug, Clone)]
pub(crate) struct LogSlice {
    source: Source,
    /// In bytes. The last batch may be cut off.
    pub(crate) len: usize,
}

#[derive(Debug, Clone)]
enum Source {
    File { file: Arc<dyn File>, position: u64 },
    Memory(Bytes),
}

#[cfg(test)]
impl LogSlice {
    pub(super) fn is_in_memory(&self) -> bool {
        matches!(self.source, Source::Memory(_))
    }
}

impl LogSlice {
    pub(super) fn in_memory(bytes: Bytes) -> LogSlice {
        LogSlice { len: bytes.len(), source: Source::Memory(bytes) }
    }

    /// Copies the slice into a buffer of its length.
    pub(crate) fn read_into(&self, buffer: &mut [u8]) -> io::Result<()> {
        let read = match &self.source {
            Source::File { file, position } => file.read_at(buffer, *position)?,
            Source::Memory(bytes) => bytes.as_ref().read(buffer)?,
        };
        if read == self.len { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Appends the slice to `buffer`.
    pub(crate) fn append_to(&self, buffer: &mut Vec<u8>) -> io::Result<()> {
        if let Source::Memory(bytes) = &self.source {
            buffer.extend_from_slice(bytes);
            return Ok(());
        }
        let start = buffer.len();
        buffer.resize(start + self.len, 0);
        self.read_into(buffer.get_mut(start..).unwrap_or_default())
    }

    /// The slice as bytes.
    pub(crate) fn bytes(&self) -> io::Result<Bytes> {
        if let Source::Memory(bytes) = &self.source {
            return Ok(bytes.clone());
        }
        let mut bytes = Vec::with_capacity(self.len);
        self.append_to(&mut bytes)?;
        Ok(bytes.into())
    }

    /// What `sendfile` takes, and from where on; `None` where the bytes are in memory.
    pub(crate) fn on_disk(&self) -> Option<(BorrowedFd<'_>, u64)> {
        match &self.source {
            Source::File { file, position } => Some((file.descriptor()?, *position)),
            Source::Memory(_) => None,
        }
    }
}

/// Why a log could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("offset {offset} is outside of {log_start_offset} to {log_end_offset}")]
    OutOfRange { offset: i64, log_start_offset: i64, log_end_offset: i64 },
    #[error("the log is damaged at offset {0}")]
    Damaged(i64),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl ReadError {
    /// What the reader is told.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            ReadError::OutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
            ReadError::Damaged(_) => ErrorCode::CORRUPT_MESSAGE,
            ReadError::Storage(_) => ErrorCode::KAFKA_STORAGE_ERROR,
        }
    }
}

impl Log {
    /// The stored batches from the one that contains `offset` on, up to `upper_bound` (exclusive, between two batches) and
    /// about `max_bytes`. The first batch comes whole: if it is larger than `max_bytes` there is a slice only with
    /// `at_least_one`. `None` when there is nothing at the offset yet.
    pub(crate) fn read(
        &self,
        offset: i64,
        max_bytes: usize,
        upper_bound: i64,
        at_least_one: bool,
    ) -> Result<Option<LogSlice>, ReadError> {
        self.check_range(offset)?;
        let upper_bound = upper_bound.min(self.damaged.map_or(i64::MAX, |damage| damage.offset));
        if offset >= upper_bound {
            self.tail.follow();
            return Ok(None);
        }
        if let Some(slice) = self.tail.read(offset, max_bytes, upper_bound, at_least_one) {
            return Ok(Some(slice));
        }
        self.read_file(offset, max_bytes, upper_bound, at_least_one)
    }

    /// As [`Self::read`], from the segments' files.
    pub(super) fn read_file(
        &self,
        offset: i64,
        max_bytes: usize,
        upper_bound: i64,
        at_least_one: bool,
    ) -> Result<Option<LogSlice>, ReadError> {
        for segment in self.segments_from(offset) {
            let first = match segment.locate(offset) {
                Ok(Some(first)) => first,
                Ok(None) => continue,
                Err(error @ StorageError::Malformed { .. }) => {
                    tracing::error!(offset, %error, "a log that was stopped in order is damaged");
                    return Err(ReadError::Damaged(offset));
                }
                Err(error) => return Err(error.into()),
            };
            if first.header.base_offset >= upper_bound {
                return Ok(None);
            }
            let end = match self.damaged {
                Some(damage) if damage.base_offset == segment.base_offset() => damage.position,
                _ if upper_bound >= self.written_end_offset => segment.size(),
                _ => segment.position_of(upper_bound)?,
            };
            return Ok(slice(segment, &first, end, max_bytes, at_least_one)?);
        }
        Ok(None)
    }

    fn check_range(&self, offset: i64) -> Result<(), ReadError> {
        // First: where a damaged log ends is not known, and a reader who is told that it is beyond the end begins elsewhere.
        if let Some(damage) = self.damaged.filter(|damage| offset >= damage.offset) {
            return Err(ReadError::Damaged(damage.offset));
        }
        if offset < self.log_start_offset || offset > self.log_end_offset {
            let (log_start_offset, log_end_offset) = (self.log_start_offset, self.log_end_offset);
            return Err(ReadError::OutOfRange { offset, log_start_offset, log_end_offset });
        }
        Ok(())
    }

    /// The segments that can hold `offset` or anything after it.
    pub(super) fn segments_from(&self, offset: i64) -> impl Iterator<Item = &Segment> {
        self.sealed.iter().skip(self.first_segment_from(offset)).chain([&self.active])
    }

    /// The number of the first of them, the active segment's being that behind the sealed ones.
    pub(super) fn first_segment_from(&self, offset: i64) -> usize {
        if self.active.base_offset() <= offset {
            return self.sealed.len();
        }
        self.sealed.partition_point(|segment| segment.base_offset() <= offset).saturating_sub(1)
    }

    /// The first record at or after `timestamp`, below `upper_bound`.
    pub(crate) fn offset_for_timestamp(
        &self,
        timestamp: i64,
        upper_bound: i64,
    ) -> Result<Option<TimestampOffset>, StorageError> {
        for segment in self.segments_from(self.log_start_offset) {
            let indexes = segment.indexes()?;
            if indexes.max_timestamp.is_none_or(|(max, _)| max < timestamp) {
                continue;
            }
            let before = segment.base_offset() + i64::from(indexes.times.offset_before(timestamp));
            let mut position = segment.position_before(before)?;
            while let Some(located) = segment.find(position, |header| header.max_timestamp >= timestamp)? {
                if located.header.base_offset >= upper_bound {
                    return Ok(None);
                }
                let found = self.record_in(segment, &located, |at| at >= timestamp)?;
                if let Some(found) = found.filter(|found| found.offset < upper_bound) {
                    return Ok(Some(found));
                }
                position = located.end();
            }
        }
        Ok(None)
    }

    /// The first record that has the largest timestamp of all below `upper_bound`.
    pub(crate) fn max_timestamp_offset(
        &self,
        upper_bound: i64,
    ) -> Result<Option<TimestampOffset>, StorageError> {
        let mut best: Option<(&Segment, i64, i64)> = None;
        for segment in self.segments_from(self.log_start_offset) {
            if let Some((timestamp, offset)) = segment.max_timestamp_below(upper_bound)?
                && best.is_none_or(|(_, largest, _)| timestamp > largest)
            {
                best = Some((segment, timestamp, offset));
            }
        }
        let Some((segment, timestamp, offset)) = best else { return Ok(None) };
        let Some(located) = segment.locate(offset)? else { return Ok(None) };
        self.record_in(segment, &located, |at| at >= timestamp)
    }

    /// The first record of a batch, not before the log start, whose timestamp is `wanted`.
    fn record_in(
        &self,
        segment: &Segment,
        located: &Located,
        wanted: impl Fn(i64) -> bool,
    ) -> Result<Option<TimestampOffset>, StorageError> {
        let BatchHeader { attributes, record_count, base_offset, .. } = located.header;
        let bytes = read_batch(&**segment.file()?, located).map_err(StorageError::at(segment.path()))??;
        let codec = attributes.compression().map_err(fluxmq_protocol::record::BatchError::from)?;
        let payload = bytes.get(BATCH_HEADER_LEN..).unwrap_or_default();
        let payload = decompressed(codec, payload, DECOMPRESSED_BYTES_MAX)
            .map_err(fluxmq_protocol::record::BatchError::from)?;
        for record in RecordWalk::new(&payload, record_count) {
            let record = record?;
            let timestamp = located.header.timestamp(record.timestamp_delta);
            let offset = base_offset + i64::from(record.offset_delta);
            if wanted(timestamp) && offset >= self.log_start_offset {
                let leader_epoch = located.header.partition_leader_epoch;
                return Ok(Some(TimestampOffset { timestamp, offset, leader_epoch }));
            }
        }
        Ok(None)
    }
}

fn slice(
    segment: &Segment,
    first: &Located,
    end: u64,
    max_bytes: usize,
    at_least_one: bool,
) -> Result<Option<LogSlice>, StorageError> {
    let available = usize::try_from(end - first.position).unwrap_or(usize::MAX);
    let first_size = first.header.total_len();
    if max_bytes < first_size && !at_least_one {
        return Ok(None);
    }
    let len = available.min(max_bytes.max(first_size));
    let source = Source::File { file: Arc::clone(segment.file()?), position: first.position };
    Ok(Some(LogSlice { source, len }))
}
