//! Sequence numbers, by which the broker recognises a batch that it has already (KIP-98, KIP-360).

use fluxmq_protocol::messages::init_producer_id::InitProducerIdRequest;

use crate::client::Client;
use crate::error::ClientError;

/// Who writes, in the eyes of the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProducerIdentity {
    pub(crate) producer_id: i64,
    pub(crate) epoch: i16,
}

/// The number of a batch's first record, and whose count it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchSequence {
    pub(crate) identity: ProducerIdentity,
    pub(crate) base: i32,
}

/// The count of one partition.
///
/// The broker takes batch after batch without gaps. When a batch is given up, those behind it are refused for the
/// gap; they start over with sequence 0 under the next epoch. No record can be stored twice by that, since a batch
/// that is refused for a gap has not been stored.
#[derive(Debug, Default)]
pub(crate) struct PartitionSequence {
    identity: Option<ProducerIdentity>,
    next: i32,
    /// The last batch, by id, that had a number and was given up: the broker may miss it.
    pub(crate) gap: Option<u64>,
    /// Whether the count starts over once nothing is under way.
    pub(crate) starts_over: bool,
    /// Whether the broker has acknowledged a batch of this count. Before that it takes any number for the first one,
    /// so a batch must not be able to overtake the first.
    pub(crate) is_confirmed: bool,
}

impl PartitionSequence {
    /// The sequence of the next `record_count` records. `None` where a new producer id is needed first.
    pub(crate) fn assign(
        &mut self,
        current: Option<ProducerIdentity>,
        record_count: i32,
    ) -> Option<BatchSequence> {
        let identity = *self.identity.get_or_insert(current?);
        let base = self.next;
        self.next = sequence_after(base, record_count);
        Some(BatchSequence { identity, base })
    }

    /// Starts over under the next epoch. Whether a new producer id is needed because the epochs are used up.
    pub(crate) fn start_over(&mut self) -> bool {
        self.starts_over = false;
        self.is_confirmed = false;
        self.gap = None;
        self.next = 0;
        self.identity = self.identity.and_then(|identity| {
            let epoch = identity.epoch.checked_add(1)?;
            Some(ProducerIdentity { epoch, ..identity })
        });
        self.identity.is_none()
    }

    /// Takes back the numbers of a batch that the broker refused while no later one had been sent.
    pub(crate) fn take_back(&mut self, sequence: BatchSequence) {
        if self.identity == Some(sequence.identity) {
            self.next = sequence.base;
        }
    }
}

/// The number that follows `record_count` records from `base` on; 0 follows 2,147,483,647.
fn sequence_after(base: i32, record_count: i32) -> i32 {
    base.wrapping_add(record_count) & i32::MAX
}

/// Asks the cluster for a producer id.
pub(crate) async fn new_identity(client: Client) -> Result<ProducerIdentity, ClientError> {
    let request = InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout_ms: i32::MAX,
        ..InitProducerIdRequest::default()
    };
    let response = client.send(request).await.map_err(|error| match error {
        ClientError::IncompatibleVersion { .. } => ClientError::InvalidConfig(
            "the broker knows no idempotent producers; set `idempotence` to false".to_owned(),
        ),
        error => error,
    })?;
    ClientError::check(response.error_code, || "a producer id for idempotence".to_owned())?;
    Ok(ProducerIdentity { producer_id: response.producer_id, epoch: response.producer_epoch })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: ProducerIdentity = ProducerIdentity { producer_id: 7, epoch: 0 };

    #[test]
    fn numbers_follow_one_another_and_wrap() {
        let mut sequence = PartitionSequence::default();
        assert_eq!(sequence.assign(None, 3), None);
        assert_eq!(sequence.assign(Some(FIRST), 3).unwrap().base, 0);
        assert_eq!(sequence.assign(Some(FIRST), 1).unwrap().base, 3);
        assert_eq!(sequence_after(i32::MAX, 1), 0);
        assert_eq!(sequence_after(i32::MAX - 1, 3), 1);
    }

    #[test]
    fn starting_over_takes_the_next_epoch() {
        let mut sequence = PartitionSequence::default();
        sequence.assign(Some(FIRST), 3);
        assert!(!sequence.start_over());
        let next = sequence.assign(Some(FIRST), 3).unwrap();
        assert_eq!(next, BatchSequence { identity: ProducerIdentity { epoch: 1, ..FIRST }, base: 0 });
        sequence.identity = Some(ProducerIdentity { epoch: i16::MAX, ..FIRST });
        assert!(sequence.start_over(), "no epoch is left");
    }
}
