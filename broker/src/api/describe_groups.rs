//! DescribeGroups 0-6: state and members of classic groups.
//!
//! - 1: throttle time. 3: authorized operations (KIP-430). 4: group instance id (KIP-345). 5: flexible. 6: an unknown group is
//!   GROUP_ID_NOT_FOUND (KIP-1043); before, it is in state Dead and no error.
//! - What does not go into an answer of 128 MiB is INVALID_REQUEST.
//! - A group of KIP-848 is unknown here; ConsumerGroupDescribe knows it.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::describe_groups::{
    DescribeGroupsRequest, DescribeGroupsResponse, DescribedGroup, DescribedGroupMember,
};

use super::context::Call;
use super::groups::{self, Room};

pub(super) async fn handle(call: &Call<'_>, request: &DescribeGroupsRequest) -> DescribeGroupsResponse {
    let mut described = Vec::with_capacity(request.groups.len());
    let mut room = Room::default();
    for group_id in &request.groups {
        let mut group = describe(call, group_id, &mut room).await;
        if group.error_code.is_ok() {
            group.authorized_operations =
                groups::authorized_operations(request.include_authorized_operations);
        }
        described.push(group);
    }
    DescribeGroupsResponse { groups: described, ..Default::default() }
}

async fn describe(call: &Call<'_>, group_id: &str, room: &mut Room) -> DescribedGroup {
    let none = DescribedGroup { group_id: group_id.to_owned(), ..Default::default() };
    let found = match groups::coordinator(call) {
        Ok(groups) => groups.describe_classic(group_id).await,
        Err(error_code) => Err(error_code),
    };
    let fits = |group: DescribedGroup| room.take(bytes(&group)).map(|()| group);
    match found.and_then(|found| found.map(fits).transpose()) {
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

/// What a group takes of an answer, for the most part.
fn bytes(group: &DescribedGroup) -> usize {
    let member = |member: &DescribedGroupMember| {
        let names = member.member_id.len() + member.client_id.len() + member.client_host.len();
        names + member.member_metadata.len() + member.member_assignment.len()
    };
    group.group_id.len() + group.members.iter().map(member).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    #[tokio::test]
    async fn nobody_is_answered_without_end() {
        let bench = Bench::new().await;
        bench.topic("orders", 1, &[]).await;
        bench.commit("g", "orders", 0, 5).await;
        let mut room = Room(2 * "g".len());
        for expected in [ErrorCode::NONE, ErrorCode::NONE, ErrorCode::INVALID_REQUEST] {
            assert_eq!(describe(&bench.call(6), "g", &mut room).await.error_code, expected);
        }
    }
}
