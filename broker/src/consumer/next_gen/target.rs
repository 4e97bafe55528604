//! What everybody is to hold in the end.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::ConsumerGroup;
use super::assignor::{AssignMember, ServerAssignor, assign};
use super::member::{Member, Partitions};
use super::step::{Patterns, Step};
use super::subscriptions::Subscriptions;
use crate::consumer::turn::Turn;

impl ConsumerGroup {
    /// Spreads all partitions over all members, as they will be after a step. Notes whose share changed, and hands out the share
    /// of the member of the step.
    pub(super) fn assign(
        &self,
        turn: &Turn<'_>,
        step: &mut Step,
        subscriptions: &Subscriptions,
        patterns: &Patterns,
    ) -> Partitions {
        let (old, new) = (step.replaces.as_ref(), &step.id);
        let others = self.members.iter().filter(|(id, _)| *id != new && Some(*id) != old);
        let everybody =
            others.map(|(id, member)| (id, id, member)).chain([(new, old.unwrap_or(new), &step.after)]);
        let topics: BTreeMap<&str, BTreeSet<Uuid>> = everybody
            .clone()
            .map(|(id, _, member)| (&**id, subscribed_ids(member, patterns, turn)))
            .collect();
        let nothing = Partitions::new();
        let members = everybody.map(|(id, known_as, member)| {
            let assigned = self.targets.get(known_as).unwrap_or(&nothing);
            let topics = topics.get(&**id)?;
            Some((&**id, AssignMember { instance_id: member.instance_id(), topics, assigned }))
        });
        let existing = topics.values().flatten().filter_map(|id| turn.image.topic_by_id(*id));
        let partitions = existing.map(|topic| (topic.id, topic.partitions)).collect();
        let mut targets = assign(
            chosen(turn, subscriptions),
            &members.flatten().collect(),
            &partitions,
            subscriptions.are_the_same(),
        );
        for (id, target) in &targets {
            if self.targets.get(id.as_str()) != Some(target) {
                step.records.push(self.target_record(id, target));
            }
        }
        targets.remove(&*step.id).unwrap_or_default()
    }
}

/// The assignor that most members ask for, or else the first that is allowed.
fn chosen(turn: &Turn<'_>, subscriptions: &Subscriptions) -> ServerAssignor {
    let names = turn.config.consumer_assignors.iter().map(String::as_str);
    let wanted = subscriptions.assignor().filter(|wanted| names.clone().any(|name| name == *wanted));
    let known = wanted.into_iter().chain(names).find_map(ServerAssignor::from_name);
    known.unwrap_or(ServerAssignor::Uniform)
}

/// The ids of the topics that a member is subscribed to, as far as they exist.
pub(super) fn subscribed_ids(member: &Member, patterns: &Patterns, turn: &Turn<'_>) -> BTreeSet<Uuid> {
    let matched = member.pattern().and_then(|pattern| patterns.get(pattern)).map(|pattern| &pattern.topics);
    let names = member.wants.subscribed_topic_names.iter().chain(matched.into_iter().flatten());
    names.filter_map(|name| turn.image.topic(name)).map(|topic| topic.id).collect()
}
