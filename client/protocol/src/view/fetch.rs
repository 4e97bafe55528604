//! Fetch, read without allocation, and its answer written around record batches that are sent from elsewhere: by file
//! range, never through this buffer.

use std::ops::Range;

use uuid::Uuid;

use super::Positions;
use crate::api_key::ApiKey;
use crate::error_code::ErrorCode;
use crate::wire::{WireResult, Writer};

/// A fetch request, as positions in its body. Reused from request to request, it takes no memory of its own.
#[derive(Debug, Default)]
pub struct FetchView {
    /// The follower that asks, -1 for consumers.
    pub replica_id: i32,
    /// How long to wait for `min_bytes`, in milliseconds.
    pub max_wait_ms: i32,
    /// Answer as soon as this many bytes are there.
    pub min_bytes: i32,
    /// About how many bytes of records to answer with at most.
    pub max_bytes: i32,
    /// 0 reads all committed batches, 1 only those before the last stable offset.
    pub isolation_level: i8,
    /// The fetch session (KIP-227), 0 for none.
    pub session_id: i32,
    /// 0 opens a session, -1 does without one.
    pub session_epoch: i32,
    /// Topics in the order of the request.
    pub topics: Vec<FetchTopic>,
    /// Partitions of all topics, in the order of the request.
    pub partitions: Vec<FetchPartition>,
}

/// One topic of a fetch request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchTopic {
    /// The name, empty from version 13 on.
    pub name: Range<usize>,
    /// The topic id, nil before version 13.
    pub topic_id: Uuid,
    /// Its partitions among [`FetchView::partitions`].
    pub partitions: Range<usize>,
}

/// One partition of a fetch request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchPartition {
    /// The partition's number.
    pub index: i32,
    /// The leader epoch that the client knows, -1 for none (KIP-320).
    pub current_leader_epoch: i32,
    /// The first offset that is wanted.
    pub fetch_offset: i64,
    /// The leader epoch of the last batch that the client has, -1 for none (KIP-595).
    pub last_fetched_epoch: i32,
    /// About how many bytes to answer with at most.
    pub max_bytes: i32,
}

impl FetchView {
    /// Reads `body`, forgetting what was read before.
    pub fn read(&mut self, body: &[u8], version: i16) -> WireResult<()> {
        let mut at = Positions::new(body, ApiKey::Fetch.is_flexible(version));
        self.topics.clear();
        self.partitions.clear();
        self.replica_id = if version <= 14 { at.reader.i32()? } else { -1 };
        self.max_wait_ms = at.reader.i32()?;
        self.min_bytes = at.reader.i32()?;
        self.max_bytes = if version >= 3 { at.reader.i32()? } else { i32::MAX };
        self.isolation_level = if version >= 4 { at.reader.i8()? } else { 0 };
        (self.session_id, self.session_epoch) =
            if version >= 7 { (at.reader.i32()?, at.reader.i32()?) } else { (0, -1) };
        for _ in 0..at.count(3)? {
            let name = if version <= 12 { at.str()? } else { 0..0 };
            let topic_id = if version >= 13 { at.reader.uuid()? } else { Uuid::nil() };
            let first = self.partitions.len();
            for _ in 0..at.count(16)? {
                let partition = read_partition(&mut at, version)?;
                self.partitions.push(partition);
            }
            at.end_struct()?;
            self.topics.push(FetchTopic { name, topic_id, partitions: first..self.partitions.len() });
        }
        if version >= 7 {
            skip_forgotten_topics(&mut at, version)?;
        }
        if version >= 11 {
            at.str()?;
        }
        self.end(&mut at, version)
    }

    fn end(&mut self, at: &mut Positions<'_>, version: i16) -> WireResult<()> {
        if !at.flexible {
            return Ok(());
        }
        let replica_id = &mut self.replica_id;
        at.reader.tagged_fields(|tag, payload| {
            if tag == 1 && version >= 15 {
                *replica_id = payload.i32()?;
            }
            Ok(())
        })
    }
}

fn read_partition(at: &mut Positions<'_>, version: i16) -> WireResult<FetchPartition> {
    let index = at.reader.i32()?;
    let current_leader_epoch = if version >= 9 { at.reader.i32()? } else { -1 };
    let fetch_offset = at.reader.i64()?;
    let last_fetched_epoch = if version >= 12 { at.reader.i32()? } else { -1 };
    if version >= 5 {
        at.reader.i64()?;
    }
    let max_bytes = at.reader.i32()?;
    at.end_struct()?;
    Ok(FetchPartition { index, current_leader_epoch, fetch_offset, last_fetched_epoch, max_bytes })
}

