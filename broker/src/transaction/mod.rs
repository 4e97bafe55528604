//! What producers need beyond partitions: ids of their own.

pub(crate) mod producer_ids;
