//! Members read different topics: what has no owner goes to whoever has least, then partitions move one by one from who
//! has more to who has less, and at last along chains of members, until nothing makes it more even.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Board, Holders};

pub(super) fn balance(board: &Board<'_>) -> Holders {
    let mut scales = Scales::new(board);
    // What few read is given away first: who reads much can still get something else.
    let mut order: Vec<usize> = (0..board.partitions.len()).collect();
    order.sort_by_key(|partition| (scales.readers(*partition).len(), *partition));
    let unassigned: Vec<usize> =
        order.iter().copied().filter(|partition| scales.holder(*partition).is_none()).collect();
    for partition in &unassigned {
        scales.give_away(*partition);
    }
    // What had no owner moves first, so that owners keep theirs.
    scales.even_out(&unassigned);
    scales.even_out(&order);
    scales.even_out_along_chains();
    scales.holders
}

#[derive(Debug)]
struct Scales<'a> {
    board: &'a Board<'a>,
    holders: Holders,
    counts: Vec<usize>,
    /// Members by how much they have, least first.
    line: BTreeSet<(usize, usize)>,
    /// By member, then by topic.
    reads: Vec<Vec<bool>>,
}

impl<'a> Scales<'a> {
    fn new(board: &'a Board<'a>) -> Self {
        let holders = board.kept();
        let mut counts = vec![0; board.members.len()];
        for holder in holders.iter().flatten() {
            if let Some(count) = counts.get_mut(*holder) {
                *count += 1;
            }
        }
        let mut reads = vec![vec![false; board.topics.len()]; board.members.len()];
        for (place, topic) in board.topics.iter().enumerate() {
            for reader in &topic.readers {
                if let Some(reads) = reads.get_mut(*reader).and_then(|topics| topics.get_mut(place)) {
                    *reads = true;
                }
            }
        }
        let line = counts.iter().enumerate().map(|(member, count)| (*count, member)).collect();
        Scales { board, holders, counts, line, reads }
    }

    fn holder(&self, partition: usize) -> Option<usize> {
        self.holders.get(partition).copied().flatten()
    }

    fn readers(&self, partition: usize) -> &[usize] {
        let topic = self.board.partitions.get(partition).and_then(|place| self.board.topics.get(place.topic));
        topic.map_or(&[], |topic| &topic.readers)
    }

    fn count(&self, member: usize) -> usize {
        self.counts.get(member).copied().unwrap_or(0)
    }

    fn reads(&self, member: usize, partition: usize) -> bool {
        let topic = self.board.partitions.get(partition).map(|partition| partition.topic);
        topic.zip(self.reads.get(member)).is_some_and(|(topic, topics)| topics.get(topic) == Some(&true))
    }

    /// To the reader that has least, of those near it where there are any.
    fn give_away(&mut self, partition: usize) {
        let Some(place) = self.board.partitions.get(partition) else { return };
        let mut readers =
            self.line.iter().map(|(_, member)| *member).filter(|member| self.reads(*member, partition));
        let near = |member: &usize| self.board.is_near(*member, place) != Some(false);
        let least = readers.clone().find(near).or_else(|| readers.next());
        if let Some(member) = least {
            self.hand_over(partition, member);
        }
    }

    /// Moves partitions as long as a move makes it more even. Each move does, so there is an end.
    fn even_out(&mut self, partitions: &[usize]) {
        loop {
            let mut moved = false;
            for partition in partitions {
                moved |= self.improve(*partition);
            }
            if !moved {
                return;
            }
        }
    }

    /// Takes a partition, or one that does as well, from its holder if another reader has at least two less.
    fn improve(&mut self, partition: usize) -> bool {
        let Some(holder) = self.holder(partition) else { return false };
        let room_below = self.count(holder).saturating_sub(1);
        let former = self.board.partitions.get(partition).and_then(|partition| partition.former_owner);
        let former =
            former.filter(|former| self.reads(*former, partition) && self.count(*former) < room_below);
        if let Some(former) = former {
            self.hand_over(partition, former);
            return true;
        }
        let mut below = self.line.iter().take_while(|(count, _)| *count < room_below);
        let Some(taker) = below.find(|(_, member)| self.reads(*member, partition)).map(|(_, member)| *member)
        else {
            return false;
        };
        let topic = self.board.partitions.get(partition).map(|partition| partition.topic);
        let moved = topic.and_then(|topic| self.stickiest(topic, holder, taker));
        self.hand_over(moved.unwrap_or(partition), taker);
        true
    }

