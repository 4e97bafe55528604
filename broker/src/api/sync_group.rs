//! SyncGroup 0-5: hands out what a classic group's leader has assigned; answered when the leader has sent it.
//!
//! - 1: throttle time. 3: group instance id (KIP-345). 4: flexible. 5: protocol type and name, which must be the group's (KIP-559).
//! - The assignment is durable before anybody hears it.

use fluxmq_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};

use super::context::Call;
use super::groups;

pub(super) async fn handle(call: &Call<'_>, request: &SyncGroupRequest) -> SyncGroupResponse {
    match groups::coordinator(call) {
        Ok(groups) => groups.sync(request).await,
        Err(error_code) => SyncGroupResponse { error_code, ..Default::default() },
    }
}
