//! What must hold of the histories of a group.
//!
//! - A member handles a record only while it has the partition, and no two have one at a time. Who was kept from working
//!   longer than the group waits may not know yet that it was replaced: from then on it is a ghost until it learns.
//! - A tenure begins no earlier than what had been committed when it began, and goes on without gaps. So a record is
//!   handled twice only where nobody had committed it, and no acknowledged commit is lost.
//! - Committed offsets never go back, neither as they are acknowledged nor as they are read.
//! - Nobody is thrown out who was there.
//! - Every record is handled.

mod commits;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::history::{History, Place, Time, What};
use commits::{Commit, commits_of};

/// Who awakes hears within so many microseconds of what was meant for it before.
const LATE: Time = 5_000_000;

/// What is known from elsewhere than the members.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Where each partition ends; all before is to be handled.
    pub ends: BTreeMap<Place, i64>,
    /// What was read of the committed offsets, by a bystander.
    pub reads: Vec<Read>,
    /// When there was no broker: from when to when.
    pub downtimes: Vec<(Time, Time)>,
}

/// A look at the committed offset of a partition.
#[derive(Debug, Clone)]
pub struct Read {
    pub asked: Time,
    pub answered: Time,
    pub place: Place,
    pub offset: i64,
}

/// One member with one partition, from when it was told to when it gave it up.
#[derive(Debug, Clone)]
pub(super) struct Tenure<'a> {
    member: &'a History,
    place: &'a Place,
    from: Time,
    to: Time,
    was_lost: bool,
    /// Offsets with the time when they were handled.
    handled: Vec<(Time, i64)>,
}

impl Tenure<'_> {
    /// Whether the member was absent when it was given the partition, and a ghost when it heard of it: it learnt so, or
    /// soon gave the partition up without having done anything.
    fn was_heard_of_late(&self) -> bool {
        let did_nothing = self.handled.is_empty() && self.to - self.from < LATE;
        self.member.was_absent(self.from.saturating_sub(LATE), self.from) && (self.was_lost || did_nothing)
    }
}

/// Everything that is wrong with the histories of one group.
pub fn check(histories: &[History], facts: &Facts) -> Vec<String> {
    let mut wrong = Vec::new();
    let tenures: Vec<Tenure<'_>> =
        histories.iter().flat_map(|history| tenures_of(history, &mut wrong)).collect();
    let commits: Vec<Commit<'_>> = histories.iter().flat_map(commits_of).collect();
    check_overlaps(&tenures, &mut wrong);
    check_starts(&tenures, &commits, &mut wrong);
    commits::check(&commits, &facts.reads, &mut wrong);
    check_evictions(&tenures, &facts.downtimes, &mut wrong);
    check_values(histories, &mut wrong);
    check_complete(&tenures, &facts.ends, &mut wrong);
    wrong
}

/// What is wrong with how partitions are shared out among the members: each has one owner, and nobody has more than one
/// more than another.
pub fn share(owned: &BTreeMap<String, Vec<Place>>, places: &BTreeSet<Place>) -> Result<(), String> {
    let mut owners = BTreeMap::<&Place, &str>::new();
    for (name, of_one) in owned {
        for place in of_one {
            if let Some(other) = owners.insert(place, name) {
                return Err(format!("{place:?} belongs to {other} and {name}"));
            }
        }
    }
    if let Some(place) = places.iter().find(|place| !owners.contains_key(place)) {
        return Err(format!("nobody has {place:?}"));
    }
    let least = places.len() / owned.len().max(1);
    match owned.iter().find(|(_, of_one)| of_one.len() < least || of_one.len() > least + 1) {
        Some((name, of_one)) => {
            Err(format!("{name} has {} of {} among {}", of_one.len(), places.len(), owned.len()))
        }
        None => Ok(()),
    }
}

/// The tenures of a member, and what it did outside of them.
fn tenures_of<'a>(member: &'a History, wrong: &mut Vec<String>) -> Vec<Tenure<'a>> {
    let name = &member.name;
    let (mut open, mut ended) = (BTreeMap::<&Place, Tenure<'a>>::new(), Vec::new());
    for event in &member.events {
        match &event.what {
            What::Assigned(places) => {
                for place in places {
                    let begun = Tenure {
                        member,
                        place,
                        from: event.at,
                        to: Time::MAX,
                        was_lost: false,
                        handled: vec![],
                    };
                    if open.insert(place, begun).is_some() {
                        wrong.push(format!("{name} was given {place:?} which it had at {}", event.at));
                    }
                }
            }
            What::Revoked(places) | What::Lost(places) => {
                for place in places {
                    // Some say so again when they have to join again.
                    let Some(tenure) = open.remove(place) else { continue };
                    let was_lost = matches!(event.what, What::Lost(_));
                    ended.push(Tenure { to: event.at, was_lost, ..tenure });
                }
            }
            What::Record { place, offset, .. } => match open.get_mut(place) {
                Some(tenure) => tenure.handled.push((event.at, *offset)),
                None => wrong
                    .push(format!("{name} handled {offset} of {place:?} which it had not at {}", event.at)),
            },
            What::Left => ended
                .extend(std::mem::take(&mut open).into_values().map(|open| Tenure { to: event.at, ..open })),
            _ => {}
        }
    }
    let end = member.crashed.unwrap_or(Time::MAX);
    ended.extend(open.into_values().map(|open| Tenure { to: end, ..open }));
    ended
}

