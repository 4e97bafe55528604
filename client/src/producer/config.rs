//! How a producer gathers, sends and retries.

use std::time::Duration;

use fluxmq_protocol::record::Compression;

use super::partitioner::Partitioner;
use crate::error::ClientError;

/// Settings of a producer. The defaults never lose or double a record: all in-sync replicas acknowledge, retries keep
/// their order, and the broker recognises what it has already.
#[derive(Debug, Clone)]
pub struct ProducerConfig {
    /// Whose word a delivery needs. Default all.
    pub acks: Acks,
    /// How many bytes of one partition's records are gathered before they are sent, not compressed. Default 16,384. A
    /// larger record goes alone.
    pub batch_size: usize,
    /// How long a batch waits for more records. Default 100 ms.
    pub linger: Duration,
    /// The codec of the batches. Default none.
    pub compression: Compression,
    /// The codec's level; `None` is its default.
    pub compression_level: Option<i32>,
    /// Which partition a record without one goes to. Default murmur2, as Kafka's own clients.
    pub partitioner: Partitioner,
    /// How many requests may be under way to one broker, 1 to 5 with idempotence. Default 5.
    pub max_in_flight: usize,
    /// How long a record may take from the call of `send` to its acknowledgement, retries included. Default 120 s.
    pub delivery_timeout: Duration,
    /// How long one request may take before it is tried again. Default 30 s.
    pub request_timeout: Duration,
    /// How many bytes of batches one request carries, and the largest record, both not compressed. Default 1,048,576.
    pub max_request_size: usize,
    /// How many bytes of records may wait; beyond it `send` waits. Default 33,554,432.
    pub buffer_memory: usize,
    /// How long `send` may wait for buffer memory, or for a topic's partitions to become known. Default 60 s.
    pub max_block: Duration,
    /// Whether the broker recognises a batch that it has already (KIP-98). Acts with [`Acks::All`] alone. Default true.
    pub idempotence: bool,
    /// Whether a topic that does not exist may be created by the broker, where that is configured to. Default true.
    pub allow_auto_create_topics: bool,
}

/// Whose word a delivery needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Acks {
    /// Nobody's: a record counts as delivered once it is written to the connection, and its offset is not known.
    None,
    /// The leader's, before replicas have it.
    Leader,
    /// That of all in-sync replicas.
    #[default]
    All,
}

impl Acks {
    /// The number in a produce request.
    pub fn code(self) -> i16 {
        match self {
            Acks::None => 0,
            Acks::Leader => 1,
            Acks::All => -1,
        }
    }
}

/// More than this, and the broker no longer recognises all batches that may be under way.
const IDEMPOTENT_IN_FLIGHT_MAX: usize = 5;
/// What one acquire of the memory semaphore can take.
const BUFFER_MEMORY_MAX: usize = u32::MAX as usize;

impl Default for ProducerConfig {
    fn default() -> Self {
        ProducerConfig {
            acks: Acks::default(),
            batch_size: 16_384,
            linger: Duration::from_millis(100),
            compression: Compression::None,
            compression_level: None,
            partitioner: Partitioner::default(),
            max_in_flight: IDEMPOTENT_IN_FLIGHT_MAX,
            delivery_timeout: Duration::from_secs(120),
            request_timeout: Duration::from_secs(30),
            max_request_size: 1_048_576,
            buffer_memory: 33_554_432,
            max_block: Duration::from_secs(60),
            idempotence: true,
            allow_auto_create_topics: true,
        }
    }
}

