//! What the group APIs share: the way to the coordinator, and how a member is shown.

use std::net::IpAddr;
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
    as_java_prints(call.peer.remote.ip())
}

/// Java never leaves zeros out.
fn as_java_prints(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("/{address}"),
        IpAddr::V6(address) => {
            format!("/{}", address.segments().map(|segment| format!("{segment:x}")).join(":"))
        }
    }
}

/// The mask of operations to answer with: that of everything when it was asked for.
pub(super) fn authorized_operations(wanted: bool) -> i32 {
    if wanted { GROUP_OPERATIONS } else { i32::MIN }
}

/// How large an answer about groups may become. A request that names one of them over and over would fill any memory: a few bytes of
/// it fetch all that members and offsets carry with them.
const ANSWER_BYTES_MAX: usize = 128 << 20;

/// What is left of an answer's room.
pub(super) struct Room(pub(super) usize);

impl Default for Room {
    fn default() -> Self {
        Room(ANSWER_BYTES_MAX)
    }
}

impl Room {
    /// Takes so many bytes of it, where they are left.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), ErrorCode> {
        self.0 = self.0.checked_sub(bytes).ok_or(ErrorCode::INVALID_REQUEST)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_as_java_prints_them() {
        for (address, shown) in [
            ("127.0.0.1", "/127.0.0.1"),
            ("::1", "/0:0:0:0:0:0:0:1"),
            ("2001:db8::ff00:42:8329", "/2001:db8:0:0:0:ff00:42:8329"),
        ] {
            assert_eq!(as_java_prints(address.parse().unwrap()), shown);
        }
    }
}
