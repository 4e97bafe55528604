//! Message sets: the formats before record batches, magic 0 (until Kafka 0.9) and magic 1 (Kafka 0.10, KIP-32). Produce
//! carries them in versions 0 to 2, Fetch in versions 0 to 3.
//!
//! ```text
//!  0 offset i64      16 magic i8 (0 or 1)        18 timestamp i64 (magic 1 alone)
//!  8 size i32        17 attributes i8            .. key: length i32, bytes
//! 12 CRC-32 u32      (of everything from 16)     .. value: length i32, bytes
//! ```
//!
//! A set is messages one after the other, without a header of its own. Attributes are the codec (bits 0 to 2, no zstd) and
//! in magic 1 the timestamp type (bit 3). A compressed message, the wrapper, has a whole message set as its value, which
//! nothing in it may compress again. Its offset is that of the last message inside; those inside have their own offsets in
//! magic 0, and count from 0 in magic 1 (KIP-31). The header of an LZ4 frame has a wrong checksum in magic 0 (KIP-57).
//!
//! In reading order: [`message`] is one of them, [`mod@read`] visits all of a set, [`mod@up`] makes a record batch of a
//! set, [`mod@down`] a set of record batches; [`lz4`] knows the wrong checksum.

pub mod down;
pub mod error;
mod lz4;
pub mod message;
pub mod read;
pub mod up;

pub use down::down;
pub use error::MessageSetError;
pub use message::{Magic, Message};
pub use read::{OldRecord, Tail, visit};
pub use up::up;
