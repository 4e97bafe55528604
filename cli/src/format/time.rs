//! How a record's timestamp is spelled.

use jiff::{
    Timestamp,
    fmt::strtime,
    tz::{Offset, TimeZone},
};

use crate::grammar::{SyntaxError, syntax::Cursor};

use super::{
    go_layout,
    number::{self, NumberFormat},
    pattern::Modifier,
};

/// The modifiers of `%d`. All but `Local` are in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TimeFormat {
    /// Milliseconds since 1970.
    Number(NumberFormat),
    Strftime(String),
    Rfc3339,
    Rfc3339Ms,
    /// RFC 3339 with milliseconds and the offset of the local time zone.
    Local,
    /// The distance from now, such as `3m12s ago`.
    Ago,
}

impl Default for TimeFormat {
    fn default() -> Self {
        Self::Number(NumberFormat::Ascii)
    }
}

impl TimeFormat {
    /// Reads the modifiers of `%d`, of which there may be one.
    pub(crate) fn parse(modifiers: &[Modifier], cursor: &Cursor<'_>) -> Result<Self, SyntaxError> {
        let modifier = match modifiers {
            [] => return Ok(Self::default()),
            [modifier] => modifier,
            [_, second, ..] => return Err(cursor.error_at(second.at, "`%d` takes one modifier")),
        };
        let format = match (modifier.name.as_str(), &modifier.argument) {
            ("rfc3339", None) => Self::Rfc3339,
            ("rfc3339ms", None) => Self::Rfc3339Ms,
            ("local", None) => Self::Local,
            ("ago", None) => Self::Ago,
            ("go", Some(layout)) => Self::Strftime(go_layout::to_strftime(layout)),
            ("strftime", Some(format)) => Self::Strftime(format.clone()),
            (name, None) if NumberFormat::from_name(name).is_some() => {
                Self::Number(NumberFormat::from_name(name).unwrap_or_default())
            }
            (name, _) => {
                let known = "strftime[%F %T], go[2006-01-02], rfc3339, rfc3339ms, local, ago";
                let reason =
                    format!("there is no time modifier `{name}` (there are {known}, {})", number::NAMES);
                return Err(cursor.error_at(modifier.at, reason));
            }
        };
        if let Self::Strftime(text) = &format {
            strtime::format(text, &Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC))
                .map_err(|error| cursor.error_at(modifier.at, format!("`{text}` cannot be used: {error}")))?;
        }
        Ok(format)
    }

    /// Appends `timestamp_ms` (milliseconds since 1970). Kafka's -1, no timestamp, is `-` in the
    /// forms for people; what no calendar reaches stays a number.
    pub(crate) fn write(&self, timestamp_ms: i64, out: &mut Vec<u8>) {
        if let Self::Number(format) = self {
            return format.write(timestamp_ms, out);
        }
        if timestamp_ms == -1 {
            return out.push(b'-');
        }
        let Ok(timestamp) = Timestamp::from_millisecond(timestamp_ms) else {
            return NumberFormat::Ascii.write(timestamp_ms, out);
        };
        let text = match self {
            Self::Number(_) => return,
            Self::Strftime(format) => strtime::format(format, &timestamp.to_zoned(TimeZone::UTC))
                .unwrap_or_else(|error| error.to_string()),
            Self::Rfc3339 => timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            Self::Rfc3339Ms => format!("{timestamp:.3}"),
            Self::Local => {
                let offset: Offset = TimeZone::system().to_offset(timestamp);
                format!("{:.3}", timestamp.display_with_offset(offset))
            }
            Self::Ago => ago(timestamp_ms, Timestamp::now().as_millisecond()),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

/// The distance from now.
fn ago(timestamp_ms: i64, now_ms: i64) -> String {
    let distance_ms = now_ms.abs_diff(timestamp_ms);
    match distance_ms {
        0 => "now".to_owned(),
        _ if timestamp_ms <= now_ms => format!("{} ago", span(distance_ms)),
        _ => format!("in {}", span(distance_ms)),
    }
}

/// The two largest units of a span of time.
pub(crate) fn span(milliseconds: u64) -> String {
    const UNITS: [(&str, u64); 5] =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
    let largest = UNITS.iter().position(|(_, unit_ms)| milliseconds >= *unit_ms);
    let Some(largest) = largest else { return "0s".to_owned() };
    // Below a minute, milliseconds tell nothing to a person beside seconds.
    let shown = if largest == 3 { 1 } else { 2 };
    let mut rest_ms = milliseconds;
    let mut text = String::new();
    for (name, unit_ms) in UNITS.iter().skip(largest).take(shown) {
        let count = rest_ms / unit_ms;
        rest_ms %= unit_ms;
        if count > 0 {
            text.push_str(&count.to_string());
            text.push_str(name);
        }
    }
    text
}

/// A timestamp for people, in UTC with milliseconds; `-` for none.
pub(crate) fn rfc3339(timestamp_ms: Option<i64>) -> String {
    let mut text = Vec::new();
    TimeFormat::Rfc3339Ms.write(timestamp_ms.unwrap_or(-1), &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMESTAMP_MS: i64 = 1_700_000_000_123;

    fn written(name: &str, argument: Option<&str>, timestamp_ms: i64) -> String {
        let modifier = Modifier { name: name.to_owned(), argument: argument.map(str::to_owned), at: 0 };
        let format = TimeFormat::parse(&[modifier], &Cursor::new("format", "%d", "")).unwrap();
        let mut out = Vec::new();
        format.write(timestamp_ms, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_modifier() {
        for (name, argument, wanted) in [
            ("ascii", None, "1700000000123"),
            ("hex64", None, "0000018bcfe5687b"),
            ("rfc3339", None, "2023-11-14T22:13:20Z"),
            ("rfc3339ms", None, "2023-11-14T22:13:20.123Z"),
            ("strftime", Some("%F %T%.3f"), "2023-11-14 22:13:20.123"),
            ("go", Some("2006-01-02T15:04:05.000Z07:00"), "2023-11-14T22:13:20.123Z"),
            ("go", Some("Mon Jan _2 15:04:05.99 MST 2006"), "Tue Nov 14 22:13:20.123 UTC 2023"),
        ] {
            assert_eq!(written(name, argument, TIMESTAMP_MS), wanted, "{name} {argument:?}");
        }
        assert_eq!(written("rfc3339", None, -1), "-");
        assert_eq!(written("ascii", None, -1), "-1");
        assert_eq!(written("rfc3339", None, i64::MAX), "9223372036854775807");
        let local = written("local", None, TIMESTAMP_MS);
        assert_eq!(local.parse::<Timestamp>().unwrap().as_millisecond(), TIMESTAMP_MS);
    }

    #[test]
    fn distances_show_their_two_largest_units() {
        for (distance_ms, wanted) in [
            (0, "now"),
            (5, "5ms ago"),
            (12_345, "12s ago"),
            (192_000, "3m12s ago"),
            (3_600_000, "1h ago"),
            (90_061_000, "1d1h ago"),
            (-61_000, "in 1m1s"),
        ] {
            assert_eq!(ago(TIMESTAMP_MS - distance_ms, TIMESTAMP_MS), wanted);
        }
    }

    #[test]
    fn formats_that_cannot_be_used_are_refused_at_once() {
        let modifier = Modifier { name: "strftime".to_owned(), argument: Some("%!".to_owned()), at: 3 };
        let error =
            TimeFormat::parse(&[modifier], &Cursor::new("format", "%d", "%d{strftime[%!]}")).unwrap_err();
        assert!(error.to_string().starts_with("format `%d{strftime[%!]}`: `%!` cannot be used: "), "{error}");
    }
}
