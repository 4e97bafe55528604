//! Produce 0-2 and Fetch 0-3: what clients from before Kafka 0.11 send and read. Logs hold record batches alone, so message
//! sets are converted on the way in, and batches on the way out.
//!
//! - In: one batch for each partition, judged by the rules of its topic like any other. A record batch in these versions is
//!   taken as it is, as Kafka 3.x does. A set that is empty or cut off is refused, where Kafka takes what is whole and does
//!   not tell; several compressed messages in one set are taken, as before Kafka 0.11.
//! - Out: Fetch 0-1 get magic 0, 2-3 magic 1. Records of a batch in zstd cannot be expressed: a fetch that begins with
//!   one is answered with UNSUPPORTED_COMPRESSION_TYPE, another ends before it. Clients that read the topic from before
//!   transactions see the records of aborted ones, as in Kafka.
//! - Before KIP-74 (Fetch 0-2) a first message that is larger than the partition's limit comes cut off at the limit, as
//!   from the brokers of that time: that is how these clients learn that they must ask for more. (Kafka 3.x answers with
//!   nothing, and they wait for ever.) From version 3 on it comes whole.
//! - Error codes that came later are told as those that stood for them before.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::record::message_set::{self, Magic, MessageSetError};
use fluxmq_protocol::record::{Compression, DECOMPRESSED_BYTES_MAX, RecordBatch, batches};
use fluxmq_protocol::view::fetch::FetchPartition;

use crate::partition::{Partition, Watermarks};
use crate::storage::log::LogSlice;
use crate::storage::validate::{BatchRefusal, MAGIC_AT, ProduceRules};

/// The first version of Produce that carries record batches.
pub(super) const PRODUCE_BATCHES: i16 = 3;
/// The first version of Fetch that carries record batches.
const FETCH_BATCHES: i16 = 4;
/// The first version of Fetch that gets a first message whole, whatever its size (KIP-74).
const FETCH_WHOLE: i16 = 3;

/// Whether a fetch must be answered with a message set, and of which format.
pub(super) fn magic_of_fetch(version: i16) -> Option<Magic> {
    match version {
        FETCH_BATCHES.. => None,
        2.. => Some(Magic::V1),
        _ => Some(Magic::V0),
    }
}

/// The batch that is made of what a producer sent, where that is a message set in a version that carries them.
pub(super) fn up(
    version: i16,
    records: &[u8],
    rules: &ProduceRules,
) -> Result<Option<Vec<u8>>, BatchRefusal> {
    if version >= PRODUCE_BATCHES || !matches!(records.get(MAGIC_AT), Some(0 | 1)) {
        return Ok(None);
    }
    message_set::up(records, rules.decompressed_max()).map(Some).map_err(|error| BatchRefusal {
        error_code: match error {
            MessageSetError::Crc { .. } | MessageSetError::Size(_) => ErrorCode::CORRUPT_MESSAGE,
            _ => ErrorCode::INVALID_RECORD,
        },
        message: error.to_string(),
        record_errors: Vec::new(),
    })
}

/// What an old producer is told instead of an error that its Kafka did not know.
pub(super) fn produce_error(error_code: ErrorCode) -> ErrorCode {
    match error_code {
        ErrorCode::INVALID_RECORD => ErrorCode::CORRUPT_MESSAGE,
        _ => before_storage_errors(error_code),
    }
}

/// The same for a consumer of this version.
pub(super) fn fetch_error(version: i16, error_code: ErrorCode) -> ErrorCode {
    if version >= FETCH_BATCHES { error_code } else { before_storage_errors(error_code) }
}

/// A broker that could not reach its disk once looked like one that does not lead the partition (KIP-112).
fn before_storage_errors(error_code: ErrorCode) -> ErrorCode {
    match error_code {
        ErrorCode::KAFKA_STORAGE_ERROR => ErrorCode::NOT_LEADER_OR_FOLLOWER,
        other => other,
    }
}

/// What an old fetch finds in a partition.
#[derive(Debug)]
pub(super) struct OldRead {
    pub(super) watermarks: Watermarks,
    pub(super) message_set: Vec<u8>,
}

