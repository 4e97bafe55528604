//! When members run out of time. Putting a deadline off is cheap, for that is what each heartbeat does: the queue keeps the
//! earlier moment and is put right when that moment comes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What a member has to do in time, or it is put out of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Duty {
    /// Say that it is there.
    Heartbeat,
    /// Give partitions back.
    Revoke,
    /// Join again: a classic member that was told of a rebalance.
    Join,
    /// Fetch what it was assigned: a classic member that has joined.
    Sync,
}

#[derive(Debug, Clone, Copy)]
struct Deadline {
    at_ms: i64,
    /// Where it stands in the queue; never after `at_ms`.
    queued_ms: i64,
}

/// The deadlines of a group's members.
#[derive(Debug, Clone, Default)]
pub(super) struct Deadlines {
    deadlines: HashMap<(Arc<str>, Duty), Deadline>,
    /// One entry for each deadline: what is over must not lie here until its time would have come, which members name.
    queue: BTreeSet<(i64, Arc<str>, Duty)>,
}

impl Deadlines {
    /// Sets a deadline, or moves it.
    pub(super) fn set(&mut self, member: &Arc<str>, duty: Duty, at_ms: i64) {
        let key = (Arc::clone(member), duty);
        match self.deadlines.get_mut(&key) {
            Some(deadline) if deadline.queued_ms <= at_ms => deadline.at_ms = at_ms,
            _ => {
                self.cancel(member, duty);
                self.queue.insert((at_ms, Arc::clone(member), duty));
                self.deadlines.insert(key, Deadline { at_ms, queued_ms: at_ms });
            }
        }
    }

    /// Sets a deadline unless there is one.
    pub(super) fn set_if_absent(&mut self, member: &Arc<str>, duty: Duty, at_ms: i64) {
        if !self.deadlines.contains_key(&(Arc::clone(member), duty)) {
            self.set(member, duty, at_ms);
        }
    }

    pub(super) fn cancel(&mut self, member: &Arc<str>, duty: Duty) {
        if let Some(deadline) = self.deadlines.remove(&(Arc::clone(member), duty)) {
            self.queue.remove(&(deadline.queued_ms, Arc::clone(member), duty));
        }
    }

    /// Forgets a member.
    pub(super) fn forget(&mut self, member: &Arc<str>) {
        for duty in [Duty::Heartbeat, Duty::Revoke, Duty::Join, Duty::Sync] {
            self.cancel(member, duty);
        }
    }

    /// Before this moment no deadline passes.
    pub(super) fn next(&self) -> Option<i64> {
        self.queue.first().map(|(at_ms, ..)| *at_ms)
    }

    /// Takes out the deadlines that have passed.
    pub(super) fn passed(&mut self, now_ms: i64) -> Vec<(Arc<str>, Duty)> {
        let mut passed = Vec::new();
        while self.next().is_some_and(|at_ms| at_ms <= now_ms) {
            let Some((_, member, duty)) = self.queue.pop_first() else { break };
            let key = (member, duty);
            match self.deadlines.get_mut(&key) {
                Some(deadline) if deadline.at_ms > now_ms => {
                    deadline.queued_ms = deadline.at_ms;
                    self.queue.insert((deadline.at_ms, key.0, duty));
                }
                Some(_) => {
                    self.deadlines.remove(&key);
                    passed.push(key);
                }
                None => (),
            }
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_passes_once_and_only_when_its_time_has_come() {
        let (mut deadlines, one, other) = (Deadlines::default(), Arc::from("one"), Arc::from("other"));
        deadlines.set(&one, Duty::Heartbeat, 10);
        deadlines.set(&other, Duty::Heartbeat, 10);
        deadlines.set(&one, Duty::Heartbeat, 20);
        deadlines.set(&one, Duty::Revoke, 15);
        deadlines.set(&one, Duty::Revoke, 12);
        deadlines.set_if_absent(&one, Duty::Revoke, 11);
        assert_eq!(deadlines.next(), Some(10));
        assert_eq!(deadlines.passed(9), []);
        assert_eq!(deadlines.passed(10), [(Arc::clone(&other), Duty::Heartbeat)]);
        assert_eq!(deadlines.next(), Some(12));
        assert_eq!(deadlines.passed(19), [(Arc::clone(&one), Duty::Revoke)]);
        deadlines.set(&other, Duty::Sync, 20);
        deadlines.forget(&other);
        assert_eq!(deadlines.passed(30), [(one, Duty::Heartbeat)]);
        assert_eq!(deadlines.next(), None);
    }

    #[test]
    fn a_deadline_that_was_cancelled_and_set_again_passes_at_its_new_time() {
        let (mut deadlines, one) = (Deadlines::default(), Arc::from("one"));
        deadlines.set(&one, Duty::Join, 10);
        deadlines.cancel(&one, Duty::Join);
        deadlines.set(&one, Duty::Join, 30);
        assert_eq!(deadlines.passed(29), []);
        assert_eq!(deadlines.passed(30), [(one, Duty::Join)]);
    }

    #[test]
    fn deadlines_that_are_over_take_no_room() {
        let (mut deadlines, one) = (Deadlines::default(), Arc::from("one"));
        deadlines.set(&one, Duty::Heartbeat, 10);
        for at_ms in (1_000..2_000).rev() {
            deadlines.set(&one, Duty::Sync, at_ms);
            deadlines.cancel(&one, Duty::Sync);
            deadlines.set(&one, Duty::Revoke, at_ms);
        }
        assert_eq!(deadlines.queue.len(), 2);
        deadlines.forget(&one);
        assert_eq!((deadlines.queue.len(), deadlines.next()), (0, None));
    }
}
