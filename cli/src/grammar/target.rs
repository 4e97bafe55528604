//! Where a group is set to, in the words of the offset grammar and one more: `current`.
//!
//! ```text
//! start, end, 42, start+5, end-3, @t     as everywhere (see `offset`)
//! +5 | -3                                 counted from what is committed now
//! current | current+5 | current-3         the same, in full
//! ```
//! A signed number alone counts from the committed offset here, because that is what a group has that a mere reader has
//! not; the log's ends are spelled out.

use super::offset::{OffsetRange, Position};
use super::plan::PartitionBounds;
use super::syntax::{Cursor, SyntaxError};

const EXAMPLE: &str = "@-1h";

/// A place in each partition of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// So far after (negative: before) what the group has committed.
    FromCommitted(i64),
    At(Position),
}

/// Where that is in one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// `None` where it cannot be said.
    pub(crate) offset: Option<i64>,
    /// What is not as it was asked for.
    pub(crate) note: Option<&'static str>,
}

impl Target {
    /// Parses the grammar above. `now_ms` (milliseconds since 1970) anchors durations.
    pub(crate) fn parse(text: &str, now_ms: i64) -> Result<Self, SyntaxError> {
        let mut cursor = Cursor::new("target", EXAMPLE, text);
        let is_named = cursor.eat("current");
        if is_named || matches!(cursor.peek(), Some('+' | '-')) {
            let sign = if cursor.eat("-") { -1 } else { 1 };
            let is_counted = sign < 0 || cursor.eat("+");
            let count = if is_counted { cursor.number()? } else { 0 };
            if !cursor.is_done() {
                return Err(cursor.error("text follows the target"));
            }
            return Ok(Target::FromCommitted(sign * count));
        }
        let as_target = |error| SyntaxError { subject: "target", example: EXAMPLE, ..error };
        let range = OffsetRange::parse(text, now_ms).map_err(as_target)?;
        if range.end.is_some() || text.ends_with(':') {
            let colon = text.rfind(':').unwrap_or(0);
            return Err(cursor.error_at(colon, "one place is wanted, not a range"));
        }
        Ok(Target::At(range.start))
    }

    /// The time that must be looked up (ListOffsets) before [`Target::resolve`].
    pub(crate) fn timestamp_ms(self) -> Option<i64> {
        match self {
            Target::At(Position::Timestamp(ms)) => Some(ms),
            _ => None,
        }
    }

    /// Where that is in a partition with these bounds. `at_time` is the first record at or after the target's time.
    pub(crate) fn resolve(
        self,
        committed: Option<i64>,
        bounds: PartitionBounds,
        at_time: Option<i64>,
    ) -> Resolved {
        let (wanted, note) = match self {
            Target::FromCommitted(after) => match committed {
                Some(committed) => (committed.saturating_add(after), None),
                None => return Resolved { offset: None, note: Some("nothing committed to count from") },
            },
            Target::At(Position::FromStart(after)) => (bounds.log_start_offset.saturating_add(after), None),
            Target::At(Position::FromEnd(after)) => (bounds.end_offset.saturating_add(after), None),
            Target::At(Position::Offset(offset)) => (offset, None),
            Target::At(Position::Timestamp(_)) => match at_time {
                Some(offset) => (offset, None),
                None => (bounds.end_offset, Some("no record that late: the end")),
            },
        };
        let within = wanted.clamp(bounds.log_start_offset, bounds.end_offset.max(bounds.log_start_offset));
        let note = match wanted.cmp(&within) {
            std::cmp::Ordering::Less => Some("the log starts here"),
            std::cmp::Ordering::Greater => Some("the log ends here"),
            std::cmp::Ordering::Equal => note,
        };
        Resolved { offset: Some(within), note }
    }
}

#[cfg(test)]
mod tests {
    use super::Position::{FromEnd, FromStart, Offset, Timestamp};
    use super::*;

    const NOW_MS: i64 = 1_700_000_000_000;
    const BOUNDS: PartitionBounds = PartitionBounds { log_start_offset: 10, end_offset: 20 };

    #[test]
    fn every_form_of_a_target() {
        for (text, wanted) in [
            ("current", Target::FromCommitted(0)),
            ("current-3", Target::FromCommitted(-3)),
            ("current+3", Target::FromCommitted(3)),
            ("+5", Target::FromCommitted(5)),
            ("-5", Target::FromCommitted(-5)),
            ("start", Target::At(FromStart(0))),
            ("start+5", Target::At(FromStart(5))),
            ("end", Target::At(FromEnd(0))),
            ("end-5", Target::At(FromEnd(-5))),
            ("42", Target::At(Offset(42))),
            ("@-1h", Target::At(Timestamp(NOW_MS - 3_600_000))),
            ("@2024-02-14T10:30:00Z", Target::At(Timestamp(1_707_906_600_000))),
            ("@now", Target::At(FromEnd(0))),
        ] {
            assert_eq!(Target::parse(text, NOW_MS), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn mistakes_name_their_place() {
        for (text, wanted) in [
            ("10:20", "target `10:20`: one place is wanted, not a range at character 3; for example `@-1h`"),
            ("10:", "target `10:`: one place is wanted, not a range at character 3; for example `@-1h`"),
            ("+5x", "target `+5x`: text follows the target at character 3; for example `@-1h`"),
            ("currently", "target `currently`: text follows the target at character 8; for example `@-1h`"),
            ("-", "target `-`: a number is missing at the end; for example `@-1h`"),
            ("2024-02-14", "target `2024-02-14`: text follows the offset at character 5; for example `@-1h`"),
        ] {
            assert_eq!(Target::parse(text, NOW_MS).unwrap_err().to_string(), wanted);
        }
        assert!(Target::parse("yesterday", NOW_MS).is_err());
    }

    #[test]
    fn targets_stay_within_the_log() {
        let resolve = |text: &str, committed, at_time| {
            let resolved = Target::parse(text, NOW_MS).unwrap().resolve(committed, BOUNDS, at_time);
            (resolved.offset, resolved.note)
        };
        assert_eq!(resolve("-2", Some(15), None), (Some(13), None));
        assert_eq!(resolve("-9", Some(15), None), (Some(10), Some("the log starts here")));
        assert_eq!(resolve("+9", Some(15), None), (Some(20), Some("the log ends here")));
        assert_eq!(resolve("+9", None, None), (None, Some("nothing committed to count from")));
        assert_eq!(resolve("current", Some(3), None), (Some(10), Some("the log starts here")));
        assert_eq!(resolve("12", None, None), (Some(12), None));
        assert_eq!(resolve("end-3", None, None), (Some(17), None));
        assert_eq!(resolve("@-1h", None, Some(14)), (Some(14), None));
        assert_eq!(resolve("@-1h", None, None), (Some(20), Some("no record that late: the end")));
    }
}
