//! DeleteGroups 0-3: deletes groups without members, with all that they have committed (KIP-229).
//!
//! - 1: throttle time. 2: flexible. 3: error messages.

use fluxmq_protocol::messages::delete_groups::{
    DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse,
};

use super::context::Call;
use super::groups;

pub(super) async fn handle(call: &Call<'_>, request: &DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut results = Vec::with_capacity(request.groups_names.len());
    for group_id in &request.groups_names {
        let deleted = match groups::coordinator(call) {
            Ok(groups) => groups.delete(group_id).await,
            Err(error_code) => Err(error_code),
        };
        let (group_id, error_code) = (group_id.clone(), deleted.err().unwrap_or_default());
        results.push(DeletableGroupResult { group_id, error_code, ..Default::default() });
    }
    DeleteGroupsResponse { results, ..Default::default() }
}
