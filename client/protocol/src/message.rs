//! How messages are described. `message!` turns a description, shaped like Kafka's JSON so that both can be held
//! side by side, into a struct and its encoding for all versions; `api!` ties a request to its response.
//!
//! ```text
//! name: Type => FIRST-LAST | FIRST+ [, nullable FIRST+] [, tag N] [, default VALUE];
//! ```
//!
//! Rules of every decoder made here: no memory is taken for a count that the rest of the frame cannot fill, byte
//! payloads are slices of the frame, each failure is a typed [`WireError`].
//!
//! The crate `kafka-protocol` is the oracle of this crate's tests and is not linked into the product: its decoder
//! takes memory for whatever count stands on the wire (eight hostile bytes end the process), it loses duplicate
//! record headers, and it lacks the low versions.

use bytes::Bytes;
use uuid::Uuid;

use crate::api_key::ApiKey;
use crate::error_code::ErrorCode;
use crate::wire::{Reader, WireError, WireResult, Writer};

/// A message that can be written in some versions.
pub trait Encode {
    /// Appends the message as it stands in `version`.
    fn encode(&self, writer: &mut Writer<'_>, version: i16) -> WireResult<()>;
}

/// A message that can be read in some versions.
pub trait Decode: Sized {
    /// Reads the message as it stands in `version`. Bytes after its end are left in the reader.
    fn decode(reader: &mut Reader<'_>, version: i16) -> WireResult<Self>;
}

/// A request of Kafka's protocol, tied to its response.
pub trait ProtocolRequest: Encode + Decode {
    /// The API that it belongs to.
    const API_KEY: ApiKey;
    /// The lowest version that is described here.
    const MIN_VERSION: i16;
    /// The highest version that is described here.
    const MAX_VERSION: i16;
    /// The first flexible version (KIP-482), `i16::MAX` where there is none.
    const FLEXIBLE_MIN: i16 = Self::API_KEY.flexible_from();
    /// What the broker answers with.
    type Response: Encode + Decode;
}

/// What decides how a field stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The API version.
    pub version: i16,
    /// Whether lengths are compact and structs end in tagged fields.
    pub flexible: bool,
}

impl Layout {
    /// The layout of an API's messages in `version`.
    pub fn of(api_key: ApiKey, version: i16) -> Self {
        Layout { version, flexible: api_key.is_flexible(version) }
    }
}

/// Random values for tests, with only those fields set that the version has.
#[cfg(feature = "sample")]
pub trait Sample: Sized {
    /// A random value.
    fn sample(random: &mut fastrand::Rng, layout: Layout) -> Self;
}

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

/// Describes one struct of a message; see the module's documentation for the form of a field.
macro_rules! message {
    ($($(#[$meta:meta])* $name:ident {
        $($field:ident: $type:ty => $first:literal $(- $last:literal)? $(+)? $(, nullable $null:literal +)? $(, tag $tag:literal)? $(, default $default:expr)?;)*
    })+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $(pub $field: $type,)* }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: $crate::message::message!(@default $($default)?),)* }
            }
        }

        impl $crate::message::Field for $name {
            fn size_min(layout: $crate::message::Layout) -> usize {
                let mut size = usize::from(layout.flexible);
                $($crate::message::message!(@untagged [$($tag)?] {
                    if $crate::message::message!(@within layout, $first $(, $last)?) {
                        size += $crate::message::message!(@size $type, layout $(, $null)?);
                    }
                });)*
                size
            }

            fn write(&self, writer: &mut $crate::wire::Writer<'_>, layout: $crate::message::Layout) -> $crate::wire::WireResult<()> {
                $($crate::message::message!(@untagged [$($tag)?] {
                    if $crate::message::message!(@within layout, $first $(, $last)?) {
                        $crate::message::message!(@write self.$field, writer, layout $(, $null)?);
                    }
                });)*
                if layout.flexible {
                    #[allow(unused_mut, reason = "most structs have no tagged field")]
                    let mut tagged = 0;
                    $($crate::message::message!(@tag_count [$($tag)?] tagged,
                        $crate::message::message!(@within layout, $first $(, $last)?) && self.$field != $name::default().$field);)*
                    writer.unsigned_varint(tagged);
                    $($crate::message::message!(@tag_write [$($tag)?] writer,
                        $crate::message::message!(@within layout, $first $(, $last)?) && self.$field != $name::default().$field,
                        { $crate::message::message!(@write self.$field, writer, layout $(, $null)?) });)*
                }
                Ok(())
            }

            fn read(reader: &mut $crate::wire::Reader<'_>, layout: $crate::message::Layout) -> $crate::wire::WireResult<Self> {
                #[allow(unused_mut, reason = "a struct may have no field in this version")]
                let mut this = $name::default();
                $($crate::message::message!(@untagged [$($tag)?] {
                    if $crate::message::message!(@within layout, $first $(, $last)?) {
                        this.$field = $crate::message::message!(@read reader, layout $(, $null)?);
                    }
                });)*
                if layout.flexible {
                    reader.tagged_fields(|_tag, _payload| {
                        $($crate::message::message!(@tag_read [$($tag)?] _tag,
                            $crate::message::message!(@within layout, $first $(, $last)?),
                            { this.$field = $crate::message::message!(@read _payload, layout $(, $null)?); });)*
                        Ok(())
                    })?;
                }
                Ok(this)
            }
        }

        impl $crate::message::NullableField for $name {
            fn write_nullable(value: Option<&Self>, writer: &mut $crate::wire::Writer<'_>, layout: $crate::message::Layout) -> $crate::wire::WireResult<()> {
                writer.i8(if value.is_some() { 1 } else { -1 });
                value.map_or(Ok(()), |value| $crate::message::Field::write(value, writer, layout))
            }
            fn read_nullable(reader: &mut $crate::wire::Reader<'_>, layout: $crate::message::Layout) -> $crate::wire::WireResult<Option<Self>> {
                if reader.i8()? < 0 { return Ok(None); }
                $crate::message::Field::read(reader, layout).map(Some)
            }
        }

        #[cfg(feature = "sample")]
        impl $crate::message::Sample for $name {
            fn sample(random: &mut fastrand::Rng, layout: $crate::message::Layout) -> Self {
                #[allow(unused_mut, reason = "a struct may have no field in this version")]
                let mut this = $name::default();
                $(if $crate::message::message!(@within layout, $first $(, $last)?) {
                    this.$field = $crate::message::message!(@sample random, layout $(, $null)?);
                })*
                this
            }
        }
    )+ };

    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
    (@untagged [] $body:block) => { $body };
    (@untagged [$tag:literal] $body:block) => {};
    (@within $layout:ident, $first:literal) => { ($first..).contains(&$layout.version) };
    (@within $layout:ident, $first:literal, $last:literal) => { ($first..=$last).contains(&$layout.version) };
    (@tag_count [] $($rest:tt)*) => {};
    (@tag_count [$tag:literal] $count:ident, $present:expr) => { if $present { $count += 1; } };
    (@tag_write [] $($rest:tt)*) => {};
    (@tag_write [$tag:literal] $writer:ident, $present:expr, $body:block) => {
        if $present { $writer.tagged_field($tag, |$writer| { $body; Ok(()) })?; }
    };
    (@tag_read [] $($rest:tt)*) => {};
    (@tag_read [$tag:literal] $seen:ident, $within:expr, $body:block) => { if $seen == $tag && $within $body };
    (@size $type:ty, $layout:ident) => { <$type as $crate::message::Field>::size_min($layout) };
    (@size $type:ty, $layout:ident, $null:literal) => { 1 };
    (@write $this:ident.$field:ident, $writer:ident, $layout:ident) => { $crate::message::Field::write(&$this.$field, $writer, $layout)? };
    (@write $this:ident.$field:ident, $writer:ident, $layout:ident, $null:literal) => {
        $crate::message::write_option($this.$field.as_ref(), $writer, $layout, $layout.version >= $null)?
    };
    (@read $reader:ident, $layout:ident) => { $crate::message::Field::read($reader, $layout)? };
    (@read $reader:ident, $layout:ident, $null:literal) => { $crate::message::read_option($reader, $layout, $layout.version >= $null)? };
    (@sample $random:ident, $layout:ident) => { $crate::message::Sample::sample($random, $layout) };
    (@sample $random:ident, $layout:ident, $null:literal) => {
        if $layout.version >= $null && $random.u8(..4) == 0 { None } else { Some($crate::message::Sample::sample($random, $layout)) }
    };
}
pub(crate) use message;

