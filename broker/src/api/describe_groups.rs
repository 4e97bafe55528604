//! DescribeGroups 0-6: state and members of classic groups.
//!
//! - 1: throttle time. 3: authorized operations (KIP-430). 4: group instance id (KIP-345). 5: flexible. 6: an unknown group is
//!   GROUP_ID_NOT_FOUND (KIP-1043); before, it is in state Dead and no error.
//! - A group of KIP-848 is unknown here; ConsumerGroupDescribe knows it.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::describe_groups::{
    DescribeGroupsRequest, DescribeGroupsResponse, DescribedGroup,
};

use super::context::Call;
use super::groups;

pub(super) async fn handle(call: &Call<'_>, request: &DescribeGroupsRequest) -> DescribeGroupsResponse {
    let mut described = Vec::with_capacity(request.groups.len());
    for group_id in &request.groups {
        let mut group = describe(call, group_id).await;
        if group.error_code.is_ok() {
            group.authorized_operations =
                groups::authorized_operations(request.include_authorized_operations);
        }
        described.push(group);
    }
    DescribeGroupsResponse { groups: described, ..Default::default() }
}

async fn describe(call: &Call<'_>, group_id: &str) -> DescribedGroup {
    let none = DescribedGroup { group_id: group_id.to_owned(), ..Default::default() };
    let found = match groups::coordinator(call) {
        Ok(groups) => groups.describe_classic(group_id).await,
        Err(error_code) => Err(error_code),
    };
    match found {
        Ok(Some(group)) => group,
        Ok(None) if call.version >= 6 => DescribedGroup {
            error_code: ErrorCode::GROUP_ID_NOT_FOUND,
            error_message: Some(format!("Group {group_id} not found.")),
            group_state: "Dead".to_owned(),
            ..none
        },
        Ok(None) => DescribedGroup { group_state: "Dead".to_owned(), ..none },
        Err(error_code) => DescribedGroup { error_code, ..none },
    }
}
