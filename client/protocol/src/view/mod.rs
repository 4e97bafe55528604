//! Readers and writers without allocation, by hand, for the messages that every broker handles all day and for those
//! that anybody may send. Tests prove them equal to the described messages of [`crate::messages`].

pub mod api_versions;
pub mod fetch;
pub mod produce;

use std::ops::Range;

use crate::wire::{Reader, WireResult};

/// Where things stand in a body, so that the bytes may be changed in place while what was read is still known.
struct Positions<'a> {
    reader: Reader<'a>,
    size: usize,
    flexible: bool,
}

impl<'a> Positions<'a> {
    fn new(body: &'a [u8], flexible: bool) -> Self {
        Positions { reader: Reader::over(body), size: body.len(), flexible }
    }

    /// Where a slice that the reader has just handed out stands.
    fn of(&self, slice: &[u8]) -> Range<usize> {
        let end = self.size - self.reader.remaining();
        end - slice.len()..end
    }

    fn nullable_str(&mut self) -> WireResult<Option<Range<usize>>> {
        let text = self.reader.nullable_str(self.flexible)?;
        Ok(text.map(|text| self.of(text.as_bytes())))
    }

    fn str(&mut self) -> WireResult<Range<usize>> {
        let text = self.reader.str(self.flexible)?;
        Ok(self.of(text.as_bytes()))
    }

    fn nullable_slice(&mut self) -> WireResult<Option<Range<usize>>> {
        let slice = self.reader.nullable_slice(self.flexible)?;
        Ok(slice.map(|slice| self.of(slice)))
    }

    /// The count of a non-null array.
    fn count(&mut self, element_min: usize) -> WireResult<usize> {
        self.reader.count(self.flexible, element_min)?.ok_or(crate::wire::WireError::Null)
    }

    fn end_struct(&mut self) -> WireResult<()> {
        if self.flexible { self.reader.skip_tagged_fields() } else { Ok(()) }
    }
}
