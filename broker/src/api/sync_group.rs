//! SyncGroup 0-5: hands out what a classic group's leader has assigned; answered when the leader has sent it.
//!
//! - 1: throttle time. 3: group instance id (KIP-345). 4: flexible. 5: protocol type and name, which must be the group's (KIP-559).
//! - The assignment is durable before anybody hears it.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};

use super::context::Call;
use super::groups;

pub(super) async fn handle(call: &Call<'_>, request: &SyncGroupRequest) -> SyncGroupResponse {
    let refuse = |error_code| SyncGroupResponse { error_code, ..Default::default() };
    match groups::coordinator(call) {
        // From there on the fields may not be left out.
        Ok(_)
            if call.version >= 5 && (request.protocol_type.is_none() || request.protocol_name.is_none()) =>
        {
            refuse(ErrorCode::INCONSISTENT_GROUP_PROTOCOL)
        }
        Ok(_) if request.group_id.is_empty() => refuse(ErrorCode::INVALID_GROUP_ID),
        Ok(groups) => groups.sync(request).await,
        Err(error_code) => refuse(error_code),
    }
}