    /// Moves partitions along chains, each member giving one to the next, where a single move does not help: A has 3, B 2,
    /// C 1, and C does not read what A has, but some of what B has. Each chain makes it more even, so there is an end.
    fn even_out_along_chains(&mut self) {
        while let Some(chain) = self.chain() {
            for Link { giver, topic, taker } in chain {
                if let Some(partition) = self.stickiest(topic, giver, taker) {
                    self.hand_over(partition, taker);
                }
            }
        }
    }

    /// A chain from a member to one that has at least two less, its last link first.
    fn chain(&self) -> Option<Vec<Link>> {
        let mut seen = Seen { topics: BTreeSet::new(), members: BTreeSet::new() };
        let mut held: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (partition, holder) in self.board.partitions.iter().zip(&self.holders) {
            if let Some(holder) = holder {
                held.entry(*holder).or_default().insert(partition.topic);
            }
        }
        // Whoever has most comes first: a member that it reached in vain would look in vain as well.
        let mut sources = self.line.iter().rev().map(|(_, member)| *member);
        sources.find_map(|source| self.chain_from(source, &held, &mut seen))
    }

    fn chain_from(
        &self,
        source: usize,
        held: &BTreeMap<usize, BTreeSet<usize>>,
        seen: &mut Seen,
    ) -> Option<Vec<Link>> {
        let room_below = self.count(source).saturating_sub(1);
        let mut links: BTreeMap<usize, Link> = BTreeMap::new();
        let mut givers = VecDeque::new();
        if seen.members.insert(source) {
            givers.push_back(source);
        }
        while let Some(giver) = givers.pop_front() {
            for topic in
                held.get(&giver).into_iter().flatten().copied().filter(|topic| seen.topics.insert(*topic))
            {
                let readers = self.board.topics.get(topic).map_or(&[][..], |topic| &topic.readers);
                for taker in readers.iter().copied().filter(|reader| seen.members.insert(*reader)) {
                    links.insert(taker, Link { giver, topic, taker });
                    if self.count(taker) < room_below {
                        let last = links.remove(&taker);
                        return Some(
                            std::iter::successors(last, |link| links.get(&link.giver).copied()).collect(),
                        );
                    }
                    givers.push_back(taker);
                }
            }
        }
        None
    }

    /// Which of a topic's partitions a member had best give to another: one that goes back to its owner, else one that does
    /// not leave it, and of these one that is near.
    fn stickiest(&self, topic: usize, giver: usize, taker: usize) -> Option<usize> {
        let topic = self.board.topics.get(topic)?;
        let partitions = (topic.first..).zip(topic.layout.partitions()).map(|(partition, _)| partition);
        let held = partitions.filter(|partition| self.holder(*partition) == Some(giver));
        held.min_by_key(|partition| {
            let place = self.board.partitions.get(*partition);
            let leaves = match place.and_then(|place| place.owner) {
                Some(owner) if owner == taker => 0,
                Some(owner) if owner == giver => 2,
                _ => 1,
            };
            (leaves, place.and_then(|place| self.board.is_near(taker, place)) == Some(false))
        })
    }

    fn hand_over(&mut self, partition: usize, taker: usize) {
        if let Some(holder) = self.holder(partition) {
            self.weigh(holder, |count| count.saturating_sub(1));
        }
        self.weigh(taker, |count| count + 1);
        if let Some(holder) = self.holders.get_mut(partition) {
            *holder = Some(taker);
        }
    }

    fn weigh(&mut self, member: usize, change: impl Fn(usize) -> usize) {
        if let Some(count) = self.counts.get_mut(member) {
            self.line.remove(&(*count, member));
            *count = change(*count);
            self.line.insert((*count, member));
        }
    }
}

/// One member gives a partition of a topic to another.
#[derive(Debug, Clone, Copy)]
struct Link {
    giver: usize,
    topic: usize,
    taker: usize,
}

/// What was looked at in search of a chain.
#[derive(Debug)]
struct Seen {
    topics: BTreeSet<usize>,
    members: BTreeSet<usize>,
}
