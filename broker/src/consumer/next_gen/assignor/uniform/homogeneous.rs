//! All members read the same topics: what everybody gets is known before anything moves.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::super::{AssignMember, Members, Partitions, Targets};

pub(in super::super) fn assign(members: &Members<'_>, partitions: &BTreeMap<Uuid, i32>) -> Targets {
    let topics = members.values().next().map(|member| member.topics);
    let mut free: Partitions = partitions
        .iter()
        .filter(|(topic, _)| topics.is_some_and(|topics| topics.contains(*topic)))
        .map(|(topic, count)| (*topic, (0..*count).collect()))
        .collect();
    let total: usize = free.values().map(BTreeSet::len).sum();
    let each = total.checked_div(members.len()).unwrap_or(0);
    // How many members get one more.
    let mut extra = total.checked_rem(members.len()).unwrap_or(0);

    let mut targets = Targets::new();
    let mut rooms = Vec::new();
    for ((id, member), behind) in members.iter().zip((0..members.len()).rev()) {
        let may_have_extra = extra > 0;
        let (target, mut room) = keep(member, each + usize::from(may_have_extra), &mut free);
        // Who does not have one more already leaves it to somebody behind who may, unless it takes all of those.
        let gives_way = may_have_extra && room > 0 && behind >= extra;
        if gives_way {
            room -= 1;
        } else if may_have_extra {
            extra -= 1;
        }
        targets.insert((*id).to_owned(), target);
        rooms.push(room);
    }

    let mut free =
        free.into_iter().flat_map(|(topic, partitions)| partitions.into_iter().map(move |it| (topic, it)));
    for (target, room) in targets.values_mut().zip(rooms) {
        for (topic, partition) in free.by_ref().take(room) {
            target.entry(topic).or_default().insert(partition);
        }
    }
    targets
}

/// What a member keeps of what it has, and how many more it may get.
fn keep(member: &AssignMember<'_>, quota: usize, free: &mut Partitions) -> (Partitions, usize) {
    let mut kept = Partitions::new();
    let mut room = quota;
    for (topic, assigned) in member.assigned {
        let Some(free) = free.get_mut(topic) else { continue };
        let assigned = assigned.iter().filter(|partition| free.remove(partition));
        let assigned: BTreeSet<i32> = assigned.take(room).copied().collect();
        room -= assigned.len();
        if !assigned.is_empty() {
            kept.insert(*topic, assigned);
        }
    }
    (kept, room)
}
