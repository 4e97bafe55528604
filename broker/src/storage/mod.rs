//! The log on disk or in memory: segments, indexes, producer state, recovery.
