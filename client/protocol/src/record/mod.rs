//! Record batches (magic 2, KIP-98): what producers send, what logs hold, what consumers read.
//!
//! ```text
//!  0 base offset i64        21 attributes i16          43 producer id i64
//!  8 batch length i32       23 last offset delta i32   51 producer epoch i16
//! 12 leader epoch i32       27 base timestamp i64      53 base sequence i32
//! 16 magic i8 (= 2)         35 max timestamp i64       57 record count i32
//! 17 CRC-32C u32            (of everything from 21)    61 records, compressed or not
//! ```
//!
//! In reading order: [`attributes`] and [`header`] are the first 61 bytes, [`mod@stamp`] changes them in place, [`batch`] is a
//! whole checked batch, [`record`] what is in it for consumers, [`walk`] the same without memory for brokers, [`builder`]
//! makes batches, [`control`] knows transaction markers, [`compression`] the codecs, [`message_set`] the formats of before.

pub mod attributes;
pub mod batch;
pub mod builder;
pub mod compression;
pub mod control;
mod encode;
pub mod error;
pub mod header;
pub mod message_set;
#[expect(clippy::module_inception, reason = "a record is the noun of its file as much as of this folder")]
pub mod record;
pub mod stamp;
pub mod walk;

pub use attributes::{Attributes, TimestampType};
pub use batch::{Batches, RecordBatch, batches};
pub use builder::{BatchBuilder, rebuild, write_batch};
pub use compression::{
    Compression, CompressionError, DECOMPRESSED_BYTES_MAX, compress, decompress, decompressed,
};
pub use control::{ControlType, EndTransactionMarker};
pub use error::{BatchError, RecordError};
pub use header::{BATCH_HEADER_LEN, BatchHeader, LOG_OVERHEAD};
pub use record::{Header, Record, Records};
pub use stamp::{set_attributes, set_log_append_time, set_max_timestamp, set_producer, stamp, verify_crc};
pub use walk::{RecordMeta, RecordWalk};
