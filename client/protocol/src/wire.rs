//! Kafka's primitive types on the wire: fixed-width integers, varints, and the two spellings (classic and
//! compact) of lengths. A [`Reader`] only moves forward and never trusts a length; a [`Writer`] appends.

use bytes::Bytes;
use uuid::Uuid;

/// Why bytes could not be read as, or a value not be written as, what the protocol says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes end before the value does.
    #[error("{needed} bytes are needed, {left} are left")]
    Truncated { needed: usize, left: usize },
    /// A length or count that cannot be right: negative, or more than what follows can hold.
    #[error("a length of {length} cannot be right with {left} bytes left")]
    Length { length: i64, left: usize },
    /// Null where this version of the message has no null.
    #[error("null is not allowed here in this version")]
    Null,
    /// A varint that does not end within its 5 or 10 bytes.
    #[error("a varint does not end")]
    Varint,
    /// Text that is not UTF-8.
    #[error("text is not valid UTF-8")]
    Utf8,
    /// The message is complete and bytes follow it.
    #[error("{0} bytes are left after the end of the message")]
    Trailing(usize),
    /// More tagged fields in one place than the protocol can mean.
    #[error("{0} tagged fields in one place, at most {TAGGED_FIELDS_MAX} are accepted")]
    TaggedFields(u32),
    /// A value longer than its length field can say.
    #[error("{0} bytes do not fit into this field's length")]
    TooLong(usize),
    /// A version that this message does not have.
    #[error("version {version} is outside of {min} to {max}")]
    Version { version: i16, min: i16, max: i16 },
}

/// The result of reading and writing wire types.
pub type WireResult<T> = Result<T, WireError>;

/// The most tagged fields accepted in one place. Kafka's own messages have fewer than 10.
pub const TAGGED_FIELDS_MAX: u32 = 64;

