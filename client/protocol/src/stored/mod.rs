//! What Kafka's brokers write down for themselves: records of the metadata log (KIP-631), committed offsets and
//! transactions. They are described like messages and stand in the values, and keys, of ordinary records.

pub mod groups;
pub mod metadata;
pub mod offsets;
pub mod transactions;

/// Gives a described struct its versions, and the first of them that is flexible.
macro_rules! stored {
    ($($name:ident $min:literal - $max:literal $(, flexible $flexible:literal +)?;)+) => { $(
        impl $name {
            fn layout(version: i16) -> $crate::wire::WireResult<$crate::message::Layout> {
                let (min, max) = ($min, $max);
                if !(min..=max).contains(&version) {
                    return Err($crate::wire::WireError::Version { version, min, max });
                }
                #[allow(unused_mut, unused_assignments, reason = "not every record has a flexible version")]
                let mut flexible = false;
                $(flexible = version >= $flexible;)?
                Ok($crate::message::Layout { version, flexible })
            }
        }
        impl $crate::message::Encode for $name {
            fn encode(&self, writer: &mut $crate::wire::Writer<'_>, version: i16) -> $crate::wire::WireResult<()> {
                $crate::message::Field::write(self, writer, Self::layout(version)?)
            }
        }
        impl $crate::message::Decode for $name {
            fn decode(reader: &mut $crate::wire::Reader<'_>, version: i16) -> $crate::wire::WireResult<Self> {
                $crate::message::Field::read(reader, Self::layout(version)?)
            }
        }
    )+ };
}
pub(crate) use stored;