/// What a first batch gets whose messages do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TooLarge {
    /// It comes whole.
    Whole,
    /// It is cut off at the limit.
    Cut,
    /// It stays for another fetch.
    LeftOut,
}

/// Reads a partition as a message set. `left` is what the response has room for, `at_least_one` whether nothing is in it.
pub(super) fn read(
    partition: &Partition,
    part: &FetchPartition,
    version: i16,
    magic: Magic,
    left: usize,
    at_least_one: bool,
) -> Result<OldRead, ErrorCode> {
    let own_max_bytes = usize::try_from(part.max_bytes).unwrap_or(0);
    let max_bytes = own_max_bytes.min(left);
    let too_large = match version {
        FETCH_WHOLE.. if at_least_one => TooLarge::Whole,
        // What is cut for want of room elsewhere would look like a message that this client can never read.
        ..FETCH_WHOLE if own_max_bytes <= left || at_least_one => TooLarge::Cut,
        _ => TooLarge::LeftOut,
    };
    let mut set =
        MessageSet { magic, first_offset: part.fetch_offset, max_bytes, too_large, bytes: Vec::new() };
    let mut offset = part.fetch_offset;
    let look = |offset| partition.read(offset, -1, max_bytes, false, too_large != TooLarge::LeftOut);
    let read = look(offset).map_err(|error| error.code())?;
    let watermarks = read.watermarks;
    let mut slice = read.slice;
    // A slice may hold nothing that can be shown: transaction markers alone. Whoever asked could not get past it.
    while let Some(found) = slice.take() {
        let next_offset = set.append_slice(&found)?;
        if set.bytes.is_empty() && next_offset > offset {
            offset = next_offset;
            slice = look(offset).map_err(|error| error.code())?.slice;
        }
    }
    Ok(OldRead { watermarks, message_set: set.bytes })
}

/// A message set that grows batch by batch.
#[derive(Debug)]
struct MessageSet {
    magic: Magic,
    first_offset: i64,
    max_bytes: usize,
    too_large: TooLarge,
    bytes: Vec<u8>,
}

impl MessageSet {
    /// Appends the whole batches of a slice, as far as they fit; the offset after those that have been looked at, -1
    /// when there were none.
    fn append_slice(&mut self, slice: &LogSlice) -> Result<i64, ErrorCode> {
        let stored = slice.bytes().map_err(|_| ErrorCode::KAFKA_STORAGE_ERROR)?;
        let mut next_offset = -1;
        for batch in batches(stored) {
            let appended = match batch {
                Ok(batch) => {
                    next_offset = batch.header().next_offset();
                    self.append(&batch)
                }
                Err(_) => Err(ErrorCode::CORRUPT_MESSAGE),
            };
            match appended {
                Ok(true) => {}
                Err(error_code) if self.bytes.is_empty() => return Err(error_code),
                Ok(false) | Err(_) => break,
            }
        }
        Ok(next_offset)
    }

    /// Appends one batch, and says whether another may follow.
    fn append(&mut self, batch: &RecordBatch) -> Result<bool, ErrorCode> {
        let start = self.bytes.len();
        let limit = DECOMPRESSED_BYTES_MAX;
        let converted = message_set::down(batch, self.magic, self.first_offset, limit, &mut self.bytes);
        if let Err(error) = converted {
            self.bytes.truncate(start);
            return Err(match error {
                MessageSetError::Codec(Compression::Zstd) => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
                MessageSetError::TooLarge { .. } => ErrorCode::MESSAGE_TOO_LARGE,
                _ => ErrorCode::CORRUPT_MESSAGE,
            });
        }
        if self.bytes.len() <= self.max_bytes {
            return Ok(true);
        }
        match self.too_large {
            TooLarge::Whole if start == 0 => {}
            TooLarge::Cut if start == 0 => self.bytes.truncate(self.max_bytes),
            _ => self.bytes.truncate(start),
        }
        Ok(false)
    }
}
