//! Points in time as flags spell them.
//!
//! ```text
//! 1700000000000            13 digits: milliseconds since 1970
//! 1700000000               10 digits: seconds since 1970
//! 2024-02-14               a day, from its first moment in UTC
//! 2024-02-14T10:30:00Z     RFC 3339; without a zone it is UTC; seconds may be left out
//! now, end                 now
//! -1h30m, 15m              a duration away from a base, by default from now
//! ```

use jiff::Timestamp;

use super::{
    duration,
    syntax::{Cursor, SyntaxError},
};

/// A point in time as typed, before it meets the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimePoint {
    /// Milliseconds since 1970, UTC.
    At(i64),
    /// This many milliseconds after a base (negative: before it).
    Relative(i64),
    Now,
}

/// Parses `--since` and `--until`: a point in time, or a duration which here always lies in
/// the past (`1h` and `-1h` are both an hour ago). Milliseconds since 1970.
pub(crate) fn parse_past(text: &str, now_ms: i64) -> Result<i64, SyntaxError> {
    let mut cursor = Cursor::new("time", "1h", text);
    let point = scan(&mut cursor)?;
    if !cursor.is_done() {
        return Err(cursor.error("text follows the time"));
    }
    Ok(match point {
        TimePoint::At(ms) => ms,
        TimePoint::Relative(ms) => now_ms.saturating_sub(ms.saturating_abs()),
        TimePoint::Now => now_ms,
    })
}

/// Takes one point in time and leaves what follows it.
pub(crate) fn scan(cursor: &mut Cursor<'_>) -> Result<TimePoint, SyntaxError> {
    if cursor.eat("now") || cursor.eat("end") {
        return Ok(TimePoint::Now);
    }
    if cursor.looks_like("0000-00-00") {
        return date(cursor);
    }
    let from = cursor.at();
    match cursor.peek() {
        Some('0'..='9') => {
            let digits = cursor.clone().take_digits();
            let after = cursor.rest().get(digits.len()..).and_then(|rest| rest.chars().next());
            if after.is_some_and(|c| c == '.' || c.is_alphabetic()) || digits == "0" {
                return duration_in_ms(cursor);
            }
            let number = cursor.number()?;
            match digits.len() {
                13 => Ok(TimePoint::At(number)),
                10 => Ok(TimePoint::At(number * 1000)),
                count => Err(cursor.error_at(
                    from,
                    format!("{count} digits are neither seconds (10) nor milliseconds (13)"),
                )),
            }
        }
        Some('-' | '+' | '.') => duration_in_ms(cursor),
        _ => Err(cursor.error("a time (digits, a date, or a duration) is missing")),
    }
}

fn duration_in_ms(cursor: &mut Cursor<'_>) -> Result<TimePoint, SyntaxError> {
    duration::scan(cursor).map(|nanoseconds| TimePoint::Relative(nanoseconds / 1_000_000))
}

/// A date, with the time of day when one follows. In a range (`@t1:t2`) a colon may end the
/// time, so seconds and zone minutes are taken only where nothing else can be meant.
fn date(cursor: &mut Cursor<'_>) -> Result<TimePoint, SyntaxError> {
    let from = cursor.at();
    let mut text = cursor.take_bytes("0000-00-00".len()).to_owned();
    if ["T00:00", "t00:00", " 00:00"].iter().any(|pattern| cursor.looks_like(pattern)) {
        cursor.next();
        text.push('T');
        text.push_str(cursor.take_bytes("00:00".len()));
        if cursor.looks_like(":00") && ends_after(cursor, ":00".len(), "Zz.:+-") {
            text.push_str(cursor.take_bytes(":00".len()));
            if cursor.looks_like(".0") {
                cursor.next();
                text.push('.');
                text.push_str(cursor.take_digits());
            }
        } else {
            text.push_str(":00");
        }
        zone(cursor, &mut text);
    } else {
        text.push_str("T00:00:00Z");
    }
    text.parse::<Timestamp>()
        .map(|timestamp| TimePoint::At(timestamp.as_millisecond()))
        .map_err(|_| cursor.error_at(from, "there is no such date and time"))
}

fn zone(cursor: &mut Cursor<'_>, text: &mut String) {
    if cursor.eat("Z") || cursor.eat("z") {
        text.push('Z');
    } else if cursor.looks_like("+00:00") || cursor.looks_like("-00:00") {
        text.push_str(cursor.take_bytes("+00:00".len()));
    } else if cursor.looks_like("+0000") || cursor.looks_like("-0000") {
        text.push_str(cursor.take_bytes("+0000".len()));
    } else if cursor.looks_like("+00") || cursor.looks_like("-00") {
        text.push_str(cursor.take_bytes("+00".len()));
    } else {
        text.push('Z');
    }
}

/// Whether the text `count` bytes further on ends or goes on with one of `with`.
fn ends_after(cursor: &Cursor<'_>, count: usize, with: &str) -> bool {
    cursor.rest().get(count..).and_then(|rest| rest.chars().next()).is_none_or(|next| with.contains(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_700_000_000_000;

    #[test]
    fn every_form_of_a_time() {
        for (text, wanted) in [
            ("1700000000123", 1_700_000_000_123),
            ("1700000000", 1_700_000_000_000),
            ("2024-02-14", 1_707_868_800_000),
            ("2024-02-14T10:30:00Z", 1_707_906_600_000),
            ("2024-02-14t10:30:00z", 1_707_906_600_000),
            ("2024-02-14 10:30:00", 1_707_906_600_000),
            ("2024-02-14T10:30", 1_707_906_600_000),
            ("2024-02-14T10:30Z", 1_707_906_600_000),
            ("2024-02-14T12:30:00+02:00", 1_707_906_600_000),
            ("2024-02-14T05:30:00.25-0500", 1_707_906_600_250),
            ("2024-02-14T12:30:00+02", 1_707_906_600_000),
            ("now", NOW_MS),
            ("1h", NOW_MS - 3_600_000),
            ("-1h", NOW_MS - 3_600_000),
            ("1.5h", NOW_MS - 5_400_000),
        ] {
            assert_eq!(parse_past(text, NOW_MS).unwrap(), wanted, "{text}");
        }
    }

    #[test]
    fn mistakes_name_their_place() {
        for (text, wanted) in [
            (
                "170000000",
                "time `170000000`: 9 digits are neither seconds (10) nor milliseconds (13) at character 1; for example `1h`",
            ),
            (
                "2024-02-31",
                "time `2024-02-31`: there is no such date and time at character 1; for example `1h`",
            ),
            (
                "yesterday",
                "time `yesterday`: a time (digits, a date, or a duration) is missing at character 1; for example `1h`",
            ),
            ("2024-02-14x", "time `2024-02-14x`: text follows the time at character 11; for example `1h`"),
        ] {
            assert_eq!(parse_past(text, NOW_MS).unwrap_err().to_string(), wanted);
        }
    }
}
