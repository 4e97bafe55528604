//! Groups under the newer protocol (KIP-848): the broker shares the partitions out.

pub(crate) mod assignor;
pub(crate) mod regex;
