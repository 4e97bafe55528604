//! Kafka's wire protocol: bytes in, typed messages out, and back. No I/O happens here.
pub mod record;
