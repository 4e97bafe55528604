//! `uniform`: all members get the same number of partitions, or one more, as far as what they read allows; and what they have
//! they keep as far as that allows.

mod heterogeneous;
mod homogeneous;

pub(super) use heterogeneous::assign as assign_heterogeneous;
pub(super) use homogeneous::assign as assign_homogeneous;
