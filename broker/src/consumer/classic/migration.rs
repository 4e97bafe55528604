//! What a group of the next generation takes over when this one becomes one, and how this one begins again when it was one.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::stored::groups::ClassicProtocol;

use super::super::turn::Turn;
use super::ClassicGroup;
use super::join::refused;

impl ClassicGroup {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The protocols that a member supports, its favourite first.
    pub(crate) fn protocols(&self, member_id: &str) -> Vec<ClassicProtocol> {
        let protocols = self.members.get(member_id).into_iter().flat_map(|member| &member.protocols);
        let stored = protocols.map(|protocol| ClassicProtocol {
            name: protocol.name.clone(),
            metadata: protocol.metadata.clone(),
        });
        stored.collect()
    }

    /// Tells everybody who waits to join again.
    pub(crate) fn interrupt(&mut self, turn: &mut Turn<'_>) {
        for member_id in self.members.ids_where(|member| member.waits_for_join.is_some()) {
            if let Some(ticket) = self.members.end_join(&member_id) {
                turn.answer(ticket, refused(member_id, ErrorCode::REBALANCE_IN_PROGRESS));
            }
        }
        self.take_assignments_back(turn, ErrorCode::REBALANCE_IN_PROGRESS);
    }

    /// Which generation a member knows until the next one begins: whoever is told that its own is over gives up what it has.
    pub(crate) fn knows(&mut self, member_id: &str, generation: i32) {
        self.members.knows(member_id, generation);
    }
}
