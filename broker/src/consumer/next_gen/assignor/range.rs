//! `range`: each topic is cut into ranges of neighbouring partitions, one for each of its readers; the first ones get one more
//! where it does not come out even. Static members come first, in the order of their instance ids: who comes back under another
//! member id gets what it had.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Members, Targets, nothing_for};

pub(super) fn assign(members: &Members<'_>, partitions: &BTreeMap<Uuid, i32>) -> Targets {
    let mut line: Vec<_> = members.iter().collect();
    line.sort_by_key(|(id, member)| (member.instance_id.is_none(), member.instance_id, **id));
    let mut cuts = cuts(members, partitions);
    let mut targets = nothing_for(members);
    for (id, member) in line {
        let Some(target) = targets.get_mut(*id) else { continue };
        for topic in member.topics {
            let range = cuts.get_mut(topic).map(Cut::next_range);
            if let Some(range) = range.filter(|range| !range.is_empty()) {
                target.insert(*topic, range.collect());
            }
        }
    }
    targets
}

/// A topic that is being cut.
#[derive(Debug)]
struct Cut {
    readers: i32,
    /// What everybody gets.
    each: i32,
    /// How many still get one more.
    extra: i32,
    /// The first partition that nobody has yet.
    next: i32,
}

fn cuts(members: &Members<'_>, partitions: &BTreeMap<Uuid, i32>) -> BTreeMap<Uuid, Cut> {
    let uncut = |(topic, count): (&Uuid, &i32)| (*topic, Cut { readers: 0, each: *count, extra: 0, next: 0 });
    let mut cuts: BTreeMap<Uuid, Cut> = partitions.iter().map(uncut).collect();
    for topic in members.values().flat_map(|member| member.topics) {
        if let Some(cut) = cuts.get_mut(topic) {
            cut.readers += 1;
        }
    }
    for cut in cuts.values_mut().filter(|cut| cut.readers > 0) {
        (cut.each, cut.extra) = (cut.each / cut.readers, cut.each % cut.readers);
    }
    cuts
}

impl Cut {
    fn next_range(&mut self) -> std::ops::Range<i32> {
        let start = self.next;
        self.next += self.each + i32::from(self.extra > 0);
        self.extra = (self.extra - 1).max(0);
        start..self.next
    }
}