/// Reads forward over one frame. Byte payloads come out as slices of the frame, without a copy.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    /// What shared payloads are slices of; without it they are copies.
    frame: Option<&'a Bytes>,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the start of `frame`.
    pub fn new(frame: &'a Bytes) -> Self {
        Reader { frame: Some(frame), rest: frame }
    }

    /// A reader over borrowed bytes. Payloads that must own their memory are copied.
    pub fn over(bytes: &'a [u8]) -> Self {
        Reader { frame: None, rest: bytes }
    }

    fn share(&self, slice: &'a [u8]) -> Bytes {
        self.frame.map_or_else(|| Bytes::copy_from_slice(slice), |frame| frame.slice_ref(slice))
    }

    /// How many bytes are left.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// What is left, without moving.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `length` bytes.
    #[inline]
    pub fn take(&mut self, length: usize) -> WireResult<&'a [u8]> {
        let left = self.rest.len();
        let (taken, rest) =
            self.rest.split_at_checked(length).ok_or(WireError::Truncated { needed: length, left })?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next `length` bytes as a slice that shares the frame's memory.
    pub fn bytes(&mut self, length: usize) -> WireResult<Bytes> {
        let taken = self.take(length)?;
        Ok(self.share(taken))
    }

    /// A reader over the next `length` bytes alone.
    #[inline]
    pub fn sub_reader(&mut self, length: usize) -> WireResult<Reader<'a>> {
        Ok(Reader { frame: self.frame, rest: self.take(length)? })
    }

    /// Fails when anything is left.
    pub fn finish(&self) -> WireResult<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(WireError::Trailing(self.rest.len())) }
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> WireResult<[u8; N]> {
        let left = self.rest.len();
        let (taken, rest) =
            self.rest.split_first_chunk::<N>().ok_or(WireError::Truncated { needed: N, left })?;
        self.rest = rest;
        Ok(*taken)
    }

    /// One byte; 0 is false, anything else true.
    pub fn bool(&mut self) -> WireResult<bool> {
        Ok(self.array::<1>()? != [0])
    }

    #[inline]
    pub fn i8(&mut self) -> WireResult<i8> {
        self.array().map(i8::from_be_bytes)
    }

    pub fn i16(&mut self) -> WireResult<i16> {
        self.array().map(i16::from_be_bytes)
    }

    pub fn u16(&mut self) -> WireResult<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub fn i32(&mut self) -> WireResult<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub fn u32(&mut self) -> WireResult<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn i64(&mut self) -> WireResult<i64> {
        self.array().map(i64::from_be_bytes)
    }

    pub fn f64(&mut self) -> WireResult<f64> {
        self.array().map(f64::from_be_bytes)
    }

    pub fn uuid(&mut self) -> WireResult<Uuid> {
        self.array().map(Uuid::from_bytes)
    }

    /// An unsigned varint of at most 5 bytes.
    #[inline]
    pub fn unsigned_varint(&mut self) -> WireResult<u32> {
        let value = self.varint_bytes(5)?;
        u32::try_from(value).map_err(|_| WireError::Varint)
    }

    /// A zigzag varint of at most 5 bytes.
    #[inline]
    pub fn varint(&mut self) -> WireResult<i32> {
        let raw = self.unsigned_varint()?;
        Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
    }

    /// A zigzag varint of at most 10 bytes.
    #[inline]
    pub fn varlong(&mut self) -> WireResult<i64> {
        let raw = self.varint_bytes(10)?;
        Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
    }

    #[inline]
    fn varint_bytes(&mut self, bytes_max: usize) -> WireResult<u64> {
        // Most varints of records are one byte long.
        match self.rest.split_first() {
            Some((byte, rest)) if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(bytes_max),
        }
    }

    fn long_varint(&mut self, bytes_max: usize) -> WireResult<u64> {
        let mut value = 0_u64;
        for (index, byte) in self.rest.iter().take(bytes_max).enumerate() {
            // The tenth byte holds one bit only.
            if index == 9 && *byte > 1 {
                return Err(WireError::Varint);
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.take(index + 1)?;
                return Ok(value);
            }
        }
        if self.rest.len() < bytes_max {
            return Err(WireError::Truncated { needed: self.rest.len() + 1, left: self.rest.len() });
        }
        Err(WireError::Varint)
    }

    /// The length of a classic string (2 bytes, -1 is null).
    fn short_length(&mut self) -> WireResult<Option<usize>> {
        let length = self.i16()?;
        self.length(i64::from(length), 1)
    }

    /// The length of classic bytes (4 bytes, -1 is null).
    fn long_length(&mut self) -> WireResult<Option<usize>> {
        let length = self.i32()?;
        self.length(i64::from(length), 1)
    }

    /// A compact length: unsigned varint, 0 is null, else the length plus one.
    fn compact_length(&mut self) -> WireResult<Option<usize>> {
        let length = self.unsigned_varint()?;
        self.length(i64::from(length) - 1, 1)
    }

    /// A count of array elements of at least `element_min` bytes each. No memory is ever taken for a count that
    /// the rest of the frame cannot fill.
    pub fn count(&mut self, flexible: bool, element_min: usize) -> WireResult<Option<usize>> {
        let count = if flexible { i64::from(self.unsigned_varint()?) - 1 } else { i64::from(self.i32()?) };
        self.length(count, element_min)
    }

    fn length(&self, length: i64, element_min: usize) -> WireResult<Option<usize>> {
        if length == -1 {
            return Ok(None);
        }
        let left = self.rest.len();
        match usize::try_from(length) {
            Ok(count) if count.saturating_mul(element_min) <= left => Ok(Some(count)),
            _ => Err(WireError::Length { length, left }),
        }
    }

    /// Text, or null. Borrowed from the frame.
    pub fn nullable_str(&mut self, flexible: bool) -> WireResult<Option<&'a str>> {
        let length = if flexible { self.compact_length()? } else { self.short_length()? };
        let Some(length) = length else { return Ok(None) };
        std::str::from_utf8(self.take(length)?).map(Some).map_err(|_| WireError::Utf8)
    }

    /// Text. Borrowed from the frame.
    pub fn str(&mut self, flexible: bool) -> WireResult<&'a str> {
        self.nullable_str(flexible)?.ok_or(WireError::Null)
    }

    /// A byte payload, or null. Borrowed from the frame.
    pub fn nullable_slice(&mut self, flexible: bool) -> WireResult<Option<&'a [u8]>> {
        let length = if flexible { self.compact_length()? } else { self.long_length()? };
        length.map(|length| self.take(length)).transpose()
    }

    /// A byte payload, or null, sharing the frame's memory.
    pub fn nullable_bytes(&mut self, flexible: bool) -> WireResult<Option<Bytes>> {
        Ok(self.nullable_slice(flexible)?.map(|slice| self.share(slice)))
    }

    /// Steps over tagged fields, handing each tag and a reader over its payload to `field`.
    pub fn tagged_fields(
        &mut self,
        mut field: impl FnMut(u32, &mut Reader<'a>) -> WireResult<()>,
    ) -> WireResult<()> {
        let count = self.unsigned_varint()?;
        if count > TAGGED_FIELDS_MAX {
            return Err(WireError::TaggedFields(count));
        }
        for _ in 0..count {
            let tag = self.unsigned_varint()?;
            let size = self.unsigned_varint()?;
            let mut payload = self.sub_reader(usize::try_from(size).unwrap_or(usize::MAX))?;
            field(tag, &mut payload)?;
        }
        Ok(())
    }

    /// Steps over tagged fields that nobody here knows.
    pub fn skip_tagged_fields(&mut self) -> WireResult<()> {
        self.tagged_fields(|_, _| Ok(()))
    }
}