/// No two have a partition at a time, but for ghosts, and these handle nothing after they were replaced but what they had.
fn check_overlaps(tenures: &[Tenure<'_>], wrong: &mut Vec<String>) {
    let mut by_place = BTreeMap::<&Place, Vec<&Tenure<'_>>>::new();
    for tenure in tenures {
        by_place.entry(tenure.place).or_default().push(tenure);
    }
    for (place, mut tenures) in by_place {
        tenures.sort_by_key(|tenure| tenure.from);
        for (index, earlier) in tenures.iter().enumerate() {
            for later in tenures.iter().skip(index + 1).take_while(|later| later.from < earlier.to) {
                let replaced = earlier.member.was_absent(earlier.from, later.from);
                if !replaced && !earlier.was_heard_of_late() && !later.was_heard_of_late() {
                    wrong.push(format!(
                        "{} was given {place:?} at {} while {} had it until {}",
                        later.member.name, later.from, earlier.member.name, earlier.to
                    ));
                }
            }
        }
    }
}

/// A tenure begins no earlier than what was committed, and goes on from there.
fn check_starts(tenures: &[Tenure<'_>], commits: &[Commit<'_>], wrong: &mut Vec<String>) {
    for tenure in tenures {
        let Tenure { member, place, from, .. } = tenure;
        let Some(&(_, first)) = tenure.handled.first() else { continue };
        let before = commits.iter().filter(|commit| commit.acknowledged < Some(*from));
        let committed = before
            .filter(|commit| commit.acknowledged.is_some())
            .filter_map(|commit| commit.offsets.get(*place))
            .max();
        if committed.is_some_and(|&committed| first < committed) {
            wrong.push(format!(
                "{} began at {first} of {place:?} at {from}, where {committed:?} was committed",
                member.name
            ));
        }
        for pair in tenure.handled.windows(2) {
            if pair[1].1 != pair[0].1 + 1 {
                wrong.push(format!(
                    "{} handled {} of {place:?} after {} at {}",
                    member.name, pair[1].1, pair[0].1, pair[1].0
                ));
            }
        }
    }
}

/// Nobody loses what it has without having been kept from its work. Some clients begin anew when they cannot reach the broker.
fn check_evictions(tenures: &[Tenure<'_>], downtimes: &[(Time, Time)], wrong: &mut Vec<String>) {
    for tenure in tenures.iter().filter(|tenure| tenure.was_lost) {
        let was_absent = tenure.member.was_absent(tenure.from.saturating_sub(LATE), tenure.to);
        let was_alone = downtimes.iter().any(|&(from, to)| tenure.from < to && from < tenure.to);
        // A Java consumer that is closed amid a rebalance calls its partitions lost.
        let was_leaving = tenure.member.leaving.is_some_and(|leaving| leaving <= tenure.to);
        if !was_absent && !was_alone && !was_leaving {
            wrong.push(format!(
                "{} lost {:?} at {} and had always been there",
                tenure.member.name, tenure.place, tenure.to
            ));
        }
    }
}

/// Everybody reads the same record at the same offset.
fn check_values(histories: &[History], wrong: &mut Vec<String>) {
    let mut values = BTreeMap::<(&Place, i64), &str>::new();
    for event in histories.iter().flat_map(|history| &history.events) {
        if let What::Record { place, offset, value } = &event.what {
            let known = *values.entry((place, *offset)).or_insert(value);
            if known != value {
                wrong.push(format!("{offset} of {place:?} is `{known}` and `{value}`"));
            }
        }
    }
}

/// Every record was handled.
fn check_complete(tenures: &[Tenure<'_>], ends: &BTreeMap<Place, i64>, wrong: &mut Vec<String>) {
    let mut handled = BTreeMap::<&Place, BTreeSet<i64>>::new();
    for tenure in tenures {
        handled.entry(tenure.place).or_default().extend(tenure.handled.iter().map(|(_, offset)| offset));
    }
    for (place, &end) in ends {
        let offsets = handled.get(place);
        let missing: Vec<i64> =
            (0..end).filter(|offset| !offsets.is_some_and(|offsets| offsets.contains(offset))).collect();
        if let (Some(first), Some(last)) = (missing.first(), missing.last()) {
            wrong.push(format!(
                "of {place:?} nobody handled {} records from {first} to {last}",
                missing.len()
            ));
        }
    }
}
