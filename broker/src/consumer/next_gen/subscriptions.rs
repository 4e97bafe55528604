//! What members are subscribed to, counted.

use std::collections::{BTreeMap, BTreeSet};

use fluxmq_protocol::stored::groups::ConsumerGroupRegularExpressionValue;

use super::member::Member;

/// How many members want each topic by its name, each regular expression, each assignor; and what the classic ones among them
/// speak.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Subscriptions {
    names: Counts,
    patterns: Counts,
    assignors: Counts,
    protocols: Counts,
    /// How many members speak the classic protocol.
    pub(super) classic: usize,
    members: usize,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Counts(BTreeMap<String, usize>);

impl Counts {
    fn add(&mut self, name: &str) {
        match self.0.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(self.0.insert(name.to_owned(), 1)),
        }
    }

    fn remove(&mut self, name: &str) {
        if let Some(count) = self.0.get_mut(name) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(name);
            }
        }
    }

    fn of(&self, name: &str) -> usize {
        self.0.get(name).copied().unwrap_or_default()
    }

    fn all_are(&self, count: usize) -> bool {
        self.0.values().all(|of| *of == count)
    }
}

impl Subscriptions {
    pub(super) fn add(&mut self, member: &Member) {
        self.count(member, Counts::add);
        self.members += 1;
        self.classic += usize::from(member.is_classic());
    }

    pub(super) fn remove(&mut self, member: &Member) {
        self.count(member, Counts::remove);
        self.members -= 1;
        self.classic -= usize::from(member.is_classic());
    }

    fn count(&mut self, member: &Member, count: fn(&mut Counts, &str)) {
        member.wants.subscribed_topic_names.iter().for_each(|name| count(&mut self.names, name));
        member.pattern().into_iter().for_each(|pattern| count(&mut self.patterns, pattern));
        member.wants.server_assignor.iter().for_each(|name| count(&mut self.assignors, name));
        member.protocols().for_each(|name| count(&mut self.protocols, name));
    }

    /// Every topic that somebody wants, sorted.
    pub(super) fn topics<'a>(
        &'a self,
        patterns: &'a BTreeMap<String, ConsumerGroupRegularExpressionValue>,
    ) -> impl Iterator<Item = &'a str> {
        let matched = self.patterns.0.keys().filter_map(|pattern| patterns.get(pattern));
        let names = self.names.0.keys().chain(matched.flat_map(|pattern| &pattern.topics));
        names.map(String::as_str).collect::<BTreeSet<_>>().into_iter()
    }

    /// The regular expressions that somebody is subscribed to.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.0.keys().map(String::as_str)
    }

    /// Whether somebody is subscribed to this regular expression.
    pub(super) fn has_pattern(&self, pattern: &str) -> bool {
        self.patterns.of(pattern) > 0
    }

    /// Whether all members want the same.
    pub(super) fn are_the_same(&self) -> bool {
        if self.patterns.0.is_empty() {
            self.names.all_are(self.members)
        } else {
            self.names.0.is_empty() && self.patterns.all_are(self.members)
        }
    }

    /// The assignor that most members ask for.
    pub(super) fn assignor(&self) -> Option<&str> {
        let most = self.assignors.0.iter().rev().max_by_key(|(_, count)| **count);
        most.map(|(name, _)| name.as_str())
    }

    /// Whether there are only classic members.
    pub(super) fn are_all_classic(&self) -> bool {
        self.classic == self.members
    }

    /// Whether every classic member speaks this protocol.
    pub(super) fn all_classic_speak(&self, protocol: &str) -> bool {
        self.protocols.of(protocol) == self.classic
    }
}
