//! What consumers leave with the broker: the offsets that they committed.

pub(crate) mod offsets;
