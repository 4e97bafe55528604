//! `range`: each topic is cut into ranges of neighbouring partitions, one for each member in line; the first members get
//! one more where it does not come out even.
//!
//! Where racks make a difference, members first get partitions that have a replica in their rack, as far as their share
//! goes. Topics that the same members read and that have equally many partitions stay split alike while that happens:
//! what is joined by partition number stays with one member.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Assignments, Assignor, GroupMember, TopicLayout, Topics, in_line, nothing_for, racks_matter,
    readers_by_topic,
};
use crate::topic_partition::TopicPartition;

#[derive(Debug)]
pub(super) struct Range;

impl Assignor for Range {
    fn name(&self) -> &'static str {
        "range"
    }

    fn assign(&self, members: &[GroupMember], topics: &Topics) -> Assignments {
        let line = in_line(members);
        let by_topic = readers_by_topic(&line);
        let readers =
            |topic: &str| by_topic.get(topic).into_iter().flatten().filter_map(|place| line.get(*place));
        let mut states: Vec<_> = topics
            .iter()
            .map(|(topic, layout)| TopicState::new(topic, layout, readers(topic).copied().collect()))
            .collect();
        if states.iter().any(|state| state.racks_matter) {
            assign_within_racks(&mut states);
        }
        let mut assignments = nothing_for(members);
        for state in &mut states {
            state.assign_ranges(|_, _, _| true);
            for (share, member) in state.shares.iter_mut().zip(&state.readers) {
                share.sort_unstable();
                if let Some(partitions) = assignments.get_mut(&member.id) {
                    partitions
                        .extend(share.iter().map(|partition| TopicPartition::new(state.topic, *partition)));
                }
            }
        }
        assignments
    }
}

/// A topic that is being cut.
#[derive(Debug)]
struct TopicState<'a> {
    topic: &'a str,
    layout: &'a TopicLayout,
    /// Whoever reads it, in line.
    readers: Vec<&'a GroupMember>,
    /// What each of them has so far.
    shares: Vec<Vec<i32>>,
    unassigned: BTreeSet<i32>,
    /// What everybody gets.
    each: usize,
    /// How many may still get one more.
    extra: usize,
    racks_matter: bool,
}

impl<'a> TopicState<'a> {
    fn new(topic: &'a str, layout: &'a TopicLayout, readers: Vec<&'a GroupMember>) -> Self {
        let unassigned: BTreeSet<i32> = layout.partitions().collect();
        TopicState {
            topic,
            layout,
            shares: vec![Vec::new(); readers.len()],
            each: unassigned.len().checked_div(readers.len()).unwrap_or(0),
            extra: unassigned.len().checked_rem(readers.len()).unwrap_or(0),
            unassigned,
            racks_matter: racks_matter(readers.iter().copied(), [layout]),
            readers,
        }
    }

    /// How many more partitions a reader may get.
    fn room(&self, reader: usize) -> usize {
        let quota = self.each + usize::from(self.extra > 0);
        quota.saturating_sub(self.shares.get(reader).map_or(usize::MAX, Vec::len))
    }

    /// Whether a partition has a replica where the reader stands. A reader that stands nowhere does not mind.
    fn is_near(&self, reader: &GroupMember, partition: i32) -> bool {
        reader.rack().is_none_or(|rack| self.layout.is_in(partition, rack))
    }

    fn give(&mut self, reader: usize, partitions: &[i32]) {
        let Some(share) = self.shares.get_mut(reader) else { return };
        share.extend(partitions);
        if share.len() > self.each {
            self.extra = self.extra.saturating_sub(1);
        }
        for partition in partitions {
            self.unassigned.remove(partition);
        }
    }

    /// Gives each reader in line the first partitions that it may have, as many as it has room for.
    fn assign_ranges(&mut self, may: impl Fn(&Self, &GroupMember, i32) -> bool) {
        for (index, reader) in self.readers.clone().into_iter().enumerate() {
            let assignable =
                self.unassigned.iter().copied().filter(|partition| may(self, reader, *partition));
            let partitions: Vec<i32> = assignable.take(self.room(index)).collect();
            if !partitions.is_empty() {
                self.give(index, &partitions);
            }
        }
    }
}

/// Gives partitions to readers in the same rack, topics that are split alike together.
fn assign_within_racks(states: &mut [TopicState<'_>]) {
    let mut alike: BTreeMap<(Vec<&str>, i32), Vec<&mut TopicState<'_>>> = BTreeMap::new();
    for state in states {
        let readers = state.readers.iter().map(|reader| reader.id.as_str()).collect();
        alike.entry((readers, state.layout.partition_count)).or_default().push(state);
    }
    for group in alike.into_values() {
        match <[_; 1]>::try_from(group) {
            Ok([alone]) if alone.racks_matter => alone.assign_ranges(TopicState::is_near),
            Ok(_) => {}
            Err(group) => assign_alike(group),
        }
    }
}

/// Gives each partition number of several topics to the first reader that is near all of them and has room.
fn assign_alike(mut states: Vec<&mut TopicState<'_>>) {
    let Some(first) = states.first() else { return };
    let (readers, layout) = (first.readers.clone(), first.layout);
    if readers.iter().all(|reader| reader.rack().is_none()) {
        return;
    }
    for partition in layout.partitions() {
        let fits = |(index, reader): &(usize, &&GroupMember)| {
            states.iter().all(|state| state.room(*index) > 0 && state.is_near(reader, partition))
        };
        if let Some((index, _)) = readers.iter().enumerate().find(fits) {
            states.iter_mut().for_each(|state| state.give(index, &[partition]));
        }
    }
}
