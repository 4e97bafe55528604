//! Whose commits and whose questions for offsets are heard.

use fluxmq_protocol::ErrorCode;
use uuid::Uuid;

use super::ConsumerGroup;
use super::member::Member;

/// The version of OffsetCommit that members of KIP-848 speak at least.
const COMMIT_VERSION_MIN: i16 = 9;

/// Which partitions somebody may commit for.
#[derive(Debug)]
pub(crate) struct CommitRule<'a>(Rule<'a>);

#[derive(Debug)]
enum Rule<'a> {
    All,
    /// A member with an older epoch: those that it has held since then without a break (KIP-1251).
    HeldSince(&'a Member, i32),
}

impl CommitRule<'_> {
    /// Whether a partition may be committed for. `topic` is `None` when there is no such topic.
    pub(crate) fn check(&self, topic: Option<Uuid>, partition: i32) -> Result<(), ErrorCode> {
        match &self.0 {
            Rule::All => Ok(()),
            Rule::HeldSince(member, epoch) => {
                let since = topic.and_then(|topic| member.assignment_epoch(topic, partition));
                if since.is_some_and(|since| since <= *epoch) { Ok(()) } else { Err(stale(member)) }
            }
        }
    }
}

impl ConsumerGroup {
    /// Whether a commit is heard, and for which partitions.
    pub(crate) fn check_commit(
        &self,
        member_id: &str,
        member_epoch: i32,
        version: i16,
    ) -> Result<CommitRule<'_>, ErrorCode> {
        if member_epoch < 0 && self.members.is_empty() {
            return Ok(CommitRule(Rule::All));
        }
        let member = self.member(member_id).map_err(|error| error.code)?;
        if !member.is_classic() && version < COMMIT_VERSION_MIN {
            return Err(ErrorCode::UNSUPPORTED_VERSION);
        }
        match member_epoch.cmp(&member.epoch) {
            std::cmp::Ordering::Less => Ok(CommitRule(Rule::HeldSince(member, member_epoch))),
            std::cmp::Ordering::Equal => Ok(CommitRule(Rule::All)),
            std::cmp::Ordering::Greater => Err(stale(member)),
        }
    }

    /// Whether a question for offsets is heard. Who names no member asks from outside.
    pub(crate) fn check_fetch(&self, member_id: Option<&str>, member_epoch: i32) -> Result<(), ErrorCode> {
        let Some(member_id) = member_id else {
            return if member_epoch < 0 { Ok(()) } else { Err(ErrorCode::UNKNOWN_MEMBER_ID) };
        };
        let member = self.member(member_id).map_err(|error| error.code)?;
        if member.epoch == member_epoch { Ok(()) } else { Err(stale(member)) }
    }
}

/// How a member is told that its epoch is not the one to act in.
fn stale(member: &Member) -> ErrorCode {
    if member.is_classic() { ErrorCode::ILLEGAL_GENERATION } else { ErrorCode::STALE_MEMBER_EPOCH }
}
