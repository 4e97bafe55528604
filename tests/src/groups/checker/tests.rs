//! Histories that are right, and for each rule some that are not.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Read, check, share};
use crate::groups::history::{Event, History, Place, Time, What};

fn place(partition: i32) -> Place {
    ("orders".to_owned(), partition)
}

/// A member that says one thing after another; `at` is the time of what comes next.
struct Says {
    history: History,
    at: Time,
}

fn member(name: &str) -> Says {
    Says { history: History { name: name.to_owned(), ..History::default() }, at: 0 }
}

impl Says {
    fn at(mut self, at: Time) -> Says {
        self.at = at;
        self
    }

    fn says(mut self, what: What) -> Says {
        self.history.events.push(Event { at: self.at, what });
        self.at += 1;
        self
    }

    fn assigned(self, partition: i32) -> Says {
        self.says(What::Assigned(vec![place(partition)]))
    }

    fn revoked(self, partition: i32) -> Says {
        self.says(What::Revoked(vec![place(partition)]))
    }

    fn lost(self, partition: i32) -> Says {
        self.says(What::Lost(vec![place(partition)]))
    }

    fn handles(mut self, partition: i32, offsets: std::ops::Range<i64>) -> Says {
        for offset in offsets {
            let value = format!("record {offset}");
            self = self.says(What::Record { place: place(partition), offset, value });
        }
        self
    }

    fn commits(self, partition: i32, offset: i64) -> Says {
        self.says(What::Committing(BTreeMap::from([(place(partition), offset)]))).says(What::Committed)
    }

    fn absent(mut self, from: Time, to: Time) -> Says {
        self.history.absences.push((from, to));
        self
    }

    fn end(self) -> History {
        self.history
    }
}

fn facts(end: i64) -> Facts {
    Facts { ends: BTreeMap::from([(place(0), end)]), ..Facts::default() }
}

/// Asserts that exactly one thing is wrong, and that it is said so.
fn only(histories: &[History], facts: &Facts, word: &str) {
    let wrong = check(histories, facts);
    assert!(wrong.len() == 1 && wrong[0].contains(word), "expected one complaint with `{word}`: {wrong:#?}");
}

