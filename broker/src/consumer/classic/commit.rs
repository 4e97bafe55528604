//! Who may commit offsets of a group, and read them.

use fluxmq_protocol::ErrorCode;

use super::super::turn::Turn;
use super::{ClassicGroup, Phase};

impl ClassicGroup {
    /// Whether a commit may be stored. A member's commit also says that it is there. Without member and generation it comes from a
    /// consumer that assigns itself, or from somebody who resets offsets; that is for groups without members.
    pub(crate) fn check_commit(
        &mut self,
        turn: &mut Turn<'_>,
        member_id: &str,
        instance_id: Option<&str>,
        generation: i32,
    ) -> Result<(), ErrorCode> {
        if generation < 0 && self.phase == Phase::Empty {
            return Ok(());
        }
        if generation < 0 && member_id.is_empty() && instance_id.is_none() {
            return Err(ErrorCode::UNKNOWN_MEMBER_ID);
        }
        self.members.check(member_id, instance_id)?;
        self.check_generation(member_id, generation)?;
        if matches!(self.phase, Phase::CompletingRebalance { .. }) {
            return Err(ErrorCode::REBALANCE_IN_PROGRESS);
        }
        self.members.arm(member_id, turn.now_ms);
        Ok(())
    }

    /// Whether offsets may be read. Members of classic groups do not say who they are when they ask, so everybody may.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "groups of both protocols are asked alike"
    )]
    pub(crate) fn check_fetch(&self, _member_id: Option<&str>, _member_epoch: i32) -> Result<(), ErrorCode> {
        Ok(())
    }
}
