//! Members read different topics: what has no owner goes to whoever has least, then partitions move one by one from who
//! has more to who has less, until no move makes it more even.

use std::collections::BTreeSet;

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

    fn owner(&self, partition: usize) -> Option<usize> {
        self.board.partitions.get(partition)?.owner
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
        self.hand_over(self.stickiest(partition, holder, taker), taker);
        true
    }

    /// Which of the topic's partitions to move instead of this one: one that goes back to its owner, or at least one that
    /// does not leave it.
    fn stickiest(&self, partition: usize, holder: usize, taker: usize) -> usize {
        let Some(place) = self.board.partitions.get(partition) else { return partition };
        let Some(topic) = self.board.topics.get(place.topic) else { return partition };
        let siblings = (topic.first..).zip(topic.layout.partitions()).map(|(sibling, _)| sibling);
        let held = siblings.filter(|sibling| self.holder(*sibling) == Some(holder));
        let cost = |sibling: &usize| match self.owner(*sibling) {
            Some(owner) if owner == taker => (0, *sibling != partition),
            Some(owner) if owner == holder => (2, *sibling != partition),
            _ => (1, *sibling != partition),
        };
        held.min_by_key(cost).unwrap_or(partition)
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
