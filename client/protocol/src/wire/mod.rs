//! Kafka's primitive types on the wire: fixed-width integers, varints, and the two spellings (classic and
//! compact) of lengths. A [`Reader`] only moves forward and never trusts a length; a [`Writer`] appends.

mod reader;
mod writer;

pub use self::reader::Reader;
pub use self::writer::Writer;

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
    /// Text longer than the protocol has it.
    #[error("text of {0} bytes is too long, at most {TEXT_BYTES_MAX} are accepted")]
    Text(usize),
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

/// The longest text, in bytes: what the classic spelling of its length can say. The compact one could say more, but not every
/// version that a message is answered in has it.
pub const TEXT_BYTES_MAX: usize = 32_767;

/// The most tagged fields accepted in one place. Kafka's own messages have fewer than 10.
pub const TAGGED_FIELDS_MAX: u32 = 64;

#[cfg(test)]
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the methods' lifetimes are too narrow to be named"
)]
mod tests {
    use super::*;
    use bytes::Bytes;
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
    fn text_is_no_longer_than_the_classic_spelling_can_say() {
        for (length, expected) in [(32_767, Ok(32_767)), (32_768, Err(WireError::Text(32_768)))] {
            let mut out = Vec::new();
            Writer::new(&mut out).str(&"x".repeat(length), true).unwrap();
            assert_eq!(read(&out, |r| r.str(true).map(str::len)), expected);
        }
    }

    #[test]
    fn too_many_tagged_fields_are_refused_before_they_are_read() {
        assert_eq!(read(&[65], |r| r.skip_tagged_fields()), Err(WireError::TaggedFields(65)));
        assert_eq!(read(&[1, 7, 2, 9, 9], |r| r.skip_tagged_fields()), Ok(()));
    }
}