macro_rules! with_methods {
    ($($(#[$meta:meta])* $field:ident: $type:ty;)+) => {
        $($(#[$meta])*
        #[must_use]
        pub fn $field(mut self, $field: $type) -> Self {
            self.$field = $field;
            self
        })+
    };
}

impl ProducerConfig {
    with_methods! {
        /// Sets [`ProducerConfig::acks`](#structfield.acks).
        acks: Acks;
        /// Sets [`ProducerConfig::batch_size`](#structfield.batch_size).
        batch_size: usize;
        /// Sets [`ProducerConfig::linger`](#structfield.linger).
        linger: Duration;
        /// Sets [`ProducerConfig::compression`](#structfield.compression).
        compression: Compression;
        /// Sets [`ProducerConfig::compression_level`](#structfield.compression_level).
        compression_level: Option<i32>;
        /// Sets [`ProducerConfig::partitioner`](#structfield.partitioner).
        partitioner: Partitioner;
        /// Sets [`ProducerConfig::max_in_flight`](#structfield.max_in_flight).
        max_in_flight: usize;
        /// Sets [`ProducerConfig::delivery_timeout`](#structfield.delivery_timeout).
        delivery_timeout: Duration;
        /// Sets [`ProducerConfig::request_timeout`](#structfield.request_timeout).
        request_timeout: Duration;
        /// Sets [`ProducerConfig::max_request_size`](#structfield.max_request_size).
        max_request_size: usize;
        /// Sets [`ProducerConfig::buffer_memory`](#structfield.buffer_memory).
        buffer_memory: usize;
        /// Sets [`ProducerConfig::max_block`](#structfield.max_block).
        max_block: Duration;
        /// Sets [`ProducerConfig::idempotence`](#structfield.idempotence).
        idempotence: bool;
        /// Sets [`ProducerConfig::allow_auto_create_topics`](#structfield.allow_auto_create_topics).
        allow_auto_create_topics: bool;
    }

    /// Whether batches carry sequence numbers.
    pub(crate) fn is_idempotent(&self) -> bool {
        self.idempotence && self.acks == Acks::All
    }

    /// Refuses settings that cannot work.
    pub fn validate(&self) -> Result<(), ClientError> {
        let refuse = |message: String| Err(ClientError::InvalidConfig(message));
        if self.max_in_flight == 0 {
            return refuse("`max_in_flight` must be at least 1".to_owned());
        }
        if self.is_idempotent() && self.max_in_flight > IDEMPOTENT_IN_FLIGHT_MAX {
            return refuse(format!(
                "`max_in_flight` must not be above {IDEMPOTENT_IN_FLIGHT_MAX} with idempotence"
            ));
        }
        if self.buffer_memory == 0 || self.buffer_memory > BUFFER_MEMORY_MAX {
            return refuse(format!("`buffer_memory` must lie between 1 and {BUFFER_MEMORY_MAX} bytes"));
        }
        if self.max_request_size == 0 || i32::try_from(self.max_request_size).is_err() {
            return refuse("`max_request_size` must lie between 1 and 2,147,483,647 bytes".to_owned());
        }
        if self.delivery_timeout < self.linger || self.delivery_timeout.is_zero() {
            return refuse("`delivery_timeout` must be longer than `linger`".to_owned());
        }
        if self.request_timeout.is_zero() {
            return refuse("`request_timeout` must be longer than 0".to_owned());
        }
        if let Some(level) = self.compression_level {
            let checked = self.compression.check_level(level);
            checked.map_err(|error| ClientError::InvalidConfig(format!("`compression_level`: {error}")))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_work_are_refused() {
        assert!(ProducerConfig::default().validate().is_ok());
        for wrong in [
            ProducerConfig::default().max_in_flight(6),
            ProducerConfig::default().max_in_flight(0),
            ProducerConfig::default().buffer_memory(0),
            ProducerConfig::default().max_request_size(0),
            ProducerConfig::default().delivery_timeout(Duration::from_millis(1)),
            ProducerConfig::default().compression(Compression::Gzip).compression_level(Some(10)),
        ] {
            assert!(matches!(wrong.validate(), Err(ClientError::InvalidConfig(_))), "{wrong:?}");
        }
        assert!(ProducerConfig::default().acks(Acks::Leader).max_in_flight(6).validate().is_ok());
    }
}
