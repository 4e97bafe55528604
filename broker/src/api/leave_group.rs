//! LeaveGroup 0-5: members leave a classic group.
//!
//! - 1: throttle time. 3: several members at once, by member id or group instance id, with an outcome each (KIP-345).
//!   4: flexible. 5: reason (KIP-800).

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::leave_group::{LeaveGroupRequest, LeaveGroupResponse};

use super::context::Call;
use super::groups;

pub(super) async fn handle(call: &Call<'_>, request: &LeaveGroupRequest) -> LeaveGroupResponse {
    let left = match groups::coordinator_of(call, &request.group_id) {
        Ok(groups) => groups.leave(request, call.version).await,
        Err(error_code) => Err(error_code),
    };
    match left {
        Ok(members) if call.version >= 3 => LeaveGroupResponse { members, ..Default::default() },
        Ok(members) => {
            let error_code = members.first().map_or(ErrorCode::NONE, |member| member.error_code);
            LeaveGroupResponse { error_code, ..Default::default() }
        }
        Err(error_code) => LeaveGroupResponse { error_code, ..Default::default() },
    }
}
