//! ConsumerGroupDescribe 0-1: state and members of groups whose partitions the broker assigns (KIP-848).
//!
//! - 1: whether a member speaks the classic protocol.
//! - What does not go into an answer of 128 MiB is INVALID_REQUEST.
//! - A classic group is GROUP_ID_NOT_FOUND here; DescribeGroups knows it.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::consumer_group_describe::{
    Assignment, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, DescribedGroup, Member,
};

use super::context::Call;
use super::groups::{self, Room};

pub(super) async fn handle(
    call: &Call<'_>,
    request: &ConsumerGroupDescribeRequest,
) -> ConsumerGroupDescribeResponse {
    let mut described = Vec::with_capacity(request.group_ids.len());
    let mut room = Room::default();
    for group_id in &request.group_ids {
        let mut group = describe(call, group_id, &mut room).await;
        if group.error_code.is_ok() {
            group.authorized_operations =
                groups::authorized_operations(request.include_authorized_operations);
        }
        described.push(group);
    }
    ConsumerGroupDescribeResponse { groups: described, ..Default::default() }
}

async fn describe(call: &Call<'_>, group_id: &str, room: &mut Room) -> DescribedGroup {
    let none = DescribedGroup { group_id: group_id.to_owned(), ..Default::default() };
    let found = match groups::coordinator_of(call, group_id) {
        Ok(groups) => groups.describe_consumer(group_id).await,
        Err(error_code) => Err(error_code),
    };
    let fits = |group: DescribedGroup| room.take(bytes(&group)).map(|()| group);
    match found.and_then(|found| found.map(fits).transpose()) {
        Ok(Some(group)) => group,
        Ok(None) => DescribedGroup {
            error_code: ErrorCode::GROUP_ID_NOT_FOUND,
            error_message: Some(format!("Group {group_id} not found.")),
            ..none
        },
        Err(error_code) => DescribedGroup { error_code, ..none },
    }
}

/// What a group takes of an answer, for the most part.
fn bytes(group: &DescribedGroup) -> usize {
    let topics = |assignment: &Assignment| {
        let topics = assignment.topic_partitions.iter();
        topics.map(|topic| topic.topic_name.len() + 4 * topic.partitions.len()).sum::<usize>()
    };
    let member = |member: &Member| {
        let names = member.member_id.len() + member.client_id.len() + member.client_host.len();
        let subscribed: usize = member.subscribed_topic_names.iter().map(String::len).sum();
        names + subscribed + topics(&member.assignment) + topics(&member.target_assignment)
    };
    group.group_id.len() + group.members.iter().map(member).sum::<usize>()
}
