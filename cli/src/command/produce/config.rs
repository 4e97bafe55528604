//! The producer that the flags, `-X` and the profile ask for.

use std::time::Duration;

use fluxmq_client::{Partitioner, ProducerConfig};

use crate::{context::Context, error::CommandError, grammar::PartitionerName};

use super::args::ProduceArgs;

/// A person who typed a line waits for it, so lines do not linger as long as the client's default.
const LINGER: Duration = Duration::from_millis(5);

/// Input comes faster than batches of the client's default size go out.
const BATCH_BYTES: usize = 256 * 1024;

pub(super) fn config(args: &ProduceArgs, context: &Context) -> Result<ProducerConfig, CommandError> {
    let properties = context.properties()?;
    let mut config = properties.producer_config();
    config.linger = args.linger.or(properties.duration("linger.ms")).unwrap_or(LINGER);
    config.batch_size = args.batch_size.or(properties.size("batch.size")).unwrap_or(BATCH_BYTES);
    config.compression = args.compression.unwrap_or(config.compression);
    config.compression_level = args.compression_level;
    config.acks = args.acks.map_or(config.acks, Into::into);
    config.max_request_size = args.max_request_size.unwrap_or(config.max_request_size);
    config.delivery_timeout = args.delivery_timeout.unwrap_or(config.delivery_timeout);
    config.partitioner = partitioner(args, context)?;
    config.allow_auto_create_topics = args.auto_create;
    config.validate()?;
    Ok(config)
}

/// The flag's partitioner, else the profile's, else Kafka's own.
pub(super) fn partitioner(args: &ProduceArgs, context: &Context) -> Result<Partitioner, CommandError> {
    let of_profile = context.settings()?.partitioner.as_ref();
    let name = match (args.partitioner, of_profile) {
        (Some(name), _) => name,
        (None, Some(resolved)) => resolved.value.parse().map_err(|reason: String| {
            CommandError::usage(format!("`partitioner` of {}: {reason}", resolved.origin))
        })?,
        (None, None) => PartitionerName::default(),
    };
    Ok(match name {
        PartitionerName::Murmur2 => Partitioner::Murmur2,
        PartitionerName::Crc32 => Partitioner::Crc32,
        PartitionerName::Random => Partitioner::Random,
        PartitionerName::RoundRobin => Partitioner::RoundRobin,
        PartitionerName::Siphash => Partitioner::SiphashRoundRobin,
    })
}
