//! Every member reads the same topics: all get the same number of partitions, or one more. How many stay where they are
//! is then known beforehand.

use std::collections::VecDeque;

use super::{Board, Holders};

pub(super) fn balance(board: &Board<'_>) -> Holders {
    let members = board.members.len();
    if members == 0 {
        return vec![None; board.partitions.len()];
    }
    let mut deal = Deal {
        board,
        holders: vec![None; board.partitions.len()],
        counts: vec![0; members],
        each: board.partitions.len() / members,
        extra: board.partitions.len() % members,
        short: Vec::new(),
        even: VecDeque::new(),
    };
    deal.keep();
    let mut unassigned: Vec<usize> = Vec::new();
    unassigned.extend((0..).zip(&deal.holders).filter(|(_, holder)| holder.is_none()).map(|(at, _)| at));
    if board.racks_matter {
        unassigned.sort_by_cached_key(|partition| deal.near_members(*partition));
        unassigned = deal.deal(unassigned, Deal::is_near);
        // What nobody near can take stays where it is, where there is room.
        unassigned = deal.deal(unassigned, Deal::is_owner);
    }
    deal.deal(unassigned, |_, _, _| true);
    deal.holders
}

#[derive(Debug)]
struct Deal<'a> {
    board: &'a Board<'a>,
    holders: Holders,
    /// How many partitions each member has so far.
    counts: Vec<usize>,
    /// How many everybody gets.
    each: usize,
    /// How many members may still get one more.
    extra: usize,
    /// Members with fewer than everybody gets.
    short: Vec<usize>,
    /// Members with what everybody gets that may get one more.
    even: VecDeque<usize>,
}

impl Deal<'_> {
    /// Leaves with each member what it has, up to its share.
    fn keep(&mut self) {
        let mut owned: Vec<Vec<usize>> = vec![Vec::new(); self.counts.len()];
        for (partition, owner) in self.board.kept().into_iter().enumerate() {
            if let Some(owned) = owner.and_then(|owner| owned.get_mut(owner)) {
                owned.push(partition);
            }
        }
        let mut even = VecDeque::new();
        for (member, mut owned) in owned.into_iter().enumerate() {
            // Low numbers stay, of every topic: what is left is spread over the topics as well.
            owned.sort_by_key(|partition| (self.number(*partition), *partition));
            if owned.len() < self.each {
                self.short.push(member);
            } else if owned.len() > self.each && self.extra > 0 {
                self.extra -= 1;
                owned.truncate(self.each + 1);
            } else {
                owned.truncate(self.each);
                even.push_back(member);
            }
            for partition in owned {
                self.give(partition, member);
            }
        }
        self.even = even;
    }

    /// Goes round the members that are short, then over those that may get one more. Returns what nobody may have.
    fn deal(&mut self, partitions: Vec<usize>, may: impl Fn(&Self, usize, usize) -> bool) -> Vec<usize> {
        let mut next = 0;
        let mut left = Vec::new();
        for partition in partitions {
            let round = self.short.iter().enumerate().cycle().skip(next).take(self.short.len());
            let found =
                round.map(|(at, member)| (at, *member)).find(|(_, member)| may(self, *member, partition));
            if let Some((at, member)) = found {
                next = at + 1;
                if self.give(partition, member) == self.each {
                    self.short.remove(at);
                    self.even.push_back(member);
                    next = at;
                }
                next = next.checked_rem(self.short.len()).unwrap_or(0);
                continue;
            }
            let found = self.even.iter().position(|member| self.extra > 0 && may(self, *member, partition));
            match found.and_then(|at| self.even.remove(at)) {
                Some(member) => {
                    self.extra -= 1;
                    self.give(partition, member);
                }
                None => left.push(partition),
            }
        }
        left
    }

    /// Returns how many the member then has.
    fn give(&mut self, partition: usize, member: usize) -> usize {
        if let Some(holder) = self.holders.get_mut(partition) {
            *holder = Some(member);
        }
        self.counts.get_mut(member).map_or(0, |count| {
            *count += 1;
            *count
        })
    }

    fn number(&self, partition: usize) -> i32 {
        self.board.partitions.get(partition).map_or(0, |partition| partition.number)
    }

    fn is_near(&self, member: usize, partition: usize) -> bool {
        let partition = self.board.partitions.get(partition);
        partition.is_some_and(|partition| self.board.is_near(member, partition) == Some(true))
    }

    fn is_owner(&self, member: usize, partition: usize) -> bool {
        self.board.partitions.get(partition).is_some_and(|partition| partition.owner == Some(member))
    }

    fn near_members(&self, partition: usize) -> usize {
        (0..self.counts.len()).filter(|member| self.is_near(*member, partition)).count()
    }
}
