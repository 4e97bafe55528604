//! The members of a classic group, and what must be known of all of them together without looking at each.

use std::collections::{BTreeMap, HashMap};

use fluxmq_protocol::ErrorCode;

use super::super::turn::Ticket;
use super::member::{Member, Protocol, Timeouts};

/// All members of a group.
#[derive(Debug, Default)]
pub(crate) struct Members {
    by_id: BTreeMap<String, Member>,
    /// Member ids by group instance id.
    static_ids: HashMap<String, String>,
    /// How many members support each protocol.
    supported: HashMap<String, usize>,
    /// How many wait for the others to join.
    joining: usize,
    /// How many have ever joined.
    seen: u64,
    /// Who was given a member id and has not come back with it, and until when that is remembered.
    pending: BTreeMap<String, i64>,
    /// Nobody expires before. `None` when nobody expires at all.
    earliest_ms: Option<i64>,
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(super) fn get(&self, member_id: &str) -> Option<&Member> {
        self.by_id.get(member_id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.by_id.iter().map(|(id, member)| (id.as_str(), member))
    }

    /// All members, who has been here longest first.
    pub(super) fn by_seniority(&self) -> Vec<(&str, &Member)> {
        let mut members: Vec<_> = self.iter().collect();
        members.sort_unstable_by_key(|(_, member)| member.number);
        members
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Member)> {
        self.by_id.iter_mut().map(|(id, member)| (id.as_str(), member))
    }

    /// The ids of all members that a question is true of.
    pub(super) fn ids_where(&self, is_wanted: impl Fn(&Member) -> bool) -> Vec<String> {
        self.iter().filter(|(_, member)| is_wanted(member)).map(|(id, _)| id.to_owned()).collect()
    }

    /// Who has been here longest of those that a question is true of.
    pub(super) fn first_where(&self, is_wanted: impl Fn(&Member) -> bool) -> Option<&str> {
        let wanted = self.iter().filter(|(_, member)| is_wanted(member));
        wanted.min_by_key(|(_, member)| member.number).map(|(id, _)| id)
    }

    /// The member that is known by a group instance id.
    pub(super) fn static_id(&self, instance_id: &str) -> Option<&str> {
        self.static_ids.get(instance_id).map(String::as_str)
    }

    /// Whether this is a member, and still the one that its group instance id stands for.
    pub(super) fn check(&self, member_id: &str, instance_id: Option<&str>) -> Result<(), ErrorCode> {
        if let Some(instance_id) = instance_id {
            match self.static_id(instance_id) {
                Some(known) if known == member_id => {}
                Some(_) => return Err(ErrorCode::FENCED_INSTANCE_ID),
                None => return Err(ErrorCode::UNKNOWN_MEMBER_ID),
            }
        }
        if self.by_id.contains_key(member_id) { Ok(()) } else { Err(ErrorCode::UNKNOWN_MEMBER_ID) }
    }

    pub(super) fn insert(&mut self, member_id: String, mut member: Member) {
        self.pending.remove(&member_id);
        self.remove(&member_id);
        member.number = self.seen;
        self.seen += 1;
        self.take_in(member_id, member);
    }

    pub(super) fn remove(&mut self, member_id: &str) -> Option<Member> {
        let member = self.by_id.remove(member_id)?;
        discount(&mut self.supported, &member.protocols);
        if let Some(instance_id) = &member.instance_id
            && self.static_id(instance_id) == Some(member_id)
        {
            self.static_ids.remove(instance_id);
        }
        self.joining -= usize::from(member.waits_for_join.is_some());
        Some(member)
    }

    /// The same member gets another id. It is no newcomer any more: whoever comes back is there.
    pub(super) fn rename(&mut self, old_id: &str, new_id: &str) {
        if let Some(mut member) = self.remove(old_id) {
            member.is_new = false;
            self.take_in(new_id.to_owned(), member);
        }
    }

    fn take_in(&mut self, member_id: String, member: Member) {
        self.count(&member.protocols);
        if let Some(instance_id) = &member.instance_id {
            self.static_ids.insert(instance_id.clone(), member_id.clone());
        }
        self.joining += usize::from(member.waits_for_join.is_some());
        self.wake_by(member.expires_at_ms);
        self.by_id.insert(member_id, member);
    }

    /// What a member says anew; what it said before.
    pub(super) fn update(
        &mut self,
        member_id: &str,
        protocols: Vec<Protocol>,
        timeouts: Timeouts,
    ) -> Option<(Vec<Protocol>, Timeouts)> {
        self.count(&protocols);
        let member = self.by_id.get_mut(member_id)?;
        let before = std::mem::replace(&mut member.protocols, protocols);
        let timeouts = std::mem::replace(&mut member.timeouts, timeouts);
        discount(&mut self.supported, &before);
        Some((before, timeouts))
    }

    fn count(&mut self, protocols: &[Protocol]) {
        for protocol in protocols {
            *self.supported.entry(protocol.name.clone()).or_default() += 1;
        }
    }

    /// Whether everybody supports the protocol.
    pub(super) fn all_support(&self, protocol: &str) -> bool {
        self.supported.get(protocol).copied().unwrap_or_default() == self.len()
    }

    /// The protocol that most members like best of those that all of them support.
    pub(super) fn select_protocol(&self) -> Option<String> {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, member) in self.iter() {
            if let Some(vote) = member.vote(&self.supported, self.len()) {
                *votes.entry(vote).or_default() += 1;
            }
        }
        votes.into_iter().max_by_key(|(_, votes)| *votes).map(|(name, _)| name.to_owned())
    }

