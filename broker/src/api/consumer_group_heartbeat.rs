//! ConsumerGroupHeartbeat 0-1: joins, stays in and leaves a group whose partitions the broker assigns (KIP-848).
//!
//! - 1: regular expressions; the member makes up its own id.

use fluxmq_protocol::messages::consumer_group_heartbeat::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse,
};

use super::context::Call;
use super::groups;
use crate::consumer::Client;

pub(super) async fn handle(
    call: &Call<'_>,
    request: &ConsumerGroupHeartbeatRequest,
) -> ConsumerGroupHeartbeatResponse {
    let host = groups::client_host(call);
    let client = Client { id: call.client_id, host: &host };
    match groups::coordinator(call) {
        Ok(groups) => groups.consumer_heartbeat(client, request, call.version).await,
        Err(error_code) => ConsumerGroupHeartbeatResponse {
            error_code,
            error_message: Some(groups::GROUPS_OFF.to_owned()),
            ..Default::default()
        },
    }
}
