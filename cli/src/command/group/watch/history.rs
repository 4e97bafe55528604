//! What the looks at a group add up to: rates, time left, partitions that stand still. Plain numbers, no clock.

use std::collections::{BTreeMap, VecDeque};

use fluxmq_client::TopicPartition;
use fluxmq_client::admin::GroupState;

use crate::grammar::PartitionBounds;
use crate::group::positions;

/// Rates are taken over so many looks, so that commits that come in bursts do not make them jump.
const RATE_LOOKS: usize = 6;
/// How many looks the trend shows.
const TREND_LOOKS: usize = 24;
/// A consumer that commits by itself does so every five seconds; who has not for twice as long stands still.
const STALLED_AFTER_MS: i64 = 10_000;

/// A group at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GroupSample {
    pub(super) state: GroupState,
    pub(super) members: usize,
    pub(super) partitions: BTreeMap<TopicPartition, PartitionSample>,
}

/// A partition at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartitionSample {
    pub(super) committed: Option<i64>,
    /// `None` where the log is not there.
    pub(super) bounds: Option<PartitionBounds>,
}

impl PartitionSample {
    pub(super) fn lag(&self) -> Option<i64> {
        Some(positions::lag(self.committed?, self.bounds?))
    }

    fn end(&self) -> Option<i64> {
        Some(self.bounds?.end_offset)
    }

    /// Whether there is nothing that could be committed.
    fn is_empty(&self) -> bool {
        self.bounds.is_some_and(|bounds| bounds.end_offset == bounds.log_start_offset)
    }
}

impl GroupSample {
    /// The sum over the partitions of which it is known.
    pub(super) fn lag(&self) -> Option<i64> {
        let known: Vec<i64> = self.partitions.values().filter_map(PartitionSample::lag).collect();
        (!known.is_empty()).then(|| known.iter().sum())
    }

    /// The sum over all partitions; `None` where one is not known, or there is none.
    pub(super) fn whole_lag(&self) -> Option<i64> {
        let lag = |partition: &PartitionSample| partition.lag().or(partition.is_empty().then_some(0));
        if self.partitions.is_empty() { None } else { self.partitions.values().map(lag).sum() }
    }

    #[cfg(test)]
    pub(super) fn of(state: GroupState, members: usize, partitions: &[(Option<i64>, i64)]) -> Self {
        let sample = |(committed, end_offset): &(Option<i64>, i64)| PartitionSample {
            committed: *committed,
            bounds: Some(PartitionBounds { log_start_offset: 0, end_offset: *end_offset }),
        };
        let partitions = (0..).zip(partitions);
        let named =
            partitions.map(|(number, partition)| (TopicPartition::new("t", number), sample(partition)));
        GroupSample { state, members, partitions: named.collect() }
    }
}

/// Records a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rates {
    /// Written to the log.
    pub(super) incoming: f64,
    /// Committed by the group.
    pub(super) outgoing: f64,
}

impl Rates {
    /// Milliseconds until nothing lies behind, if both rates stay; `None` where that is never.
    pub(super) fn time_left_ms(self, lag: i64) -> Option<i64> {
        let gain = self.outgoing - self.incoming;
        match lag {
            0 => Some(0),
            _ if gain > 0.0 => Some((lag as f64 / gain * 1000.0).round() as i64),
            _ => None,
        }
    }
}

/// The looks at one group so far.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The latest looks with their moments in milliseconds, the oldest first.
    looks: VecDeque<(i64, GroupSample)>,
    /// Since when a partition that lags has had the same offset committed.
    still_since_ms: BTreeMap<TopicPartition, (Option<i64>, i64)>,
}

impl History {
    pub(super) fn add(&mut self, now_ms: i64, sample: GroupSample) {
        let mut still = BTreeMap::new();
        for (name, partition) in &sample.partitions {
            if partition.lag().is_none_or(|lag| lag > 0) && !partition.is_empty() {
                let before = self.still_since_ms.get(name);
                let same = before.filter(|(committed, _)| *committed == partition.committed);
                still.insert(name.clone(), (partition.committed, same.map_or(now_ms, |(_, since)| *since)));
            }
        }
        self.still_since_ms = still;
        self.looks.push_back((now_ms, sample));
        while self.looks.len() > TREND_LOOKS {
            self.looks.pop_front();
        }
    }

    pub(super) fn latest(&self) -> Option<&GroupSample> {
        self.looks.back().map(|(_, sample)| sample)
    }

    /// Rates of the whole group; `None` after the first look.
    pub(super) fn rates(&self) -> Option<Rates> {
        self.rates_of(|_| true)
    }

    pub(super) fn partition_rates(&self, name: &TopicPartition) -> Option<Rates> {
        self.rates_of(|other| other == name)
    }

    fn rates_of(&self, is_meant: impl Fn(&TopicPartition) -> bool) -> Option<Rates> {
        let (now_ms, now) = self.looks.back()?;
        let first = self.looks.len().saturating_sub(RATE_LOOKS);
        let (then_ms, then) = self.looks.get(first)?;
        let seconds = (now_ms - then_ms) as f64 / 1000.0;
        if seconds <= 0.0 {
            return None;
        }
        let (mut incoming, mut outgoing) = (0, 0);
        for (name, sample) in now.partitions.iter().filter(|(name, _)| is_meant(name)) {
            let Some(before) = then.partitions.get(name) else { continue };
            incoming += sample.end().zip(before.end()).map_or(0, |(end, before)| end - before);
            outgoing += sample.committed.zip(before.committed).map_or(0, |(offset, before)| offset - before);
        }
        Some(Rates { incoming: incoming as f64 / seconds, outgoing: outgoing as f64 / seconds })
    }

