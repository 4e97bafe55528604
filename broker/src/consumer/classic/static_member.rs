//! Static members (KIP-345): a client that comes back under its group instance id takes the place of the member it was, with a new
//! member id, and most often nobody else notices.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::join_group::JoinGroupResponse;

use super::super::turn::{Answer, Turn};
use super::join::{Join, refused, told};
use super::member::{Timeouts, protocols_of};
use super::{ClassicGroup, Phase};

/// The first version that can tell a leader that there is nothing to assign (KIP-814).
const SKIP_ASSIGNMENT_VERSION: i16 = 9;

impl ClassicGroup {
    /// The member `old_id` has come back and is `new_id` from now on.
    pub(super) fn replace_static(&mut self, turn: &mut Turn<'_>, join: Join<'_>, old_id: &str, new_id: &str) {
        let Join { ticket, request, version, .. } = join;
        self.fence(turn, old_id);
        let leader_before = self.leader.clone();
        self.rename(old_id, new_id);
        let said_before = self.members.update(new_id, protocols_of(request), Timeouts::of(request, version));
        self.members.arm(new_id, turn.now_ms);

        if matches!(self.phase, Phase::Stable { .. }) && self.members.select_protocol() == self.protocol {
            let answer = match turn.log.append(&[self.record()]) {
                Ok(()) => self.back_again(new_id, leader_before, version),
                Err(error) => {
                    let error_code = super::stored::as_members_see(error);
                    tracing::warn!(group = self.id, %error, "a static member that came back could not be written down");
                    if let Some((protocols, timeouts)) = said_before {
                        self.members.update(new_id, protocols, timeouts);
                    }
                    self.rename(new_id, old_id);
                    self.members.arm(old_id, turn.now_ms);
                    JoinGroupResponse { error_code, member_id: String::new(), ..self.joined("", false) }
                }
            };
            turn.answer(ticket, Answer::Join(answer));
            return;
        }
        self.wait_for_join(turn, new_id, ticket);
        let because = format!("static member {new_id} comes back: {}", told(request.reason.as_deref()));
        // While others are still being assigned this begins anew: the leader may have been told the old member id.
        self.rebalance(turn, &because);
    }

    /// The answer to a member that came back and changes nothing.
    fn back_again(
        &mut self,
        member_id: &str,
        leader_before: Option<String>,
        version: i16,
    ) -> JoinGroupResponse {
        self.members.has_synced(member_id);
        if version >= SKIP_ASSIGNMENT_VERSION {
            let is_leader = self.is_leader(member_id);
            return JoinGroupResponse { skip_assignment: is_leader, ..self.joined(member_id, is_leader) };
        }
        // An older client that hears that it leads would assign, which nobody waits for: it hears of the leader that it was.
        JoinGroupResponse { leader: leader_before.unwrap_or_default(), ..self.joined(member_id, false) }
    }

    /// Whoever still waits in a member's name is told that it is not that member any more.
    fn fence(&mut self, turn: &mut Turn<'_>, member_id: &str) {
        if let Some(ticket) = self.members.end_join(member_id) {
            turn.answer(ticket, refused(member_id.to_owned(), ErrorCode::FENCED_INSTANCE_ID));
        }
        if let Some(ticket) = self.members.end_sync(member_id) {
            turn.answer(ticket, super::sync::refused(ErrorCode::FENCED_INSTANCE_ID));
        }
    }

    fn rename(&mut self, old_id: &str, new_id: &str) {
        self.members.rename(old_id, new_id);
        if self.is_leader(old_id) {
            self.leader = Some(new_id.to_owned());
        }
    }
}
