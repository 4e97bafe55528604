//! InitProducerId 0-5: a producer id for idempotent producers (KIP-98).
//!
//! - 2: flexible. 3: expected producer id and epoch (KIP-360). 5: as 4, for clients that know TRANSACTION_ABORTABLE (KIP-890).
//! - Ids come from blocks that are durable before use, so none is ever given twice, not even after a crash.
//! - Without a transactional id the expected id and the time-out are ignored: each call gives a new id with epoch 0.
//! - An empty transactional id is INVALID_REQUEST. So is any other: transactions are not served here, and FindCoordinator, which
//!   clients ask first, says so in words.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};

use super::context::Call;

pub(super) async fn handle(call: &Call<'_>, request: &InitProducerIdRequest) -> InitProducerIdResponse {
    if request.transactional_id.is_some() {
        return refused(ErrorCode::INVALID_REQUEST);
    }
    match call.broker.producer_ids.next().await {
        Ok(producer_id) => InitProducerIdResponse { producer_id, producer_epoch: 0, ..Default::default() },
        Err(error) => {
            tracing::error!(%error, "no producer id could be reserved");
            refused(ErrorCode::COORDINATOR_NOT_AVAILABLE)
        }
    }
}

fn refused(error_code: ErrorCode) -> InitProducerIdResponse {
    InitProducerIdResponse { error_code, producer_id: -1, producer_epoch: -1, ..Default::default() }
}
