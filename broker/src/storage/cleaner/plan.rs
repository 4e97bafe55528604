//! What of a log can be cleaned, and whether that is worth it: Kafka's arithmetic, on sizes and times of segments.

use super::CompactionSettings;

/// A sealed segment as the cleaner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SealedSegment {
    pub(crate) base_offset: i64,
    /// Where the next segment begins.
    pub(crate) end_offset: i64,
    /// In bytes.
    pub(crate) size: u64,
}

/// What the cleaner must know of a log.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogShape {
    /// The sealed segments, in order. The active one is never cleaned.
    pub(crate) segments: Vec<SealedSegment>,
    pub(crate) log_start_offset: i64,
    pub(crate) log_end_offset: i64,
    /// Below it, every key has one record.
    pub(crate) first_dirty_offset: i64,
}

/// Timestamps of one sealed segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentTimes {
    /// The largest timestamp of a record, if any has one.
    pub(crate) largest_ms: Option<i64>,
    /// The timestamp of the first batch.
    pub(crate) first_ms: Option<i64>,
}

/// The part of a log that can be cleaned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cleanable {
    pub(crate) first_dirty_offset: i64,
    /// A segment begins here.
    pub(crate) first_uncleanable_offset: i64,
    pub(crate) clean_bytes: u64,
    pub(crate) cleanable_bytes: u64,
}

impl LogShape {
    /// Where cleaning has to begin. What was noted before does not count when the log begins after it or ends before it.
    pub(crate) fn first_dirty(&self) -> i64 {
        if (self.log_start_offset..=self.log_end_offset).contains(&self.first_dirty_offset) {
            self.first_dirty_offset
        } else {
            self.log_start_offset
        }
    }

    /// The segments that hold something at or after `offset`.
    pub(crate) fn segments_from(&self, offset: i64) -> impl Iterator<Item = &SealedSegment> {
        self.segments.iter().filter(move |segment| segment.end_offset > offset)
    }

    /// What can be cleaned below `bound`, which is where the first open transaction begins or the last stable offset.
    /// `uncleanable` says of a dirty segment that its records are too young.
    pub(crate) fn cleanable(&self, bound: i64, uncleanable: Option<i64>) -> Cleanable {
        let first_dirty_offset = self.first_dirty();
        let active = self.segments.last().map_or(self.log_start_offset, |last| last.end_offset);
        let bound = bound.min(active).min(uncleanable.unwrap_or(i64::MAX)).max(first_dirty_offset);
        let holds = |segment: &&SealedSegment| (segment.base_offset..segment.end_offset).contains(&bound);
        let first_uncleanable_offset =
            self.segments.iter().find(holds).map_or(bound.min(active), |segment| segment.base_offset);
        let sum = |wanted: &dyn Fn(&SealedSegment) -> bool| {
            self.segments.iter().filter(|segment| wanted(segment)).map(|segment| segment.size).sum()
        };
        Cleanable {
            first_dirty_offset,
            first_uncleanable_offset,
            clean_bytes: sum(&|segment| segment.base_offset < first_dirty_offset),
            cleanable_bytes: sum(&|segment| {
                segment.end_offset > first_dirty_offset && segment.base_offset < first_uncleanable_offset
            }),
        }
    }

    /// Segments that are cleaned into one: the merged file keeps within the sizes of a segment and of its indexes, and its
    /// offsets within 31 bits, even if nothing goes.
    pub(crate) fn groups(&self, end_offset: i64, limits: &GroupLimits) -> Vec<Vec<SealedSegment>> {
        let mut groups: Vec<Vec<SealedSegment>> = Vec::new();
        let mut size = 0;
        for segment in self.segments.iter().filter(|segment| segment.base_offset < end_offset) {
            let fits = |group: &&mut Vec<SealedSegment>| {
                let span = group.first().map_or(0, |first| segment.end_offset - 1 - first.base_offset);
                let merged = size + segment.size;
                // No more than one index entry is written for each interval of the file.
                let index_bytes = (merged / limits.index_interval_bytes.max(1) + 1) * 12;
                merged <= limits.segment_bytes
                    && index_bytes <= limits.segment_index_bytes
                    && (segment.size == 0 || span <= i64::from(i32::MAX))
            };
            if let Some(group) = groups.last_mut().filter(fits) {
                group.push(*segment);
                size += segment.size;
            } else {
                groups.push(vec![*segment]);
                size = segment.size;
            }
        }
        groups
    }
}

/// How large a cleaned segment may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupLimits {
    pub(crate) segment_bytes: u64,
    pub(crate) segment_index_bytes: u64,
    pub(crate) index_interval_bytes: u64,
}

impl Cleanable {
    /// Whether enough is dirty, or anything dirty is too old to wait.
    pub(crate) fn is_due(&self, is_overdue: bool, settings: &CompactionSettings) -> bool {
        let total = self.clean_bytes + self.cleanable_bytes;
        if self.cleanable_bytes == 0 || self.first_uncleanable_offset <= self.first_dirty_offset {
            return false;
        }
        is_overdue || self.cleanable_bytes as f64 / total as f64 > settings.min_dirty_ratio
    }
}

impl SegmentTimes {
    /// Whether a record is younger than `min.compaction.lag.ms`.
    pub(crate) fn is_too_young(&self, settings: &CompactionSettings, now_ms: i64) -> bool {
        let limit = now_ms.saturating_sub(settings.min_lag_ms);
        settings.min_lag_ms > 0 && self.largest_ms.is_some_and(|largest| largest > limit)
    }

    /// Whether the first record is older than `max.compaction.lag.ms`.
    pub(crate) fn is_overdue(&self, settings: &CompactionSettings, now_ms: i64) -> bool {
        is_overdue(self.first_ms, settings, now_ms)
    }
}

/// Whether a segment whose first batch has a timestamp has to be cleaned by now.
pub(crate) fn is_overdue(first_ms: Option<i64>, settings: &CompactionSettings, now_ms: i64) -> bool {
    first_ms.is_some_and(|first| first > 0 && first < now_ms.saturating_sub(settings.max_lag_ms))
}
