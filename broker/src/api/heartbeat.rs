//! Heartbeat 0-4: a member of a classic group says that it is there, and hears of rebalances.
//!
//! - 1: throttle time. 3: group instance id (KIP-345). 4: flexible.

use fluxmq_protocol::messages::heartbeat::{HeartbeatRequest, HeartbeatResponse};

use super::context::Call;
use super::groups;

pub(super) async fn handle(call: &Call<'_>, request: &HeartbeatRequest) -> HeartbeatResponse {
    let error_code = match groups::coordinator_of(call, &request.group_id) {
        Ok(groups) => groups.heartbeat(request).await,
        Err(error_code) => error_code,
    };
    HeartbeatResponse { error_code, ..Default::default() }
}
