//! Leaving, one or many at once (KIP-345).

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::leave_group::{MemberIdentity, MemberResponse};

use super::super::turn::Turn;
use super::ClassicGroup;
use super::join::told;

impl ClassicGroup {
    /// Removes members; the outcome of each, in their order. Who looks after a group may name static members by their group instance
    /// ids alone.
    pub(crate) fn leave(&mut self, turn: &mut Turn<'_>, members: &[MemberIdentity]) -> Vec<MemberResponse> {
        let mut because = None;
        let mut answers = Vec::with_capacity(members.len());
        for member in members {
            let left = self.find_leaving(member);
            answers.push(MemberResponse {
                member_id: member.member_id.clone(),
                group_instance_id: member.group_instance_id.clone(),
                error_code: left.as_ref().err().copied().unwrap_or_default(),
            });
            let Ok(Some(member_id)) = left else { continue };
            tracing::info!(
                group = self.id,
                member = member_id,
                because = told(member.reason.as_deref()),
                "a member leaves"
            );
            self.remove(turn, &member_id);
            because.get_or_insert_with(|| {
                format!("member {member_id} leaves: {}", told(member.reason.as_deref()))
            });
        }
        match because {
            Some(because) => self.rebalance(turn, &because),
            // Somebody who was expected to join may have been the last to be waited for. Kafka has a stable group rebalance, for nothing.
            None => self.complete_joining_if_all_have(turn),
        }
        answers
    }

    /// The member that is meant; `None` for one that had only been given its id, which is forgotten.
    fn find_leaving(&mut self, member: &MemberIdentity) -> Result<Option<String>, ErrorCode> {
        let instance_id = member.group_instance_id.as_deref();
        if member.member_id.is_empty() {
            let known = instance_id.and_then(|instance_id| self.members.static_id(instance_id));
            return known.map(|member_id| Some(member_id.to_owned())).ok_or(ErrorCode::UNKNOWN_MEMBER_ID);
        }
        if self.members.forget_pending(&member.member_id) {
            return Ok(None);
        }
        self.members.check(&member.member_id, instance_id)?;
        Ok(Some(member.member_id.clone()))
    }
}