fn skip_forgotten_topics(at: &mut Positions<'_>, version: i16) -> WireResult<()> {
    for _ in 0..at.count(3)? {
        if version <= 12 {
            at.str()?;
        } else {
            at.reader.uuid()?;
        }
        let partitions = at.count(4)?;
        at.reader.take(partitions * 4)?;
        at.end_struct()?;
    }
    Ok(())
}

/// What one partition answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchOutcome {
    /// The partition's number.
    pub index: i32,
    pub error_code: ErrorCode,
    /// Exclusive; -1 with an error.
    pub high_watermark: i64,
    /// Exclusive; -1 with an error.
    pub last_stable_offset: i64,
    /// -1 with an error.
    pub log_start_offset: i64,
    /// The epoch, and its exclusive end offset, after which the client's log differs from this one.
    pub diverging_epoch: Option<(i32, i64)>,
    /// Producer id and first offset of each aborted transaction in the records; `None` where the client reads uncommitted records.
    pub aborted_transactions: Option<Vec<(i64, i64)>>,
    /// How many bytes of records follow.
    pub records_size: usize,
}

impl FetchOutcome {
    /// A partition that cannot be read.
    pub fn refused(index: i32, error_code: ErrorCode) -> Self {
        FetchOutcome {
            index,
            error_code,
            high_watermark: -1,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: None,
            aborted_transactions: None,
            records_size: 0,
        }
    }
}

/// Appends the parts of a fetch response in their order: start, then for each topic its start, for each partition
/// its start, records (by the caller) and end, then the topic's end, then the end.
#[derive(Debug)]
pub struct FetchResponseWriter {
    version: i16,
    flexible: bool,
}

impl FetchResponseWriter {
    /// A writer of answers in `version`.
    pub fn new(version: i16) -> Self {
        FetchResponseWriter { version, flexible: ApiKey::Fetch.is_flexible(version) }
    }

    pub fn start(
        &self,
        writer: &mut Writer<'_>,
        error_code: ErrorCode,
        session_id: i32,
        topics: usize,
    ) -> WireResult<()> {
        if self.version >= 1 {
            writer.i32(0);
        }
        if self.version >= 7 {
            writer.i16(error_code.code());
            writer.i32(session_id);
        }
        writer.count(Some(topics), self.flexible)
    }

    pub fn topic_start(
        &self,
        writer: &mut Writer<'_>,
        name: &[u8],
        topic_id: &Uuid,
        partitions: usize,
    ) -> WireResult<()> {
        if self.version >= 13 {
            writer.uuid(topic_id);
        } else {
            writer.count_of_text(name.len(), self.flexible)?;
            writer.raw(name);
        }
        writer.count(Some(partitions), self.flexible)
    }

    pub fn partition_start(&self, writer: &mut Writer<'_>, outcome: &FetchOutcome) -> WireResult<()> {
        writer.i32(outcome.index);
        writer.i16(outcome.error_code.code());
        writer.i64(outcome.high_watermark);
        if self.version >= 4 {
            writer.i64(outcome.last_stable_offset);
            if self.version >= 5 {
                writer.i64(outcome.log_start_offset);
            }
            let aborted = outcome.aborted_transactions.as_deref();
            writer.count(aborted.map(<[_]>::len), self.flexible)?;
            for (producer_id, first_offset) in aborted.unwrap_or_default() {
                writer.i64(*producer_id);
                writer.i64(*first_offset);
                self.end_struct(writer);
            }
        }
        if self.version >= 11 {
            writer.i32(-1);
        }
        writer.count(Some(outcome.records_size), self.flexible)
    }

    pub fn partition_end(&self, writer: &mut Writer<'_>, outcome: &FetchOutcome) -> WireResult<()> {
        match outcome.diverging_epoch {
            Some((epoch, end_offset)) if self.flexible => {
                writer.unsigned_varint(1);
                writer.tagged_field(0, |writer| {
                    writer.i32(epoch);
                    writer.i64(end_offset);
                    writer.no_tagged_fields();
                    Ok(())
                })
            }
            _ => {
                self.end_struct(writer);
                Ok(())
            }
        }
    }

    /// Ends a topic, and after the last topic the response.
    pub fn end_struct(&self, writer: &mut Writer<'_>) {
        if self.flexible {
            writer.no_tagged_fields();
        }
    }
}
