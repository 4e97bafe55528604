//! The types that a field of a message can have, and how each stands on the wire.

use bytes::Bytes;
use uuid::Uuid;

use super::Layout;
use crate::error_code::ErrorCode;
use crate::wire::{Reader, WireError, WireResult, Writer};

/// A type that a field of a message can have.
pub(crate) trait Field: Sized {
    /// The fewest bytes that a value takes.
    fn size_min(layout: Layout) -> usize;
    fn write(&self, writer: &mut Writer<'_>, layout: Layout) -> WireResult<()>;
    fn read(reader: &mut Reader<'_>, layout: Layout) -> WireResult<Self>;
}

/// A field type that has a spelling for null.
pub(crate) trait NullableField: Field {
    fn write_nullable(value: Option<&Self>, writer: &mut Writer<'_>, layout: Layout) -> WireResult<()>;
    fn read_nullable(reader: &mut Reader<'_>, layout: Layout) -> WireResult<Option<Self>>;
    /// The same in a tagged field, where a struct has another spelling for null.
    fn write_tagged(value: Option<&Self>, writer: &mut Writer<'_>, layout: Layout) -> WireResult<()> {
        Self::write_nullable(value, writer, layout)
    }
    fn read_tagged(reader: &mut Reader<'_>, layout: Layout) -> WireResult<Option<Self>> {
        Self::read_nullable(reader, layout)
    }
}

/// Reads a field that is nullable in some versions only.
pub(crate) fn read_option<T: NullableField>(
    reader: &mut Reader<'_>,
    layout: Layout,
    nullable: bool,
) -> WireResult<Option<T>> {
    if nullable { T::read_nullable(reader, layout) } else { T::read(reader, layout).map(Some) }
}

/// Writes a field that is nullable in some versions only.
pub(crate) fn write_option<T: NullableField>(
    value: Option<&T>,
    writer: &mut Writer<'_>,
    layout: Layout,
    nullable: bool,
) -> WireResult<()> {
    match value {
        _ if nullable => T::write_nullable(value, writer, layout),
        Some(value) => value.write(writer, layout),
        None => Err(WireError::Null),
    }
}

macro_rules! fixed_width {
    ($($type:ty, $method:ident, $size:literal;)+) => {
        $(impl Field for $type {
            fn size_min(_: Layout) -> usize {
                $size
            }
            fn write(&self, writer: &mut Writer<'_>, _: Layout) -> WireResult<()> {
                writer.$method(*self);
                Ok(())
            }
            fn read(reader: &mut Reader<'_>, _: Layout) -> WireResult<Self> {
                reader.$method()
            }
        })+
    };
}
fixed_width! { bool, bool, 1; i8, i8, 1; i16, i16, 2; u16, u16, 2; i32, i32, 4; u32, u32, 4; i64, i64, 8; f64, f64, 8; }

impl Field for ErrorCode {
    fn size_min(_: Layout) -> usize {
        2
    }
    fn write(&self, writer: &mut Writer<'_>, _: Layout) -> WireResult<()> {
        writer.i16(self.0);
        Ok(())
    }
    fn read(reader: &mut Reader<'_>, _: Layout) -> WireResult<Self> {
        reader.i16().map(ErrorCode)
    }
}

impl Field for Uuid {
    fn size_min(_: Layout) -> usize {
        16
    }
    fn write(&self, writer: &mut Writer<'_>, _: Layout) -> WireResult<()> {
        writer.uuid(self);
        Ok(())
    }
    fn read(reader: &mut Reader<'_>, _: Layout) -> WireResult<Self> {
        reader.uuid()
    }
}

/// `Field` for a type by way of its nullable spelling.
macro_rules! field_by_nullable {
    ($type:ty $(, $parameter:ident)?, $classic_size:literal) => {
        impl $(<$parameter: Field>)? Field for $type {
            fn size_min(layout: Layout) -> usize {
                if layout.flexible { 1 } else { $classic_size }
            }
            fn write(&self, writer: &mut Writer<'_>, layout: Layout) -> WireResult<()> {
                Self::write_nullable(Some(self), writer, layout)
            }
            fn read(reader: &mut Reader<'_>, layout: Layout) -> WireResult<Self> {
                Self::read_nullable(reader, layout)?.ok_or(WireError::Null)
            }
        }
    };
}
field_by_nullable!(String, 2);
field_by_nullable!(Bytes, 4);
field_by_nullable!(Vec<T>, T, 4);

impl NullableField for String {
    fn write_nullable(value: Option<&Self>, writer: &mut Writer<'_>, layout: Layout) -> WireResult<()> {
        writer.nullable_str(value.map(String::as_str), layout.flexible)
    }
    fn read_nullable(reader: &mut Reader<'_>, layout: Layout) -> WireResult<Option<Self>> {
        Ok(reader.nullable_str(layout.flexible)?.map(str::to_owned))
    }
}

impl NullableField for Bytes {
    fn write_nullable(value: Option<&Self>, writer: &mut Writer<'_>, layout: Layout) -> WireResult<()> {
        writer.nullable_bytes(value.map(|bytes| &bytes[..]), layout.flexible)
    }
    fn read_nullable(reader: &mut Reader<'_>, layout: Layout) -> WireResult<Option<Self>> {
        reader.nullable_bytes(layout.flexible)
    }
}

/// The most elements that memory is taken for before they have been read.
const RESERVED_ELEMENTS_MAX: usize = 1024;

impl<T: Field> NullableField for Vec<T> {
    fn write_nullable(value: Option<&Self>, writer: &mut Writer<'_>, layout: Layout) -> WireResult<()> {
        writer.count(value.map(Vec::len), layout.flexible)?;
        value.into_iter().flatten().try_for_each(|element| element.write(writer, layout))
    }
    fn read_nullable(reader: &mut Reader<'_>, layout: Layout) -> WireResult<Option<Self>> {
        let Some(count) = reader.count(layout.flexible, T::size_min(layout))? else { return Ok(None) };
        let mut elements = Vec::with_capacity(count.min(RESERVED_ELEMENTS_MAX));
        for _ in 0..count {
            elements.push(T::read(reader, layout)?);
        }
        Ok(Some(elements))
    }
}
