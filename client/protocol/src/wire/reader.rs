//! Reading forward, trusting no length.

use bytes::Bytes;
use uuid::Uuid;

use super::{TAGGED_FIELDS_MAX, TEXT_BYTES_MAX, WireError, WireResult};

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
        if length > TEXT_BYTES_MAX {
            return Err(WireError::Text(length));
        }
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
