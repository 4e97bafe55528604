//! How messages are described. `message!` turns a description, shaped like Kafka's JSON so that both can be held
//! side by side, into a struct and its encoding for all versions; `api!` ties a request to its response.
//!
//! ```text
//! name: Type => FIRST-LAST | FIRST+ [, nullable FIRST+] [, tag N [explicit]] [, default VALUE];
//! ```
//! A tagged field that has its default is left out; one that is `explicit` and nullable is always written, because Kafka takes a
//! missing one for an empty struct or list.
//!
//! Rules of every decoder made here: no memory is taken for a count that the rest of the frame cannot fill, byte
//! payloads are slices of the frame, each failure is a typed [`WireError`].
//!
//! The crate `kafka-protocol` is the oracle of this crate's tests and is not linked into the product: its decoder
//! takes memory for whatever count stands on the wire (eight hostile bytes end the process), it loses duplicate
//! record headers, and it lacks the low versions.

mod field;
#[cfg(feature = "sample")]
mod sample;

use crate::api_key::ApiKey;
use crate::wire::{Reader, WireError, WireResult, Writer};

pub(crate) use self::field::{Field, NullableField, read_option, write_option};
#[cfg(feature = "sample")]
pub use self::sample::Sample;

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

/// Describes one struct of a message; see the module's documentation for the form of a field.
macro_rules! message {
    ($($(#[$meta:meta])* $name:ident {
        $($field:ident: $type:ty => $first:literal $(- $last:literal)? $(+)? $(, nullable $null:literal +)? $(, tag $tag:literal $($explicit:ident)?)? $(, default $default:expr)?;)*
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
                        $crate::message::message!(@write [] self.$field, writer, layout $(, $null)?);
                    }
                });)*
                if layout.flexible {
                    #[allow(unused_mut, reason = "most structs have no tagged field")]
                    let mut tagged = 0;
                    $($crate::message::message!(@tag_count [$($tag $($explicit)?)?] tagged,
                        $crate::message::message!(@within layout, $first $(, $last)?), self.$field != $name::default().$field);)*
                    writer.unsigned_varint(tagged);
                    $($crate::message::message!(@tag_write [$($tag $($explicit)?)?] writer,
                        $crate::message::message!(@within layout, $first $(, $last)?), self.$field != $name::default().$field,
                        { $crate::message::message!(@write [$($($explicit)?)?] self.$field, writer, layout $(, $null)?) });)*
                }
                Ok(())
            }

            fn read(reader: &mut $crate::wire::Reader<'_>, layout: $crate::message::Layout) -> $crate::wire::WireResult<Self> {
                #[allow(unused_mut, reason = "a struct may have no field in this version")]
                let mut this = $name::default();
                $($crate::message::message!(@untagged [$($tag)?] {
                    if $crate::message::message!(@within layout, $first $(, $last)?) {
                        this.$field = $crate::message::message!(@read [] reader, layout $(, $null)?);
                    }
                });)*
                if layout.flexible {
                    reader.tagged_fields(|_tag, _payload| {
                        $($crate::message::message!(@tag_read [$($tag)?] _tag,
                            $crate::message::message!(@within layout, $first $(, $last)?),
                            { this.$field = $crate::message::message!(@read [$($($explicit)?)?] _payload, layout $(, $null)?); });)*
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
            fn write_tagged(value: Option<&Self>, writer: &mut $crate::wire::Writer<'_>, layout: $crate::message::Layout) -> $crate::wire::WireResult<()> {
                writer.i8(i8::from(value.is_some()));
                value.map_or(Ok(()), |value| $crate::message::Field::write(value, writer, layout))
            }
            fn read_tagged(reader: &mut $crate::wire::Reader<'_>, layout: $crate::message::Layout) -> $crate::wire::WireResult<Option<Self>> {
                if reader.i8()? <= 0 { return Ok(None); }
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
    (@tag_count [$tag:literal] $count:ident, $within:expr, $differs:expr) => { if $within && $differs { $count += 1; } };
    (@tag_count [$tag:literal explicit] $count:ident, $within:expr, $differs:expr) => { if $within { $count += 1; } };
    (@tag_write [] $($rest:tt)*) => {};
    (@tag_write [$tag:literal] $writer:ident, $within:expr, $differs:expr, $body:block) => {
        if $within && $differs { $writer.tagged_field($tag, |$writer| { $body; Ok(()) })?; }
    };
    (@tag_write [$tag:literal explicit] $writer:ident, $within:expr, $differs:expr, $body:block) => {
        if $within { $writer.tagged_field($tag, |$writer| { $body; Ok(()) })?; }
    };
    (@tag_read [] $($rest:tt)*) => {};
    (@tag_read [$tag:literal] $seen:ident, $within:expr, $body:block) => { if $seen == $tag && $within $body };
    (@size $type:ty, $layout:ident) => { <$type as $crate::message::Field>::size_min($layout) };
    (@size $type:ty, $layout:ident, $null:literal) => { 1 };
    (@write [] $this:ident.$field:ident, $writer:ident, $layout:ident) => { $crate::message::Field::write(&$this.$field, $writer, $layout)? };
    (@write [] $this:ident.$field:ident, $writer:ident, $layout:ident, $null:literal) => {
        $crate::message::write_option($this.$field.as_ref(), $writer, $layout, $layout.version >= $null)?
    };
    (@write [explicit] $this:ident.$field:ident, $writer:ident, $layout:ident, $null:literal) => {
        $crate::message::NullableField::write_tagged($this.$field.as_ref(), $writer, $layout)?
    };
    (@read [] $reader:ident, $layout:ident) => { $crate::message::Field::read($reader, $layout)? };
    (@read [explicit] $reader:ident, $layout:ident, $null:literal) => { $crate::message::NullableField::read_tagged($reader, $layout)? };
    (@read [] $reader:ident, $layout:ident, $null:literal) => { $crate::message::read_option($reader, $layout, $layout.version >= $null)? };
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
