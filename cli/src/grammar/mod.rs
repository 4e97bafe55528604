//! The small languages of flags: durations, points in time, offset ranges, partitions, where to seek.
//!
//! One parser each, shared by every command. A mistake is a [`SyntaxError`] that names the
//! place in the text and shows an example that works.

pub(crate) mod duration;
pub(crate) mod offset;
pub(crate) mod partitioner;
pub(crate) mod plan;
pub(crate) mod selector;
pub(crate) mod syntax;
pub(crate) mod target;
pub(crate) mod timestamp;

pub(crate) use offset::OffsetRange;
pub(crate) use partitioner::PartitionerName;
pub(crate) use plan::{PartitionBounds, PartitionPlan};
pub(crate) use selector::Selector;
pub(crate) use syntax::SyntaxError;
pub(crate) use target::Target;
