//! Members read different topics: what nobody has goes to whichever reader has least, topic by topic, scarce readers first;
//! then each topic's partitions move from who has most to who has least, until no topic can be made more even.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::super::{Members, Targets, nothing_for};

/// The most rounds over all topics. Where readers of one topic read the same topics, one round is enough and another finds
/// nothing to do. Where what they read overlaps, a round about halves what is uneven: what is left after these is little.
const ROUNDS_MAX: usize = 16;

pub(in super::super) fn assign(members: &Members<'_>, partitions: &BTreeMap<Uuid, i32>) -> Targets {
    let mut scales = Scales::new(members, partitions);
    for topic in 0..scales.topics.len() {
        scales.give_away(topic);
    }
    for _ in 0..ROUNDS_MAX {
        // Every topic has its turn in each round.
        let moves: usize = (0..scales.topics.len()).map(|topic| scales.even_out(topic)).sum();
        if moves == 0 {
            break;
        }
    }
    scales.targets(members)
}

/// A topic that somebody reads.
#[derive(Debug)]
struct Topic {
    id: Uuid,
    /// Who reads it, by the place among the members.
    readers: Vec<usize>,
    /// Who gets each partition.
    holders: Vec<Option<usize>>,
    /// Who had it before, of those who still read the topic.
    owners: Vec<Option<usize>>,
}

#[derive(Debug)]
struct Scales {
    /// In the order in which they are given away.
    topics: Vec<Topic>,
    /// How many partitions each member gets.
    counts: Vec<usize>,
}

impl Topic {
    /// Many partitions for few readers come first.
    fn compare(&self, other: &Topic) -> Ordering {
        let (one, another) =
            (self.owners.len() * other.readers.len(), other.owners.len() * self.readers.len());
        let by_readers = || self.readers.len().cmp(&other.readers.len());
        another.cmp(&one).then_with(by_readers).then_with(|| self.id.cmp(&other.id))
    }

    /// The partitions of each holder in the order in which it would keep them: what it had before is given up last.
    fn held(&self) -> HashMap<usize, Vec<usize>> {
        let mut held: HashMap<usize, Vec<usize>> = HashMap::new();
        for keeps in [true, false] {
            for (partition, (holder, owner)) in self.holders.iter().zip(&self.owners).enumerate() {
                if let Some(holder) = holder.filter(|_| (holder == owner) == keeps) {
                    held.entry(holder).or_default().push(partition);
                }
            }
        }
        held
    }
}

impl Scales {
    /// Everybody has what it had, of what it still reads.
    fn new(members: &Members<'_>, partitions: &BTreeMap<Uuid, i32>) -> Self {
        let mut topics: BTreeMap<Uuid, Topic> = BTreeMap::new();
        let mut counts = vec![0; members.len()];
        for (place, member) in members.values().enumerate() {
            for id in member.topics {
                let Some(count) = partitions.get(id) else { continue };
                let count = usize::try_from(*count).unwrap_or(0);
                let unread =
                    || Topic { id: *id, readers: Vec::new(), holders: Vec::new(), owners: vec![None; count] };
                let topic = topics.entry(*id).or_insert_with(unread);
                topic.readers.push(place);
                for partition in member.assigned.get(id).into_iter().flatten() {
                    let at = usize::try_from(*partition).unwrap_or(usize::MAX);
                    if let (Some(owner @ None), Some(count)) =
                        (topic.owners.get_mut(at), counts.get_mut(place))
                    {
                        *owner = Some(place);
                        *count += 1;
                    }
                }
            }
        }
        let mut topics: Vec<Topic> = topics.into_values().collect();
        for topic in &mut topics {
            topic.holders.clone_from(&topic.owners);
        }
        topics.sort_by(Topic::compare);
        Scales { topics, counts }
    }

    /// Gives a topic's free partitions to the readers that have least.
    fn give_away(&mut self, topic: usize) {
        let Some(topic) = self.topics.get_mut(topic) else { return };
        if topic.holders.iter().all(Option::is_some) {
            return;
        }
        let mut line = Line::new(&topic.readers, &self.counts);
        for holder in topic.holders.iter_mut().filter(|holder| holder.is_none()) {
            if let Some((count, taker)) = line.order.first().copied() {
                *holder = line.members.get(taker).copied();
                line.move_to(taker, count, count + 1);
            }
        }
        line.write_back(&mut self.counts);
    }

    /// Moves a topic's partitions between its readers until they are even, and returns how many were moved.
    fn even_out(&mut self, topic: usize) -> usize {
        let Some(topic) = self.topics.get_mut(topic) else { return 0 };
        if is_even(&topic.readers, &self.counts) {
            return 0;
        }
        let mut held = topic.held();
        let mut takers = Line::new(&topic.readers, &self.counts);
        let mut givers = takers.clone();
        let mut moves = 0;
        while let (Some((most, giver)), Some((least, taker))) =
            (givers.order.last().copied(), takers.order.first().copied())
        {
            let held = givers.members.get(giver).and_then(|giver| held.get_mut(giver));
            let Some(partition) = held.and_then(Vec::pop) else {
                givers.order.remove(&(most, giver));
                continue;
            };
            if most < least + 2 {
                break;
            }
            if let Some(holder) = topic.holders.get_mut(partition) {
                *holder = takers.members.get(taker).copied();
            }
            for line in [&mut givers, &mut takers] {
                line.move_to(giver, most, most - 1);
                line.move_to(taker, least, least + 1);
            }
            moves += 1;
        }
        takers.write_back(&mut self.counts);
        moves
    }

    fn targets(&self, members: &Members<'_>) -> Targets {
        let mut targets = nothing_for(members);
        let mut by_place: Vec<_> = targets.values_mut().collect();
        for topic in &self.topics {
            for (partition, holder) in (0..).zip(&topic.holders) {
                if let Some(target) = holder.and_then(|holder| by_place.get_mut(holder)) {
                    target.entry(topic.id).or_default().insert(partition);
                }
            }
        }
        targets
    }
}

/// The readers of a topic by how many partitions they get in all. Of those with equally many, who had fewer before comes first.
#[derive(Debug, Clone)]
struct Line {
    /// How many partitions, and the place in `members`.
    order: BTreeSet<(usize, usize)>,
    members: Vec<usize>,
}

impl Line {
    fn new(readers: &[usize], counts: &[usize]) -> Self {
        let count = |member: &usize| counts.get(*member).copied().unwrap_or(0);
        let mut members = readers.to_vec();
        members.sort_by_key(|member| (count(member), *member));
        let order = members.iter().map(count).zip(0..).collect();
        Line { order, members }
    }

    fn move_to(&mut self, place: usize, from: usize, to: usize) {
        if self.order.remove(&(from, place)) {
            self.order.insert((to, place));
        }
    }

    fn write_back(&self, counts: &mut [usize]) {
        for (count, place) in &self.order {
            if let Some(known) = self.members.get(*place).and_then(|member| counts.get_mut(*member)) {
                *known = *count;
            }
        }
    }
}

fn is_even(readers: &[usize], counts: &[usize]) -> bool {
    let counts = readers.iter().filter_map(|reader| counts.get(*reader));
    let (least, most) =
        counts.fold((usize::MAX, 0), |(least, most), count| (least.min(*count), most.max(*count)));
    most < least.saturating_add(2)
}
