//! The newest batches of a log in memory, as they were written: consumers that follow the log's end read them without a system call.
//!
//! ```text
//!   file  ...|--------|--------|----|---|------|    written end
//!   tail                       |----|---|------|    one chunk for each write, at most `TAIL_BYTES_MAX`
//! ```
//! Only where memory is cheaper than the file: a large write, as producers of large batches make it, costs more to copy than
//! `sendfile` costs later, so it empties the tail; a read that has much to take goes to the file. And only while somebody follows:
//! a log whose end nobody reads keeps nothing, and its appends pay nothing.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use fluxmq_protocol::record::BatchHeader;

use super::read::LogSlice;

/// A write above this size is not kept, and a read that could take this much goes to the file.
const CHUNK_BYTES_MAX: usize = 16 * 1024;

/// What one log keeps at most: some of the largest reads, because a follower stops at the high watermark, which is behind the written
/// end by what waits for the disk.
const TAIL_BYTES_MAX: usize = 4 * CHUNK_BYTES_MAX;

/// What all logs of the process keep at most, in bytes: some 500 full tails.
const ALL_TAILS_BYTES_MAX: usize = 32 << 20;

/// What a chunk takes besides its bytes, about.
const CHUNK_OVERHEAD: usize = 96;

/// What all logs of the process keep.
static ALL_TAILS_BYTES: AtomicUsize = AtomicUsize::new(0);

/// The newest batches of one log.
#[derive(Debug)]
pub(super) struct Tail {
    /// Oldest first, without a gap in their offsets.
    chunks: VecDeque<Chunk>,
    /// What the chunks take, overhead included.
    size: usize,
    /// Somebody has read at the log's end since the last write.
    followed: AtomicBool,
    /// What has been written since somebody read at the log's end. Beyond [`TAIL_BYTES_MAX`] nobody follows.
    unread: usize,
    /// Nothing has been written since the last [`Tail::rest`].
    resting: bool,
}

/// The batches of one write.
#[derive(Debug)]
struct Chunk {
    /// The end is exclusive.
    offsets: Range<i64>,
    bytes: Bytes,
}

impl Tail {
    pub(super) fn new() -> Tail {
        Tail {
            chunks: VecDeque::new(),
            size: 0,
            followed: AtomicBool::new(false),
            unread: usize::MAX,
            resting: true,
        }
    }

    /// Somebody reads at the log's end.
    pub(super) fn follow(&self) {
        self.followed.store(true, Ordering::Relaxed);
    }

    /// Takes note of a write, and keeps it if that is worth it.
    pub(super) fn wrote(&mut self, offsets: Range<i64>, bytes: &[u8]) {
        if std::mem::take(self.followed.get_mut()) {
            self.unread = 0;
        }
        let is_followed = self.unread <= TAIL_BYTES_MAX;
        self.unread = self.unread.saturating_add(bytes.len());
        let follows_on = self.chunks.back().is_none_or(|last| last.offsets.end == offsets.start);
        if !is_followed || !follows_on || bytes.len() > CHUNK_BYTES_MAX {
            self.clear();
        }
        if !is_followed || bytes.len() > CHUNK_BYTES_MAX {
            return;
        }
        self.resting = false;
        let added = bytes.len() + CHUNK_OVERHEAD;
        while self.size + added > TAIL_BYTES_MAX {
            let Some(oldest) = self.chunks.pop_front() else { break };
            self.give_back(oldest.bytes.len() + CHUNK_OVERHEAD);
        }
        if ALL_TAILS_BYTES.fetch_add(added, Ordering::Relaxed) + added > ALL_TAILS_BYTES_MAX {
            ALL_TAILS_BYTES.fetch_sub(added, Ordering::Relaxed);
            self.clear();
            return;
        }
        self.size += added;
        self.chunks.push_back(Chunk { offsets, bytes: Bytes::copy_from_slice(bytes) });
    }

    /// The stored batches as [`Log::read`](super::Log::read) gives them; `None` when they are not here, are cheaper from the file, or
    /// are more than the reader takes.
    pub(super) fn read(
        &self,
        offset: i64,
        max_bytes: usize,
        upper_bound: i64,
        at_least_one: bool,
    ) -> Option<LogSlice> {
        if self.chunks.front().is_none_or(|first| offset < first.offsets.start) {
            return None;
        }
        self.follow();
        let at = self.chunks.partition_point(|chunk| chunk.offsets.end <= offset);
        let chunks = || self.chunks.iter().skip(at).take_while(|chunk| chunk.offsets.start < upper_bound);
        let len: usize = chunks().map(|chunk| chunk.bytes.len()).sum();
        if len.min(max_bytes) >= CHUNK_BYTES_MAX {
            return None;
        }
        let first = chunks().next()?;
        let (start, header) = first.position(|header| header.last_offset() >= offset)?;
        let first_size = header.total_len();
        if max_bytes < first_size && !at_least_one {
            return None;
        }
        let mut bytes = first.below(upper_bound).slice(start..);
        if chunks().nth(1).is_some() {
            let mut joined = BytesMut::with_capacity(len);
            joined.extend_from_slice(&bytes);
            chunks().skip(1).for_each(|chunk| joined.extend_from_slice(&chunk.below(upper_bound)));
            bytes = joined.freeze();
        }
        bytes.truncate(max_bytes.max(first_size));
        Some(LogSlice::in_memory(bytes))
    }

    /// Gives the memory of a log back to which nothing has been written since the last call.
    pub(super) fn rest(&mut self) {
        if std::mem::replace(&mut self.resting, true) {
            self.clear();
        }
    }

    pub(super) fn clear(&mut self) {
        if self.size > 0 {
            self.chunks = VecDeque::new();
            self.give_back(self.size);
        }
    }

    fn give_back(&mut self, bytes: usize) {
        self.size -= bytes;
        ALL_TAILS_BYTES.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
impl Tail {
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Chunk {
    /// The first batch that is `wanted`, and where it begins.
    fn position(&self, wanted: impl Fn(&BatchHeader) -> bool) -> Option<(usize, BatchHeader)> {
        let mut position = 0;
        loop {
            let header = BatchHeader::parse(self.bytes.get(position..)?).ok()?;
            if wanted(&header) {
                return Some((position, header));
            }
            position += header.total_len();
        }
    }

    /// The batches before `upper_bound`, which lies between two batches.
    fn below(&self, upper_bound: i64) -> Bytes {
        if self.offsets.end <= upper_bound {
            return self.bytes.clone();
        }
        let end = self.position(|header| header.base_offset >= upper_bound);
        self.bytes.slice(..end.map_or(self.bytes.len(), |(end, _)| end))
    }
}
