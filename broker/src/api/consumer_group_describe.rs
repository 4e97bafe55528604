//! ConsumerGroupDescribe 0-1: state and members of groups whose partitions the broker assigns (KIP-848).
//!
//! - 1: whether a member speaks the classic protocol.
//! - A classic group is GROUP_ID_NOT_FOUND here; DescribeGroups knows it.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::consumer_group_describe::{
    ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, DescribedGroup,
};

use super::context::Call;
use super::groups;

pub(super) async fn handle(
    call: &Call<'_>,
    request: &ConsumerGroupDescribeRequest,
) -> ConsumerGroupDescribeResponse {
    let mut described = Vec::with_capacity(request.group_ids.len());
    for group_id in &request.group_ids {
        let mut group = describe(call, group_id).await;
        if group.error_code.is_ok() {
            group.authorized_operations =
                groups::authorized_operations(request.include_authorized_operations);
        }
        described.push(group);
    }
    ConsumerGroupDescribeResponse { groups: described, ..Default::default() }
}

async fn describe(call: &Call<'_>, group_id: &str) -> DescribedGroup {
    let none = DescribedGroup { group_id: group_id.to_owned(), ..Default::default() };
    let found = match groups::coordinator_of(call, group_id) {
        Ok(groups) => groups.describe_consumer(group_id).await,
        Err(error_code) => Err(error_code),
    };
    match found {
        Ok(Some(group)) => group,
        Ok(None) => DescribedGroup {
            error_code: ErrorCode::GROUP_ID_NOT_FOUND,
            error_message: Some(format!("Group {group_id} not found.")),
            ..none
        },
        Err(error_code) => DescribedGroup { error_code, ..none },
    }
}
