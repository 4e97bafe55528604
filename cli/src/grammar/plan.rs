//! From an offset range to what one partition is asked for.

use super::offset::{OffsetRange, Position};

/// What a partition holds now: `log_start_offset <= end_offset`, both in its own offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartitionBounds {
    pub(crate) log_start_offset: i64,
    /// High watermark, or last stable offset when reading committed records only; exclusive.
    pub(crate) end_offset: i64,
}

/// What to read of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartitionPlan {
    /// First offset to ask the broker for; always one that it has, or its current end.
    pub(crate) fetch_from: i64,
    /// First offset to show. Above `fetch_from` only when it lies beyond the current end.
    pub(crate) show_from: i64,
    /// Offset to stop before (exclusive); `None` reads on for ever.
    pub(crate) end: Option<i64>,
}

impl PartitionPlan {
    /// Nothing to read: such partitions are left out before the first fetch, or the end of the
    /// whole would never come.
    pub(crate) fn is_empty(&self) -> bool {
        self.end.is_some_and(|end| self.show_from >= end)
    }
}

impl OffsetRange {
    /// The times that must be looked up (ListOffsets) before [`OffsetRange::plan`].
    pub(crate) fn timestamps(&self) -> impl Iterator<Item = i64> {
        [Some(self.start), self.end].into_iter().flatten().filter_map(|position| match position {
            Position::Timestamp(timestamp_ms) => Some(timestamp_ms),
            _ => None,
        })
    }

    /// Resolves the range for one partition. `offset_at` answers the offset of the first record
    /// at or after a time, `None` (or a negative offset) when there is none: that is the end.
    ///
    /// An end is brought down to what the partition holds, because records that are not there
    /// yet would make the reader wait; only `end+N` asks for exactly that.
    pub(crate) fn plan(
        &self,
        bounds: PartitionBounds,
        offset_at: impl Fn(i64) -> Option<i64>,
    ) -> PartitionPlan {
        let resolve = |position| match position {
            Position::FromStart(after) => bounds.log_start_offset.saturating_add(after),
            Position::FromEnd(after) => bounds.end_offset.saturating_add(after),
            Position::Offset(offset) => offset,
            Position::Timestamp(ms) => {
                offset_at(ms).filter(|offset| *offset >= 0).unwrap_or(bounds.end_offset)
            }
        };
        let show_from = resolve(self.start).max(bounds.log_start_offset);
        let end = self.end.map(|position| match position {
            Position::FromEnd(after) if after > 0 => resolve(position),
            _ => resolve(position).min(bounds.end_offset),
        });
        PartitionPlan { fetch_from: show_from.min(bounds.end_offset), show_from, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: PartitionBounds = PartitionBounds { log_start_offset: 100, end_offset: 200 };
    const EMPTY: PartitionBounds = PartitionBounds { log_start_offset: 7, end_offset: 7 };

    fn plan(text: &str, bounds: PartitionBounds) -> (i64, i64, Option<i64>) {
        let range = OffsetRange::parse(text, 1_700_000_000_000).unwrap();
        // One record a second from 1700000000 on, the last just before 1700000100.
        let offset_at = |ms: i64| {
            let offset = bounds.log_start_offset + (ms - 1_700_000_000_000).max(0).div_euclid(1000);
            (offset < bounds.end_offset).then_some(offset)
        };
        let plan = range.plan(bounds, offset_at);
        (plan.fetch_from, plan.show_from, plan.end)
    }

    #[test]
    fn positions_resolve_within_what_the_partition_holds() {
        for (text, wanted) in [
            ("start", (100, 100, None)),
            ("end", (200, 200, None)),
            ("+5", (105, 105, None)),
            ("-5", (195, 195, None)),
            ("-500", (100, 100, None)),
            ("150", (150, 150, None)),
            ("3", (100, 100, None)),
            ("250", (200, 250, None)),
            ("end+3", (200, 203, None)),
            (":end", (100, 100, Some(200))),
            (":end-10", (100, 100, Some(190))),
            (":end+2", (100, 100, Some(202))),
            ("+2:+5", (102, 102, Some(105))),
            ("@1700000010", (110, 110, None)),
            ("@1700000010:5s", (110, 110, Some(115))),
        ] {
            assert_eq!(plan(text, BOUNDS), wanted, "{text}");
        }
    }

    /// Trap 1: a range beyond the end would never finish.
    #[test]
    fn an_end_beyond_the_high_watermark_is_brought_down_to_it() {
        assert_eq!(plan("120:5000", BOUNDS), (120, 120, Some(200)));
        assert_eq!(plan(":+5000", BOUNDS), (100, 100, Some(200)));
    }

    /// Trap 4: partitions with nothing to read are known before the first fetch.
    #[test]
    fn partitions_with_nothing_to_read_are_empty() {
        for (text, bounds, wanted) in [
            (":end", EMPTY, true),
            ("0:10", EMPTY, true),
            ("300:400", BOUNDS, true),
            (":50", BOUNDS, true),
            ("end", EMPTY, false),
            (":end+1", EMPTY, false),
            (":end", BOUNDS, false),
        ] {
            let range = OffsetRange::parse(text, 0).unwrap();
            assert_eq!(range.plan(bounds, |_| None).is_empty(), wanted, "{text}");
        }
    }

    /// Trap 6: Kafka answers -1 for a time after the last record.
    #[test]
    fn a_time_in_the_future_is_the_end() {
        let range = OffsetRange::parse("@1h", 0).unwrap();
        for answer in [None, Some(-1)] {
            let plan = range.plan(BOUNDS, |_| answer);
            assert_eq!((plan.fetch_from, plan.show_from, plan.end), (200, 200, None));
        }
        assert_eq!(plan("@1700000010:99h", BOUNDS), (110, 110, Some(200)));
    }

    #[test]
    fn only_times_are_looked_up() {
        let range = OffsetRange::parse("@5000000000:1s", 0).unwrap();
        assert_eq!(range.timestamps().collect::<Vec<_>>(), [5_000_000_000_000, 5_000_000_001_000]);
        assert_eq!(OffsetRange::parse("1:2", 0).unwrap().timestamps().count(), 0);
    }
}