    /// The longest that any member may take to join again.
    pub(super) fn rebalance_timeout_ms(&self) -> i64 {
        let timeouts = self.iter().map(|(_, member)| i64::from(member.timeouts.rebalance_ms));
        timeouts.max().unwrap_or_default().max(0)
    }

    /// How many wait for the others to join.
    pub(super) fn joining(&self) -> usize {
        self.joining
    }

    /// Whether nobody is missing that is expected to join.
    pub(super) fn all_are_joining(&self) -> bool {
        self.joining == self.len() && self.pending.is_empty()
    }

    /// A member begins to wait for the others to join; who waited in its name before.
    pub(super) fn wait_for_join(&mut self, member_id: &str, ticket: Ticket) -> Option<Ticket> {
        let member = self.by_id.get_mut(member_id)?;
        let before = member.waits_for_join.replace(ticket);
        self.joining += usize::from(before.is_none());
        before
    }

    /// A member waits for the others to join no more.
    pub(super) fn end_join(&mut self, member_id: &str) -> Option<Ticket> {
        let ticket = self.by_id.get_mut(member_id)?.waits_for_join.take();
        self.joining -= usize::from(ticket.is_some());
        ticket
    }

    /// A member begins to wait for its assignment; who waited in its name before.
    pub(super) fn wait_for_sync(&mut self, member_id: &str, ticket: Ticket) -> Option<Ticket> {
        self.by_id.get_mut(member_id)?.waits_for_sync.replace(ticket)
    }

    /// A member waits for its assignment no more.
    pub(super) fn end_sync(&mut self, member_id: &str) -> Option<Ticket> {
        self.by_id.get_mut(member_id)?.waits_for_sync.take()
    }

    /// A member knows another generation than the group's, until the next one begins.
    pub(super) fn knows(&mut self, member_id: &str, generation: i32) {
        if let Some(member) = self.by_id.get_mut(member_id) {
            member.former_generation = Some(generation);
        }
    }

    pub(super) fn has_synced(&mut self, member_id: &str) {
        if let Some(member) = self.by_id.get_mut(member_id) {
            member.owes_sync = false;
        }
    }

    pub(super) fn pending(&self) -> &BTreeMap<String, i64> {
        &self.pending
    }

    /// Remembers a member id that was given out.
    pub(super) fn expect(&mut self, member_id: String, until_ms: i64) {
        self.pending.insert(member_id, until_ms);
        self.wake_by(until_ms);
    }

    /// Whether the member id was given out and not come back; forgets it.
    pub(super) fn forget_pending(&mut self, member_id: &str) -> bool {
        self.pending.remove(member_id).is_some()
    }

    /// A member is there: it may be silent for a session from now on.
    pub(super) fn arm(&mut self, member_id: &str, now_ms: i64) {
        if let Some(member) = self.by_id.get_mut(member_id) {
            let expires_at_ms = now_ms + i64::from(member.timeouts.session_ms);
            member.expires_at_ms = expires_at_ms;
            self.wake_by(expires_at_ms);
        }
    }

    /// Nobody expires before; may be too early.
    pub(super) fn earliest_ms(&self) -> Option<i64> {
        self.earliest_ms
    }

    fn wake_by(&mut self, deadline_ms: i64) {
        self.earliest_ms = Some(self.earliest_ms.map_or(deadline_ms, |earliest| earliest.min(deadline_ms)));
    }

    /// The members that have been silent for too long. Forgets the member ids that nobody came back with.
    pub(super) fn expired(&mut self, now_ms: i64) -> Vec<String> {
        self.pending.retain(|_, until_ms| *until_ms > now_ms);
        let expired = self.ids_where(|member| member.expires_at_ms().is_some_and(|at| at <= now_ms));
        let later = self.iter().filter_map(|(_, member)| member.expires_at_ms()).filter(|at| *at > now_ms);
        self.earliest_ms = later.chain(self.pending.values().copied()).min();
        expired
    }
}

fn discount(supported: &mut HashMap<String, usize>, protocols: &[Protocol]) {
    for protocol in protocols {
        if let Some(count) = supported.get_mut(&protocol.name) {
            *count -= 1;
            if *count == 0 {
                supported.remove(&protocol.name);
            }
        }
    }
}
