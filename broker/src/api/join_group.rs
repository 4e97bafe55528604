//! JoinGroup 0-9: joins a classic group; answered when the group's rebalance completes.
//!
//! - 1: rebalance time-out, which is the session's before. 2: throttle time. 4: a new member is first told its id (KIP-394).
//!   5: group instance id (KIP-345). 6: flexible. 7: protocol type in the answer, and a protocol name that may be null (KIP-559).
//!   8: reason (KIP-800). 9: `skip_assignment` for a static leader that comes back (KIP-814).

use fluxmq_protocol::messages::join_group::{JoinGroupRequest, JoinGroupResponse};

use super::context::Call;
use super::groups;
use crate::consumer::Client;

pub(super) async fn handle(call: &Call<'_>, request: &JoinGroupRequest) -> JoinGroupResponse {
    let host = groups::client_host(call);
    let client = Client { id: call.client_id, host: &host };
    let mut response = match groups::coordinator(call) {
        Ok(groups) => groups.join(client, request, call.version).await,
        Err(error_code) => {
            JoinGroupResponse { error_code, member_id: request.member_id.clone(), ..Default::default() }
        }
    };
    if call.version < 7 {
        // The field cannot be null there.
        response.protocol_name.get_or_insert_default();
    } else {
        // A name that is empty is told as none.
        response.protocol_name = response.protocol_name.filter(|name| !name.is_empty());
    }
    response
}
