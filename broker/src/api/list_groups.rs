//! ListGroups 0-5: the groups that this broker coordinates.
//!
//! - 1: throttle time. 3: flexible. 4: states (KIP-518). 5: types (KIP-848).
//! - Filters take no notice of case; a name that is no state's or type's lets nothing pass.

use fluxmq_protocol::messages::list_groups::{ListGroupsRequest, ListGroupsResponse};

use super::context::Call;
use super::groups;

pub(super) async fn handle(call: &Call<'_>, request: &ListGroupsRequest) -> ListGroupsResponse {
    let listed = match groups::coordinator(call) {
        Ok(groups) => groups.list(request).await,
        Err(error_code) => Err(error_code),
    };
    match listed {
        Ok(groups) => ListGroupsResponse { groups, ..Default::default() },
        Err(error_code) => ListGroupsResponse { error_code, ..Default::default() },
    }
}
