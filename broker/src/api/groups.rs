//! What the group APIs share: the way to the coordinator, and how a member is shown.

use std::sync::Once;

use fluxmq_protocol::ErrorCode;

use super::context::Call;
use crate::consumer::ConsumerGroupCoordinator;

/// What a client is told where groups are off.
pub(super) const GROUPS_OFF: &str = "consumer groups are off; start the broker with `enable_consumer_groups`";

/// What a client is told of a group of which not everything that was written down could be read.
pub(super) const DAMAGED: &str =
    "what this group wrote down is damaged; stop the broker and see `fluxctl log repair`";

/// Every operation on a group, as the bits of an authorized-operations mask (KIP-430): what anybody may do while there is no
/// authorizer.
pub(super) const GROUP_OPERATIONS: i32 = 3400;

/// The coordinator of groups; where groups are off, the log says once which setting to change.
pub(super) fn coordinator<'a>(call: &Call<'a>) -> Result<&'a ConsumerGroupCoordinator, ErrorCode> {
    static TOLD: Once = Once::new();
    call.broker.groups.as_ref().ok_or_else(|| {
        TOLD.call_once(|| tracing::warn!("a client asks for a consumer group, but {GROUPS_OFF}"));
        ErrorCode::COORDINATOR_NOT_AVAILABLE
    })
}

/// The coordinator of a group that must have a name.
pub(super) fn coordinator_of<'a>(
    call: &Call<'a>,
    group_id: &str,
) -> Result<&'a ConsumerGroupCoordinator, ErrorCode> {
    let coordinator = coordinator(call)?;
    if group_id.is_empty() { Err(ErrorCode::INVALID_GROUP_ID) } else { Ok(coordinator) }
}

/// The client's address, as Java prints addresses.
pub(super) fn client_host(call: &Call<'_>) -> String {
    format!("/{}", call.peer.remote.ip())
}

/// The mask of operations to answer with: that of everything when it was asked for.
pub(super) fn authorized_operations(wanted: bool) -> i32 {
    if wanted { GROUP_OPERATIONS } else { i32::MIN }
}
