//! The offset grammar: where to start and where to stop, in one word.
//!
//! ```text
//! start | end           the beginning, the live tail         (also beginning, earliest, latest)
//! start+5 | end-3       counted from either, per partition
//! +5 | -3               the same, shorter
//! 42 | 42:              exactly offset 42
//! :42 | 10:42           up to 42, from 10 up to 42           (the end is exclusive)
//! :end | -10:end        until the current end, then done
//! :end+2                until two records past the current end
//! @t | @t:              from the first record at or after a time
//! @:t | @t1:t2          up to a time, between two times
//! ```
//! A time is one of the forms of [`super::timestamp`]. A duration in `t2` counts from `t1` when
//! that is a point in time (`@2024-02-14:1h` is one hour of that day), and from now when `t1` is
//! a duration too (`@-48h:-24h`).

use super::{
    syntax::{Cursor, SyntaxError},
    timestamp::{self, TimePoint},
};

const EXAMPLE: &str = "-10:end";
const BEGINNING_WORDS: [&str; 3] = ["start", "beginning", "earliest"];
const END_WORDS: [&str; 2] = ["end", "latest"];

/// One place in a partition, before the partition is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// This many records' worth of offsets after the log start offset (at least 0).
    FromStart(i64),
    /// Relative to the end offset; negative is before it.
    FromEnd(i64),
    Offset(i64),
    /// The first record at or after this time, milliseconds since 1970; the end if there is none.
    Timestamp(i64),
}

/// Where to start, and where to stop (exclusive) if anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OffsetRange {
    pub(crate) start: Position,
    pub(crate) end: Option<Position>,
}

impl OffsetRange {
    pub(crate) const BEGINNING: Self = Self { start: Position::FromStart(0), end: None };
    pub(crate) const END: Self = Self { start: Position::FromEnd(0), end: None };

    /// Parses the grammar above. `now_ms` (milliseconds since 1970) anchors durations.
    pub(crate) fn parse(text: &str, now_ms: i64) -> Result<Self, SyntaxError> {
        let mut cursor = Cursor::new("offset", EXAMPLE, text);
        let range = if cursor.eat("@") { times(&mut cursor, now_ms)? } else { positions(&mut cursor)? };
        if !cursor.is_done() {
            return Err(cursor.error("text follows the offset"));
        }
        match (range.start, range.end) {
            (Position::Offset(start), Some(Position::Offset(end)))
            | (Position::Timestamp(start), Some(Position::Timestamp(end)))
                if end < start =>
            {
                Err(cursor.error_at(0, "the range ends before it starts"))
            }
            _ => Ok(range),
        }
    }
}

fn positions(cursor: &mut Cursor<'_>) -> Result<OffsetRange, SyntaxError> {
    let start = position(cursor)?;
    let end = if cursor.eat(":") { position(cursor)? } else { None };
    match (start, end) {
        (None, None) => Err(cursor.error("an offset is missing")),
        (start, end) => Ok(OffsetRange { start: start.unwrap_or(Position::FromStart(0)), end }),
    }
}

/// One side of the colon; `None` when there is nothing on it.
fn position(cursor: &mut Cursor<'_>) -> Result<Option<Position>, SyntaxError> {
    if BEGINNING_WORDS.iter().any(|word| cursor.eat(word)) {
        if cursor.peek() == Some('-') {
            return Err(cursor.error("nothing lies before the start"));
        }
        let after = if cursor.eat("+") { cursor.number()? } else { 0 };
        return Ok(Some(Position::FromStart(after)));
    }
    if END_WORDS.iter().any(|word| cursor.eat(word)) {
        return Ok(Some(Position::FromEnd(if cursor.eat("-") {
            -cursor.number()?
        } else if cursor.eat("+") {
            cursor.number()?
        } else {
            0
        })));
    }
    match cursor.peek() {
        Some('+') => {
            cursor.next();
            cursor.number().map(|after| Some(Position::FromStart(after)))
        }
        Some('-') => {
            cursor.next();
            cursor.number().map(|before| Some(Position::FromEnd(-before)))
        }
        Some('0'..='9') => cursor.number().map(|offset| Some(Position::Offset(offset))),
        Some(':') | None => Ok(None),
        Some(_) => Err(cursor.error("expected a number, `start`, `end`, `+`, `-`, `@` or `:`")),
    }
}

fn times(cursor: &mut Cursor<'_>, now_ms: i64) -> Result<OffsetRange, SyntaxError> {
    let first = if cursor.peek() == Some(':') { None } else { Some(timestamp::scan(cursor)?) };
    let second = if cursor.eat(":") && !cursor.is_done() { Some(timestamp::scan(cursor)?) } else { None };
    if first.is_none() && second.is_none() {
        return Err(cursor.error("a time is missing"));
    }
    let base_ms = match first {
        Some(TimePoint::At(ms)) => ms,
        _ => now_ms,
    };
    let position = |point, base_ms: i64| match point {
        TimePoint::At(ms) => Position::Timestamp(ms),
        TimePoint::Relative(ms) => Position::Timestamp(base_ms.saturating_add(ms)),
        TimePoint::Now => Position::FromEnd(0),
    };
    Ok(OffsetRange {
        start: first.map_or(Position::FromStart(0), |point| position(point, now_ms)),
        end: second.map(|point| position(point, base_ms)),
    })
}

