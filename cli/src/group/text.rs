//! Cells of tables, and words that several commands say.

use crate::format::time;

/// A number, or `-` where there is none.
pub(crate) fn number<T: ToString>(number: Option<T>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

/// A difference, with its sign; `-` where it is not known.
pub(crate) fn signed(delta: Option<i64>) -> String {
    number(delta.map(|delta| if delta > 0 { format!("+{delta}") } else { delta.to_string() }))
}

/// A text, or `-` where it is empty.
pub(crate) fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// A span of milliseconds, or `-` where there is none.
pub(crate) fn span(milliseconds: Option<i64>) -> String {
    number(milliseconds.map(|ms| time::span(ms.unsigned_abs())))
}

/// Who writes `@1h` for an hour ago gets the end, and should know.
pub(crate) fn in_the_future(typed: &str, timestamp_ms: i64) -> String {
    let past = typed.strip_prefix('@').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let advice = match past {
        Some(rest) if rest.ends_with(|c: char| c.is_ascii_alphabetic()) => {
            format!("; `@-{rest}` is that long ago")
        }
        _ => String::new(),
    };
    format!(
        "`{typed}` is {}, in the future: that is the log's end{advice}",
        time::rfc3339(Some(timestamp_ms))
    )
}