    /// For how long a partition with records waiting has not moved, where that is long enough to wonder.
    pub(super) fn stalled_ms(&self, name: &TopicPartition) -> Option<i64> {
        let (now_ms, _) = self.looks.back()?;
        let (_, since_ms) = self.still_since_ms.get(name)?;
        Some(now_ms - since_ms).filter(|still_ms| *still_ms >= STALLED_AFTER_MS)
    }

    /// The lag of the latest looks as a line of blocks, full height for the largest.
    pub(super) fn trend(&self) -> String {
        const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let lags: Vec<i64> = self.looks.iter().filter_map(|(_, sample)| sample.lag()).collect();
        let largest = lags.iter().copied().max().unwrap_or(0).max(1);
        let height = |lag: i64| usize::try_from((lag * 7 + largest / 2) / largest).unwrap_or(0).min(7);
        lags.into_iter().filter_map(|lag| BLOCKS.get(height(lag))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is committed, and the end.
    type Partition = (Option<i64>, i64);

    fn history(looks: &[(i64, &[Partition])]) -> History {
        let mut history = History::default();
        for (now_ms, partitions) in looks {
            history.add(*now_ms, GroupSample::of(GroupState::Stable, 1, partitions));
        }
        history
    }

    fn first() -> TopicPartition {
        TopicPartition::new("t", 0)
    }

    #[test]
    fn rates_are_what_moved_in_the_time_that_passed() {
        let one_look = history(&[(0, &[(Some(0), 100)])]);
        assert_eq!(one_look.rates(), None);
        let looks =
            history(&[(0, &[(Some(0), 100), (Some(50), 50)]), (2000, &[(Some(40), 110), (Some(50), 60)])]);
        assert_eq!(looks.rates(), Some(Rates { incoming: 10.0, outgoing: 20.0 }));
        assert_eq!(looks.partition_rates(&first()), Some(Rates { incoming: 5.0, outgoing: 20.0 }));
        assert_eq!(looks.latest().unwrap().lag(), Some(80));
    }

    #[test]
    fn rates_forget_what_was_long_ago() {
        let mut looks = history(&[(0, &[(Some(0), 1000)])]);
        for second in 1..20 {
            let moved = Some(if second < 10 { 100 * second } else { 1000 });
            looks.add(second * 1000, GroupSample::of(GroupState::Stable, 1, &[(moved, 1000)]));
        }
        assert_eq!(looks.rates(), Some(Rates { incoming: 0.0, outgoing: 0.0 }));
    }

    #[test]
    fn the_time_left_counts_what_comes_in() {
        let rates = |incoming, outgoing| Rates { incoming, outgoing };
        assert_eq!(rates(10.0, 30.0).time_left_ms(100), Some(5000));
        assert_eq!(rates(0.0, 3.0).time_left_ms(10), Some(3333));
        assert_eq!(rates(30.0, 30.0).time_left_ms(100), None);
        assert_eq!(rates(30.0, 10.0).time_left_ms(100), None);
        assert_eq!(rates(30.0, 10.0).time_left_ms(0), Some(0));
        assert_eq!(rates(0.0, -5.0).time_left_ms(10), None, "a group that was set back");
    }

    #[test]
    fn who_lags_and_does_not_move_is_stalled() {
        let stuck = history(&[(0, &[(Some(5), 9)]), (6000, &[(Some(5), 9)]), (10_000, &[(Some(5), 12)])]);
        assert_eq!(stuck.stalled_ms(&first()), Some(10_000));
        let too_soon = history(&[(0, &[(Some(5), 9)]), (9999, &[(Some(5), 9)])]);
        assert_eq!(too_soon.stalled_ms(&first()), None);
        let moved = history(&[(0, &[(Some(5), 9)]), (6000, &[(Some(6), 9)]), (12_000, &[(Some(6), 9)])]);
        assert_eq!(moved.stalled_ms(&first()), None);
        let caught_up =
            history(&[(0, &[(Some(9), 9)]), (30_000, &[(Some(9), 9)]), (31_000, &[(Some(9), 10)])]);
        assert_eq!(caught_up.stalled_ms(&first()), None, "the record came a moment ago");
        let never = history(&[(0, &[(None, 9)]), (20_000, &[(None, 9)])]);
        assert_eq!(never.stalled_ms(&first()), Some(20_000), "nothing was ever committed");
    }

    #[test]
    fn the_trend_is_as_high_as_its_largest() {
        let mut looks = History::default();
        for (now_ms, lag) in (0..).zip([0, 50, 100, 10, 0]) {
            looks.add(now_ms, GroupSample::of(GroupState::Stable, 1, &[(Some(100 - lag), 100)]));
        }
        assert_eq!(looks.trend(), "▁▅█▂▁");
        assert_eq!(history(&[]).trend(), "");
    }
}
