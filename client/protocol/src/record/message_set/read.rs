//! Visiting the records of a message set, those in wrappers included.

use super::super::compression::{Compression, decompressed};
use super::error::MessageSetError;
use super::lz4;
use super::message::{Magic, Message};
use crate::wire::Reader;

/// A record in a message set, with its place and time as its reader sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldRecord<'a> {
    /// Of the record itself, also where wrappers count from 0.
    pub offset: i64,
    /// Milliseconds since 1970, or -1.
    pub timestamp: i64,
    /// Null and empty are different things.
    pub key: Option<&'a [u8]>,
    /// Null and empty are different things.
    pub value: Option<&'a [u8]>,
}

/// What becomes of a set whose last message is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// It is refused: what a producer sends is whole.
    Refused,
    /// The last message is left out: brokers cut their answers anywhere.
    Ignored,
}

/// Shows every record of `set` to `each`, in order. All wrappers together may decompress to at most `limit` bytes.
///
/// A wrapper is checked as a whole before its first record is shown.
pub fn visit(
    set: &[u8],
    limit: usize,
    tail: Tail,
    mut each: impl FnMut(OldRecord<'_>),
) -> Result<(), MessageSetError> {
    let mut left = limit;
    for message in messages(set) {
        let message = match message {
            Err(MessageSetError::Truncated { .. }) if tail == Tail::Ignored => return Ok(()),
            message => message?,
        };
        match message.codec()? {
            Compression::None => each(record(&message, 0)),
            codec => left -= visit_wrapper(&message, codec, left, &mut each)?,
        }
    }
    Ok(())
}

/// The messages of a set as they stand in it; wrappers stay closed. After an error nothing more comes.
pub(super) fn messages(set: &[u8]) -> impl Iterator<Item = Result<Message<'_>, MessageSetError>> {
    let mut reader = Reader::over(set);
    let mut failed = false;
    std::iter::from_fn(move || {
        if failed || reader.remaining() == 0 {
            return None;
        }
        let message = Message::read(&mut reader);
        failed = message.is_err();
        Some(message)
    })
}

fn record<'a>(message: &Message<'a>, base_offset: i64) -> OldRecord<'a> {
    let offset = base_offset.wrapping_add(message.offset);
    OldRecord { offset, timestamp: message.timestamp, key: message.key, value: message.value }
}

/// Shows what is in a wrapper, and says how many bytes it decompressed to.
fn visit_wrapper(
    wrapper: &Message<'_>,
    codec: Compression,
    limit: usize,
    each: &mut impl FnMut(OldRecord<'_>),
) -> Result<usize, MessageSetError> {
    let value = wrapper.value.ok_or(MessageSetError::WrapperWithoutValue)?;
    let set = if codec == Compression::Lz4 && wrapper.magic == Magic::V0 {
        let mut frame = value.to_vec();
        lz4::write_right_checksum(&mut frame);
        decompressed(codec, &frame, limit)?.into_owned()
    } else {
        decompressed(codec, value, limit)?.into_owned()
    };
    let base_offset = base_offset(wrapper, last_inner_offset(wrapper, &set)?)?;
    for message in messages(&set) {
        let message = message?;
        // The broker's timestamp stands on the wrapper alone.
        let timestamp = if wrapper.has_log_append_time() { wrapper.timestamp } else { message.timestamp };
        each(OldRecord { timestamp, ..record(&message, base_offset) });
    }
    Ok(set.len())
}

/// Checks every message in a wrapper; the offset of the last one, as it stands there.
fn last_inner_offset(wrapper: &Message<'_>, set: &[u8]) -> Result<i64, MessageSetError> {
    let mut last = None;
    for message in messages(set) {
        let message = message?;
        if message.codec()? != Compression::None {
            return Err(MessageSetError::Nested);
        }
        if message.magic != wrapper.magic {
            let (outer, inner) = (wrapper.magic.code(), message.magic.code());
            return Err(MessageSetError::InnerMagic { outer, inner });
        }
        last = Some(message.offset);
    }
    last.ok_or(MessageSetError::Empty)
}

/// What the offsets in a wrapper count from.
fn base_offset(wrapper: &Message<'_>, last_inner_offset: i64) -> Result<i64, MessageSetError> {
    match (wrapper.magic, wrapper.offset) {
        // Producers do not know their offsets; some leave 0 on the wrapper.
        (Magic::V0, _) | (Magic::V1, 0) => Ok(0),
        (Magic::V1, offset) if offset < last_inner_offset => {
            Err(MessageSetError::Offset { wrapper: offset, inner: last_inner_offset })
        }
        (Magic::V1, offset) => Ok(offset.wrapping_sub(last_inner_offset)),
    }
}
