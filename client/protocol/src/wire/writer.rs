//! Appending wire types.

use uuid::Uuid;

use super::{WireError, WireResult};

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