fn right(histories: &[History], facts: &Facts) {
    let wrong = check(histories, facts);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The first hands over to the second, in order.
fn handed_over() -> (Says, Says) {
    let first = member("first").at(10).assigned(0).handles(0, 0..3).commits(0, 3).revoked(0);
    let second = member("second").at(30).assigned(0).handles(0, 3..5).commits(0, 5);
    (first, second)
}

#[test]
fn a_partition_that_is_handed_over_is_right() {
    let (first, second) = handed_over();
    right(&[first.end(), second.end()], &facts(5));
}

#[test]
fn what_was_not_committed_is_handled_again() {
    let first = member("first").at(10).assigned(0).handles(0, 0..3).revoked(0);
    let second = member("second").at(30).assigned(0).handles(0, 0..5);
    right(&[first.end(), second.end()], &facts(5));
}

#[test]
fn a_record_of_a_partition_that_was_given_up_is_noticed() {
    let (first, second) = handed_over();
    let first = first.handles(0, 3..4);
    only(&[first.end(), second.end()], &facts(5), "first handled 3");
}

#[test]
fn two_owners_at_a_time_are_noticed() {
    let first = member("first").at(10).assigned(0).handles(0, 0..3).commits(0, 3).at(40).revoked(0);
    let second = member("second").at(30).assigned(0).handles(0, 3..5);
    only(&[first.end(), second.end()], &facts(5), "while first had it");
}

#[test]
fn a_ghost_may_go_on_until_it_learns() {
    let first = member("first").at(10).assigned(0).handles(0, 0..3).at(50).handles(0, 3..4).lost(0);
    let second = member("second").at(30).assigned(0).handles(0, 0..5);
    right(&[first.absent(20, 48).end(), second.end()], &facts(5));
}

#[test]
fn a_ghost_may_hear_late_of_what_it_was_given_and_has_lost() {
    let first = member("first").at(10).assigned(0).handles(0, 0..3).commits(0, 3);
    let ghost = || member("ghost").at(50).assigned(0).absent(5, 48);
    right(&[first.history.clone(), ghost().lost(0).end()], &facts(3));
    right(&[first.history.clone(), ghost().revoked(0).end()], &facts(3));
    right(&[first.history.clone(), ghost().handles(0, 3..4).lost(0).end()], &facts(4));
    only(&[first.history.clone(), ghost().end()], &facts(3), "while first had it");
    only(&[first.end(), ghost().handles(0, 3..4).revoked(0).end()], &facts(4), "while first had it");
}

#[test]
fn who_is_absent_later_is_no_ghost_before() {
    let first = member("first").at(10).assigned(0).handles(0, 0..3).at(50).lost(0);
    let second = member("second").at(30).assigned(0).handles(0, 0..5);
    only(&[first.absent(40, 48).end(), second.end()], &facts(5), "while first had it");
}

#[test]
fn who_crashed_is_replaced() {
    let mut first = member("first").at(10).assigned(0).handles(0, 0..3).end();
    first.crashed = Some(20);
    let second = member("second").at(30).assigned(0).handles(0, 0..5);
    right(&[first.clone(), second.end()], &facts(5));
    let early = member("second").at(15).assigned(0).handles(0, 0..5);
    only(&[first, early.end()], &facts(5), "while first had it");
}

#[test]
fn an_acknowledged_commit_that_is_lost_is_noticed() {
    let first = member("first").at(10).assigned(0).handles(0, 0..3).commits(0, 3).revoked(0);
    let second = member("second").at(30).assigned(0).handles(0, 2..5);
    only(&[first.end(), second.end()], &facts(5), "second began at 2");
}

#[test]
fn a_commit_that_was_refused_is_none() {
    let first = member("first").at(10).assigned(0).handles(0, 0..3);
    let first = first.says(What::Committing(BTreeMap::from([(place(0), 3)])));
    let first = first.says(What::CommitFailed("no".to_owned())).revoked(0);
    let second = member("second").at(30).assigned(0).handles(0, 2..5);
    right(&[first.end(), second.end()], &facts(5));
}

#[test]
fn a_gap_is_noticed() {
    let first = member("first").at(10).assigned(0).handles(0, 0..2).handles(0, 3..5).revoked(0);
    let second = member("second").at(30).assigned(0).handles(0, 0..5);
    only(&[first.end(), second.end()], &facts(5), "handled 3");
}

#[test]
fn commits_that_go_back_are_noticed() {
    let (first, second) = handed_over();
    // A ghost whose commit is taken though others have gone on.
    let ghost = member("ghost").at(50).commits(0, 2);
    only(&[first.end(), second.end(), ghost.end()], &facts(5), "went back from 5");
}

#[test]
fn commits_at_the_same_time_may_come_in_either_order() {
    let (first, second) = handed_over();
    let slow = member("slow").at(8).says(What::Committing(BTreeMap::from([(place(0), 2)])));
    right(&[first.end(), second.end(), slow.at(50).says(What::Committed).end()], &facts(5));
}

#[test]
fn reads_that_go_back_are_noticed() {
    let read = |asked, offset| Read { asked, answered: asked + 2, place: place(0), offset };
    let (first, second) = handed_over();
    let histories = [first.end(), second.end()];
    let with = |reads| Facts { reads, ..facts(5) };
    right(&histories, &with(vec![read(5, 0), read(22, 3), read(40, 5)]));
    only(&histories, &with(vec![read(22, 2)]), "(a bystander at 24)");
    only(&histories, &with(vec![read(26, 4), read(29, 3)]), "back from 4");
}

#[test]
fn who_was_there_is_not_thrown_out() {
    let first = member("first").at(10).assigned(0).handles(0, 0..3).lost(0);
    let histories = [first.end()];
    only(&histories, &facts(3), "had always been there");
    let with = |downtime| Facts { downtimes: vec![downtime], ..facts(3) };
    right(&histories, &with((11, 13)));
    only(&histories, &with((3, 9)), "had always been there");
    let [history] = histories;
    right(&[History { leaving: Some(12), ..history.clone() }], &facts(3));
    only(&[History { leaving: Some(90), ..history }], &facts(3), "had always been there");
}

#[test]
fn records_that_nobody_handled_are_noticed() {
    let (first, second) = handed_over();
    only(&[first.end(), second.end()], &facts(7), "nobody handled 2 records from 5 to 6");
}

#[test]
fn different_records_at_one_offset_are_noticed() {
    let (first, second) = handed_over();
    let odd = What::Record { place: place(0), offset: 5, value: "odd".to_owned() };
    let third = member("third").at(60).assigned(0).says(odd).end();
    let second = second.handles(0, 5..6).revoked(0);
    only(&[first.end(), second.end(), third], &facts(6), "`odd`");
}

#[test]
fn partitions_are_shared_out_evenly() {
    let places: BTreeSet<Place> = (0..3).map(place).collect();
    let share_of = |first: &[i32], second: &[i32]| {
        let owned = |partitions: &[i32]| partitions.iter().copied().map(place).collect();
        share(
            &BTreeMap::from([("first".to_owned(), owned(first)), ("second".to_owned(), owned(second))]),
            &places,
        )
    };
    assert_eq!(share_of(&[0, 1], &[2]), Ok(()));
    let complaint = |first, second| share_of(first, second).unwrap_err();
    assert!(complaint(&[0, 1], &[]).contains("nobody has"));
    assert!(complaint(&[0, 1], &[1]).contains("belongs to"));
    assert!(complaint(&[0, 1, 2], &[]).contains("first has 3"));
}

#[test]
fn what_a_member_has_is_what_it_was_given_and_did_not_give_up() {
    let says = member("first").assigned(0).assigned(1).assigned(2).revoked(1).lost(0);
    assert_eq!(says.end().owned(), [place(2)]);
}