/// Ties a request to its API, its versions and its response.
macro_rules! api {
    ($key:ident $min:literal - $max:literal: $request:ident => $response:ident) => {
        $crate::message::api!(@codec $key, $min, $max, $request);
        $crate::message::api!(@codec $key, $min, $max, $response);

        impl $crate::message::ProtocolRequest for $request {
            const API_KEY: $crate::api_key::ApiKey = $crate::api_key::ApiKey::$key;
            const MIN_VERSION: i16 = $min;
            const MAX_VERSION: i16 = $max;
            type Response = $response;
        }
    };
    (@codec $key:ident, $min:literal, $max:literal, $message:ident) => {
        impl $crate::message::Encode for $message {
            fn encode(&self, writer: &mut $crate::wire::Writer<'_>, version: i16) -> $crate::wire::WireResult<()> {
                let layout = $crate::message::layout($crate::api_key::ApiKey::$key, version, $min, $max)?;
                $crate::message::Field::write(self, writer, layout)
            }
        }
        impl $crate::message::Decode for $message {
            fn decode(reader: &mut $crate::wire::Reader<'_>, version: i16) -> $crate::wire::WireResult<Self> {
                let layout = $crate::message::layout($crate::api_key::ApiKey::$key, version, $min, $max)?;
                $crate::message::Field::read(reader, layout)
            }
        }
    };
}
pub(crate) use api;

