//! Durations in Go's style (`1h1m3ms`, `1.5h`), with days and weeks added.

use std::time::Duration;

use super::syntax::{Cursor, SyntaxError};

/// Units, longest spelling first where one is the beginning of another.
const UNITS: [(&str, i64); 10] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000), // micro sign
    ("μs", 1_000), // Greek mu, as Go accepts it
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
    ("d", 86_400 * 1_000_000_000),
    ("w", 604_800 * 1_000_000_000),
];

/// Parses a duration of at least zero, such as `500ms` or `1h30m`.
pub(crate) fn parse(text: &str) -> Result<Duration, SyntaxError> {
    let mut cursor = Cursor::new("duration", "1h30m", text);
    let nanoseconds = scan(&mut cursor)?;
    if !cursor.is_done() {
        return Err(cursor.error("text follows the duration"));
    }
    u64::try_from(nanoseconds)
        .map(Duration::from_nanos)
        .map_err(|_| cursor.error_at(0, "the duration is negative"))
}

/// Takes one duration, signed, in nanoseconds. A lone `0` needs no unit.
pub(crate) fn scan(cursor: &mut Cursor<'_>) -> Result<i64, SyntaxError> {
    let from = cursor.at();
    let negative = cursor.eat("-");
    if !negative {
        cursor.eat("+");
    }
    let mut total: i128 = 0;
    let mut parts = 0;
    while cursor.peek().is_some_and(|c| c.is_ascii_digit() || c == '.') {
        let (whole, is_zero) = part(cursor, parts == 0)?;
        total += whole;
        parts += 1;
        if is_zero || total > i128::from(i64::MAX) {
            break;
        }
    }
    if parts == 0 {
        return Err(cursor.error("a duration is missing"));
    }
    let nanoseconds =
        i64::try_from(total).map_err(|_| cursor.error_at(from, "the duration is longer than 292 years"))?;
    Ok(if negative { -nanoseconds } else { nanoseconds })
}

/// One number with its unit, in nanoseconds, and whether it was a unitless zero.
fn part(cursor: &mut Cursor<'_>, is_first: bool) -> Result<(i128, bool), SyntaxError> {
    let from = cursor.at();
    let whole = cursor.take_digits();
    let fraction = if cursor.eat(".") { cursor.take_digits() } else { "" };
    if whole.is_empty() && fraction.is_empty() {
        return Err(cursor.error_at(from, "a number is missing"));
    }
    let Some(&(unit, unit_ns)) = UNITS.iter().find(|(unit, _)| cursor.rest().starts_with(unit)) else {
        if is_first && whole == "0" && fraction.is_empty() {
            return Ok((0, true));
        }
        return Err(cursor.error("a unit (ns, us, ms, s, m, h, d, w) is missing"));
    };
    cursor.eat(unit);
    let too_long = || cursor.error_at(from, "the duration is longer than 292 years");
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| too_long())? };
    // Digits beyond the eighteenth are below a nanosecond for every unit.
    let fraction: String = fraction.chars().take(18).collect();
    let scale = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    let fraction: i128 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| too_long())? };
    Ok((i128::from(whole) * i128::from(unit_ns) + fraction * i128::from(unit_ns) / scale, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_and_their_sums() {
        let ms = Duration::from_millis;
        for (text, wanted) in [
            ("500ms", ms(500)),
            ("1h1m3ms", ms(3_660_003)),
            ("1.5h", ms(5_400_000)),
            (".5s", ms(500)),
            ("2d", ms(172_800_000)),
            ("1w", ms(604_800_000)),
            ("0", ms(0)),
            ("0s", ms(0)),
            ("250us", Duration::from_micros(250)),
            ("250µs", Duration::from_micros(250)),
            ("7ns", Duration::from_nanos(7)),
        ] {
            assert_eq!(parse(text).unwrap(), wanted, "{text}");
        }
    }

    #[test]
    fn mistakes_name_their_place() {
        for (text, wanted) in [
            ("", "duration ``: a duration is missing at the end; for example `1h30m`"),
            (
                "10",
                "duration `10`: a unit (ns, us, ms, s, m, h, d, w) is missing at the end; for example `1h30m`",
            ),
            (
                "1h30",
                "duration `1h30`: a unit (ns, us, ms, s, m, h, d, w) is missing at the end; for example `1h30m`",
            ),
            ("1h x", "duration `1h x`: text follows the duration at character 3; for example `1h30m`"),
            ("-1h", "duration `-1h`: the duration is negative at character 1; for example `1h30m`"),
            (
                "1000000000w",
                "duration `1000000000w`: the duration is longer than 292 years at character 1; for example `1h30m`",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), wanted);
        }
    }
}