/// Appends wire types to a buffer.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    /// A writer at the end of `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Writer { out }
    }

    /// How many bytes the buffer holds.
    pub fn position(&self) -> usize {
        self.out.len()
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub fn bool(&mut self, value: bool) {
        self.out.push(u8::from(value));
    }

    pub fn i8(&mut self, value: i8) {
        self.raw(&value.to_be_bytes());
    }

    pub fn i16(&mut self, value: i16) {
        self.raw(&value.to_be_bytes());
    }

    pub fn u16(&mut self, value: u16) {
        self.raw(&value.to_be_bytes());
    }

    pub fn i32(&mut self, value: i32) {
        self.raw(&value.to_be_bytes());
    }

    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    pub fn i64(&mut self, value: i64) {
        self.raw(&value.to_be_bytes());
    }

    pub fn f64(&mut self, value: f64) {
        self.raw(&value.to_be_bytes());
    }

    pub fn uuid(&mut self, value: &Uuid) {
        self.raw(value.as_bytes());
    }

    pub fn unsigned_varint(&mut self, value: u32) {
        self.varint_bytes(u64::from(value));
    }

    /// A zigzag varint.
    pub fn varint(&mut self, value: i32) {
        self.unsigned_varint(((value << 1) ^ (value >> 31)).cast_unsigned());
    }

    /// A zigzag varint of 64 bits.
    pub fn varlong(&mut self, value: i64) {
        self.varint_bytes(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    fn varint_bytes(&mut self, mut value: u64) {
        while value > 0x7f {
            self.out.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    /// A count of array elements, or null.
    pub fn count(&mut self, count: Option<usize>, flexible: bool) -> WireResult<()> {
        match (count, flexible) {
            (None, false) => self.i32(-1),
            (None, true) => self.unsigned_varint(0),
            (Some(count), false) => self.i32(fit(count)?),
            (Some(count), true) => {
                self.unsigned_varint(fit::<u32>(count)?.checked_add(1).ok_or(WireError::TooLong(count))?);
            }
        }
        Ok(())
    }

    /// The length of text that the caller writes next.
    pub fn count_of_text(&mut self, length: usize, flexible: bool) -> WireResult<()> {
        if flexible {
            self.count(Some(length), true)
        } else {
            self.i16(fit(length)?);
            Ok(())
        }
    }

    /// Text, or null.
    pub fn nullable_str(&mut self, text: Option<&str>, flexible: bool) -> WireResult<()> {
        match text {
            Some(text) => {
                self.count_of_text(text.len(), flexible)?;
                self.raw(text.as_bytes());
            }
            None if flexible => self.unsigned_varint(0),
            None => self.i16(-1),
        }
        Ok(())
    }

    /// Text.
    pub fn str(&mut self, text: &str, flexible: bool) -> WireResult<()> {
        self.nullable_str(Some(text), flexible)
    }

    /// A byte payload, or null.
    pub fn nullable_bytes(&mut self, bytes: Option<&[u8]>, flexible: bool) -> WireResult<()> {
        self.count(bytes.map(<[u8]>::len), flexible)?;
        self.raw(bytes.unwrap_or_default());
        Ok(())
    }

    /// One tagged field, its payload written by `payload`.
    pub fn tagged_field(
        &mut self,
        tag: u32,
        payload: impl FnOnce(&mut Writer<'_>) -> WireResult<()>,
    ) -> WireResult<()> {
        let mut bytes = Vec::new();
        payload(&mut Writer::new(&mut bytes))?;
        self.unsigned_varint(tag);
        self.unsigned_varint(fit(bytes.len())?);
        self.raw(&bytes);
        Ok(())
    }

    /// No tagged fields.
    pub fn no_tagged_fields(&mut self) {
        self.unsigned_varint(0);
    }

    /// Overwrites the 4 bytes at `position` that were written before.
    pub fn set_i32(&mut self, position: usize, value: i32) {
        if let Some(place) = self.out.get_mut(position..position + 4) {
            place.copy_from_slice(&value.to_be_bytes());
        }
    }
}

fn fit<T: TryFrom<usize>>(length: usize) -> WireResult<T> {
    T::try_from(length).map_err(|_| WireError::TooLong(length))
}

#[cfg(test)]
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the methods' lifetimes are too narrow to be named"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read<T>(bytes: &[u8], read: impl FnOnce(&mut Reader<'_>) -> WireResult<T>) -> WireResult<T> {
        let frame = Bytes::copy_from_slice(bytes);
        let mut reader = Reader::new(&frame);
        let value = read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    proptest! {
        #[test]
        fn varints_come_back(narrow: i32, wide: i64, unsigned: u32) {
            let mut out = Vec::new();
            let mut writer = Writer::new(&mut out);
            writer.varint(narrow);
            writer.varlong(wide);
            writer.unsigned_varint(unsigned);
            let back = read(&out, |r| Ok((r.varint()?, r.varlong()?, r.unsigned_varint()?)));
            prop_assert_eq!(back, Ok((narrow, wide, unsigned)));
        }

        #[test]
        fn text_comes_back_in_both_spellings(text: Option<String>, flexible: bool) {
            let mut out = Vec::new();
            Writer::new(&mut out).nullable_str(text.as_deref(), flexible).unwrap();
            let back = read(&out, |r| Ok(r.nullable_str(flexible)?.map(str::to_owned)));
            prop_assert_eq!(back, Ok(text));
        }
    }

    #[test]
    fn a_varint_that_does_not_end_or_is_too_large_is_refused() {
        assert_eq!(read(&[0xff; 5], |r| r.unsigned_varint()), Err(WireError::Varint));
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0x1f], |r| r.unsigned_varint()), Err(WireError::Varint));
        assert_eq!(read(&[0xff; 10], |r| r.varlong()), Err(WireError::Varint));
        assert_eq!(read(&[0x80, 0x80], |r| r.varint()), Err(WireError::Truncated { needed: 3, left: 2 }));
    }

    #[test]
    fn counts_that_the_rest_cannot_hold_are_refused() {
        let max = i32::MAX.to_be_bytes();
        assert!(matches!(read(&max, |r| r.count(false, 1)), Err(WireError::Length { .. })));
        assert!(matches!(read(&[0, 0, 0, 2, 0, 0, 0], |r| r.count(false, 2)), Err(WireError::Length { .. })));
        assert!(matches!(
            read(&(-2_i32).to_be_bytes(), |r| r.count(false, 1)),
            Err(WireError::Length { .. })
        ));
    }

    #[test]
    fn too_many_tagged_fields_are_refused_before_they_are_read() {
        assert_eq!(read(&[65], |r| r.skip_tagged_fields()), Err(WireError::TaggedFields(65)));
        assert_eq!(read(&[1, 7, 2, 9, 9], |r| r.skip_tagged_fields()), Ok(()));
    }
}
