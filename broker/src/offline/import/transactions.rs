//! Transactions that were open when the Kafka stopped, as `__transaction_state` has them.

use std::collections::BTreeMap;

use fluxmq_protocol::record::DECOMPRESSED_BYTES_MAX;
use fluxmq_protocol::stored::transactions::{TransactionLogValue, read_key, read_value};

use super::super::OfflineError;
use super::batches::{each_batch, not_understood, segments, unreadable};
use super::kafka_dir::KafkaDirs;

/// The topic that holds them.
pub(super) const TOPIC: &str = "__transaction_state";

/// Open transactions by transactional id.
pub(super) fn open_ones(source: &KafkaDirs) -> Result<BTreeMap<String, TransactionLogValue>, OfflineError> {
    let mut found = BTreeMap::new();
    for place in source.partitions_of(TOPIC)?.values() {
        for (_, path) in segments(&place.path)? {
            each_batch(&path, |batch| {
                let malformed = |error| unreadable(&path, batch.header().base_offset, &error);
                for record in batch.records(DECOMPRESSED_BYTES_MAX).map_err(malformed)? {
                    let record = record.map_err(malformed)?;
                    let key = read_key(record.key.as_deref().unwrap_or_default())
                        .map_err(|error| not_understood(&path, record.offset, &error))?;
                    let value = record.value.as_deref().map(read_value).transpose();
                    match (key, value.map_err(|error| not_understood(&path, record.offset, &error))?) {
                        (Some(key), Some(value)) => found.insert(key.transactional_id, value),
                        (Some(key), None) => found.remove(&key.transactional_id),
                        (None, _) => None,
                    };
                }
                Ok(())
            })?;
        }
    }
    found.retain(|_, value| value.is_open());
    Ok(found)
}