#[cfg(test)]
mod tests {
    use super::{Position::*, *};

    const NOW_MS: i64 = 1_700_000_000_000;
    const HOUR_MS: i64 = 3_600_000;
    const VALENTINE_MS: i64 = 1_707_868_800_000;

    fn parse(text: &str) -> (Position, Option<Position>) {
        let range = OffsetRange::parse(text, NOW_MS).unwrap_or_else(|error| panic!("{error}"));
        (range.start, range.end)
    }

    #[test]
    fn every_form_of_the_grammar() {
        for (text, start, end) in [
            ("start", FromStart(0), None),
            ("beginning", FromStart(0), None),
            ("earliest", FromStart(0), None),
            ("end", FromEnd(0), None),
            ("latest", FromEnd(0), None),
            ("start+5", FromStart(5), None),
            ("end-3", FromEnd(-3), None),
            ("end+3", FromEnd(3), None),
            ("+5", FromStart(5), None),
            ("-3", FromEnd(-3), None),
            ("42", Offset(42), None),
            ("42:", Offset(42), None),
            (":42", FromStart(0), Some(Offset(42))),
            ("10:42", Offset(10), Some(Offset(42))),
            ("10:10", Offset(10), Some(Offset(10))),
            (":end", FromStart(0), Some(FromEnd(0))),
            (":end+2", FromStart(0), Some(FromEnd(2))),
            (":-2", FromStart(0), Some(FromEnd(-2))),
            ("-10:end", FromEnd(-10), Some(FromEnd(0))),
            ("start:end", FromStart(0), Some(FromEnd(0))),
            ("+2:+5", FromStart(2), Some(FromStart(5))),
            ("@1700000000000", Timestamp(NOW_MS), None),
            ("@1700000000:", Timestamp(NOW_MS), None),
            ("@2024-02-14", Timestamp(VALENTINE_MS), None),
            ("@-1h", Timestamp(NOW_MS - HOUR_MS), None),
            ("@1h", Timestamp(NOW_MS + HOUR_MS), None),
            ("@now", FromEnd(0), None),
            ("@:1700000000000", FromStart(0), Some(Timestamp(NOW_MS))),
            ("@:-1h", FromStart(0), Some(Timestamp(NOW_MS - HOUR_MS))),
            ("@2024-02-14:end", Timestamp(VALENTINE_MS), Some(FromEnd(0))),
            ("@2024-02-14:1h", Timestamp(VALENTINE_MS), Some(Timestamp(VALENTINE_MS + HOUR_MS))),
            ("@-48h:-24h", Timestamp(NOW_MS - 48 * HOUR_MS), Some(Timestamp(NOW_MS - 24 * HOUR_MS))),
            (
                "@2024-02-14T00:00:00Z:2024-02-14T01:00",
                Timestamp(VALENTINE_MS),
                Some(Timestamp(VALENTINE_MS + HOUR_MS)),
            ),
            ("@2024-02-14T00:00:30s", Timestamp(VALENTINE_MS), Some(Timestamp(VALENTINE_MS + 30_000))),
            (
                "@2024-02-14T00:00:00:2024-02-14T01:00",
                Timestamp(VALENTINE_MS),
                Some(Timestamp(VALENTINE_MS + HOUR_MS)),
            ),
        ] {
            assert_eq!(parse(text), (start, end), "{text}");
        }
    }

    #[test]
    fn mistakes_name_their_place_and_show_an_example() {
        for (text, wanted) in [
            ("", "an offset is missing at the end"),
            (":", "an offset is missing at the end"),
            ("begining", "expected a number, `start`, `end`, `+`, `-`, `@` or `:` at character 1"),
            ("start-1", "nothing lies before the start at character 6"),
            ("10:5", "the range ends before it starts at character 1"),
            ("10:end:3", "text follows the offset at character 7"),
            ("+", "a number is missing at the end"),
            ("99999999999999999999", "the number is too large at character 1"),
            ("@", "a time (digits, a date, or a duration) is missing at the end"),
            ("@:", "a time is missing at the end"),
            ("@123", "3 digits are neither seconds (10) nor milliseconds (13) at character 2"),
            ("@2024-02-14:2024-02-13", "the range ends before it starts at character 1"),
        ] {
            let error = OffsetRange::parse(text, NOW_MS).unwrap_err().to_string();
            assert_eq!(error, format!("offset `{text}`: {wanted}; for example `-10:end`"));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[-+@:.0-9TZsmhend ]{0,40}|\\PC{0,20}") {
            let _ = OffsetRange::parse(&text, NOW_MS);
        }

        #[test]
        fn ranges_of_offsets_come_back(start in 0_i64.., length in 0_i64..1_000_000) {
            let end = start.saturating_add(length);
            proptest::prop_assert_eq!(parse(&format!("{start}:{end}")), (Offset(start), Some(Offset(end))));
        }
    }
}
