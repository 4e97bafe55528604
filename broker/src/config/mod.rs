//! Configuration: Kafka's keys, their types, defaults and ranges, and the broker's own typed view of them.
