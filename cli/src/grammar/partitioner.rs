//! Names of the rules that choose a record's partition.

use std::{fmt, str::FromStr};

/// How `produce` chooses a partition when none is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum PartitionerName {
    /// As Kafka's Java clients: a key by its murmur2 hash, records without one in sticky batches.
    #[default]
    Murmur2,
    /// As librdkafka's `consistent_random`: a key by its CRC-32, others at random.
    Crc32,
    /// Any partition, keys included.
    Random,
    /// One after the other, keys included.
    RoundRobin,
    /// A key by its SipHash, records without one in turn (Fluvio's default).
    Siphash,
}

impl PartitionerName {
    pub(crate) const ALL: [(Self, &'static str); 5] = [
        (Self::Murmur2, "murmur2"),
        (Self::Crc32, "crc32"),
        (Self::Random, "random"),
        (Self::RoundRobin, "round-robin"),
        (Self::Siphash, "siphash"),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(partitioner, _)| *partitioner == self).map_or("murmur2", |(_, name)| name)
    }
}

impl fmt::Display for PartitionerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for PartitionerName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .find(|(_, name)| *name == text || (text == "consistent" && *name == "crc32"))
            .map(|(partitioner, _)| *partitioner)
            .ok_or_else(|| {
                let names: Vec<_> = Self::ALL.iter().map(|(_, name)| *name).collect();
                format!("there is no partitioner `{text}`; use one of {}", names.join(", "))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for (partitioner, name) in PartitionerName::ALL {
            assert_eq!(name.parse(), Ok(partitioner));
            assert_eq!(partitioner.to_string(), name);
        }
        assert_eq!("consistent".parse(), Ok(PartitionerName::Crc32));
        assert_eq!(
            "md5".parse::<PartitionerName>(),
            Err("there is no partitioner `md5`; use one of murmur2, crc32, random, round-robin, siphash"
                .to_owned())
        );
    }
}