/// The layout of a version between `min` and `max`.
pub(crate) fn layout(api_key: ApiKey, version: i16, min: i16, max: i16) -> WireResult<Layout> {
    if (min..=max).contains(&version) {
        Ok(Layout::of(api_key, version))
    } else {
        Err(WireError::Version { version, min, max })
    }
}

#[cfg(feature = "sample")]
mod sample {
    use super::{Bytes, ErrorCode, Layout, Sample, Uuid};

    macro_rules! numbers {
        ($($type:ident),+) => {
            $(impl Sample for $type {
                fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
                    random.$type(..)
                }
            })+
        };
    }
    numbers!(i8, i16, u16, i32, u32, i64);

    impl Sample for bool {
        fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
            random.bool()
        }
    }

    impl Sample for f64 {
        fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
            random.f64()
        }
    }

    impl Sample for ErrorCode {
        fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
            ErrorCode(random.i16(-1..=133))
        }
    }

    impl Sample for Uuid {
        fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
            Uuid::from_u128(random.u128(..))
        }
    }

    impl Sample for String {
        fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
            let length = random.usize(..12);
            std::iter::repeat_with(|| random.char('a'..='\u{ff}')).take(length).collect()
        }
    }

    impl Sample for Bytes {
        fn sample(random: &mut fastrand::Rng, _: Layout) -> Self {
            let length = random.usize(..20);
            std::iter::repeat_with(|| random.u8(..)).take(length).collect()
        }
    }

    impl<T: Sample> Sample for Vec<T> {
        fn sample(random: &mut fastrand::Rng, layout: Layout) -> Self {
            let length = random.usize(..4);
            std::iter::repeat_with(|| T::sample(random, layout)).take(length).collect()
        }
    }
}
