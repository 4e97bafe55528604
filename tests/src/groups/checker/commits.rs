//! Committed offsets never go back.

use std::collections::BTreeMap;

use super::super::history::{History, Place, Time, What};
use super::Read;

/// Offsets that a member asked to be committed.
#[derive(Debug)]
pub(super) struct Commit<'a> {
    pub(super) member: &'a str,
    pub(super) issued: Time,
    /// When it heard that they were.
    pub(super) acknowledged: Option<Time>,
    pub(super) offsets: &'a BTreeMap<Place, i64>,
}

/// The commits of a member. It has one under way at a time.
pub(super) fn commits_of(member: &History) -> Vec<Commit<'_>> {
    let mut commits: Vec<Commit<'_>> = Vec::new();
    for event in &member.events {
        match &event.what {
            What::Committing(offsets) => {
                commits.push(Commit { member: &member.name, issued: event.at, acknowledged: None, offsets });
            }
            What::Committed => {
                if let Some(last) = commits.last_mut() {
                    last.acknowledged = Some(event.at);
                }
            }
            _ => {}
        }
    }
    commits
}

/// Something that shows how far a partition was committed: not before `from`, and certainly at `to`.
struct Sight<'a> {
    from: Time,
    to: Time,
    offset: i64,
    who: &'a str,
}

pub(super) fn check(commits: &[Commit<'_>], reads: &[Read], wrong: &mut Vec<String>) {
    let mut sights = BTreeMap::<&Place, Vec<Sight<'_>>>::new();
    for commit in commits {
        let Some(to) = commit.acknowledged else { continue };
        for (place, &offset) in commit.offsets {
            let sight = Sight { from: commit.issued, to, offset, who: commit.member };
            sights.entry(place).or_default().push(sight);
        }
    }
    for read in reads {
        let sight = Sight { from: read.asked, to: read.answered, offset: read.offset, who: "a bystander" };
        sights.entry(&read.place).or_default().push(sight);
    }
    for (place, sights) in sights {
        check_place(place, &sights, wrong);
    }
}

/// What begins after the end of something else shows no less.
fn check_place(place: &Place, sights: &[Sight<'_>], wrong: &mut Vec<String>) {
    let mut by_end: Vec<&Sight<'_>> = sights.iter().collect();
    by_end.sort_by_key(|sight| sight.to);
    let mut by_begin: Vec<&Sight<'_>> = sights.iter().collect();
    by_begin.sort_by_key(|sight| sight.from);
    let mut ended = by_end.into_iter().peekable();
    let mut highest: Option<&Sight<'_>> = None;
    for sight in by_begin {
        while let Some(before) = ended.next_if(|before| before.to < sight.from) {
            if highest.is_none_or(|highest| highest.offset < before.offset) {
                highest = Some(before);
            }
        }
        if let Some(highest) = highest.filter(|highest| highest.offset > sight.offset) {
            wrong.push(format!(
                "{place:?} went back from {} ({} at {}) to {} ({} at {})",
                highest.offset, highest.who, highest.to, sight.offset, sight.who, sight.to
            ));
        }
    }
}
