//! DeleteGroups 0-3: deletes groups without members, with all that they have committed (KIP-229).
//!
//! - 1: throttle time. 2: flexible. 3: error messages.

use std::collections::HashSet;

use fluxmq_protocol::messages::delete_groups::{
    DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse,
};

use super::context::Call;
use super::groups;

pub(super) async fn handle(call: &Call<'_>, request: &DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut results = Vec::with_capacity(request.groups_names.len());
    let mut seen = HashSet::new();
    // A group that is named twice is deleted once, and answered once.
    for group_id in request.groups_names.iter().filter(|group_id| seen.insert(group_id.as_str())) {
        let deleted = match groups::coordinator(call) {
            Ok(groups) => groups.delete(group_id).await,
            Err(error_code) => Err(error_code),
        };
        let (group_id, error_code) = (group_id.clone(), deleted.err().unwrap_or_default());
        results.push(DeletableGroupResult { group_id, error_code, ..Default::default() });
    }
    DeleteGroupsResponse { results, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use fluxmq_protocol::ErrorCode;

    use super::super::testing::Bench;
    use super::*;

    #[tokio::test]
    async fn a_group_that_is_named_twice_is_answered_once() {
        let bench = Bench::new().await;
        bench.topic("orders", 1, &[]).await;
        bench.commit("g", "orders", 0, 5).await;
        let request = DeleteGroupsRequest { groups_names: ["g", "h", "g"].map(str::to_owned).to_vec() };
        let results = handle(&bench.call(2), &request).await.results;
        let results: Vec<_> =
            results.iter().map(|result| (result.group_id.as_str(), result.error_code)).collect();
        assert_eq!(results, [("g", ErrorCode::NONE), ("h", ErrorCode::GROUP_ID_NOT_FOUND)]);
        assert_eq!(bench.committed("g", "orders", 0).await, None);
    }
}
